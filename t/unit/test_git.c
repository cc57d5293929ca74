#include "git_tools.h"

#include "repo/git.h"

TestSuite(git, .init = scratch_begin, .fini = scratch_end);

Test(git, gives_one_line_without_its_newline)
{
	struct intoto_error err = { 0 };
	scoped_text line = NULL;

	make_repo("r");
	scoped(repo) repo = open_repo();
	cr_assert_eq(git_line(&line, repo,
			      (const char *const[]){ "symbolic-ref", "HEAD",
						     NULL },
			      &err),
		     0, "%s", err.message);
	cr_assert_str_eq(line, "refs/heads/main");
}

Test(git, a_failure_has_git_s_own_words)
{
	struct intoto_error err = { 0 };
	char *line = NULL;

	make_repo("r");
	scoped(repo) repo = open_repo();
	cr_assert_eq(git_line(&line, repo,
			      (const char *const[]){ "cat-file", "-t", "nix",
						     NULL },
			      &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ECHILD);
	cr_assert_str_eq(err.message,
			 "git cat-file: Not a valid object name nix");
	cr_assert_null(line);
}

Test(git, feeds_its_input)
{
	struct intoto_error err = { 0 };
	scoped_value(process_result) result = { 0 };

	make_repo("r");
	scoped(repo) repo = open_repo();
	cr_assert_eq(git_feed(&result, repo,
			      (const char *const[]){ "hash-object", "--stdin",
						     NULL },
			      "hello\n", 6, &err),
		     0);
	cr_assert_str_eq(buffer_text(&result.out),
			 "ce013625030ba8dba906f756967f9e9ca394464a\n");
}

Test(git, replace_refs_and_grafts_have_no_effect_and_no_advice)
{
	struct intoto_error err = { 0 };
	scoped_value(process_result) result = { 0 };

	make_repo("r");
	sh("old=$(git rev-parse HEAD) && git commit -q --allow-empty -m two &&"
	   "git replace $(git rev-parse HEAD) $old &&"
	   "git rev-parse HEAD >.git/info/grafts");
	scoped(repo) repo = open_repo();
	cr_assert_eq(git_capture(&result, repo,
				 (const char *const[]){ "log", "--format=%s",
							NULL },
				 &err),
		     0);
	cr_assert_str_eq(buffer_text(&result.out), "two\nfirst\n");
	cr_assert_str_eq(buffer_text(&result.err), "");
}

Test(git, works_from_elsewhere_and_keeps_the_current_folder)
{
	struct intoto_error err = { 0 };
	scoped_text top = NULL;
	scoped_text prefix = NULL;

	make_repo("r");
	sh("mkdir -p a/b");
	cr_assert_eq(chdir("a/b"), 0);
	scoped(repo) repo = open_repo();
	cr_assert_eq(git_line(&prefix, repo,
			      (const char *const[]){ "rev-parse",
						     "--show-prefix", NULL },
			      &err),
		     0);
	cr_assert_str_eq(prefix, "a/b/");
	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(git_line(&top, repo,
			      (const char *const[]){ "log", "-1", "--format=%s",
						     NULL },
			      &err),
		     0);
	cr_assert_str_eq(top, "first");
}

Test(git, a_repository_opened_by_path_is_not_that_of_the_environment)
{
	struct intoto_error err = { 0 };
	scoped(repo) repo = NULL;
	scoped_text line = NULL;
	scoped_text path = NULL;

	make_repo("one");
	sh("git init -q ../two && cd ../two && git commit -q --allow-empty -m "
	   "other");
	path = path_join(scratch, "one/.git");
	setenv("GIT_DIR", path, 1);
	setenv("GIT_INDEX_FILE", "/nonexistent/index", 1);
	cr_assert_eq(repo_open_at(&repo, "../two/.git", &err), 0, "%s",
		     err.message);
	cr_assert_eq(git_line(&line, repo,
			      (const char *const[]){ "log", "-1", "--format=%s",
						     NULL },
			      &err),
		     0, "%s", err.message);
	cr_assert_str_eq(line, "other");
}

Test(git, the_environment_of_git_itself_is_honoured)
{
	struct intoto_error err = { 0 };
	scoped_text line = NULL;
	scoped_text path = NULL;

	make_repo("one");
	path = path_join(scratch, "one/.git");
	cr_assert_eq(chdir("/"), 0);
	setenv("GIT_DIR", path, 1);
	scoped(repo) repo = open_repo();
	cr_assert_eq(git_line(&line, repo,
			      (const char *const[]){ "log", "-1", "--format=%s",
						     NULL },
			      &err),
		     0, "%s", err.message);
	cr_assert_str_eq(line, "first");
}

Test(git, a_server_hook_reads_no_configuration_of_the_pusher)
{
	struct intoto_error err = { 0 };
	scoped(repo) repo = NULL;
	scoped_value(process_result) result = { 0 };

	sh("git init -q --bare s.git && cd s.git && git config x.own yes &&"
	   "git config --global x.global yes");
	cr_assert_eq(chdir("s.git"), 0);
	setenv("GIT_DIR", ".", 1);
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "x.count", 1);
	setenv("GIT_CONFIG_VALUE_0", "yes", 1);
	setenv("GIT_CONFIG_PARAMETERS", "'x.parameter=yes'", 1);
	cr_assert_eq(repo_open(&repo, REPO_OPEN_SERVER_HOOK, &err), 0, "%s",
		     err.message);
	cr_assert_eq(git_capture(&result, repo,
				 (const char *const[]){ "config",
							"--get-regexp", "^x\\.",
							NULL },
				 &err),
		     0);
	cr_assert_str_eq(buffer_text(&result.out), "x.own yes\n");
}

Test(git, without_a_repository_the_environment_s_is_forgotten)
{
	struct intoto_error err = { 0 };
	scoped_value(process_result) result = { 0 };

	make_repo("r");
	setenv("GIT_DIR", ".git", 1);
	cr_assert_eq(chdir(scratch), 0);
	cr_assert_eq(git_capture(&result, NULL,
				 (const char *const[]){ "-C", "r", "rev-parse",
							"HEAD", NULL },
				 &err),
		     0);
	cr_assert_eq(result.status, 0, "%s", buffer_text(&result.err));
}
