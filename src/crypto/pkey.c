/* pkey.c: RSA and elliptic curve keys between numbers and libcrypto, and
 * whether a signature by one holds. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include "base/xalloc.h"
#include "crypto/key_internal.h"

#define RSA_EXPONENT_MAX_BITS 64

static inline void scoped_bn_free(BIGNUM **p)
{
	BN_free(*p);
}
#define scoped_bn __attribute__((cleanup(scoped_bn_free))) BIGNUM *

static inline void scoped_ctx_free(EVP_PKEY_CTX **p)
{
	EVP_PKEY_CTX_free(*p);
}
#define scoped_ctx __attribute__((cleanup(scoped_ctx_free))) EVP_PKEY_CTX *

static inline void scoped_md_ctx_free(EVP_MD_CTX **p)
{
	EVP_MD_CTX_free(*p);
}
#define scoped_md_ctx __attribute__((cleanup(scoped_md_ctx_free))) EVP_MD_CTX *

int crypto_fail(struct intoto_error *err, const char *what)
{
	char text[160] = "no reason given";
	unsigned long code = ERR_peek_last_error();

	if (code)
		ERR_error_string_n(code, text, sizeof(text));
	ERR_clear_error();
	return intoto_fail(err, INTOTO_EIO, "%s: %s", what, text);
}

/* A public key from parameters; takes over nothing. */
static int from_params(EVP_PKEY **out, const char *type, OSSL_PARAM_BLD *build)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	scoped_ctx ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;
	int done =
		params && ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1;

	OSSL_PARAM_free(params);
	ERR_clear_error();
	if (!done)
		return -1;
	*out = pkey;
	return 0;
}

static int check_rsa(const BIGNUM *n, const BIGNUM *e, struct intoto_error *err)
{
	int bits = BN_num_bits(n);

	if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS)
		return intoto_fail(err, INTOTO_EINVALID,
				   "RSA key of %d bits: only %d to %d are "
				   "taken",
				   bits, RSA_MIN_BITS, RSA_MAX_BITS);
	/* With e = 1 every signature would hold. */
	if (!BN_is_odd(n) || !BN_is_odd(e) || BN_is_one(e) ||
	    BN_num_bits(e) > RSA_EXPONENT_MAX_BITS)
		return intoto_fail(err, INTOTO_EINVALID,
				   "RSA key with impossible numbers");
	return 0;
}

int pkey_from_rsa(EVP_PKEY **out, const void *n, size_t n_len, const void *e,
		  size_t e_len, struct intoto_error *err)
{
	scoped_bn n_bn = NULL;
	scoped_bn e_bn = NULL;
	OSSL_PARAM_BLD *build;
	int result = -1;

	if (n_len > RSA_MAX_BITS || e_len > RSA_MAX_BITS)
		return intoto_fail(err, INTOTO_EINVALID,
				   "RSA key with impossible numbers");
	n_bn = BN_bin2bn(n, (int)n_len, NULL);
	e_bn = BN_bin2bn(e, (int)e_len, NULL);
	if (!n_bn || !e_bn)
		return crypto_fail(err, "cannot read an RSA key");
	if (check_rsa(n_bn, e_bn, err) < 0)
		return -1;
	build = OSSL_PARAM_BLD_new();
	if (build &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n_bn) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e_bn) == 1)
		result = from_params(out, "RSA", build);
	OSSL_PARAM_BLD_free(build);
	return result == 0 ? 0 : crypto_fail(err, "cannot make an RSA key");
}

int pkey_from_point(EVP_PKEY **out, const char *curve, const void *point,
		    size_t len, struct intoto_error *err)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	int result = -1;

	/* One byte is the point at infinity, which is nobody's key. */
	if (build && len > 1 && len <= 256 &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
					    curve, 0) == 1 &&
	    OSSL_PARAM_BLD_push_utf8_string(
		    build, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
		    "uncompressed", 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
					     point, len) == 1)
		result = from_params(out, "EC", build);
	OSSL_PARAM_BLD_free(build);
	if (result < 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "elliptic curve key is no point of '%s'",
				   curve);
	return 0;
}

