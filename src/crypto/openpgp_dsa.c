/* openpgp_dsa.c: DSA signatures by libcrypto; only OpenPGP still has them. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "crypto/openpgp_internal.h"

#define DSA_P_MIN_BITS 1024
#define DSA_P_MAX_BITS 4096
#define DSA_Q_MIN_BITS 160
#define DSA_Q_MAX_BITS 512

enum { DSA_P, DSA_Q, DSA_G, DSA_Y, DSA_NUMBERS };

static const char *const param_names[DSA_NUMBERS] = {
	OSSL_PKEY_PARAM_FFC_P,
	OSSL_PKEY_PARAM_FFC_Q,
	OSSL_PKEY_PARAM_FFC_G,
	OSSL_PKEY_PARAM_PUB_KEY,
};

/* Between 2 and p - 2: with 1 or -1 anybody could sign. */
static bool is_element(const BIGNUM *number, const BIGNUM *p)
{
	BIGNUM *most = BN_dup(p);
	bool fits = most && BN_sub_word(most, 2) == 1 &&
		    BN_num_bits(number) > 1 && BN_cmp(number, most) <= 0;

	BN_free(most);
	return fits;
}

static bool is_possible(BIGNUM *const numbers[DSA_NUMBERS])
{
	int p_bits = BN_num_bits(numbers[DSA_P]);
	int q_bits = BN_num_bits(numbers[DSA_Q]);

	return p_bits >= DSA_P_MIN_BITS && p_bits <= DSA_P_MAX_BITS &&
	       q_bits >= DSA_Q_MIN_BITS && q_bits <= DSA_Q_MAX_BITS &&
	       BN_is_odd(numbers[DSA_P]) && BN_is_odd(numbers[DSA_Q]) &&
	       is_element(numbers[DSA_G], numbers[DSA_P]) &&
	       is_element(numbers[DSA_Y], numbers[DSA_P]);
}

static EVP_PKEY *pkey_from_numbers(BIGNUM *const numbers[DSA_NUMBERS])
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;
	bool pushed = build && ctx;

	for (size_t i = 0; pushed && i < DSA_NUMBERS; i++)
		pushed = OSSL_PARAM_BLD_push_BN(build, param_names[i],
						numbers[i]) == 1;
	if (pushed)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return pkey;
}

int openpgp_dsa_pkey(EVP_PKEY **out, const struct openpgp_part *part,
		     struct intoto_error *err)
{
	const struct buffer *const parts[DSA_NUMBERS] = { &part->p, &part->q,
							  &part->g, &part->y };
	BIGNUM *numbers[DSA_NUMBERS] = { NULL };
	EVP_PKEY *pkey = NULL;
	bool read = true;

	for (size_t i = 0; i < DSA_NUMBERS; i++) {
		if (parts[i]->len <= OPENPGP_MPI_MAX)
			numbers[i] =
				BN_bin2bn((const unsigned char *)parts[i]->data,
					  (int)parts[i]->len, NULL);
		read = read && numbers[i];
	}
	if (read && is_possible(numbers))
		pkey = pkey_from_numbers(numbers);
	for (size_t i = 0; i < DSA_NUMBERS; i++)
		BN_free(numbers[i]);
	if (!pkey)
		return intoto_fail(err, INTOTO_EINVALID,
				   "DSA key with impossible numbers");
	*out = pkey;
	return 0;
}
