/* A guarded tag: annotated, signed once, named as its ref, linked, equal to its
 * tree; and never moved or deleted. */
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/guard_internal.h"

static int read_note(struct note *out, struct guard *guard,
		     const struct oid *commit, const struct oid *key,
		     struct intoto_error *err)
{
	if (note_read_commit(out, guard->repo, commit, key, guard->max_line,
			     err) == 0)
		return 0;
	if (err->code == INTOTO_ELIMIT) {
		scoped_text why = xstrdup(err->message);

		return intoto_reject(err, "note-limit", "%s", why);
	}
	return -1;
}

int guard_note_after_push(struct note *out, struct guard *guard,
			  const struct oid *key, struct intoto_error *err)
{
	scoped_text ref = notes_links_ref(key);
	scoped_text there = guard_receiver_ref(guard, ref);
	struct intoto_error why = { 0 };
	struct oid tip;

	if (!there) {
		/* Pre-push to a URL: what is here may be there as well. */
		if (note_read(out, guard->repo, ref, key, err) < 0)
			return -1;
		report_warn(guard->report,
			    "whether '%s' has the links is not known here",
			    guard->push->remote);
	} else if (!refs_read(&tip, guard->repo, there, &why)) {
		if (read_note(out, guard, &tip, key, err) < 0)
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
		if (read_note(&pushed, guard, &update->new_oid, key, err) < 0)
			return -1;
		note_union(out, &pushed);
	}
	return 0;
}

/* Has the pusher a link of it that the receiving side lacks? */
static bool is_linked_here(const struct guard *guard,
			   const struct tag_facts *facts)
{
	scoped_text ref = notes_links_ref(&facts->tag.oid);
	struct intoto_error ignored = { 0 };
	scoped_value(note) note = { 0 };

	return guard->push->event == GUARD_PRE_PUSH &&
	       note_read(&note, guard->repo, ref, &facts->tag.oid, &ignored) ==
		       0 &&
	       guard_has_link(guard, &note, facts->ref, &facts->tag.oid);
}

/* What brings the tag in with its proof. */
static char *hint_of(const struct guard *guard, const struct tag_facts *facts)
{
	scoped_text name = quote_word(facts->tag.name);
	scoped_text remote = NULL;

	if (guard->push->event != GUARD_PRE_PUSH)
		return xasprintf("git intoto push REMOTE %s   # or first: git "
				 "intoto tag --existing %s",
				 name, name);
	remote = quote_word(guard->push->remote);
	return is_linked_here(guard, facts)
		       ? xasprintf("git intoto push %s %s", remote, name)
		       : xasprintf("git intoto tag --existing %s", name);
}

/* Findings of the tag's own checks, said of the ref. */
static void refuse_all(struct guard *guard, const struct tag_facts *facts,
		       struct report *report)
{
	for (size_t i = 0; i < report->n; i++) {
		struct finding *finding = &report->items[i];

		finding_set(&finding->artifact, "%s", facts->ref);
		if (!strcmp(finding->reason, "tag-unlinked")) {
			scoped_text hint = hint_of(guard, facts);

			finding_set(&finding->hint, "%s", hint);
		}
	}
	report_append(guard->report, report);
}

static int judge_proof(struct guard *guard, const struct tag_facts *facts,
		       const struct layout *const *layouts, size_t n,
		       struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	scoped_value(note) note = { 0 };
	scoped(tag_links) links = NULL;
	bool any = false, revoked = false;

	if (guard_note_after_push(&note, guard, &facts->tag.oid, err) < 0 ||
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
	refuse_all(guard, facts, &report);
	return 0;
}

/* Hashing a tree is for tags that somebody signed who may: a stranger's push
 * of a thousand tags costs a thousand signatures, not as many trees. */
static int judge_signers(bool *good, struct guard *guard,
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
	refuse_all(guard, facts, &report);
	return 0;
}

static int judge_new(struct guard *guard, struct tag_facts *facts,
		     const struct layout *const *layouts, size_t n,
		     struct intoto_error *err)
{
	bool good = false;

	if (judge_signers(&good, guard, facts, layouts, n, err) < 0)
		return -1;
	if (!good)
		return 0;
	if (tag_facts_read_tree(facts, guard->repo, NULL, err) < 0)
		return -1;
	return judge_proof(guard, facts, layouts, n, err);
}

/* The new object, whatever was there. */
static void judge_object(struct guard *guard, const struct guard_update *update)
{
	const struct layout **layouts = NULL;
	struct intoto_error err = { 0 };
	scoped(tag_facts) facts = NULL;
	size_t n;

	if (tag_facts_read_tag(&facts, guard->repo, update->ref,
			       &update->new_oid, guard->project, &err) < 0) {
		guard_refuse_error(guard, update->ref, &err);
		return;
	}
	if (guard_leaves_to_pre_receive(guard))
		return;
	if (guard_check_case(guard, update->ref, &err) < 0) {
		guard_refuse_error(guard, update->ref, &err);
		return;
	}
	n = guard_policy(&layouts, guard, update->ref);
	/* One layout that is missing or expired has refused the ref already;
	 * the others still say what they think. */
	if (n && judge_new(guard, facts, layouts, n, &err) < 0)
		guard_refuse_error(guard, update->ref, &err);
	free(layouts);
}

void guard_judge_tag(struct guard *guard, const struct guard_update *update)
{
	const bool changes =
		!oid_is_null(&update->old) || oid_is_null(&update->new_oid);

	if (changes && !guard_leaves_to_pre_receive(guard) &&
	    guard_judge_change(guard, update) == GUARD_CHANGE_REFUSED)
		return;
	if (!oid_is_null(&update->new_oid))
		judge_object(guard, update);
}

bool guard_has_link(const struct guard *guard, const struct note *note,
		    const char *ref, const struct oid *tag)
{
	char id[OID_HEX_SIZE];

	oid_hex(id, tag);
	for (size_t i = 0; i < note->n; i++) {
		const struct note_line *line = &note->lines[i];
		struct intoto_error ignored = { 0 };
		scoped(envelope) envelope = NULL;
		const json_t *git;
		const char *named, *about;

		if (line->problem ||
		    envelope_read(&envelope, line->text, line->len, true,
				  &ignored) < 0 ||
		    envelope->content != CONTENT_LINK ||
		    envelope->n_signatures != 1)
			continue;
		git = json_object_get(envelope->link->environment, "git");
		named = json_string_value(json_object_get(git, "ref"));
		about = json_string_value(json_object_get(git, "tag"));
		if (named && about && !strcmp(named, ref) &&
		    !strcmp(about, id) && guard_signer(guard, envelope))
			return true;
	}
	return false;
}

void guard_judge_linked(struct guard *guard, const struct guard_update *update)
{
	scoped_value(note) note = { 0 };
	struct intoto_error err = { 0 };
	struct oid there;

	if (guard_leaves_to_pre_receive(guard))
		return;
	if (guard_read_value(&there, guard, update, &err) < 0 ||
	    (!oid_is_null(&there) &&
	     guard_note_after_push(&note, guard, &there, &err) < 0)) {
		guard_refuse_error(guard, update->ref, &err);
		return;
	}
	if (guard_has_link(guard, &note, update->ref, &there) &&
	    guard_judge_change(guard, update) == GUARD_CHANGE_MOVED)
		judge_object(guard, update);
}
