#include <criterion/criterion.h>
#include <string.h>

#include "metadata/artifacts.h"

#define HEX_A "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4"

static int scan_text(struct artifacts **out, const char *text,
		     struct intoto_error *err)
{
	struct scan scan = scan_start(text, strlen(text));

	return artifacts_scan(out, &scan, err);
}

static void is_written(const char *text, const char *canonical,
		       const char *compact)
{
	struct intoto_error err = { 0 };
	scoped(artifacts) set = NULL;
	scoped_value(buffer) a = BUFFER_INIT;
	scoped_value(buffer) b = BUFFER_INIT;

	cr_assert_eq(scan_text(&set, text, &err), 0, "%s", err.message);
	artifacts_append_canonical(&a, set);
	artifacts_append_compact(&b, set);
	cr_expect_str_eq(buffer_text(&a), canonical);
	cr_expect_str_eq(buffer_text(&b), compact);
}

static void is_refused(const char *text, enum intoto_code code)
{
	struct intoto_error err = { 0 };
	struct artifacts *set = NULL;

	cr_assert_eq(scan_text(&set, text, &err), -1, "%s", text);
	cr_expect_eq(err.code, code, "%s", err.message);
	cr_expect_null(set);
}

Test(artifacts, are_sorted_by_bytes)
{
	uint8_t digest[SHA256_SIZE] = { 1 };
	struct intoto_error err = { 0 };
	scoped(artifacts) set = artifacts_new();

	artifacts_add(set, "b", 1, digest);
	artifacts_add(set, "a/b", 3, digest);
	artifacts_add(set, "a", 1, digest);
	artifacts_add(set, "\xf0\x9f\x98\x80", 4, digest);
	artifacts_add(set, "\xef\xbf\xbd", 3, digest);
	cr_assert_eq(artifacts_finish(set, &err), 0);
	cr_assert_eq(artifacts_count(set), 5);
	cr_expect_str_eq(artifacts_at(set, 0).name, "a");
	cr_expect_str_eq(artifacts_at(set, 1).name, "a/b");
	cr_expect_str_eq(artifacts_at(set, 2).name, "b");
	cr_expect_str_eq(artifacts_at(set, 3).name, "\xef\xbf\xbd");
	cr_expect_eq(artifacts_find(set, "a/b", 3), 1);
	cr_expect_eq(artifacts_find(set, "a/", 2), -1);
	cr_expect_eq(artifacts_find(set, "z", 1), -1);
}

Test(artifacts, are_found_from_a_hint_and_without)
{
	uint8_t digest[SHA256_SIZE] = { 1 };
	struct intoto_error err = { 0 };
	scoped(artifacts) set = artifacts_new();
	size_t hint = 0;

	artifacts_add(set, "a", 1, digest);
	artifacts_add(set, "b", 1, digest);
	artifacts_add(set, "c", 1, digest);
	cr_assert_eq(artifacts_finish(set, &err), 0);
	cr_expect_eq(artifacts_find_next(set, "a", 1, &hint), 0);
	cr_expect_eq(hint, 1);
	cr_expect_eq(artifacts_find_next(set, "c", 1, &hint), 2);
	cr_expect_eq(artifacts_find_next(set, "d", 1, &hint), -1);
	cr_expect_eq(artifacts_find_next(set, "a", 1, &hint), 0);
}

Test(artifacts, a_name_that_is_there_twice_is_refused)
{
	uint8_t digest[SHA256_SIZE] = { 1 };
	struct intoto_error err = { 0 };
	scoped(artifacts) set = artifacts_new();

	artifacts_add(set, "a", 1, digest);
	artifacts_add(set, "b", 1, digest);
	artifacts_add(set, "a", 1, digest);
	cr_assert_eq(artifacts_finish(set, &err), -1);
	cr_expect_eq(err.code, INTOTO_EINVALID);
	is_refused("{\"a\":{\"sha256\":\"" HEX_A "\"},"
		   "\"\\u0061\":{\"sha256\":\"" HEX_A "\"}}",
		   INTOTO_EINVALID);
}

