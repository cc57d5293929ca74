/* test_indent.c: compact JSON laid out as jansson prints it. */
#include <criterion/criterion.h>
#include <string.h>

#include "json/canonical.h"
#include "json/indent.h"

/* The same bytes as jansson prints, for the same value. */
static void expect_same(const char *text)
{
	struct intoto_error err = { 0 };

	for (size_t width = 0; width < 3; width++) {
		scoped_value(buffer) compact = BUFFER_INIT;
		scoped_value(buffer) out = BUFFER_INIT;
		scoped_json value = NULL;
		scoped_text expected = NULL;

		cr_assert_eq(json_load_strict(&value, text, strlen(text), &err),
			     0, "%s: %s", text, err.message);
		cr_assert_eq(compact_append(&compact, value, &err), 0);
		indent_append(&out, compact.data, compact.len, width);
		expected =
			json_dumps(value, JSON_SORT_KEYS | JSON_ENSURE_ASCII |
						  JSON_INDENT(width));
		cr_expect_str_eq(buffer_text(&out), expected);
	}
}

Test(indent, objects_and_arrays_at_every_depth)
{
	expect_same("{}");
	expect_same("[]");
	expect_same("{\"a\":1,\"b\":[1,-2,true,null,{\"c\":{}}],\"d\":[]}");
	expect_same("[[[[]],[]],{\"a\":{\"b\":{\"c\":[\"x\",\"y\"]}}}]");
}

Test(indent, what_is_in_strings_is_no_structure)
{
	expect_same("{\"a{b[c]d}e:f,g\":\"{[:,]}\",\"\":\"\\\"\"}");
	expect_same("[\"\\\\\",\"\\\\\\\"\",\"\\\\\"]");
	expect_same("[\"a\\nb\\tc\"]");
}

Test(indent, what_is_not_ascii_is_escaped)
{
	expect_same("[\"caf\xc3\xa9\",\"\xe6\x97\xa5\",\"\xf0\x9f\x98\x80!\","
		    "\"\xef\xbf\xbf\xf4\x8f\xbf\xbf\"]");
	expect_same("{\"\xc3\xa9\":\"\xc3\xa9\xc3\xa9\"}");
}

Test(indent, text_that_ends_early_does_no_harm)
{
	static const char *const texts[] = { "",    "\"", "\"\\",   "{",
					     "[\"", "}",  "\"\xc3", "{\"a\":" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		scoped_value(buffer) out = BUFFER_INIT;

		indent_append(&out, texts[i], strlen(texts[i]), 1);
		cr_expect(!out.overflow);
	}
}
