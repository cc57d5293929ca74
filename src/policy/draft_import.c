/* draft_import.c: a layout made elsewhere becomes a draft, or the next version
 * when its owners have signed it as that. */
#include <inttypes.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/draft_internal.h"
#include "verify/chain.h"

static int read_layout(struct envelope **out, const char *text, size_t len,
		       struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;

	if (envelope_read(&envelope, text, len, false, err) < 0)
		return -1;
	if (envelope->content != CONTENT_LAYOUT)
		return intoto_fail(err, INTOTO_EINVALID, "it is no layout");
	if (draft_check_names(envelope->layout, err) < 0)
		return -1;
	*out = take(envelope);
	return 0;
}

/* Does its own line make it a version that could follow? */
static bool could_follow(const struct layout_draft *draft,
			 const struct trust *trust)
{
	const struct layout_stamp *stamp = &draft->envelope->layout->stamp;
	const struct inforce *before = draft->before;
	const char *project = trust->project;
	uint64_t version = 0;

	if (before) {
		version = before->envelope->layout->stamp.version;
		if (!*project)
			project = before->envelope->layout->stamp.project;
	}
	return stamp->version > version && !strcmp(stamp->name, draft->name) &&
	       (!*project || !strcmp(project, stamp->project));
}

static int is_pinned(const struct layout_draft *draft,
		     const struct trust *trust)
{
	const struct trust_layout *named =
		trust_layout_named(trust, draft->name);

	return named && !strcmp(named->digest, draft->digest);
}

/* The same layout without signatures, as if made from the one in force. */
static int as_draft(struct envelope **out, const struct layout_draft *draft,
		    struct intoto_error *err)
{
	const struct layout *layout = draft->envelope->layout;
	scoped_json part = json_deep_copy(layout->signed_part);
	struct layout_stamp none = { 0 };
	scoped_text readme = draft_stamped_readme(
		layout->readme,
		draft->before ? &draft->before->envelope->layout->stamp
			      : &none);

	json_object_set_new(part, "readme", json_string(readme));
	return envelope_from_json(out, part, err);
}

static int check_free(bool *already, struct repo *repo,
		      const struct layout_draft *draft,
		      const struct envelope *plain, struct intoto_error *err)
{
	scoped(envelope) there = NULL;
	char digest[SHA256_HEX_SIZE], plain_digest[SHA256_HEX_SIZE];

	*already = false;
	if (!draft_exists(repo, draft->name))
		return 0;
	if (draft_load(&there, repo, draft->name, err) < 0)
		return -1;
	envelope_digest(digest, there);
	envelope_digest(plain_digest, plain);
	*already = !strcmp(digest, plain_digest);
	if (*already || !strcmp(digest, draft->digest))
		return 0;
	intoto_fail(err, INTOTO_EINVALID,
		    "there is another draft of layout '%s' already",
		    draft->name);
	return intoto_hint(err, "git intoto layout discard %s", draft->name);
}

/* The layouts that fail by a pinned digest are no reason not to bring the one
 * that is pinned. */
static int load_before(struct layout_draft *draft, struct repo *repo,
		       const struct trust *trust, struct intoto_error *err)
{
	scoped_text ref = notes_layout_ref(draft->name);
	struct intoto_error why = { 0 };

	draft->parent = oid_null();
	if (draft_published(&draft->before, repo, trust, draft->name, &why) ==
	    0) {
		draft->parent = draft->before->commit;
		return 0;
	}
	if (why.code == INTOTO_ENOTFOUND)
		return 0;
	if (why.code == INTOTO_EREJECTED && is_pinned(draft, trust)) {
		why = (struct intoto_error){ 0 };
		if (refs_read(&draft->parent, repo, ref, &why) == 0 ||
		    why.code == INTOTO_ENOTFOUND)
			return 0;
	}
	*err = why;
	return -1;
}

/* Is this what is in force already? */
static bool is_in_force(const struct layout_draft *draft)
{
	return draft->before && !strcmp(draft->before->digest, draft->digest);
}

/* How many owners who are trusted here signed it as it is? Only their
 * signatures are kept then. */
static size_t count_owners(struct layout_draft *draft,
			   const struct trust *trust, int64_t now)
{
	scoped_value(strlist) missing = STRLIST_INIT;
	size_t n = 0;

	pending_missing(&n, &missing, draft->envelope, trust->keys,
			trust->n_keys, now);
	if (n)
		draft_settle(draft->envelope, trust);
	return n;
}

int draft_import(struct layout_draft **out, bool *changed, struct repo *repo,
		 const char *name, const struct trust *trust, const char *text,
		 size_t len, int64_t now, struct intoto_error *err)
{
	scoped(layout_draft) draft = xcalloc(1, sizeof(*draft));
	scoped(envelope) plain = NULL;
	bool already = false;

	*out = NULL;
	draft->name = xstrdup(name);
	draft_tidy(repo, name, trust);
	if (read_layout(&draft->envelope, text, len, err) < 0)
		return -1;
	envelope_digest(draft->digest, draft->envelope);
	if (load_before(draft, repo, trust, err) < 0)
		return -1;
	*changed = !is_in_force(draft);
	if (!*changed)
		return 0;
	if (as_draft(&plain, draft, err) < 0 ||
	    check_free(&already, repo, draft, plain, err) < 0)
		return -1;
	draft->pinned = is_pinned(draft, trust);
	if (draft->pinned || (could_follow(draft, trust) &&
			      count_owners(draft, trust, now) > 0)) {
		if (layout_check_expiry(draft->envelope->layout, now, err) < 0)
			return -1;
		draft->local = true;
		*out = take(draft);
		return 0;
	}
	*changed = !already;
	return already ? 0 : draft_write(repo, name, plain, err);
}
