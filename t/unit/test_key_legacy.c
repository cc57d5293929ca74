#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/encode.h"
#include "crypto/key_generate.h"
#include "crypto/key_internal.h"
#include "crypto/signer_internal.h"
#include "ssh_tools.h"

#define SEED "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define PUBLIC \
	"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
#define KEYID "607f42135d7855e1145188a58aaf4c055fec1edbd7041680576e486f7ea574d1"
#define PLAIN                                                          \
	"{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\", "         \
	"\"keyid\": \"" KEYID "\", \"keyid_hash_algorithms\": "        \
	"[\"sha256\", \"sha512\"], \"keyval\": {\"public\": \"" PUBLIC \
	"\", \"private\": \"" SEED "\"}}"

#define SALT "01010101010101010101010101010101"
#define IV "02020202020202020202020202020202"
#define MAC "bc2dced3e0e6b25e6f349966e54b051b0ef5014d6ad02358d7c3c1bc3b4cb7eb"
#define DERIVED \
	"f23b97f860d4717cf5a1b87e8ec3049a1b6c62ba664becb0d39545fe92ed175d"
#define CIPHER_START "64f699baf088b014cc5a6917cacb8756"

struct asked {
	const char *password; /* NULL: none is given */
	int times;
};

static char *give(const char *prompt, void *data)
{
	struct asked *asked = data;

	(void)prompt;
	asked->times++;
	return asked->password ? xstrdup(asked->password) : NULL;
}

static char *give_plain(void *data)
{
	return give("", data);
}

/* AES-256-CTR with the key and counter of the vector. */
static char *vector_cipher(const char *plain)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32], iv[16];
	unsigned char out[4096];
	char *hex;
	int len = 0;

	cr_assert(hex_decode(key, 32, DERIVED, 64));
	cr_assert(hex_decode(iv, 16, IV, 32));
	cr_assert_eq(EVP_EncryptInit_ex(ctx, EVP_aes_256_ctr(), NULL, key, iv),
		     1);
	cr_assert_eq(EVP_EncryptUpdate(ctx, out, &len,
				       (const unsigned char *)plain,
				       (int)strlen(plain)),
		     1);
	EVP_CIPHER_CTX_free(ctx);
	hex = xmalloc(2 * (size_t)len + 1);
	hex_encode(hex, out, (size_t)len);
	return hex;
}

/* A file of that ciphertext, authentic under the vector's password. */
static char *vector_file(const char *plain)
{
	scoped_text cipher = vector_cipher(plain);
	size_t len = strlen(cipher) / 2;
	scoped_text raw = xmalloc(len + 1);
	unsigned char mac[32];
	unsigned size = 0;
	uint8_t key[32];
	char hex[65];

	cr_assert(hex_decode(key, 32, DERIVED, 64));
	cr_assert(hex_decode(raw, len, cipher, strlen(cipher)));
	HMAC(EVP_sha256(), key, 32, (unsigned char *)raw, len, mac, &size);
	hex_encode(hex, mac, 32);
	return xasprintf("%s@@@@100000@@@@%s@@@@%s@@@@%s", SALT, hex, IV,
			 cipher);
}

static enum intoto_code opened(struct key_source *out, const char *text,
			       const char *password)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = path_join(dir.path, "key");
	struct asked asked = { password, 0 };
	const struct key_settings settings = { .ask_password = give,
					       .ask_data = &asked };
	struct intoto_error err = { 0 };

	cr_assert_eq(file_write(path, text, strlen(text), 0600, &err), 0);
	if (key_source_open(out, path, &settings, &err) == 0)
		return INTOTO_OK;
	cr_assert_null(strstr(err.message, SEED), "%s", err.message);
	cr_assert_null(strstr(err.message, "MIG"), "%s", err.message);
	cr_assert(!password || !*password || !strstr(err.message, password));
	return err.code;
}

static void refused(const char *text, const char *password)
{
	scoped_value(key_source) source = { 0 };

	cr_assert_eq(opened(&source, text, password), INTOTO_EINVALID, "%s",
		     text);
	cr_assert_null(source.key);
	cr_assert_null(source.private);
}

