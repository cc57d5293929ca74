/* chain_check.c: are there enough links of a step, and do they agree? */
#include <string.h>

#include "base/xalloc.h"
#include "verify/chain_internal.h"

#define SHOWN_MAX 10 /* keys or links in one message */

/* A link's claim about who signed it, for messages. */
static const char *first_keyid(const struct envelope *envelope)
{
	if (envelope->n_signatures == 0 || !envelope->signatures[0].keyid[0])
		return "nobody";
	return envelope->signatures[0].keyid;
}

/* "ed25519 9c1f2ab3, gpg 4AEE..D2F1" */
static size_t describe_keys(struct buffer *out, const struct assignment *work)
{
	const struct key **keys = NULL;
	const size_t n =
		layout_step_keys(&keys, work->layout, work->step->item);

	for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
		char who[64];

		key_describe(who, keys[i]);
		buffer_printf(out, "%s%s", i > 0 ? ", " : "", who);
	}
	if (n > SHOWN_MAX)
		buffer_printf(out, " and %zu more", n - SHOWN_MAX);
	free(keys);
	return n;
}

static void describe_links(struct buffer *out, const struct assignment *work)
{
	size_t shown = 0;

	buffer_printf(out, "%zu", work->step->n_good);
	for (size_t i = 0; i < work->n; i++) {
		const struct chain_link *link = work->links[i];

		if (work->taken[i] && work->bad[i].n == 0)
			continue;
		if (++shown > SHOWN_MAX) {
			buffer_puts(out, "; and more");
			break;
		}
		if (work->bad[i].n > 0)
			buffer_printf(out, "; %s: %s", link->origin,
				      work->bad[i].items[0]);
		else
			buffer_printf(out,
				      "; %s: signed by %.8s, who may not do "
				      "this step",
				      link->origin,
				      first_keyid(link->envelope));
	}
}

void assignment_check_threshold(const struct assignment *work)
{
	const struct chain_step *step = work->step;
	const struct layout_item *item = step->item;
	const long long need = item->threshold;
	const bool missing = work->n == 0;
	scoped_value(buffer) keys = BUFFER_INIT;
	scoped_value(buffer) links = BUFFER_INIT;
	struct finding *finding = NULL;
	size_t n_keys = 0;

	if ((uint64_t)item->threshold <= step->n_good + work->n_failed)
		return;
	n_keys = describe_keys(&keys, work);
	describe_links(&links, work);
	if (missing)
		finding = chain_refuse(work->report, work->layout, item->name,
				       "link-missing",
				       "step '%s': no link; %lld needed, by %s",
				       item->name, need,
				       n_keys ? buffer_text(&keys) : "nobody");
	else
		finding = chain_refuse(work->report, work->layout, item->name,
				       "step-threshold",
				       "step '%s': %lld needed, by different "
				       "keys of %s, found %s",
				       item->name, need,
				       n_keys ? buffer_text(&keys) : "nobody",
				       buffer_text(&links));
	finding_set(&finding->expected, "%lld of %zu: %s", need, n_keys,
		    buffer_text(&keys));
	finding_set(&finding->found, "%s", buffer_text(&links));
}

/* The first name that the sets do not agree on, and both its digests. */
static bool find_difference(struct finding *out, const struct artifacts *a,
			    const struct artifacts *b)
{
	const struct artifacts *sets[] = { a, b };

	for (size_t which = 0; which < ARRAY_SIZE(sets); which++) {
		const struct artifacts *mine = sets[which];
		const struct artifacts *theirs = sets[!which];
		char **here = which ? &out->found : &out->expected;
		char **there = which ? &out->expected : &out->found;
		size_t hint = 0;

		for (size_t i = 0; i < artifacts_count(mine); i++) {
			const struct artifact x = artifacts_at(mine, i);
			const ptrdiff_t at = artifacts_find_next(theirs, x.name,
								 x.len, &hint);
			scoped_value(buffer) text = BUFFER_INIT;
			struct artifact y = { 0 };

			if (at >= 0)
				y = artifacts_at(theirs, (size_t)at);
			if (at >= 0 && artifact_equal(&x, &y))
				continue;
			artifact_describe(&text, &x);
			finding_set(here, "%s", buffer_text(&text));
			buffer_reset(&text);
			if (at >= 0)
				artifact_describe(&text, &y);
			finding_set(there, "%s",
				    at < 0 ? "not there" : buffer_text(&text));
			finding_set(&out->artifact, "%s", x.name);
			return true;
		}
	}
	return false;
}

/* Links that together make a threshold tell of the same artifacts. */
void assignment_check_agreement(const struct assignment *work)
{
	const struct chain_step *step = work->step;
	const char *name = step->item->name;

	if (step->item->threshold < 2)
		return;
	for (size_t i = 1; i < step->n_good; i++) {
		const struct chain_link *first = step->good[0];
		const struct chain_link *other = step->good[i];
		struct finding detail = { 0 };
		struct finding *finding = NULL;

		if (!find_difference(&detail, first->link->materials,
				     other->link->materials) &&
		    !find_difference(&detail, first->link->products,
				     other->link->products))
			continue;
		finding = chain_refuse(
			work->report, work->layout, name, "step-disagree",
			"step '%s': %s and %s do not agree about '%s': %s "
			"and %s",
			name, first->origin, other->origin, detail.artifact,
			detail.expected, detail.found);
		finding->artifact = detail.artifact;
		finding->expected = detail.expected;
		finding->found = detail.found;
	}
}

static bool command_is(const json_t *command, const struct strlist *expected)
{
	if (json_array_size(command) != expected->n)
		return false;
	for (size_t i = 0; i < expected->n; i++) {
		const char *word =
			json_string_value(json_array_get(command, i));

		if (!word || strcmp(word, expected->items[i]) != 0)
			return false;
	}
	return true;
}

static void check_command(const struct chain *chain,
			  const struct layout_item *item,
			  const struct chain_link *link, struct report *report)
{
	scoped_value(buffer) expected = BUFFER_INIT;
	scoped_text command = NULL;
	struct finding *finding = NULL;

	if (item->command.n == 0 ||
	    command_is(link->link->command, &item->command))
		return;
	for (size_t i = 0; i < item->command.n; i++)
		buffer_printf(&expected, "%s%s", i > 0 ? " " : "",
			      item->command.items[i]);
	command = link_command_text(link->link);
	finding =
		chain_refuse(report, chain->layout, item->name, "step-command",
			     "step '%s': %s tells of the command '%s', "
			     "expected is '%s'",
			     item->name, link->origin, command ? command : "",
			     buffer_text(&expected));
	finding_set(&finding->expected, "%s", buffer_text(&expected));
	finding_set(&finding->found, "%s", command ? command : "");
}

void chain_commands(const struct chain *chain, struct report *report)
{
	for (size_t i = 0; i < chain->n_steps; i++) {
		const struct chain_step *step = &chain->steps[i];

		for (size_t j = 0; j < step->n_good; j++)
			check_command(chain, step->item, step->good[j], report);
	}
	for (size_t i = 0; i < chain->n_subs; i++) {
		scoped_value(report) inner = REPORT_INIT;

		chain_commands(chain->subs[i]->chain, &inner);
		sublayout_report(report, &inner, chain->subs[i]->summary.name);
	}
}
