/* draft_choose.c: which draft is to be signed, this clone's or a pending one.
 */
#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "policy/draft_internal.h"
#include "verify/chain.h"

void layout_draft_free(struct layout_draft *draft)
{
	if (!draft)
		return;
	free(draft->name);
	envelope_free(draft->envelope);
	inforce_free(draft->before);
	strlist_release(&draft->others);
	free(draft);
}

void draft_settle(struct envelope *envelope, const struct trust *trust)
{
	if (trust->n_keys)
		pending_settle(envelope, NULL,
			       (const struct key *const *)trust->keys,
			       trust->n_keys);
}

static uint64_t version_of(const struct envelope *envelope)
{
	return envelope->layout->stamp.version;
}

static uint64_t version_in_force(const struct inforce *before)
{
	return before ? version_of(before->envelope) : 0;
}

/* Of that name, of this project where one is known. */
static bool is_of(const struct pending_item *item, const char *name,
		  const struct trust *trust, const struct inforce *before)
{
	const char *project = trust->project;
	const struct layout_stamp *stamp;

	if (item->envelope->content != CONTENT_LAYOUT)
		return false;
	if (!*project && before)
		project = before->envelope->layout->stamp.project;
	stamp = &item->envelope->layout->stamp;
	return !strcmp(stamp->name, name) &&
	       (!*project || !strcmp(stamp->project, project));
}

static void name_doubts(struct report *warnings, const char *name,
			const struct pending_item *item, const char *outcome)
{
	if (!warnings)
		return;
	for (size_t i = 0; i < item->doubts.n; i++)
		report_warn(warnings,
			    "pending version %" PRIu64
			    " of layout '%s', sha256:%.*s: %s",
			    version_of(item->envelope), name, PENDING_SHORT,
			    item->digest, item->doubts.items[i]);
	if (outcome)
		report_warn(warnings,
			    "pending version %" PRIu64
			    " of layout '%s', sha256:%.*s, is ignored: %s",
			    version_of(item->envelope), name, PENDING_SHORT,
			    item->digest, outcome);
}

static int higher_first(const void *a, const void *b)
{
	const struct pending_item *x = *(const struct pending_item *const *)a;
	const struct pending_item *y = *(const struct pending_item *const *)b;
	const uint64_t m = version_of(x->envelope);
	const uint64_t n = version_of(y->envelope);

	return m != n ? (m < n) - (m > n) : strcmp(x->digest, y->digest);
}

size_t draft_candidates(const struct pending_item ***out,
			const struct pending *pending, const char *name,
			const struct trust *trust, const struct inforce *before,
			int64_t now, struct report *warnings)
{
	static const char nobodys[] = "no owner who is trusted here signed it";
	const uint64_t version = version_in_force(before);
	size_t kept = 0;

	*out = xcalloc(pending->n + 1, sizeof(**out));
	for (size_t i = 0; i < pending->refused.n; i++) {
		const struct pending_item *item = &pending->refused.items[i];

		if (is_of(item, name, trust, before) &&
		    version_of(item->envelope) > version)
			name_doubts(warnings, name, item, nobodys);
	}
	for (size_t i = 0; i < pending->n; i++) {
		const struct pending_item *item = &pending->items[i];
		scoped_value(strlist) missing = STRLIST_INIT;
		size_t n = 0;

		if (!is_of(item, name, trust, before) ||
		    version_of(item->envelope) <= version)
			continue;
		pending_missing(&n, &missing, item->envelope, trust->keys,
				trust->n_keys, now);
		name_doubts(warnings, name, item, n ? NULL : nobodys);
		if (n)
			(*out)[kept++] = item;
	}
	if (kept)
		qsort(*out, kept, sizeof(**out), higher_first);
	return kept;
}

/* Putting it in force would undo what another version has brought since. */
static int overtaken(const char *name, uint64_t version,
		     struct intoto_error *err)
{
	intoto_fail(err, INTOTO_EINVALID,
		    "the draft of layout '%s' was made before version %" PRIu64
		    ", which is in force now",
		    name, version);
	return intoto_hint(err,
			   "git intoto layout discard %s  # and make the "
			   "changes again, on version %" PRIu64,
			   name, version);
}

static bool is_stamped(const struct envelope *draft,
		       const struct layout_stamp *stamp)
{
	const struct layout_stamp *is = &draft->layout->stamp;

	return is->version == stamp->version && is->name &&
	       !strcmp(is->name, stamp->name) &&
	       !strcmp(is->project, stamp->project);
}

/* The same layout with this stamp's line at the end of its readme, and without
 * signatures. */
