/* Edits of a layout's signed part. */
#include "people.h"

#include "base/clock.h"
#include "policy/draft.h"
#include "policy/edit.h"

#define STAMP "git-intoto-layout: project=00 name=release version=1"

static json_t *rules(const char *text)
{
	struct intoto_error err = { 0 };
	json_t *list = json_array();
	struct rule rule;

	cr_assert_eq(rule_from_text(&rule, text, &err), 0);
	json_array_append_new(list, rule_to_json(&rule));
	rule_release(&rule);
	return list;
}

/* A layout with a step by these people. */
static json_t *layout_by(const struct person *people, size_t n,
			 size_t threshold)
{
	struct intoto_error err = { 0 };
	json_t *layout = draft_new(INT64_C(2000000000));
	struct edit edit = { "release", layout, false };
	struct strlist command = STRLIST_INIT;
	struct key *by[8];
	json_t *materials = rules("DISALLOW *");
	struct edit_item item = { "build", materials, materials, &command,
				  by,	   n,	      threshold };

	for (size_t i = 0; i < n; i++)
		by[i] = people[i].key;
	cr_assert_eq(edit_add_step(&edit, &item, &err), 0, "%s", err.message);
	cr_assert(edit.changed);
	json_decref(materials);
	return layout;
}

static json_t *pubkeys(const json_t *layout)
{
	return json_object_get(json_array_get(json_object_get(layout, "steps"),
					      0),
			       "pubkeys");
}

Test(edit, a_key_is_listed_once_under_its_legacy_keyid)
{
	struct intoto_error err = { 0 };
	struct person mona = person_make(1);
	json_t *layout = layout_by(&mona, 1, 1);
	struct edit edit = { "release", layout, false };
	json_t *keys = json_object_get(layout, "keys");

	cr_assert_eq(edit_add_key(&edit, mona.key, &err), 0);
	cr_assert_not(edit.changed);
	cr_assert_eq(json_object_size(keys), 1);
	cr_assert_not_null(json_object_get(keys, key_id(mona.key)));
	json_decref(layout);
	key_free(mona.key);
}

Test(edit, a_key_that_is_listed_under_another_id_keeps_that_id)
{
	struct intoto_error err = { 0 };
	struct person mona = person_make(1);
	struct person bert = person_make(2);
	json_t *layout = layout_by(&bert, 1, 1);
	struct edit edit = { "release", layout, false };
	json_t *keys = json_object_get(layout, "keys");

	json_object_set_new(keys, "abcd", key_to_json(mona.key));
	cr_assert_eq(edit_add_key(&edit, mona.key, &err), 0);
	cr_assert_not(edit.changed);
	cr_assert_eq(edit_authorise(&edit, "build", mona.key, &err), 0);
	cr_assert(edit.changed);
	cr_assert_str_eq(json_string_value(json_array_get(pubkeys(layout), 1)),
			 "abcd");
	cr_assert_eq(edit_remove_key(&edit, NULL, mona.key, &err), 0, "%s",
		     err.message);
	cr_assert_eq(json_array_size(pubkeys(layout)), 1);
	cr_assert_eq(json_object_size(keys), 1);
	json_decref(layout);
	key_free(mona.key);
	key_free(bert.key);
}

Test(edit, a_key_is_authorised_once_by_either_keyid)
{
	struct intoto_error err = { 0 };
	struct person mona = person_make(1);
	json_t *layout = layout_by(&mona, 1, 1);
	struct edit edit = { "release", layout, false };

	json_array_set_new(pubkeys(layout), 0,
			   json_string(key_id_new(mona.key)));
	cr_assert_eq(edit_authorise(&edit, "build", mona.key, &err), 0);
	cr_assert_not(edit.changed);
	json_decref(layout);
	key_free(mona.key);
}

