/* test_changes.c: what one layout changes in another, in words. */
#include "policy_tools.h"

#include "policy/changes.h"

static struct world world;

static void setup(void)
{
	world = world_make();
}

static void teardown(void)
{
	world_end(&world);
}

TestSuite(changes, .init = setup, .fini = teardown);

static struct envelope *layout_of(int version)
{
	struct layout_text text = LAYOUT_TEXT;

	text.version = version;
	return envelope_of(layout_line(&world, &text, &world.owner));
}

static bool says(const struct strlist *changes, const char *text)
{
	for (size_t i = 0; i < changes->n; i++)
		if (strstr(changes->items[i], text))
			return true;
	return false;
}

Test(changes, every_change_of_a_layout_is_said)
{
	const struct {
		const char *script; /* jq-like: what is set where */
		json_t *value;
		const char *said;
	} cases[] = {
		{ "expires", json_string("2098-01-01T00:00:00Z"),
		  "expires 2098-01-01T00:00:00Z, before: 2099" },
		{ "inspect",
		  json_pack("[{s:s,s:s,s:[s],s:[],s:[]}]", "_type",
			    "inspection", "name", "look", "run", "ls",
			    "expected_materials", "expected_products"),
		  "inspection 'look': is new" },
		{ "steps", json_array(), "step 'build': is gone" },
		{ "keys", json_object(), "is out of the layout" },
	};
	scoped(envelope) before = layout_of(1);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		scoped_json part = json_deep_copy(before->layout->signed_part);
		scoped_value(strlist) changes = STRLIST_INIT;
		scoped(envelope) after = NULL;
		struct intoto_error err = { 0 };

		json_object_set_new(part, cases[i].script, cases[i].value);
		cr_assert_eq(envelope_from_json(&after, part, &err), 0, "%s",
			     err.message);
		layout_changes(&changes, before->layout, after->layout);
		cr_assert(says(&changes, cases[i].said), "%zu: %s", i,
			  changes.n ? changes.items[0] : "nothing");
	}
}

Test(changes, every_change_of_a_step_is_said)
{
	const struct {
		const char *member;
		json_t *value;
		const char *said;
	} cases[] = {
		{ "threshold", json_integer(2), "needs 2 of 3 keys" },
		{ "pubkeys", json_array(), "may do it no more" },
		{ "expected_command", json_pack("[ss]", "make", "a b"),
		  "+ command make 'a b'" },
		{ "expected_materials", json_pack("[[ss]]", "ALLOW", "x*"),
		  "+ materials ALLOW x*" },
		{ "expected_products", json_array(),
		  "no rule on products is left" },
	};
	scoped(envelope) before = layout_of(1);
	scoped(envelope) same = layout_of(2);
	scoped_value(strlist) none = STRLIST_INIT;

	layout_changes(&none, before->layout, same->layout);
	cr_assert_eq(none.n, 0, "%s", none.n ? none.items[0] : "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		scoped_json part = json_deep_copy(before->layout->signed_part);
		json_t *step =
			json_array_get(json_object_get(part, "steps"), 0);
		scoped_value(strlist) changes = STRLIST_INIT;
		scoped(envelope) after = NULL;
		struct intoto_error err = { 0 };

		json_object_set_new(step, cases[i].member, cases[i].value);
		cr_assert_eq(envelope_from_json(&after, part, &err), 0, "%s",
			     err.message);
		layout_changes(&changes, before->layout, after->layout);
		cr_assert(says(&changes, cases[i].said), "%zu: %s", i,
			  changes.n ? changes.items[0] : "nothing");
	}
}
