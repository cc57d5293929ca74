#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "base/encode.h"
#include "crypto/key_internal.h"
#include "ssh_tools.h"

#define ED_PUBLIC \
	"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
#define HELLO_SIG                                                          \
	"e1a7fca94a835127885b99e2eba733d6ee5bf5dc463ed8385eb6f1dcaa1117c0" \
	"f151750a10f46f5b3796a91203578f702c85c67c334b5689a516284d499f710f"
#define LINK_SIG                                                           \
	"403f9e09834aaeace4244047f1904f8bdc6bc93b57b45051b5a2affafef2883e" \
	"2e2893d799307132a852535479f54dec6cb1f435811e0e185976e05c9e52fc0d"
#define LINK                                                              \
	"{\"_type\":\"link\",\"byproducts\":{\"return-value\":0,\"stderr" \
	"\":\"\",\"stdout\":\"\"},\"command\":[\"git\",\"tag\",\"v1\"],"  \
	"\"environment\":{},\"materials\":{},\"name\":\"tag\",\"product"  \
	"s\":{\"a.c\":{\"sha256\":\"98ea6e4f216f2fb4b69fff9b3a44842c386"  \
	"86ca685f3f55dc48c5d3fb1107be4\"}}}"

static struct key *ed_key(void)
{
	uint8_t raw[ED25519_PUBLIC_SIZE];

	cr_assert(hex_decode(raw, sizeof(raw), ED_PUBLIC, strlen(ED_PUBLIC)));
	return key_new_ed25519(raw);
}

static struct signature sig_of(const char *hex)
{
	struct signature sig = { 0 };
	size_t len = strlen(hex) / 2;
	scoped_text raw = xmalloc(len + 1);

	cr_assert(hex_decode(raw, len, hex, strlen(hex)));
	buffer_add(&sig.sig, raw, len);
	return sig;
}

static int holds(const struct signature *sig, const struct key *key,
		 const char *text)
{
	struct intoto_error err = { 0 };
	int result = signature_verify(sig, key, text, strlen(text), 0, &err);

	if (result < 0) {
		cr_assert_eq(err.code, INTOTO_EREJECTED, "%s", err.message);
		cr_assert_str_eq(err.reason, "signature-bad");
	}
	return result;
}

Test(signature, the_ed25519_vectors_hold)
{
	scoped(key) key = ed_key();
	scoped_value(signature) hello = sig_of(HELLO_SIG);
	scoped_value(signature) link = sig_of(LINK_SIG);

	cr_assert_eq(holds(&hello, key, "hello"), 0);
	cr_assert_eq(holds(&link, key, LINK), 0);
	cr_assert_eq(holds(&hello, key, LINK), -1);
	cr_assert_eq(holds(&hello, key, ""), -1);
}

Test(signature, no_flipped_bit_or_other_length_holds)
{
	scoped(key) key = ed_key();
	scoped_value(signature) sig = sig_of(HELLO_SIG);
	scoped_value(signature) empty = sig_of("");
	scoped_value(signature) longer = sig_of(HELLO_SIG "00");

	for (size_t i = 0; i < sig.sig.len; i++) {
		sig.sig.data[i] ^= 1;
		cr_assert_eq(holds(&sig, key, "hello"), -1);
		sig.sig.data[i] ^= 1;
	}
	sig.sig.len--;
	cr_assert_eq(holds(&sig, key, "hello"), -1);
	cr_assert_eq(holds(&empty, key, "hello"), -1);
	cr_assert_eq(holds(&longer, key, "hello"), -1);
}

Test(signature, a_key_of_low_order_signs_nothing)
{
	static const uint8_t identity[ED25519_PUBLIC_SIZE] = { 1 };
	scoped(key) key = key_new_ed25519(identity);
	struct signature sig = { 0 };
	char zero[64] = { 1 };

	buffer_add(&sig.sig, zero, sizeof(zero));
	cr_assert_eq(holds(&sig, key, "anything"), -1);
	signature_release(&sig);
}

Test(signature, an_openpgp_signature_is_not_for_a_plain_key)
{
	scoped(key) key = ed_key();
	scoped_value(signature) sig = sig_of(HELLO_SIG);

	sig.openpgp = true;
	cr_assert_eq(holds(&sig, key, "hello"), -1);
}