Test(edit, a_step_is_never_left_with_fewer_keys_than_its_threshold)
{
	struct intoto_error err = { 0 };
	struct person people[] = { person_make(1), person_make(2) };
	json_t *layout = layout_by(people, 2, 2);
	struct edit edit = { "release", layout, false };

	cr_assert_eq(edit_remove_key(&edit, "build", people[1].key, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_str_eq(err.hint,
			 "git intoto layout set release --threshold build=1");
	json_decref(layout);
	key_free(people[0].key);
	key_free(people[1].key);
}

Test(edit, material_under_two_ids_counts_once_against_a_threshold)
{
	struct intoto_error err = { 0 };
	struct person mona = person_make(1);
	json_t *layout = layout_by(&mona, 1, 1);
	struct edit edit = { "release", layout, false };

	json_object_set_new(json_object_get(layout, "keys"),
			    key_id_new(mona.key), key_to_json(mona.key));
	json_array_append_new(pubkeys(layout),
			      json_string(key_id_new(mona.key)));
	cr_assert_eq(edit_set_threshold(&edit, "build", 2, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	json_decref(layout);
	key_free(mona.key);
}

Test(edit, material_under_two_ids_is_removed_as_a_whole)
{
	struct intoto_error err = { 0 };
	struct person people[] = { person_make(1), person_make(2) };
	json_t *layout = layout_by(people, 2, 1);
	struct edit edit = { "release", layout, false };
	json_t *keys = json_object_get(layout, "keys");
	struct key *mona = people[0].key;

	json_object_set_new(keys, key_id_new(mona), key_to_json(mona));
	json_array_append_new(pubkeys(layout), json_string(key_id_new(mona)));
	cr_assert_eq(edit_remove_key(&edit, NULL, mona, &err), 0, "%s",
		     err.message);
	cr_assert_eq(json_object_size(keys), 1);
	cr_assert_eq(json_array_size(pubkeys(layout)), 1);
	json_decref(layout);
	key_free(people[0].key);
	key_free(people[1].key);
}

Test(edit, the_same_step_again_is_no_change_and_another_is_refused)
{
	struct intoto_error err = { 0 };
	struct person mona = person_make(1);
	json_t *layout = layout_by(&mona, 1, 1);
	struct edit edit = { "release", layout, false };
	struct strlist command = STRLIST_INIT;
	json_t *same = rules("DISALLOW *");
	json_t *other = rules("ALLOW *");
	struct edit_item item = {
		"build", same, same, &command, &mona.key, 1, 1
	};

	cr_assert_eq(edit_add_step(&edit, &item, &err), 0);
	cr_assert_not(edit.changed);
	item.products = other;
	cr_assert_eq(edit_add_step(&edit, &item, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(edit_add_inspection(&edit, &item, &err), -1);
	cr_assert_eq(json_array_size(json_object_get(layout, "steps")), 1);
	json_decref(same);
	json_decref(other);
	json_decref(layout);
	key_free(mona.key);
}

Test(edit, names_that_cannot_be_file_names_are_refused)
{
	static const char *const names[] = { "",    ".",    "..",
					     "a/b", "a\nb", "\xff" };
	struct intoto_error err = { 0 };
	struct person mona = person_make(1);
	json_t *layout = draft_new(0);
	struct edit edit = { "release", layout, false };
	struct strlist command = STRLIST_INIT;
	json_t *none = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct edit_item item = { names[i],  none, none, &command,
					  &mona.key, 1,	   1 };

		cr_assert_eq(edit_add_step(&edit, &item, &err), -1);
		cr_assert_eq(edit_add_inspection(&edit, &item, &err), -1);
	}
	cr_assert_not(edit.changed);
	json_decref(none);
	json_decref(layout);
	key_free(mona.key);
}

Test(edit, a_command_that_is_no_utf8_is_refused)
{
	struct intoto_error err = { 0 };
	struct person mona = person_make(1);
	json_t *layout = draft_new(0);
	struct edit edit = { "release", layout, false };
	struct strlist command = STRLIST_INIT;
	json_t *none = json_array();
	struct edit_item item = {
		"build", none, none, &command, &mona.key, 1, 1
	};

	strlist_add(&command, "\xc3\x28");
	cr_assert_eq(edit_add_step(&edit, &item, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	strlist_release(&command);
	json_decref(none);
	json_decref(layout);
	key_free(mona.key);
}

Test(edit, a_key_is_found_by_the_start_of_either_keyid)
{
	struct intoto_error err = { 0 };
	struct person people[] = { person_make(1), person_make(2) };
	json_t *layout = layout_by(people, 2, 1);
	struct edit edit = { "release", layout, false };
	struct key *found = NULL;
	char prefix[9] = "";

	memcpy(prefix, key_id_new(people[1].key), 8);
	cr_assert_eq(edit_find_key(&found, &edit, prefix, &err), 0);
	cr_assert(key_same(found, people[1].key));
	key_free(found);
	cr_assert_eq(edit_find_key(&found, &edit, "", &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(edit_find_key(&found, &edit, "zz", &err), 0);
	cr_assert_null(found);
	json_decref(layout);
	key_free(people[0].key);
	key_free(people[1].key);
}

static const char *readme_after(json_t *layout, const char *before,
				const char *text)
{
	struct intoto_error err = { 0 };
	struct edit edit = { "release", layout, false };

	json_object_set_new(layout, "readme", json_string(before));
	cr_assert_eq(edit_set_readme(&edit, text, &err), 0, "%s", err.message);
	return json_string_value(json_object_get(layout, "readme"));
}

Test(edit, the_readme_changes_and_its_stamp_stays)
{
	json_t *layout = draft_new(0);

	cr_assert_str_eq(readme_after(layout, "", "new"), "new");
	cr_assert_str_eq(readme_after(layout, "old", "new"), "new");
	cr_assert_str_eq(readme_after(layout, STAMP, "new"), "new\n" STAMP);
	cr_assert_str_eq(readme_after(layout, "old\n" STAMP, "new"),
			 "new\n" STAMP);
	cr_assert_str_eq(readme_after(layout, "old\n" STAMP, ""), STAMP);
	cr_assert_str_eq(readme_after(layout, "old\n\n" STAMP, "a\nb\n"),
			 "a\nb\n\n" STAMP);
	json_decref(layout);
}

Test(edit, a_readme_cannot_bring_a_stamp_of_its_own)
{
	struct intoto_error err = { 0 };
	json_t *layout = draft_new(0);
	struct edit edit = { "release", layout, false };

	cr_assert_eq(edit_set_readme(&edit, STAMP, &err), -1);
	cr_assert_eq(edit_set_readme(&edit, "a\n" STAMP "\nb", &err), -1);
	cr_assert_eq(edit_set_readme(&edit, "\xff", &err), -1);
	cr_assert_not(edit.changed);
	json_decref(layout);
}

Test(edit, removing_what_is_not_there_is_no_change)
{
	struct intoto_error err = { 0 };
	struct person people[] = { person_make(1), person_make(2) };
	json_t *layout = layout_by(people, 1, 1);
	struct edit edit = { "release", layout, false };

	edit_remove_item(&edit, "nothing");
	cr_assert_eq(edit_remove_key(&edit, NULL, people[1].key, &err), 0);
	cr_assert_eq(edit_remove_key(&edit, "build", people[1].key, &err), 0);
	cr_assert_not(edit.changed);
	cr_assert_eq(edit_remove_key(&edit, "none", people[0].key, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	json_decref(layout);
	key_free(people[0].key);
	key_free(people[1].key);
}
