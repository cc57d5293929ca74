/* test_json.c: strict loading takes JSON and nothing that only looks like it.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "json/json.h"

static int load_bytes(json_t **out, const char *text, size_t len,
		      struct intoto_error *err)
{
	/* A copy without a NUL after it, so that a reader past the end shows.
	 */
	scoped_text copy = malloc(len ? len : 1);

	memcpy(copy, text, len);
	return json_load_strict(out, copy, len, err);
}

static bool loads(const char *text)
{
	scoped_json value = NULL;
	struct intoto_error err = { 0 };
	int status = load_bytes(&value, text, strlen(text), &err);

	cr_assert_eq(status == 0, value != NULL);
	cr_assert(status == 0 || err.code == INTOTO_EINVALID);
	cr_assert(status == 0 || *err.message);
	return status == 0;
}

Test(json, takes_every_kind_of_value)
{
	static const char *const good[] = {
		"{}",
		"[]",
		"\"\"",
		" \t\r\n[ 1 , 2 ]\n",
		"0",
		"-0",
		"null",
		"true",
		"false",
		"9223372036854775807",
		"-9223372036854775808",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83D\\ude00\"",
		"{\"a\":{\"a\":1},\"b\":[{\"a\":2},{\"a\":3}]}",
		"\"\xf0\x9f\x98\x80\x7f\"",
		"{\"\":1}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert(loads(good[i]), "%s", good[i]);
}

Test(json, refuses_broken_text)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"}",
		"[",
		"]",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[1 2]",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{,}",
		"{a:1}",
		"{'a':1}",
		"{1:1}",
		"{\"a\" 1}",
		"\"",
		"\"a",
		"'a'",
		"tru",
		"truex",
		"nul",
		"True",
		"NaN",
		"Infinity",
		"-Infinity",
		"-",
		"+1",
		"01",
		"-01",
		"1x",
		"0x1",
		"[1}",
		"{\"a\":1]",
		"[1]]",
		"{}{}",
		"1 2",
		"// x\n1",
		"/* */1",
		"[1]#",
		"\"\\x41\"",
		"\"\\\"",
		"\"\\u12\"",
		"\"\\u12g4\"",
		"\"\\",
		"\"\\u",
		"\"a\nb\"",
		"\"a\tb\"",
		"\xef\xbb\xbf{}",
		"\f1",
		"\v1",
		"{\"a\":1 \"b\":2}",
		"\"\\U0041\"",
		"\"\\'\"",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_not(loads(bad[i]), "%s", bad[i]);
}

Test(json, refuses_duplicate_members_at_any_depth)
{
	cr_assert_not(loads("{\"a\":1,\"a\":1}"));
	cr_assert_not(loads("[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]"));
	cr_assert_not(loads("{\"a\":1,\"\\u0061\":2}"));
	cr_assert(loads("{\"a\":1,\"A\":2}"));
}