/* Signed by libcrypto directly; salt -1: PKCS#1 v1.5 or ECDSA. */
static struct signature sign(EVP_PKEY *pkey, const char *digest, int salt,
			     const char *text)
{
	struct signature sig = { 0 };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	unsigned char raw[1024];
	size_t len = sizeof(raw);

	cr_assert_eq(EVP_DigestSignInit_ex(ctx, &how, digest, NULL, NULL, pkey,
					   NULL),
		     1);
	if (salt >= 0) {
		EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(how, salt);
	}
	cr_assert_eq(EVP_DigestSign(ctx, raw, &len, (const void *)text,
				    strlen(text)),
		     1);
	EVP_MD_CTX_free(ctx);
	buffer_add(&sig.sig, raw, len);
	return sig;
}

static struct key *key_of(EVP_PKEY *pkey, const char *scheme)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_new_pkey(&key, pkey, NULL, scheme, &err), 0, "%s",
		     err.message);
	return key;
}

Test(signature, every_rsa_scheme_holds_and_only_its_own)
{
	static const struct {
		const char *scheme;
		const char *digest;
		int salt;
	} cases[] = {
		{ "rsassa-pss-sha224", "SHA224", 28 },
		{ "rsassa-pss-sha256", "SHA256", 32 },
		{ "rsassa-pss-sha384", "SHA384", 48 },
		{ "rsassa-pss-sha512", "SHA512", 64 },
		{ "rsa-pkcs1v15-sha224", "SHA224", -1 },
		{ "rsa-pkcs1v15-sha256", "SHA256", -1 },
		{ "rsa-pkcs1v15-sha384", "SHA384", -1 },
		{ "rsa-pkcs1v15-sha512", "SHA512", -1 },
	};
	scoped_pkey pkey = EVP_RSA_gen(2048);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		scoped(key) key = key_of(pkey, cases[i].scheme);

		for (size_t j = 0; j < ARRAY_SIZE(cases); j++) {
			scoped_value(signature) sig =
				sign(pkey, cases[j].digest, cases[j].salt,
				     "hello");

			cr_assert_eq(holds(&sig, key, "hello"), i == j ? 0 : -1,
				     "%s, %s", cases[i].scheme,
				     cases[j].scheme);
		}
	}
}

Test(signature, a_pss_salt_of_another_length_holds)
{
	scoped_pkey pkey = EVP_RSA_gen(2048);
	scoped(key) key = key_of(pkey, NULL);
	scoped_value(signature) none = sign(pkey, "SHA256", 0, "hello");
	scoped_value(signature) most =
		sign(pkey, "SHA256", 256 - 32 - 2, "hello");

	cr_assert_eq(holds(&none, key, "hello"), 0);
	cr_assert_eq(holds(&most, key, "hello"), 0);
}

