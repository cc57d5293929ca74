/* buffer.c: bytes that grow up to a maximum. */
#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"

static size_t buffer_limit(const struct buffer *buffer)
{
	size_t max = buffer->max ? buffer->max : BUFFER_DEFAULT_MAX;

	return max < SIZE_MAX / 2 ? max : SIZE_MAX / 2;
}

/* Room for `more` bytes and the NUL; false, and overflow set, if too many. */
static bool buffer_room(struct buffer *buffer, size_t more)
{
	size_t limit = buffer_limit(buffer);
	size_t alloc;

	if (buffer->overflow || buffer->len > limit ||
	    more > limit - buffer->len) {
		buffer->overflow = true;
		return false;
	}
	if (buffer->len + more < buffer->alloc)
		return true;
	alloc = buffer->alloc < 32 ? 64 : buffer->alloc * 2;
	if (alloc > limit + 1)
		alloc = limit + 1;
	if (alloc < buffer->len + more + 1)
		alloc = buffer->len + more + 1;
	buffer->data = xrealloc(buffer->data, alloc, 1);
	buffer->alloc = alloc;
	return true;
}

void buffer_release(struct buffer *buffer)
{
	free(buffer->data);
	buffer->data = NULL;
	buffer->len = 0;
	buffer->alloc = 0;
	buffer->overflow = false;
}

void buffer_reset(struct buffer *buffer)
{
	buffer->len = 0;
	buffer->overflow = false;
	if (buffer->data)
		buffer->data[0] = '\0';
}

void buffer_add(struct buffer *buffer, const void *data, size_t len)
{
	if (!len || !buffer_room(buffer, len))
		return;
	memcpy(buffer->data + buffer->len, data, len);
	buffer->len += len;
	buffer->data[buffer->len] = '\0';
}

void buffer_puts(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void buffer_putc(struct buffer *buffer, char c)
{
	if (!buffer_room(buffer, 1))
		return;
	buffer->data[buffer->len++] = c;
	buffer->data[buffer->len] = '\0';
}

void buffer_printf(struct buffer *buffer, const char *fmt, ...)
{
	char small[256];
	va_list args;
	va_list again;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(small, sizeof(small), fmt, args);
	va_end(args);
	if (len < 0) {
		buffer->overflow = true;
	} else if ((size_t)len < sizeof(small)) {
		buffer_add(buffer, small, (size_t)len);
	} else if (buffer_room(buffer, (size_t)len)) {
		vsnprintf(buffer->data + buffer->len, (size_t)len + 1, fmt,
			  again);
		buffer->len += (size_t)len;
	}
	va_end(again);
}

const char *buffer_text(const struct buffer *buffer)
{
	return buffer->data ? buffer->data : "";
}

char *buffer_take(struct buffer *buffer)
{
	char *text = buffer->data ? buffer->data : xstrdup("");

	buffer->data = NULL;
	buffer_release(buffer);
	return text;
}

int buffer_check(const struct buffer *buffer, const char *what,
		 struct intoto_error *err)
{
	if (!buffer->overflow)
		return 0;
	return intoto_fail(err, INTOTO_ELIMIT, "%s is larger than %zu bytes",
			   what, buffer_limit(buffer));
}
