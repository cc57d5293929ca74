/* Words as one would type them, and back. */
#include <criterion/criterion.h>

#include "base/quote.h"

static struct strlist words_of(const char *text)
{
	struct intoto_error err = { 0 };
	struct strlist words = STRLIST_INIT;

	cr_assert_eq(quote_split(&words, text, &err), 0, "%s", err.message);
	return words;
}

static void expect_words(const char *text, const char *const *expected)
{
	struct strlist words = words_of(text);
	size_t n = 0;

	while (expected[n])
		n++;
	cr_assert_eq(words.n, n, "'%s': %zu words", text, words.n);
	for (size_t i = 0; i < n; i++)
		cr_assert_str_eq(words.items[i], expected[i]);
	strlist_release(&words);
}

#define WORDS(text, ...) \
	expect_words(text, (const char *const[]){ __VA_ARGS__, NULL })

Test(quote, splits_as_a_posix_shell_does)
{
	WORDS("a b\tc\n", "a", "b", "c");
	WORDS("  lead 'one word' \"two words\"", "lead", "one word",
	      "two words");
	WORDS("a'b'\"c\"d", "abcd");
	WORDS("'' \"\"", "", "");
	WORDS("a\\ b \\'c", "a b", "'c");
	WORDS("'a\\b' \"a\\b\" \"a\\\"b\\\\\"", "a\\b", "a\\b", "a\"b\\");
	WORDS("* $HOME `x` ~", "*", "$HOME", "`x`", "~");
}

Test(quote, an_empty_text_has_no_words)
{
	struct strlist words = words_of(" \t\r\n");

	cr_assert_eq(words.n, 0);
	strlist_release(&words);
}

Test(quote, open_quotes_and_a_last_backslash_are_refused)
{
	static const char *const bad[] = { "'a", "a \"b", "a\\", "\"a\\" };
	struct intoto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct strlist words = STRLIST_INIT;

		cr_assert_eq(quote_split(&words, bad[i], &err), -1, "%s",
			     bad[i]);
		cr_assert_eq(err.code, INTOTO_EINVALID);
		strlist_release(&words);
	}
}

Test(quote, a_quoted_word_comes_back_the_same)
{
	static const char *const all[] = { "",	    "plain",  "a b", "it's",
					   "\"q\"", "back\\", "$x*?" };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct buffer text = BUFFER_INIT;
		struct strlist words;

		quote_append(&text, all[i], QUOTE_SHELL);
		words = words_of(buffer_text(&text));
		cr_assert_eq(words.n, 1);
		cr_assert_str_eq(words.items[0], all[i]);
		strlist_release(&words);
		buffer_release(&text);
	}
}