Test(artifacts, more_than_the_limit_are_refused)
{
	uint8_t digest[SHA256_SIZE] = { 1 };
	struct intoto_error err = { 0 };
	scoped(artifacts) set = artifacts_new();

	for (unsigned i = 0; i <= ARTIFACTS_MAX; i++) {
		char name[16];
		int len = snprintf(name, sizeof(name), "%08u", i);

		artifacts_add(set, name, (size_t)len, digest);
	}
	cr_assert_eq(artifacts_finish(set, &err), -1);
	cr_expect_eq(err.code, INTOTO_ELIMIT);
}

Test(artifacts, are_written_canonically_and_as_one_line)
{
	is_written("{}", "{}", "{}");
	is_written("{ \"b\\n\": {\"sha256\": \"" HEX_A "\"},\n \"a\\\"\": "
		   "{\"sha256\":\"" HEX_A "\"}}",
		   "{\"a\\\"\":{\"sha256\":\"" HEX_A "\"},"
		   "\"b\n\":{\"sha256\":\"" HEX_A "\"}}",
		   "{\"a\\\"\":{\"sha256\":\"" HEX_A "\"},"
		   "\"b\\n\":{\"sha256\":\"" HEX_A "\"}}");
}

Test(artifacts, other_digest_sets_keep_their_shape)
{
	is_written("{\"a\":{\"sha512\":\"AB\",\"gitCommit\":\"01\"}}",
		   "{\"a\":{\"gitCommit\":\"01\",\"sha512\":\"AB\"}}",
		   "{\"a\":{\"gitCommit\":\"01\",\"sha512\":\"AB\"}}");
	is_written("{\"a\":{\"sha256\":\"AB\"},\"b\":{}}",
		   "{\"a\":{\"sha256\":\"AB\"},\"b\":{}}",
		   "{\"a\":{\"sha256\":\"AB\"},\"b\":{}}");
}

Test(artifacts, malformed_sets_are_refused)
{
	is_refused("[]", INTOTO_EINVALID);
	is_refused("{\"\":{}}", INTOTO_EINVALID);
	is_refused("{\"a\\u0000\":{}}", INTOTO_EINVALID);
	is_refused("{\"a\":\"b\"}", INTOTO_EINVALID);
	is_refused("{\"a\":null}", INTOTO_EINVALID);
	is_refused("{\"a\":{\"sha256\":1}}", INTOTO_EINVALID);
	is_refused("{\"a\":{\"sha256\":\"\"}}", INTOTO_EINVALID);
	is_refused("{\"a\":{\"sha256\":\"xy\"}}", INTOTO_EINVALID);
	is_refused("{\"a\":{\"x\\ny\":\"00\"}}", INTOTO_EINVALID);
	is_refused("{\"a\":{\"x\":\"00\",\"x\":\"00\"}}", INTOTO_EINVALID);
	is_refused("{\"a\":{\"sha256\":\"" HEX_A "\",\"sha256\":\"" HEX_A
		   "\"}}",
		   INTOTO_EINVALID);
	is_refused("{\"a\":{}", INTOTO_EINVALID);
}

Test(artifacts, digest_sets_are_compared_whole)
{
	struct intoto_error err = { 0 };
	scoped(artifacts) a = NULL;
	scoped(artifacts) b = NULL;
	scoped(artifacts) c = NULL;

	scan_text(&a, "{\"x\":{\"sha256\":\"" HEX_A "\"}}", &err);
	scan_text(&b, "{\"x\":{\"sha256\":\"" HEX_A "\",\"sha1\":\"00\"}}",
		  &err);
	scan_text(&c, "{\"x\": {\"sha256\": \"" HEX_A "\"}}", &err);
	cr_expect(artifacts_equal(a, c));
	cr_expect_not(artifacts_equal(a, b));
}

Test(artifacts, are_described_for_messages)
{
	struct intoto_error err = { 0 };
	scoped(artifacts) set = NULL;
	scoped_value(buffer) text = BUFFER_INIT;
	struct artifact artifact;

	scan_text(&set, "{\"x\":{\"sha256\":\"" HEX_A "\"}}", &err);
	artifact = artifacts_at(set, 0);
	artifact_describe(&text, &artifact);
	cr_expect_str_eq(buffer_text(&text), "sha256 " HEX_A);
}
