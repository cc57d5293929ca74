#include "git_tools.h"

#include "repo/refs.h"

TestSuite(refs, .init = scratch_begin, .fini = scratch_end);

Test(refs, are_listed_by_name_with_the_type_they_point_to)
{
	const char *const prefixes[] = { "refs/tags/", "refs/heads/", NULL };
	struct intoto_error err = { 0 };
	scoped_value(refs) refs = { 0 };

	make_repo("r");
	sh("git tag -a -m x v1 && git tag light && git symbolic-ref "
	   "refs/heads/also refs/heads/main");
	scoped(repo) repo = open_repo();
	cr_assert_eq(refs_list(&refs, repo, prefixes, &err), 0, "%s",
		     err.message);
	cr_assert_eq(refs.n, 4);
	cr_assert_str_eq(refs.items[0].name, "refs/heads/also");
	cr_assert_str_eq(refs.items[2].name, "refs/tags/light");
	cr_assert_str_eq(refs.items[2].type, "commit");
	cr_assert_str_eq(refs.items[3].type, "tag");
	cr_assert(oid_equal(&refs.items[0].oid, &refs.items[1].oid));
	cr_assert_not_null(refs_find(&refs, "refs/tags/v1"));
	cr_assert_null(refs_find(&refs, "refs/tags/v"));
}

