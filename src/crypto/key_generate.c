/* key_generate.c: make a key pair and write it as PEM. */
#include "crypto/key_generate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#include "crypto/key_internal.h"

#define ITERATIONS 600000 /* OWASP's advice for PBKDF2-HMAC-SHA256, 2023 */
#define SALT_SIZE 16
#define PASSWORD_MAX 1024 /* what a PEM reader takes */

void key_text_clear(struct buffer *text)
{
	scoped_secret_release(text);
}

static int make_pkey(EVP_PKEY **out, const struct key_request *request,
		     struct intoto_error *err)
{
	EVP_PKEY *pkey = NULL;

	switch (request->type) {
	case KEY_ED25519:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	case KEY_RSA:
		if (request->bits < RSA_MIN_BITS ||
		    request->bits > RSA_MAX_BITS)
			return intoto_fail(err, INTOTO_EINVALID,
					   "RSA key of %zu bits: only %d to %d "
					   "are taken",
					   request->bits, RSA_MIN_BITS,
					   RSA_MAX_BITS);
		pkey = EVP_RSA_gen((unsigned)request->bits);
		break;
	case KEY_ECDSA:
		if (strcmp(request->curve, "P-256") &&
		    strcmp(request->curve, "P-384") &&
		    strcmp(request->curve, "P-521"))
			return intoto_fail(err, INTOTO_EINVALID,
					   "curve '%s' is not taken: P-256, "
					   "P-384 or P-521",
					   request->curve);
		pkey = EVP_EC_gen(request->curve);
		break;
	case KEY_OPENPGP:
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "OpenPGP keys are made by gpg");
	}
	if (!pkey)
		return crypto_fail(err, "cannot make a key");
	*out = pkey;
	return 0;
}

/* Python's cryptography, Go and openssl read this one. */
static bool write_encrypted(BIO *bio, PKCS8_PRIV_KEY_INFO *info,
			    const char *password)
{
	unsigned char salt[SALT_SIZE];
	X509_SIG *sealed;
	bool done;

	randombytes_buf(salt, sizeof(salt));
	/* A cipher and, for its key, the digest of PBKDF2: PBES2. */
	sealed = PKCS8_set0_pbe(password, (int)strlen(password), info,
				PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), ITERATIONS,
						  salt, sizeof(salt), NULL,
						  NID_hmacWithSHA256));
	done = sealed && PEM_write_bio_PKCS8(bio, sealed) == 1;
	X509_SIG_free(sealed);
	return done;
}

static int write_private(struct buffer *out, EVP_PKEY *pkey,
			 const char *password, struct intoto_error *err)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	BIO *bio = BIO_new(BIO_s_mem()); /* clears what it frees */
	char *text = NULL;
	long len = 0;
	bool done = false;

	if (info && bio)
		done = password ? write_encrypted(bio, info, password)
				: PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio,
								    info) == 1;
	if (done)
		len = BIO_get_mem_data(bio, &text);
	if (len > 0) {
		secret_reserve(out, (size_t)len);
		buffer_add(out, text, (size_t)len);
	}
	BIO_free(bio);
	PKCS8_PRIV_KEY_INFO_free(info);
	return len > 0 ? 0 : crypto_fail(err, "cannot write a private key");
}

static int check_password(const char *password, struct intoto_error *err)
{
	if (!*password)
		return intoto_fail(err, INTOTO_EINVALID,
				   "an empty password protects nothing");
	if (strlen(password) > PASSWORD_MAX)
		return intoto_fail(err, INTOTO_ELIMIT, "password is too long");
	return 0;
}

int key_generate(struct buffer *private, struct buffer *public,
		 const struct key_request *request, struct intoto_error *err)
{
	scoped_secret secret = BUFFER_INIT;
	scoped_pkey pkey = NULL;
	scoped_text pem = NULL;

	if (sodium_init() < 0)
		return intoto_fail(err, INTOTO_EIO, "libsodium does not start");
	if ((request->password && check_password(request->password, err) < 0) ||
	    make_pkey(&pkey, request, err) < 0 ||
	    write_private(&secret, pkey, request->password, err) < 0 ||
	    pkey_to_pem(&pem, pkey, err) < 0)
		return -1;
	key_text_clear(private);
	*private = secret;
	secret = (struct buffer)BUFFER_INIT;
	buffer_reset(public);
	buffer_puts(public, pem);
	buffer_putc(public, '\n');
	return 0;
}
