/* trust.c: the keys and layouts that are believed in this clone. */
#include "policy/trust.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "policy/state.h"
#include "repo/notes.h"

#define TRUST_FILE "trust.json"
#define TRUST_KEYS_MAX 1000
#define TRUST_LAYOUTS_MAX 1000

static void layouts_clear(struct trust *trust)
{
	for (size_t i = 0; i < trust->n_layouts; i++)
		free(trust->layouts[i].name);
	free(trust->layouts);
	trust->layouts = NULL;
	trust->n_layouts = 0;
	trust->layouts_default = false;
}

static struct trust_layout *layout_append(struct trust *trust, const char *name)
{
	size_t n = trust->n_layouts + 1;

	trust->layouts = xrealloc(trust->layouts, n, sizeof(*trust->layouts));
	trust->layouts[n - 1].name = xstrdup(name);
	trust->layouts[n - 1].digest[0] = '\0';
	trust->n_layouts = n;
	return &trust->layouts[n - 1];
}

void trust_free(struct trust *trust)
{
	if (!trust)
		return;
	for (size_t i = 0; i < trust->n_keys; i++)
		key_free(trust->keys[i]);
	free(trust->keys);
	layouts_clear(trust);
	free(trust);
}

static void layouts_set_default(struct trust *trust)
{
	layout_append(trust, "release");
	trust->layouts_default = true;
}

struct trust *trust_new(void)
{
	struct trust *trust = xcalloc(1, sizeof(*trust));

	layouts_set_default(trust);
	return trust;
}

bool trust_is_empty(const struct trust *trust)
{
	if (trust->n_keys)
		return false;
	for (size_t i = 0; i < trust->n_layouts; i++)
		if (trust->layouts[i].digest[0])
			return false;
	return true;
}

int trust_require(const struct trust *trust, struct intoto_error *err)
{
	if (!trust_is_empty(trust))
		return 0;
	intoto_fail(err, INTOTO_ETRUST,
		    "no trust configured: whose layouts "
		    "are believed here is not known");
	return intoto_hint(err, "git intoto trust add KEY");
}

static ptrdiff_t key_index(const struct trust *trust, const struct key *key)
{
	for (size_t i = 0; i < trust->n_keys; i++)
		if (key_same(trust->keys[i], key))
			return (ptrdiff_t)i;
	return -1;
}

void trust_add_key(bool *added, struct trust *trust, struct key *key)
{
	if (key_index(trust, key) >= 0) {
		if (added)
			*added = false;
		return;
	}
	trust->keys =
		xrealloc(trust->keys, trust->n_keys + 1, sizeof(*trust->keys));
	trust->keys[trust->n_keys++] = key_ref(key);
	trust->threshold = trust->n_keys;
	if (added)
		*added = true;
}

int trust_remove_key(struct trust *trust, const struct key *key,
		     struct intoto_error *err)
{
	ptrdiff_t index = key_index(trust, key);

	if (index < 0)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "key '%s' is not trusted here", key_id(key));
	key_free(trust->keys[index]);
	trust->n_keys--;
	memmove(trust->keys + index, trust->keys + index + 1,
		(trust->n_keys - (size_t)index) * sizeof(*trust->keys));
	if (trust->threshold > trust->n_keys)
		trust->threshold = trust->n_keys;
	return 0;
}

int trust_set_threshold(struct trust *trust, size_t threshold,
			struct intoto_error *err)
{
	if (threshold > trust->n_keys)
		return intoto_fail(err, INTOTO_EINVALID,
				   "a threshold of %zu needs as many keys, "
				   "there are %zu",
				   threshold, trust->n_keys);
	trust->threshold = threshold ? threshold : trust->n_keys;
	return 0;
}

const struct trust_layout *trust_layout_named(const struct trust *trust,
					      const char *name)
{
	for (size_t i = 0; i < trust->n_layouts; i++)
		if (!strcmp(trust->layouts[i].name, name))
			return &trust->layouts[i];
	return NULL;
}

int trust_add_layout(bool *added, struct trust *trust, const char *name,
		     const char *digest, struct intoto_error *err)
{
	const struct trust_layout *known;
	struct trust_layout *layout;

	if (!digest)
		digest = "";
	if (!strncmp(digest, "sha256:", 7))
		digest += 7;
	if (!notes_layout_name_ok(name))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not a name for a layout", name);
	if (*digest && (strlen(digest) != SHA256_HEX_SIZE - 1 ||
			!is_lower_hex(digest, SHA256_HEX_SIZE - 1)))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not a digest: 64 lower-case hex "
				   "digits are",
				   digest);
	if (trust->layouts_default)
		layouts_clear(trust);
	known = trust_layout_named(trust, name);
	if (added)
		*added = !known || strcmp(known->digest, digest);
	layout = known ? &trust->layouts[known - trust->layouts]
		       : layout_append(trust, name);
	memcpy(layout->digest, digest, strlen(digest) + 1);
	return 0;
}

int trust_pin_project(struct trust *trust, const char *project,
		      struct intoto_error *err)
{
	if (strlen(project) != PROJECT_SIZE - 1 ||
	    !is_lower_hex(project, PROJECT_SIZE - 1))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not a project id: 32 lower-case "
				   "hex digits are",
				   project);
	if (trust->project[0] && strcmp(trust->project, project))
		return intoto_reject(err, "trust-project",
				     "this clone is pinned to project '%s', "
				     "not '%s'",
				     trust->project, project);
	memcpy(trust->project, project, PROJECT_SIZE);
	return 0;
}

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

static int trust_parse(struct trust *trust, json_t *value,
		       struct intoto_error *err)
{
	static const char *const known[] = { "version", "keys", "threshold",
					     "layouts", "project" };
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
	return load_keys(trust, value, err) < 0 ||
			       load_layouts(trust, value, err) < 0
		       ? -1
		       : 0;
}

int trust_load(struct trust **out, struct repo *repo, struct intoto_error *err)
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
	json_t *keys = json_array();

	json_object_set_new(value, "version", json_integer(STATE_VERSION));
	json_object_set_new(value, "project", json_string(trust->project));
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
