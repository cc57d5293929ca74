/* api_key.c: include/intoto/key.h on the keys of this layer. */
#include "crypto/api_key.h"

#include "base/xalloc.h"
#include "crypto/key_internal.h"
#include "crypto/signer_internal.h"
#include "json/canonical.h"

struct intoto_key *api_key_new(struct key *key)
{
	struct intoto_key *wrapped = xcalloc(1, sizeof(*wrapped));

	wrapped->key = key_ref(key);
	return wrapped;
}

int intoto_key_read(struct intoto_key **out, const char *text, size_t len,
		    struct intoto_error *err)
{
	scoped_value(key_source) source = { 0 };

	if (len > KEY_TEXT_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "key is larger than %zu bytes",
				   KEY_TEXT_MAX);
	if (key_source_read(&source, text, len, err) < 0)
		return -1;
	*out = api_key_new(source.key);
	return 0;
}

int intoto_key_load(struct intoto_key **out, const char *spec,
		    struct intoto_error *err)
{
	scoped(key) key = NULL;

	if (key_load(&key, spec, NULL, err) < 0)
		return -1;
	*out = api_key_new(key);
	return 0;
}

void intoto_key_free(struct intoto_key *key)
{
	if (!key)
		return;
	key_free(key->key);
	free(key);
}

const char *intoto_key_type(const struct intoto_key *key)
{
	static const char *const names[] = {
		[KEY_ED25519] = "ed25519",
		[KEY_RSA] = "rsa",
		[KEY_ECDSA] = "ecdsa",
		[KEY_OPENPGP] = "openpgp",
	};

	return names[key_type(key->key)];
}

const char *intoto_key_scheme(const struct intoto_key *key)
{
	return key_scheme(key->key);
}

const char *intoto_key_id(const struct intoto_key *key)
{
	return key_id(key->key);
}

const char *intoto_key_id_new(const struct intoto_key *key)
{
	return key_id_new(key->key);
}

const char *intoto_key_material(const struct intoto_key *key)
{
	return key_material(key->key);
}

bool intoto_key_equal(const struct intoto_key *a, const struct intoto_key *b)
{
	return key_same(a->key, b->key);
}

char *intoto_key_json(const struct intoto_key *key)
{
	scoped_json object = key_to_json(key->key);
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error ignored = { 0 };

	/* Key objects hold no float, the one thing that has no text. */
	compact_append(&text, object, &ignored);
	return buffer_take(&text);
}
