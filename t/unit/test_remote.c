#include "git_tools.h"

#include "repo/config.h"
#include "repo/remote.h"

TestSuite(remote, .init = scratch_begin, .fini = scratch_end);

static void expect_default(const char *want)
{
	scoped(repo) repo = open_repo();
	scoped_text got = remote_default(repo);

	if (want)
		cr_assert_str_eq(got, want);
	else
		cr_assert_null(got);
}

Test(remote, is_the_branch_s_else_origin_else_the_only_one)
{
	make_repo("r");
	sh("git config remote.pushDefault x");
	expect_default(NULL);
	sh("git remote add one ../one");
	expect_default("one");
	sh("git remote add two ../two");
	expect_default(NULL);
	sh("git remote add origin ../origin");
	expect_default("origin");
	sh("git config branch.main.remote two");
	expect_default("two");
	sh("git config branch.main.remote .");
	expect_default("origin");
	sh("git config branch.main.remote two && git checkout -q --detach");
	expect_default("origin");
}

Test(remote, the_refspec_is_written_once)
{
	struct intoto_error err = { 0 };
	scoped_text all = NULL;
	bool added = false;

	make_repo("r");
	sh("git remote add origin ../origin");
	scoped(repo) repo = open_repo();
	cr_assert_eq(remote_add_refspec(&added, repo, "origin", &err), 0, "%s",
		     err.message);
	cr_assert(added);
	cr_assert_eq(remote_add_refspec(&added, repo, "origin", &err), 0);
	cr_assert(!added);
	all = sh_out("git config --get-all remote.origin.fetch");
	cr_assert_str_eq(all,
			 "+refs/heads/*:refs/remotes/origin/*\n"
			 "+refs/notes/in-toto/*:refs/in-toto-remotes/origin/*");
	cr_assert_eq(remote_add_refspec(&added, repo, "other", &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
}

Test(remote, fetches_the_proof_into_refs_of_its_own)
{
	struct intoto_error err = { 0 };

	make_repo("server");
	sh("git update-ref refs/notes/in-toto/links/ab HEAD &&"
	   "git update-ref refs/notes/commits HEAD &&"
	   "git clone -q . ../r");
	cr_assert_eq(chdir("../r"), 0);
	sh("git config fetch.prune true &&"
	   "git update-ref refs/in-toto-remotes/origin/links/ff HEAD");
	scoped(repo) repo = open_repo();
	cr_assert_eq(remote_fetch(repo, "origin", &err), 0, "%s", err.message);
	sh("git rev-parse --verify refs/in-toto-remotes/origin/links/ab &&"
	   "git rev-parse --verify refs/in-toto-remotes/origin/links/ff &&"
	   "! git rev-parse --verify refs/notes/in-toto/links/ab &&"
	   "! git rev-parse --verify refs/notes/commits &&"
	   "test ! -e .git/FETCH_HEAD");
}

Test(remote, nothing_to_fetch_is_no_error_and_no_server_is)
{
	struct intoto_error err = { 0 };

	make_repo("server");
	sh("git clone -q . ../r");
	cr_assert_eq(chdir("../r"), 0);
	scoped(repo) repo = open_repo();
	cr_assert_eq(remote_fetch(repo, "origin", &err), 0, "%s", err.message);
	sh("rm -rf ../server");
	cr_assert_eq(remote_fetch(repo, "origin", &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD);
}

Test(remote, names_that_are_options_or_no_part_of_a_ref_are_refused)
{
	static const char *const names[] = {
		"--upload-pack=touch ../hacked", "-x", "a b", "a..b", "a:b", ""
	};
	struct intoto_error err = { 0 };
	bool added;

	make_repo("r");
	scoped(repo) repo = open_repo();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cr_assert_eq(remote_fetch(repo, names[i], &err), -1);
		cr_assert_eq(err.code, INTOTO_EINVALID);
		cr_assert_eq(remote_add_refspec(&added, repo, names[i], &err),
			     -1);
		cr_assert(
			!remote_has_tag_object(repo, names[i], "refs/tags/v1"));
	}
	cr_assert(!file_exists("../hacked"));
}

Test(remote, tells_whether_the_remote_has_a_tag_object)
{
	make_repo("server");
	sh("git tag -a -m x v1 && git tag light && git tag -a -m x dir/v2 &&"
	   "git clone -q . ../r");
	cr_assert_eq(chdir("../r"), 0);
	scoped(repo) repo = open_repo();
	cr_assert(remote_has_tag_object(repo, "origin", "refs/tags/v1"));
	cr_assert(!remote_has_tag_object(repo, "origin", "refs/tags/light"));
	cr_assert(!remote_has_tag_object(repo, "origin", "refs/tags/v2"));
	sh("rm -rf ../server");
	cr_assert(!remote_has_tag_object(repo, "origin", "refs/tags/v1"));
}
