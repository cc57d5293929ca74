/* tag_resume.c: find the tag that a killed `git intoto tag` did not publish. */
#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/tag_resume.h"

struct search {
	struct session *session;
	const char *ref;
	const struct oid *commit;
	const struct manifest_options *hashing;
	struct refs tags; /* sorted by object id */
};

static int by_oid(const void *a, const void *b)
{
	const struct ref *left = a;
	const struct ref *right = b;

	return memcmp(left->oid.bytes, right->oid.bytes, OID_MAX_SIZE);
}

static bool is_published(const struct search *search, const struct oid *oid)
{
	struct ref key = { .oid = *oid };

	return search->tags.n &&
	       bsearch(&key, search->tags.items, search->tags.n,
		       sizeof(struct ref), by_oid);
}

/* Is this object a tag of that name? Anything else is not ours to finish. */
static bool has_name(const struct search *search, const struct oid *oid)
{
	scoped_value(tag_object) tag = { 0 };
	struct intoto_error ignored = { 0 };
	enum object_type type;
	size_t size;

	return object_stat(&type, &size, search->session->repo, oid,
			   &ignored) == 0 &&
	       type == OBJECT_TAG &&
	       tag_object_read(&tag, search->session->repo, oid, &ignored) ==
		       0 &&
	       !strcmp(tag.name, refs_short(search->ref));
}

static int try_tag(struct tag_facts **out, const struct search *search,
		   const struct oid *oid, struct intoto_error *err)
{
	struct session *session = search->session;
	scoped_value(report) report = REPORT_INIT;
	scoped(tag_facts) facts = NULL;
	scoped_text name = NULL;
	char found[OID_HEX_SIZE];
	int ret;

	ret = tag_facts_read(&facts, session->repo, search->ref, oid,
			     session->layouts.project, search->hashing, err);
	if (ret < 0)
		return err->code == INTOTO_EREJECTED ? 0 : -1;
	if (session_judge_tag_step(&report, session, facts, JUDGE_ONE_LINK,
				   err) < 0)
		return -1;
	if (report.n)
		return 0;
	if (oid_equal(&facts->tag.commit, search->commit)) {
		*out = take(facts);
		return 0;
	}
	oid_hex(found, &facts->tag.commit);
	intoto_fail(err, INTOTO_EINVALID,
		    "an unfinished tag '%s' is recorded here for commit %.*s",
		    refs_short(search->ref), SHORT_ID, found);
	name = quote_word(refs_short(search->ref));
	return intoto_hint(err,
			   "git intoto tag %s %.*s, or --force-new to make "
			   "another one",
			   name, SHORT_ID, found);
}

static int search_shard(struct tag_facts **out, const struct search *search,
			const struct ref *shard, struct intoto_error *err)
{
	scoped_value(note_entries) entries = { 0 };
	size_t i;

	if (notes_entries(&entries, search->session->repo, &shard->oid, err) <
	    0) {
		if (err->code != INTOTO_EREJECTED)
			return -1;
		say_warning("%s: %s", shard->name, err->message);
		return 0;
	}
	for (i = 0; i < entries.n && !*out; i++) {
		const struct oid *key = &entries.items[i].key;

		if (!is_published(search, key) && has_name(search, key) &&
		    try_tag(out, search, key, err) < 0)
			return -1;
	}
	return 0;
}

int tag_resume_find(struct tag_facts **out, struct session *session,
		    const char *ref, const struct oid *commit,
		    const struct manifest_options *hashing,
		    struct intoto_error *err)
{
	static const char *const tags_prefix[] = { "refs/tags/", NULL };
	static const char *const links_prefix[] = { NOTES_PREFIX "links/",
						    NULL };
	struct search search = { session, ref, commit, hashing, { 0 } };
	scoped(tag_facts) found = NULL;
	scoped_value(refs) shards = { 0 };
	int ret;
	size_t i;

	if (refs_list(&shards, session->repo, links_prefix, err) < 0 ||
	    refs_list(&search.tags, session->repo, tags_prefix, err) < 0)
		return -1;
	if (search.tags.n)
		qsort(search.tags.items, search.tags.n, sizeof(struct ref),
		      by_oid);
	for (ret = 0, i = 0; ret == 0 && !found && i < shards.n; i++)
		ret = search_shard(&found, &search, &shards.items[i], err);
	refs_release(&search.tags);
	if (ret == 0)
		*out = take(found);
	return ret;
}
