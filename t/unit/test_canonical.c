/* test_canonical.c: the reference's vectors, and one line per note line. */
#include <criterion/criterion.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "json/canonical.h"

static json_t *load(const char *text)
{
	struct intoto_error err = { 0 };
	json_t *value = NULL;

	cr_assert_eq(json_load_strict(&value, text, strlen(text), &err), 0,
		     "%s", err.message);
	return value;
}

static void check(const char *text, const char *canonical, const char *compact)
{
	scoped_json value = load(text);
	scoped_value(buffer) out = BUFFER_INIT;
	scoped_value(buffer) line = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(canonical_append(&out, value, &err), 0, "%s", err.message);
	cr_assert_str_eq(out.data, canonical);
	cr_assert_eq(compact_append(&line, value, &err), 0, "%s", err.message);
	cr_assert_str_eq(line.data, compact);
}

Test(canonical, vectors_of_the_reference)
{
	scoped_value(buffer) file = BUFFER_INIT;
	scoped_json vectors = NULL;
	struct intoto_error err = { 0 };
	json_t *list = NULL;
	json_t *vector;
	size_t i;
	size_t refused = 0;

	cr_assert_eq(file_read(&file, "t/data/vectors.json", 1 << 20, &err), 0,
		     "%s", err.message);
	cr_assert_eq(json_load_strict(&vectors, file.data, file.len, &err), 0,
		     "%s", err.message);
	cr_assert_eq(json_need_array(&list, vectors, "canonical", "vectors",
				     &err),
		     0);
	cr_assert_eq(json_array_size(list), 8);
	json_array_foreach(list, i, vector)
	{
		const char *text = NULL;
		const char *hex = NULL;
		const char *sha256 = NULL;
		scoped_json value = NULL;
		scoped_value(buffer) out = BUFFER_INIT;
		unsigned char digest[SHA256_DIGEST_LENGTH];
		char shown[2 * SHA256_DIGEST_LENGTH + 1];

		json_need_string(&text, vector, "json", "vector", &err);
		json_need_string(&hex, vector, "canonical_hex", "vector", &err);
		json_need_string(&sha256, vector, "sha256", "vector", &err);
		if (!strcmp(text, "1000000000000000000000000000000")) {
			cr_assert_eq(json_load_strict(&value, text,
						      strlen(text), &err),
				     -1);
			cr_assert_eq(err.code, INTOTO_EINVALID);
			refused++;
			continue;
		}
		cr_assert_eq(json_load_strict(&value, text, strlen(text), &err),
			     0, "%s", err.message);
		cr_assert_eq(canonical_append(&out, value, &err), 0);
		scoped_value(buffer) out_hex = BUFFER_INIT;

		hex_append(&out_hex, out.data, out.len);
		cr_assert_str_eq(out_hex.data, hex);
		SHA256((unsigned char *)out.data, out.len, digest);
		hex_encode(shown, digest, sizeof(digest));
		cr_assert_str_eq(shown, sha256);
	}
	cr_assert_eq(refused, 1);
}

Test(canonical, sorts_members_and_drops_spaces)
{
	check(" { \"b\" : 1 , \"a\" : [ ] , \"\" : null } ",
	      "{\"\":null,\"a\":[],\"b\":1}", "{\"\":null,\"a\":[],\"b\":1}");
	check("{\"ab\":1,\"a\":2,\"a!\":3,\"B\":4}",
	      "{\"B\":4,\"a\":2,\"a!\":3,\"ab\":1}",
	      "{\"B\":4,\"a\":2,\"a!\":3,\"ab\":1}");
}

Test(canonical, sorts_by_code_point_and_not_by_utf16_unit)
{
	check("{\"\\ud800\\udc00\":2,\"\\ue000\":1,\"z\":0,\"\\u0080\":3}",
	      "{\"z\":0,\"\xc2\x80\":3,\"\xee\x80\x80\":1,"
	      "\"\xf0\x90\x80\x80\":2}",
	      "{\"z\":0,\"\xc2\x80\":3,\"\xee\x80\x80\":1,"
	      "\"\xf0\x90\x80\x80\":2}");
}

Test(canonical, sorts_by_the_name_and_not_by_its_escaped_form)
{
	check("{\"]\":1,\"\\\\\":2,\"[\":3,\"\\\"\":4,\"#\":5,\"!\":6}",
	      "{\"!\":6,\"\\\"\":4,\"#\":5,\"[\":3,\"\\\\\":2,\"]\":1}",
	      "{\"!\":6,\"\\\"\":4,\"#\":5,\"[\":3,\"\\\\\":2,\"]\":1}");
}

