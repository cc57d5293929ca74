#include <criterion/criterion.h>

#include "people.h"

#define HEAD "{\"_type\":\"layout\",\"expires\":\"2030-01-01T00:00:00Z\","
#define EMPTY HEAD "\"steps\":[],\"inspect\":[]}"
#define STEP(fields) \
	HEAD "\"steps\":[{\"name\":\"a\"" fields "}],\"inspect\":[]}"
#define README(text) HEAD "\"steps\":[],\"inspect\":[],\"readme\":\"" text "\"}"
#define PROJECT "0123456789abcdef0123456789abcdef"
#define STAMP "git-intoto-layout: project=" PROJECT " name=release version=3"

static struct layout *layout_of(const char *text)
{
	struct intoto_error err = { 0 };
	struct layout *layout = NULL;

	cr_assert_eq(layout_read(&layout, text, strlen(text), &err), 0,
		     "%s: %s", text, err.message);
	return layout;
}

static void is_canonically(const char *text, const char *canonical)
{
	struct intoto_error err = { 0 };
	scoped(layout) layout = layout_of(text);
	scoped_value(buffer) out = BUFFER_INIT;
	char digest[SHA256_HEX_SIZE];
	char expected[SHA256_HEX_SIZE];

	cr_assert_eq(layout_append_canonical(&out, layout, &err), 0);
	cr_expect_str_eq(buffer_text(&out), canonical);
	cr_assert_eq(layout_digest(digest, layout, &err), 0);
	sha256_hex(expected, canonical, strlen(canonical));
	cr_expect_str_eq(digest, expected);
}

static void is_refused(const char *text)
{
	struct intoto_error err = { 0 };
	struct layout *layout = NULL;

	cr_assert_eq(layout_read(&layout, text, strlen(text), &err), -1, "%s",
		     text);
	cr_expect_eq(err.code, INTOTO_EINVALID, "%s", err.message);
	cr_expect_null(layout);
}

Test(layout, missing_fields_have_defaults)
{
	is_canonically(EMPTY, "{\"_type\":\"layout\",\"expires\":"
			      "\"2030-01-01T00:00:00Z\",\"inspect\":[],"
			      "\"keys\":{},\"readme\":\"\",\"steps\":[]}");
	is_canonically(STEP(),
		       "{\"_type\":\"layout\",\"expires\":"
		       "\"2030-01-01T00:00:00Z\",\"inspect\":[],"
		       "\"keys\":{},\"readme\":\"\",\"steps\":[{\"_type\":"
		       "\"step\",\"expected_command\":[],"
		       "\"expected_materials\":[],\"expected_products\":[],"
		       "\"name\":\"a\",\"pubkeys\":[],\"threshold\":1}]}");
}

Test(layout, unknown_fields_are_dropped)
{
	is_canonically(HEAD "\"x\":1,\"steps\":[],\"inspect\":[{\"name\":"
			    "\"i\",\"pubkeys\":[\"00\"],\"threshold\":2,"
			    "\"_type\":\"step\",\"run\":[\"true\"]}]}",
		       "{\"_type\":\"layout\",\"expires\":"
		       "\"2030-01-01T00:00:00Z\",\"inspect\":[{\"_type\":"
		       "\"inspection\",\"expected_materials\":[],"
		       "\"expected_products\":[],\"name\":\"i\",\"run\":"
		       "[\"true\"]}],\"keys\":{},\"readme\":\"\","
		       "\"steps\":[]}");
}

Test(layout, key_objects_keep_the_members_they_came_with)
{
	const struct person ann = person_make(1);
	json_t *key = key_to_json(ann.key);
	scoped_value(buffer) canonical = BUFFER_INIT;
	struct intoto_error err = { 0 };
	scoped_text text = NULL;
	scoped_text expected = NULL;
	char *listed = NULL;

	json_object_set_new(key, "x-extra", json_integer(7));
	canonical_append(&canonical, key, &err);
	listed = json_dumps(key, 0);
	text = xasprintf(HEAD "\"steps\":[],\"inspect\":[],\"keys\":"
			      "{\"%s\":%s}}",
			 key_id(ann.key), listed);
	expected = xasprintf("{\"_type\":\"layout\",\"expires\":"
			     "\"2030-01-01T00:00:00Z\",\"inspect\":[],"
			     "\"keys\":{\"%s\":%s},\"readme\":\"\","
			     "\"steps\":[]}",
			     key_id(ann.key), buffer_text(&canonical));
	is_canonically(text, expected);
	free(listed);
	json_decref(key);
	key_free(ann.key);
}

