/* rules.c: artifact rules applied to the links of a chain. */
#include <string.h>

#include "base/xalloc.h"
#include "metadata/pattern.h"
#include "verify/chain_internal.h"
#include "verify/rules_internal.h"

#define NAMES_SHOWN 3

const struct artifacts *link_side(const struct link *link, bool products)
{
	return products ? link->products : link->materials;
}

/* The link that a MATCH means, or NULL. Steps do not see inspections. */
static const struct link *find_link(const struct side *side, const char *name)
{
	const struct chain_step *step = NULL;

	if (!strcmp(side->item->name, name))
		return side->link;
	for (size_t i = 0; i < side->n_inspections; i++)
		if (!strcmp(side->inspections[i]->name, name))
			return side->inspections[i];
	step = chain_find_step(side->chain, name);
	return step ? step->reduced : NULL;
}

static struct match side_match(const struct side *side, const struct rule *rule)
{
	const struct link *link = find_link(side, rule->step);

	return match_start(rule, side->set,
			   link ? link_side(link, rule->from_products) : NULL);
}

const char *side_word(bool products)
{
	return products ? "product" : "material";
}

/* "build.expected_products[2]: DISALLOW *" */
static char *rule_place(const struct side *side, size_t index)
{
	scoped_text text = rule_to_text(&side->rules->items[index]);

	return xasprintf("%s.expected_%ss[%zu]: %s", side->item->name,
			 side_word(side->products), index, text);
}

bool rule_names(const struct rule *rule, const struct artifact *artifact)
{
	return pattern_match(rule->pattern, strlen(rule->pattern),
			     artifact->name, artifact->len);
}

/*
 * Of the MATCH rules before `stopped` that speak of the artifact: what would
 * have consumed it. A counterpart with another digest tells most.
 */
static void explain_match(struct finding *finding, const struct side *side,
			  size_t stopped, const struct artifact *artifact)
{
	for (size_t i = 0; i < stopped; i++) {
		const struct rule *rule = &side->rules->items[i];
		const char *word = side_word(rule->from_products);
		scoped_value(buffer) digest = BUFFER_INIT;
		ptrdiff_t there = -1;

		if (rule->type != RULE_MATCH)
			continue;
		scoped_value(match) match = side_match(side, rule);
		if (!match_selects(&match, artifact))
			continue;
		there = match_counterpart(&match, artifact);
		if (there >= 0) {
			const struct artifact other =
				artifacts_at(match.destination, (size_t)there);

			artifact_describe(&digest, &other);
			finding_set(&finding->expected, "%s (%s of '%s')",
				    buffer_text(&digest), word, rule->step);
			return;
		}
		if (!finding->expected)
			finding_set(&finding->expected, "a %s of '%s'%s", word,
				    rule->step,
				    match.destination ? ""
						      : ", which has no link");
	}
}

static void append_names(struct buffer *out, const struct side *side,
			 const size_t *first, size_t n)
{
	for (size_t i = 0; i < n && i < NAMES_SHOWN; i++) {
		const struct artifact artifact =
			artifacts_at(side->set, first[i]);

		buffer_printf(out, "%s'%s'", i > 0 ? ", " : "", artifact.name);
	}
	if (n > NAMES_SHOWN)
		buffer_printf(out, " and %zu more", n - NAMES_SHOWN);
}

static void refuse_disallowed(const struct side *side, size_t index,
			      const size_t *first, size_t n)
{
	const struct artifact artifact = artifacts_at(side->set, first[0]);
	scoped_text place = rule_place(side, index);
	scoped_value(buffer) names = BUFFER_INIT;
	scoped_value(buffer) found = BUFFER_INIT;
	struct finding detail = { 0 };
	struct finding *finding = NULL;

	append_names(&names, side, first, n);
	artifact_describe(&found, &artifact);
	finding_set(&detail.found, "%s", buffer_text(&found));
	explain_match(&detail, side, index, &artifact);
	if (!detail.expected)
		finding_set(&detail.expected, "no such %s",
			    side_word(side->products));
	finding = chain_refuse(side->report, side->chain->layout,
			       side->item->name, "rule-disallow",
			       "%s: %s%s not allowed: %s%s: expected %s, "
			       "found %s",
			       place, side_word(side->products),
			       n == 1 ? "" : "s", buffer_text(&names),
			       n == 1 ? "" : " (of the first)", detail.expected,
			       detail.found);
	finding_set(&finding->artifact, "%s", artifact.name);
	finding_set(&finding->rule, "%s", place);
	finding->expected = detail.expected;
	finding->found = detail.found;
}