Test(key_legacy, the_vector_of_the_reference_opens)
{
	scoped_text cipher = vector_cipher(PLAIN);
	scoped_text file = vector_file(PLAIN);
	scoped_secret json = BUFFER_INIT;
	struct asked asked = { "pw", 0 };
	struct intoto_error err = { 0 };

	cr_assert_eq(strncmp(cipher, CIPHER_START, strlen(CIPHER_START)), 0);
	cr_assert_not_null(strstr(file, "@@@@" MAC "@@@@"));
	cr_assert(is_legacy_encrypted(file));
	cr_assert_eq(legacy_decrypt(&json, file, strlen(file), give_plain,
				    &asked, &err),
		     0, "%s", err.message);
	cr_assert_eq(asked.times, 1);
	cr_assert_str_eq(buffer_text(&json), PLAIN);
}

Test(key_legacy, its_key_signs)
{
	scoped_text file = vector_file(PLAIN);
	scoped_value(key_source) source = { 0 };
	scoped_value(buffer) sig = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(opened(&source, file, "pw"), INTOTO_OK);
	cr_assert_str_eq(key_id(source.key), KEYID);
	cr_assert_not_null(source.private);
	cr_assert_eq(pkey_sign(&sig, source.private, source.key, "hello", 5,
			       &err),
		     0);
	cr_assert_eq(sig.len, 64);
	cr_assert_eq((uint8_t)sig.data[0], 0xe1);
	cr_assert_eq((uint8_t)sig.data[63], 0x0f);
}

Test(key_legacy, a_wrong_password_and_none_are_refused)
{
	scoped_text file = vector_file(PLAIN);

	refused(file, "pwx");
	refused(file, "");
	refused(file, NULL);
}

Test(key_legacy, a_changed_ciphertext_is_never_decrypted)
{
	scoped_text file = vector_file(PLAIN);

	file[strlen(file) - 1] = file[strlen(file) - 1] == '0' ? '1' : '0';
	refused(file, "pw");
}

Test(key_legacy, malformed_encrypted_files_are_refused_before_the_password)
{
	static const char *const files[] = {
		SALT "@@@@100000@@@@" MAC "@@@@" IV,
		SALT "@@@@100000@@@@" MAC "@@@@" IV "@@@@",
		SALT "@@@@100000@@@@" MAC "@@@@" IV "@@@@abc",
		SALT "@@@@100000@@@@" MAC "@@@@" IV "@@@@zz",
		SALT "@@@@100000@@@@" MAC "@@@@" IV "@@@@ab@@@@cd",
		SALT "@@@@0@@@@" MAC "@@@@" IV "@@@@ab",
		SALT "@@@@-1@@@@" MAC "@@@@" IV "@@@@ab",
		SALT "@@@@+1@@@@" MAC "@@@@" IV "@@@@ab",
		SALT "@@@@@@@@" MAC "@@@@" IV "@@@@ab",
		SALT "@@@@10000001@@@@" MAC "@@@@" IV "@@@@ab",
		SALT "@@@@99999999999999999999@@@@" MAC "@@@@" IV "@@@@ab",
		"01@@@@100000@@@@" MAC "@@@@" IV "@@@@ab",
		SALT SALT SALT SALT SALT "@@@@100000@@@@" MAC "@@@@" IV
					 "@@@@ab",
		SALT "@@@@100000@@@@" SALT "@@@@" IV "@@@@ab",
		SALT "@@@@100000@@@@" MAC "@@@@" MAC "@@@@ab",
		"01@@@@100000@@@@02@@@@03@@@@04",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		scoped_secret json = BUFFER_INIT;
		struct asked asked = { "pw", 0 };
		struct intoto_error err = { 0 };

		cr_assert_eq(legacy_decrypt(&json, files[i], strlen(files[i]),
					    give_plain, &asked, &err),
			     -1, "%s", files[i]);
		cr_assert_eq(err.code, INTOTO_EINVALID);
		cr_assert_eq(asked.times, 0, "%s", files[i]);
		refused(files[i], "pw");
	}
}

Test(key_legacy, what_is_encrypted_must_be_a_key)
{
	scoped_text text = vector_file("hello");
	scoped_text empty = vector_file("{}");

	refused(text, "pw");
	refused(empty, "pw");
}

