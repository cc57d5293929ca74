#include "git_tools.h"

#include "policy/guard_quick.h"

#define ID "1234567890123456789012345678901234567890"
#define NO_ID "123456789012345678901234567890123456789g"

/* A bare repository, as git starts its hooks in it. */
static void server_begin(void)
{
	scratch_begin();
	sh("git init -q --bare server");
	cr_assert_eq(chdir("server"), 0);
	setenv("GIT_DIR", ".", 1);
	setenv("PATH", "/usr/lib/git-core:/usr/bin:/bin", 1);
	unsetenv("GIT_NAMESPACE");
	unsetenv("GIT_COMMON_DIR");
}

static void server_end(void)
{
	unsetenv("GIT_DIR");
	scratch_end();
}

TestSuite(guard_quick, .init = server_begin, .fini = server_end);

/* Whether the system file of this machine speaks of nothing of ours. */
static bool is_plain_machine(void)
{
	scoped_text said = sh_out("grep -icE 'intoto|include|worktree' "
				  "/etc/gitconfig 2>/dev/null || :");

	return access("/usr/bin/git", X_OK) == 0 &&
	       (!*said || !strcmp(said, "0"));
}

static bool quick(const char *list)
{
	return guard_quick_push(list, strlen(list));
}

Test(guard_quick, branches_pass)
{
	if (!is_plain_machine())
		return;
	cr_expect(quick(ID " " ID " refs/heads/main\n"));
	cr_expect(quick(ID " " ID " refs/heads/main\n" ID " " ID
			   " refs/notes/commits\n"));
	cr_expect(guard_quick_ref("refs/heads/main"));
}

Test(guard_quick, what_may_be_guarded_does_not)
{
	static const char *const refs[] = {
		"refs/tags/v1",
		"refs/notes/in-toto",
		"refs/notes/in-toto/root",
		"refs/notes/in-toto/links/ab",
		"refs/in-toto-remotes/origin/root",
		"HEAD",
		"refs",
	};

	for (size_t i = 0; i < ARRAY_SIZE(refs); i++) {
		scoped_text alone = xasprintf(ID " " ID " %s\n", refs[i]);
		scoped_text second =
			xasprintf(ID " " ID " refs/heads/x\n" ID " " ID " %s\n",
				  refs[i]);

		cr_expect_not(quick(alone), "%s", refs[i]);
		cr_expect_not(quick(second), "%s", refs[i]);
		cr_expect_not(guard_quick_ref(refs[i]), "%s", refs[i]);
	}
}

Test(guard_quick, a_list_that_is_none_does_not)
{
	static const char *const lists[] = {
		"",
		"\n",
		ID "\n",
		ID " " ID "\n",
		ID " " ID " refs/heads/x",
		ID " " ID "0 refs/heads/x\n",
		ID " x refs/heads/x\n",
		ID " " NO_ID " refs/heads/x\n",
		NO_ID " " ID " refs/heads/x\n",
		ID "x" ID " refs/heads/x\n",
		ID " " ID "xrefs/heads/x\n",
		ID " " ID "  refs/heads/x\n",
		"  refs/heads/x\n",
		ID " " ID " refs/heads/x\n\n",
		ID " " ID " refs/heads/x\n" ID "\n",
	};
	static const char hidden[] =
		ID " " ID " refs/heads/x\n\0" ID " " ID " refs/tags/x\n";

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		cr_expect_not(quick(lists[i]), "%zu", i);
	cr_expect_not(guard_quick_push(&"\n"[1], 0));
	cr_expect_not(guard_quick_push(hidden, sizeof(hidden) - 1));
}

Test(guard_quick, a_setting_of_ours_or_from_elsewhere_does_not)
{
	static const char *const settings[] = {
		"[intoto]\\n\\tprotected = refs/heads/main\\n",
		"[InToTo]protected=refs/heads/main\\n",
		"[core]\\nbare=true\\n[intoto \"x\"]\\n",
		"[include]\\n\\tpath = other\\n",
		"[includeIf \"gitdir:/\"]\\n\\tpath = other\\n",
		"[extensions]\\n\\tworktreeConfig = true\\n",
		"[core]\\n\\tx = \\0[intoto]\\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		sh("cp config kept; printf '%%b' '%s' >>config", settings[i]);
		cr_expect_not(guard_quick_ref("refs/heads/main"), "%s",
			      settings[i]);
		sh("mv kept config");
	}
}

Test(guard_quick, another_place_than_a_plain_server_does_not)
{
	sh("touch commondir");
	cr_expect_not(guard_quick_ref("refs/heads/main"));
	sh("rm commondir && mv config kept");
	cr_expect_not(guard_quick_ref("refs/heads/main"));
	sh("mv kept config");
	setenv("GIT_NAMESPACE", "x", 1);
	cr_expect_not(guard_quick_ref("refs/heads/main"));
	unsetenv("GIT_NAMESPACE");
	setenv("GIT_COMMON_DIR", ".", 1);
	cr_expect_not(guard_quick_ref("refs/heads/main"));
	unsetenv("GIT_COMMON_DIR");
	setenv("GIT_DIR", "", 1);
	cr_expect_not(guard_quick_ref("refs/heads/main"));
	unsetenv("GIT_DIR");
	cr_expect_not(guard_quick_ref("refs/heads/main"));
	setenv("GIT_DIR", ".", 1);
	sh("mkdir bin && printf '#!/bin/sh\\n' >bin/git && chmod +x bin/git");
	setenv("PATH", "bin:/usr/bin:/bin", 1);
	cr_expect_not(guard_quick_ref("refs/heads/main"));
}
