/* root.c: the trust root: read, make, and who must have signed it. */
#include "metadata/root.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "json/canonical.h"
#include "metadata/envelope.h"
#include "metadata/root_internal.h"

#define SPEC_VERSION "1.0.31"
#define OWN_MEMBER "x-git-intoto"
#define PROJECT_LEN (sizeof(((struct root *)0)->project) - 1)
#define ROOT_LAYOUTS_MAX 1000

static const char *const role_names[] = { "root", "targets", "snapshot",
					  "timestamp" };

static void role_release(struct root_role *role)
{
	for (size_t i = 0; i < role->n_keys; i++)
		key_free(role->keys[i]);
	free(role->keys);
}

void root_free(struct root *root)
{
	if (!root)
		return;
	role_release(&root->root);
	role_release(&root->owners);
	strlist_release(&root->layouts);
	json_decref(root->signed_part);
	free(root);
}

/* The shape that all four roles have. */
static int role_need(json_t **keyids, json_int_t *threshold,
		     const json_t *roles, const char *name,
		     struct intoto_error *err)
{
	json_t *role = NULL;
	const json_t *number = NULL;

	if (json_need_object(&role, roles, name, "roles", err) < 0 ||
	    json_need_array(keyids, role, "keyids", name, err) < 0)
		return -1;
	number = json_object_get(role, "threshold");
	if (!json_is_integer(number) || json_integer_value(number) < 1)
		return intoto_fail(err, INTOTO_EINVALID,
				   "%s: 'threshold' is no number from 1 on",
				   name);
	if (json_array_size(*keyids) > ROOT_KEYS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT, "%s: more than %d keys",
				   name, ROOT_KEYS_MAX);
	*threshold = json_integer_value(number);
	return 0;
}

static int role_add(struct root_role *role, const json_t *keys,
		    const json_t *listed, struct intoto_error *err)
{
	const char *keyid = json_string_value(listed);
	const json_t *object = keyid ? json_object_get(keys, keyid) : NULL;
	scoped(key) key = NULL;

	if (!object)
		return intoto_fail(err, INTOTO_EINVALID,
				   "key '%s' is not among the keys",
				   keyid ? keyid : "");
	if (root_key_from_json(&key, keyid, object, err) < 0)
		return intoto_context(err, "key '%s': ", keyid);
	if (key_overlaps_any(key, (const struct key *const *)role->keys,
			     role->n_keys))
		return intoto_fail(err, INTOTO_EINVALID,
				   "key '%s' is there twice", keyid);
	role->keys[role->n_keys++] = take(key);
	return 0;
}

static int role_read(struct root_role *role, const json_t *keys,
		     const json_t *roles, const char *name,
		     struct intoto_error *err)
{
	json_t *keyids = NULL;
	json_int_t threshold = 0;
	size_t i = 0;
	json_t *value = NULL;

	if (role_need(&keyids, &threshold, roles, name, err) < 0)
		return -1;
	role->keys = xcalloc(json_array_size(keyids) + 1, sizeof(*role->keys));
	json_array_foreach(keyids, i, value)
	{
		if (role_add(role, keys, value, err) < 0)
			return intoto_context(err, "%s: ", name);
	}
	if ((uint64_t)threshold > role->n_keys)
		return intoto_fail(err, INTOTO_EINVALID,
				   "%s: a threshold of %lld needs as many "
				   "keys, there are %zu",
				   name, (long long)threshold, role->n_keys);
	role->threshold = (size_t)threshold;
	return 0;
}

static int roles_read(struct root *root, const json_t *object,
		      struct intoto_error *err)
{
	json_t *keys = NULL;
	json_t *roles = NULL;
	json_t *keyids = NULL;
	json_int_t threshold = 0;

	if (json_need_object(&keys, object, "keys", "root", err) < 0 ||
	    json_need_object(&roles, object, "roles", "root", err) < 0)
		return -1;
	if (json_object_size(keys) > ROOT_KEYS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT, "more than %d keys",
				   ROOT_KEYS_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(role_names); i++)
		if (role_need(&keyids, &threshold, roles, role_names[i], err) <
		    0)
			return -1;
	if (json_object_size(roles) != ARRAY_SIZE(role_names))
		return intoto_fail(err, INTOTO_EINVALID,
				   "roles: there is one beside root, targets, "
				   "snapshot and timestamp");
	if (role_read(&root->root, keys, roles, "root", err) < 0 ||
	    role_read(&root->owners, keys, roles, "targets", err) < 0)
		return -1;
	return 0;
}