static int add_number(struct buffer *out, const EVP_PKEY *pkey,
		      const char *name, struct intoto_error *err)
{
	scoped_bn number = NULL;
	scoped_text bytes = NULL;
	int len;

	if (EVP_PKEY_get_bn_param(pkey, name, &number) != 1)
		return crypto_fail(err, "cannot read an RSA key");
	len = BN_num_bytes(number);
	bytes = xmalloc((size_t)len + 1);
	BN_bn2bin(number, (unsigned char *)bytes);
	buffer_add(out, bytes, (size_t)len);
	return 0;
}

int pkey_rsa_numbers(struct buffer *n, struct buffer *e, const EVP_PKEY *pkey,
		     struct intoto_error *err)
{
	buffer_reset(n);
	buffer_reset(e);
	if (add_number(n, pkey, OSSL_PKEY_PARAM_RSA_N, err) < 0 ||
	    add_number(e, pkey, OSSL_PKEY_PARAM_RSA_E, err) < 0)
		return -1;
	return 0;
}

int pkey_point(struct buffer *out, const EVP_PKEY *pkey,
	       struct intoto_error *err)
{
	unsigned char point[256];
	size_t len = 0;

	if (EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY,
					    point, sizeof(point), &len) != 1)
		return crypto_fail(err, "cannot read an elliptic curve key");
	buffer_reset(out);
	buffer_add(out, point, len);
	return 0;
}

int pkey_curve(char out[32], const EVP_PKEY *pkey, struct intoto_error *err)
{
	char name[32];

	if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME,
					   name, sizeof(name), NULL) != 1) {
		ERR_clear_error();
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "elliptic curve key without a named curve");
	}
	snprintf(out, 32, "%s", name);
	return 0;
}

int pkey_public(EVP_PKEY **out, const EVP_PKEY *pkey, struct intoto_error *err)
{
	scoped_value(buffer) a = BUFFER_INIT;
	scoped_value(buffer) b = BUFFER_INIT;
	char curve[32];

	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA:
		if (EVP_PKEY_get_bits(pkey) > RSA_MAX_BITS)
			return intoto_fail(err, INTOTO_EINVALID,
					   "RSA key of more than %d bits",
					   RSA_MAX_BITS);
		if (pkey_rsa_numbers(&a, &b, pkey, err) < 0)
			return -1;
		return pkey_from_rsa(out, a.data, a.len, b.data, b.len, err);
	case EVP_PKEY_EC:
		if (pkey_curve(curve, pkey, err) < 0 ||
		    pkey_point(&a, pkey, err) < 0)
			return -1;
		return pkey_from_point(out, curve, a.data, a.len, err);
	default:
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "keys of type '%s' are not supported: use "
				   "ed25519, RSA or ECDSA",
				   EVP_PKEY_get0_type_name(pkey)
					   ? EVP_PKEY_get0_type_name(pkey)
					   : "unknown");
	}
}

int pkey_verify(EVP_PKEY *pkey, const char *digest, bool pss, const void *sig,
		size_t sig_len, const void *data, size_t len,
		struct intoto_error *err)
{
	scoped_md_ctx ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL; /* belongs to ctx */
	int holds;

	if (!ctx || EVP_DigestVerifyInit_ex(ctx, &how, digest, NULL, NULL, pkey,
					    NULL) != 1)
		return crypto_fail(err, "cannot verify a signature");
	if (pss &&
	    (EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) <= 0 ||
	     EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_AUTO) <= 0))
		return crypto_fail(err, "cannot verify a signature");
	holds = EVP_DigestVerify(ctx, sig, sig_len, len ? data : (void *)"",
				 len);
	ERR_clear_error();
	if (holds != 1)
		return intoto_reject(err, "signature-bad",
				     "signature does not hold");
	return 0;
}

int ed25519_verify(const uint8_t public[ED25519_PUBLIC_SIZE], const void *sig,
		   size_t sig_len, const void *data, size_t len,
		   struct intoto_error *err)
{
	if (sodium_init() < 0)
		return intoto_fail(err, INTOTO_EIO, "libsodium does not start");
	if (sig_len != ED25519_SIGNATURE_SIZE ||
	    crypto_sign_verify_detached(sig, len ? data : (const void *)"", len,
					public) != 0)
		return intoto_reject(err, "signature-bad",
				     "signature does not hold");
	return 0;
}