Test(layout, malformed_ones_are_refused)
{
	is_refused("[]");
	is_refused("{}");
	is_refused("{\"_type\":\"layout\",\"steps\":[],\"inspect\":[]}");
	is_refused("{\"_type\":\"layout\",\"expires\":\"2030-02-30T00:00:00Z\""
		   ",\"steps\":[],\"inspect\":[]}");
	is_refused("{\"_type\":\"layout\",\"expires\":\"\",\"steps\":[],"
		   "\"inspect\":[]}");
	is_refused("{\"_type\":\"link\",\"expires\":\"2030-01-01T00:00:00Z\","
		   "\"steps\":[],\"inspect\":[]}");
	is_refused(HEAD "\"inspect\":[]}");
	is_refused(HEAD "\"steps\":[]}");
	is_refused(HEAD "\"steps\":{},\"inspect\":[]}");
	is_refused(HEAD "\"steps\":[7],\"inspect\":[]}");
	is_refused(HEAD "\"steps\":[{}],\"inspect\":[]}");
	is_refused(HEAD "\"steps\":[],\"inspect\":[],\"keys\":[]}");
	is_refused(HEAD "\"steps\":[],\"inspect\":[],\"keys\":{\"xyz\":{}}}");
	is_refused(HEAD "\"steps\":[],\"inspect\":[],\"keys\":{\"00\":{}}}");
	is_refused(HEAD "\"steps\":[],\"inspect\":[],\"readme\":null}");
	is_refused(STEP(",\"threshold\":0"));
	is_refused(STEP(",\"threshold\":-1"));
	is_refused(STEP(",\"threshold\":\"1\""));
	is_refused(STEP(",\"pubkeys\":[\"xyz\"]"));
	is_refused(STEP(",\"pubkeys\":[7]"));
	is_refused(STEP(",\"expected_command\":\"make\""));
	is_refused(STEP(",\"expected_command\":[7]"));
	is_refused(STEP(",\"expected_products\":[[\"PERMIT\",\"*\"]]"));
	is_refused(STEP(",\"expected_products\":[\"ALLOW *\"]"));
}

Test(layout, names_are_unique_and_no_paths)
{
	is_refused(HEAD "\"steps\":[{\"name\":\"a\"},{\"name\":\"a\"}],"
			"\"inspect\":[]}");
	is_refused(HEAD "\"steps\":[{\"name\":\"a\"}],"
			"\"inspect\":[{\"name\":\"a\"}]}");
	is_refused(HEAD "\"steps\":[{\"name\":\"../a\"}],\"inspect\":[]}");
	is_refused(HEAD "\"steps\":[],\"inspect\":[{\"name\":\"a/b\"}]}");
}

Test(layout, the_stamp_is_the_last_line_of_the_readme)
{
	scoped(layout) plain = layout_of(README("hello\\n"));
	scoped(layout) bare = layout_of(README(STAMP));
	scoped(layout) with = layout_of(README("hello\\n\\n" STAMP));
	scoped_text again = layout_stamp_text(&with->stamp);

	cr_expect_str_eq(plain->stamp.project, "");
	cr_expect_null(plain->stamp.name);
	cr_expect_str_eq(bare->stamp.project, PROJECT);
	cr_expect_str_eq(with->stamp.name, "release");
	cr_expect_eq(with->stamp.version, 3);
	cr_expect_str_eq(again, STAMP);
}

Test(layout, a_sublayout_names_its_step_and_is_no_layout_for_itself)
{
	scoped(layout) sub = layout_of(README("hello\\n" STAMP " step=a b=c"));
	scoped_text again = layout_stamp_text(&sub->sub);

	cr_expect_str_eq(sub->stamp.project, "");
	cr_expect_null(sub->stamp.name);
	cr_expect_str_eq(sub->sub.project, PROJECT);
	cr_expect_str_eq(sub->sub.name, "release");
	cr_expect_eq(sub->sub.version, 3);
	cr_expect_str_eq(sub->sub.step, "a b=c");
	cr_expect_str_eq(again, STAMP " step=a b=c");
}

