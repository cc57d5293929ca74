/* test_error.c: messages are one escaped line, cut between characters. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/encode.h"
#include "intoto/error.h"

Test(error, fail_sets_code_and_message_and_returns_minus_one)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(intoto_fail(&err, INTOTO_EIO, "cannot %s '%s'", "read",
				 "x"),
		     -1);
	cr_assert_eq(err.code, INTOTO_EIO);
	cr_assert_str_eq(err.message, "cannot read 'x'");
	cr_assert_str_empty(err.reason);
	cr_assert_str_empty(err.hint);
}

Test(error, fail_clears_reason_and_hint_of_an_earlier_failure)
{
	struct intoto_error err = { 0 };

	intoto_reject(&err, "tag-unsigned", "tag 'v1' carries no signature");
	intoto_hint(&err, "git intoto tag %s", "v1");
	cr_assert_eq(err.code, INTOTO_EREJECTED);
	cr_assert_str_eq(err.reason, "tag-unsigned");
	cr_assert_str_eq(err.hint, "git intoto tag v1");
	intoto_fail(&err, INTOTO_EINVALID, "%s", err.message);
	cr_assert_str_eq(err.message, "tag 'v1' carries no signature");
	cr_assert_str_empty(err.reason);
	cr_assert_str_empty(err.hint);
}

Test(error, reject_clears_the_hint)
{
	struct intoto_error err = { 0 };

	intoto_fail(&err, INTOTO_EIO, "x");
	intoto_hint(&err, "old");
	intoto_reject(&err, "new", "y");
	cr_assert_str_empty(err.hint);
}

Test(error, context_keeps_code_reason_and_hint)
{
	struct intoto_error err = { 0 };

	intoto_reject(&err, "key-unknown", "no key");
	intoto_hint(&err, "git intoto key list");
	cr_assert_eq(intoto_context(&err, "step '%s': ", "build"), -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED);
	cr_assert_str_eq(err.reason, "key-unknown");
	cr_assert_str_eq(err.hint, "git intoto key list");
	cr_assert_str_eq(err.message, "step 'build': no key");
}

Test(error, hostile_text_reaches_the_terminal_escaped)
{
	struct intoto_error err = { 0 };

	intoto_fail(&err, INTOTO_EINVALID, "bad '%s'",
		    "\033[2Jx\ny\r\xc2\x9b\xe2\x80\xae\xff");
	cr_assert_str_eq(err.message, "bad '\\x1b[2Jx\\x0ay\\x0d\\xc2\\x9b"
				      "\\xe2\\x80\\xae\\xff'");
	intoto_context(&err, "f\no: ");
	cr_assert_eq(strncmp(err.message, "f\\x0ao: bad '\\x1b[", 17), 0, "%s",
		     err.message);
	intoto_hint(&err, "x\033");
	cr_assert_str_eq(err.hint, "x\\x1b");
	intoto_reject(&err, "a\nb", "x");
	cr_assert_str_eq(err.reason, "a\\x0ab");
}

Test(error, a_long_message_is_cut_between_characters_and_says_so)
{
	struct intoto_error err = { 0 };
	char text[8001];

	for (size_t i = 0; i < 4000; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 2);
	text[8000] = '\0';
	for (int shift = 0; shift < 4; shift++) {
		intoto_fail(&err, INTOTO_EIO, "%.*s%s", shift, "abc", text);
		size_t len = strlen(err.message);

		cr_assert_lt(len, sizeof(err.message));
		cr_assert_gt(len, sizeof(err.message) - 8);
		cr_assert_str_eq(err.message + len - 3, "...");
		cr_assert(is_utf8(err.message, len));
		cr_assert_eq(memcmp(err.message + len - 5, "\xc3\xa9", 2), 0);
	}
}

Test(error, text_that_just_fits_is_not_cut)
{
	struct intoto_error err = { 0 };
	char text[sizeof(err.message) + 1];

	memset(text, 'x', sizeof(text));
	text[sizeof(err.message) - 1] = '\0';
	intoto_fail(&err, INTOTO_EIO, "%s", text);
	cr_assert_str_eq(err.message, text);
	text[sizeof(err.message) - 1] = 'x';
	text[sizeof(err.message)] = '\0';
	intoto_fail(&err, INTOTO_EIO, "%s", text);
	cr_assert_eq(strlen(err.message), sizeof(err.message) - 1);
	cr_assert_str_eq(err.message + sizeof(err.message) - 4, "...");
}

Test(error, a_chain_of_contexts_stays_within_bounds)
{
	struct intoto_error err = { 0 };

	intoto_fail(&err, INTOTO_EIO, "inner");
	for (int i = 0; i < 1000; i++)
		intoto_context(&err, "step %d: ", i);
	cr_assert_eq(strncmp(err.message, "step 999: step 998: ", 20), 0);
	cr_assert_lt(strlen(err.message), sizeof(err.message));
}

Test(error, nobody_listening_is_fine)
{
	cr_assert_eq(intoto_fail(NULL, INTOTO_EIO, "x"), -1);
	cr_assert_eq(intoto_reject(NULL, "r", "x"), -1);
	cr_assert_eq(intoto_hint(NULL, "x"), -1);
	cr_assert_eq(intoto_context(NULL, "x"), -1);
}
