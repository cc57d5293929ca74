/* test_substitute.c: parameters in the words of a layout. */
#include <criterion/criterion.h>

#include "base/xalloc.h"
#include "metadata/substitute.h"

static struct layout *layout_with(const char *word)
{
	struct intoto_error err = { 0 };
	struct layout *layout = NULL;
	scoped_text text = xasprintf(
		"{\"_type\":\"layout\",\"expires\":\"2030-01-01T00:00:00Z\","
		"\"readme\":\"{A}\",\"keys\":{},\"steps\":[{\"name\":\"{A}\","
		"\"expected_command\":[\"%s\"],\"expected_materials\":[["
		"\"allow\","
		"\"%s\"]],\"expected_products\":[[\"MATCH\",\"%s\",\"IN\","
		"\"%s\",\"WITH\",\"PRODUCTS\",\"IN\",\"%s\",\"FROM\",\"%s\"]]}]"
		",\"inspect\":[{\"name\":\"i\",\"run\":[\"%s\"]}]}",
		word, word, word, word, word, word, word);

	cr_assert_eq(layout_read(&layout, text, strlen(text), &err), 0, "%s",
		     err.message);
	return layout;
}

/* Everywhere the same, or the code of the failure. */
static void gives(const char *word, const char *expected, bool strict)
{
	struct intoto_error err = { 0 };
	scoped_value(parameters) parameters = { 0 };
	scoped(layout) layout = layout_with(word);
	scoped(layout) filled = NULL;
	const struct rule *match = NULL;
	int got;

	parameters.strict = strict;
	parameters_set(&parameters, "A", "a");
	parameters_set(&parameters, "B", "{A}");
	parameters_set(&parameters, "C-D_9", "");
	got = layout_substitute(&filled, layout, &parameters, &err);
	if (!expected) {
		cr_expect_eq(got, -1, "%s", word);
		cr_expect_eq(err.code, INTOTO_EINVALID, "%s", word);
		return;
	}
	cr_assert_eq(got, 0, "%s: %s", word, err.message);
	cr_expect_str_eq(filled->steps[0].name, "{A}");
	cr_expect_str_eq(filled->readme, "{A}");
	cr_expect_str_eq(filled->steps[0].command.items[0], expected);
	cr_expect_str_eq(filled->steps[0].materials.items[0].pattern, expected);
	match = &filled->steps[0].products.items[0];
	cr_expect_str_eq(match->pattern, expected);
	cr_expect_str_eq(match->source, expected);
	cr_expect_str_eq(match->destination, expected);
	cr_expect_str_eq(match->step, expected);
	cr_expect_str_eq(filled->inspections[0].command.items[0], expected);
	cr_expect(json_equal(filled->signed_part, layout->signed_part));
}

Test(substitute, a_name_in_braces_is_its_value)
{
	gives("{A}", "a", true);
	gives("x{A}y{A}", "xaya", true);
	gives("{C-D_9}", "", true);
	gives("plain", "plain", true);
}

Test(substitute, a_value_is_not_read_again)
{
	gives("{B}", "{A}", true);
}

Test(substitute, a_brace_is_written_twice)
{
	gives("{{A}}", "{A}", true);
	gives("{{{A}}}", "{a}", true);
	gives("}}{{", "}{", true);
}

Test(substitute, what_is_no_name_is_refused)
{
	static const char *const words[] = {
		"{X}",	  "{",	       "}",	 "{}",	 "{0}",
		"{A",	  "A}",	       "{ A}",	 "{A }", "{A!r}",
		"{A:>9}", "{A.upper}", "{A[0]}", "{A}}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		gives(words[i], NULL, true);
}

Test(substitute, without_strictness_only_known_names_count)
{
	gives("${HOME}", "${HOME}", false);
	gives("{X} }{ {}", "{X} }{ {}", false);
	gives("{A}", "a", false);
	gives("{{A}}", "{A}", false);
	gives("{A}{X}", NULL, false);
}

Test(substitute, no_parameters_are_no_substitution)
{
	struct intoto_error err = { 0 };
	struct parameters none = { .strict = true };
	scoped(layout) layout = layout_with("{A");
	scoped(layout) filled = NULL;

	cr_assert_eq(layout_substitute(&filled, layout, &none, &err), 0);
	cr_expect_str_eq(filled->steps[0].command.items[0], "{A");
}

Test(substitute, what_grows_without_end_is_refused)
{
	struct intoto_error err = { 0 };
	scoped_value(parameters) parameters = { .strict = true };
	scoped(layout) layout = layout_with("{A}{A}{A}{A}{A}{A}{A}{A}{A}");
	scoped(layout) filled = NULL;
	const size_t len = (size_t)2 << 20;
	scoped_text value = xmalloc(len + 1);

	memset(value, 'x', len);
	value[len] = 0;
	parameters_set(&parameters, "A", value);
	cr_expect_eq(layout_substitute(&filled, layout, &parameters, &err), -1);
	cr_expect_eq(err.code, INTOTO_ELIMIT);
}

Test(substitute, a_parameter_is_a_name_and_a_value)
{
	struct intoto_error err = { 0 };
	scoped_value(parameters) parameters = { 0 };

	cr_expect_eq(parameters_add(&parameters, "A=b=c", &err), 0);
	cr_expect_eq(parameters_add(&parameters, "B-_9=", &err), 0);
	cr_expect_eq(parameters_add(&parameters, "A=d", &err), 0);
	cr_assert_eq(parameters.n, 2);
	cr_expect_str_eq(parameters.items[0].value, "d");
	cr_expect_str_eq(parameters.items[1].value, "");
	cr_expect_eq(parameters_add(&parameters, "A", &err), -1);
	cr_expect_eq(err.code, INTOTO_EUSAGE);
	cr_expect_eq(parameters_add(&parameters, "=x", &err), -1);
	cr_expect_eq(err.code, INTOTO_EINVALID);
	cr_expect_eq(parameters_add(&parameters, "A.b=x", &err), -1);
	cr_expect_eq(err.code, INTOTO_EINVALID);
	cr_expect_eq(parameters_add(&parameters, "0=x", &err), -1);
	cr_expect_eq(err.code, INTOTO_EINVALID);
	cr_expect_eq(parameters_add(&parameters, "A=\xff", &err), -1);
	cr_expect_eq(err.code, INTOTO_EINVALID);
}
