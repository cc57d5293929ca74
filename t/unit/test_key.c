#include <criterion/criterion.h>

#include "crypto/key_internal.h"
#include "ssh_tools.h"

#define ED_PUBLIC \
	"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
#define ED_LEGACY \
	"607f42135d7855e1145188a58aaf4c055fec1edbd7041680576e486f7ea574d1"
#define ED_NEW \
	"63d00ee3cf4f5c61ad94efa696c68f13b608fe56ecea13fb144a6fd18e9235b9"
#define EC_PEM                                                               \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb/A7lJJBzh2t1DUZ5pYOCoW0Gmmg\n" \
	"XDKBA6orzhWUyhY8T3U6Vb8B3FP2wLDH7ueLQMb/fSWpbiKCuYnO9xwUSg==\n"     \
	"-----END PUBLIC KEY-----"
#define EC_LEGACY \
	"e348b8d9f078e72aae438743cea008334fabf3e638e837140745f948c314e1bb"
#define RSA_LEGACY \
	"c4024a75bed0bb2c20d9d1f1a7eae693e3205e7cb3e1bfa78710f81206a29b5f"
#define RSA_NEW \
	"dbbefe9b45b1f6f0fce18383685f4e72ec7c0ac1e7ddb7e0ba76806820fd526c"

static struct key *from_json(json_t *object)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_not_null(object);
	cr_assert_eq(key_from_json(&key, object, &err), 0, "%s", err.message);
	json_decref(object);
	return key;
}

static json_t *json_key(const char *keytype, const char *scheme,
			const char *public)
{
	return json_pack("{s:s, s:s, s:{s:s}}", "keytype", keytype, "scheme",
			 scheme, "keyval", "public", public);
}

static void refused(json_t *object, enum intoto_code code)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_not_null(object);
	cr_assert_eq(key_from_json(&key, object, &err), -1);
	cr_assert_eq(err.code, code, "%s", err.message);
	cr_assert_null(key);
	json_decref(object);
}

static struct key *from_pem(const char *pem, const char *scheme)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_from_pem(&key, pem, strlen(pem), scheme, &err), 0,
		     "%s", err.message);
	return key;
}

static char *rsa_pem(void)
{
	return read_text("t/data/rsa.pub");
}

static char *with_newline(const char *text)
{
	return xasprintf("%s\n", text);
}

Test(key, ed25519_has_the_keyids_of_the_reference)
{
	scoped(key) key = from_json(json_key("ed25519", "ed25519", ED_PUBLIC));
	char text[64];

	cr_assert_eq(key_type(key), KEY_ED25519);
	cr_assert_str_eq(key_scheme(key), "ed25519");
	cr_assert_str_eq(key_id(key), ED_LEGACY);
	cr_assert_str_eq(key_id_new(key), ED_NEW);
	key_describe(text, key);
	cr_assert_str_eq(text, "ed25519 607f4213");
}

Test(key, ecdsa_has_the_keyids_of_the_reference)
{
	scoped(key) key =
		from_json(json_key("ecdsa", "ecdsa-sha2-nistp256", EC_PEM));

	cr_assert_str_eq(key_id(key), EC_LEGACY);
	cr_assert_str_eq(key_id_new(key),
			 "e2e78b13c23ec1e89bb3f64689136e48f97a80f2c9ea24fd758f"
			 "5f709d7ede42");
}

Test(key, rsa_has_the_keyids_of_the_reference)
{
	scoped_text pem = rsa_pem();
	scoped(key) key = from_pem(pem, NULL);

	cr_assert_str_eq(key_scheme(key), "rsassa-pss-sha256");
	cr_assert_str_eq(key_id(key), RSA_LEGACY);
	cr_assert_str_eq(key_id_new(key), RSA_NEW);
}

Test(key, the_spelling_of_a_pem_changes_nothing)
{
	scoped_text with = with_newline(EC_PEM);
	scoped_text crlf = xcalloc(2, sizeof(EC_PEM));
	scoped(key) a =
		from_json(json_key("ecdsa", "ecdsa-sha2-nistp256", EC_PEM));
	scoped(key) b =
		from_json(json_key("ecdsa", "ecdsa-sha2-nistp256", with));
	scoped(key) c = NULL;
	size_t n = 0;

	for (const char *p = EC_PEM; *p; p++) {
		if (*p == '\n')
			crlf[n++] = '\r';
		crlf[n++] = *p;
	}
	c = from_json(json_key("ecdsa", "ecdsa-sha2-nistp256", crlf));
	cr_assert_str_eq(key_id(a), key_id(b));
	cr_assert_str_eq(key_id(a), key_id(c));
	cr_assert_str_eq(key_id_new(a), key_id_new(c));
	cr_assert(key_same(a, b) && key_same(a, c));
}

