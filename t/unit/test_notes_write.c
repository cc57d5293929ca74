#include "notes_tools.h"

TestSuite(notes_write, .init = scratch_begin, .fini = scratch_end);

Test(notes_write, what_is_written_is_what_git_notes_shows)
{
	struct oid key = key_oid();
	scoped_text shown = NULL;
	scoped_text mode = NULL;
	scoped_text who = NULL;
	scoped_text back = NULL;

	make_repo("r");
	scoped(repo) repo = open_repo();
	add(repo, REF, &key, "{\"b\":2}");
	add(repo, REF, &key, "{\"a\":1}");
	shown = sh_out("git notes --ref=in-toto/links/ab show " KEY);
	cr_assert_str_eq(shown, "{\"a\":1}\n{\"b\":2}");
	back = read_back(repo, REF, &key);
	cr_assert_str_eq(back, "{\"a\":1}\n{\"b\":2}\n");
	mode = sh_out("git ls-tree -r " REF " | cut -c1-12");
	cr_assert_str_eq(mode, "100644 blob ");
	who = sh_out("git log --format='%%an <%%ae> %%s' " REF);
	cr_assert_str_eq(who, "A U Thor <author@example.org> in-toto: add\n"
			      "A U Thor <author@example.org> in-toto: add");
	sh("git fsck --strict");
}

Test(notes_write, without_an_identity_a_fixed_one_writes)
{
	struct oid key = key_oid();
	scoped_text who = NULL;

	make_repo("r");
	sh("git config --global --unset user.name && git config --global "
	   "--unset user.email && git config user.useConfigOnly true");
	scoped(repo) repo = open_repo();
	add(repo, REF, &key, "{}");
	who = sh_out("git log --format='%%cn <%%ce>' " REF);
	cr_assert_str_eq(who, "git-intoto <git-intoto@localhost>");
	sh("git fsck --strict");
}

Test(notes_write, lines_that_are_there_change_nothing)
{
	struct intoto_error err = { 0 };
	struct ref_update update;
	struct oid key = key_oid();
	scoped_value(strlist) lines = STRLIST_INIT;

	make_repo("r");
	scoped(repo) repo = open_repo();
	add(repo, REF, &key, "{\"a\":1}");
	strlist_add(&lines, "{\"a\":1}");
	cr_assert_eq(notes_prepare(&update, repo, REF, &key, &lines, "x", &err),
		     0);
	cr_assert(!oid_is_null(&update.old));
	cr_assert(oid_equal(&update.old, &update.new_oid));
	publish(repo, &update);
}

Test(notes_write, lines_that_break_the_format_are_not_written)
{
	static const char *const bad[] = { "",	   "x",	   "{\n}", "{}\n",
					   "{\r}", "[{}]", "{\t}", " {}" };
	struct intoto_error err = { 0 };
	struct ref_update update;
	struct oid key = key_oid();

	make_repo("r");
	scoped(repo) repo = open_repo();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		scoped_value(strlist) lines = STRLIST_INIT;

		strlist_add(&lines, bad[i]);
		cr_assert_eq(notes_prepare(&update, repo, REF, &key, &lines,
					   "x", &err),
			     -1);
		cr_assert_eq(err.code, INTOTO_EINVALID);
	}
}

