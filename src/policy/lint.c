/* What is dubious in a layout that is valid all the same. */
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "policy/draft.h"

#define EXPIRY_WARNING (30 * 24 * 60 * 60)

struct lint {
	struct strlist *out;
	const struct layout *layout;
	const struct layout_item *item;
	const char *side; /* "expected_materials" or "expected_products" */
};

__attribute__((format(printf, 3, 4))) static void
complain(const struct lint *lint, const char *code, const char *fmt, ...)
{
	scoped_value(buffer) line = BUFFER_INIT;
	scoped_text text = NULL;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	if (lint->item) {
		buffer_puts(&line, lint->item->name);
		if (lint->side)
			buffer_printf(&line, ".%s", lint->side);
		buffer_puts(&line, ": ");
	}
	buffer_printf(&line, "%s [%s]", text, code);
	strlist_take(lint->out, escape_text(buffer_text(&line)));
}

static bool is_star(const struct rule *rule)
{
	return !strcmp(rule->pattern, "*");
}

/* Python's fnmatch has no escape and no [^x]; Go cleans paths. */
static bool read_differently(const char *pattern)
{
	return strchr(pattern, '\\') || strstr(pattern, "[^") ||
	       !strncmp(pattern, "./", 2) || strstr(pattern, "/./") ||
	       strstr(pattern, "//") || !strncmp(pattern, "../", 3) ||
	       strstr(pattern, "/../");
}

static bool item_exists(const struct layout *layout,
			const struct layout_item *from, const char *name)
{
	if (layout_step(layout, name))
		return true;
	/* Steps are judged before any inspection has run. */
	for (size_t i = 0; i < layout->n_inspections; i++) {
		const struct layout_item *item = &layout->inspections[i];

		if (from >= layout->inspections &&
		    from < layout->inspections + layout->n_inspections &&
		    !strcmp(item->name, name))
			return true;
	}
	return false;
}

static void lint_rule(const struct lint *lint, const struct rule *rule,
		      bool nothing_left)
{
	const bool products = !strcmp(lint->side, "expected_products");
	scoped_text text = rule_to_text(rule);
	const bool consumes =
		rule->type != RULE_DISALLOW && rule->type != RULE_REQUIRE;

	if ((rule->type == RULE_CREATE && !products) ||
	    (rule->type == RULE_DELETE && products) ||
	    (nothing_left && consumes))
		complain(lint, "lint-never-consumes",
			 "'%s' can never consume an artifact", text);
	if (nothing_left && rule->type == RULE_REQUIRE)
		complain(lint, "lint-never-holds",
			 "'%s' comes after all artifacts are consumed", text);
	if (rule->type == RULE_MATCH &&
	    !item_exists(lint->layout, lint->item, rule->step))
		complain(lint, "lint-unknown-step",
			 "'%s' names a step that is not there", text);
	if (rule->type != RULE_REQUIRE && read_differently(rule->pattern))
		complain(lint, "lint-pattern",
			 "'%s' is read differently by in-toto's Python and Go",
			 text);
}

static void lint_rules(const struct layout *layout,
		       const struct layout_item *item,
		       const struct rules *rules, const char *side,
		       struct strlist *out)
{
	const struct lint lint = { out, layout, item, side };
	bool nothing_left = false;

	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->items[i];

		lint_rule(&lint, rule, nothing_left);
		if (is_star(rule) &&
		    (rule->type == RULE_ALLOW || rule->type == RULE_DISALLOW))
			nothing_left = true;
	}
	if (!rules->n || rules->items[rules->n - 1].type != RULE_DISALLOW ||
	    !is_star(&rules->items[rules->n - 1]))
		complain(&lint, "lint-no-disallow",
			 "does not end with 'DISALLOW *', so what no rule "
			 "names is allowed");
}

static void lint_step_keys(const struct layout *layout,
			   const struct layout_item *step, struct strlist *out)
{
	const struct lint lint = { out, layout, step, NULL };
	const struct key **keys = NULL;
	size_t n = layout_step_keys(&keys, layout, step);

	free(keys);
	if (step->threshold > 0 && (uint64_t)step->threshold > n)
		complain(&lint, "lint-threshold",
			 "threshold %lld, but only %zu distinct key%s",
			 (long long)step->threshold, n, n == 1 ? "" : "s");
	for (size_t i = 0; i < step->pubkeys.n; i++) {
		if (!layout_step_key(layout, step, step->pubkeys.items[i]))
			complain(&lint, "lint-unknown-key",
				 "keyid '%s' is not in the layout's keys",
				 step->pubkeys.items[i]);
	}
}

static bool key_is_used(const struct layout *layout, const struct key *key)
{
	for (size_t i = 0; i < layout->n_steps; i++) {
		const struct layout_item *step = &layout->steps[i];

		for (size_t j = 0; j < step->pubkeys.n; j++) {
			if (key_answers_to(key, step->pubkeys.items[j]))
				return true;
		}
	}
	return false;
}

static void lint_keys(const struct layout *layout, struct strlist *out)
{
	const struct lint lint = { out, layout, NULL, NULL };

	for (size_t i = 0; i < layout->n_keys; i++) {
		const struct layout_key *key = &layout->keys[i];
		char who[64];

		key_describe(who, key->key);
		if (!key_is_used(layout, key->key))
			complain(&lint, "lint-unused-key",
				 "key %s is used by no step", who);
		for (size_t j = 0; j < i; j++) {
			if (key_same(key->key, layout->keys[j].key))
				complain(&lint, "lint-key-twice",
					 "error: key %s is listed twice and "
					 "counts once",
					 who);
		}
	}
}

void layout_lint(struct strlist *out, const struct layout *layout, int64_t now)
{
	const struct lint lint = { out, layout, NULL, NULL };
	char when[CLOCK_TEXT_SIZE];

	for (size_t i = 0; i < layout->n_steps; i++) {
		const struct layout_item *step = &layout->steps[i];

		lint_rules(layout, step, &step->materials, "expected_materials",
			   out);
		lint_rules(layout, step, &step->products, "expected_products",
			   out);
		lint_step_keys(layout, step, out);
	}
	for (size_t i = 0; i < layout->n_inspections; i++) {
		const struct layout_item *item = &layout->inspections[i];

		lint_rules(layout, item, &item->materials, "expected_materials",
			   out);
		lint_rules(layout, item, &item->products, "expected_products",
			   out);
		if (!item->command.n)
			complain(&(struct lint){ out, layout, item, NULL },
				 "lint-empty-run", "runs nothing");
	}
	if (!layout->n_steps)
		complain(&lint, "lint-no-step", "the layout has no step");
	lint_keys(layout, out);
	clock_format(when, layout->expires);
	if (layout->expires <= now)
		complain(&lint, "lint-expired", "expired on %s", when);
	else if (layout->expires - now <= EXPIRY_WARNING)
		complain(&lint, "lint-expires-soon",
			 "expires on %s, within 30 days", when);
}
