/* test_exclude.c: gitignore patterns as pathspec's GitIgnoreSpec takes them. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/xalloc.h"
#include "verify/exclude.h"

/* The patterns are one string, cut at '|'. */
static struct exclude *patterns(const char *text)
{
	struct intoto_error err = { 0 };
	scoped_value(strlist) list = STRLIST_INIT;
	scoped_text copy = xstrdup(text);
	struct exclude *exclude = NULL;

	for (char *at = copy, *next; at; at = next) {
		next = strchr(at, '|');
		if (next)
			*next++ = '\0';
		strlist_add(&list, at);
	}
	cr_assert_eq(exclude_new(&exclude, &list, &err), 0, "%s: %s", text,
		     err.message);
	return exclude;
}

static bool has(const char *text, const char *path)
{
	scoped(exclude) exclude = patterns(text);

	return exclude_has(exclude, path, strlen(path));
}

static bool is_valid(const char *pattern)
{
	struct intoto_error err = { 0 };
	scoped_value(strlist) list = STRLIST_INIT;
	scoped(exclude) exclude = NULL;

	strlist_add(&list, pattern);
	if (exclude_new(&exclude, &list, &err) == 0)
		return true;
	cr_expect(strstr(err.message, "exclude pattern"), "%s", err.message);
	return false;
}

#define YES(pattern, path) cr_expect(has(pattern, path), "%s %s", pattern, path)
#define NO(pattern, path) cr_expect(!has(pattern, path), "%s %s", pattern, path)

Test(exclude, a_name_alone_matches_at_any_depth_with_all_below)
{
	YES("foo", "foo");
	YES("foo", "a/foo");
	YES("foo", "a/foo/b/c");
	NO("foo", "foo2");
	NO("foo", "a/xfoo");
}

Test(exclude, a_slash_in_front_or_in_the_middle_anchors)
{
	YES("/foo", "foo");
	NO("/foo", "a/foo");
	YES("a/foo", "a/foo");
	YES("a/foo", "a/foo/x");
	NO("a/foo", "b/a/foo");
	YES("/foo", "/foo");
}

Test(exclude, a_slash_at_the_end_means_what_is_inside)
{
	NO("foo/", "foo");
	YES("foo/", "foo/x");
	YES("foo/", "a/foo/x");
	NO("a/foo/", "a/foo");
	YES("a/foo/", "a/foo/b");
}

Test(exclude, two_stars_are_any_number_of_folders)
{
	YES("a/**/b", "a/b");
	YES("a/**/b", "a/x/y/b");
	NO("a/**/b", "ab");
	YES("**/b", "b");
	YES("**/b", "x/b");
	YES("a/**", "a/x/y");
	NO("a/**", "a");
	YES("**", "x");
	YES("**", "x/y");
	NO("**/", "x");
	YES("**/", "x/y");
	YES("a/**/**/b", "a/b");
	YES("a**b", "axb");
	NO("a**b", "a/b");
}

Test(exclude, a_star_and_a_question_mark_stop_at_a_slash)
{
	YES("*.o", "a/b.o");
	YES("a*c", "abbc");
	YES("a*c", "ac");
	NO("/a*c", "a/c");
	YES("?", "a/x/b");
	NO("/a?b", "a/b");
	YES("/?b", "ab");
	YES("?", "\xc3\xa9"); /* one character of two bytes */
	NO("??", "\xc3\xa9");
	YES("/*/x", "a/x");
	NO("/*/x", "x");
}

Test(exclude, sets_are_negated_by_an_exclamation_mark_alone)
{
	YES("[ab]", "a");
	NO("[ab]", "c");
	YES("[!ab]", "c");
	NO("[!ab]", "a");
	YES("[^a]", "^");
	NO("[^a]", "b");
	YES("[a-c]", "b");
	YES("[]a]", "]");
	YES("[a-]", "-");
	YES("[\\]", "\\");
	YES("[\xc3\xa0-\xc3\xaf]", "\xc3\xa9");
	YES("a[", "a[");
	YES("/a[+-0]b", "a/b"); /* a slash is between + and 0 */
}

Test(exclude, a_backslash_quotes)
{
	YES("\\*", "*");
	NO("\\*", "x");
	YES("\\#a", "#a");
	YES("\\!a", "!a");
	YES("a\\ ", "a ");
}

Test(exclude, white_space_and_comments_do_not_count)
{
	YES("  foo ", "foo");
	NO("#foo", "#foo");
	NO("|/| ", "foo");
	NO("# foo", "foo");
}

Test(exclude, the_last_match_decides)
{
	NO("*.o|!keep.o", "keep.o");
	YES("!keep.o|*.o", "keep.o");
	YES("*.o|!keep.o|keep.o", "keep.o");
	NO("!x", "x");
}

Test(exclude, a_file_is_not_taken_back_with_its_folder)
{
	YES("*.o|!keep", "keep/a.o");
	NO("keep|!*.o", "keep/a.o");
	NO("keep|!keep", "keep/a.o");
	YES("a/b|!a", "a/b");
}

Test(exclude, broken_patterns_are_refused)
{
	cr_expect(!is_valid("a\\"));
	cr_expect(!is_valid("!"));
	cr_expect(!is_valid("[z-a]"));
	cr_expect(is_valid("[a"));
	cr_expect(is_valid("[!]"));
	cr_expect(is_valid("!/"));
}

Test(exclude, a_pattern_has_a_longest_length)
{
	scoped_text text = xmalloc(EXCLUDE_PATTERN_MAX + 2);

	memset(text, 'a', EXCLUDE_PATTERN_MAX + 1);
	text[EXCLUDE_PATTERN_MAX + 1] = '\0';
	cr_expect(!is_valid(text));
	text[EXCLUDE_PATTERN_MAX] = '\0';
	cr_expect(is_valid(text));
}

Test(exclude, newlines_are_what_they_are_in_the_reference)
{
	YES("*.pyc", "a.pyc\n");
	NO("*.pyc", "a.pyc\n\n");
	NO("*.pyc", "a\nb/c.pyc");
	YES("a?b", "a\nb");
}

Test(exclude, bytes_that_are_no_utf8_are_characters)
{
	YES("?", "\xff");
	YES("a\xff*", "a\xff\xfe");
	NO("\xff", "\xfe");
	YES("[!a]", "\xff");
}

/* Backtracking would take for ever. */
Test(exclude, many_stars_take_no_longer_than_their_number, .timeout = 10)
{
	char path[4001];

	memset(path, 'a', 4000);
	path[4000] = '\0';
	NO("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*[b]", path);
	NO("**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/[b]", path);
}

Test(exclude, nothing_is_left_out_by_no_pattern)
{
	NO("", "a");
	NO("|", "");
}
