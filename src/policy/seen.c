/* seen.c: the last version of each layout that was accepted here. */
#include <string.h>

#include "base/encode.h"
#include "policy/state.h"
#include "policy/trust.h"

#define SEEN_FILE "seen.json"

/* {"version": 1, "seen": {<project>: {<name>: <version>}},
 * "roots": {<project>: {"version": <version>, "digest": <hex>}}} */
static int seen_load(json_t **out, struct repo *repo, struct intoto_error *err)
{
	struct intoto_error found = { 0 };
	scoped_json value = NULL;
	const char *project;
	const char *name;
	json_t *names;
	json_t *version;
	json_t *seen = NULL;
	json_t *roots = NULL;

	if (state_load(&value, repo, SEEN_FILE, &found) < 0) {
		if (found.code == INTOTO_ENOTFOUND) {
			*out = json_pack("{s:i, s:{}}", "version",
					 STATE_VERSION, "seen");
			return 0;
		}
		if (err)
			*err = found;
		return -1;
	}
	if (json_need_object(&seen, value, "seen", "the file of versions seen",
			     err) < 0)
		return -1;
	if (json_object_get(value, "roots") &&
	    json_need_object(&roots, value, "roots",
			     "the file of versions seen", err) < 0)
		return -1;
	json_object_foreach(seen, project, names)
	{
		json_object_foreach(names, name, version)
		{
			if (!json_is_integer(version) ||
			    json_integer_value(version) < 0)
				return intoto_fail(err, INTOTO_EINVALID,
						   "the version of layout '%s' "
						   "seen here is no number",
						   name);
		}
		if (!json_is_object(names))
			return intoto_fail(err, INTOTO_EINVALID,
					   "the versions seen of project '%s' "
					   "are no object",
					   project);
	}
	*out = take(value);
	return 0;
}

static uint64_t seen_get(const json_t *value, const char *project,
			 const char *name)
{
	const json_t *seen = json_object_get(value, "seen");
	const json_t *names = json_object_get(seen, project);

	return (uint64_t)json_integer_value(json_object_get(names, name));
}

int seen_version(uint64_t *out, struct repo *repo, const char *project,
		 const char *name, struct intoto_error *err)
{
	scoped_json value = NULL;

	if (seen_load(&value, repo, err) < 0)
		return -1;
	*out = seen_get(value, project, name);
	return 0;
}

int seen_raise(struct repo *repo, const char *project, const char *name,
	       uint64_t version, struct intoto_error *err)
{
	scoped_json value = NULL;
	json_t *seen;
	json_t *names;

	if (version > INT64_MAX)
		return intoto_fail(err, INTOTO_EINVALID,
				   "version of layout '%s' is too large", name);
	if (seen_load(&value, repo, err) < 0)
		return -1;
	if (version <= seen_get(value, project, name))
		return 0;
	seen = json_object_get(value, "seen");
	names = json_object_get(seen, project);
	if (!names) {
		names = json_object();
		json_object_set_new(seen, project, names);
	}
	json_object_set_new(names, name, json_integer((json_int_t)version));
	return state_save(value, repo, SEEN_FILE, err);
}

int seen_root(uint64_t *version, char digest[SHA256_HEX_SIZE],
	      struct repo *repo, const char *project, struct intoto_error *err)
{
	scoped_json value = NULL;
	const json_t *root;
	const json_t *number;
	const char *hex = NULL;

	*version = 0;
	*digest = '\0';
	if (seen_load(&value, repo, err) < 0)
		return -1;
	root = json_object_get(json_object_get(value, "roots"), project);
	if (!root)
		return 0;
	number = json_object_get(root, "version");
	if (json_need_string(&hex, root, "digest", "the root seen here", err) <
	    0)
		return -1;
	if (!json_is_integer(number) || json_integer_value(number) < 1 ||
	    strlen(hex) != SHA256_HEX_SIZE - 1 ||
	    !is_lower_hex(hex, SHA256_HEX_SIZE - 1))
		return intoto_fail(err, INTOTO_EINVALID,
				   "the root seen here has no version or no "
				   "digest");
	*version = (uint64_t)json_integer_value(number);
	memcpy(digest, hex, SHA256_HEX_SIZE);
	return 0;
}

int seen_root_raise(struct repo *repo, const struct root_chain *chain,
		    struct intoto_error *err)
{
	const struct root *last = root_chain_last(chain);
	char digest[SHA256_HEX_SIZE];
	scoped_json value = NULL;
	uint64_t version = 0;
	json_t *roots;

	if (seen_root(&version, digest, repo, last->project, err) < 0)
		return -1;
	if (last->version <= version)
		return 0;
	if (seen_load(&value, repo, err) < 0)
		return -1;
	envelope_digest(digest, chain->versions[chain->n - 1]);
	roots = json_object_get(value, "roots");
	if (!roots) {
		roots = json_object();
		json_object_set_new(value, "roots", roots);
	}
	json_object_set_new(roots, last->project,
			    json_pack("{s:I, s:s}", "version",
				      (json_int_t)last->version, "digest",
				      digest));
	return state_save(value, repo, SEEN_FILE, err);
}

int seen_root_forget(struct repo *repo, struct intoto_error *err)
{
	scoped_json value = NULL;

	if (seen_load(&value, repo, err) < 0)
		return -1;
	if (json_object_del(value, "roots") < 0)
		return 0;
	return state_save(value, repo, SEEN_FILE, err);
}

int seen_list(json_t **out, struct repo *repo, struct intoto_error *err)
{
	scoped_json value = NULL;
	json_t *list;
	const char *project;
	const char *name;
	json_t *names;
	json_t *version;

	if (seen_load(&value, repo, err) < 0)
		return -1;
	list = json_object();
	json_object_foreach(json_object_get(value, "seen"), project,
			    names){ json_object_foreach(names, name, version){
		const json_t *other = json_object_get(list, name);

	if (json_integer_value(other) < json_integer_value(version))
		json_object_set(list, name, version);
}
}
*out = list;
return 0;
}
