/* tag_links.c: the links among the lines of a tag's note. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/judge_internal.h"
#include "policy/sublayouts.h"

#define WARNINGS_SHOWN 20

void tag_links_free(struct tag_links *links)
{
	if (!links)
		return;
	for (size_t i = 0; i < links->n; i++)
		envelope_free(links->envelopes[i]);
	for (size_t i = 0; i < links->n_withdrawals; i++)
		envelope_free(links->withdrawals[i]);
	for (size_t i = 0; i < links->n_statements; i++)
		envelope_free(links->statements[i]);
	free(links->envelopes);
	free(links->withdrawals);
	free(links->statements);
	free(links->bindings);
	free(links->candidates);
	note_release(&links->note);
	strlist_release(&links->origins);
	strlist_release(&links->withdrawn);
	report_release(&links->problems);
	free(links);
}

struct reading {
	struct tag_links *links;
	const struct tag_facts *facts;
	struct report *warnings;
	size_t *n_warned;
	size_t *n_layouts;
};

__attribute__((format(printf, 2, 3))) static void
warn(const struct reading *reading, const char *fmt, ...)
{
	scoped_text text = NULL;
	va_list args;

	if (!reading->warnings || ++*reading->n_warned > WARNINGS_SHOWN)
		return;
	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	report_warn(reading->warnings, "%s", text);
}

static void refuse_link(const struct reading *reading, const char *origin,
			const struct link *link, const struct intoto_error *why)
{
	struct finding *finding =
		report_refuse(&reading->links->problems, why->reason,
			      "step '%s': %s is not of this tag: %s",
			      link->name, origin, why->message);

	finding_set(&finding->step, "%s", link->name);
	warn(reading, "step '%s': %s is not of this tag: %s [%s]", link->name,
	     origin, why->message, why->reason);
}

static void add_link(struct tag_links *links, struct envelope *envelope,
		     enum binding binding, const char *origin)
{
	const size_t n = links->n + 1;

	links->envelopes =
		xrealloc(links->envelopes, n, sizeof(*links->envelopes));
	links->bindings =
		xrealloc(links->bindings, n, sizeof(*links->bindings));
	links->candidates =
		xrealloc(links->candidates, n, sizeof(*links->candidates));
	strlist_add(&links->origins, origin);
	links->envelopes[n - 1] = envelope;
	links->bindings[n - 1] = binding;
	links->candidates[n - 1] = (struct chain_link){
		.envelope = envelope,
		.origin = links->origins.items[n - 1],
		.link = envelope->link,
	};
	links->n = n;
}

static void add_withdrawal(const struct reading *reading,
			   struct envelope *envelope, enum binding binding,
			   const char *origin)
{
	struct tag_links *links = reading->links;
	const size_t n = links->n_withdrawals + 1;

	if (binding != BOUND_BY_NAME || !bind_revokes(envelope->link)) {
		warn(reading, "%s is named 'revoke' and withdraws nothing",
		     origin);
		envelope_free(envelope);
		return;
	}
	links->withdrawals =
		xrealloc(links->withdrawals, n, sizeof(*links->withdrawals));
	links->withdrawals[n - 1] = envelope;
	links->n_withdrawals = n;
}

static void add_statement(struct tag_links *links, struct envelope *envelope)
{
	const size_t n = links->n_statements + 1;

	links->statements =
		xrealloc(links->statements, n, sizeof(*links->statements));
	links->statements[n - 1] = envelope;
	links->n_statements = n;
}

/* NULL: counted as a link, if it is bound. */
static const char *link_problem(const struct envelope *envelope)
{
	if (envelope->content == CONTENT_ROOT)
		return "is no link, and has no place in a note of links";
	if (envelope->n_signatures != 1)
		return "has not exactly one signature";
	return NULL;
}

/* What it stands for is asked of the layouts, when they are judged. */
static void read_layout(const struct reading *reading,
			struct envelope *envelope, size_t number)
{
	struct intoto_error why = { 0 };
	scoped_text origin = NULL;
	char identity[SHA256_HEX_SIZE];

