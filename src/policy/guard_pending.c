/* guard_pending.c: drafts short of their threshold: notes that only grow, each
 * line by somebody who may sign such a layout or root. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/guard_internal.h"
#include "policy/pending.h"

static bool is_signed_by(const struct guard *guard,
			 const struct envelope *envelope,
			 const struct root_role *role)
{
	for (size_t i = 0; i < role->n_keys; i++) {
		struct intoto_error ignored = { 0 };

		if (!envelope_verify(envelope, role->keys[i], guard->now,
				     &ignored))
			return true;
	}
	return false;
}

/* The version that is pinned and not in force yet needs no other voucher. */
static bool is_pinned(const struct guard *guard,
		      const struct envelope *envelope)
{
	char digest[SHA256_HEX_SIZE];

	envelope_digest(digest, envelope);
	return !strcmp(digest, guard->trust->root_pin);
}

/* A root draft: by a key that may sign roots, of any version, also of one that
 * comes along: a draft that was published stays. */
static bool is_by_root_key(const struct guard *guard,
			   const struct envelope *envelope)
{
	const struct root_chain *chain =
		guard->pushed_root ? guard->pushed_root : guard->trust->chain;

	if (!chain)
		return is_pinned(guard, envelope)
			       ? is_signed_by(guard, envelope,
					      &envelope->root->root)
			       : trust_owner_once(guard->trust, envelope,
						  guard->now) != NULL;
	for (size_t i = chain->n; i-- > 0;)
		if (is_signed_by(guard, envelope,
				 &chain->versions[i]->root->root))
			return true;
	return false;
}

/* All lines of a note are over the same signed part. */
static bool is_vouched(const struct guard_note *note)
{
	for (size_t i = 0; i < note->note->n; i++) {
		scoped(envelope) envelope = NULL;
		struct intoto_error ignored = { 0 };

		if (!pending_check_line(&envelope, note->key,
					&note->note->lines[i], &ignored) &&
		    envelope->content == CONTENT_ROOT &&
		    is_by_root_key(note->guard, envelope))
			return true;
	}
	return false;
}

static int unknown(struct intoto_error *err)
{
	return intoto_reject(err, "line-unknown-key",
			     "the draft is not signed by a key that may sign "
			     "it");
}

/* Who is to come into the root signs it as well, once one who is in it has. */
static int judge_root(const struct guard_note *note,
		      const struct envelope *envelope, bool *vouched,
		      struct intoto_error *err)
{
	const struct guard *guard = note->guard;

	if (*guard->project && strcmp(guard->project, envelope->root->project))
		return intoto_reject(err, "root-project",
				     "the root is of project %s, expected %s",
				     envelope->root->project, guard->project);
	if (is_by_root_key(guard, envelope)) {
		*vouched = true;
		return 0;
	}
	if (!is_signed_by(guard, envelope, &envelope->root->root))
		return unknown(err);
	if (!*vouched)
		*vouched = is_vouched(note);
	return *vouched ? 0 : unknown(err);
}

static int judge_layout(const struct guard *guard,
			const struct envelope *envelope,
			struct intoto_error *err)
{
	const char *project = envelope->layout->stamp.project;

	if (*guard->project && strcmp(guard->project, project))
		return intoto_reject(err, "layout-foreign",
				     "the layout is of project %s, expected %s",
				     project, guard->project);
	if (guard_names_revoke(envelope->layout))
		return intoto_reject(err, "layout-reserved",
				     "'revoke' is reserved, and no step or "
				     "inspection");
	if (trust_owner_once(guard->trust, envelope, guard->now) ||
	    (guard->pushed_root &&
	     is_signed_by(guard, envelope,
			  &root_chain_last(guard->pushed_root)->owners)))
		return 0;
	return unknown(err);
}

static int judge_note(const struct guard_note *note, struct intoto_error *err)
{
	bool vouched = false;

	for (size_t i = 0; i < note->note->n; i++) {
		const struct note_line *line = &note->note->lines[i];
		scoped(envelope) envelope = NULL;
		bool is_new = false;

		if (guard_line_is_new(&is_new, note, line, err) < 0)
			return -1;
		if (!is_new)
			continue;
		if (pending_check_line(&envelope, note->key, line, err) < 0 ||
		    (envelope->content == CONTENT_ROOT
			     ? judge_root(note, envelope, &vouched, err)
			     : judge_layout(note->guard, envelope, err)) < 0)
			return intoto_context(err, "line %zu: ", i + 1);
	}
	return 0;
}

void guard_judge_pending(struct guard *guard, const struct guard_update *update)
{
	struct intoto_error err = { 0 };

	if (!guard_skips(guard, update, "drafts are never deleted") &&
	    guard_judge_growth(guard, update, judge_note, &err) < 0)
		guard_refuse_error(guard, update->ref, &err);
}