Test(key_legacy, private_json_must_hold_together)
{
	static const char *const files[] = {
		/* another seed, short, no hex, upper digits of another key */
		"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
		"{\"public\":\"" PUBLIC "\",\"private\":\"" PUBLIC "\"}}",
		"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
		"{\"public\":\"" PUBLIC "\",\"private\":\"00\"}}",
		"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
		"{\"public\":\"" PUBLIC "\",\"private\":\"" SEED "00\"}}",
		/* no public part */
		"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
		"{\"private\":\"" SEED "\"}}",
		/* twice */
		"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
		"{\"public\":\"" PUBLIC "\",\"private\":\"" SEED
		"\",\"private\":\"" SEED "\"}}",
		"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
		"{\"public\":\"" PUBLIC "\",\"private\":\"" SEED
		"\"},\"keyval\":{}}",
		/* the seed of one type as the key of another */
		"{\"keytype\":\"ecdsa\",\"scheme\":\"ecdsa-sha2-nistp256\","
		"\"keyval\":{\"public\":\"" PUBLIC "\",\"private\":\"" SEED
		"\"}}",
		/* cut off */
		"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
		"{\"public\":\"" PUBLIC "\",\"private\":\"" SEED "\"",
		"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
		"{\"public\":\"" PUBLIC "\",\"private\":\"" SEED
		"\"}} and more",
		"{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":"
		"{\"public\":\"" PUBLIC "\",\"private\":\"\\u0000\"}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		refused(files[i], NULL);
}

static char *json_of(const char *keytype, const char *scheme,
		     const char *public, const char *private)
{
	json_t *object = json_pack("{s:s, s:s, s:{s:s, s:s}}", "keytype",
				   keytype, "scheme", scheme, "keyval",
				   "public", public, "private", private);
	char *text = json_dumps(object, 0);

	json_decref(object);
	return text;
}

Test(key_legacy, a_pem_in_json_signs_if_it_is_of_its_public_key)
{
	const struct key_request ec = { .type = KEY_ECDSA, .curve = "P-384" };
	struct buffer private = BUFFER_INIT, other = BUFFER_INIT;
	scoped_value(buffer) public = BUFFER_INIT;
	scoped_value(buffer) unused = BUFFER_INIT;
	scoped_value(key_source) source = { 0 };
	scoped_text good = NULL;
	scoped_text wrong = NULL;
	scoped_text swapped = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(key_generate(&private, &public, &ec, &err), 0, "%s",
		     err.message);
	cr_assert_eq(key_generate(&other, &unused, &ec, &err), 0);
	good = json_of("ecdsa", "ecdsa-sha2-nistp384", public.data,
		       private.data);
	wrong = json_of("ecdsa", "ecdsa-sha2-nistp384", public.data,
			other.data);
	swapped = json_of("ecdsa", "ecdsa-sha2-nistp384", public.data,
			  public.data);
	cr_assert_eq(opened(&source, good, NULL), INTOTO_OK);
	cr_assert_not_null(source.private);
	cr_assert_str_eq(key_scheme(source.key), "ecdsa-sha2-nistp384");
	/* in-toto 1.x names such a file by what it hashes: the newline too */
	cr_assert_str_neq(key_id_old(source.key), key_id(source.key));
	cr_assert(key_answers_to(source.key, key_id_old(source.key)));
	refused(wrong, NULL);
	refused(swapped, NULL);
	key_text_clear(&private);
	key_text_clear(&other);
}

Test(key_legacy, an_rsa_scheme_of_the_file_is_kept)
{
	scoped_text private = read_text("t/data/rsa.key");
	scoped_text public = read_text("t/data/rsa.pub");
	scoped_text text =
		json_of("rsa", "rsa-pkcs1v15-sha512", public, private);
	scoped_text weak = json_of("rsa", "rsa-pkcs1v15-sha1", public, private);
	scoped_value(key_source) source = { 0 };
	scoped_value(key_source) none = { 0 };

	cr_assert_eq(opened(&source, text, NULL), INTOTO_OK);
	cr_assert_str_eq(key_scheme(source.key), "rsa-pkcs1v15-sha512");
	cr_assert_not_null(source.private);
	cr_assert_eq(opened(&none, weak, NULL), INTOTO_EUNSUPPORTED);
}

Test(key_legacy, public_json_goes_the_other_way)
{
	const char *const text =
		"{\"keytype\":\"ed25519\",\"keyval\":{\"public\":\"" PUBLIC
		"\",\"private\":\"\"}}";

	cr_assert(!is_legacy_private(text, strlen(text)));
	cr_assert(!is_legacy_private("", 0));
	cr_assert(!is_legacy_private("[]", 2));
	cr_assert(is_legacy_private(PLAIN, strlen(PLAIN)));
	cr_assert(!is_legacy_encrypted("hello@@@@"));
	cr_assert(!is_legacy_encrypted("@@@@1"));
}

static struct key_source from_env(const char *text)
{
	struct key_source source = { 0 };
	struct intoto_error err = { 0 };
	static const struct key_settings none;

	setenv("A_KEY", text, 1);
	cr_assert_eq(key_source_open(&source, "env:A_KEY", &none, &err), 0,
		     "%s", err.message);
	return source;
}

Test(key_legacy, the_environment_may_have_a_key_in_base64)
{
	scoped_text file = vector_file(PLAIN);
	const char *const texts[] = { PLAIN, file };

	setenv("A_KEY_PW", "pw", 1);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		scoped_value(key_source) plain = from_env(texts[i]);
		scoped_value(buffer) base64 = BUFFER_INIT;
		scoped_value(buffer) lines = BUFFER_INIT;
		scoped_value(key_source) wrapped = { 0 };
		scoped_value(key_source) broken = { 0 };

		base64_append(&base64, texts[i], strlen(texts[i]));
		wrapped = from_env(base64.data);
		for (size_t at = 0; at < base64.len; at += 76)
			buffer_printf(&lines, "%.76s\n", base64.data + at);
		broken = from_env(lines.data);
		cr_assert(plain.private && wrapped.private && broken.private);
		cr_assert(key_same(plain.key, wrapped.key));
		cr_assert(key_same(plain.key, broken.key));
	}
}

