/* key_legacy.c: private keys in in-toto's old forms: JSON with a `private`
 * member, and the same under a password. */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/encode.h"
#include "crypto/key_internal.h"
#include "crypto/private_copy.h"
#include "json/scan.h"

#define SEPARATOR "@@@@"
#define N_FIELDS 5
#define SEED_SIZE 32
#define DERIVED_SIZE 32
#define IV_SIZE 16
#define SALT_MIN 8
#define SALT_MAX 64
#define ITERATIONS_MAX 10000000 /* a hundred times what in-toto writes */
#define WORD_MAX_SIZE ((size_t)64)

/* What is read of a key's JSON; the rest can be computed. */
struct members {
	struct buffer keytype;
	struct buffer scheme;
	struct buffer public;
	struct buffer private; /* secret */
	bool has_keyval;
};

static void members_release(struct members *members)
{
	buffer_release(&members->keytype);
	buffer_release(&members->scheme);
	buffer_release(&members->public);
	scoped_secret_release(&members->private);
}
SCOPED_RELEASE(members);

static int twice(const char *name, struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID, "key has two '%s'", name);
}

/* One string, which may not have been there before. */
static int read_once(struct buffer *out, struct scan *scan, const char *name,
		     struct intoto_error *err)
{
	if (out->len)
		return twice(name, err);
	if (scan_string(scan, out, err) < 0)
		return -1;
	if (memchr(buffer_text(out), '\0', out->len))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' of a key holds a NUL byte", name);
	return buffer_check(out, name, err);
}

static int skip(struct scan *scan, struct intoto_error *err)
{
	const char *text;
	size_t len;

	return scan_value(scan, &text, &len, err);
}

static int read_keyval(struct members *out, struct scan *scan,
		       struct intoto_error *err)
{
	scoped_value(buffer) name = BUFFER_MAX(KEY_TEXT_MAX);
	enum scan_type type;
	int more, result = 0;

	if (out->has_keyval)
		return twice("keyval", err);
	out->has_keyval = true;
	/* OpenPGP keys have an object in place of a text. */
	if (scan_object(scan, err) < 0)
		return -1;
	while (result == 0 && (more = scan_member(scan, &name, err)) != 0) {
		if (more < 0 || scan_peek(&type, scan, err) < 0)
			return -1;
		if (type == SCAN_STRING &&
		    !strcmp(buffer_text(&name), "public"))
			result = read_once(&out->public, scan, "public", err);
		else if (type == SCAN_STRING &&
			 !strcmp(buffer_text(&name), "private"))
			result = read_once(&out->private, scan, "private", err);
		else
			result = skip(scan, err);
	}
	return result;
}

/* jansson would leave copies of a secret in memory. */
static int members_read(struct members *out, const char *text, size_t len,
			struct intoto_error *err)
{
	struct scan scan = scan_start(text, len);
	scoped_value(buffer) name = BUFFER_MAX(KEY_TEXT_MAX);
	int more, result = 0;

	out->keytype.max = out->scheme.max = WORD_MAX_SIZE;
	out->public.max = KEY_TEXT_MAX;
	secret_reserve(&out->private, len);
	if (scan_object(&scan, err) < 0)
		return -1;
	while (result == 0 && (more = scan_member(&scan, &name, err)) != 0) {
		if (more < 0)
			return -1;
		if (!strcmp(buffer_text(&name), "keytype"))
			result =
				read_once(&out->keytype, &scan, "keytype", err);
		else if (!strcmp(buffer_text(&name), "scheme"))
			result = read_once(&out->scheme, &scan, "scheme", err);
		else if (!strcmp(buffer_text(&name), "keyval"))
			result = read_keyval(out, &scan, err);
		else
			result = skip(&scan, err);
	}
	return result < 0 ? -1 : scan_finish(&scan, err);
}

bool is_legacy_private(const char *text, size_t len)
{
	struct intoto_error ignored = { 0 };
	scoped_value(members) members = { 0 };

	/* What is read in spite of an error: no secret goes elsewhere. */
	members_read(&members, text, len, &ignored);
	return members.private.len > 0;
}