Test(key, a_keyid_in_the_object_is_not_believed)
{
	json_t *object = json_key("ed25519", "ed25519", ED_PUBLIC);
	scoped(key) key = NULL;

	json_object_set_new(object, "keyid", json_string("abcd"));
	key = from_json(object);
	cr_assert_str_eq(key_id(key), ED_LEGACY);
	cr_assert(!key_answers_to(key, "abcd"));
}

Test(key, answers_to_either_keyid_and_no_other)
{
	scoped(key) key = from_json(json_key("ed25519", "ed25519", ED_PUBLIC));

	cr_assert(key_answers_to(key, ED_LEGACY));
	cr_assert(key_answers_to(key, ED_NEW));
	cr_assert(!key_answers_to(key, ""));
	cr_assert(!key_answers_to(key, "607f4213"));
	cr_assert(!key_answers_to(key, EC_LEGACY));
}

Test(key, old_ecdsa_files_hash_the_newline_and_their_keytype)
{
	scoped_text pem = with_newline(EC_PEM);
	scoped(key) old = from_json(
		json_key("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", EC_PEM));
	scoped(key) now =
		from_json(json_key("ecdsa", "ecdsa-sha2-nistp256", EC_PEM));
	scoped_text hashed = xasprintf(
		"{\"keyid_hash_algorithms\":[\"sha256\",\"sha512\"],\"keytype\""
		":\"ecdsa-sha2-nistp256\",\"keyval\":{\"public\":\"%s\"},"
		"\"scheme\":\"ecdsa-sha2-nistp256\"}",
		pem);
	char id[SHA256_HEX_SIZE];

	sha256_hex(id, hashed, strlen(hashed));
	cr_assert(key_answers_to(old, id));
	cr_assert(!key_answers_to(now, id));
	cr_assert_str_neq(key_id(old), key_id(now));
	cr_assert(key_same(old, now));
}

