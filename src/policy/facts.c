/* facts.c: what the objects alone say of a tag. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/bind.h"
#include "repo/refs.h"

void tag_facts_free(struct tag_facts *facts)
{
	if (!facts)
		return;
	free(facts->ref);
	tag_object_release(&facts->tag);
	manifest_free(facts->manifest);
	artifacts_free(facts->artifacts);
	free(facts);
}

static int tag_oid(struct oid *out, struct repo *repo, const char *ref,
		   struct intoto_error *err)
{
	struct intoto_error found = { 0 };

	if (refs_read(out, repo, ref, &found) == 0)
		return 0;
	if (found.code == INTOTO_ENOTFOUND) {
		intoto_fail(err, INTOTO_ENOTFOUND, "no tag '%s'",
			    refs_short(ref));
		return intoto_hint(err, "git fetch --tags");
	}
	if (err)
		*err = found;
	return -1;
}

int tag_facts_read_tag(struct tag_facts **out, struct repo *repo,
		       const char *ref, const struct oid *oid,
		       const char *project, struct intoto_error *err)
{
	scoped(tag_facts) facts = xcalloc(1, sizeof(*facts));
	struct oid id;

	if (oid && !oid_is_null(oid))
		id = *oid;
	else if (tag_oid(&id, repo, ref, err) < 0)
		return -1;
	if (tag_object_read(&facts->tag, repo, &id, err) < 0)
		return intoto_context(err, "tag '%s': ", refs_short(ref));
	if (strcmp(facts->tag.name, refs_short(ref)))
		return intoto_reject(err, "tag-renamed",
				     "tag '%s' holds a tag object named '%s'",
				     refs_short(ref), facts->tag.name);
	facts->ref = xstrdup(ref);
	if (project)
		snprintf(facts->project, sizeof(facts->project), "%s", project);
	*out = take(facts);
	return 0;
}

/* What the facts are of, for messages. */
static int tree_context(struct intoto_error *err, const struct tag_facts *facts)
{
	char commit[OID_HEX_SIZE];

	if (facts->ref)
		return intoto_context(err, "tag '%s': ", facts->tag.name);
	oid_hex(commit, &facts->tag.commit);
	return intoto_context(err, "commit '%.12s': ", commit);
}

int tag_facts_read_tree(struct tag_facts *facts, struct repo *repo,
			const struct manifest_options *options,
			struct intoto_error *err)
{
	scoped_value(commit_info) info = { 0 };
	scoped(manifest) manifest = NULL;

	if (commit_read(&info, repo, &facts->tag.commit, err) < 0 ||
	    manifest_record(&manifest, repo, &info.tree, options, err) < 0 ||
	    manifest_artifacts(&facts->artifacts, manifest, err) < 0)
		return tree_context(err, facts);
	facts->tree = info.tree;
	facts->manifest = take(manifest);
	return 0;
}

int tag_facts_read(struct tag_facts **out, struct repo *repo, const char *ref,
		   const struct oid *oid, const char *project,
		   const struct manifest_options *options,
		   struct intoto_error *err)
{
	scoped(tag_facts) facts = NULL;

	if (tag_facts_read_tag(&facts, repo, ref, oid, project, err) < 0 ||
	    tag_facts_read_tree(facts, repo, options, err) < 0)
		return -1;
	*out = take(facts);
	return 0;
}

int tag_facts_read_commit(struct tag_facts **out, struct repo *repo,
			  const struct oid *commit, const char *project,
			  const struct manifest_options *options,
			  struct intoto_error *err)
{
	scoped(tag_facts) facts = xcalloc(1, sizeof(*facts));

	facts->tag.oid = oid_null();
	facts->tag.commit = *commit;
	snprintf(facts->project, sizeof(facts->project), "%s", project);
	if (tag_facts_read_tree(facts, repo, options, err) < 0)
		return -1;
	*out = take(facts);
	return 0;
}

int tag_facts_of(struct tag_facts **out, struct repo *repo, const char *ref,
		 const struct oid *oid, const char *project,
		 struct manifest **manifest, struct intoto_error *err)
{
	scoped(tag_facts) facts = NULL;
	scoped_value(commit_info) info = { 0 };

	if (tag_facts_read_tag(&facts, repo, ref, oid, project, err) < 0 ||
	    commit_read(&info, repo, &facts->tag.commit, err) < 0 ||
	    manifest_artifacts(&facts->artifacts, *manifest, err) < 0)
		return -1;
	facts->tree = info.tree;
	facts->manifest = take(*manifest);
	*out = take(facts);
	return 0;
}
