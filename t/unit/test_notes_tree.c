/* test_notes_tree.c: how many folders and notes a tree may make us read. */
#include "notes_tools.h"

/* A tree of up to 256 entries that are all the same: KIND, OBJECT, and two
 * digits and END for a name. */
static char *fan(int n, const char *kind, const char *object, const char *end)
{
	return sh_out(
		"for i in $(seq %d); do "
		"printf '%s %s\\t%%02x%s\\n' $((i - 1)); done | git mktree",
		n, kind, object, end);
}

/* The tip of REF is a commit of this tree. */
static struct oid commit_tree(const char *tree)
{
	sh("git update-ref " REF " $(git commit-tree -m x %s)", tree);
	return oid_of(REF);
}

/* Trees below trees, each of them many times: few objects, and no end. */
static void expect_limit(struct repo *repo, const char *tree, const char *what)
{
	const struct oid tip = commit_tree(tree);
	scoped_value(note_entries) entries = { 0 };
	struct intoto_error err = { 0 };

	cr_expect_eq(notes_entries(&entries, repo, &tip, &err), -1);
	cr_expect_eq(err.code, INTOTO_ELIMIT);
	cr_expect(strstr(err.message, what), "%s", err.message);
}

TestSuite(notes_tree, .init = scratch_begin, .fini = scratch_end);

Test(notes_tree, a_tree_has_so_many_notes)
{
	make_repo("r");
	scoped_text blob = sh_out("echo '{}' | git hash-object -w --stdin");
	scoped_text leaves = fan(256, "100644 blob", blob,
				 "7890123456789012345678901234567890");
	scoped_text middle = fan(256, "040000 tree", leaves, "");
	scoped_text top = fan(64, "040000 tree", middle, "");
	scoped(repo) repo = open_repo();

	expect_limit(repo, top, "notes");
}

Test(notes_tree, a_tree_has_so_many_folders)
{
	make_repo("r");
	scoped_text blob = sh_out("echo '{}' | git hash-object -w --stdin");
	scoped_text leaf =
		sh_out("printf '100644 blob %s\\t%s\\n' | git mktree", blob,
		       "7890123456789012345678901234567890");
	scoped_text first = fan(256, "040000 tree", leaf, "");
	scoped_text second = fan(256, "040000 tree", first, "");
	scoped_text third = fan(4, "040000 tree", second, "");
	scoped(repo) repo = open_repo();

	expect_limit(repo, third, "folders");
}

/* One key has one folder at each depth; other spellings of it are looked into
 * as well, and could be more than anybody reads. */
Test(notes_tree, a_key_is_below_so_many_folders)
{
	struct oid key = { .size = 20 };
	scoped_value(note) note = { 0 };
	struct intoto_error err = { 0 };

	memset(key.bytes, 0xab, key.size);
	make_repo("r");
	scoped(repo) repo = open_repo();
	scoped_text tree = sh_out("git mktree </dev/null");

	for (int depth = 0; depth < 5; depth++) {
		scoped_text below = tree;

		tree = sh_out("for name in AB Ab aB ab; do printf "
			      "'040000 tree %s\\t%%s\\n' $name; done | "
			      "git mktree",
			      below);
	}
	commit_tree(tree);
	cr_expect_eq(note_read(&note, repo, REF, &key, &err), -1);
	cr_expect_str_eq(err.reason, "notes-tree");
	cr_expect(strstr(err.message, "too many folders"), "%s", err.message);
}
