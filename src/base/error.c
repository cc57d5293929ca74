/* error.c: fill the one value that says what went wrong. */
#include "intoto/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"

#define RAW_MAX 4096
#define ELLIPSIS "..."

/* Escaped and cut between two characters, so that it ends in "...". */
static void text_set(char *out, size_t size, const char *raw)
{
	size_t left = strlen(raw);
	size_t len = 0;
	size_t cut = 0; /* where an ellipsis still fits */

	while (left > 0) {
		char piece[ESCAPE_MAX];
		size_t used = 0;
		size_t n = escape_char(piece, &used, raw, left);

		if (len + n >= size) {
			memcpy(out + cut, ELLIPSIS, sizeof(ELLIPSIS));
			return;
		}
		memcpy(out + len, piece, n);
		len += n;
		if (len + sizeof(ELLIPSIS) <= size)
			cut = len;
		raw += used;
		left -= used;
	}
	out[len] = '\0';
}

__attribute__((format(printf, 2, 0))) static void
text_format(char raw[RAW_MAX], const char *fmt, va_list args)
{
	if (vsnprintf(raw, RAW_MAX, fmt, args) < 0)
		snprintf(raw, RAW_MAX, "%s", "unprintable message");
}

int(intoto_fail)(struct intoto_error *err, enum intoto_code code,
		 const char *fmt, ...)
{
	char raw[RAW_MAX];
	va_list args;

	if (!err)
		return -1;
	va_start(args, fmt);
	text_format(raw, fmt, args);
	va_end(args);
	err->code = code;
	err->reason[0] = '\0';
	err->hint[0] = '\0';
	text_set(err->message, sizeof(err->message), raw);
	return -1;
}

int(intoto_reject)(struct intoto_error *err, const char *reason,
		   const char *fmt, ...)
{
	char raw[RAW_MAX];
	char kept[sizeof(err->reason)];
	va_list args;

	if (!err)
		return -1;
	va_start(args, fmt);
	text_format(raw, fmt, args);
	va_end(args);
	text_set(kept, sizeof(kept), reason);
	err->code = INTOTO_EREJECTED;
	memcpy(err->reason, kept, sizeof(kept));
	err->hint[0] = '\0';
	text_set(err->message, sizeof(err->message), raw);
	return -1;
}

int(intoto_hint)(struct intoto_error *err, const char *fmt, ...)
{
	char raw[RAW_MAX];
	va_list args;

	if (!err)
		return -1;
	va_start(args, fmt);
	text_format(raw, fmt, args);
	va_end(args);
	text_set(err->hint, sizeof(err->hint), raw);
	return -1;
}

int(intoto_context)(struct intoto_error *err, const char *fmt, ...)
{
	char raw[RAW_MAX];
	size_t len;
	va_list args;

	if (!err)
		return -1;
	va_start(args, fmt);
	text_format(raw, fmt, args);
	va_end(args);
	len = strlen(raw);
	snprintf(raw + len, sizeof(raw) - len, "%s", err->message);
	text_set(err->message, sizeof(err->message), raw);
	return -1;
}
