/* guard_links.c: links refs: every new line is a link, statement, seal or
 * withdrawal by somebody known, and stands there once. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/guard_internal.h"

/* The lines of one note that are new: identity and key material. */
struct identities {
	struct strlist by; /* "<identity> <material>" */
	struct strlist of; /* "<identity>" alone, sorted when complete */
};

static void identities_release(struct identities *identities)
{
	strlist_release(&identities->by);
	strlist_release(&identities->of);
}
SCOPED_RELEASE(identities);

static int read_line(struct envelope **out, const struct note_line *line,
		     struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;

	if (line->problem)
		return intoto_reject(err, "line-malformed", "it %s",
				     line->problem);
	if (envelope_read(&envelope, line->text, line->len, true, err) < 0) {
		scoped_text why = xstrdup(err->message);

		if (err->code != INTOTO_EINVALID && err->code != INTOTO_ELIMIT)
			return -1;
		return intoto_reject(err, "line-malformed", "%s", why);
	}
	if (envelope->n_signatures != 1)
		return intoto_reject(err, "line-malformed",
				     "a line has exactly one signature");
	*out = take(envelope);
	return 0;
}

static int judge_line(struct identities *identities,
		      struct guard_subject *subject,
		      const struct note_line *line, struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;
	const struct key *key = NULL;
	char identity[SHA256_HEX_SIZE];

	if (read_line(&envelope, line, err) < 0 ||
	    guard_judge_line(&key, subject, envelope, err) < 0)
		return -1;
	envelope_identity(identity, envelope);
	strlist_add(&identities->of, identity);
	strlist_addf(&identities->by, "%s %s", identity, key_material(key));
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of the lines that were there those whose bytes are signed once more. What
 * stood there twice before the guard came is nobody's fault now. */
static void add_old(struct identities *identities,
		    struct guard_subject *subject,
		    const struct guard_note *note)
{
	scoped_value(strlist) old = STRLIST_INIT;

	strlist_sort(&identities->of);
	for (size_t i = 0; i < note->old_note->n; i++) {
		scoped(envelope) envelope = NULL;
		struct intoto_error ignored = { 0 };
		char identity[SHA256_HEX_SIZE];
		const char *const wanted = identity;
		const struct key *key;

		if (read_line(&envelope, &note->old_note->lines[i], &ignored) <
		    0)
			continue;
		envelope_identity(identity, envelope);
		if (!bsearch(&wanted, identities->of.items, identities->of.n,
			     sizeof(*identities->of.items), by_text))
			continue;
		key = guard_line_signer(subject, envelope);
		if (key)
			strlist_addf(&old, "%s %s", identity,
				     key_material(key));
	}
	strlist_sort(&old);
	strlist_uniq(&old);
	strlist_add_all(&identities->by, &old);
}

/* The same bytes signed by the same key twice, in two spellings. */
static int judge_identities(struct identities *identities,
			    struct guard_subject *subject,
			    const struct guard_note *note,
			    struct intoto_error *err)
{
	struct strlist *by = &identities->by;

	if (!by->n)
		return 0;
	add_old(identities, subject, note);
	strlist_sort(by);
	for (size_t i = 1; i < by->n; i++)
		if (!strcmp(by->items[i - 1], by->items[i]))
			return intoto_reject(err, "line-twice",
					     "one link stands there twice");
	return 0;
}

static int judge_note(const struct guard_note *note, struct intoto_error *err)
{
	scoped_value(identities) identities = { STRLIST_INIT, STRLIST_INIT };
	scoped(guard_subject) subject = guard_subject_new(note);

	for (size_t i = 0; i < note->note->n; i++) {
		const struct note_line *line = &note->note->lines[i];
		bool is_new = false;

		if (guard_line_is_new(&is_new, note, line, err) < 0 ||
		    (is_new && judge_line(&identities, subject, line, err) < 0))
			return intoto_context(err, "line %zu: ", i + 1);
	}
	return judge_identities(&identities, subject, note, err);
}

void guard_judge_links(struct guard *guard, const struct guard_update *update)
{
	struct intoto_error err = { 0 };

	if (!guard_skips(guard, update, "links are never deleted") &&
	    guard_judge_growth(guard, update, judge_note, &err) < 0)
		guard_refuse_error(guard, update->ref, &err);
}
