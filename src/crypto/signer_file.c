/* signer_file.c: signing with a private key that is unlocked in memory. */
#include <openssl/rsa.h>

#include "base/xalloc.h"
#include "crypto/key_internal.h"
#include "crypto/signer_internal.h"

static int digest_sign(struct buffer *out, EVP_MD_CTX *ctx, EVP_PKEY *pkey,
		       const struct key_scheme *how, const void *data,
		       size_t len, struct intoto_error *err)
{
	EVP_PKEY_CTX *options = NULL; /* belongs to ctx */
	unsigned char sig[RSA_MAX_BITS / 8];
	size_t size = sizeof(sig);

	if (EVP_DigestSignInit_ex(ctx, &options, how->digest, NULL, NULL, pkey,
				  NULL) != 1)
		return crypto_fail(err, "cannot sign");
	if (how->pss &&
	    (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) <=
		     0 ||
	     EVP_PKEY_CTX_set_rsa_pss_saltlen(options,
					      RSA_PSS_SALTLEN_DIGEST) <= 0))
		return crypto_fail(err, "cannot sign");
	if (EVP_DigestSign(ctx, sig, &size, len ? data : (const void *)"",
			   len) != 1)
		return crypto_fail(err, "cannot sign");
	buffer_add(out, sig, size);
	return 0;
}

int pkey_sign(struct buffer *out, EVP_PKEY *private, const struct key *key,
	      const void *data, size_t len, struct intoto_error *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int result;

	if (!ctx)
		return crypto_fail(err, "cannot sign");
	result = digest_sign(out, ctx, private, key->how, data, len, err);
	EVP_MD_CTX_free(ctx);
	return result;
}

static int file_sign(struct signature *sig, void *state, const struct key *key,
		     const void *data, size_t len, struct intoto_error *err)
{
	return pkey_sign(&sig->sig, state, key, data, len, err);
}

static void file_free(void *state)
{
	EVP_PKEY_free(state);
}

static const struct signer_ops file_ops = { file_sign, file_free, NULL };

int signer_open_pkey(struct signer **out, struct key *key, EVP_PKEY *private,
		     struct intoto_error *err)
{
	if (EVP_PKEY_up_ref(private) != 1)
		return crypto_fail(err, "cannot use the private key");
	*out = signer_new(&file_ops, key, private);
	return 0;
}
