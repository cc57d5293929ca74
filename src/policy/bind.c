/* bind.c: does a link speak of this tag, and by what? */
#include "policy/bind.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "verify/sublayout.h"

#define PARENT_KEYID_LEN 8

enum member_kind {
	MEMBER_TEXT,
	MEMBER_HEX32,
	MEMBER_OID,
	MEMBER_SHA256,
	MEMBER_LAYOUTS, /* name -> SHA-256 */
	MEMBER_PATHS,
	MEMBER_OBJECT,
	MEMBER_PARENT,
	MEMBER_REVOKES,
};

enum member_use {
	USE_TAG = 1,	/* in the links of a tag */
	USE_COMMIT = 2, /* in the links of a commit */
	USE_REVOKE = 4, /* in withdrawals */
	USE_MAYBE = 8,	/* may be left out */
};

struct member {
	const char *name;
	enum member_kind kind;
	unsigned use;
};

static const struct member members[] = {
	{ "project", MEMBER_HEX32, USE_TAG | USE_COMMIT },
	{ "ref", MEMBER_TEXT, USE_TAG },
	{ "tag", MEMBER_OID, USE_TAG },
	{ "tagSha256", MEMBER_SHA256, USE_TAG },
	{ "commit", MEMBER_OID, USE_TAG | USE_COMMIT },
	{ "tree", MEMBER_OID, USE_TAG | USE_COMMIT },
	{ "manifestSha256", MEMBER_SHA256, USE_TAG | USE_COMMIT },
	{ "layouts", MEMBER_LAYOUTS, USE_TAG | USE_COMMIT },
	{ "filtered", MEMBER_PATHS, USE_TAG | USE_MAYBE },
	{ "env", MEMBER_OBJECT, USE_TAG | USE_MAYBE },
	{ "parent", MEMBER_PARENT, USE_TAG | USE_MAYBE },
	{ "revokes", MEMBER_REVOKES, USE_REVOKE },
};

const char *binding_text(enum binding binding)
{
	switch (binding) {
	case BOUND_BY_NAME:
		return "bound by name";
	case BOUND_BY_COMMIT:
		return "bound by commit";
	case BOUND_BY_CONTENT:
		return "bound by content";
	}
	return "not bound";
}

/* The text of a string without NUL; NULL for all else. */
static const char *plain_string(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && strlen(text) == json_string_length(value) ? text : NULL;
}

static bool is_hex_of(const json_t *value, size_t len)
{
	const char *text = plain_string(value);

	return text && strlen(text) == len && is_lower_hex(text, len);
}

static bool layouts_ok(json_t *value)
{
	const char *name;
	json_t *digest;

	json_object_foreach(value, name, digest)
	{
		if (!is_hex_of(digest, SHA256_HEX_SIZE - 1))
			return false;
	}
	return json_is_object(value);
}

static bool paths_ok(const json_t *value)
{
	size_t i;
	json_t *path;

	json_array_foreach(value, i, path)
	{
		if (!plain_string(path))
			return false;
	}
	return json_is_array(value);
}

/* "build.9c1f2ab3": a step may have dots itself. */
static bool is_place(const char *text, size_t len)
{
	const size_t id = 1 + PARENT_KEYID_LEN;
	scoped_text step = NULL;
	struct intoto_error ignored = { 0 };

	if (len <= id || text[len - id] != '.' ||
	    !is_lower_hex(text + len - id + 1, id - 1))
		return false;
	step = xmemdupz(text, len - id);
	return name_check(step, len - id, "step", &ignored) == 0;
}

bool bind_parent_ok(const char *parent)
{
	for (size_t depth = 1; depth <= SUBLAYOUT_DEPTH_MAX; depth++) {
		const size_t len = strcspn(parent, "/");

		if (!is_place(parent, len))
			return false;
		if (!parent[len])
			return true;
		parent += len + 1;
	}
	return false;
}

static bool member_ok(const struct member *member, json_t *value)
{
	switch (member->kind) {
	case MEMBER_TEXT:
		return plain_string(value) != NULL;
	case MEMBER_HEX32:
		return is_hex_of(value, PROJECT_SIZE - 1);
	case MEMBER_OID:
		return is_hex_of(value, 40) || is_hex_of(value, 64);
	case MEMBER_SHA256:
		return is_hex_of(value, SHA256_HEX_SIZE - 1);
	case MEMBER_LAYOUTS:
		return layouts_ok(value);
	case MEMBER_PATHS:
		return paths_ok(value);
	case MEMBER_OBJECT:
		return json_is_object(value);
	case MEMBER_PARENT:
		return plain_string(value) &&
		       bind_parent_ok(plain_string(value));
	case MEMBER_REVOKES:
		return is_hex_of(value, SHA256_HEX_SIZE - 1) ||
		       (plain_string(value) &&
			!strcmp(plain_string(value), "tag"));
	}
	return false;
}

