/* test_scan.c: the pull reader, step by step and against jansson. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "json/json.h"
#include "json/scan.h"

static struct scan start(const char *text)
{
	return scan_start(text, strlen(text));
}

Test(scan, walks_a_document)
{
	struct scan scan = start(" { \"a\" : [ 1 , -2, \"x\\n\" ] , \"b\": {},"
				 "\"c\":[], \"d\" :null,\"e\":true } \n");
	struct intoto_error err = { 0 };
	scoped_value(buffer) name = BUFFER_INIT;
	scoped_value(buffer) text = BUFFER_INIT;
	const char *slice = NULL;
	size_t len = 0;
	int64_t number = 0;
	enum scan_type type;

	cr_assert_eq(scan_peek(&type, &scan, &err), 0);
	cr_assert_eq(type, SCAN_OBJECT);
	cr_assert_eq(scan_object(&scan, &err), 0);
	cr_assert_eq(scan_member(&scan, &name, &err), 1);
	cr_assert_str_eq(name.data, "a");
	cr_assert_eq(scan_array(&scan, &err), 0);
	cr_assert_eq(scan_element(&scan, &err), 1);
	cr_assert_eq(scan_integer(&scan, &number, &err), 0);
	cr_assert_eq(number, 1);
	cr_assert_eq(scan_element(&scan, &err), 1);
	cr_assert_eq(scan_integer(&scan, &number, &err), 0);
	cr_assert_eq(number, -2);
	cr_assert_eq(scan_element(&scan, &err), 1);
	cr_assert_eq(scan_peek(&type, &scan, &err), 0);
	cr_assert_eq(type, SCAN_STRING);
	cr_assert_eq(scan_string(&scan, &text, &err), 0);
	cr_assert_str_eq(text.data, "x\n");
	cr_assert_eq(scan_element(&scan, &err), 0);
	cr_assert_eq(scan_member(&scan, &name, &err), 1);
	cr_assert_str_eq(name.data, "b");
	cr_assert_eq(scan_object(&scan, &err), 0);
	cr_assert_eq(scan_member(&scan, &name, &err), 0);
	cr_assert_eq(scan_member(&scan, &name, &err), 1);
	cr_assert_str_eq(name.data, "c");
	cr_assert_eq(scan_array(&scan, &err), 0);
	cr_assert_eq(scan_element(&scan, &err), 0);
	cr_assert_eq(scan_member(&scan, &name, &err), 1);
	cr_assert_eq(scan_peek(&type, &scan, &err), 0);
	cr_assert_eq(type, SCAN_NULL);
	cr_assert_eq(scan_value(&scan, &slice, &len, &err), 0);
	cr_assert_eq(len, 4);
	cr_assert_eq(scan_member(&scan, &name, &err), 1);
	cr_assert_eq(scan_value(&scan, &slice, &len, &err), 0);
	cr_assert_eq(scan_member(&scan, &name, &err), 0);
	cr_assert_eq(scan_peek(&type, &scan, &err), 0);
	cr_assert_eq(type, SCAN_END);
	cr_assert_eq(scan_finish(&scan, &err), 0, "%s", err.message);
}

Test(scan, sees_every_duplicate_name)
{
	struct scan scan = start("{\"a\":1,\"\\u0061\":2}");
	struct intoto_error err = { 0 };
	scoped_value(buffer) name = BUFFER_INIT;
	int64_t number = 0;

	cr_assert_eq(scan_object(&scan, &err), 0);
	for (int i = 1; i <= 2; i++) {
		cr_assert_eq(scan_member(&scan, &name, &err), 1);
		cr_assert_str_eq(name.data, "a");
		cr_assert_eq(scan_integer(&scan, &number, &err), 0);
		cr_assert_eq(number, i);
	}
	cr_assert_eq(scan_member(&scan, &name, &err), 0);
}

Test(scan, a_value_is_a_slice_of_the_text)
{
	const char *text = "[ {\"a\": [1, {\"b\":\"]}\"}]} , 2]";
	struct scan scan = start(text);
	struct intoto_error err = { 0 };
	const char *slice = NULL;
	size_t len = 0;

	cr_assert_eq(scan_array(&scan, &err), 0);
	cr_assert_eq(scan_element(&scan, &err), 1);
	cr_assert_eq(scan_value(&scan, &slice, &len, &err), 0);
	cr_assert_eq(slice, text + 2);
	cr_assert_eq(len, strlen("{\"a\": [1, {\"b\":\"]}\"}]}"));
	cr_assert_eq(scan_element(&scan, &err), 1);
	cr_assert_eq(scan_value(&scan, &slice, &len, &err), 0);
	cr_assert_eq(len, 1);
	cr_assert_eq(scan_element(&scan, &err), 0);
	cr_assert_eq(scan_finish(&scan, &err), 0);
}

Test(scan, decodes_escapes_at_every_offset)
{
	for (size_t pad = 0; pad < 24; pad++) {
		char text[80];
		struct scan scan;
		struct intoto_error err = { 0 };
		scoped_value(buffer) out = BUFFER_INIT;

		snprintf(text, sizeof(text),
			 "\"%.*s\\ud83d\\ude00\\u00e9\\u20ac\xc3\xa9\\/z\"",
			 (int)pad, "aaaaaaaaaaaaaaaaaaaaaaaaaaa");
		scan = start(text);
		cr_assert_eq(scan_string(&scan, &out, &err), 0, "%s",
			     err.message);
		cr_assert_str_eq(out.data + pad, "\xf0\x9f\x98\x80\xc3\xa9"
						 "\xe2\x82\xac\xc3\xa9/z");
	}
}

Test(scan, a_nul_escape_is_taken_in_a_string_and_refused_in_a_name)
{
	struct scan scan = start("\"a\\u0000b\"");
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;

	cr_assert_eq(scan_string(&scan, &out, &err), 0);
	cr_assert_eq(out.len, 3);
	cr_assert_eq(memcmp(out.data, "a\0b", 3), 0);
	scan = start("{\"a\\u0000b\":1}");
	cr_assert_eq(scan_object(&scan, &err), 0);
	cr_assert_eq(scan_member(&scan, &out, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
}

Test(scan, a_string_over_the_maximum_of_the_buffer_is_refused)
{
	struct scan scan = start("\"abcdef\"");
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_MAX(5);

	cr_assert_eq(scan_string(&scan, &out, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
}

Test(scan, integers_fit_64_bits)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = { { "0", 0 },
		     { "-0", 0 },
		     { " 42", 42 },
		     { "9223372036854775807", INT64_MAX },
		     { "-9223372036854775808", INT64_MIN } };
	static const char *const bad[] = {
		"9223372036854775808",
		"-9223372036854775809",
		"99999999999999999999",
		"01",
		"-",
		"-a",
		"",
		"1.0",
		"1e1",
		"1E1",
		"\"1\"",
		"--1",
		"+1",
		"null",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct scan scan = start(good[i].text);
		struct intoto_error err = { 0 };
		int64_t value = 7;

		cr_assert_eq(scan_integer(&scan, &value, &err), 0, "%s",
			     good[i].text);
		cr_assert_eq(value, good[i].value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct scan scan = start(bad[i]);
		struct intoto_error err = { 0 };
		int64_t value = 7;

		cr_assert_eq(scan_integer(&scan, &value, &err), -1, "%s",
			     bad[i]);
		cr_assert_eq(value, 7);
	}
}

Test(scan, commas_and_colons_are_demanded)
{
	struct scan scan = start("[1 2]");
	struct intoto_error err = { 0 };
	scoped_value(buffer) name = BUFFER_INIT;
	int64_t number;

	scan_array(&scan, &err);
	cr_assert_eq(scan_element(&scan, &err), 1);
	cr_assert_eq(scan_integer(&scan, &number, &err), 0);
	cr_assert_eq(scan_element(&scan, &err), -1);

	scan = start("[1,]");
	scan_array(&scan, &err);
	cr_assert_eq(scan_element(&scan, &err), 1);
	cr_assert_eq(scan_integer(&scan, &number, &err), 0);
	cr_assert_eq(scan_element(&scan, &err), -1);
	cr_assert_str_eq(err.message,
			 "not valid JSON: nothing after a comma at byte 3");

	scan = start("[,1]");
	scan_array(&scan, &err);
	cr_assert_eq(scan_element(&scan, &err), 1);
	cr_assert_eq(scan_integer(&scan, &number, &err), -1);

	scan = start("{\"a\" 1}");
	scan_object(&scan, &err);
	cr_assert_eq(scan_member(&scan, &name, &err), -1);

	scan = start("[1}");
	scan_array(&scan, &err);
	cr_assert_eq(scan_element(&scan, &err), 1);
	cr_assert_eq(scan_integer(&scan, &number, &err), 0);
	cr_assert_eq(scan_element(&scan, &err), -1);
}

Test(scan, an_open_container_is_not_finished)
{
	struct scan scan = start("[");
	struct intoto_error err = { 0 };

	cr_assert_eq(scan_array(&scan, &err), 0);
	cr_assert_eq(scan_finish(&scan, &err), -1);
	scan = start("1 x");
	int64_t number;

	cr_assert_eq(scan_integer(&scan, &number, &err), 0);
	cr_assert_eq(scan_finish(&scan, &err), -1);
}

Test(scan, depth_counts_what_was_entered_before_a_skip)
{
	char text[3 * JSON_DEPTH_MAX];
	struct intoto_error err = { 0 };
	struct scan scan;
	const char *slice;
	size_t len;

	for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1;
	     depth++) {
		bool fits = depth == JSON_DEPTH_MAX;

		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		scan = scan_start(text, 2 * depth);
		cr_assert_eq(scan_array(&scan, &err), 0);
		cr_assert_eq(scan_element(&scan, &err), 1);
		cr_assert_eq(scan_value(&scan, &slice, &len, &err),
			     fits ? 0 : -1);
		cr_assert(fits || err.code == INTOTO_ELIMIT);
	}
}

/* What scan says about a text, without the checks that jansson lacks. */
static bool is_accepted(const char *text, size_t len)
{
	struct scan scan = scan_start(text, len);
	struct intoto_error err = { 0 };
	const char *slice;
	size_t slice_len;

	return scan_value(&scan, &slice, &slice_len, &err) == 0 &&
	       scan_finish(&scan, &err) == 0;
}

