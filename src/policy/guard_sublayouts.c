/* guard_sublayouts.c: layouts that come as lines of a tag's note, and the links
 * of their steps: each must be let in by one above it. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/guard_internal.h"
#include "policy/sublayouts.h"

struct guard_subs {
	const struct guard_note *note;
	bool read;
	const struct layout **versions; /* every one of every layout */
	size_t n_versions;
	struct envelope **items; /* the layouts of the note, old and pushed */
	size_t n;
	size_t n_lines;		     /* how many there are */
	const struct layout **known; /* those of them that are let in */
	size_t n_known;
};

struct guard_subs *guard_subs_new(const struct guard_note *note)
{
	struct guard_subs *subs = xcalloc(1, sizeof(*subs));

	subs->note = note;
	return subs;
}

void guard_subs_free(struct guard_subs *subs)
{
	if (!subs)
		return;
	for (size_t i = 0; i < subs->n; i++)
		envelope_free(subs->items[i]);
	free(subs->items);
	free(subs->versions);
	free(subs->known);
	free(subs);
}

static struct sublayouts all_of(const struct guard_subs *subs)
{
	return (struct sublayouts){ subs->items, subs->n,
				    subs->note->guard->now };
}

static void add_line(struct guard_subs *subs, const struct note_line *line)
{
	struct intoto_error ignored = { 0 };
	scoped(envelope) envelope = NULL;

	if (line->problem ||
	    envelope_read(&envelope, line->text, line->len, true, &ignored) <
		    0 ||
	    envelope->content != CONTENT_LAYOUT || envelope->n_signatures != 1)
		return;
	if (++subs->n_lines <= NOTE_SUBLAYOUTS_MAX)
		subs->items[subs->n++] = take(envelope);
}

/* Read once, and only where no layout in a ref of its own knows who signed. */
static void read_all(struct guard_subs *subs)
{
	const struct guard *guard = subs->note->guard;
	const struct note *note = subs->note->note;
	struct sublayouts all;

	if (subs->read)
		return;
	subs->read = true;
	subs->items = xcalloc(NOTE_SUBLAYOUTS_MAX, sizeof(*subs->items));
	subs->versions = xcalloc(guard->n_layouts + 1, sizeof(*subs->versions));
	subs->n_versions = guard->n_layouts;
	for (size_t i = 0; i < guard->n_layouts; i++)
		subs->versions[i] = guard->layouts[i].envelope->layout;
	for (size_t i = 0; i < note->n; i++)
		add_line(subs, &note->lines[i]);
	all = all_of(subs);
	subs->n_known = sublayouts_known(&subs->known, &all, subs->versions,
					 subs->n_versions);
}

const struct key *guard_subs_link_signer(struct guard_subs *subs,
					 const struct envelope *envelope)
{
	const char *parent = bind_parent(envelope->link);
	const int64_t now = subs->note->guard->now;
	const struct layout **layouts = NULL;
	const struct key *key;
	struct sublayouts all;
	size_t n;

	read_all(subs);
	if (!*parent)
		return layouts_step_signer(subs->known, subs->n_known, envelope,
					   now);
	all = all_of(subs);
	n = sublayouts_at(&layouts, &all, subs->versions, subs->n_versions,
			  parent);
	key = layouts_step_signer(layouts, n, envelope, now);
	free(layouts);
	return key;
}

const struct key *guard_subs_signer(struct guard_subs *subs,
				    const struct envelope *envelope)
{
	const int64_t now = subs->note->guard->now;
	const struct key *key = NULL;

	read_all(subs);
	for (size_t i = 0; i < subs->n_versions && !key; i++)
		key = sublayout_signer_in(subs->versions[i], envelope, now);
	for (size_t i = 0; i < subs->n_known && !key; i++)
		key = sublayout_signer_in(subs->known[i], envelope, now);
	return key;
}

int guard_judge_sublayout(const struct key **key, struct guard_subs *subs,
			  const struct envelope *envelope,
			  struct intoto_error *err)
{
	if (bind_sublayout(envelope->layout, subs->note->guard->project,
			   subs->note->key, err) < 0)
		return -1;
	read_all(subs);
	if (subs->n_lines > NOTE_SUBLAYOUTS_MAX)
		return intoto_reject(err, "note-limit",
				     "a note has more than %d sublayouts",
				     NOTE_SUBLAYOUTS_MAX);
	*key = guard_subs_signer(subs, envelope);
	return *key ? 0
		    : intoto_reject(err, "line-unknown-key",
				    "no layout lets a key '%.64s' with a good "
				    "signature write a sublayout for step '%s'",
				    envelope->signatures[0].keyid,
				    envelope->layout->sub.step
					    ? envelope->layout->sub.step
					    : "*");
}