static const struct member *member_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (!strcmp(members[i].name, name))
			return &members[i];
	return NULL;
}

/* Exactly the members of such a link, each of its type. */
static int check_members(json_t *git, unsigned use, struct intoto_error *err)
{
	const char *name;
	json_t *value;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (!(members[i].use & use) || (members[i].use & USE_MAYBE))
			continue;
		if (!json_object_get(git, members[i].name))
			return intoto_reject(err, "link-environment",
					     "environment.git has no member "
					     "'%s'",
					     members[i].name);
	}
	json_object_foreach(git, name, value)
	{
		const struct member *member = member_named(name);

		if (!member || !(member->use & use))
			return intoto_reject(err, "link-environment",
					     "environment.git has the member "
					     "'%s', which does not belong "
					     "there",
					     name);
		if (!member_ok(member, value))
			return intoto_reject(err, "link-environment",
					     "environment.git.%s is malformed",
					     name);
	}
	return 0;
}

static int compare(const json_t *git, const char *member, const char *expected,
		   const char *reason, struct intoto_error *err)
{
	const char *found = plain_string(json_object_get(git, member));

	if (!strcmp(found, expected))
		return 0;
	return intoto_reject(err, reason,
			     "environment.git.%s: expected '%s', found '%s'",
			     member, expected, found);
}

static int compare_oid(const json_t *git, const char *member,
		       const struct oid *expected, const char *reason,
		       struct intoto_error *err)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, expected);
	return compare(git, member, hex, reason, err);
}

static int compare_manifest(const struct link *link, const json_t *git,
			    const struct tag_facts *facts,
			    struct intoto_error *err)
{
	if (compare(git, "manifestSha256", facts->manifest->digest,
		    "link-environment", err) == 0)
		return 0;
	if (!artifacts_equal(link->materials, facts->artifacts))
		return -1;
	return intoto_context(err, "paths and contents are those of the tree, "
				   "its modes are not: ");
}

static int compare_commit(const struct link *link, const json_t *git,
			  const struct tag_facts *facts,
			  struct intoto_error *err)
{
	if (compare_oid(git, "commit", &facts->tag.commit, "link-other-commit",
			err) < 0 ||
	    compare_oid(git, "tree", &facts->tree, "link-environment", err) <
		    0 ||
	    compare_manifest(link, git, facts, err) < 0)
		return -1;
	return 0;
}

static int compare_tag(const json_t *git, const struct tag_facts *facts,
		       struct intoto_error *err)
{
	if (!facts->ref)
		return intoto_reject(err, "link-other-tag",
				     "it is a link of a tag, not of the "
				     "commit");
	if (compare(git, "ref", facts->ref, "link-other-tag", err) < 0 ||
	    compare_oid(git, "tag", &facts->tag.oid, "link-other-tag", err) <
		    0 ||
	    compare(git, "tagSha256", facts->tag.sha256, "link-other-tag",
		    err) < 0)
		return -1;
	return 0;
}

static int bind_by_environment(enum binding *out, const struct link *link,
			       json_t *git, const struct tag_facts *facts,
			       struct intoto_error *err)
{
	const bool of_tag = json_object_get(git, "ref") ||
			    json_object_get(git, "tag") ||
			    json_object_get(git, "tagSha256");
	unsigned use = of_tag ? USE_TAG : USE_COMMIT;

	if (!json_is_object(git))
		return intoto_reject(err, "link-environment",
				     "environment.git is no object");
	if (of_tag && !strcmp(link->name, "revoke"))
		use |= USE_REVOKE;
	if (check_members(git, use, err) < 0)
		return -1;
	if (*facts->project && compare(git, "project", facts->project,
				       "link-other-project", err) < 0)
		return -1;
	if ((of_tag && compare_tag(git, facts, err) < 0) ||
	    compare_commit(link, git, facts, err) < 0)
		return -1;
	*out = of_tag ? BOUND_BY_NAME : BOUND_BY_COMMIT;
	return 0;
}

/* Every material is a path of the tree with that SHA-256; both are sorted. */
static int bind_by_content(enum binding *out, const struct link *link,
			   const struct tag_facts *facts,
			   struct intoto_error *err)
{
	const size_t n = artifacts_count(link->materials);
	size_t hint = 0;