static int layouts_read(struct root *root, const json_t *own,
			struct intoto_error *err)
{
	json_t *layouts = NULL;
	json_t *value = NULL;
	size_t i = 0;

	if (json_need_array(&layouts, own, "layouts", OWN_MEMBER, err) < 0)
		return -1;
	if (!json_array_size(layouts) ||
	    json_array_size(layouts) > ROOT_LAYOUTS_MAX)
		return intoto_fail(err, INTOTO_EINVALID,
				   OWN_MEMBER ": names %zu layouts, 1 to %d "
					      "are possible",
				   json_array_size(layouts), ROOT_LAYOUTS_MAX);
	json_array_foreach(layouts, i, value)
	{
		const char *name = json_string_value(value);

		if (!name || strlen(name) != json_string_length(value) ||
		    !layout_name_is_valid(name))
			return intoto_fail(err, INTOTO_EINVALID,
					   OWN_MEMBER ": layouts[%zu] is not a "
						      "name for a layout",
					   i);
		if (i && strcmp(root->layouts.items[i - 1], name) >= 0)
			return intoto_fail(err, INTOTO_EINVALID,
					   OWN_MEMBER ": the layouts are not "
						      "sorted, or one is there "
						      "twice");
		strlist_add(&root->layouts, name);
	}
	return 0;
}

static int own_read(struct root *root, const json_t *object,
		    struct intoto_error *err)
{
	json_t *own = NULL;
	const char *project = NULL;

	if (json_need_object(&own, object, OWN_MEMBER, "root", err) < 0 ||
	    json_need_string(&project, own, "project", OWN_MEMBER, err) < 0)
		return -1;
	if (strlen(project) != PROJECT_LEN ||
	    !is_lower_hex(project, PROJECT_LEN))
		return intoto_fail(err, INTOTO_EINVALID,
				   OWN_MEMBER ": 'project' is not 32 "
					      "lower-case hex digits");
	memcpy(root->project, project, sizeof(root->project));
	return layouts_read(root, own, err);
}

/* "1.x.y", digits: what follows 1.0 in TUF's numbering is compatible. */
static bool is_spec_version(const char *text)
{
	return !strncmp(text, "1.", 2) &&
	       strspn(text + 2, "0123456789.") == strlen(text + 2);
}

static int head_read(struct root *root, const json_t *object,
		     struct intoto_error *err)
{
	const json_t *version = json_object_get(object, "version");
	const char *type = NULL;
	const char *spec = NULL;
	const char *expires = NULL;

	if (json_need_string(&type, object, "_type", "root", err) < 0 ||
	    json_need_string(&spec, object, "spec_version", "root", err) < 0 ||
	    json_need_string(&expires, object, "expires", "root", err) < 0)
		return -1;
	if (strcmp(type, "root"))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'_type' is not 'root'");
	if (!is_spec_version(spec))
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "spec_version '%s': only 1.x is known",
				   spec);
	if (!json_is_integer(version) || json_integer_value(version) < 1)
		return intoto_fail(err, INTOTO_EINVALID,
				   "'version' is no number from 1 on");
	root->version = (uint64_t)json_integer_value(version);
	return clock_parse(&root->expires, expires, err);
}

int root_read(struct root **out, const char *text, size_t len,
	      struct intoto_error *err)
{
	scoped(root) root = xcalloc(1, sizeof(*root));

	if (json_load_strict(&root->signed_part, text, len, err) < 0)
		return -1;
	if (!json_is_object(root->signed_part))
		return intoto_fail(err, INTOTO_EINVALID,
				   "a root is not an object");
	if (head_read(root, root->signed_part, err) < 0 ||
	    roles_read(root, root->signed_part, err) < 0 ||
	    own_read(root, root->signed_part, err) < 0)
		return intoto_context(err, "root: ");
	*out = take(root);
	return 0;
}

int root_append_canonical(struct buffer *out, const struct root *root,
			  struct intoto_error *err)
{
	if (canonical_append(out, root->signed_part, err) < 0)
		return -1;
	return buffer_check(out, "root", err);
}

const char *root_listed_as(const struct root *root, const struct key *key)
{
	const char *keyid = NULL;
	json_t *value = NULL;

	json_object_foreach(json_object_get(root->signed_part, "keys"), keyid,
			    value)
	{
		if (!strcmp(key_id_new(key), keyid) ||
		    !strcmp(key_id(key), keyid))
			return keyid;
	}
	return key_id_new(key);
}

