/* explain.c: what each rule did with the queue, for those who must mend it. */
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "verify/rules_internal.h"

#define NAMES_SHOWN 10
#define PLACES_SHOWN 8
#define STOPPED_SHOWN 3

/* A set of names, the first of which are kept. */
struct names {
	size_t first[NAMES_SHOWN];
	size_t n;
};

static void names_add(struct names *names, size_t index)
{
	if (names->n < NAMES_SHOWN)
		names->first[names->n] = index;
	names->n++;
}

/* "3: 'a', 'b', 'c'"; "0" */
static void append_names(struct buffer *out, const struct side *side,
			 const struct names *names)
{
	buffer_printf(out, "%zu", names->n);
	for (size_t i = 0; i < names->n && i < NAMES_SHOWN; i++)
		buffer_printf(out, "%s'%s'", i ? ", " : ": ",
			      artifacts_at(side->set, names->first[i]).name);
	if (names->n > NAMES_SHOWN)
		buffer_printf(out, " and %zu more", names->n - NAMES_SHOWN);
}

static void names_queued(struct names *names, const struct side *side)
{
	for (size_t i = 0; i < artifacts_count(side->set); i++)
		if (side->queued[i])
			names_add(names, i);
}

static void add_line(struct side *side, const struct buffer *text)
{
	strlist_take(side->trace, escape_text(buffer_text(text)));
}

void explain_start(struct side *side)
{
	scoped_value(buffer) text = BUFFER_INIT;
	struct names queue = { 0 };

	names_queued(&queue, side);
	buffer_printf(&text, "%s.expected_%ss: the queue has ",
		      side->item->name, side_word(side->products));
	append_names(&text, side, &queue);
	add_line(side, &text);
}

/* One place where the artifact's name is, or its content by another name. */
static void explain_place(struct side *side, const struct artifact *artifact,
			  const struct link *link, bool products,
			  bool *found_name)
{
	const struct artifacts *set = link_side(link, products);
	const ptrdiff_t at = artifacts_find(set, artifact->name, artifact->len);
	scoped_value(buffer) text = BUFFER_INIT;
	struct artifact other;

	if (at < 0)
		return;
	other = artifacts_at(set, (size_t)at);
	buffer_printf(&text, "      '%s' is a %s of '%s': ", artifact->name,
		      side_word(products), link->name);
	artifact_describe(&text, &other);
	buffer_puts(&text, artifact_equal(artifact, &other)
				   ? ", the same"
				   : ", another content");
	add_line(side, &text);
	*found_name = true;
}

static void explain_content(struct side *side, const struct artifact *artifact,
			    const struct link *link, bool products,
			    size_t *shown)
{
	const struct artifacts *set = link_side(link, products);

	for (size_t i = 0; i < artifacts_count(set); i++) {
		const struct artifact other = artifacts_at(set, i);
		scoped_value(buffer) text = BUFFER_INIT;

		if (*shown >= PLACES_SHOWN)
			return;
		if (!artifact_equal(artifact, &other) ||
		    (other.len == artifact->len &&
		     !memcmp(other.name, artifact->name, other.len)))
			continue;
		buffer_printf(
			&text,
			"      its content is that of the %s '%s' of '%s'",
			side_word(products), other.name, link->name);
		add_line(side, &text);
		++*shown;
	}
}

/* Every link that rules may look at; to be freed. */
static const struct link **list_links(size_t *n, const struct side *side)
{
	const struct chain *chain = side->chain;
	const struct link **links =
		xcalloc(chain->n_steps + side->n_inspections + 1,
			sizeof(*links));

	*n = 0;
	for (size_t i = 0; i < chain->n_steps; i++)
		if (chain->steps[i].reduced)
			links[(*n)++] = chain->steps[i].reduced;
	for (size_t i = 0; i < side->n_inspections; i++)
		links[(*n)++] = side->inspections[i];
	return links;
}

/* Where else the artifact is: by its name, or else by its content. */
static void explain_elsewhere(struct side *side, size_t index)
{
	const struct artifact artifact = artifacts_at(side->set, index);
	size_t n = 0;
	const struct link **links = list_links(&n, side);
	scoped_value(buffer) text = BUFFER_INIT;
	bool found_name = false;
	size_t shown = 0;

	buffer_printf(&text, "      '%s' here: ", artifact.name);
	artifact_describe(&text, &artifact);
	add_line(side, &text);
	for (size_t i = 0; i < 2 * n; i++)
		if (links[i / 2] != side->link || i % 2 != side->products)
			explain_place(side, &artifact, links[i / 2], i % 2,
				      &found_name);
	for (size_t i = 0; !found_name && i < 2 * n; i++)
		explain_content(side, &artifact, links[i / 2], i % 2, &shown);
	if (!found_name && !shown)
		strlist_add(side->trace,
			    "      no other list has it, by name or content");
	free(links);
}

static void append_stopped(struct buffer *text, const struct side *side,
			   const struct rule *rule, struct names *stopped)
{
	for (size_t i = 0; i < artifacts_count(side->set); i++) {
		const struct artifact artifact = artifacts_at(side->set, i);

		if (side->queued[i] && rule_names(rule, &artifact))
			names_add(stopped, i);
	}
	if (!stopped->n) {
		buffer_puts(text, "stops nothing");
		return;
	}
	buffer_puts(text, "stopped by ");
	append_names(text, side, stopped);
}

static void append_required(struct buffer *text, const struct side *side,
			    const struct rule *rule)
{
	const ptrdiff_t at =
		artifacts_find(side->set, rule->pattern, strlen(rule->pattern));

	if (at < 0)
		buffer_printf(text, "stopped: '%s' is not there",
			      rule->pattern);
	else if (!side->queued[at])
		buffer_printf(text, "stopped: '%s' was taken before",
			      rule->pattern);
	else
		buffer_printf(text, "'%s' is in the queue", rule->pattern);
}

static void append_consumed(struct buffer *text, const struct side *side,
			    const bool *before)
{
	struct names taken = { 0 };
	struct names left = { 0 };

	for (size_t i = 0; i < artifacts_count(side->set); i++)
		if (before[i] && !side->queued[i])
			names_add(&taken, i);
	names_queued(&left, side);
	buffer_puts(text, "takes ");
	append_names(text, side, &taken);
	buffer_puts(text, "; leaves ");
	append_names(text, side, &left);
}

void explain_rule(struct side *side, size_t index, const bool *before)
{
	const struct rule *rule = &side->rules->items[index];
	scoped_text as_typed = rule_to_text(rule);
	scoped_value(buffer) text = BUFFER_INIT;
	struct names stopped = { 0 };

	buffer_printf(&text, "  [%zu] %s: ", index, as_typed);
	if (rule->type == RULE_DISALLOW)
		append_stopped(&text, side, rule, &stopped);
	else if (rule->type == RULE_REQUIRE)
		append_required(&text, side, rule);
	else
		append_consumed(&text, side, before);
	add_line(side, &text);
	for (size_t i = 0; i < stopped.n && i < STOPPED_SHOWN; i++)
		explain_elsewhere(side, stopped.first[i]);
}

void explain_end(struct side *side)
{
	scoped_value(buffer) text = BUFFER_INIT;
	struct names left = { 0 };

	names_queued(&left, side);
	buffer_puts(&text, "  left at the end: ");
	append_names(&text, side, &left);
	if (left.n)
		buffer_puts(&text, ", which no rule disallows");
	add_line(side, &text);
}