Test(canonical, integers_are_plain_decimals)
{
	check("[-0,0,1,-1,9223372036854775807,-9223372036854775808]",
	      "[0,0,1,-1,9223372036854775807,-9223372036854775808]",
	      "[0,0,1,-1,9223372036854775807,-9223372036854775808]");
}

Test(canonical, escapes_only_backslash_and_quote)
{
	check("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u001b\\u007f\\u2028\"",
	      "\"\\\"\\\\/\b\f\n\r\t\033\x7f\xe2\x80\xa8\"",
	      "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u001b\\u007f\xe2\x80\xa8\"");
}

Test(canonical, special_characters_are_found_at_every_offset)
{
	for (size_t len = 1; len < 40; len++) {
		for (size_t at = 0; at < len; at++) {
			char text[64];
			scoped_value(buffer) out = BUFFER_INIT;
			scoped_value(buffer) line = BUFFER_INIT;

			memset(text, 'a', len);
			text[at] = '"';
			canonical_append_string(&out, text, len);
			cr_assert_eq(out.len, len + 3);
			cr_assert_eq(memcmp(out.data + at + 1, "\\\"", 2), 0);
			text[at] = '\x1f';
			compact_append_string(&line, text, len);
			cr_assert_eq(line.len, len + 7);
			cr_assert_eq(memcmp(line.data + at + 1, "\\u001f", 6),
				     0);
		}
	}
}

Test(canonical, a_nul_is_raw_when_signed_and_escaped_in_a_line)
{
	scoped_value(buffer) out = BUFFER_INIT;
	scoped_value(buffer) line = BUFFER_INIT;

	canonical_append_string(&out, "a\0b", 3);
	cr_assert_eq(out.len, 5);
	cr_assert_eq(memcmp(out.data, "\"a\0b\"", 5), 0);
	compact_append_string(&line, "a\0b", 3);
	cr_assert_str_eq(line.data, "\"a\\u0000b\"");
}

Test(canonical, a_compact_line_reads_back_equal)
{
	struct buffer text = BUFFER_INIT;
	scoped_json value = NULL;
	scoped_json back = NULL;
	struct intoto_error err = { 0 };
	char all[256];

	for (int i = 0; i < 128; i++)
		all[i] = (char)i;
	value = json_pack("{s:s%,s:[n,b,i]}", "k\x01\x7f", all, (size_t)128,
			  "a", 1, -5);
	cr_assert_eq(compact_append(&text, value, &err), 0);
	for (size_t i = 0; i < text.len; i++)
		cr_assert(text.data[i] >= 0x20 && text.data[i] != 0x7f);
	cr_assert_eq(json_load_strict(&back, text.data, text.len, &err), 0,
		     "%s", err.message);
	cr_assert(json_equal(value, back));
	buffer_release(&text);
}

Test(canonical, a_float_anywhere_is_refused_and_nothing_is_added)
{
	scoped_json value = json_pack("{s:i,s:[i,f]}", "a", 1, "b", 2, 1.0);
	scoped_value(buffer) out = BUFFER_INIT;
	struct intoto_error err = { 0 };

	buffer_puts(&out, "kept");
	cr_assert_eq(canonical_append(&out, value, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_str_eq(out.data, "kept");
	cr_assert_eq(compact_append(&out, value, &err), -1);
	cr_assert_str_eq(out.data, "kept");
}

Test(canonical, nesting_is_bounded)
{
	scoped_value(buffer) out = BUFFER_INIT;
	struct intoto_error err = { 0 };
	scoped_json value = json_array();

	for (int depth = 1; depth < JSON_DEPTH_MAX; depth++)
		value = json_pack("[o]", value);
	cr_assert_eq(canonical_append(&out, value, &err), 0);
	cr_assert_eq(out.len, 2 * JSON_DEPTH_MAX);
	for (int depth = 0; depth < 100000; depth++)
		value = json_pack("[o]", value);
	cr_assert_eq(canonical_append(&out, value, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
}

Test(canonical, a_full_buffer_is_a_failure)
{
	scoped_json value = load("[1,2,3,4,5,6]");
	scoped_value(buffer) out = BUFFER_MAX(12);
	struct intoto_error err = { 0 };

	cr_assert_eq(canonical_append(&out, value, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_eq(out.len, 0);
}
