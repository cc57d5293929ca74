/*
 * buffer.h: bytes that grow up to a maximum.
 *
 * The maximum is set when the buffer is made. An append that would pass it
 * adds nothing and sets `overflow`; nothing more is added then. So write
 * everything and ask once, with buffer_check(). data[len] is always NUL (data
 * may be NULL while len is 0: use buffer_text() for a string).
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/scoped.h"
#include "intoto/error.h"

struct buffer {
	char *data;
	size_t len;
	size_t alloc;
	size_t max; /* 0: BUFFER_DEFAULT_MAX */
	bool overflow;
};

#define BUFFER_DEFAULT_MAX ((size_t)256 << 20)
#define BUFFER_INIT                  \
	{                            \
		NULL, 0, 0, 0, false \
	}
#define BUFFER_MAX(limit)                  \
	{                                  \
		NULL, 0, 0, (limit), false \
	}

void buffer_release(struct buffer *buffer);
SCOPED_RELEASE(buffer);

/* Empty and without overflow, keeps the memory. */
void buffer_reset(struct buffer *buffer);
void buffer_add(struct buffer *buffer, const void *data, size_t len);
void buffer_puts(struct buffer *buffer, const char *text);
void buffer_putc(struct buffer *buffer, char c);
void buffer_printf(struct buffer *buffer, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
const char *buffer_text(const struct buffer *buffer); /* "" when empty */

/* The string, to be freed by the caller; the buffer is empty after. */
char *buffer_take(struct buffer *buffer);

/* ELIMIT "<what> is larger than N bytes" if an append was dropped. */
int buffer_check(const struct buffer *buffer, const char *what,
		 struct intoto_error *err);

#endif
