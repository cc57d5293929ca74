#include "policy_tools.h"

#include "policy/guard.h"
#include "policy/guard_internal.h"
#include "repo/config.h"

TestSuite(guard, .init = scratch_begin, .fini = scratch_end);

Test(guard, a_pattern_is_a_prefix_up_to_a_slash_or_a_glob)
{
	static const struct {
		const char *pattern, *ref;
		bool matches;
	} cases[] = {
		{ "refs/tags", "refs/tags/v1", true },
		{ "refs/tags/", "refs/tags/v1", true },
		{ "refs/tags/v1", "refs/tags/v1", true },
		{ "refs/tags/v", "refs/tags/v1", false },
		{ "refs/tags/*", "refs/tags/v1", true },
		{ "refs/tags/*", "refs/tags/a/b", false },
		{ "refs/tags/**", "refs/tags/a/b", true },
		{ "refs/**/b", "refs/b", true },
		{ "refs/**/b", "refs/x/y/b", true },
		{ "refs/tags/v[0-9]", "refs/tags/v1", true },
		{ "refs/tags/v[!0-9]", "refs/tags/v1", false },
		{ "refs/tags/v[0-9", "refs/tags/v1", false },
		{ "refs/tags/v?", "refs/tags/v/", false },
		{ "refs/tags/*a*a*a*a*b", "refs/tags/aaaaaaaaaaaaaaaaaaaaaaaa",
		  false },
		{ "", "refs/tags/v1", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		cr_expect_eq(guard_pattern_match(cases[i].pattern,
						 cases[i].ref),
			     cases[i].matches, "%s %s", cases[i].pattern,
			     cases[i].ref);
}

Test(guard, the_namespaces_are_ours_whatever_is_configured)
{
	static const struct {
		const char *ref;
		enum guard_kind kind;
	} cases[] = {
		{ "refs/heads/main", GUARD_NONE },
		{ "refs/notes/commits", GUARD_NONE },
		{ "refs/notes/in-totox", GUARD_NONE },
		{ "refs/tags/v1", GUARD_NONE },
		{ "refs/notes/in-toto", GUARD_RESERVED },
		{ "refs/notes/in-toto/", GUARD_RESERVED },
		{ "refs/notes/in-toto/links/ab", GUARD_LINKS },
		{ "refs/notes/in-toto/links/AB", GUARD_RESERVED },
		{ "refs/notes/in-toto/links/abc", GUARD_RESERVED },
		{ "refs/notes/in-toto/links/ab/cd", GUARD_RESERVED },
		{ "refs/notes/in-toto/layouts/release", GUARD_LAYOUT },
		{ "refs/notes/in-toto/layouts/a/b", GUARD_RESERVED },
		{ "refs/notes/in-toto/root", GUARD_ROOT },
		{ "refs/notes/in-toto/root/x", GUARD_RESERVED },
		{ "refs/notes/in-toto/pending", GUARD_PENDING },
		{ "refs/in-toto-remotes", GUARD_RESERVED },
		{ "refs/in-toto-remotes/origin/root", GUARD_RESERVED },
	};

	make_repo("r");
	sh("git config intoto.protected refs/none");
	scoped(repo) repo = open_repo();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		cr_expect_eq(guard_kind(repo, cases[i].ref), cases[i].kind,
			     "%s", cases[i].ref);
}

Test(guard, excludes_and_several_patterns)
{
	struct intoto_error err = { 0 };

	make_repo("r");
	sh("git config --add intoto.protected 'refs/tags/v*' && "
	   "git config --add intoto.protected refs/releases && "
	   "git config --add intoto.protected '!refs/tags/v0*' && "
	   "git config --add intoto.movable 'refs/tags/canary*' && "
	   "git config --add intoto.movable '!refs/tags/canary-1'");
	scoped(repo) repo = open_repo();
	cr_assert_eq(guard_check_config(repo, &err), 0);
	cr_expect(guard_concerns(repo, "refs/tags/v1"));
	cr_expect(guard_concerns(repo, "refs/releases/a/b"));
	cr_expect_not(guard_concerns(repo, "refs/tags/v0.1"));
	cr_expect_not(guard_concerns(repo, "refs/tags/nightly"));
	cr_expect(guard_is_movable(repo, "refs/tags/canary-2"));
	cr_expect_not(guard_is_movable(repo, "refs/tags/canary-1"));
	cr_expect_not(guard_is_movable(repo, "refs/tags/v1"));
}

Test(guard, an_invalid_pattern_guards_more_and_not_less)
{
	struct intoto_error err = { 0 };

	make_repo("r");
	sh("git config --add intoto.protected 'refs/tags/v*' && "
	   "git config --add intoto.protected '!refs/tags/v0*' && "
	   "git config --add intoto.protected ''");
	scoped(repo) repo = open_repo();
	cr_assert_eq(guard_check_config(repo, &err), -1);
	cr_expect(guard_concerns(repo, "refs/tags/nightly"));
	cr_expect(guard_concerns(repo, "refs/tags/v0.1"));
}

Test(guard, an_invalid_movable_pattern_is_said)
{
	struct intoto_error err = { 0 };

	make_repo("r");
	sh("git config --add intoto.movable canary");
	scoped(repo) repo = open_repo();
	cr_assert_eq(guard_check_config(repo, &err), -1);
	cr_expect(strstr(err.message, "intoto.movable"));
}

Test(guard, an_unguarded_tag_is_looked_at_when_it_changes)
{
	struct guard_update update = { .ref = (char[]){ "refs/tags/x" },
				       .old = oid_null(),
				       .new_oid = oid_null() };

	make_repo("r");
	sh("git config intoto.protected refs/none");
	scoped(repo) repo = open_repo();
	/* Who deletes it says what it is, and may lie. */
	cr_expect(guard_touches(repo, &update));
	update.new_oid.bytes[0] = 1;
	cr_expect_not(guard_touches(repo, &update));
	update.old.bytes[0] = 1;
	cr_expect(guard_touches(repo, &update));
	update.ref = (char[]){ "refs/heads/x" };
	cr_expect_not(guard_touches(repo, &update));
}

/* A server with the layout, and the release as it would be pushed. */
static struct world guarded(bool linked)
{
	struct world world = world_make();
	struct layout_text text = LAYOUT_TEXT;
	struct intoto_error err = { 0 };

	cr_assert_eq(trust_save(world.trust, world.repo, &err), 0, "%s",
		     err.message);
	put_layout(&world, layout_line(&world, &text, &world.owner));
	if (linked)
		add_line(&world,
			 link_line(make_link(&world, "tag"), &world.alice));
	return world;
}

static void judge(struct report *report, struct world *world, const char *ref,
		  const struct oid *old, const struct oid *new_oid)
{
	struct guard_update update = { .ref = xstrdup(ref),
				       .old = *old,
				       .new_oid = *new_oid };
	const struct guard_push push = { .event = GUARD_PRE_RECEIVE,
					 .updates = &update,
					 .n = 1 };
	struct intoto_error err = { 0 };

	cr_assert_eq(guard_judge(report, world->repo, &push, clock_now(), &err),
		     0, "%s", err.message);
	free(update.ref);
}

Test(guard_push, a_signed_and_linked_tag_gets_in)
{
	struct world world = guarded(true);
	scoped_value(report) report = REPORT_INIT;
	const struct oid none = oid_null();

	judge(&report, &world, TAG, &none, &world.facts->tag.oid);
	cr_expect_eq(report.n, 0, "%s",
		     report.n ? report.items[0].message : "");
	world_end(&world);
}

Test(guard_push, a_tag_without_a_link_does_not)
{
	struct world world = guarded(false);
	scoped_value(report) report = REPORT_INIT;
	const struct oid none = oid_null();

	judge(&report, &world, TAG, &none, &world.facts->tag.oid);
	cr_expect(report_has(&report, "tag-unlinked"));
	world_end(&world);
}

Test(guard_push, only_the_owners_withdrawal_lets_a_tag_go)
{
	struct world world = guarded(true);
	scoped_value(report) before = REPORT_INIT;
	scoped_value(report) stranger = REPORT_INIT;
	scoped_value(report) after = REPORT_INIT;
	const struct oid none = oid_null();

	judge(&before, &world, TAG, &world.facts->tag.oid, &none);
	cr_expect(report_has(&before, "tag-deleted"));
	add_line(&world, revoke_line(&world, "tag", &world.alice));
	judge(&stranger, &world, TAG, &world.facts->tag.oid, &none);
	cr_expect(report_has(&stranger, "tag-deleted"));
	add_line(&world, revoke_line(&world, "tag", &world.owner));
	judge(&after, &world, TAG, &world.facts->tag.oid, &none);
	cr_expect_eq(after.n, 0);
	world_end(&world);
}

Test(guard_push, a_new_line_is_judged_and_an_old_one_is_not)
{
	struct world world = guarded(true);
	scoped_text ref = notes_links_ref(&world.facts->tag.oid);
	scoped_value(report) good = REPORT_INIT;
	scoped_value(report) bad = REPORT_INIT;
	struct intoto_error err = { 0 };
	struct oid first, second, third;

	cr_assert_eq(refs_read(&first, world.repo, ref, &err), 0);
	add_line(&world, link_line(make_link(&world, "build"), &world.bob));
	cr_assert_eq(refs_read(&second, world.repo, ref, &err), 0);
	add_line(&world, link_line(make_link(&world, "tag"), &world.mallory));
	cr_assert_eq(refs_read(&third, world.repo, ref, &err), 0);
	judge(&good, &world, ref, &first, &second);
	cr_expect_eq(good.n, 0);
	judge(&bad, &world, ref, &second, &third);
	cr_expect(report_has(&bad, "line-unknown-key"));
	report_release(&bad);
	bad = (struct report)REPORT_INIT;
	judge(&bad, &world, ref, &second, &first);
	cr_expect(report_has(&bad, "notes-rewritten"));
	world_end(&world);
}

Test(guard_push, a_withdrawal_of_a_tag_by_a_functionary_is_not_stored)
{
	struct world world = guarded(true);
	scoped_text ref = notes_links_ref(&world.facts->tag.oid);
	scoped_value(report) report = REPORT_INIT;
	struct intoto_error err = { 0 };
	struct oid before, after;

	cr_assert_eq(refs_read(&before, world.repo, ref, &err), 0);
	add_line(&world, revoke_line(&world, "tag", &world.alice));
	cr_assert_eq(refs_read(&after, world.repo, ref, &err), 0);
	judge(&report, &world, ref, &before, &after);
	cr_expect(report_has(&report, "line-unknown-key"));
	world_end(&world);
}

Test(guard_push, a_layout_by_a_functionary_is_refused)
{
	struct world world = guarded(true);
	struct layout_text text = LAYOUT_TEXT;
	scoped_text ref = notes_layout_ref("release");
	scoped_value(report) report = REPORT_INIT;
	struct intoto_error err = { 0 };
	struct oid before, after;

	cr_assert_eq(refs_read(&before, world.repo, ref, &err), 0);
	text.version = 2;
	put_layout(&world, layout_line(&world, &text, &world.alice));
	cr_assert_eq(refs_read(&after, world.repo, ref, &err), 0);
	sh("git update-ref %s \"$(git rev-parse %s^)\"", ref, ref);
	judge(&report, &world, ref, &before, &after);
	cr_expect(report_has(&report, "layout-threshold"));
	world_end(&world);
}

/* Git says of such a ref that there is none, and lets whoever asks delete it.
 */
Test(guard_push, a_ref_that_cannot_be_read_is_not_let_go)
{
	struct world world = guarded(true);
	scoped_value(report) report = REPORT_INIT;
	const struct oid none = oid_null();

	sh("git config intoto.protected refs/none && "
	   "echo garbage >.git/refs/tags/v2");
	repo_free(world.repo);
	world.repo = open_repo();
	judge(&report, &world, "refs/tags/v2", &none, &none);
	cr_expect(report_has(&report, "guard-unjudged"));
	world_end(&world);
}
