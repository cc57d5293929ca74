/* gitname.c: git: names to objects, and objects to digests. */
#include "repo/gitname.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "repo/git.h"
#include "repo/refs.h"

#define CONTENT_MAX ((size_t)2 << 30)

static const struct kind {
	enum object_type type;
	const char *name;   /* in the artifact's name */
	const char *digest; /* in its digest set */
} kinds[] = {
	{ OBJECT_COMMIT, "commit", "gitCommit" },
	{ OBJECT_TREE, "tree", "gitTree" },
	{ OBJECT_TAG, "tag", "gitTag" },
	{ OBJECT_BLOB, "blob", "gitBlob" },
};

static const struct kind *kind_of(enum object_type type)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

bool gitname_is(const char *name)
{
	return !strncmp(name, GITNAME_SCHEME ":", strlen(GITNAME_SCHEME ":"));
}

int gitname_parse(struct gitname *out, const char *name,
		  struct intoto_error *err)
{
	const char *rest = name + strlen(GITNAME_SCHEME ":");

	for (size_t i = 0; gitname_is(name) && i < ARRAY_SIZE(kinds); i++) {
		const size_t len = strlen(kinds[i].name);

		if (strncmp(rest, kinds[i].name, len) || rest[len] != '/' ||
		    !rest[len + 1])
			continue;
		if (kinds[i].type == OBJECT_BLOB && !strchr(rest, ':'))
			break;
		*out = (struct gitname){ kinds[i].type, rest + len + 1 };
		return 0;
	}
	intoto_fail(err, INTOTO_EINVALID, "'%s' names no Git object", name);
	return intoto_hint(err, "git:commit/REV, git:tree/REV, git:tag/NAME or "
				"git:blob/REV:PATH");
}

bool revision_resolve(struct oid *out, struct repo *repo, const char *spec)
{
	const char *const args[] = { "rev-parse",	 "--verify", "--quiet",
				     "--end-of-options", spec,	     NULL };
	struct intoto_error ignored = { 0 };
	scoped_text hex = NULL;

	return git_line(&hex, repo, args, &ignored) == 0 &&
	       oid_parse(out, hex, strlen(hex));
}

/* In two steps: in "HEAD:src^{tree}" all would be a path. */
static bool peel(struct oid *oid, struct repo *repo, const char *revision,
		 const char *type)
{
	char hex[OID_HEX_SIZE];
	scoped_text peeled = NULL;

	if (!revision_resolve(oid, repo, revision))
		return false;
	oid_hex(hex, oid);
	peeled = xasprintf("%s^{%s}", hex, type);
	return revision_resolve(oid, repo, peeled);
}

int gitname_resolve(struct oid *out, struct repo *repo,
		    const struct gitname *name, struct intoto_error *err)
{
	const struct kind *kind = kind_of(name->type);
	scoped_text ref = NULL;
	enum object_type type;
	size_t size;

	if (name->type == OBJECT_TAG) {
		if (refs_tag_name(&ref, name->rest, err) < 0 ||
		    refs_read(out, repo, ref, err) < 0)
			return -1;
	} else if (name->type == OBJECT_BLOB
			   ? !revision_resolve(out, repo, name->rest)
			   : !peel(out, repo, name->rest, kind->name)) {
		return intoto_fail(err, INTOTO_ENOTFOUND, "no %s '%s'",
				   kind->name, name->rest);
	}
	if (object_stat(&type, &size, repo, out, err) < 0)
		return -1;
	if (type != name->type)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "'%s' is a %s, no %s%s", name->rest,
				   object_type_name(type),
				   name->type == OBJECT_TAG ? "annotated " : "",
				   kind->name);
	return 0;
}

int gitname_is_fixed(bool *out, struct repo *repo, const struct gitname *name,
		     struct intoto_error *err)
{
	const char *at = strstr(name->rest, "@{");
	const size_t plain = strcspn(name->rest, "^~:");
	const size_t len = at && (size_t)(at - name->rest) < plain
				   ? (size_t)(at - name->rest)
				   : plain;
	scoped_text base = xasprintf("%.*s", (int)len, name->rest);
	struct intoto_error why = { 0 };
	scoped_text ref = NULL;
	struct oid oid;

	*out = name->type == OBJECT_TAG || oid_parse(&oid, base, len);
	if (*out)
		return 0;
	if (!strncmp(base, "tags/", 5))
		ref = xasprintf("refs/%s", base);
	else if (refs_tag_name(&ref, base, &why) < 0)
		return 0; /* no tag can be called so */
	if (refs_read(&oid, repo, ref, &why) == 0)
		*out = true;
	else if (why.code != INTOTO_ENOTFOUND) {
		*err = why;
		return -1;
	}
	return 0;
}

static void append_digests(struct buffer *out, enum object_type type,
			   const struct oid *oid, const char *sha256)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, oid);
	buffer_printf(out, "{\"%s\":\"%s\",\"sha256\":\"%s\"}",
		      kind_of(type)->digest, hex, sha256);
}

int gitname_digests(struct buffer *out, struct repo *repo,
		    enum object_type type, const struct oid *oid,
		    struct intoto_error *err)
{
	scoped_value(buffer) content = BUFFER_INIT;
	char sum[SHA256_HEX_SIZE];

	if (object_read_as(&content, repo, oid, type, CONTENT_MAX, err) < 0)
		return -1;
	sha256_hex(sum, content.data, content.len);
	append_digests(out, type, oid, sum);
	return 0;
}

bool gitname_recorded(struct oid *out, enum object_type type,
		      const char *canonical)
{
	const char *digest = kind_of(type)->digest;
	scoped_text start = xasprintf("{\"%s\":\"", digest);
	scoped_value(buffer) again = BUFFER_INIT;
	const char *hex = canonical + strlen(start);
	const char *sum;
	scoped_text sha256 = NULL;

	if (strncmp(canonical, start, strlen(start)) ||
	    !oid_parse(out, hex, strcspn(hex, "\"")))
		return false;
	sum = strstr(hex, "\"sha256\":\"");
	if (!sum)
		return false;
	sum += strlen("\"sha256\":\"");
	sha256 = xasprintf("%.*s", (int)strcspn(sum, "\""), sum);
	if (strlen(sha256) != SHA256_HEX_SIZE - 1 ||
	    !is_lower_hex(sha256, strlen(sha256)))
		return false;
	append_digests(&again, type, out, sha256);
	return !strcmp(buffer_text(&again), canonical);
}

int gitname_record(struct artifacts *set, const char *name, void *repo,
		   struct intoto_error *err)
{
	scoped_value(buffer) digests = BUFFER_INIT;
	struct gitname parsed;
	struct oid oid;

	if (gitname_parse(&parsed, name, err) < 0)
		return -1;
	if (!repo)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "'%s' is asked for outside of a Git "
				   "repository",
				   name);
	if (gitname_resolve(&oid, repo, &parsed, err) < 0 ||
	    gitname_digests(&digests, repo, parsed.type, &oid, err) < 0)
		return -1;
	artifacts_add_other(set, name, strlen(name), buffer_text(&digests),
			    digests.len);
	return 0;
}