static int restamp(struct envelope **envelope, const struct layout_stamp *stamp,
		   struct intoto_error *err)
{
	scoped_json part = json_deep_copy((*envelope)->layout->signed_part);
	scoped_text readme =
		draft_stamped_readme((*envelope)->layout->readme, stamp);
	struct envelope *stamped = NULL;

	json_object_set_new(part, "readme", json_string(readme));
	if (envelope_from_json(&stamped, part, err) < 0)
		return -1;
	envelope_free(*envelope);
	*envelope = stamped;
	return 0;
}

/* This clone's draft as the next version. A signed one that was imported may
 * be of a later version than the next. Signatures made for another project are
 * of no use. */
static int prepare_local(struct layout_draft *draft, struct repo *repo,
			 const char *project, int64_t now,
			 struct intoto_error *err)
{
	const uint64_t version = version_in_force(draft->before);
	struct layout_stamp stamp = { .name = draft->name };

	if (draft_load(&draft->envelope, repo, draft->name, err) < 0)
		return -1;
	if (draft->before && draft_base(draft->envelope) < version)
		return overtaken(draft->name, version, err);
	if (layout_check_expiry(draft->envelope->layout, now, err) < 0)
		return intoto_hint(err, "git intoto layout set %s --expires 1y",
				   draft->name);
	stamp.version = draft->envelope->n_signatures
				? draft_base(draft->envelope) + 1
				: version + 1;
	snprintf(stamp.project, sizeof(stamp.project), "%s", project);
	if (!is_stamped(draft->envelope, &stamp)) {
		stamp.version = version + 1;
		if (restamp(&draft->envelope, &stamp, err) < 0)
			return -1;
	}
	draft->local = true;
	return 0;
}

/* Signatures from the notes come first, so that those lines stay as they are.
 */
static void join_pending(struct layout_draft *draft,
			 const struct pending *pending,
			 const struct trust *trust)
{
	const struct pending_item *item =
		pending_find(pending, draft->envelope);

	if (item && trust->n_keys)
		pending_join(draft->envelope, item->envelope);
	draft_settle(draft->envelope, trust);
	envelope_digest(draft->digest, draft->envelope);
}

int draft_load_joined(struct envelope **out, struct repo *repo,
		      const char *name, const struct trust *trust,
		      struct intoto_error *err)
{
	scoped_value(pending) pending = { 0 };
	scoped(layout_draft) draft = xcalloc(1, sizeof(*draft));

	if (draft_load(&draft->envelope, repo, name, err) < 0 ||
	    pending_read(&pending, repo, NULL, err) < 0)
		return -1;
	if (draft->envelope->n_signatures)
		join_pending(draft, &pending, trust);
	*out = take(draft->envelope);
	return 0;
}

static int take_item(struct layout_draft *draft,
		     const struct pending_item *item, struct intoto_error *err)
{
	scoped_value(buffer) line = BUFFER_INIT;

	envelope_free(draft->envelope);
	draft->envelope = NULL;
	draft->local = false;
	return envelope_append_line(&line, item->envelope, err) < 0 ||
			       envelope_read(&draft->envelope, line.data,
					     line.len, true, err) < 0
		       ? -1
		       : 0;
}

struct candidates {
	const struct pending_item **items;
	size_t n;
};

static void candidates_release(struct candidates *candidates)
{
	free(candidates->items);
}
SCOPED_RELEASE(candidates);

static int several(const char *name, const struct pending_item *const *items,
		   size_t n, struct intoto_error *err)
{
	scoped_value(buffer) list = BUFFER_INIT;

	for (size_t i = 0; i < n; i++)
		buffer_printf(&list, "%ssha256:%s", i ? ", " : "",
			      items[i]->digest);
	intoto_fail(err, INTOTO_EINVALID,
		    "%zu drafts of layout '%s', version %" PRIu64
		    ", are pending: %s",
		    n, name, version_of(items[0]->envelope),
		    buffer_text(&list));
	return intoto_hint(err,
			   "git intoto layout show --pending %s  # then "
			   "git intoto layout sign %s --digest sha256:%.*s",
			   name, name, PENDING_SHORT, items[0]->digest);
}

/* Why the draft that was asked for is none of the candidates. */
static int not_among(const struct layout_draft *draft,
		     const struct pending *pending, const char *wanted,
		     struct intoto_error *err)
{
	scoped_text shown = escape_text(wanted);