#define TAG " tag=0123456789abcdef0123456789abcdef01234567"

Test(layout, a_sublayout_may_be_of_one_tag)
{
	scoped(layout) sub = layout_of(README(STAMP TAG " step=a tag=b"));
	scoped(layout) any = layout_of(README(STAMP " step=a" TAG));
	scoped_text again = layout_stamp_text(&sub->sub);

	cr_expect_str_eq(sub->sub.tag, &TAG[strlen(" tag=")]);
	cr_expect_str_eq(sub->sub.step, "a tag=b");
	cr_expect_str_eq(again, STAMP TAG " step=a tag=b");
	cr_expect_str_eq(any->sub.tag, "");
}

Test(layout, a_stamp_out_of_place_is_refused)
{
	is_refused(README(STAMP "\\n"));
	is_refused(README(STAMP "\\nbye"));
	is_refused(README(STAMP "\\n" STAMP));
	is_refused(README("git-intoto-layout:\\n" STAMP));
}

Test(layout, a_malformed_stamp_is_refused)
{
	const char *const stamps[] = {
		"git-intoto-layout:",
		STAMP " ",
		STAMP "a",
		STAMP " more=1",
		STAMP " step=",
		STAMP " step=a/b",
		STAMP " step=..",
		STAMP " step=\\u0007",
		STAMP "  step=a",
		STAMP " Step=a",
		STAMP TAG,
		STAMP TAG "0 step=a",
		STAMP TAG TAG " step=a",
		STAMP " tag= step=a",
		STAMP " tag=0123456789ABCDEF0123456789abcdef01234567 step=a",
		"git-intoto-layout: project=" PROJECT " name=release version=",
		"git-intoto-layout: project=" PROJECT " name=release version=0",
		"git-intoto-layout: project=" PROJECT
		" name=release version=03",
		"git-intoto-layout: project=" PROJECT
		" name=release version=-3",
		"git-intoto-layout: project=" PROJECT
		" name=release version=99999999999999999999",
		"git-intoto-layout: project=" PROJECT " name= version=1",
		"git-intoto-layout: project=" PROJECT " name=../x version=1",
		"git-intoto-layout: project=" PROJECT " name=a.lock version=1",
		"git-intoto-layout: name=release project=" PROJECT " version=1",
		"git-intoto-layout: project=0123 name=release version=1",
		"git-intoto-layout:  project=" PROJECT
		" name=release version=1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(stamps); i++) {
		scoped_text text = xasprintf(
			HEAD "\"steps\":[],\"inspect\":[],\"readme\":\"%s\"}",
			stamps[i]);

		is_refused(text);
	}
}

Test(layout, a_step_finds_its_keys_by_either_keyid)
{
	struct person ann = person_make(1);
	struct person bob = person_make(2);
	struct person eve = person_make(3);
	scoped_text a = person_listed(&ann, key_id(ann.key));
	scoped_text b = person_listed(&bob, key_id_new(bob.key));
	scoped_text e = person_listed(&eve, key_id(eve.key));
	scoped_text text = xasprintf(
		HEAD "\"keys\":{%s,%s,%s},\"inspect\":[],\"steps\":[{\"name\":"
		     "\"a\",\"pubkeys\":[\"%s\",\"%s\",\"%s\",\"abcd\"]}]}",
		a, b, e, key_id_new(ann.key), key_id(bob.key), key_id(ann.key));
	scoped(layout) layout = layout_of(text);
	const struct layout_item *step = layout_step(layout, "a");
	const struct key **keys = NULL;

	cr_assert_not_null(step);
	cr_expect_null(layout_step(layout, "b"));
	cr_expect_eq(layout_step_keys(&keys, layout, step), 2);
	cr_expect(key_same(keys[0], ann.key));
	cr_expect(key_same(keys[1], bob.key));
	cr_expect(layout_step_key(layout, step, key_id(ann.key)));
	cr_expect(layout_step_key(layout, step, key_id_new(bob.key)));
	cr_expect_null(layout_step_key(layout, step, key_id(eve.key)));
	cr_expect_null(layout_step_key(layout, step, "abcd"));
	free(keys);
	key_free(ann.key);
	key_free(bob.key);
	key_free(eve.key);
}
