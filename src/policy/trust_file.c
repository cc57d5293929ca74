/* trust_file.c: what is believed in this clone, as a file. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/state.h"
#include "policy/trust.h"

#define TRUST_FILE "trust.json"
#define TRUST_KEYS_MAX 1000
#define TRUST_LAYOUTS_MAX 1000

static int load_keys(struct trust *trust, const json_t *value,
		     struct intoto_error *err)
{
	const json_t *threshold = json_object_get(value, "threshold");
	json_t *keys;
	json_t *item;
	size_t i;

	if (json_need_array(&keys, value, "keys", "the trust file", err) < 0)
		return -1;
	if (json_array_size(keys) > TRUST_KEYS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT, "too many trusted keys");
	json_array_foreach(keys, i, item)
	{
		scoped(key) key = NULL;
		bool added = false;

		if (key_from_json(&key, item, err) < 0)
			return intoto_context(err, "trusted key %zu: ", i + 1);
		trust_add_key(&added, trust, key);
		if (!added)
			return intoto_fail(err, INTOTO_EINVALID,
					   "trusted key %zu is there twice",
					   i + 1);
	}
	if (!json_is_integer(threshold) || json_integer_value(threshold) < 0 ||
	    (size_t)json_integer_value(threshold) > trust->n_keys ||
	    (!json_integer_value(threshold) && trust->n_keys))
		return intoto_fail(err, INTOTO_EINVALID,
				   "the threshold of the trust file does not "
				   "fit its keys");
	trust->threshold = (size_t)json_integer_value(threshold);
	return 0;
}

static int load_layouts(struct trust *trust, const json_t *value,
			struct intoto_error *err)
{
	json_t *layouts;
	json_t *item;
	size_t i;

	if (!json_object_get(value, "layouts"))
		return 0;
	if (json_need_array(&layouts, value, "layouts", "the trust file", err) <
	    0)
		return -1;
	if (!json_array_size(layouts) ||
	    json_array_size(layouts) > TRUST_LAYOUTS_MAX)
		return intoto_fail(err, INTOTO_EINVALID,
				   "the trust file names %zu layouts",
				   json_array_size(layouts));
	json_array_foreach(layouts, i, item)
	{
		const char *name = NULL;
		const char *digest = NULL;

		if (json_need_string(&name, item, "name", "a trusted layout",
				     err) < 0 ||
		    json_need_string(&digest, item, "digest",
				     "a trusted layout", err) < 0)
			return -1;
		if (i && trust_layout_named(trust, name))
			return intoto_fail(err, INTOTO_EINVALID,
					   "layout '%s' is trusted twice",
					   name);
		if (trust_add_layout(NULL, trust, name, digest, err) < 0)
			return -1;
	}
	return 0;
}

/* With a root pinned nothing else is believed: what names keys or layouts as
 * well was not written by us. */
static int load_pin(struct trust *trust, const json_t *value,
		    struct intoto_error *err)
{
	const char *pin = NULL;

	if (json_need_string(&pin, value, "root", "the trust file", err) < 0)
		return -1;
	if (json_object_get(value, "keys") ||
	    json_object_get(value, "threshold") ||
	    json_object_get(value, "layouts"))
		return intoto_fail(err, INTOTO_EINVALID,
				   "the trust file has a root and keys or "
				   "layouts beside it");
	return trust_pin_root(trust, pin, err);
}

static int trust_parse(struct trust *trust, json_t *value,
		       struct intoto_error *err)
{
	static const char *const known[] = { "version", "keys",	   "threshold",
					     "layouts", "project", "root" };
	const char *project = NULL;
	const char *name;
	json_t *member;

	json_object_foreach(value, name, member)
	{
		size_t i = 0;

		while (i < ARRAY_SIZE(known) && strcmp(known[i], name))
			i++;
		if (i == ARRAY_SIZE(known))
			return intoto_fail(err, INTOTO_EINVALID,
					   "the trust file has the unknown "
					   "member '%s'",
					   name);
	}
	if (json_need_string(&project, value, "project", "the trust file",
			     err) < 0 ||
	    (*project && trust_pin_project(trust, project, err) < 0))
		return -1;
	if (json_object_get(value, "root"))
		return load_pin(trust, value, err);
	return load_keys(trust, value, err) < 0 ||
			       load_layouts(trust, value, err) < 0
		       ? -1
		       : 0;
}

int trust_load_local(struct trust **out, struct repo *repo,
		     struct intoto_error *err)
{
	struct intoto_error found = { 0 };
	scoped(trust) trust = trust_new();
	scoped_json value = NULL;

	if (state_load(&value, repo, TRUST_FILE, &found) < 0) {
		if (found.code != INTOTO_ENOTFOUND) {
			if (err)
				*err = found;
			return -1;
		}
	} else if (trust_parse(trust, value, err) < 0) {
		return -1;
	}
	*out = take(trust);
	return 0;
}

int trust_save(const struct trust *trust, struct repo *repo,
	       struct intoto_error *err)
{
	scoped_json value = json_object();
	json_t *keys;

	json_object_set_new(value, "version", json_integer(STATE_VERSION));
	json_object_set_new(value, "project", json_string(trust->project));
	if (*trust->root_pin) {
		json_object_set_new(value, "root",
				    json_string(trust->root_pin));
		return state_save(value, repo, TRUST_FILE, err);
	}
	keys = json_array();
	json_object_set_new(value, "threshold",
			    json_integer((json_int_t)trust->threshold));
	json_object_set_new(value, "keys", keys);
	for (size_t i = 0; i < trust->n_keys; i++)
		json_array_append_new(keys, key_to_json(trust->keys[i]));
	if (!trust->layouts_default) {
		json_t *layouts = json_array();

		json_object_set_new(value, "layouts", layouts);
		for (size_t i = 0; i < trust->n_layouts; i++)
			json_array_append_new(
				layouts,
				json_pack("{s:s, s:s}", "name",
					  trust->layouts[i].name, "digest",
					  trust->layouts[i].digest));
	}
	return state_save(value, repo, TRUST_FILE, err);
}
