#include "git_tools.h"

#include "repo/cleanroom.h"

TestSuite(cleanroom, .init = scratch_begin, .fini = scratch_end);

static const struct cleanroom_options plain = { 0 };
static const struct cleanroom_options filters = { .allow_filters = true };
static const struct cleanroom_options recurse = { .recurse_submodules = true };

/* Room for HEAD of the repository that is the current folder's. */
static int open_room(struct cleanroom *room,
		     const struct cleanroom_options *options,
		     struct intoto_error *err)
{
	const struct manifest_options all = { 0 };
	struct oid commit = oid_of("HEAD^{commit}");
	struct oid tree = oid_of("HEAD^{tree}");
	scoped(manifest) manifest = NULL;

	scoped(repo) repo = open_repo();
	cr_assert_eq(manifest_record(&manifest, repo, &tree, &all, err), 0,
		     "%s", err->message);
	return cleanroom_open(room, repo, &commit, manifest, options, err);
}

static void open_ok(struct cleanroom *room,
		    const struct cleanroom_options *options)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(open_room(room, options, &err), 0, "%s", err.message);
}

static void refuse(const struct cleanroom_options *options, const char *reason,
		   const char *says)
{
	struct intoto_error err = { 0 };
	struct cleanroom room = { 0 };
	scoped_text left = NULL;

	cr_assert_eq(open_room(&room, options, &err), -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED, "%s", err.message);
	cr_assert_str_eq(err.reason, reason);
	cr_assert(strstr(err.message, says), "%s", err.message);
	left = sh_out("ls $TMPDIR");
	cr_assert_str_eq(left, "");
}

static void make_project(void)
{
	make_repo("project");
	sh("mkdir -p sub/deep && echo x >sub/deep/x && ln -s deep/x sub/link &&"
	   "ln -s nowhere dangling && echo '#!/bin/sh' >run && chmod +x run &&"
	   "echo q >'a \"quoted\" name' && echo d >-dash && : >empty &&"
	   "git add . && git commit -qm files && git tag -a -m v1 v1");
}

Test(cleanroom, has_the_tree_the_tags_and_nothing_else)
{
	scoped_value(cleanroom) room = { 0 };
	scoped_text state = NULL;
	scoped_text here = NULL;
	scoped_text dir = NULL;

	make_project();
	sh("echo changed >file && echo new >untracked && echo i >staged && "
	   "git add staged");
	open_ok(&room, &plain);
	cr_assert_eq(room.filtered.n, 0);
	cr_assert(strstr(room.tree, "/git-intoto-build-"), "%s", room.tree);
	cr_assert(strstr(room.tree, "/project"));
	state = sh_out("cd %s && git status --porcelain --ignored && git "
		       "describe && git remote && cat file && git config "
		       "core.hooksPath && git symbolic-ref -q HEAD || true",
		       room.tree);
	cr_assert_str_eq(state, "v1\nhello\n/dev/null");
	here = sh_out("git status --porcelain");
	cr_assert_str_eq(here, " M file\nA  staged\n?? untracked");
	dir = xstrdup(room.dir.path);
	cleanroom_release(&room);
	cr_assert(!file_exists(dir));
}

Test(cleanroom, opens_from_a_bare_repository_and_a_worktree)
{
	scoped_value(cleanroom) bare = { 0 };
	scoped_value(cleanroom) tree = { 0 };

	make_project();
	sh("git clone -q --bare . ../other.git && git worktree add -q ../wt");
	cr_assert_eq(chdir("../other.git"), 0);
	open_ok(&bare, &plain);
	sh("test \"$(basename %s)\" = other && cat %s/sub/link", bare.tree,
	   bare.tree);
	cr_assert_eq(chdir("../wt/sub"), 0);
	open_ok(&tree, &plain);
	sh("test \"$(basename %s)\" = wt && cat %s/file", tree.tree, tree.tree);
}

Test(cleanroom, opens_from_a_shallow_clone)
{
	scoped_value(cleanroom) room = { 0 };

	make_project();
	sh("git clone -q --depth 1 file://%s/project ../shallow", scratch);
	cr_assert_eq(chdir("../shallow"), 0);
	open_ok(&room, &plain);
	sh("cd %s && test \"$(git describe)\" = v1", room.tree);
}

Test(cleanroom, the_environment_of_the_user_s_repository_stays_out)
{
	scoped_value(cleanroom) room = { 0 };
	scoped_text path = NULL;
	scoped_text index = NULL;
	scoped_text before = NULL;
	scoped_text after = NULL;

	make_project();
	before = sh_out("git for-each-ref; cat .git/HEAD .git/config; md5sum "
			".git/index");
	path = sh_out("pwd -P");
	index = xasprintf("%s/.git/index", path);
	setenv("GIT_WORK_TREE", path, 1);
	setenv("GIT_INDEX_FILE", index, 1);
	free(take(path));
	path = sh_out("git rev-parse --absolute-git-dir");
	setenv("GIT_DIR", path, 1);
	open_ok(&room, &plain);
	cr_assert(file_exists(room.tree));
	unsetenv("GIT_DIR");
	unsetenv("GIT_WORK_TREE");
	unsetenv("GIT_INDEX_FILE");
	after = sh_out("git for-each-ref; cat .git/HEAD .git/config; md5sum "
		       ".git/index");
	cr_assert_str_eq(after, before);
	sh("cat %s/file", room.tree);
}

