/* test_inforce.c: which version of a layout is believed. */
#include "policy_tools.h"

static struct world world;
static struct layout_text text;
static struct report warnings;
static struct intoto_error err;
static struct inforce *inforce;

#define ORIGIN "refs/in-toto-remotes/origin/layouts/release"

static void setup(void)
{
	world = world_make();
	text = (struct layout_text)LAYOUT_TEXT;
}

static void teardown(void)
{
	inforce_free(inforce);
	report_release(&warnings);
	world_end(&world);
}

TestSuite(inforce, .init = setup, .fini = teardown);

static char *line_of(int version, const struct person *by)
{
	text.version = version;
	return layout_line(&world, &text, by);
}

static int load(void)
{
	err = (struct intoto_error){ 0 };
	inforce_free(take(inforce));
	report_release(&warnings);
	return inforce_load(&inforce, world.repo, world.trust, "release",
			    clock_now(), &warnings, &err);
}

/* The reason why nothing is in force, or "" */
static const char *reason(void)
{
	if (load() == 0)
		return "";
	return err.code == INTOTO_EREJECTED ? err.reason : "not rejected";
}

Test(inforce, a_layout_that_the_owner_signed)
{
	put_layout(&world, line_of(1, &world.owner));
	cr_assert_str_eq(reason(), "", "%s", err.message);
	cr_assert_str_eq(inforce->name, "release");
	cr_assert_eq(inforce->signed_by, 1);
	cr_assert_eq(inforce->owners, 1);
	cr_assert(inforce->checked);
	cr_assert_str_eq(inforce->ref, "refs/notes/in-toto/layouts/release");
	cr_assert_eq(strlen(inforce->digest), 64);
	cr_assert_eq(warnings.warnings.n, 0);
}