Test(json, refuses_numbers_that_are_no_64_bit_integers)
{
	static const char *const bad[] = {
		"1.0",
		"1.5",
		"1e3",
		"1E3",
		"-1e0",
		"0.0",
		"0e0",
		"1.",
		"[1.0]",
		"{\"a\":[1e400]}",
		"9223372036854775808",
		"-9223372036854775809",
		"18446744073709551616",
		"1000000000000000000000000000000",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_not(loads(bad[i]), "%s", bad[i]);
}

Test(json, refuses_invalid_utf8_and_lone_surrogates)
{
	static const char *const bad[] = {
		"\"\xff\"",	      "\"\xc0\x80\"",
		"\"\xed\xa0\x80\"",   "\"\xf4\x90\x80\x80\"",
		"\"\xc3\"",	      "\"aaaaaaaaaaaaaaaa\x80\"",
		"{\"\xff\":1}",	      "\"\\ud800\"",
		"\"\\udc00\"",	      "\"\\ud800\\ud800\"",
		"\"\\ud800x\"",	      "\"\\ud800\\n\"",
		"\"\\udc00\\ud800\"", "{\"\\ud800\":1}",
		"\"\\ud800\\u0041\"",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_not(loads(bad[i]), "%zu", i);
}

Test(json, a_nul_is_taken_only_as_an_escape_in_a_value)
{
	scoped_json value = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(load_bytes(&value, "\"a\\u0000b\"", 10, &err), 0);
	cr_assert_eq(json_string_length(value), 3);
	cr_assert_eq(memcmp(json_string_value(value), "a\0b", 3), 0);
	cr_assert_not(loads("{\"a\\u0000b\":1}"));
	cr_assert_not(loads("{\"\\u0000\":1}"));

	static const struct {
		const char *text;
		size_t len;
	} raw[] = { { "\"a\0b\"", 5 }, { "{}\0", 3 },	     { "\0{}", 3 },
		    { "[1\0]", 4 },    { "{\"a\0\":1}", 8 }, { "1\0", 2 },
		    { "\0", 1 },       { "\"\\\0\"", 4 } };

	for (size_t i = 0; i < ARRAY_SIZE(raw); i++) {
		json_t *none = NULL;

		cr_assert_eq(load_bytes(&none, raw[i].text, raw[i].len, &err),
			     -1, "%zu", i);
		cr_assert_null(none);
	}
}

/* `depth` arrays or objects inside each other. */
static char *nested(int depth, bool objects)
{
	struct buffer text = BUFFER_INIT;

	for (int i = 0; i < depth; i++)
		buffer_puts(&text, objects ? "{\"a\":" : "[");
	buffer_puts(&text, objects ? "1" : "");
	for (int i = 0; i < depth; i++)
		buffer_putc(&text, objects ? '}' : ']');
	return buffer_take(&text);
}

Test(json, nesting_is_bounded)
{
	for (int objects = 0; objects < 2; objects++) {
		scoped_text good = nested(JSON_DEPTH_MAX, objects);
		scoped_text bad = nested(JSON_DEPTH_MAX + 1, objects);
		scoped_text absurd = nested(1000000, objects);
		scoped_json value = NULL;
		struct intoto_error err = { 0 };

		cr_assert(loads(good));
		cr_assert_eq(json_load_strict(&value, bad, strlen(bad), &err),
			     -1);
		cr_assert_eq(err.code, INTOTO_ELIMIT);
		cr_assert_eq(json_load_strict(&value, absurd, strlen(absurd),
					      &err),
			     -1);
		cr_assert_eq(err.code, INTOTO_ELIMIT);
	}
}

Test(json, brackets_in_strings_are_no_nesting)
{
	char text[1002];

	memset(text, '[', sizeof(text));
	text[0] = '"';
	text[1000] = '"';
	text[1001] = '\0';
	cr_assert(loads(text));
	text[500] = '\\';
	text[501] = '"';
	cr_assert(loads(text));
}

Test(json, the_message_says_where_and_is_one_line)
{
	struct intoto_error err = { 0 };
	json_t *value = NULL;

	cr_assert_eq(json_load_strict(&value, "{\"a\": x}", 8, &err), -1);
	cr_assert_str_eq(err.message, "not valid JSON: no value at byte 6");
	cr_assert_eq(json_load_strict(&value,
				      "{\"\\u001b\\n\":1,\"\\u001b\\n\":1}", 26,
				      &err),
		     -1);
	cr_assert_null(strchr(err.message, '\n'));
	cr_assert_null(strchr(err.message, '\033'));
}

Test(json, needed_members_have_a_type)
{
	scoped_json value = NULL;
	struct intoto_error err = { 0 };
	const char *text = "{\"s\":\"x\",\"n\":\"a\\u0000b\",\"o\":{},"
			   "\"a\":[],\"i\":1}";
	const char *string = NULL;
	json_t *member = NULL;

	cr_assert_eq(json_load_strict(&value, text, strlen(text), &err), 0);
	cr_assert_eq(json_need_string(&string, value, "s", "key", &err), 0);
	cr_assert_str_eq(string, "x");
	cr_assert_eq(json_need_object(&member, value, "o", "key", &err), 0);
	cr_assert(json_is_object(member));
	cr_assert_eq(json_need_array(&member, value, "a", "key", &err), 0);
	cr_assert(json_is_array(member));

	cr_assert_eq(json_need_string(&string, value, "n", "key", &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(json_need_string(&string, value, "i", "key", &err), -1);
	cr_assert_str_eq(err.message, "'i' of key is not a string");
	cr_assert_eq(json_need_object(&member, value, "a", "key", &err), -1);
	cr_assert_eq(json_need_array(&member, value, "o", "key", &err), -1);
	cr_assert_eq(json_need_array(&member, value, "x", "key", &err), -1);
	cr_assert_str_eq(err.message, "key has no 'x'");
	cr_assert_eq(json_need_array(&member, member, "x", "key", &err), -1);
	cr_assert_str_eq(err.message, "key is not an object");
	cr_assert_eq(json_need_array(&member, NULL, "x", "key", &err), -1);
}
