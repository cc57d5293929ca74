/* Keys as commands take and show them. */
#include "cmd/keys.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/keyoptions.h"

#define KEYID_PREFIX_MIN 8

struct key_settings keys_settings(struct repo *repo)
{
	const struct key_options none = { 0 };
	struct key_settings settings;

	key_options_settings(&settings, &none, repo);
	return settings;
}

void keys_release(struct keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		key_free(keys->items[i]);
	free(keys->items);
	*keys = (struct keys){ 0 };
}

int keys_load(struct keys *out, const struct strlist *specs,
	      const struct key_settings *settings, struct intoto_error *err)
{
	for (size_t i = 0; i < specs->n; i++) {
		struct key *key = NULL;

		if (key_load(&key, specs->items[i], settings, err) < 0)
			return -1;
		ALLOC_GROW(out->items, out->n + 1, out->alloc);
		out->items[out->n++] = key;
	}
	return 0;
}

int keys_check_type(const char *wanted, const struct key *key,
		    struct intoto_error *err)
{
	static const struct {
		enum key_type type;
		const char *name;
	} types[] = {
		{ KEY_RSA, "rsa" },
		{ KEY_ED25519, "ed25519" },
		{ KEY_ECDSA, "ecdsa" },
	};
	char who[64] = "";
	size_t i = 0;

	while (i < ARRAY_SIZE(types) && strcmp(types[i].name, wanted))
		i++;
	if (i == ARRAY_SIZE(types))
		return intoto_fail(err, INTOTO_EUSAGE,
				   "a key's type is rsa, ed25519 or ecdsa, not "
				   "'%s'",
				   wanted);
	if (!key || key_type(key) == types[i].type)
		return 0;
	key_describe(who, key);
	return intoto_fail(err, INTOTO_EINVALID, "key '%s' is not of type '%s'",
			   who, wanted);
}

char *keys_spec(const struct key *key)
{
	struct intoto_error ignored = { 0 };
	scoped_value(buffer) blob = BUFFER_INIT;
	scoped_value(buffer) text = BUFFER_INIT;
	uint32_t len;

	if (key_type(key) == KEY_OPENPGP)
		return xasprintf("gpg:%s", key_id(key));
	/* An SSH spelling of an RSA key means PKCS#1 v1.5. */
	if (key_type(key) == KEY_RSA &&
	    strcmp(key_scheme(key), "rsa-pkcs1v15-sha256"))
		return NULL;
	if (key_ssh_blob(&blob, key, &ignored) < 0 || blob.len < 4)
		return NULL;
	len = (uint32_t)(uint8_t)blob.data[0] << 24 |
	      (uint32_t)(uint8_t)blob.data[1] << 16 |
	      (uint32_t)(uint8_t)blob.data[2] << 8 | (uint8_t)blob.data[3];
	if (len > blob.len - 4)
		return NULL;
	buffer_puts(&text, "key::");
	buffer_add(&text, blob.data + 4, len);
	buffer_putc(&text, ' ');
	base64_append(&text, blob.data, blob.len);
	return buffer_take(&text);
}

int keys_find_trusted(const struct key **out, const struct trust *trust,
		      const char *spec, const struct key_settings *settings,
		      struct intoto_error *err)
{
	return keys_find(out, trust->keys, trust->n_keys, spec, settings, err);
}

int keys_find(const struct key **out, struct key *const *keys, size_t n,
	      const char *spec, const struct key_settings *settings,
	      struct intoto_error *err)
{
	const size_t len = strlen(spec);
	scoped(key) wanted = NULL;
	const struct key *found = NULL;

	if (len < KEYID_PREFIX_MIN || !is_lower_hex(spec, len)) {
		if (key_load(&wanted, spec, settings, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < n; i++) {
		const struct key *key = keys[i];

		if (wanted ? !key_same(wanted, key)
			   : strncmp(key_id(key), spec, len) &&
				     strncmp(key_id_new(key), spec, len))
			continue;
		if (found)
			return intoto_fail(err, INTOTO_EINVALID,
					   "'%s' begins several keyids", spec);
		found = key;
	}
	if (!found) {
		intoto_fail(err, INTOTO_ENOTFOUND, "'%s' is not trusted here",
			    spec);
		return intoto_hint(err, "git intoto trust list");
	}
	*out = found;
	return 0;
}