static bool has_real(const json_t *value)
{
	const char *name;
	json_t *item;
	size_t i;

	if (json_is_real(value))
		return true;
	json_array_foreach(value, i, item) if (has_real(item)) return true;
	json_object_foreach((json_t *)value, name,
			    item) if (has_real(item)) return true;
	return false;
}

Test(scan, agrees_with_jansson_on_mutated_documents)
{
	static const char seed[] =
		"{\"a\":[1,-20,true,false,null,{}],\"b\\n\":\"x\\u00e9\\ud83d"
		"\\ude00\xc3\xa9\xf0\x9f\x98\x80y\", \"c\" : {\"d\":[[],[0]]}}";
	static const char pieces[] = "{}[]\",:\\u0d8ceEtfn-+.1 \n\x7f\x80\xc3"
				     "\xed\xa0\xf0\xff\x01/";
	uint64_t state = 88172645463325252u;
	size_t accepted = 0;

	for (int round = 0; round < 200000; round++) {
		char text[sizeof(seed)];
		size_t len = sizeof(seed) - 1;
		json_error_t error;
		scoped_json value = NULL;
		bool ours;

		memcpy(text, seed, sizeof(seed));
		for (uint64_t n = round % 3 + 1; n > 0; n--) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			size_t at = state % len;
			size_t piece = (state >> 20) % (sizeof(pieces) - 1);

			switch ((state >> 40) % 3) {
			case 0:
				text[at] = pieces[piece];
				break;
			case 1:
				memmove(text + at, text + at + 1, len - at);
				len--;
				break;
			default:
				len = at > 60 ? len : len - at % 2;
				text[at] = text[(at * 7 + piece) % len];
			}
		}
		value = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL,
				   &error);
		ours = is_accepted(text, len);
		if (value && !has_real(value))
			cr_assert(ours, "only jansson takes %.*s", (int)len,
				  text);
		else
			cr_assert_not(ours, "only scan takes %.*s", (int)len,
				      text);
		accepted += ours;
	}
	cr_assert_gt(accepted, 1000);
}
