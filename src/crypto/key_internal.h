/*
 * key_internal.h: what a key is made of; for src/crypto only.
 */
#ifndef CRYPTO_KEY_INTERNAL_H
#define CRYPTO_KEY_INTERNAL_H

#include <openssl/evp.h>
#include <sodium.h>

#include "base/xalloc.h"
#include "crypto/key.h"
#include "crypto/openpgp.h"
#include "crypto/signature.h"

#define ED25519_PUBLIC_SIZE 32
#define ED25519_SIGNATURE_SIZE 64
#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 16384
#define KEY_TEXT_MAX ((size_t)1 << 20) /* a key file, a PEM, a JSON key */

#define OPENPGP_SUBKEYS_MAX 256
#define KEY_MATERIAL_SIZE SHA256_HEX_SIZE

/*
 * A version 4 public key or subkey. Numbers are big-endian without leading
 * zero bytes (as in the packet), but eddsa's `q` is always 32 bytes.
 */
struct openpgp_part {
	uint8_t algorithm;	  /* OPENPGP_RSA, OPENPGP_DSA, OPENPGP_EDDSA */
	char fingerprint[41];	  /* lower-case hex */
	int64_t creation_time;	  /* seconds since the epoch; 0: not known */
	int64_t validity_period;  /* seconds after that; 0: never expires */
	struct buffer n, e;	  /* RSA */
	struct buffer p, q, g, y; /* DSA; eddsa has q alone */
};

struct openpgp_key {
	struct openpgp_part primary;
	struct openpgp_part *subkeys;
	size_t n_subkeys;
};

/* How a plain key signs; the table is in key.c, the default of a type first. */
struct key_scheme {
	enum key_type type;
	const char *name;
	const char *digest; /* libcrypto's name; NULL: none (ed25519) */
	const char *curve;  /* libcrypto's name; NULL: not ecdsa */
	bool pss;
};

struct key {
	size_t refs;
	enum key_type type;
	const char *scheme;	      /* static */
	const char *keytype;	      /* static; NULL for OpenPGP */
	const struct key_scheme *how; /* NULL for OpenPGP */
	char id[KEYID_SIZE];
	char id_new[KEYID_SIZE];
	char id_mixed[KEYID_SIZE]; /* legacy members, PEM with its newline, as
				      old ecdsa key files have it; or "" */
	bool is_old;		   /* this one is of such a file */
	char material[KEY_MATERIAL_SIZE];
	char *comment; /* NULL: none */

	uint8_t ed25519[ED25519_PUBLIC_SIZE]; /* KEY_ED25519 */
	EVP_PKEY *pkey;			      /* KEY_RSA, KEY_ECDSA */
	struct openpgp_key *openpgp;	      /* KEY_OPENPGP */
};

/*
 * Constructors that finish a key: keyids, material, scheme. key_new_pkey()
 * copies the public numbers out of a public or private key; a type, curve or
 * scheme that is not done is EUNSUPPORTED, a size out of bounds EINVALID
 * (scheme NULL: the default). keytype is that of the JSON, static, or NULL.
 * key_new_openpgp() takes over `openpgp`, also when it fails (an RSA modulus
 * outside of the bounds); `comment` (the user id) is copied.
 */
struct key *key_new_ed25519(const uint8_t raw[ED25519_PUBLIC_SIZE]);
int key_new_pkey(struct key **out, EVP_PKEY *pkey, const char *keytype,
		 const char *scheme, struct intoto_error *err);
int key_new_openpgp(struct key **out, struct openpgp_key *openpgp,
		    const char *comment, struct intoto_error *err);
void key_set_comment(struct key *key, const char *comment);

/* A buffer that held a secret: overwritten before it is freed. */
static inline void scoped_secret_release(struct buffer *buffer)
{
	if (buffer->data)
		sodium_memzero(buffer->data, buffer->alloc);
	buffer_release(buffer);
}
#define scoped_secret \
	__attribute__((cleanup(scoped_secret_release))) struct buffer

/* Room for `size` bytes from the start: what grows leaves copies behind. */
static inline void secret_reserve(struct buffer *empty, size_t size)
{
	empty->data = xcalloc(1, size + 1);
	empty->alloc = size + 1;
	empty->max = size;
}

static inline void scoped_pkey_free(EVP_PKEY **p)
{
	EVP_PKEY_free(*p);
}
#define scoped_pkey __attribute__((cleanup(scoped_pkey_free))) EVP_PKEY *

/*
 * pkey.c: public numbers to libcrypto's form and back, bounds checked, and
 * signatures by them. curve is "prime256v1", "secp384r1" or "secp521r1".
 */
int pkey_from_rsa(EVP_PKEY **out, const void *n, size_t n_len, const void *e,
		  size_t e_len, struct intoto_error *err);
int pkey_from_point(EVP_PKEY **out, const char *curve, const void *point,
		    size_t len, struct intoto_error *err);
