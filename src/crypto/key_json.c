/* key_json.c: key objects of in-toto (specification 1.0, section 4.2). */
#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/key_internal.h"

struct keytype {
	const char *name; /* as the JSON has it, and as the keyid hashes it */
	enum key_type type;
	const char *scheme; /* the only one, for old ecdsa spellings */
};

static const struct keytype keytypes[] = {
	{ "ed25519", KEY_ED25519, "ed25519" },
	{ "rsa", KEY_RSA, NULL },
	{ "ecdsa", KEY_ECDSA, NULL },
	{ "ecdsa-sha2-nistp256", KEY_ECDSA, "ecdsa-sha2-nistp256" },
	{ "ecdsa-sha2-nistp384", KEY_ECDSA, "ecdsa-sha2-nistp384" },
};

static const struct keytype *find_keytype(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keytypes); i++)
		if (!strcmp(keytypes[i].name, name))
			return &keytypes[i];
	return NULL;
}

static int ed25519_from_hex(struct key **out, const char *hex,
			    struct intoto_error *err)
{
	uint8_t raw[ED25519_PUBLIC_SIZE];

	if (!hex_decode(raw, sizeof(raw), hex, strlen(hex)))
		return intoto_fail(err, INTOTO_EINVALID,
				   "ed25519 key: 'public' is not 64 hex "
				   "digits");
	*out = key_new_ed25519(raw);
	return 0;
}

/* In JSON a PEM is a public key and nothing but white space around it. */
static bool is_lone_public_pem(const char *pem)
{
	static const char begin[] = "-----BEGIN PUBLIC KEY-----";
	static const char end[] = "-----END PUBLIC KEY-----";
	const char *close;

	pem += strspn(pem, " \t\r\n");
	close = strstr(pem, end);
	if (strncmp(pem, begin, strlen(begin)) || !close)
		return false;
	close += strlen(end);
	return !close[strspn(close, " \t\r\n")];
}

static int from_pem(struct key **out, const struct keytype *keytype,
		    const char *pem, const char *scheme,
		    struct intoto_error *err)
{
	scoped(key) key = NULL;
	scoped_pkey pkey = NULL;
	bool is_private = false;

	if (!is_lone_public_pem(pem))
		return intoto_fail(err, INTOTO_EINVALID,
				   "%s key: 'public' is not one PEM public "
				   "key",
				   keytype->name);
	if (pkey_from_pem(&pkey, &is_private, pem, strlen(pem), NULL, NULL,
			  err) < 0)
		return intoto_context(err, "%s key: ", keytype->name);
	if ((keytype->type == KEY_RSA) !=
		    (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA) ||
	    EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519)
		return intoto_fail(err, INTOTO_EINVALID,
				   "%s key: 'public' is a key of another type",
				   keytype->name);
	if (key_new_pkey(&key, pkey, keytype->name, scheme, err) < 0)
		return -1;
	*out = take(key);
	return 0;
}

/* As in-toto 1.x writes and hashes an ECDSA key. */
static bool is_old(const json_t *object, const char *pem)
{
	size_t len = strlen(pem);

	return json_object_get(object, "keyid_hash_algorithms") && len &&
	       pem[len - 1] == '\n';
}

static int check_private(const json_t *keyval, struct intoto_error *err)
{
	const json_t *private = json_object_get(keyval, "private");

	if (!private ||
	    (json_is_string(private) && json_string_length(private) == 0))
		return 0;
	return intoto_fail(err, INTOTO_EINVALID,
			   "key object holds a private key: only the public "
			   "part belongs there");
}

static int check_openpgp_private(const json_t *object, struct intoto_error *err)
{
	const char *keyid;
	json_t *subkey;

	if (check_private(json_object_get(object, "keyval"), err) < 0)
		return -1;
	json_object_foreach(json_object_get(object, "subkeys"), keyid, subkey)
	{
		if (check_private(json_object_get(subkey, "keyval"), err) < 0)
			return -1;
	}
	return 0;
}

int key_from_json(struct key **out, const json_t *object,
		  struct intoto_error *err)
{
	const struct keytype *keytype;
	const char *name;
	const char *scheme;
	const char *public;
	json_t *keyval;

	if (!json_is_object(object))
		return intoto_fail(err, INTOTO_EINVALID,
				   "key is not a JSON object");
	if (openpgp_is_json(object))
		return check_openpgp_private(object, err) < 0
			       ? -1
			       : openpgp_key_from_json(out, object, err);
	if (json_need_string(&name, object, "keytype", "key", err) < 0 ||
	    json_need_string(&scheme, object, "scheme", "key", err) < 0 ||
	    json_need_object(&keyval, object, "keyval", "key", err) < 0 ||
	    json_need_string(&public, keyval, "public", "key", err) < 0 ||
	    check_private(keyval, err) < 0)
		return -1;
	keytype = find_keytype(name);
	if (!keytype)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "keytype '%s' is not supported: use "
				   "ed25519, rsa or ecdsa",
				   name);
	if (keytype->scheme && strcmp(keytype->scheme, scheme))
		return intoto_fail(err, INTOTO_EINVALID,
				   "%s key with scheme '%s'", name, scheme);
	if (keytype->type == KEY_ED25519)
		return ed25519_from_hex(out, public, err);
	if (from_pem(out, keytype, public, scheme, err) < 0)
		return -1;
	(*out)->is_old = keytype->type == KEY_ECDSA && is_old(object, public);
	return 0;
}

static char *public_text(const struct key *key)
{
	struct intoto_error ignored;
	char *text = NULL;

	if (key->type == KEY_ED25519) {
		text = xmalloc(2 * ED25519_PUBLIC_SIZE + 1);
		hex_encode(text, key->ed25519, ED25519_PUBLIC_SIZE);
		return text;
	}
	/* It worked when the keyids were made. */
	if (pkey_to_pem(&text, key->pkey, &ignored) < 0)
		abort();
	return text;
}

json_t *key_to_json(const struct key *key)
{
	scoped_text public = NULL;

	if (key->type == KEY_OPENPGP)
		return openpgp_key_to_json(key);
	public = public_text(key);
	return json_pack("{s:s, s:[s, s], s:s, s:s, s:{s:s}}", "keyid", key->id,
			 "keyid_hash_algorithms", "sha256", "sha512", "keytype",
			 key->keytype, "scheme", key->scheme, "keyval",
			 "public", public);
}