static int public_part(struct key **out, const struct members *members,
		       struct intoto_error *err)
{
	scoped_json object =
		json_pack("{s:[s, s], s:s, s:s, s:{s:s}}",
			  "keyid_hash_algorithms", "sha256", "sha512",
			  "keytype", buffer_text(&members->keytype), "scheme",
			  buffer_text(&members->scheme), "keyval", "public",
			  buffer_text(&members->public));

	if (!object)
		return intoto_fail(err, INTOTO_EINVALID, "malformed key");
	return key_from_json(out, object, err);
}

static int private_seed(EVP_PKEY **out, const struct key *key,
			const struct buffer *hex, struct intoto_error *err)
{
	scoped_guarded seed = NULL;

	if (guarded_new(&seed, SEED_SIZE, err) < 0)
		return -1;
	if (!hex_decode(seed, SEED_SIZE, hex->data, hex->len))
		return intoto_fail(err, INTOTO_EINVALID,
				   "ed25519 key: 'private' is not 64 hex "
				   "digits");
	return ed25519_from_seed(out, seed, key->ed25519, err);
}

static int private_pem(EVP_PKEY **out, const struct key *key,
		       const struct buffer *pem, char *(*ask)(void *data),
		       void *data, struct intoto_error *err)
{
	scoped_pkey pkey = NULL;
	scoped(key) found = NULL;
	bool is_private = false;

	if (pkey_from_pem(&pkey, &is_private, pem->data, pem->len, ask, data,
			  err) < 0)
		return intoto_context(err, "'private': ");
	if (!is_private ||
	    key_new_pkey(&found, pkey, NULL, key->scheme, err) < 0 ||
	    !key_same(found, key))
		return intoto_fail(err, INTOTO_EINVALID,
				   "private key does not belong to its public "
				   "key");
	*out = take(pkey);
	return 0;
}

int key_from_legacy(struct key **out, EVP_PKEY **private, const char *text,
		    size_t len, char *(*ask)(void *data), void *data,
		    struct intoto_error *err)
{
	scoped_value(members) members = { 0 };
	scoped(key) key = NULL;
	int result;

	if (members_read(&members, text, len, err) < 0 ||
	    public_part(&key, &members, err) < 0)
		return -1;
	if (!members.private.len)
		return intoto_fail(err, INTOTO_EINVALID,
				   "no private key in it");
	if (key->type == KEY_ED25519)
		result = private_seed(private, key, &members.private, err);
	else
		result = private_pem(private, key, &members.private, ask, data,
				     err);
	if (result < 0)
		return -1;
	*out = take(key);
	return 0;
}

/* salt, iterations, HMAC, initial counter, ciphertext */
struct locked {
	uint8_t salt[SALT_MAX];
	size_t salt_len;
	int iterations;
	uint8_t mac[SHA256_SIZE];
	uint8_t iv[IV_SIZE];
	const char *text; /* hex of the ciphertext, borrowed */
	size_t text_len;
};

bool is_legacy_encrypted(const char *text)
{
	size_t digits = strspn(text, "0123456789abcdefABCDEF");

	return digits > 0 &&
	       !strncmp(text + digits, SEPARATOR, strlen(SEPARATOR));
}

static bool read_iterations(int *out, const char *text, size_t len)
{
	long value = 0;

	if (!len || len > 8)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = 10 * value + (text[i] - '0');
	}
	*out = (int)value;
	return value >= 1 && value <= ITERATIONS_MAX;
}