int pkey_rsa_numbers(struct buffer *n, struct buffer *e, const EVP_PKEY *pkey,
		     struct intoto_error *err); /* no leading zeros */
int pkey_point(struct buffer *out, const EVP_PKEY *pkey,
	       struct intoto_error *err); /* uncompressed */

/* The same key made anew from its public numbers alone; RSA and EC. */
int pkey_public(EVP_PKEY **out, const EVP_PKEY *pkey, struct intoto_error *err);
int pkey_curve(char out[32], const EVP_PKEY *pkey, struct intoto_error *err);

/* EREJECTED "signature-bad"; salt of any length for PSS. */
int pkey_verify(EVP_PKEY *pkey, const char *digest, bool pss, const void *sig,
		size_t sig_len, const void *data, size_t len,
		struct intoto_error *err);
int ed25519_verify(const uint8_t public[ED25519_PUBLIC_SIZE], const void *sig,
		   size_t sig_len, const void *data, size_t len,
		   struct intoto_error *err);

/* EIO: libcrypto said no where it should not; clears its error queue. */
int crypto_fail(struct intoto_error *err, const char *what);

/*
 * key_pem.c. One PEM block, public or private, of a file (text around it is
 * skipped, a second key is EINVALID). `ask` gives the password of an encrypted
 * one (to be freed; NULL: none) and may be NULL.
 */
int pkey_from_pem(EVP_PKEY **out, bool *is_private, const char *text,
		  size_t len, char *(*ask)(void *data), void *data,
		  struct intoto_error *err);
/* 64 columns, LF, no newline at the end; to be freed. */
int pkey_to_pem(char **out, EVP_PKEY *pkey, struct intoto_error *err);

/* key_ssh.c */

/* The curves, as SSH, in-toto and libcrypto call them. */
struct ssh_curve {
	const char *type; /* of key and signature; in-toto's scheme as well */
	const char *name;
	const char *curve; /* libcrypto's */
	size_t size;	   /* of a point that is not compressed */
};
/* By type, and by libcrypto's name; NULL: none. */
const struct ssh_curve *ssh_curve_by_type(const void *type, size_t len);
const struct ssh_curve *ssh_curve_of(const char *curve);

#define SSH_FINGERPRINT_SIZE 52 /* "SHA256:" and 43 digits */
int key_from_ssh_blob(struct key **out, const void *blob, size_t len,
		      struct intoto_error *err);
bool is_ssh_line(const char *text); /* starts as a public key line does */
int ssh_line_blob(struct buffer *out, char **comment, const char *line,
		  struct intoto_error *err);
void ssh_fingerprint(char out[SSH_FINGERPRINT_SIZE], const void *blob,
		     size_t len);
/* The public key that an OpenSSH private file has in clear. */
int key_from_openssh_private(struct key **out, const char *text, size_t len,
			     struct intoto_error *err);

/*
 * key_legacy.c: private keys in the forms that in-toto had before PEM. JSON
 * with a `private` that is not empty, and the same under a password, in five
 * fields between `@@@@`. `ask` is as in pkey_from_pem().
 */
bool is_legacy_private(const char *text, size_t len);
bool is_legacy_encrypted(const char *text);
int key_from_legacy(struct key **out, EVP_PKEY **private, const char *text,
		    size_t len, char *(*ask)(void *data), void *data,
		    struct intoto_error *err);
int legacy_decrypt(struct buffer *out, const char *text, size_t len,
		   char *(*ask)(void *data), void *data,
		   struct intoto_error *err);

/* openssh_key.c: the private key that the seed stands for; EINVALID if that is
 * not the private half of `expected`. */
int ed25519_from_seed(EVP_PKEY **out, const uint8_t *seed,
		      const uint8_t *expected, struct intoto_error *err);

/* openpgp_key.c */
void openpgp_key_free(struct openpgp_key *openpgp); /* NULL is fine */
SCOPED_TYPE(openpgp_key);

/* openpgp_json.c */
bool openpgp_is_json(const json_t *object); /* has `method` */
int openpgp_key_from_json(struct key **out, const json_t *object,
			  struct intoto_error *err);
json_t *openpgp_key_to_json(const struct key *key);

/*
 * openpgp_verify.c. Errors as signature_verify() has them. The first is for
 * metadata: the headers must say version 4, type 0x00, SHA-256. The second is
 * for tags: SHA-384 and SHA-512 as well, weak ones "signature-weak-hash", and
 * the part of the key is found by fingerprint, else by the short id; a key
 * that neither fits is "signature-bad".
 */
int openpgp_verify(const struct signature *sig, const struct key *key,
		   const void *data, size_t len, int64_t now,
		   struct intoto_error *err);
int openpgp_verify_packet(const struct openpgp_signature *sig,
			  const struct key *key, const void *data, size_t len,
			  int64_t now, struct intoto_error *err);

#endif