Test(signature, every_curve_holds)
{
	static const struct {
		const char *curve;
		const char *digest;
		const char *scheme;
	} cases[] = {
		{ "P-256", "SHA256", "ecdsa-sha2-nistp256" },
		{ "P-384", "SHA384", "ecdsa-sha2-nistp384" },
		{ "P-521", "SHA512", "ecdsa-sha2-nistp521" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		scoped_pkey pkey = EVP_EC_gen(cases[i].curve);
		scoped_pkey stranger = EVP_EC_gen(cases[i].curve);
		scoped(key) key = key_of(pkey, cases[i].scheme);
		scoped(key) other = key_of(stranger, NULL);
		scoped_value(signature) sig =
			sign(pkey, cases[i].digest, -1, "hello");

		cr_assert_eq(holds(&sig, key, "hello"), 0);
		cr_assert_eq(holds(&sig, key, "hallo"), -1);
		cr_assert_eq(holds(&sig, other, "hello"), -1);
		buffer_putc(&sig.sig, '\0');
		cr_assert_eq(holds(&sig, key, "hello"), -1);
		sig.sig.len--;
		sig.sig.data[sig.sig.len - 1] ^= 1;
		cr_assert_eq(holds(&sig, key, "hello"), -1);
	}
}

Test(signature, the_numbers_zero_sign_nothing)
{
	scoped_pkey pkey = EVP_EC_gen("P-256");
	scoped(key) key = key_of(pkey, NULL);
	scoped_value(signature) zeros = sig_of("3006020100020100");

	cr_assert_eq(holds(&zeros, key, "hello"), -1);
}

Test(signature, other_curves_and_small_keys_are_no_keys)
{
	scoped_pkey curve = EVP_EC_gen("secp256k1");
	scoped_pkey small = EVP_RSA_gen(1024);
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_new_pkey(&key, curve, NULL, NULL, &err), -1);
	cr_assert_eq(err.code, INTOTO_EUNSUPPORTED);
	cr_assert_eq(key_new_pkey(&key, small, NULL, NULL, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
}

static int read_json(struct signature *sig, json_t *object,
		     enum intoto_code *code)
{
	struct intoto_error err = { 0 };
	int result;

	cr_assert_not_null(object);
	result = signature_from_json(sig, object, &err);
	json_decref(object);
	*code = err.code;
	return result;
}

Test(signature, json_reads_back)
{
	static const char *const texts[] = {
		"{\"keyid\":\"abcd\",\"sig\":\"00ff\"}",
		"{\"keyid\":\"abcd\",\"other_headers\":\"0400\","
		"\"signature\":\"00ff\"}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		scoped_value(signature) sig = { 0 };
		enum intoto_code code;
		json_t *object;
		char *again;

		cr_assert_eq(read_json(&sig, json_loads(texts[i], 0, NULL),
				       &code),
			     0);
		cr_assert_eq(sig.openpgp, i == 1);
		cr_assert_eq(sig.sig.len, 2);
		object = signature_to_json(&sig);
		again = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
		cr_assert_str_eq(again, texts[i]);
		free(again);
		json_decref(object);
	}
}

Test(signature, json_may_have_upper_case_and_other_members)
{
	scoped_value(signature) sig = { 0 };
	enum intoto_code code;

	cr_assert_eq(read_json(&sig,
			       json_pack("{s:s, s:s, s:s}", "keyid", "AB",
					 "sig", "00FF", "cert", ""),
			       &code),
		     0);
	cr_assert_str_eq(sig.keyid, "AB");
	cr_assert_eq(sig.sig.data[1], (char)0xff);
}

Test(signature, malformed_json_is_refused)
{
	scoped_text huge = xcalloc(1, 5000);
	scoped_value(signature) sig = { 0 };
	enum intoto_code code;

	memset(huge, 'a', 4998);
	cr_assert_eq(read_json(&sig, json_array(), &code), -1);
	cr_assert_eq(read_json(&sig, json_object(), &code), -1);
	cr_assert_eq(read_json(&sig, json_pack("{s:s}", "keyid", "ab"), &code),
		     -1);
	cr_assert_eq(read_json(&sig, json_pack("{s:s}", "sig", "ab"), &code),
		     -1);
	cr_assert_eq(read_json(&sig,
			       json_pack("{s:s, s:s}", "keyid", "xy", "sig",
					 "ab"),
			       &code),
		     -1);
	cr_assert_eq(read_json(&sig,
			       json_pack("{s:s, s:s}", "keyid", ED_PUBLIC "0",
					 "sig", "ab"),
			       &code),
		     -1);
	cr_assert_eq(read_json(&sig,
			       json_pack("{s:s, s:s}", "keyid", "ab", "sig",
					 "abc"),
			       &code),
		     -1);
	cr_assert_eq(read_json(&sig,
			       json_pack("{s:s, s:s}", "keyid", "ab", "sig",
					 ""),
			       &code),
		     -1);
	cr_assert_eq(read_json(&sig,
			       json_pack("{s:s, s:s}", "keyid", "ab", "sig",
					 huge),
			       &code),
		     -1);
	cr_assert_eq(code, INTOTO_ELIMIT);
	cr_assert_eq(read_json(&sig,
			       json_pack("{s:s, s:i, s:s}", "keyid", "ab",
					 "other_headers", 1, "signature", "ab"),
			       &code),
		     -1);
	cr_assert_eq(sig.sig.len, 0);
}

Test(signature, of_the_vector_file_holds)
{
	scoped_text text = read_text("t/data/mb.link");
	scoped(key) key = ed_key();
	scoped_value(signature) sig = { 0 };
	json_t *link = json_loads(text, 0, NULL);
	struct intoto_error err = { 0 };

	cr_assert_eq(signature_from_json(
			     &sig,
			     json_array_get(json_object_get(link, "signatures"),
					    0),
			     &err),
		     0);
	cr_assert(key_answers_to(key, sig.keyid));
	cr_assert_eq(holds(&sig, key, LINK), 0);
	json_decref(link);
}
