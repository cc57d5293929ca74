/* root_key.c: keys in the form of root.json, and in-toto's form of them. */
#include <string.h>

#include "base/xalloc.h"
#include "metadata/root_internal.h"

#define OPENPGP_SCHEME "pgp+"
#define OPENPGP_HASHES "pgp+SHA2"

static void copy_member(json_t *out, const char *name, const json_t *object,
			const char *from)
{
	json_t *value = json_object_get(object, from);

	if (value)
		json_object_set(out, name, value);
}

/* An OpenPGP key or subkey; only those of keys have subkeys. */
static json_t *openpgp_to_tuf(const json_t *object)
{
	json_t *subkeys = json_object_get(object, "subkeys");
	json_t *out = json_object();
	const char *name = NULL;
	json_t *value = NULL;

	copy_member(out, "keytype", object, "type");
	copy_member(out, "scheme", object, "method");
	copy_member(out, "keyval", object, "keyval");
	copy_member(out, "creation_time", object, "creation_time");
	if (!subkeys)
		return out;
	json_object_set_new(out, "subkeys", json_object());
	json_object_foreach(subkeys, name, value)
	{
		json_object_set_new(json_object_get(out, "subkeys"), name,
				    openpgp_to_tuf(value));
	}
	return out;
}

/* `depth` 0: a key; 1: a subkey. */
static json_t *openpgp_from_tuf(const char *keyid, const json_t *object,
				unsigned depth)
{
	json_t *subkeys = json_object_get(object, "subkeys");
	json_t *out = json_object();
	const char *name = NULL;
	json_t *value = NULL;

	json_object_set_new(out, "keyid", json_string(keyid));
	copy_member(out, "type", object, "keytype");
	copy_member(out, "method", object, "scheme");
	copy_member(out, "keyval", object, "keyval");
	copy_member(out, "creation_time", object, "creation_time");
	json_object_set_new(out, "hashes", json_pack("[s]", OPENPGP_HASHES));
	if (!subkeys || depth)
		return out;
	json_object_set_new(out, "subkeys",
			    json_is_object(subkeys) ? json_object()
						    : json_null());
	json_object_foreach(subkeys, name, value)
	{
		json_object_set_new(json_object_get(out, "subkeys"), name,
				    openpgp_from_tuf(name, value, depth + 1));
	}
	return out;
}

json_t *root_key_to_json(const struct key *key)
{
	scoped_json object = key_to_json(key);
	const json_t *keyval = json_object_get(object, "keyval");
	const char *public =
		json_string_value(json_object_get(keyval, "public"));
	scoped_text text = NULL;

	if (key_type(key) == KEY_OPENPGP)
		return openpgp_to_tuf(object);
	text = xasprintf("%s%s", public,
			 key_type(key) == KEY_ED25519 ? "" : "\n");
	return json_pack("{s:O, s:O, s:{s:s}}", "keytype",
			 json_object_get(object, "keytype"), "scheme",
			 json_object_get(object, "scheme"), "keyval", "public",
			 text);
}

int root_key_from_json(struct key **out, const char *keyid,
		       const json_t *object, struct intoto_error *err)
{
	scoped(key) key = NULL;
	scoped_json openpgp = NULL;
	const char *scheme = NULL;
	int got = 0;

	if (!json_is_object(object))
		return intoto_fail(err, INTOTO_EINVALID,
				   "key is not a JSON object");
	if (json_need_string(&scheme, object, "scheme", "key", err) < 0)
		return -1;
	if (!strncmp(scheme, OPENPGP_SCHEME, strlen(OPENPGP_SCHEME))) {
		openpgp = openpgp_from_tuf(keyid, object, 0);
		got = key_from_json(&key, openpgp, err);
	} else if (json_object_get(object, "method")) {
		got = intoto_fail(err, INTOTO_EINVALID,
				  "key of in-toto's OpenPGP form, which a root "
				  "has no place for");
	} else {
		got = key_from_json(&key, object, err);
	}
	if (got < 0)
		return -1;
	if (strcmp(key_id(key), keyid) && strcmp(key_id_new(key), keyid))
		return intoto_fail(err, INTOTO_EINVALID,
				   "it is another key: '%s'", key_id_new(key));
	*out = take(key);
	return 0;
}