	envelope_identity(identity, envelope);
	origin = xasprintf("sublayout %.12s (line %zu of the note)", identity,
			   number);
	if (++*reading->n_layouts > NOTE_SUBLAYOUTS_MAX)
		warn(reading, "%s is one of more than %d: not counted", origin,
		     NOTE_SUBLAYOUTS_MAX);
	else if (bind_sublayout(envelope->layout, reading->facts->project,
				&reading->facts->tag.oid, &why) < 0)
		warn(reading, "%s does not count: %s [%s]", origin, why.message,
		     why.reason);
	else
		add_link(reading->links, take(envelope), BOUND_BY_CONTENT,
			 origin);
	envelope_free(envelope);
}

static int read_line(const struct reading *reading, size_t number,
		     const struct note_line *line, struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;
	scoped_text origin = NULL;
	struct intoto_error why = { 0 };
	char identity[SHA256_HEX_SIZE];
	enum binding binding;
	const char *problem = line->problem;

	if (problem) {
		warn(reading, "line %zu of the note %s: not counted", number,
		     problem);
		return 0;
	}
	if (envelope_read(&envelope, line->text, line->len, true, &why) < 0) {
		warn(reading, "line %zu of the note is malformed: %s", number,
		     why.message);
		return 0;
	}
	problem = link_problem(envelope);
	if (problem) {
		warn(reading, "line %zu of the note %s: not counted", number,
		     problem);
		return 0;
	}
	if (envelope->content == CONTENT_STATEMENT) {
		add_statement(reading->links, take(envelope));
		return 0;
	}
	if (envelope->content == CONTENT_LAYOUT) {
		read_layout(reading, take(envelope), number);
		return 0;
	}
	envelope_identity(identity, envelope);
	origin = xasprintf("link %.12s (line %zu of the note)", identity,
			   number);
	if (bind_link(&binding, envelope->link, reading->facts, &why) == 0) {
		struct envelope *taken = take(envelope);

		if (!strcmp(taken->link->name, "revoke"))
			add_withdrawal(reading, taken, binding, origin);
		else
			add_link(reading->links, taken, binding, origin);
		return 0;
	}
	if (why.code != INTOTO_EREJECTED) {
		if (err)
			*err = why;
		return -1;
	}
	refuse_link(reading, origin, envelope->link, &why);
	return 0;
}

static int note_read_object(struct note *note, struct repo *repo,
			    const struct oid *oid, struct intoto_error *err)
{
	scoped_text ref = notes_links_ref(oid);
	scoped_value(note) found = { 0 };
	struct intoto_error why = { 0 };

	if (note_read(&found, repo, ref, oid, &why) == 0) {
		note_union(note, &found);
		return 0;
	}
	if (why.code == INTOTO_ELIMIT) {
		intoto_reject(err, "note-limit", "%s", why.message);
		return intoto_hint(err, "%s", why.hint);
	}
	if (err)
		*err = why;
	return -1;
}

int tag_links_read(struct tag_links **out, struct repo *repo,
		   const struct tag_facts *facts, const struct note *note,
		   const struct layout *const *layouts, size_t n_layouts,
		   int64_t now, struct report *warnings,
		   struct intoto_error *err)
{
	scoped(tag_links) links = xcalloc(1, sizeof(*links));
	size_t n_warned = 0;
	size_t n_sublayouts = 0;
	const struct reading reading = { links, facts, warnings, &n_warned,
					 &n_sublayouts };

	if (note)
		note_union(&links->note, note);
	else if ((facts->ref && note_read_object(&links->note, repo,
						 &facts->tag.oid, err) < 0) ||
		 note_read_object(&links->note, repo, &facts->tag.commit, err) <
			 0)
		return -1;
	for (size_t i = 0; i < links->note.n; i++)
		if (read_line(&reading, i + 1, &links->note.lines[i], err) < 0)
			return -1;
	if (n_warned > WARNINGS_SHOWN)
		report_warn(warnings, "%zu more lines of the note: not counted",
			    n_warned - WARNINGS_SHOWN);
	tag_links_withdraw_own(links, layouts, n_layouts, now);
	*out = take(links);
	return 0;
}
