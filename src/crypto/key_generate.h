/*
 * key_generate.h: new keys, as PEM.
 */
#ifndef CRYPTO_KEY_GENERATE_H
#define CRYPTO_KEY_GENERATE_H

#include "crypto/key.h"

struct key_request {
	enum key_type type;   /* not KEY_OPENPGP */
	size_t bits;	      /* RSA: 2048 to 16384 */
	const char *curve;    /* ECDSA: "P-256", "P-384", "P-521" */
	const char *password; /* NULL: the private key is not encrypted */
};

/*
 * `private` gets PKCS#8, under a password PBES2 with AES-256 and
 * PBKDF2-HMAC-SHA256; its memory is the caller's to clear
 * (key_text_clear()). `public` gets a SubjectPublicKeyInfo. EINVALID for sizes
 * and curves that are not taken, and for an empty password.
 */
int key_generate(struct buffer *private, struct buffer *public,
		 const struct key_request *request, struct intoto_error *err);

/* Overwrite and release what held a private key. */
void key_text_clear(struct buffer *text);

#endif
