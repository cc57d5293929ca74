#include <criterion/criterion.h>
#include <string.h>

#include "base/xalloc.h"
#include "metadata/link.h"

static void is_canonically(const char *text, const char *canonical)
{
	struct intoto_error err = { 0 };
	scoped(link) link = NULL;
	scoped_value(buffer) out = BUFFER_INIT;

	cr_assert_eq(link_read(&link, text, strlen(text), &err), 0, "%s: %s",
		     text, err.message);
	cr_assert_eq(link_append_canonical(&out, link, &err), 0);
	cr_expect_str_eq(buffer_text(&out), canonical);
}

static void is_refused(const char *text)
{
	struct intoto_error err = { 0 };
	struct link *link = NULL;

	cr_assert_eq(link_read(&link, text, strlen(text), &err), -1, "%s",
		     text);
	cr_expect(err.code == INTOTO_EINVALID || err.code == INTOTO_ELIMIT,
		  "%s", err.message);
	cr_expect_null(link);
}

#define REST "\"command\":[],\"environment\":{},\"materials\":{},"

Test(link, missing_fields_have_defaults)
{
	is_canonically("{\"_type\":\"link\",\"name\":\"tag\"}",
		       "{\"_type\":\"link\",\"byproducts\":{}," REST
		       "\"name\":\"tag\",\"products\":{}}");
}

Test(link, unknown_fields_are_dropped_and_inner_ones_kept)
{
	is_canonically("{\"name\":\"tag\",\"extra\":[1,{\"a\":null}],"
		       "\"byproducts\":{\"z\":1,\"a\":\"x\\ny\"}}",
		       "{\"_type\":\"link\",\"byproducts\":{\"a\":\"x\ny\","
		       "\"z\":1}," REST "\"name\":\"tag\",\"products\":{}}");
}

Test(link, its_line_has_no_control_characters)
{
	const char *text = "{\"name\":\"t\",\"command\":[\"a\\nb\\u007f\"],"
			   "\"byproducts\":{\"stdout\":\"\\u0000\"}}";
	struct intoto_error err = { 0 };
	scoped(link) link = NULL;
	scoped_value(buffer) out = BUFFER_INIT;
	scoped(link) again = NULL;

	cr_assert_eq(link_read(&link, text, strlen(text), &err), 0, "%s",
		     err.message);
	cr_assert_eq(link_append_compact(&out, link, &err), 0);
	for (size_t i = 0; i < out.len; i++)
		cr_expect((unsigned char)out.data[i] >= 0x20 &&
			  out.data[i] != 0x7f);
	cr_assert_eq(link_read(&again, out.data, out.len, &err), 0);
	cr_expect_not(link_contradicts(link, again));
}

Test(link, malformed_ones_are_refused)
{
	is_refused("[]");
	is_refused("{}");
	is_refused("{\"name\":\"a\"} x");
	is_refused("{\"_type\":\"layout\",\"name\":\"a\"}");
	is_refused("{\"_type\":7,\"name\":\"a\"}");
	is_refused("{\"name\":\"a\",\"name\":\"a\"}");
	is_refused("{\"name\":\"a\",\"x\":1,\"x\":1}");
	is_refused("{\"name\":\"a\",\"materials\":[]}");
	is_refused("{\"name\":\"a\",\"materials\":null}");
	is_refused("{\"name\":\"a\",\"command\":{}}");
	is_refused("{\"name\":\"a\",\"byproducts\":[]}");
	is_refused("{\"name\":\"a\",\"environment\":\"\"}");
	is_refused("{\"name\":\"a\",\"environment\":{\"a\":1.0}}");
	is_refused("{\"name\":\"a\",\"extra\":1e3}");
}

Test(link, names_that_are_paths_are_refused)
{
	is_refused("{\"name\":\"\"}");
	is_refused("{\"name\":\".\"}");
	is_refused("{\"name\":\"..\"}");
	is_refused("{\"name\":\"a/b\"}");
	is_refused("{\"name\":\"../x\"}");
	is_refused("{\"name\":\"a\\u0000b\"}");
	is_refused("{\"name\":\"a\\nb\"}");
	is_refused("{\"name\":\"a\\u001b[0m\"}");
	is_refused("{\"name\":null}");
}

Test(link, too_many_unknown_members_are_refused)
{
	scoped_value(buffer) text = BUFFER_INIT;

	buffer_puts(&text, "{\"name\":\"a\"");
	for (int i = 0; i < 100; i++)
		buffer_printf(&text, ",\"m%d\":0", i);
	buffer_puts(&text, "}");
	is_refused(buffer_text(&text));
}

Test(link, contradicts_by_artifacts_and_command_alone)
{
	const char *const texts[] = {
		"{\"name\":\"a\"}",
		"{\"name\":\"a\",\"environment\":{\"x\":1}}",
		"{\"name\":\"a\",\"command\":[\"x\"]}",
		"{\"name\":\"a\",\"products\":{\"x\":{\"sha256\":\"00\"}}}",
		"{\"name\":\"a\",\"materials\":{\"x\":{\"sha256\":\"00\"}}}",
	};
	struct link *links[ARRAY_SIZE(texts)] = { NULL };
	struct intoto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		link_read(&links[i], texts[i], strlen(texts[i]), &err);
	cr_expect_not(link_contradicts(links[0], links[1]));
	cr_expect(link_contradicts(links[0], links[2]));
	cr_expect(link_contradicts(links[0], links[3]));
	cr_expect(link_contradicts(links[0], links[4]));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		link_free(links[i]);
}

Test(link, its_command_is_shown_as_one_would_type_it)
{
	const char *text = "{\"name\":\"a\",\"command\":[\"sh\",\"-c\","
			   "\"echo 'x' $y\",\"\",7]}";
	struct intoto_error err = { 0 };
	scoped(link) link = NULL;
	scoped_text shown = NULL;

	cr_assert_eq(link_read(&link, text, strlen(text), &err), 0);
	shown = link_command_text(link);
	cr_expect_str_eq(shown, "sh -c 'echo '\\''x'\\'' $y' '' 7");
}

Test(link, a_hundred_thousand_paths_survive_the_round_trip)
{
	uint8_t digest[SHA256_SIZE] = { 0 };
	struct intoto_error err = { 0 };
	scoped(link) link = link_new("tag");
	scoped(link) again = NULL;
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_value(buffer) second = BUFFER_INIT;

	for (int i = 0; i < 100000; i++) {
		char name[64];
		int len = snprintf(name, sizeof(name),
				   "drivers/some/folder-%03d/file-%06d.c",
				   i / 100, i);

		memcpy(digest, &i, sizeof(i));
		artifacts_add(link->materials, name, (size_t)len, digest);
	}
	cr_assert_eq(artifacts_finish(link->materials, &err), 0);
	cr_assert_eq(link_append_canonical(&text, link, &err), 0);
	cr_assert_eq(link_read(&again, text.data, text.len, &err), 0, "%s",
		     err.message);
	cr_assert_eq(link_append_canonical(&second, again, &err), 0);
	cr_assert_eq(text.len, second.len);
	cr_expect(!memcmp(text.data, second.data, text.len));
	cr_expect(artifacts_equal(link->materials, again->materials));
}
