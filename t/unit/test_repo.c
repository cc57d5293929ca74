/* test_repo.c: git decides which repository it is; where its objects are. */
#include "git_tools.h"

#include "repo/config.h"
#include "repo/objectdirs.h"

TestSuite(repo, .init = scratch_begin, .fini = scratch_end);

static void not_opened(enum repo_open_how how, enum intoto_code code,
		       const char *words)
{
	struct intoto_error err = { 0 };
	struct repo *repo = NULL;

	cr_assert_eq(repo_open(&repo, how, &err), -1);
	cr_assert_eq(err.code, code, "%s", err.message);
	cr_assert(strstr(err.message, words), "%s", err.message);
	cr_assert_null(repo);
}

static void reads_head(struct repo *repo)
{
	struct intoto_error err = { 0 };
	struct oid head = oid_of("HEAD");
	enum object_type type;
	size_t size;

	cr_assert_eq(object_stat(&type, &size, repo, &head, &err), 0, "%s",
		     err.message);
	cr_assert_eq(type, OBJECT_COMMIT);
}

Test(repo, a_folder_without_one_is_not_found)
{
	not_opened(REPO_OPEN_USER, INTOTO_ENOTFOUND, "not a git repository");
}

Test(repo, is_found_from_a_subfolder)
{
	scoped_text top = path_join(scratch, "r");
	scoped_text git_dir = path_join(top, ".git");

	make_repo("r");
	sh("mkdir -p 'a b/c'");
	cr_assert_eq(chdir("a b/c"), 0);
	scoped(repo) repo = open_repo();
	cr_assert_str_eq(repo->git_dir, git_dir);
	cr_assert_str_eq(repo->common_dir, git_dir);
	cr_assert_str_eq(repo->work_tree, top);
	cr_assert_str_eq(repo->prefix, "a b/c/");
	cr_assert_not(repo->bare);
	cr_assert_not(repo->shallow);
	cr_assert_eq(repo->oid_size, 20);
	reads_head(repo);
}

Test(repo, a_bare_one_has_no_work_tree)
{
	make_repo("r");
	sh("git clone -q --bare . ../b.git");
	cr_assert_eq(chdir("../b.git"), 0);
	scoped(repo) repo = open_repo();
	cr_assert(repo->bare);
	cr_assert_null(repo->work_tree);
	cr_assert_str_eq(repo->prefix, "");
	reads_head(repo);
}

Test(repo, inside_the_git_folder_there_is_no_work_tree)
{
	make_repo("r");
	cr_assert_eq(chdir(".git"), 0);
	scoped(repo) repo = open_repo();
	cr_assert_null(repo->work_tree);
	reads_head(repo);
}

Test(repo, a_linked_worktree_shares_objects_and_state)
{
	struct intoto_error err = { 0 };
	scoped_text common = path_join(scratch, "r/.git");
	scoped_text state = NULL;
	scoped_text expected = path_join(common, "intoto");

	make_repo("r");
	sh("git worktree add -q ../wt");
	cr_assert_eq(chdir("../wt"), 0);
	scoped(repo) repo = open_repo();
	cr_assert_str_eq(repo->common_dir, common);
	cr_assert_str_neq(repo->git_dir, common);
	cr_assert_eq(repo_state_dir(&state, repo, &err), 0);
	cr_assert_str_eq(state, expected);
	cr_assert(file_is_dir(state));
	reads_head(repo);
}

Test(repo, the_environment_says_which)
{
	scoped_text work_tree = path_join(scratch, "w");

	make_repo("r");
	sh("mkdir ../w");
	cr_assert_eq(chdir(".."), 0);
	setenv("GIT_DIR", "r/.git", 1);
	setenv("GIT_WORK_TREE", "w", 1);
	scoped(repo) repo = open_repo();
	cr_assert_str_eq(repo->work_tree, work_tree);
	reads_head(repo);
}

Test(repo, one_with_sha256_ids_has_longer_ones)
{
	sh("git init -q --object-format=sha256 r && cd r &&"
	   "git commit -q --allow-empty -m one");
	cr_assert_eq(chdir("r"), 0);
	scoped(repo) repo = open_repo();
	cr_assert_eq(repo->oid_size, 32);
	reads_head(repo);
}