Test(key, json_of_a_key_reads_back_as_the_same_key)
{
	scoped_text pem = rsa_pem();
	struct key *keys[] = {
		from_json(json_key("ed25519", "ed25519", ED_PUBLIC)),
		from_json(json_key("ecdsa", "ecdsa-sha2-nistp256", EC_PEM)),
		from_pem(pem, "rsa-pkcs1v15-sha512"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_t *object = key_to_json(keys[i]);
		scoped(key) again = NULL;

		cr_assert_str_eq(json_string_value(
					 json_object_get(object, "keyid")),
				 key_id(keys[i]));
		cr_assert_eq(json_array_size(
				     json_object_get(object,
						     "keyid_hash_algorithms")),
			     2);
		cr_assert_null(
			json_object_get(json_object_get(object, "keyval"),
					"private"));
		again = from_json(object);
		cr_assert_str_eq(key_id(again), key_id(keys[i]));
		cr_assert_str_eq(key_scheme(again), key_scheme(keys[i]));
		key_free(keys[i]);
	}
}

Test(key, legacy_files_of_the_reference_are_read)
{
	static const char *const files[] = { "t/data/edk.pub",
					     "t/data/eck.pub" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		scoped_text text = read_text(files[i]);
		scoped(key) key = from_json(json_loads(text, 0, NULL));

		cr_assert_eq(strlen(key_id(key)), 64);
	}
}

Test(key, an_empty_private_member_is_taken_and_a_full_one_is_not)
{
	json_t *object = json_key("ed25519", "ed25519", ED_PUBLIC);
	scoped(key) key = NULL;

	json_object_set_new(json_object_get(object, "keyval"), "private",
			    json_string(""));
	json_incref(object);
	key = from_json(object);
	json_object_set_new(json_object_get(object, "keyval"), "private",
			    json_string(ED_PUBLIC));
	refused(object, INTOTO_EINVALID);
}

Test(key, one_rsa_key_under_two_schemes_is_one_key)
{
	scoped_text pem = rsa_pem();
	scoped(key) pss = from_pem(pem, NULL);
	scoped(key) pkcs = from_pem(pem, "rsa-pkcs1v15-sha256");

	cr_assert_str_neq(key_id(pss), key_id(pkcs));
	cr_assert(key_same(pss, pkcs));
	cr_assert_eq(strlen(key_material(pss)), 64);
}

Test(key, malformed_objects_are_refused)
{
	scoped_text rsa = rsa_pem();
	scoped_text twice = xasprintf("%s\n%s\n", EC_PEM, EC_PEM);
	scoped_text junk = xasprintf("%s\njunk", EC_PEM);
	scoped_text private = read_text("t/data/rsa.key");

	refused(json_array(), INTOTO_EINVALID);
	refused(json_object(), INTOTO_EINVALID);
	refused(json_pack("{s:s, s:s}", "keytype", "rsa", "scheme",
			  "rsassa-pss-sha256"),
		INTOTO_EINVALID);
	refused(json_key("ed25519", "ed25519", "03a1"), INTOTO_EINVALID);
	refused(json_key("ed25519", "ed25519", EC_PEM), INTOTO_EINVALID);
	refused(json_key("ecdsa", "ecdsa-sha2-nistp256", rsa), INTOTO_EINVALID);
	refused(json_key("rsa", "rsassa-pss-sha256", EC_PEM), INTOTO_EINVALID);
	refused(json_key("rsa", "rsassa-pss-sha256", ""), INTOTO_EINVALID);
	refused(json_key("rsa", "rsassa-pss-sha256", private), INTOTO_EINVALID);
	refused(json_key("ecdsa", "ecdsa-sha2-nistp256", twice),
		INTOTO_EINVALID);
	refused(json_key("ecdsa", "ecdsa-sha2-nistp256", junk),
		INTOTO_EINVALID);
	refused(json_key("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", EC_PEM),
		INTOTO_EINVALID);
}

Test(key, weak_and_unknown_schemes_are_refused)
{
	scoped_text rsa = rsa_pem();

	refused(json_key("rsa", "rsa-pkcs1v15-sha1", rsa), INTOTO_EUNSUPPORTED);
	refused(json_key("rsa", "rsassa-pss-md5", rsa), INTOTO_EUNSUPPORTED);
	refused(json_key("rsa", "rsa-pkcs1v15-md5", rsa), INTOTO_EUNSUPPORTED);
	refused(json_key("rsa", "rsassa-pss-sha1", rsa), INTOTO_EUNSUPPORTED);
	refused(json_key("rsa", "-sha1", rsa), INTOTO_EUNSUPPORTED);
	refused(json_key("rsa", "ed25519", rsa), INTOTO_EUNSUPPORTED);
	refused(json_key("rsa", "", rsa), INTOTO_EUNSUPPORTED);
	refused(json_key("ecdsa", "ecdsa-sha2-nistp384", EC_PEM),
		INTOTO_EUNSUPPORTED);
	refused(json_key("spx", "spx", ED_PUBLIC), INTOTO_EUNSUPPORTED);
}

/* The RSA vector's modulus, cut or with a value of ours for e. */
static int rsa_with(const void *n, size_t n_len, const char *e, size_t e_len)
{
	struct intoto_error err = { 0 };
	scoped_pkey pkey = NULL;
	int result = pkey_from_rsa(&pkey, n, n_len, e, e_len, &err);

	cr_assert(result == 0 || err.code == INTOTO_EINVALID);
	return result;
}

Test(key, rsa_numbers_are_bounded)
{
	scoped_text pem = rsa_pem();
	scoped(key) key = from_pem(pem, NULL);
	scoped_value(buffer) n = BUFFER_INIT;
	scoped_value(buffer) e = BUFFER_INIT;
	scoped_text huge = xmalloc(2049);
	struct intoto_error err = { 0 };

	cr_assert_eq(pkey_rsa_numbers(&n, &e, key->pkey, &err), 0);
	cr_assert_eq(rsa_with(n.data, n.len, e.data, e.len), 0);
	cr_assert_eq(rsa_with(n.data, n.len - 1, e.data, e.len), -1);
	cr_assert_eq(rsa_with(n.data, n.len, "\1", 1), -1);
	cr_assert_eq(rsa_with(n.data, n.len, "\2", 1), -1);
	cr_assert_eq(rsa_with(n.data, n.len, "", 0), -1);
	cr_assert_eq(rsa_with(n.data, n.len, "\1\0\0\0\0\0\0\0\1", 9), -1);
	cr_assert_eq(rsa_with("", 0, e.data, e.len), -1);
	memset(huge, 0xff, 2049);
	cr_assert_eq(rsa_with(huge, 2049, e.data, e.len), -1);
	cr_assert_eq(rsa_with(huge, 2048, e.data, e.len), 0);
	n.data[n.len - 1] ^= 1;
	cr_assert_eq(rsa_with(n.data, n.len, e.data, e.len), -1);
}

Test(key, a_point_off_the_curve_is_refused)
{
	struct intoto_error err = { 0 };
	scoped_pkey pkey = NULL;
	char point[65] = { 4 };

	point[64] = 1;
	cr_assert_eq(pkey_from_point(&pkey, "prime256v1", point, 65, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(pkey_from_point(&pkey, "prime256v1", "", 1, &err), -1);
}

Test(key, pem_of_other_kinds_is_refused)
{
	scoped_text private = read_text("t/data/rsa.key");
	scoped_text both = xasprintf("%s\n%s\n", EC_PEM, private);
	static const struct {
		const char *pem;
		enum intoto_code code;
	} cases[] = {
		{ "", INTOTO_EINVALID },
		{ "-----BEGIN PUBLIC KEY-----\n", INTOTO_EINVALID },
		{ "-----BEGIN PUBLIC KEY-----\nAAAA\n"
		  "-----END PUBLIC KEY-----\n",
		  INTOTO_EINVALID },
		{ "-----BEGIN CERTIFICATE-----\nAAAA\n"
		  "-----END CERTIFICATE-----\n",
		  INTOTO_EUNSUPPORTED },
		{ "-----BEGIN PUBLIC KEY-----\nAAAA\n"
		  "-----END PRIVATE KEY-----\n",
		  INTOTO_EINVALID },
	};
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cr_assert_eq(key_from_pem(&key, cases[i].pem,
					  strlen(cases[i].pem), NULL, &err),
			     -1);
		cr_assert_eq(err.code, cases[i].code, "case %zu: %s", i,
			     err.message);
	}
	cr_assert_eq(key_from_pem(&key, both, strlen(both), NULL, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
}

Test(key, a_private_pem_gives_its_public_key)
{
	scoped_text private = read_text("t/data/rsa.key");
	scoped(key) key = from_pem(private, NULL);

	cr_assert_eq(key_type(key), KEY_RSA);
	cr_assert_null(strstr(key_id(key), " "));
}

/* An OpenPGP key object of ed25519 numbers, of an old writer. */
static json_t *openpgp_object(const char *digit, json_t *subkeys)
{
	char fingerprint[41] = "";
	char point[65] = "";
	json_t *object;

	for (size_t i = 0; i < 40; i++)
		fingerprint[i] = *digit;
	for (size_t i = 0; i < 64; i++)
		point[i] = *digit;
	object = json_pack("{s:s, s:s, s:[s], s:s, s:{s:s, s:{s:s}}}", "method",
			   "pgp+eddsa-ed25519", "type", "eddsa", "hashes",
			   "pgp+SHA2", "keyid", fingerprint, "keyval",
			   "private", "", "public", "q", point);
	if (subkeys)
		json_object_set_new(object, "subkeys", subkeys);
	return object;
}

static json_t *with_subkey(const char *digit, const char *subkey)
{
	json_t *sub = openpgp_object(subkey, NULL);
	const char *name = json_string_value(json_object_get(sub, "keyid"));

	return openpgp_object(digit, json_pack("{s:o}", name, sub));
}

Test(key, keys_that_share_a_part_are_one_toward_a_threshold)
{
	scoped(key) mona = from_json(openpgp_object("a", NULL));
	scoped(key) eve = from_json(openpgp_object("b", NULL));
	scoped(key) eve_with_mona = from_json(with_subkey("b", "a"));
	scoped(key) carl_with_mona = from_json(with_subkey("c", "a"));
	const struct key *const some[] = { eve, eve_with_mona };

	cr_assert(!key_same(mona, eve_with_mona));
	cr_assert(key_overlaps(mona, eve_with_mona));
	cr_assert(key_overlaps(eve_with_mona, mona));
	cr_assert(key_overlaps(eve, eve_with_mona));
	cr_assert(key_overlaps(eve_with_mona, carl_with_mona));
	cr_assert(!key_overlaps(mona, eve));
	cr_assert(!key_overlaps(eve, carl_with_mona));
	cr_assert(key_overlaps_any(carl_with_mona, some, 2));
	cr_assert(!key_overlaps_any(carl_with_mona, some, 1));
	cr_assert(!key_overlaps_any(carl_with_mona, some, 0));
}