static json_t *role_make(json_t *keys, struct key *const *from, size_t n,
			 size_t threshold)
{
	json_t *keyids = json_array();

	for (size_t i = 0; i < n; i++) {
		const char *keyid = key_id_new(from[i]);

		json_array_append_new(keyids, json_string(keyid));
		json_object_set_new(keys, keyid, root_key_to_json(from[i]));
	}
	return json_pack("{s:o, s:I}", "keyids", keyids, "threshold",
			 (json_int_t)threshold);
}

static json_t *own_make(const struct root_plan *plan)
{
	scoped_value(strlist) names = STRLIST_INIT;
	json_t *layouts = json_array();

	strlist_add_all(&names, plan->layouts);
	strlist_sort(&names);
	strlist_uniq(&names);
	for (size_t i = 0; i < names.n; i++)
		json_array_append_new(layouts, json_string(names.items[i]));
	return json_pack("{s:o, s:s}", "layouts", layouts, "project",
			 plan->project);
}

/* What was made must be what is read. */
static int check_made(const json_t *object, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	scoped(root) root = NULL;

	if (compact_append(&text, object, err) < 0 ||
	    buffer_check(&text, "root", err) < 0)
		return -1;
	return root_read(&root, text.data, text.len, err);
}

int root_make(json_t **out, const struct root_plan *plan,
	      struct intoto_error *err)
{
	scoped_json object = json_object();
	json_t *keys = json_object();
	json_t *roles = json_object();
	char expires[CLOCK_TEXT_SIZE];

	clock_format(expires, plan->expires);
	json_object_set_new(object, "_type", json_string("root"));
	json_object_set_new(object, "spec_version", json_string(SPEC_VERSION));
	json_object_set_new(object, "consistent_snapshot", json_false());
	json_object_set_new(object, "version",
			    json_integer((json_int_t)plan->version));
	json_object_set_new(object, "expires", json_string(expires));
	json_object_set_new(object, "keys", keys);
	json_object_set_new(object, "roles", roles);
	for (size_t i = 0; i < ARRAY_SIZE(role_names); i++) {
		const bool owners = !strcmp(role_names[i], "targets");

		json_object_set_new(
			roles, role_names[i],
			role_make(keys, owners ? plan->owners : plan->root_keys,
				  owners ? plan->n_owners : plan->n_root_keys,
				  owners ? plan->owners_threshold
					 : plan->root_threshold));
	}
	json_object_set_new(object, OWN_MEMBER, own_make(plan));
	if (check_made(object, err) < 0)
		return -1;
	*out = take(object);
	return 0;
}

int root_check_signers(const struct envelope *envelope,
		       const struct root_role *role, struct intoto_error *err)
{
	scoped_value(buffer) missing = BUFFER_INIT;
	size_t good = 0;

	for (size_t i = 0; i < role->n_keys; i++) {
		struct intoto_error why = { 0 };
		char who[64];

		if (envelope_verify(envelope, role->keys[i], 0, &why) == 0) {
			good++;
			continue;
		}
		if (why.code != INTOTO_EREJECTED) {
			*err = why;
			return -1;
		}
		key_describe(who, role->keys[i]);
		buffer_printf(&missing, "%s%s", missing.len ? ", " : "", who);
	}
	if (role->threshold >= 1 && good >= role->threshold)
		return 0;
	return intoto_reject(err, "root-threshold",
			     "version %" PRIu64 " is signed by %zu of the %zu "
			     "keys that it needs; not by: %s",
			     envelope->root->version, good, role->threshold,
			     missing.len ? buffer_text(&missing) : "anybody");
}

int root_check_next(const struct envelope *before, const struct envelope *next,
		    struct intoto_error *err)
{
	const struct root *root = next->root;
	const uint64_t expected = before ? before->root->version + 1 : 1;

	if (root->version != expected)
		return intoto_reject(err, "root-gap",
				     "expected version %" PRIu64
				     ", found version %" PRIu64,
				     expected, root->version);
	if (before && strcmp(before->root->project, root->project))
		return intoto_reject(err, "root-project",
				     "version %" PRIu64 " is of project '%s', "
				     "the one before of '%s'",
				     root->version, root->project,
				     before->root->project);
	if (before && root_check_signers(next, &before->root->root, err) < 0)
		return intoto_context(err,
				      "by the keys of version %" PRIu64 ": ",
				      before->root->version);
	if (root_check_signers(next, &root->root, err) < 0)
		return intoto_context(err, "by its own keys: ");
	return 0;
}
