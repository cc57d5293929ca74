/* test_buffer.c: buffers stop at their maximum and say so. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "base/strlist.h"
#include "base/xalloc.h"

Test(buffer, grows_and_stays_terminated)
{
	scoped_value(buffer) b = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_str_eq(buffer_text(&b), "");
	for (int i = 0; i < 10000; i++) {
		buffer_putc(&b, 'a');
		cr_assert_eq(b.data[b.len], '\0');
	}
	buffer_puts(&b, "xyz");
	buffer_add(&b, "\0n", 2);
	cr_assert_eq(b.len, 10005);
	cr_assert_eq(b.data[b.len], '\0');
	cr_assert_eq(memcmp(b.data + 9999, "axyz\0n", 7), 0);
	cr_assert_eq(buffer_check(&b, "it", &err), 0);
}

Test(buffer, an_append_over_the_maximum_adds_nothing)
{
	scoped_value(buffer) b = BUFFER_MAX(4);
	struct intoto_error err = { 0 };

	buffer_puts(&b, "abcd");
	cr_assert_not(b.overflow);
	buffer_putc(&b, 'e');
	cr_assert(b.overflow);
	cr_assert_str_eq(b.data, "abcd");
	cr_assert_eq(buffer_check(&b, "the note", &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_str_eq(err.message, "the note is larger than 4 bytes");
}

Test(buffer, nothing_is_added_after_an_overflow)
{
	scoped_value(buffer) b = BUFFER_MAX(4);

	buffer_puts(&b, "ab");
	buffer_puts(&b, "cdefg");
	buffer_puts(&b, "x");
	cr_assert_str_eq(b.data, "ab");
	buffer_reset(&b);
	cr_assert_not(b.overflow);
	buffer_puts(&b, "wxyz");
	cr_assert_str_eq(b.data, "wxyz");
}

Test(buffer, an_absurd_length_overflows_and_does_not_wrap)
{
	scoped_value(buffer) b = BUFFER_MAX(SIZE_MAX);

	buffer_puts(&b, "ab");
	buffer_add(&b, "x", SIZE_MAX - 1);
	cr_assert(b.overflow);
	cr_assert_str_eq(b.data, "ab");
}

Test(buffer, prints_short_and_long)
{
	scoped_value(buffer) b = BUFFER_INIT;
	char text[5000];

	memset(text, 'q', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	buffer_printf(&b, "%d-", 42);
	buffer_printf(&b, "%s", text);
	buffer_printf(&b, "%s", "");
	cr_assert_eq(b.len, 3 + 4999);
	cr_assert_str_eq(b.data + 3, text);

	scoped_value(buffer) small = BUFFER_MAX(300);

	buffer_printf(&small, "%s", text);
	cr_assert(small.overflow);
	cr_assert_eq(small.len, 0);
}

Test(buffer, take_moves_the_text_and_leaves_it_empty)
{
	struct buffer b = BUFFER_MAX(10);
	scoped_text empty = buffer_take(&b);

	cr_assert_str_eq(empty, "");
	buffer_puts(&b, "hello");
	scoped_text text = buffer_take(&b);

	cr_assert_str_eq(text, "hello");
	cr_assert_eq(b.len, 0);
	cr_assert_null(b.data);
	cr_assert_eq(b.max, 10);
}

Test(strlist, stays_null_terminated_and_owns_copies)
{
	scoped_value(strlist) list = STRLIST_INIT;
	char text[] = "b";

	strlist_add(&list, text);
	text[0] = 'z';
	strlist_addf(&list, "%s%d", "a", 1);
	strlist_take(&list, xstrdup("b"));
	cr_assert_eq(list.n, 3);
	cr_assert_str_eq(list.items[0], "b");
	cr_assert_null(list.items[3]);
	strlist_add_all(&list, &list);
	cr_assert_eq(list.n, 6);
	cr_assert_null(list.items[6]);
}

Test(strlist, sorts_by_bytes_and_drops_repeats)
{
	scoped_value(strlist) list = STRLIST_INIT;
	const char *const in[] = { "b", "\xc3\xa9", "a", "B", "b", "a/b", "" };

	for (size_t i = 0; i < ARRAY_SIZE(in); i++)
		strlist_add(&list, in[i]);
	strlist_sort(&list);
	strlist_uniq(&list);
	cr_assert_eq(list.n, 6);
	cr_assert_str_eq(list.items[0], "");
	cr_assert_str_eq(list.items[1], "B");
	cr_assert_str_eq(list.items[2], "a");
	cr_assert_str_eq(list.items[3], "a/b");
	cr_assert_str_eq(list.items[4], "b");
	cr_assert_str_eq(list.items[5], "\xc3\xa9");
	cr_assert_null(list.items[6]);
	cr_assert(strlist_has(&list, "a/b"));
	cr_assert_not(strlist_has(&list, "c"));
}

Test(strlist, empty_lists_are_equal_and_sortable)
{
	scoped_value(strlist) a = STRLIST_INIT;
	scoped_value(strlist) b = STRLIST_INIT;

	strlist_sort(&a);
	strlist_uniq(&a);
	cr_assert(strlist_equal(&a, &b));
	strlist_add(&a, "x");
	cr_assert_not(strlist_equal(&a, &b));
	strlist_add(&b, "y");
	cr_assert_not(strlist_equal(&a, &b));
}

Test(xalloc, zero_sizes_give_memory_and_null_stays_null)
{
	free(xmalloc(0));
	free(xcalloc(0, 8));
	free(xrealloc(NULL, 0, 8));
	cr_assert_null(xstrdup(NULL));
	scoped_text copy = xmemdupz("ab\0c", 4);

	cr_assert_eq(memcmp(copy, "ab\0c", 5), 0);
}

Test(xalloc, an_overflowing_size_aborts, .signal = SIGABRT)
{
	free(xrealloc(NULL, SIZE_MAX / 2, 3));
}

Test(xalloc, an_overflowing_zeroed_size_aborts, .signal = SIGABRT)
{
	volatile size_t count = SIZE_MAX / 2;

	free(xcalloc(count, 3));
}