/* Without its spaces this PEM is base64 of something, too. */
Test(key_legacy, a_pem_that_looks_like_base64_is_a_pem)
{
	scoped_value(key_source) source = from_env(
		"-----BEGIN PRIVATE KEY-----\n"
		"MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhsc"
		"HR4f\n-----END PRIVATE KEY-----\n");

	cr_assert_str_eq(key_id(source.key), KEYID);
	cr_assert_not_null(source.private);
}

Test(key_legacy, generated_keys_sign_and_are_read_again)
{
	static const struct key_request requests[] = {
		{ .type = KEY_ED25519 },
		{ .type = KEY_ED25519, .password = "p\xc3\xa4ss" },
		{ .type = KEY_RSA, .bits = 2048 },
		{ .type = KEY_ECDSA, .curve = "P-256" },
		{ .type = KEY_ECDSA, .curve = "P-384", .password = "x" },
		{ .type = KEY_ECDSA, .curve = "P-521" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct buffer private = BUFFER_INIT;
		scoped_value(buffer) public = BUFFER_INIT;
		scoped_value(key_source) source = { 0 };
		scoped_value(buffer) sig = BUFFER_INIT;
		scoped(key) key = NULL;
		struct intoto_error err = { 0 };
		const char *locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
		const char *open = "-----BEGIN PRIVATE KEY-----\n";

		cr_assert_eq(key_generate(&private, &public, &requests[i],
					  &err),
			     0, "%s", err.message);
		cr_assert_eq(strncmp(private.data,
				     requests[i].password ? locked : open,
				     strlen(open)),
			     0);
		cr_assert_eq(key_from_pem(&key, public.data, public.len, NULL,
					  &err),
			     0);
		cr_assert_eq(opened(&source, private.data,
				    requests[i].password),
			     INTOTO_OK);
		cr_assert(key_same(source.key, key));
		cr_assert_str_eq(key_id_old(key), key_id(key));
		cr_assert_eq(pkey_sign(&sig, source.private, key, "hello", 5,
				       &err),
			     0);
		if (requests[i].password)
			refused(private.data, "sesame");
		key_text_clear(&private);
		cr_assert_null(private.data);
	}
}

Test(key_legacy, keys_nobody_should_use_are_not_made)
{
	static const struct key_request requests[] = {
		{ .type = KEY_RSA, .bits = 1024 },
		{ .type = KEY_RSA, .bits = 32768 },
		{ .type = KEY_ECDSA, .curve = "secp256k1" },
		{ .type = KEY_ECDSA, .curve = "P-192" },
		{ .type = KEY_ED25519, .password = "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct buffer private = BUFFER_INIT;
		scoped_value(buffer) public = BUFFER_INIT;
		struct intoto_error err = { 0 };

		cr_assert_eq(key_generate(&private, &public, &requests[i],
					  &err),
			     -1);
		cr_assert_eq(err.code, INTOTO_EINVALID);
		cr_assert_null(private.data);
	}
}
