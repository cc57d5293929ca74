/* indent.c: lay out compact JSON. */
#include "json/indent.h"

#include <stdint.h>
#include <string.h>

#include "base/encode.h"

/* A new line, or what stands for it on one line. */
static void append_line(struct buffer *out, size_t depth, size_t width,
			const char *gap)
{
	if (width == 0) {
		buffer_puts(out, gap);
		return;
	}
	buffer_putc(out, '\n');
	for (size_t i = 0; i < depth * width; i++)
		buffer_putc(out, ' ');
}

static void append_escaped(struct buffer *out, uint32_t point)
{
	if (point < 0x10000) {
		buffer_printf(out, "\\u%04X", point);
		return;
	}
	point -= 0x10000;
	buffer_printf(out, "\\u%04X\\u%04X", 0xd800 + (point >> 10),
		      0xdc00 + (point & 0x3ff));
}

/* One character that is not ASCII; its length. */
static size_t append_wide(struct buffer *out, const char *at, size_t left)
{
	const unsigned char *byte = (const unsigned char *)at;
	const size_t len = utf8_char(at, left);
	uint32_t point = byte[0];

	if (len < 2) {
		append_escaped(out, 0xfffd);
		return 1;
	}
	point &= 0x7fU >> len;
	for (size_t i = 1; i < len; i++)
		point = point << 6 | (byte[i] & 0x3f);
	append_escaped(out, point);
	return len;
}

/* The string whose quote `at` is; what is behind it. */
static const char *append_string(struct buffer *out, const char *at,
				 const char *end)
{
	const char *start = at++;

	while (at < end && *at != '"') {
		if ((unsigned char)*at >= 0x80) {
			buffer_add(out, start, (size_t)(at - start));
			at += append_wide(out, at, (size_t)(end - at));
			start = at;
			continue;
		}
		at += *at == '\\' && at + 1 < end ? 2 : 1;
	}
	at += at < end;
	buffer_add(out, start, (size_t)(at - start));
	return at;
}

void indent_append(struct buffer *out, const char *text, size_t len,
		   size_t width)
{
	const char *end = text + len;
	size_t depth = 0;

	while (text < end) {
		const char c = *text;

		if (c == '"') {
			text = append_string(out, text, end);
			continue;
		}
		text++;
		if ((c == '}' || c == ']') && depth > 0)
			append_line(out, --depth, width, "");
		buffer_putc(out, c);
		if (c == ':')
			buffer_putc(out, ' ');
		else if (c == ',')
			append_line(out, depth, width, " ");
		else if ((c == '{' || c == '[') && text < end &&
			 (*text == '}' || *text == ']'))
			buffer_putc(out, *text++);
		else if (c == '{' || c == '[')
			append_line(out, ++depth, width, "");
	}
}
