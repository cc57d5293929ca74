/* guard_change.c: a tag that is there: who may move or delete it, and which
 * names may stand beside each other. */
#include <string.h>
#include <strings.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/guard_internal.h"
#include "repo/config.h"

/* Is a link among the lines that takes the whole tag back? Nothing is hashed
 * for a note without one. */
static bool has_withdrawal(const struct note *note)
{
	for (size_t i = 0; i < note->n; i++) {
		const struct note_line *line = &note->lines[i];
		struct intoto_error ignored = { 0 };
		scoped(envelope) envelope = NULL;
		const char *revokes;

		if (line->problem ||
		    envelope_read(&envelope, line->text, line->len, true,
				  &ignored) < 0 ||
		    envelope->content != CONTENT_LINK)
			continue;
		revokes = bind_revokes(envelope->link);
		if (revokes && !strcmp(revokes, "tag"))
			return true;
	}
	return false;
}

/* Withdrawn by the threshold of the owners, counting the lines that are there
 * and those of this push. What cannot be read cannot have been withdrawn. */
static int is_revoked(bool *out, struct guard *guard,
		      const struct guard_update *update,
		      struct intoto_error *err)
{
	scoped_value(note) note = { 0 };
	scoped(tag_facts) facts = NULL;
	scoped(tag_links) links = NULL;

	*out = false;
	if (guard_note_after_push(&note, guard, &update->old, err) < 0)
		return -1;
	if (!has_withdrawal(&note))
		return 0;
	if (tag_facts_read(&facts, guard->repo, update->ref, &update->old,
			   guard->project, NULL, err) < 0)
		return err->code == INTOTO_EREJECTED ? 0 : -1;
	if (tag_links_read(&links, guard->repo, facts, &note, NULL, 0,
			   guard->now, NULL, err) < 0)
		return -1;
	tag_links_withdraw(out, links, guard->trust, guard->now);
	return 0;
}

/* Both times are signed by those who tagged, so that an older tag cannot be
 * brought back by somebody who has only its object. */
static int check_newer(const struct guard *guard,
		       const struct guard_update *update,
		       struct intoto_error *err)
{
	scoped_value(tag_object) before = { 0 };
	scoped_value(tag_object) after = { 0 };
	struct intoto_error ignored = { 0 };

	/* What the new one is worth by itself is judged elsewhere. */
	if (tag_object_read(&before, guard->repo, &update->old, &ignored) < 0 ||
	    tag_object_read(&after, guard->repo, &update->new_oid, &ignored) <
		    0 ||
	    after.tagger_time >= before.tagger_time)
		return 0;
	return intoto_reject(err, "tag-older",
			     "the tag is older than the one that it would "
			     "take the place of");
}

static enum guard_change refuse(struct guard *guard,
				const struct guard_update *update,
				const struct intoto_error *err)
{
	guard_refuse_error(guard, update->ref, err);
	return GUARD_CHANGE_REFUSED;
}

int guard_read_value(struct oid *out, struct guard *guard,
		     const struct guard_update *update,
		     struct intoto_error *err)
{
	struct intoto_error why = { 0 };

	*out = update->old;
	if (guard->push->event == GUARD_PRE_PUSH ||
	    refs_read(out, guard->repo, update->ref, &why) == 0)
		return 0;
	if (why.code != INTOTO_ENOTFOUND) {
		*err = why;
		return -1;
	}
	*out = oid_null();
	return 0;
}

/* A tag is deleted also by who says wrongly what it is, or that there is none:
 * git compares the value only if it knows the object. */
static int check_claim(struct guard *guard, const struct guard_update *update,
		       struct intoto_error *err)
{
	struct oid there;

	if (guard_read_value(&there, guard, update, err) < 0)
		return -1;
	return !oid_is_null(&there) && oid_equal(&there, &update->old)
		       ? 0
		       : intoto_reject(err, "tag-deleted",
				       "the push does not say which tag it "
				       "deletes");
}

enum guard_change guard_judge_change(struct guard *guard,
				     const struct guard_update *update)
{
	const bool gone = oid_is_null(&update->new_oid);
	scoped_text name = quote_word(refs_short(update->ref));
	struct intoto_error err = { 0 };
	struct finding *finding;
	bool revoked = false;

	if ((gone && check_claim(guard, update, &err) < 0) ||
	    is_revoked(&revoked, guard, update, &err) < 0)
		return refuse(guard, update, &err);
	if (revoked)
		return GUARD_CHANGE_REVOKED;
	if (!gone && guard_is_movable(guard->repo, update->ref))
		return check_newer(guard, update, &err) < 0
			       ? refuse(guard, update, &err)
			       : GUARD_CHANGE_MOVED;
	finding = gone ? guard_refuse(guard, update->ref, "tag-deleted",
				      "a guarded tag is never deleted, unless "
				      "its owners withdrew it")
		       : guard_refuse(guard, update->ref, "tag-moved",
				      "a guarded tag is never moved, unless "
				      "its owners withdrew it");
	finding_set(&finding->hint, "git intoto revoke %s", name);
	return GUARD_CHANGE_REFUSED;
}

static bool clashes(const char *a, const char *b)
{
	return strcmp(a, b) && !strcasecmp(a, b);
}

static int refuse_clash(const char *other, struct intoto_error *err)
{
	return intoto_reject(err, "tag-case-clash",
			     "its name differs from '%s' by case alone", other);
}

int guard_check_case(const struct guard *guard, const char *ref,
		     struct intoto_error *err)
{
	static const char *const tags[] = { "refs/tags/", NULL };
	scoped_value(refs) refs = { 0 };
	bool wanted = false;

	if (config_get_bool(&wanted, guard->repo, "intoto.refusecaseclash",
			    false, err) < 0)
		return -1;
	if (!wanted)
		return 0;
	for (size_t i = 0; i < guard->push->n; i++) {
		const struct guard_update *update = &guard->push->updates[i];

		if (!oid_is_null(&update->new_oid) && clashes(update->ref, ref))
			return refuse_clash(update->ref, err);
	}
	if (guard->push->event == GUARD_PRE_PUSH)
		return 0;
	if (refs_list(&refs, guard->repo, tags, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++)
		if (clashes(refs.items[i].name, ref))
			return refuse_clash(refs.items[i].name, err);
	return 0;
}
