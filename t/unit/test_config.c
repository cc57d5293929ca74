#include "git_tools.h"

#include "repo/config.h"

TestSuite(config, .init = scratch_begin, .fini = scratch_end);

Test(config, the_last_value_counts_and_all_are_kept_in_order)
{
	scoped_value(strlist) all = STRLIST_INIT;

	make_repo("r");
	sh("git config --add Some.Key one && git config --add some.key two");
	scoped(repo) repo = open_repo();
	cr_assert_str_eq(config_get(repo, "some.key"), "two");
	config_get_all(&all, repo, "some.key");
	cr_assert_eq(all.n, 2);
	cr_assert_str_eq(all.items[0], "one");
	cr_assert_null(config_get(repo, "some.other"));
}

Test(config, values_may_hold_newlines_and_a_bare_name_is_true)
{
	bool on = false;
	struct intoto_error err = { 0 };

	make_repo("r");
	sh("git config some.text 'a\nb=c' && printf '[some]\\n\\tbare\\n' "
	   ">>.git/config");
	scoped(repo) repo = open_repo();
	cr_assert_str_eq(config_get(repo, "some.text"), "a\nb=c");
	cr_assert_str_eq(config_get(repo, "some.bare"), "true");
	cr_assert_eq(config_get_bool(&on, repo, "some.bare", false, &err), 0);
	cr_assert(on);
}

Test(config, include_if_and_the_command_line_apply)
{
	make_repo("r");
	sh("git config --global includeIf.gitdir:%s/r/.path %s/more &&"
	   "git config --file %s/more some.key included",
	   scratch, scratch, scratch);
	setenv("GIT_CONFIG_PARAMETERS", "'other.key=given'", 1);
	scoped(repo) repo = open_repo();
	cr_assert_str_eq(config_get(repo, "some.key"), "included");
	cr_assert_str_eq(config_get(repo, "other.key"), "given");
}

Test(config, sizes_have_git_s_suffixes)
{
	static const struct {
		const char *text;
		size_t size;
	} good[] = { { "0", 0 },
		     { "17", 17 },
		     { "2k", 2048 },
		     { "3M", 3 << 20 },
		     { "1g", (size_t)1 << 30 },
		     { "0x10", 16 } };
	static const char *const bad[] = { "",
					   "-1",
					   "k",
					   "1kb",
					   "1.5m",
					   " 1",
					   "99999999999999999999",
					   "99999999999g" };
	struct intoto_error err = { 0 };
	size_t size = 5;

	make_repo("r");
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		sh("git config intoto.maxLinkSize '%s'", good[i].text);
		scoped(repo) repo = open_repo();
		cr_assert_eq(config_max_link_size(&size, repo, &err), 0, "%s",
			     err.message);
		cr_assert_eq(size, good[i].size, "%s", good[i].text);
	}
	size = 5;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		sh("git config intoto.maxLinkSize '%s'", bad[i]);
		scoped(repo) repo = open_repo();
		cr_assert_eq(config_max_link_size(&size, repo, &err), -1, "%s",
			     bad[i]);
		cr_assert_eq(err.code, INTOTO_EINVALID);
		cr_assert_eq(size, 5);
	}
	sh("git config --unset intoto.maxLinkSize");
	scoped(repo) plain = open_repo();
	cr_assert_eq(config_max_link_size(&size, plain, &err), 0);
	cr_assert_eq(size, (size_t)64 << 20);
}

Test(config, truth_is_spelled_as_git_spells_it)
{
	static const char *const yes[] = { "true", "YES", "on", "1", "-1" };
	static const char *const no[] = { "false", "No", "off", "0", "" };
	struct intoto_error err = { 0 };
	bool value;

	make_repo("r");
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		sh("git config a.yes '%s' && git config a.no '%s'", yes[i],
		   no[i]);
		scoped(repo) repo = open_repo();
		cr_assert_eq(config_get_bool(&value, repo, "a.yes", false,
					     &err),
			     0);
		cr_assert(value, "%s", yes[i]);
		cr_assert_eq(config_get_bool(&value, repo, "a.no", true, &err),
			     0);
		cr_assert(!value, "%s", no[i]);
	}
	sh("git config a.yes perhaps");
	scoped(repo) repo = open_repo();
	cr_assert_eq(config_get_bool(&value, repo, "a.yes", false, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
}

Test(config, subsections_keep_their_dots_and_case)
{
	scoped_value(strlist) names = STRLIST_INIT;

	make_repo("r");
	sh("git config remote.My.Fork.url x && git config remote.My.Fork.fetch "
	   "y && git config remote.pushDefault z && git config remotes.a.b c");
	scoped(repo) repo = open_repo();
	config_subsections(&names, repo, "remote");
	cr_assert_eq(names.n, 1);
	cr_assert_str_eq(names.items[0], "My.Fork");
}

Test(config, a_value_is_added_once)
{
	struct intoto_error err = { 0 };
	scoped_text all = NULL;
	bool added = false;

	make_repo("r");
	sh("git config a.b old");
	scoped(repo) repo = open_repo();
	cr_assert_eq(config_add(&added, repo, "a.b", "+new:-x", &err), 0, "%s",
		     err.message);
	cr_assert(added);
	cr_assert_str_eq(config_get(repo, "a.b"), "+new:-x");
	cr_assert_eq(config_add(&added, repo, "a.b", "+new:-x", &err), 0);
	cr_assert(!added);
	all = sh_out("git config --get-all a.b");
	cr_assert_str_eq(all, "old\n+new:-x");
}