static bool locked_read(struct locked *out, const char *text, size_t len)
{
	const char *fields[N_FIELDS] = { NULL };
	size_t sizes[N_FIELDS] = { 0 };

	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	for (size_t i = 0; i < N_FIELDS; i++) {
		const char *end =
			memmem(text, len, SEPARATOR, strlen(SEPARATOR));

		if ((end == NULL) != (i == N_FIELDS - 1))
			return false;
		fields[i] = text;
		sizes[i] = end ? (size_t)(end - text) : len;
		if (!end)
			break;
		len -= sizes[i] + strlen(SEPARATOR);
		text = end + strlen(SEPARATOR);
	}
	out->salt_len = sizes[0] / 2;
	out->text = fields[4];
	out->text_len = sizes[4];
	return out->salt_len >= SALT_MIN && out->salt_len <= SALT_MAX &&
	       hex_decode(out->salt, out->salt_len, fields[0], sizes[0]) &&
	       read_iterations(&out->iterations, fields[1], sizes[1]) &&
	       hex_decode(out->mac, sizeof(out->mac), fields[2], sizes[2]) &&
	       hex_decode(out->iv, sizeof(out->iv), fields[3], sizes[3]) &&
	       out->text_len > 0;
}

static int derive(uint8_t *out, const struct locked *locked,
		  char *(*ask)(void *data), void *data,
		  struct intoto_error *err)
{
	char *password = ask ? ask(data) : NULL;
	size_t len;
	int done;

	if (!password)
		return intoto_fail(err, INTOTO_EINVALID,
				   ask ? "wrong or no password for the "
					 "private key"
				       : "private key is encrypted");
	len = strlen(password);
	done = len <= INT_MAX &&
	       PKCS5_PBKDF2_HMAC(password, (int)len, locked->salt,
				 (int)locked->salt_len, locked->iterations,
				 EVP_sha256(), DERIVED_SIZE, out) == 1;
	sodium_memzero(password, len);
	free(password);
	return done ? 0 : crypto_fail(err, "cannot use the password");
}

static bool has_mac(const uint8_t *key, const struct buffer *data,
		    const uint8_t expected[SHA256_SIZE])
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	return HMAC(EVP_sha256(), key, DERIVED_SIZE,
		    (const unsigned char *)data->data, data->len, mac, &size) &&
	       size == SHA256_SIZE && !sodium_memcmp(mac, expected, size);
}

static int decrypt(struct buffer *out, const uint8_t *key, const uint8_t *iv,
		   const struct buffer *data, struct intoto_error *err)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *to;
	int got = 0, rest = 0;
	bool done;

	secret_reserve(out, data->len);
	to = (unsigned char *)out->data;
	done = ctx &&
	       EVP_DecryptInit_ex(ctx, EVP_aes_256_ctr(), NULL, key, iv) == 1 &&
	       EVP_DecryptUpdate(ctx, to, &got,
				 (const unsigned char *)data->data,
				 (int)data->len) == 1 &&
	       EVP_DecryptFinal_ex(ctx, to + got, &rest) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!done)
		return crypto_fail(err, "cannot decrypt the private key");
	out->len = (size_t)(got + rest);
	return 0;
}

int legacy_decrypt(struct buffer *out, const char *text, size_t len,
		   char *(*ask)(void *data), void *data,
		   struct intoto_error *err)
{
	scoped_value(buffer) cipher = BUFFER_MAX(KEY_TEXT_MAX);
	scoped_guarded key = NULL;
	struct locked locked = { .salt_len = 0 };

	if (len > KEY_TEXT_MAX || !locked_read(&locked, text, len))
		return intoto_fail(err, INTOTO_EINVALID,
				   "malformed encrypted key of in-toto's old "
				   "form");
	secret_reserve(&cipher, locked.text_len / 2);
	cipher.len = locked.text_len / 2;
	if (!hex_decode(cipher.data, cipher.len, locked.text, locked.text_len))
		return intoto_fail(err, INTOTO_EINVALID,
				   "malformed encrypted key of in-toto's old "
				   "form");
	if (guarded_new(&key, DERIVED_SIZE, err) < 0 ||
	    derive(key, &locked, ask, data, err) < 0)
		return -1;
	if (!has_mac(key, &cipher, locked.mac))
		return intoto_fail(err, INTOTO_EINVALID,
				   "wrong or no password for the private key");
	return decrypt(out, key, locked.iv, &cipher, err);
}