	for (size_t i = 0; i < pending->n; i++) {
		const struct pending_item *item = &pending->items[i];
		const struct layout_stamp *stamp;

		if (item->envelope->content != CONTENT_LAYOUT ||
		    !pending_is_named(item->digest, wanted))
			continue;
		stamp = &item->envelope->layout->stamp;
		if (strcmp(stamp->name, draft->name))
			return intoto_fail(err, INTOTO_EINVALID,
					   "the draft %s is of layout '%s', "
					   "not of '%s'",
					   shown, stamp->name, draft->name);
		if (stamp->version <= version_in_force(draft->before))
			return intoto_fail(
				err, INTOTO_EINVALID,
				"the draft %s was made to be version %" PRIu64
				", but version %" PRIu64 " is in force",
				shown, stamp->version,
				version_in_force(draft->before));
	}
	intoto_fail(err, INTOTO_ENOTFOUND,
		    "no pending draft of layout '%s' has the digest %s",
		    draft->name, shown);
	return intoto_hint(err, "git intoto layout show --pending %s",
			   draft->name);
}

static int choose_pending(struct layout_draft *draft,
			  const struct pending *pending,
			  const struct candidates *candidates,
			  const char *wanted, struct intoto_error *err)
{
	scoped_value(candidates) fit = { 0 };

	fit.items = xcalloc(candidates->n + 1, sizeof(*fit.items));
	for (size_t i = 0; i < candidates->n; i++) {
		const struct pending_item *item = candidates->items[i];

		if (wanted ? pending_is_named(item->digest, wanted)
			   : version_of(item->envelope) ==
				     version_of(candidates->items[0]->envelope))
			fit.items[fit.n++] = item;
	}
	if (fit.n > 1)
		return several(draft->name, fit.items, fit.n, err);
	if (fit.n)
		return take_item(draft, fit.items[0], err);
	if (wanted)
		return not_among(draft, pending, wanted, err);
	intoto_fail(err, INTOTO_ENOTFOUND, "there is no draft of layout '%s'",
		    draft->name);
	return intoto_hint(err, "git intoto layout new %s", draft->name);
}

static int load_before(struct layout_draft *draft, struct repo *repo,
		       const struct trust *trust, struct intoto_error *err)
{
	struct intoto_error why = { 0 };

	if (draft_published(&draft->before, repo, trust, draft->name, &why) ==
	    0) {
		draft->parent = draft->before->commit;
		return 0;
	}
	if (why.code == INTOTO_ENOTFOUND)
		return 0;
	*err = why;
	return -1;
}

/* Somebody must be trusted before anybody's draft can be chosen. */
static int check_trust(const struct layout_draft *draft,
		       const struct pending *pending, const struct trust *trust,
		       struct intoto_error *err)
{
	bool found = false;

	for (size_t i = 0; i < pending->n; i++)
		found |= is_of(&pending->items[i], draft->name, trust,
			       draft->before);
	if (trust->n_keys || !found)
		return 0;
	intoto_fail(err, INTOTO_ETRUST,
		    "a draft of layout '%s' is pending, but no owner's key is "
		    "trusted here",
		    draft->name);
	return intoto_hint(err, "git intoto trust add KEY");
}

static void name_others(struct layout_draft *draft,
			const struct candidates *candidates)
{
	for (size_t i = 0; i < candidates->n; i++)
		if (strcmp(candidates->items[i]->digest, draft->digest) &&
		    version_of(candidates->items[i]->envelope) >=
			    version_of(draft->envelope))
			strlist_add(&draft->others,
				    candidates->items[i]->digest);
}

int draft_choose(struct layout_draft **out, struct repo *repo, const char *name,
		 const struct trust *trust, const char *project,
		 const char *wanted, int64_t now, struct report *warnings,
		 struct intoto_error *err)
{
	scoped(layout_draft) draft = xcalloc(1, sizeof(*draft));
	scoped_value(pending) pending = { 0 };
	scoped_value(candidates) candidates = { 0 };

	draft->name = xstrdup(name);
	draft->parent = oid_null();
	draft_tidy(repo, name, trust);
	if (load_before(draft, repo, trust, err) < 0 ||
	    pending_read(&pending, repo, warnings, err) < 0)
		return -1;
	candidates.n = draft_candidates(&candidates.items, &pending, name,
					trust, draft->before, now, warnings);
	if (draft_exists(repo, name) &&
	    prepare_local(draft, repo, project, now, err) < 0)
		return -1;
	if (draft->local)
		join_pending(draft, &pending, trust);
	if ((!draft->local ||
	     (wanted && !pending_is_named(draft->digest, wanted))) &&
	    (check_trust(draft, &pending, trust, err) < 0 ||
	     choose_pending(draft, &pending, &candidates, wanted, err) < 0))
		return -1;
	if (!draft->local) {
		join_pending(draft, &pending, trust);
		if (draft_check_names(draft->envelope->layout, err) < 0 ||
		    layout_check_expiry(draft->envelope->layout, now, err) < 0)
			return -1;
	}
	name_others(draft, &candidates);
	*out = take(draft);
	return 0;
}
