#include <criterion/criterion.h>
#include <string.h>

#include "metadata/rule.h"

static void reads_as(const char *text, const char *again)
{
	struct intoto_error err = { 0 };
	struct rule rule = { 0 };
	struct rule second = { 0 };
	json_t *tokens = NULL;
	char *written = NULL;

	cr_assert_eq(rule_from_text(&rule, text, &err), 0, "%s: %s", text,
		     err.message);
	written = rule_to_text(&rule);
	cr_expect_str_eq(written, again);
	free(written);
	tokens = rule_to_json(&rule);
	cr_assert_eq(rule_from_json(&second, tokens, &err), 0);
	written = rule_to_text(&second);
	cr_expect_str_eq(written, again);
	free(written);
	json_decref(tokens);
	rule_release(&rule);
	rule_release(&second);
}

static void is_refused(const char *text)
{
	struct intoto_error err = { 0 };
	struct rule rule = { 0 };

	cr_expect_eq(rule_from_text(&rule, text, &err), -1, "%s", text);
	cr_expect_eq(err.code, INTOTO_EINVALID);
}

Test(rule, all_seven_are_read_and_written)
{
	reads_as("create *", "CREATE *");
	reads_as("Delete a/b", "DELETE a/b");
	reads_as("MODIFY *", "MODIFY *");
	reads_as("ALLOW [ab]?", "ALLOW [ab]?");
	reads_as("disallow *", "DISALLOW *");
	reads_as("REQUIRE x", "REQUIRE x");
	reads_as("match * with products from build",
		 "MATCH * WITH PRODUCTS FROM build");
	reads_as("MATCH * IN a/ WITH MATERIALS FROM s",
		 "MATCH * IN a/ WITH MATERIALS FROM s");
	reads_as("MATCH * WITH MATERIALS IN b FROM s",
		 "MATCH * WITH MATERIALS IN b FROM s");
	reads_as("MATCH * IN a WITH PRODUCTS IN b FROM s",
		 "MATCH * IN a WITH PRODUCTS IN b FROM s");
}

Test(rule, keywords_are_known_by_place_alone)
{
	reads_as("MATCH IN IN IN WITH PRODUCTS IN FROM FROM WITH",
		 "MATCH IN IN IN WITH PRODUCTS IN FROM FROM WITH");
	reads_as("MATCH WITH WITH PRODUCTS FROM FROM",
		 "MATCH WITH WITH PRODUCTS FROM FROM");
	reads_as("ALLOW ALLOW", "ALLOW ALLOW");
}

Test(rule, words_are_split_as_by_a_shell)
{
	reads_as("ALLOW 'a b'", "ALLOW 'a b'");
	reads_as(" ALLOW\t\"a 'b\" ", "ALLOW 'a '\\''b'");
	reads_as("ALLOW a\\ b", "ALLOW 'a b'");
	reads_as("ALLOW \"a\\\"b\\\\c\\d\"", "ALLOW 'a\"b\\c\\d'");
	reads_as("ALLOW ''", "ALLOW ''");
	reads_as("ALLOW a'b'\"c\"d", "ALLOW abcd");
}

Test(rule, anything_else_is_refused)
{
	is_refused("");
	is_refused("ALLOW");
	is_refused("ALLOW a b");
	is_refused("PERMIT a");
	is_refused("MATCH a");
	is_refused("MATCH a WITH THINGS FROM b");
	is_refused("MATCH a WITH PRODUCTS OF b");
	is_refused("MATCH a IN b PRODUCTS c FROM d");
	is_refused("MATCH a WITH PRODUCTS FROM b c");
	is_refused("MATCH a IN b WITH PRODUCTS FROM");
	is_refused("MATCH a WITH PRODUCTS IN b IN c FROM d");
	is_refused("ALLOW 'a");
	is_refused("ALLOW \"a");
	is_refused("ALLOW a\\");
}

Test(rule, json_that_is_no_list_of_strings_is_refused)
{
	const char *const texts[] = {
		"{}",
		"\"ALLOW *\"",
		"[\"ALLOW\", 1]",
		"[\"ALLOW\", \"a\\u0000b\"]",
		"[]",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct intoto_error err = { 0 };
		struct rule rule = { 0 };
		json_t *value =
			json_loads(texts[i], JSON_DECODE_ANY | JSON_ALLOW_NUL,
				   NULL);

		cr_assert_not_null(value);
		cr_expect_eq(rule_from_json(&rule, value, &err), -1, "%s",
			     texts[i]);
		cr_expect_eq(err.code, INTOTO_EINVALID);
		json_decref(value);
	}
}