static void apply_disallow(struct side *side, size_t index)
{
	const struct rule *rule = &side->rules->items[index];
	size_t first[NAMES_SHOWN];
	size_t n = 0;

	for (size_t i = 0; i < artifacts_count(side->set); i++) {
		const struct artifact artifact = artifacts_at(side->set, i);

		if (!side->queued[i] || !rule_names(rule, &artifact))
			continue;
		if (n < NAMES_SHOWN)
			first[n] = i;
		n++;
	}
	if (n > 0)
		refuse_disallowed(side, index, first, n);
}

static void apply_require(struct side *side, size_t index)
{
	const char *name = side->rules->items[index].pattern;
	const ptrdiff_t at = artifacts_find(side->set, name, strlen(name));
	const char *word = side_word(side->products);
	scoped_text place = NULL;
	struct finding *finding = NULL;

	if (at >= 0 && side->queued[at])
		return;
	place = rule_place(side, index);
	finding = chain_refuse(side->report, side->chain->layout,
			       side->item->name, "rule-require",
			       "%s: %s '%s' is required, and %s", place, word,
			       name,
			       at < 0 ? "is not there"
				      : "an earlier rule has taken it");
	finding_set(&finding->artifact, "%s", name);
	finding_set(&finding->rule, "%s", place);
	finding_set(&finding->expected, "a %s of that name", word);
	finding_set(&finding->found, "%s",
		    at < 0 ? "none" : "taken by an earlier rule");
}

static void refuse_astray(const struct side *side, size_t index, size_t at)
{
	const struct artifact artifact = artifacts_at(side->set, at);
	scoped_text place = rule_place(side, index);
	struct finding *finding = chain_refuse(
		side->report, side->chain->layout, side->item->name,
		"rule-match",
		"%s: %s '%s' has another name once it is put behind the prefix "
		"again, and there is none of that name",
		place, side_word(side->products), artifact.name);

	finding_set(&finding->artifact, "%s", artifact.name);
	finding_set(&finding->rule, "%s", place);
}

static void apply_match(struct side *side, const struct rule *rule)
{
	scoped_value(match) match = side_match(side, rule);

	if (!match.destination)
		return;
	for (size_t i = 0; i < artifacts_count(side->set); i++) {
		ptrdiff_t consumed = -1;

		if (side->queued[i])
			consumed = match_consumes(&match, i);
		if (consumed >= 0)
			side->queued[consumed] = false;
		if (consumed == MATCH_ASTRAY) {
			refuse_astray(side, (size_t)(rule - side->rules->items),
				      i);
			return;
		}
	}
}

/* CREATE, DELETE and MODIFY look at both sides of the link; `other` is where
 * the artifact is on the other one, or -1. */
static bool change_consumes(const struct side *side, enum rule_type type,
			    const struct artifact *artifact, size_t *hint)
{
	const struct artifacts *others = link_side(side->link, !side->products);
	const ptrdiff_t other = artifacts_find_next(others, artifact->name,
						    artifact->len, hint);
	struct artifact counterpart = { 0 };

	if (type == RULE_CREATE)
		return side->products && other < 0;
	if (type == RULE_DELETE)
		return !side->products && other < 0;
	if (other < 0)
		return false;
	counterpart = artifacts_at(others, (size_t)other);
	return !artifact_equal(artifact, &counterpart);
}

static void apply_consuming(struct side *side, const struct rule *rule)
{
	size_t hint = 0;

	for (size_t i = 0; i < artifacts_count(side->set); i++) {
		const struct artifact artifact = artifacts_at(side->set, i);

		if (side->queued[i] && rule_names(rule, &artifact) &&
		    (rule->type == RULE_ALLOW ||
		     change_consumes(side, rule->type, &artifact, &hint)))
			side->queued[i] = false;
	}
}