Test(inforce, none_at_all_is_not_a_refusal)
{
	cr_assert_eq(load(), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert(strstr(err.hint, "git fetch"));
}

Test(inforce, a_layout_of_another_owner_is_refused)
{
	put_layout(&world, line_of(1, &world.mallory));
	cr_assert_str_eq(reason(), "layout-threshold");
	cr_assert_eq(warnings.warnings.n, 0);
}

Test(inforce, a_threshold_of_owners_is_needed)
{
	trust_add_key(NULL, world.trust, world.bob.key);
	put_layout(&world, line_of(1, &world.owner));
	cr_assert_str_eq(reason(), "layout-threshold");
	cr_assert_eq(trust_set_threshold(world.trust, 1, &err), 0);
	cr_assert_str_eq(reason(), "");
	cr_assert_eq(inforce->owners, 2);
	cr_assert_eq(inforce->signed_by, 1);
}

Test(inforce, another_project_or_name_is_refused)
{
	cr_assert_eq(trust_pin_project(world.trust, PROJECT, &err), 0);
	text.project = OTHER_PROJECT;
	put_layout(&world, line_of(1, &world.owner));
	cr_assert_str_eq(reason(), "layout-foreign");
	text.project = PROJECT;
	text.name = "docs";
	put_layout(&world, line_of(2, &world.owner));
	cr_assert_str_eq(reason(), "layout-name");
}

Test(inforce, without_a_stamp_only_a_pinned_digest_helps)
{
	text.project = NULL;
	put_layout(&world, line_of(1, &world.owner));
	cr_assert_str_eq(reason(), "layout-unstamped");
	cr_assert(strstr(err.hint, "--layout release=sha256:"));
	cr_assert_eq(trust_add_layout(NULL, world.trust, "release",
				      strstr(err.hint, "sha256:"), &err),
		     0);
	cr_assert_str_eq(reason(), "");
}

Test(inforce, a_pinned_digest_alone_is_trust_in_exactly_that)
{
	char digest[65];

	put_layout(&world, line_of(1, &world.mallory));
	trust_free(world.trust);
	world.trust = trust_new();
	cr_assert_str_eq(reason(), "layout-threshold");
	memset(digest, '0', 64);
	digest[64] = '\0';
	trust_add_layout(NULL, world.trust, "release", digest, &err);
	cr_assert_str_eq(reason(), "layout-digest");
	cr_assert_eq(inforce_load_unchecked(&inforce, world.repo, "release", 0,
					    NULL, &err),
		     0);
	trust_add_layout(NULL, world.trust, "release", inforce->digest, &err);
	cr_assert_str_eq(reason(), "", "%s", err.message);
	cr_assert_eq(inforce->owners, 0);
}

Test(inforce, the_highest_version_of_all_tips_wins)
{
	put_layout(&world, line_of(1, &world.owner));
	put_layout_at(&world, ORIGIN, line_of(2, &world.owner));
	cr_assert_str_eq(reason(), "");
	cr_assert_eq(inforce->envelope->layout->stamp.version, 2);
	cr_assert_str_eq(inforce->ref, ORIGIN);
	cr_assert_eq(warnings.warnings.n, 0);
}

Test(inforce, a_tip_that_fails_is_named_and_hides_nothing)
{
	put_layout(&world, line_of(1, &world.owner));
	put_layout_at(&world, ORIGIN, line_of(9, &world.mallory));
	cr_assert_str_eq(reason(), "");
	cr_assert_eq(inforce->envelope->layout->stamp.version, 1);
	cr_assert(warns_of(&warnings, ORIGIN));
	cr_assert(warns_of(&warnings, "[layout-threshold]"));
	put_layout_at(&world, ORIGIN, xstrdup("{not json}"));
	cr_assert_str_eq(reason(), "");
	cr_assert(warns_of(&warnings, "[layout-malformed]"));
}

Test(inforce, two_layouts_of_one_version_are_a_conflict)
{
	put_layout(&world, line_of(2, &world.owner));
	text.tag_threshold = 2;
	put_layout_at(&world, ORIGIN, line_of(2, &world.owner));
	cr_assert_str_eq(reason(), "layout-conflict");
	put_layout_at(&world, ORIGIN, line_of(3, &world.owner));
	cr_assert_str_eq(reason(), "");
}

Test(inforce, two_projects_are_a_conflict_until_one_is_pinned)
{
	put_layout(&world, line_of(2, &world.owner));
	text.project = OTHER_PROJECT;
	put_layout_at(&world, ORIGIN, line_of(7, &world.owner));
	cr_assert_str_eq(reason(), "layout-conflict");
	cr_assert_eq(trust_pin_project(world.trust, PROJECT, &err), 0);
	cr_assert_str_eq(reason(), "");
	cr_assert_eq(inforce->envelope->layout->stamp.version, 2);
}

Test(inforce, a_version_below_one_that_was_seen_is_a_rollback)
{
	put_layout(&world, line_of(2, &world.owner));
	cr_assert_eq(seen_raise(world.repo, PROJECT, "release", 3, &err), 0);
	cr_assert_str_eq(reason(), "layout-rollback");
	put_layout(&world, line_of(3, &world.owner));
	cr_assert_str_eq(reason(), "");
}

Test(inforce, an_expired_one_is_not_replaced_by_an_older_one)
{
	put_layout(&world, line_of(1, &world.owner));
	text.expires = "2001-01-01T00:00:00Z";
	put_layout_at(&world, ORIGIN, line_of(2, &world.owner));
	cr_assert_str_eq(reason(), "layout-expired");
	cr_assert(strstr(err.hint, "git intoto layout renew release"));
	cr_assert_eq(inforce_load(&inforce, world.repo, world.trust, "release",
				  0, NULL, &err),
		     0);
}

Test(inforce, what_is_no_layout_is_malformed)
{
	put_layout(&world, link_line(make_link(&world, "tag"), &world.owner));
	cr_assert_str_eq(reason(), "layout-malformed");
	put_layout(&world, xstrdup("{}\n{}"));
	cr_assert_str_eq(reason(), "layout-malformed");
	put_layout(&world, xstrdup("no line"));
	cr_assert_str_eq(reason(), "layout-malformed");
}

Test(inforce, the_name_of_withdrawals_is_reserved)
{
	text.inspections = "[{\"_type\":\"inspection\",\"name\":\"revoke\","
			   "\"run\":[\"true\"],\"expected_materials\":[],"
			   "\"expected_products\":[]}]";
	put_layout(&world, line_of(1, &world.owner));
	cr_assert_str_eq(reason(), "layout-malformed");
}

Test(inforce, its_history_remembers_every_version)
{
	char first[65];
	bool has = false;

	put_layout(&world, line_of(1, &world.owner));
	cr_assert_str_eq(reason(), "");
	memcpy(first, inforce->digest, sizeof(first));
	put_layout(&world, line_of(2, &world.owner));
	cr_assert_eq(inforce_history_has(&has, world.repo, "release", first,
					 &err),
		     0);
	cr_assert(has);
	memset(first, '0', 64);
	cr_assert_eq(inforce_history_has(&has, world.repo, "release", first,
					 &err),
		     0);
	cr_assert_not(has);
}

Test(inforce, without_trust_what_is_found_is_used_with_a_warning)
{
	struct inforce_set set = { 0 };

	trust_free(world.trust);
	world.trust = trust_new();
	put_layout_at(&world, ORIGIN, line_of(1, &world.mallory));
	cr_assert_eq(inforce_load_all(&set, world.repo, world.trust,
				      clock_now(), &warnings, &err),
		     0, "%s", err.message);
	cr_assert_eq(set.n, 1);
	cr_assert_not(set.items[0]->checked);
	cr_assert_str_eq(set.project, PROJECT);
	cr_assert(
		warns_of(&warnings, "layout not checked: no trust configured"));
	inforce_set_release(&set);
}

Test(inforce, with_trust_the_trusted_names_must_be_there)
{
	struct inforce_set set = { 0 };

	text.name = "docs";
	put_layout_at(&world, "refs/notes/in-toto/layouts/docs",
		      line_of(1, &world.owner));
	cr_assert_eq(inforce_load_all(&set, world.repo, world.trust, 0,
				      &warnings, &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	text.name = "release";
	put_layout(&world, line_of(1, &world.owner));
	cr_assert_eq(inforce_load_all(&set, world.repo, world.trust, 0,
				      &warnings, &err),
		     0, "%s", err.message);
	cr_assert_eq(set.n, 2);
	cr_assert_str_eq(set.items[0]->name, "release");
	cr_assert_str_eq(set.items[1]->name, "docs");
	inforce_set_release(&set);
}

Test(inforce, names_come_from_here_and_from_remotes_with_slashes)
{
	struct strlist names = STRLIST_INIT;

	put_layout(&world, line_of(1, &world.owner));
	put_layout_at(&world, "refs/in-toto-remotes/a/b/layouts/docs",
		      line_of(1, &world.owner));
	put_layout_at(&world, ORIGIN, line_of(1, &world.owner));
	cr_assert_eq(inforce_names(&names, world.repo, &err), 0);
	cr_assert_eq(names.n, 2);
	cr_assert_str_eq(names.items[0], "docs");
	cr_assert_str_eq(names.items[1], "release");
	strlist_release(&names);
}
