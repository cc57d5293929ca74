/* fuzz_rule.c: rules as they are typed, and their patterns. */
#include <string.h>

#include "base/xalloc.h"
#include "fuzz/fuzz.h"
#include "metadata/pattern.h"
#include "metadata/rule.h"

/* As JSON and as text it is the same rule. */
static void check_forms(const struct rule *rule)
{
	scoped_json json = rule_to_json(rule);
	scoped_text text = rule_to_text(rule);
	struct rule from_json = { 0 };
	struct rule from_text = { 0 };
	struct intoto_error err = { 0 };

	must(rule_from_json(&from_json, json, &err) == 0);
	must(rule_from_text(&from_text, text, &err) == 0);
	must(!strcmp(from_json.pattern, rule->pattern));
	must(!strcmp(from_text.pattern, rule->pattern));
	rule_release(&from_json);
	rule_release(&from_text);
}

/* A rule, a line feed, a name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	const size_t len = end ? (size_t)(end - data) : size;
	scoped_text text = xasprintf("%.*s", (int)len, (const char *)data);
	struct intoto_error err = { 0 };
	struct rule rule = { 0 };

	if (rule_from_text(&rule, text, &err) < 0)
		return 0;
	check_forms(&rule);
	if (end)
		pattern_match(rule.pattern, strlen(rule.pattern),
			      (const char *)end + 1, size - len - 1);
	rule_release(&rule);
	return 0;
}