	if (n == 0)
		return intoto_reject(err, "link-unbound",
				     "the link has neither environment.git nor "
				     "materials, so it speaks of no tag");
	for (size_t i = 0; i < n; i++) {
		const struct artifact item = artifacts_at(link->materials, i);
		const ptrdiff_t at =
			artifacts_find_next(facts->artifacts, item.name,
					    item.len, &hint);
		struct artifact there = { 0 };

		if (at >= 0)
			there = artifacts_at(facts->artifacts, (size_t)at);
		if (at >= 0 && item.sha256 && artifact_equal(&item, &there))
			continue;
		return intoto_reject(err, "link-unbound",
				     "the link has no environment.git, and its "
				     "material '%s' is %s",
				     item.name,
				     at < 0 ? "no path of the tree"
					    : "another than the tree's");
	}
	*out = BOUND_BY_CONTENT;
	return 0;
}

int bind_link(enum binding *out, const struct link *link,
	      const struct tag_facts *facts, struct intoto_error *err)
{
	json_t *git = json_object_get(link->environment, "git");

	if (git)
		return bind_by_environment(out, link, git, facts, err);
	return bind_by_content(out, link, facts, err);
}

int bind_sublayout(const struct layout *layout, const char *project,
		   const struct oid *tag, struct intoto_error *err)
{
	const struct layout_stamp *stamp = &layout->sub;
	char hex[OID_HEX_SIZE];
	bool reserved = layout_step(layout, "revoke") != NULL;

	for (size_t i = 0; i < layout->n_inspections; i++)
		reserved |= !strcmp(layout->inspections[i].name, "revoke");
	if (reserved)
		return intoto_reject(err, "layout-reserved",
				     "'revoke' is reserved, and no step or "
				     "inspection");
	if (*layout->stamp.project)
		return intoto_reject(err, "sublayout-stamp",
				     "it is version %llu of layout '%s', and "
				     "no sublayout",
				     (unsigned long long)layout->stamp.version,
				     layout->stamp.name);
	if (*stamp->project && *project && strcmp(stamp->project, project))
		return intoto_reject(err, "layout-foreign",
				     "the sublayout is of project '%s', "
				     "expected '%s'",
				     stamp->project, project);
	oid_hex(hex, tag);
	if (!*stamp->tag || !strcmp(stamp->tag, hex))
		return 0;
	return intoto_reject(err, "link-other-tag",
			     "the sublayout is of tag object '%s', expected "
			     "'%s'",
			     stamp->tag, hex);
}

const char *bind_parent(const struct link *link)
{
	const json_t *git = json_object_get(link->environment, "git");
	const char *parent = plain_string(json_object_get(git, "parent"));

	return parent ? parent : "";
}

int bind_parameters(struct parameters *out, const struct tag_facts *facts,
		    const struct parameters *given, struct intoto_error *err)
{
	const char *tag = facts->ref ? facts->tag.name : NULL;
	const bool has_v =
		tag && tag[0] == 'v' && tag[1] >= '0' && tag[1] <= '9';
	char commit[OID_HEX_SIZE];

	oid_hex(commit, &facts->tag.commit);
	parameters_set(out, "COMMIT", commit);
	if (tag) {
		parameters_set(out, "TAG", tag);
		parameters_set(out, "VERSION", has_v ? tag + 1 : tag);
	}
	for (size_t i = 0; given && i < given->n; i++) {
		const char *name = given->items[i].name;

		if (!strcmp(name, "TAG") || !strcmp(name, "COMMIT") ||
		    !strcmp(name, "VERSION"))
			return intoto_fail(err, INTOTO_EINVALID,
					   "parameter '%s' is the tag's own, "
					   "and cannot be given",
					   name);
		parameters_set(out, name, given->items[i].value);
	}
	out->strict = given && given->n;
	return 0;
}

static void set_oid(json_t *object, const char *name, const struct oid *oid)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, oid);
	json_object_set_new(object, name, json_string(hex));
}

json_t *bind_environment(const struct tag_facts *facts, const json_t *layouts)
{
	json_t *git = json_object();

	json_object_set_new(git, "project", json_string(facts->project));
	if (facts->ref) {
		json_object_set_new(git, "ref", json_string(facts->ref));
		set_oid(git, "tag", &facts->tag.oid);
		json_object_set_new(git, "tagSha256",
				    json_string(facts->tag.sha256));
	}
	set_oid(git, "commit", &facts->tag.commit);
	set_oid(git, "tree", &facts->tree);
	json_object_set_new(git, "manifestSha256",
			    json_string(facts->manifest->digest));
	json_object_set_new(git, "layouts",
			    layouts ? json_deep_copy(layouts) : json_object());
	return git;
}

const char *bind_revokes(const struct link *link)
{
	const json_t *git = json_object_get(link->environment, "git");
	json_t *value = json_object_get(git, "revokes");
	const struct member *member = member_named("revokes");

	if (strcmp(link->name, "revoke") || !value || !member_ok(member, value))
		return NULL;
	return plain_string(value);
}