static void apply(struct side *side, size_t index)
{
	const struct rule *rule = &side->rules->items[index];

	if (rule->type == RULE_DISALLOW)
		apply_disallow(side, index);
	else if (rule->type == RULE_REQUIRE)
		apply_require(side, index);
	else if (rule->type == RULE_MATCH)
		apply_match(side, rule);
	else
		apply_consuming(side, rule);
}

static void apply_all(struct side *side)
{
	const size_t n = artifacts_count(side->set);
	bool *before = side->trace ? xmalloc(n + 1) : NULL;

	side->queued = xmalloc(n + 1);
	memset(side->queued, true, n);
	if (side->trace)
		explain_start(side);
	for (size_t i = 0; i < side->rules->n; i++) {
		if (before)
			memcpy(before, side->queued, n);
		apply(side, i);
		if (before)
			explain_rule(side, i, before);
	}
	if (side->trace)
		explain_end(side);
	free(side->queued);
	free(before);
}

/* Apply them once more, telling of each; to the first finding. */
static void explain(struct side *side, size_t first)
{
	scoped_value(report) again = REPORT_INIT;
	struct report *report = side->report;
	scoped_value(strlist) trace = STRLIST_INIT;

	side->report = &again;
	side->trace = &trace;
	apply_all(side);
	side->report = report;
	side->trace = NULL;
	if (report->explain)
		strlist_add_all(report->explain, &trace);
	if (report->n > first)
		strlist_add_all(&report->items[first].trace, &trace);
}

static void side_judge(struct side *side, bool products)
{
	const size_t before = side->report->n;

	side->products = products;
	side->rules = products ? &side->item->products : &side->item->materials;
	side->set = link_side(side->link, products);
	apply_all(side);
	if (side->report->n > before || side->report->explain)
		explain(side, before);
}

static void step_judge(const struct chain *chain,
		       const struct layout_item *item, const struct link *link,
		       struct report *report)
{
	struct side side = {
		.chain = chain,
		.item = item,
		.link = link,
		.report = report,
	};

	side_judge(&side, false);
	side_judge(&side, true);
}

static bool command_is(const struct link *link, const struct strlist *expected)
{
	if (json_array_size(link->command) != expected->n)
		return false;
	for (size_t i = 0; i < expected->n; i++) {
		const char *word =
			json_string_value(json_array_get(link->command, i));

		if (!word || strcmp(word, expected->items[i]) != 0)
			return false;
	}
	return true;
}

static void warn_command(const struct layout_item *item,
			 const struct link *link, struct report *report)
{
	scoped_text text = NULL;

	if (item->command.n == 0 || command_is(link, &item->command))
		return;
	text = link_command_text(link);
	report_warn(report,
		    "step '%s' ran '%s', which is not the expected command",
		    item->name, text ? text : "");
}

void chain_rules(const struct chain *chain, struct report *report)
{
	for (size_t i = 0; i < chain->n_steps; i++) {
		const struct chain_step *step = &chain->steps[i];

		for (size_t j = 0; j < step->n_good; j++)
			warn_command(step->item, step->good[j]->link, report);
		if (step->reduced)
			step_judge(chain, step->item, step->reduced, report);
	}
}

void chain_judge_link(const struct chain *chain, const struct link *link,
		      struct report *report)
{
	const struct layout_item *item = layout_step(chain->layout, link->name);

	if (!item) {
		chain_refuse(report, chain->layout, link->name, "step-unknown",
			     "the layout has no step '%s'", link->name);
		return;
	}
	warn_command(item, link, report);
	step_judge(chain, item, link, report);
}

void chain_inspection_rules(const struct chain *chain,
			    const struct layout_item *item,
			    const struct link *const *inspections, size_t n,
			    const struct link *link, struct report *report)
{
	struct side side = {
		.chain = chain,
		.item = item,
		.link = link,
		.inspections = inspections,
		.n_inspections = n,
		.report = report,
	};

	side_judge(&side, false);
	side_judge(&side, true);
}
