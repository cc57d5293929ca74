/* A guarded tag: annotated, signed once, named as its ref, linked, equal to its
 * tree; and never moved or deleted. */
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/guard_internal.h"

/* Lines of the note on `key`, as the receiving side will have them: what is
 * there, and what this push brings. */
static int note_after_push(struct note *out, struct guard *guard,
			   const struct oid *key, struct intoto_error *err)
{
	scoped_text ref = notes_links_ref(key);
	scoped_text there = guard_receiver_ref(guard, ref);
	struct intoto_error why = { 0 };
	struct oid tip;

	if (!there) {
		; /* pre-push to a URL: nothing is known of that side */
	} else if (!refs_read(&tip, guard->repo, there, &why)) {
		if (note_read_commit(out, guard->repo, &tip, key,
				     guard->max_line, err) < 0)
			return -1;
	} else if (why.code != INTOTO_ENOTFOUND) {
		*err = why;
		return -1;
	}
	for (size_t i = 0; i < guard->push->n; i++) {
		const struct guard_update *update = &guard->push->updates[i];
		scoped_value(note) pushed = { 0 };

		if (strcmp(update->ref, ref) || oid_is_null(&update->new_oid))
			continue;
		if (note_read_commit(&pushed, guard->repo, &update->new_oid,
				     key, guard->max_line, err) < 0)
			return -1;
		note_union(out, &pushed);
	}
	return 0;
}

/* Findings of the tag's own checks, said of the ref. */
static void refuse_all(struct guard *guard, const char *ref,
		       struct report *report)
{
	scoped_text name = quote_word(refs_short(ref));

	for (size_t i = 0; i < report->n; i++) {
		finding_set(&report->items[i].artifact, "%s", ref);
		if (!report->items[i].hint &&
		    !strcmp(report->items[i].reason, "tag-unlinked"))
			finding_set(&report->items[i].hint,
				    "git intoto tag --existing %s", name);
	}
	report_append(guard->report, report);
}

static int judge_proof(struct guard *guard, const char *ref,
		       const struct tag_facts *facts,
		       const struct layout *const *layouts, size_t n,
		       struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	scoped_value(note) note = { 0 };
	scoped(tag_links) links = NULL;
	bool any = false, revoked = false;

	if (note_after_push(&note, guard, &facts->tag.oid, err) < 0 ||
	    tag_links_read(&links, guard->repo, facts, &note, layouts, n,
			   guard->now, &report, err) < 0)
		return -1;
	tag_links_withdraw(&revoked, links, guard->trust, guard->now);
	if (revoked)
		report_refuse(&report, "tag-revoked",
			      "the owners have withdrawn this tag");
	for (size_t i = 0; i < n; i++) {
		if (!layout_step(layouts[i], guard->tag_step))
			continue;
		any = true;
		if (judge_tag_step(&report, layouts[i], guard->tag_step, facts,
				   links, JUDGE_ONE_LINK, guard->now, err) < 0)
			return -1;
	}
	if (!any)
		report_refuse(&report, "no-tag-step",
			      "no layout in force has a step '%s'",
			      guard->tag_step);
	refuse_all(guard, ref, &report);
	return 0;
}

/* Hashing a tree is for tags that somebody signed who may: a stranger's push
 * of a thousand tags costs a thousand signatures, not as many trees. */
static int judge_signers(bool *good, struct guard *guard, const char *ref,
			 const struct tag_facts *facts,
			 const struct layout *const *layouts, size_t n,
			 struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;

	for (size_t i = 0; i < n; i++)
		if (judge_tag_signer(&report, layouts[i], guard->tag_step,
				     facts, guard->now, err) < 0)
			return -1;
	*good = !report.n;
	refuse_all(guard, ref, &report);
	return 0;
}

static int judge_new(struct guard *guard, const char *ref,
		     struct tag_facts *facts,
		     const struct layout *const *layouts, size_t n,
		     struct intoto_error *err)
{
	bool good = false;

	if (judge_signers(&good, guard, ref, facts, layouts, n, err) < 0)
		return -1;
	if (!good)
		return 0;
	if (tag_facts_read_tree(facts, guard->repo, NULL, err) < 0)
		return -1;
	return judge_proof(guard, ref, facts, layouts, n, err);
}

void guard_judge_tag(struct guard *guard, const struct guard_update *update)
{
	const struct layout **layouts = NULL;
	struct intoto_error err = { 0 };
	scoped(tag_facts) facts = NULL;
	size_t n;

	if (oid_is_null(&update->new_oid)) {
		guard_refuse(guard, update->ref, "tag-deleted",
			     "a guarded tag is never deleted");
		return;
	}
	if (!oid_is_null(&update->old)) {
		guard_refuse(guard, update->ref, "tag-moved",
			     "a guarded tag is never moved");
		return;
	}
	if (tag_facts_read_tag(&facts, guard->repo, update->ref,
			       &update->new_oid, guard->project, &err) < 0) {
		guard_refuse_error(guard, update->ref, &err);
		return;
	}
	if (guard_leaves_to_pre_receive(guard))
		return;
	n = guard_policy(&layouts, guard, update->ref);
	/* One layout that is missing or expired has refused the ref already;
	 * the others still say what they think. */
	if (n && judge_new(guard, update->ref, facts, layouts, n, &err) < 0)
		guard_refuse_error(guard, update->ref, &err);
	free(layouts);
}