Test(notes_write, a_line_over_the_limit_is_refused_before_it_is_stored)
{
	struct intoto_error err = { 0 };
	struct ref_update update;
	struct oid key = key_oid();
	scoped_value(strlist) lines = STRLIST_INIT;

	make_repo("r");
	sh("git config intoto.maxLinkSize 8");
	scoped(repo) repo = open_repo();
	strlist_add(&lines, "{1234567}");
	cr_assert_eq(notes_prepare(&update, repo, REF, &key, &lines, "x", &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
}

/* Two histories from one base: the local ref and origin's. Each of the three
 * notes is the printf text of base, ours, theirs; "-" for none. */
static void diverge(const char *const notes[][3], size_t n)
{
	sh("git update-ref " REF " $(git commit-tree -m base $(git mktree "
	   "</dev/null))");
	for (int side = 0; side < 3; side++) {
		if (side == 1)
			sh("git update-ref refs/notes/theirs " REF);
		for (size_t i = 0; i < n; i++) {
			if (!strcmp(notes[i][side], "-"))
				continue;
			sh("printf '%s' >text && git notes --ref=%s add -f -C "
			   "$(git hash-object -w text) %039zxb",
			   notes[i][side],
			   side == 2 ? "theirs" : "in-toto/links/ab", i);
		}
	}
	sh("git update-ref refs/in-toto-remotes/origin/links/ab "
	   "refs/notes/theirs");
}

Test(notes_write, a_merge_has_the_contents_that_cat_sort_uniq_gives)
{
	static const char *const notes[][3] = {
		{ "-", "{b}\\n{a}\\n", "{c}\\n{a}\\n" },
		{ "-", "{ours}\\n", "-" },
		{ "-", "-", "{theirs}\\n" },
		{ "{base}\\n", "{base}\\n{more}\\n", "-" },
		{ "{base}\\n", "-", "{a}\\n{base}\\n" },
		{ "{base}\\n", "{base}\\n{ours}\\n", "{base}\\n{theirs}\\n" },
		{ "{base}\\n", "-", "-" },
		{ "-", "same\\n", "same\\n" },
		{ "-", "{b}\\n\\n\\n{a}", "{\\303\\244}\\n{a}\\r\\n{a}\\n" },
		{ "-", "{a}", "{a}\\n" },
		{ "-", "{a}}\\n{a}\\n{A}\\n", "{a}{\\n{ab\\n" },
	};
	struct intoto_error err = { 0 };
	struct ref_update update;
	struct oid key = key_oid();
	scoped_text expected = NULL;
	scoped_text ours = NULL;
	scoped_text parents = NULL;

	make_repo("r");
	diverge(notes, ARRAY_SIZE(notes));
	scoped(repo) repo = open_repo();
	cr_assert_eq(notes_prepare(&update, repo, REF, &key, NULL, "merge",
				   &err),
		     0, "%s", err.message);
	sh("git notes --ref=in-toto/links/ab merge -s cat_sort_uniq "
	   "refs/in-toto-remotes/origin/links/ab");
	expected = sh_out("git ls-tree -r " REF);
	char hex[OID_HEX_SIZE];
	oid_hex(hex, &update.new_oid);
	ours = sh_out("git ls-tree -r %s", hex);
	cr_assert_str_eq(ours, expected);
	parents = sh_out("git rev-list --parents -n1 %s | wc -w", hex);
	cr_assert_eq(atoi(parents), 3);
}

Test(notes_write, a_tip_that_contains_the_others_is_a_fast_forward)
{
	struct intoto_error err = { 0 };
	struct ref_update update;
	struct oid key = key_oid();
	struct oid old;
	struct oid tip;

	make_repo("r");
	scoped(repo) repo = open_repo();
	add(repo, REF, &key, "{\"a\":1}");
	old = oid_of(REF);
	add(repo, REF, &key, "{\"b\":1}");
	tip = oid_of(REF);
	sh("git update-ref refs/in-toto-remotes/origin/links/ab " REF
	   " && git update-ref " REF " " REF "^ &&"
	   "git update-ref refs/in-toto-remotes/fork/links/ab " REF);
	cr_assert_eq(notes_prepare(&update, repo, REF, &key, NULL, "x", &err),
		     0);
	cr_assert(oid_equal(&update.old, &old));
	cr_assert(oid_equal(&update.new_oid, &tip));
}

Test(notes_write, adding_starts_from_all_tips_of_exactly_this_ref)
{
	struct oid key = key_oid();
	scoped_text back = NULL;
	scoped_text other = NULL;
	scoped_text count = NULL;

	make_repo("r");
	scoped(repo) repo = open_repo();
	for (int i = 0; i < 3; i++) {
		scoped_text line = xasprintf("{\"from\":%d}", i);

		sh("git update-ref -d " REF);
		add(repo, REF, &key, line);
		sh("git update-ref refs/x%d " REF, i);
	}
	sh("git update-ref -d " REF " &&"
	   "git update-ref " REF " refs/x0 &&"
	   "git update-ref refs/in-toto-remotes/origin/links/ab refs/x1 &&"
	   "git update-ref refs/in-toto-remotes/a/b/links/ab refs/x2 &&"
	   "git update-ref refs/in-toto-remotes/origin/links/ac refs/x2");
	add(repo, REF, &key, "{\"new\":1}");
	back = read_back(repo, REF, &key);
	cr_assert_str_eq(back, "{\"from\":0}\n{\"from\":1}\n{\"from\":2}\n"
			       "{\"new\":1}\n");
	count = sh_out("git rev-list --parents -n1 " REF " | wc -w");
	cr_assert_eq(atoi(count), 4);
	other = read_back(repo, "refs/notes/in-toto/links/ac", &key);
	cr_assert_str_eq(other, "{\"from\":2}\n");
}

Test(notes_write, a_folder_per_byte_comes_with_the_64th_note_and_stays)
{
	struct intoto_error err = { 0 };
	scoped_value(note_entries) entries = { 0 };
	scoped_text names = NULL;
	scoped_text shown = NULL;
	struct oid tip;

	make_repo("r");
	scoped(repo) repo = open_repo();
	for (unsigned i = 0; i < 66; i++) {
		struct oid key = key_oid();

		key.bytes[0] = (uint8_t)(i * 7);
		key.bytes[1] = (uint8_t)(i / 2);
		add(repo, REF, &key, "{\"n\":1}");
		if (i == 62) {
			names = sh_out("git ls-tree --name-only " REF
				       " | awk '{print length}' | sort -u");
			cr_assert_str_eq(names, "40");
			free(take(names));
		}
	}
	names = sh_out("git ls-tree --name-only " REF
		       " | awk '{print length}' | sort -u");
	cr_assert_str_eq(names, "2");
	tip = oid_of(REF);
	cr_assert_eq(notes_entries(&entries, repo, &tip, &err), 0, "%s",
		     err.message);
	cr_assert_eq(entries.n, 66);
	shown = sh_out("git notes --ref=in-toto/links/ab list | wc -l");
	cr_assert_eq(atoi(shown), 66);
	sh("git fsck --strict");
}

Test(notes_write, the_folders_that_git_made_are_kept)
{
	struct oid key = key_oid();
	scoped_text before = NULL;
	scoped_text after = NULL;
	scoped_text back = NULL;

	make_repo("r");
	sh("b=$(echo '{\"old\":1}' | git hash-object -w --stdin) &&"
	   "leaf=$(printf '100644 blob %%s\\t%%s\\n' $b "
	   "567890123456789012345678901234567aab | git mktree) &&"
	   "mid=$(printf '040000 tree %%s\\t35\\n' $leaf | git mktree) &&"
	   "top=$(printf '040000 tree %%s\\t12\\n' $mid | git mktree) &&"
	   "git update-ref " REF " $(git commit-tree -m x $top)");
	before = sh_out("git ls-tree -r --name-only " REF);
	scoped(repo) repo = open_repo();
	add(repo, REF, &key, "{\"new\":1}");
	after = sh_out("git ls-tree -r --name-only " REF " | sort");
	cr_assert_str_eq(before, "12/35/567890123456789012345678901234567aab");
	cr_assert_str_eq(after, "12/34/567890123456789012345678901234567aab\n"
				"12/35/567890123456789012345678901234567aab");
	back = read_back(repo, REF, &key);
	cr_assert_str_eq(back, "{\"new\":1}\n");
	sh("git fsck --strict");
}

Test(notes_write, what_is_no_note_is_read_over_and_never_dropped)
{
	static const char *const trees[] = {
		"100644 blob $b\\tREADME\\n100644 blob $b\\t" KEY "\\n",
		"100644 blob $b\\t" KEY "\\n040000 tree $t\\tsub\\n",
		"100644 blob $b\\t" KEY "\\n100644 blob $b\\tab\\n",
		"100644 blob $b\\t" KEY "\\n120000 blob "
		"$b\\t2234567890123456789012345678901234567aab\\n",
	};
	struct intoto_error err = { 0 };
	struct oid key = key_oid();

	make_repo("r");
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		scoped_text back = NULL;
		scoped_value(strlist) lines = STRLIST_INIT;
		struct ref_update update;

		hostile(trees[i]);
		scoped(repo) repo = open_repo();
		back = read_back(repo, REF, &key);
		cr_assert_str_eq(back, "{\"a\":1}\n", "%s", trees[i]);
		strlist_add(&lines, "{}");
		cr_assert_eq(notes_prepare(&update, repo, REF, &key, &lines,
					   "x", &err),
			     -1);
		cr_assert_eq(err.code, INTOTO_EREJECTED);
		cr_assert_str_eq(err.reason, "notes-tree");
	}
}

Test(notes_write, a_layout_replaces_the_one_before_in_a_straight_line)
{
	struct intoto_error err = { 0 };
	struct ref_update update;
	struct oid first;
	scoped_text ref = notes_layout_ref("release");
	scoped_text shown = NULL;
	scoped_text count = NULL;

	make_repo("r");
	scoped(repo) repo = open_repo();
	struct oid empty = notes_empty_tree(repo);
	cr_assert_eq(notes_prepare_replace(&update, repo, ref, NULL, &empty,
					   "{\"v\":1}\n", 8, "layout", &err),
		     0, "%s", err.message);
	cr_assert(oid_is_null(&update.old));
	publish(repo, &update);
	first = update.new_oid;
	cr_assert_eq(notes_prepare_replace(&update, repo, ref, &first, &empty,
					   "{\"v\":2}\n", 8, "layout", &err),
		     0, "%s", err.message);
	cr_assert(oid_equal(&update.old, &first));
	publish(repo, &update);
	shown = sh_out("git notes --ref=in-toto/layouts/release show "
		       "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
	cr_assert_str_eq(shown, "{\"v\":2}");
	count = sh_out("git rev-list --count %s", ref);
	cr_assert_str_eq(count, "2");
	cr_assert_eq(notes_prepare_replace(&update, repo, ref, &first, &empty,
					   "{\"v\":3}\n", 8, "layout", &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(notes_prepare_replace(&update, repo, ref, NULL, &empty,
					   "{\"v\":3}\n", 8, "layout", &err),
		     -1);
}

Test(notes_write, a_layout_follows_the_remote_that_is_ahead)
{
	struct intoto_error err = { 0 };
	struct ref_update update;
	struct oid first;
	struct oid second;
	scoped_text ref = notes_layout_ref("release");

	make_repo("r");
	scoped(repo) repo = open_repo();
	struct oid empty = notes_empty_tree(repo);
	cr_assert_eq(notes_prepare_replace(&update, repo, ref, NULL, &empty,
					   "{1}\n", 4, "layout", &err),
		     0);
	publish(repo, &update);
	first = update.new_oid;
	cr_assert_eq(notes_prepare_replace(&update, repo, ref, &first, &empty,
					   "{2}\n", 4, "layout", &err),
		     0);
	second = update.new_oid;
	cr_assert_eq(notes_prepare_replace(&update, repo, ref, &second, &empty,
					   "{3}\n", 4, "layout", &err),
		     0);
	cr_assert(oid_equal(&update.old, &first));
	publish(repo, &update);
}
