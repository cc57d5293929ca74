#include "notes_tools.h"

TestSuite(notes, .init = scratch_begin, .fini = scratch_end);

Test(notes, the_shard_is_the_end_of_the_id)
{
	struct oid key = key_oid();
	scoped_text ref = notes_links_ref(&key);
	scoped_text layout = notes_layout_ref("release");

	cr_assert_str_eq(ref, REF);
	cr_assert_str_eq(layout, "refs/notes/in-toto/layouts/release");
}

Test(notes, layout_names_fit_into_a_ref)
{
	static const char *const bad[] = {
		"",   ".a",  "-a",  "a/b",	"a..b", "a.lock",
		"a.", "a b", "a\n", "\xc3\xa4", "_a",	"a@",
	};
	char longest[66];

	memset(longest, 'a', 65);
	longest[65] = '\0';
	cr_assert(!notes_layout_name_ok(longest));
	longest[64] = '\0';
	cr_assert(notes_layout_name_ok(longest));
	cr_assert(notes_layout_name_ok("Release-1.0_x"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert(!notes_layout_name_ok(bad[i]), "%s", bad[i]);
}

Test(notes, lines_are_split_and_judged_one_by_one)
{
	static const char text[] = "{\"b\":1}\n{\"a\":1}\n\nno\n{\"c\n{\x01}\n"
				   "{\"a\":1}\r\n\xef\xbb\xbf{}";
	struct intoto_error err = { 0 };
	scoped_value(note) note = { 0 };
	bool sorted = true;

	cr_assert_eq(note_split(&note, &sorted, text, strlen(text), 100, &err),
		     0);
	cr_assert(!sorted);
	cr_assert_eq(note.n, 7);
	cr_assert_null(note.lines[0].problem);
	cr_assert_str_eq(note.lines[1].text, "{\"a\":1}");
	for (size_t i = 2; i < 7; i++)
		cr_assert_not_null(note.lines[i].problem, "%zu", i);
}

Test(notes, a_note_with_nul_keeps_its_bytes_and_is_named)
{
	struct intoto_error err = { 0 };
	scoped_value(note) note = { 0 };

	cr_assert_eq(note_split(&note, NULL, "{\0}\n", 4, 100, &err), 0);
	cr_assert_eq(note.lines[0].len, 3);
	cr_assert_str_eq(note.lines[0].problem, "holds a control character");
}

Test(notes, only_sorted_unique_terminated_lines_are_sorted)
{
	static const struct {
		const char *text;
		bool sorted;
	} cases[] = {
		{ "", true },
		{ "{a}\n{b}\n", true },
		{ "{a}\n{b}", false },
		{ "{b}\n{a}\n", false },
		{ "{a}\n{a}\n", false },
		{ "{a}\n\n{b}\n", false },
		{ "{a}\n{ab}\n{\xc3\xa4}\n", false },
		{ "{a}}\n{a}\n", false },
	};
	struct intoto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		scoped_value(note) note = { 0 };
		bool sorted = !cases[i].sorted;

		cr_assert_eq(note_split(&note, &sorted, cases[i].text,
					strlen(cases[i].text), 100, &err),
			     0);
		cr_assert_eq(sorted, cases[i].sorted, "%s", cases[i].text);
	}
}

Test(notes, too_long_and_too_many_lines_refuse_the_whole_note)
{
	struct intoto_error err = { 0 };
	scoped_value(note) note = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;

	cr_assert_eq(note_split(&note, NULL, "{12345}\n", 8, 6, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_eq(note_split(&note, NULL, "{12345}\n", 8, 7, &err), 0);
	note_release(&note);
	for (int i = 0; i < NOTE_LINES_MAX + 1; i++)
		buffer_puts(&text, "{}\n");
	cr_assert_eq(note_split(&note, NULL, text.data, text.len - 3, 7, &err),
		     0);
	note_release(&note);
	cr_assert_eq(note_split(&note, NULL, text.data, text.len, 7, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
}

/* As no reader reads more, only a caller of the library can bring it. */
Test(notes, a_note_over_the_limit_is_refused_unread)
{
	scoped_text text = xcalloc(1, NOTE_MAX + 1);
	struct intoto_error err = { 0 };
	scoped_value(note) note = { 0 };

	cr_assert_eq(note_split(&note, NULL, text, NOTE_MAX + 1, NOTE_MAX,
				&err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_eq(strncmp(err.message, "a note is", 9), 0, "%s",
		     err.message);
}

Test(notes, the_union_is_commutative_associative_and_idempotent)
{
	static const char *const texts[] = { "{a}\n{c}\n", "{b}\n{c}\nbad\n",
					     "", "{c}\n{a}}\n" };
	struct intoto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(texts); k++) {
			scoped_value(note) a = { 0 };
			scoped_value(note) b = { 0 };
			scoped_value(note) c = { 0 };
			scoped_text left = NULL;
			scoped_text right = NULL;

			note_split(&a, NULL, texts[i], strlen(texts[i]), 100,
				   &err);
			note_split(&b, NULL, texts[k], strlen(texts[k]), 100,
				   &err);
			note_split(&c, NULL, texts[k], strlen(texts[k]), 100,
				   &err);
			note_union(&c, &a);
			note_union(&a, &b);
			note_union(&a, &a);
			left = note_text(&a);
			right = note_text(&c);
			cr_assert_str_eq(left, right);
		}
	}
}

Test(notes, a_layout_named_root_is_not_the_root)
{
	static const char *const foreign[] = {
		"refs/notes/commits",
		"refs/notes/in-other/layouts/release",
		"refs/notes/in-toto/",
	};
	struct intoto_error err = { 0 };
	scoped_value(refs) tips = { 0 };

	make_repo("r");
	sh("git update-ref refs/in-toto-remotes/origin/layouts/root HEAD &&"
	   "git update-ref refs/in-toto-remotes/origin/root HEAD &&"
	   "git update-ref refs/in-toto-remotes/o/p/root HEAD &&"
	   "git update-ref refs/notes/in-toto/root HEAD");
	scoped(repo) repo = open_repo();
	cr_assert_eq(notes_tips(&tips, repo, "refs/notes/in-toto/root", &err),
		     0);
	cr_assert_eq(tips.n, 3);
	cr_assert_str_eq(tips.items[0].name, "refs/in-toto-remotes/o/p/root");
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		cr_assert_eq(notes_tips(&tips, repo, foreign[i], &err), -1);
		cr_assert_eq(err.code, INTOTO_EINVALID);
	}
}

Test(notes, entries_that_git_reads_otherwise_are_refused)
{
	static const char *const trees[] = {
		"120000 blob $b\\t" KEY "\\n",
		"040000 tree $t\\t" KEY "\\n",
		"160000 commit $(git rev-parse HEAD)\\t" KEY "\\n",
		"100644 blob $b\\t1234567890123456789012345678901234567AAB\\n",
		"100644 blob $b\\t" KEY "\\n040000 tree $t\\t12\\n",
	};
	struct intoto_error err = { 0 };
	struct oid key = key_oid();

	make_repo("r");
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		scoped_text back = NULL;
		scoped_value(note_entries) entries = { 0 };
		scoped_value(strlist) lines = STRLIST_INIT;
		struct ref_update update;
		struct oid tip;

		hostile(trees[i]);
		scoped(repo) repo = open_repo();
		back = read_back(repo, REF, &key);
		cr_assert_str_eq(back, "1 notes-tree", "%s: %s", trees[i],
				 back);
		tip = oid_of(REF);
		cr_assert_eq(notes_entries(&entries, repo, &tip, &err), -1);
		cr_assert_str_eq(err.reason, "notes-tree");
		strlist_add(&lines, "{}");
		cr_assert_eq(notes_prepare(&update, repo, REF, &key, &lines,
					   "x", &err),
			     -1);
		cr_assert_str_eq(err.reason, "notes-tree");
	}
}

Test(notes, an_upper_case_folder_above_the_key_is_refused)
{
	struct oid key;
	scoped_text back = NULL;

	make_repo("r");
	hostile("040000 tree $t\\tAB\\n");
	cr_assert(oid_parse(&key, "ab34567890123456789012345678901234567aab",
			    40));
	scoped(repo) repo = open_repo();
	back = read_back(repo, REF, &key);
	cr_assert_str_eq(back, "1 notes-tree");
}

Test(notes, a_missing_blob_is_not_an_absent_note)
{
	struct intoto_error err = { 0 };
	struct oid key = key_oid();
	scoped_value(note) note = { 0 };

	make_repo("r");
	hostile("100644 blob 1111111111111111111111111111111111111111\\t" KEY
		"\\n");
	scoped(repo) repo = open_repo();
	cr_assert_eq(note_read(&note, repo, REF, &key, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
}

Test(notes, an_absent_note_and_an_absent_ref_are_empty)
{
	struct intoto_error err = { 0 };
	struct oid key = key_oid();
	struct oid other = key_oid();
	scoped_value(note) note = { 0 };

	make_repo("r");
	scoped(repo) repo = open_repo();
	cr_assert_eq(note_read(&note, repo, REF, &key, &err), 0);
	cr_assert_eq(note.n, 0);
	add(repo, REF, &key, "{}");
	other.bytes[0] = 0;
	cr_assert_eq(note_read(&note, repo, REF, &other, &err), 0);
	cr_assert_eq(note.n, 0);
}