Test(refs, a_packed_ref_is_read_by_its_full_name_only)
{
	struct intoto_error err = { 0 };
	struct oid expected;
	struct oid oid;

	make_repo("r");
	sh("git tag -a -m x v1 && git update-ref refs/tags/refs/heads/odd HEAD "
	   "&& git pack-refs --all");
	expected = oid_of("v1");
	scoped(repo) repo = open_repo();
	cr_assert_eq(refs_read(&oid, repo, "refs/tags/v1", &err), 0);
	cr_assert(oid_equal(&oid, &expected));
	cr_assert_eq(refs_read(&oid, repo, "v1", &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_eq(refs_read(&oid, repo, "refs/heads/odd", &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
}

Test(refs, a_broken_ref_is_no_absent_ref)
{
	struct intoto_error err = { 0 };
	struct oid oid;

	make_repo("r");
	sh("mkdir -p .git/refs/notes && echo broken >.git/refs/notes/x");
	scoped(repo) repo = open_repo();
	cr_assert_eq(refs_read(&oid, repo, "refs/notes/x", &err), -1);
	cr_assert_eq(err.code, INTOTO_EIO);
	cr_assert(strstr(err.message, "'refs/notes/x' is broken"), "%s",
		  err.message);
}

Test(refs, names_of_tags_follow_the_rules_of_git)
{
	static const char *const names[] = {
		"v1.0",	    "a/b",	"v1..0", "v1.",	    ".v1",	 "a/.b",
		"v1.lock",  "a.lock/b", "v 1",	 "v~1",	    "v^",	 "v:1",
		"v?",	    "v*",	"v[1",	 "v\\1",    "/v1",	 "v1/",
		"a//b",	    "v@{1",	"v@1",	 "\x7f",    "v\n1",	 "-v1",
		"\xc3\xa4", "\xff",	"",	 "a.b/c.d", "v1.locked",
	};
	struct intoto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		scoped_text full = xasprintf("refs/tags/%s", names[i]);
		const char *const argv[] = { "git", "check-ref-format", full,
					     NULL };
		scoped_value(process_result) result = { 0 };
		struct process what = { .argv = argv };
		scoped_text out = NULL;
		int expected;

		cr_assert_eq(process_run(&result, &what, &err), 0);
		expected = result.status || names[i][0] == '-' ? -1 : 0;
		cr_assert_eq(refs_tag_name(&out, names[i], &err), expected,
			     "%s", names[i]);
		if (expected == 0)
			cr_assert_str_eq(out, full);
		else
			cr_assert_eq(err.code, INTOTO_EINVALID);
	}
}

Test(refs, full_names_of_tags_stay_and_other_refs_are_no_tags)
{
	struct intoto_error err = { 0 };
	scoped_text name = NULL;
	char *other = NULL;

	cr_assert_eq(refs_tag_name(&name, "refs/tags/v1", &err), 0);
	cr_assert_str_eq(name, "refs/tags/v1");
	cr_assert_eq(refs_tag_name(&other, "refs/heads/v1", &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_str_eq(refs_short("refs/tags/a/b"), "a/b");
	cr_assert_str_eq(refs_short("refs/notes/x"), "notes/x");
	cr_assert_str_eq(refs_short("v1"), "v1");
}

Test(refs, a_transaction_moves_all_refs_and_says_why_in_the_reflog)
{
	struct intoto_error err = { 0 };
	scoped_text log = NULL;
	struct oid one;
	struct oid two;

	make_repo("r");
	sh("git commit -q --allow-empty -m two");
	one = oid_of("HEAD^");
	two = oid_of("HEAD");
	sh("git update-ref refs/notes/a HEAD^");
	scoped(repo) repo = open_repo();
	const struct ref_update updates[] = {
		{ "refs/notes/a", one, two },
		{ "refs/tags/v1", oid_null(), two },
		{ "refs/heads/main", two, two },
	};
	cr_assert_eq(refs_transaction(repo, updates, 3, "in-toto: test", &err),
		     0, "%s", err.message);
	struct oid now = oid_of("refs/notes/a");
	cr_assert(oid_equal(&two, &now));
	now = oid_of("refs/tags/v1");
	cr_assert(oid_equal(&two, &now));
	log = sh_out("git reflog show refs/notes/a");
	cr_assert(strstr(log, "in-toto: test"), "%s", log);
}

/* Nothing may have been written. */
static void refuse(struct repo *repo, struct ref_update bad, const char *says)
{
	struct intoto_error err = { 0 };
	struct oid head = oid_of("HEAD");
	const struct ref_update updates[] = {
		{ "refs/notes/first", oid_null(), head }, bad
	};

	cr_assert_eq(refs_transaction(repo, updates, 2, NULL, &err), -1);
	cr_assert_eq(err.code, INTOTO_EIO, "%d %s", err.code, err.message);
	cr_assert(strstr(err.message, says), "%s", err.message);
	cr_assert_eq(refs_read(&head, repo, "refs/notes/first", &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
}

Test(refs, a_ref_that_moved_or_exists_stops_the_whole_transaction)
{
	struct oid one;
	struct oid two;

	make_repo("r");
	sh("git commit -q --allow-empty -m two && git tag v1");
	one = oid_of("HEAD^");
	two = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	refuse(repo, (struct ref_update){ "refs/heads/main", one, one },
	       "but expected");
	refuse(repo, (struct ref_update){ "refs/tags/v1", oid_null(), two },
	       "reference already exists");
	refuse(repo, (struct ref_update){ "refs/tags/gone", one, two },
	       "unable to resolve reference");
	refuse(repo, (struct ref_update){ "refs/tags/v1/x", oid_null(), two },
	       "'refs/tags/v1' exists");
}

Test(refs, a_lock_left_behind_is_named_with_the_command_that_removes_it)
{
	struct intoto_error err = { 0 };
	scoped_text lock = NULL;
	struct oid head;

	make_repo("r");
	sh("git tag v1 && mv ../r \"../it's\"");
	lock = sh_out("echo \"$(git rev-parse --absolute-git-dir)/refs/tags/"
		      "v2.lock\"");
	sh("touch .git/refs/tags/v2.lock");
	head = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	const struct ref_update update = { "refs/tags/v2", oid_null(), head };
	cr_assert_eq(refs_transaction(repo, &update, 1, NULL, &err), -1);
	cr_assert_eq(err.code, INTOTO_EIO);
	cr_assert(strstr(err.message, lock), "%s", err.message);
	sh("%s", err.hint);
	cr_assert(!file_exists(lock));
	cr_assert_eq(refs_transaction(repo, &update, 1, NULL, &err), 0);
}

Test(refs, names_that_would_be_commands_are_refused)
{
	static const char *const names[] = {
		"refs/tags/x 0\ndelete refs/heads/main",
		"HEAD",
		"refs/tags/",
		"refs/tags/a b",
		"--stdin",
	};
	struct intoto_error err = { 0 };
	struct oid head;

	make_repo("r");
	head = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct ref_update update = { names[i], oid_null(), head };

		cr_assert_eq(refs_transaction(repo, &update, 1, NULL, &err),
			     -1);
		cr_assert_eq(err.code, INTOTO_EINVALID);
	}
}