Test(repo, colons_and_quotes_in_its_path_work)
{
	make_repo("a:b");
	sh("git clone -q --shared . '../\"c:d'");
	cr_assert_eq(chdir("../\"c:d"), 0);
	scoped(repo) repo = open_repo();
	reads_head(repo);
}

Test(repo, newlines_in_its_path_work)
{
	scoped_text top = path_join(scratch, "a\nb\n");
	scoped_text git_dir = path_join(top, ".git");

	sh("git init -q seed && cd seed && git commit -q --allow-empty -m one");
	sh("git clone -q --shared seed 'a\nb\n' && mkdir 'a\nb\n/c\nd'");
	cr_assert_eq(chdir("a\nb\n/c\nd"), 0);
	scoped(repo) repo = open_repo();
	cr_assert_str_eq(repo->work_tree, top);
	cr_assert_str_eq(repo->git_dir, git_dir);
	cr_assert_str_eq(repo->prefix, "c\nd/");
	reads_head(repo);
	sh("cd ../.. && git clone -q --bare --shared seed 'bare\n.git'");
	cr_assert_eq(chdir("../../bare\n.git"), 0);
	scoped(repo) bare = open_repo();
	cr_assert_null(bare->work_tree);
	cr_assert(bare->bare);
	reads_head(bare);
}

Test(repo, known_extensions_do_not_hide_its_objects)
{
	make_repo("r");
	sh("git config core.repositoryFormatVersion 1 &&"
	   "git config extensions.noop true &&"
	   "git config extensions.objectFormat sha1 &&"
	   "git config extensions.preciousObjects true &&"
	   "git config extensions.partialClone origin &&"
	   "git config extensions.worktreeConfig true");
	scoped(repo) repo = open_repo();
	reads_head(repo);
}

Test(repo, an_unknown_extension_is_refused_by_git)
{
	make_repo("r");
	sh("git config core.repositoryFormatVersion 1 &&"
	   "git config extensions.fromTheFuture true");
	not_opened(REPO_OPEN_USER, INTOTO_ECHILD, "extension");
}