Test(cleanroom, no_hook_runs)
{
	scoped_value(cleanroom) room = { 0 };

	make_project();
	sh("mkdir -p ../hooks ../template/hooks && printf '#!/bin/sh\\ntouch "
	   "%s/ran\\n' >../hooks/post-checkout && chmod +x ../hooks/* &&"
	   "cp ../hooks/* ../template/hooks/ && cp ../hooks/* .git/hooks/ &&"
	   "git config --global init.templateDir %s/template &&"
	   "git config --global core.hooksPath %s/hooks",
	   scratch, scratch, scratch);
	sh("rm -f ../ran");
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "core.hooksPath", 1);
	setenv("GIT_CONFIG_VALUE_0", "../hooks", 1);
	open_ok(&room, &plain);
	cr_assert(!file_exists("../ran"));
}

Test(cleanroom, what_a_filter_changes_is_refused_by_name)
{
	scoped_value(cleanroom) room = { 0 };

	make_repo("r");
	sh("echo '*.up filter=up' >.gitattributes && echo '*.txt text' "
	   ">>.gitattributes && echo shout >a.up && echo eol >b.txt &&"
	   "git add . && git commit -qm attributes &&"
	   "git config --global filter.up.smudge 'tr a-z A-Z' &&"
	   "git config --global core.eol crlf");
	refuse(&plain, "build-filtered", "'a.up', 'b.txt'");
	open_ok(&room, &filters);
	cr_assert_eq(room.filtered.n, 2);
	cr_assert_str_eq(room.filtered.items[0], "a.up");
	cr_assert_str_eq(room.filtered.items[1], "b.txt");
}

Test(cleanroom, ident_and_encodings_are_filters_too)
{
	make_repo("r");
	sh("printf 'i ident\\nu working-tree-encoding=UTF-16LE\\n' "
	   ">.gitattributes && echo '$Id$' >i && printf 'a\\0' >u &&"
	   "git add . && git commit -qm x");
	refuse(&plain, "build-filtered", "'i', 'u'");
}

Test(cleanroom, many_differing_paths_are_counted)
{
	make_repo("r");
	sh("echo '*.t text' >.gitattributes && for i in 1 2 3 4 5 6 7 8; do "
	   "echo x >$i.t; done && git add . && git commit -qm x &&"
	   "git config --global core.eol crlf");
	refuse(&plain, "build-filtered", "'5.t' and 3 more");
}

Test(cleanroom, a_filter_that_removes_or_adds_a_file_is_noticed)
{
	make_repo("r");
	sh("echo 'b filter=odd' >.gitattributes && echo a >a && echo b >b &&"
	   "git add . && git commit -qm x &&"
	   "git config --global filter.odd.smudge 'rm -f a; cat'");
	refuse(&plain, "build-incomplete", "lacks 'a'");
	refuse(&filters, "build-incomplete", "lacks 'a'");
	sh("git config --global filter.odd.smudge 'echo >extra; cat'");
	refuse(&plain, "build-filtered", "'extra'");
	sh("git config --global filter.odd.smudge 'chmod +x a; cat'");
	refuse(&plain, "build-filtered", "'a'");
	sh("git config --global filter.odd.smudge 'rm a; ln -s b a; cat'");
	refuse(&plain, "build-filtered", "'a'");
}

static void make_submodule(void)
{
	make_repo("lib");
	sh("git init -q ../project && cd ../project && git -c "
	   "protocol.file.allow=always submodule --quiet add ../lib lib &&"
	   "git commit -qm sub && git config --global protocol.file.allow "
	   "always");
	cr_assert_eq(chdir("../project"), 0);
}

Test(cleanroom, submodules_are_empty_folders)
{
	scoped_value(cleanroom) room = { 0 };

	make_submodule();
	open_ok(&room, &plain);
	sh("test -d %s/lib && test -z \"$(ls -A %s/lib)\"", room.tree,
	   room.tree);
}

Test(cleanroom, submodules_are_filled_on_demand)
{
	scoped_value(cleanroom) room = { 0 };
	scoped_value(cleanroom) remote = { 0 };

	make_submodule();
	open_ok(&room, &recurse);
	sh("test \"$(cat %s/lib/file)\" = hello && test -z \"$(git -C %s "
	   "remote)\"",
	   room.tree, room.tree);
	sh("git remote add origin ../server/project.git && mkdir ../server &&"
	   "mv ../lib ../server/lib");
	open_ok(&remote, &recurse);
	sh("test \"$(cat %s/lib/file)\" = hello", remote.tree);
}

Test(cleanroom, a_submodule_that_cannot_be_had_is_a_failure)
{
	struct intoto_error err = { 0 };
	struct cleanroom room = { 0 };

	make_submodule();
	sh("rm -rf ../lib");
	cr_assert_eq(open_room(&room, &recurse, &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD, "%s", err.message);
}

Test(cleanroom, rooms_of_killed_builds_are_removed)
{
	scoped_value(cleanroom) room = { 0 };
	scoped_text left = NULL;

	make_project();
	sh("mkdir -m 700 $TMPDIR/git-intoto-build-999999999-abcdef &&"
	   "touch $TMPDIR/git-intoto-build-999999999-abcdef/x");
	open_ok(&room, &plain);
	left = sh_out("ls $TMPDIR");
	cr_assert_null(strstr(left, "999999999"), "%s", left);
}

Test(cleanroom, objects_that_the_room_writes_stay_in_it)
{
	scoped_value(cleanroom) room = { 0 };
	scoped_text before = NULL;
	scoped_text after = NULL;

	make_project();
	before = sh_out("git count-objects; git for-each-ref");
	open_ok(&room, &plain);
	sh("cd %s && echo new >new && git add new && git commit -qm new &&"
	   "git tag made-by-the-build",
	   room.tree);
	after = sh_out("git count-objects; git for-each-ref");
	cr_assert_str_eq(after, before);
}