Test(repo, one_of_another_user_is_refused_with_git_s_remedy)
{
	struct intoto_error err = { 0 };
	struct repo *repo = NULL;

	make_repo("r");
	setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1", 1);
	cr_assert_eq(repo_open(&repo, REPO_OPEN_USER, &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD, "%s", err.message);
	cr_assert(strstr(err.message, "dubious ownership"), "%s", err.message);
	cr_assert(strstr(err.hint, "git config --global --add safe.directory"),
		  "%s", err.hint);
	sh("git config --global --add safe.directory '*'");
	cr_assert_eq(repo_open(&repo, REPO_OPEN_USER, &err), 0, "%s",
		     err.message);
	reads_head(repo);
	repo_free(repo);
}

Test(repo, opened_by_path_the_environment_is_about_another)
{
	struct intoto_error err = { 0 };
	scoped_text top = path_join(scratch, "other");
	scoped(repo) repo = NULL;
	struct repo *none = NULL;

	make_repo("r");
	sh("git clone -q . ../other && mkdir ../empty");
	setenv("GIT_DIR", ".git", 1);
	setenv("GIT_OBJECT_DIRECTORY", ".git/objects", 1);
	cr_assert_eq(repo_open_at(&repo, "../other", &err), 0, "%s",
		     err.message);
	cr_assert_str_eq(repo->work_tree, top);
	cr_assert(strstr(repo->object_dir, "/other/.git/objects"));
	cr_assert_str_eq(config_get(repo, "remote.origin.url") ? "yes" : "no",
			 "yes");
	cr_assert_eq(repo_open_at(&none, "../empty", &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_eq(repo_open_at(&none, "../absent", &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	sh("mkdir sub");
	cr_assert_eq(repo_open_at(&none, "sub", &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
}

Test(repo, objects_of_alternates_are_read_through_any_chain)
{
	make_repo("one");
	sh("git clone -q --bare --shared . ../two.git &&"
	   "git clone -q --bare --shared ../two.git ../three.git &&"
	   "git clone -q --bare --shared ../three.git ../four.git &&"
	   "printf '# comment\\n../../two.git/objects\\n/absent\\n' "
	   ">../three.git/objects/info/alternates");
	cr_assert_eq(chdir("../four.git"), 0);
	scoped(repo) repo = open_repo();
	cr_assert_eq(repo->object_dirs.n, 3);
	reads_head(repo);
}

Test(repo, alternates_that_name_each_other_end)
{
	make_repo("r");
	sh("git clone -q --bare . ../s.git &&"
	   "echo ../../../s.git/objects >.git/objects/info/alternates &&"
	   "echo ../../r/.git/objects >../s.git/objects/info/alternates");
	scoped(repo) repo = open_repo();
	cr_assert_eq(repo->object_dirs.n, 1);
	reads_head(repo);
}

Test(repo, alternates_of_the_environment_are_read)
{
	scoped_text head = NULL;
	struct intoto_error err = { 0 };
	struct oid oid;
	enum object_type type;
	size_t size;

	make_repo("a:b");
	head = sh_out("git rev-parse HEAD");
	cr_assert(oid_parse(&oid, head, strlen(head)));
	sh("git init -q ../empty");
	cr_assert_eq(chdir("../empty"), 0);
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES",
	       ":/absent:\"../a\\072b/.git/objects\"", 1);
	scoped(repo) repo = open_repo();
	cr_assert_eq(repo->object_dirs.n, 1);
	cr_assert_eq(object_stat(&type, &size, repo, &oid, &err), 0, "%s",
		     err.message);
}

Test(repo, new_objects_go_where_git_puts_them)
{
	struct intoto_error err = { 0 };
	struct oid oid;
	char hex[OID_HEX_SIZE];

	make_repo("r");
	sh("mkdir ../elsewhere");
	setenv("GIT_OBJECT_DIRECTORY", "../elsewhere", 1);
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", ".git/objects", 1);
	scoped(repo) repo = open_repo();
	reads_head(repo);
	cr_assert_eq(object_write(&oid, repo, OBJECT_BLOB, "new\n", 4, &err), 0,
		     "%s", err.message);
	oid_hex(hex, &oid);
	sh("test -f ../elsewhere/%.2s/%s && git cat-file -e %s", hex, hex + 2,
	   hex);
}

/* What receive-pack sets for pre-receive; the pushed object is made. */
static struct oid make_quarantine(const char *alternates)
{
	scoped_text hex = NULL;
	struct oid oid;

	hex = sh_out("mkdir -p objects/tmp_objdir-incoming-x/pack &&"
		     "echo pushed | GIT_OBJECT_DIRECTORY="
		     "$PWD/objects/tmp_objdir-incoming-x "
		     "git hash-object -w --stdin");
	cr_assert(oid_parse(&oid, hex, strlen(hex)));
	setenv("GIT_DIR", ".", 1);
	setenv("GIT_OBJECT_DIRECTORY", "objects/tmp_objdir-incoming-x", 1);
	setenv("GIT_QUARANTINE_PATH", "objects/tmp_objdir-incoming-x", 1);
	setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", alternates, 1);
	return oid;
}

Test(repo, a_server_hook_reads_the_quarantine_and_writes_nothing)
{
	struct intoto_error err = { 0 };
	scoped_text objects = path_join(scratch, "b:c.git/objects");
	scoped_text alternates = xasprintf("\"%s\"", objects);
	scoped(repo) repo = NULL;
	scoped_text state = NULL;
	struct oid oid;
	enum object_type type;
	size_t size;

	make_repo("r");
	sh("git clone -q --bare . ../b:c.git");
	cr_assert_eq(chdir("../b:c.git"), 0);
	oid = make_quarantine(alternates);
	cr_assert_eq(repo_open(&repo, REPO_OPEN_SERVER_HOOK, &err), 0, "%s",
		     err.message);
	cr_assert_str_eq(repo->object_dir, objects);
	cr_assert_eq(repo->object_dirs.n, 1);
	cr_assert_eq(object_stat(&type, &size, repo, &oid, &err), 0, "%s",
		     err.message);
	reads_head(repo);
	cr_assert_eq(object_write(&oid, repo, OBJECT_BLOB, "x", 1, &err), -1);
	cr_assert_eq(err.code, INTOTO_EIO);
	cr_assert_eq(repo_state_dir(&state, repo, &err), 0);
	cr_assert_not(file_exists(state));
}

Test(repo, a_quarantine_outside_the_objects_is_refused)
{
	make_repo("r");
	sh("git clone -q --bare . ../b.git && mkdir ../b.git/objects-else "
	   "../away && ln -s ../../away ../b.git/objects/link");
	cr_assert_eq(chdir("../b.git"), 0);
	setenv("GIT_DIR", ".", 1);
	setenv("GIT_QUARANTINE_PATH", "../away", 1);
	not_opened(REPO_OPEN_SERVER_HOOK, INTOTO_EINVALID, "is not below");
	setenv("GIT_QUARANTINE_PATH", "objects/link", 1);
	not_opened(REPO_OPEN_SERVER_HOOK, INTOTO_EINVALID, "is not below");
	setenv("GIT_QUARANTINE_PATH", "objects-else", 1);
	not_opened(REPO_OPEN_SERVER_HOOK, INTOTO_EINVALID, "is not below");
	setenv("GIT_QUARANTINE_PATH", "objects", 1);
	not_opened(REPO_OPEN_SERVER_HOOK, INTOTO_EINVALID, "is not below");
	setenv("GIT_QUARANTINE_PATH", "objects/absent", 1);
	not_opened(REPO_OPEN_SERVER_HOOK, INTOTO_EINVALID, "cannot find");
}

Test(repo, a_server_hook_hears_no_configuration_but_its_own)
{
	struct intoto_error err = { 0 };
	scoped(repo) server = NULL;

	make_repo("r");
	sh("git config --global intoto.from home && git config intoto.own 1");
	setenv("GIT_CONFIG_COUNT", "1", 1);
	setenv("GIT_CONFIG_KEY_0", "intoto.from", 1);
	setenv("GIT_CONFIG_VALUE_0", "environment", 1);
	setenv("GIT_DIR", ".git", 1);
	scoped(repo) user = open_repo();
	cr_assert_str_eq(config_get(user, "intoto.from"), "environment");
	cr_assert_eq(repo_open(&server, REPO_OPEN_SERVER_HOOK, &err), 0, "%s",
		     err.message);
	cr_assert_null(config_get(server, "intoto.from"));
	cr_assert_str_eq(config_get(server, "intoto.own"), "1");
}

static void splits(const char *text, char separator, const char *expected)
{
	scoped_value(strlist) found = STRLIST_INIT;
	scoped_value(buffer) joined = BUFFER_INIT;

	object_dirs_split(&found, text, separator);
	for (size_t i = 0; i < found.n; i++)
		buffer_printf(&joined, "[%s]", found.items[i]);
	cr_assert_str_eq(buffer_text(&joined), expected);
}

Test(repo, a_list_of_folders_is_split_as_git_writes_it)
{
	splits("", ':', "");
	splits("/a", ':', "[/a]");
	splits(":/a::/b:", ':', "[/a][/b]");
	splits("\"/a:b\":/c", ':', "[/a:b][/c]");
	splits("\"/\\\"q\\\\\\303\\251\\t\"", ':', "[/\"q\\\303\251\t]");
	splits("\"/a:b", ':', "[\"/a][b]");
	splits("\"/a\"x:/b", ':', "[\"/a\"x][/b]");
	splits("\"/a\\000b\"", ':', "[\"/a\\000b\"]");
	splits("\"/a\\400\"", ':', "[\"/a\\400\"]");
	splits("\"", ':', "[\"]");
	splits("\"\\", ':', "[\"\\]");
	splits("#c:/a", ':', "[/a]");
	splits("# c\n/a:b\n", '\n', "[/a:b]");
}
