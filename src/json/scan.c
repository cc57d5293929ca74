/* scan.c: a pull reader over JSON text in memory. */
#include "json/scan.h"

#include <string.h>

#include "base/encode.h"
#include "json/json.h"
#include "json/span.h"

struct scan scan_start(const char *text, size_t len)
{
	return (struct scan){ .text = text, .len = len, .first = true };
}

static int malformed(const struct scan *scan, const char *what,
		     struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID,
			   "not valid JSON: %s at byte %zu", what, scan->at);
}

/* The next character that is no white space, without moving past it; NUL at
 * the end, and for a NUL in the text, which fits nothing either. */
static char next_char(struct scan *scan)
{
	while (scan->at < scan->len) {
		char c = scan->text[scan->at];

		if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
			return c;
		scan->at++;
	}
	return '\0';
}

int scan_peek(enum scan_type *out, struct scan *scan, struct intoto_error *err)
{
	char c = next_char(scan);

	if (scan->at == scan->len)
		*out = SCAN_END;
	else if (c == '{')
		*out = SCAN_OBJECT;
	else if (c == '[')
		*out = SCAN_ARRAY;
	else if (c == '"')
		*out = SCAN_STRING;
	else if (c == '-' || (c >= '0' && c <= '9'))
		*out = SCAN_INTEGER;
	else if (c == 't')
		*out = SCAN_TRUE;
	else if (c == 'f')
		*out = SCAN_FALSE;
	else if (c == 'n')
		*out = SCAN_NULL;
	else
		return malformed(scan, "no value", err);
	return 0;
}

static int enter(struct scan *scan, char open, struct intoto_error *err)
{
	if (next_char(scan) != open)
		return malformed(scan, open == '{' ? "no object" : "no array",
				 err);
	if (scan->depth >= JSON_DEPTH_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "JSON is nested deeper than %d at byte %zu",
				   JSON_DEPTH_MAX, scan->at);
	scan->at++;
	scan->depth++;
	scan->first = true;
	return 0;
}

int scan_object(struct scan *scan, struct intoto_error *err)
{
	return enter(scan, '{', err);
}

int scan_array(struct scan *scan, struct intoto_error *err)
{
	return enter(scan, '[', err);
}

/* 1: something follows, past its comma; 0: closed and left. */
static int next_item(struct scan *scan, char close, struct intoto_error *err)
{
	char c = next_char(scan);

	if (c == close && scan->depth > 0) {
		scan->at++;
		scan->depth--;
		scan->first = false;
		return 0;
	}
	if (scan->first) {
		scan->first = false;
		return 1;
	}
	if (c != ',')
		return malformed(scan, "no comma and no end", err);
	scan->at++;
	if (next_char(scan) == close)
		return malformed(scan, "nothing after a comma", err);
	return 1;
}

/* Four hex digits; false otherwise. */
static bool read_unit(unsigned *out, const struct scan *scan, size_t at)
{
	unsigned char bytes[2];

	if (scan->len - at < 4 || !hex_decode(bytes, 2, scan->text + at, 4))
		return false;
	*out = (unsigned)bytes[0] << 8 | bytes[1];
	return true;
}

static size_t put_utf8(char out[4], unsigned c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* After "\u": one unit, or the two of a surrogate pair. */
static int read_code_point(unsigned *out, struct scan *scan,
			   struct intoto_error *err)
{
	unsigned c;
	unsigned low;

	if (!read_unit(&c, scan, scan->at))
		return malformed(scan, "bad escape", err);
	if (c >= 0xd800 && c <= 0xdfff) {
		if (c > 0xdbff || scan->len - scan->at < 10 ||
		    scan->text[scan->at + 4] != '\\' ||
		    scan->text[scan->at + 5] != 'u' ||
		    !read_unit(&low, scan, scan->at + 6) || low < 0xdc00 ||
		    low > 0xdfff)
			return malformed(scan, "lone surrogate", err);
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		scan->at += 6;
	}
	scan->at += 4;
	*out = c;
	return 0;
}

/* At a backslash; `out` may be NULL, to check only. */
static int read_escape(struct scan *scan, struct buffer *out, bool is_name,
		       struct intoto_error *err)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *known;
	char bytes[4];
	size_t n = 1;
	unsigned c = 0;
	char kind = scan->at + 1 < scan->len ? scan->text[scan->at + 1] : '\0';

	known = kind ? strchr(from, kind) : NULL;
	if (known) {
		bytes[0] = to[known - from];
		scan->at += 2;
	} else if (kind == 'u') {
		scan->at += 2;
		if (read_code_point(&c, scan, err) < 0)
			return -1;
		if (!c && is_name)
			return malformed(scan, "NUL in a member name", err);
		n = put_utf8(bytes, c);
	} else {
		return malformed(scan, "bad escape", err);
	}
	if (out)
		buffer_add(out, bytes, n);
	return 0;
}

/* At or after white space before a string; `out` may be NULL. */
static int read_string(struct scan *scan, struct buffer *out, bool is_name,
		       struct intoto_error *err)
{
	size_t start;

	if (next_char(scan) != '"')
		return malformed(scan, "no string", err);
	start = ++scan->at;
	for (;;) {
		size_t n;

		scan->at +=
			span_plain(scan->text + scan->at, scan->len - scan->at);
		if (scan->at == scan->len)
			return malformed(scan, "unfinished string", err);
		if ((unsigned char)scan->text[scan->at] >= 0x80) {
			n = utf8_char(scan->text + scan->at,
				      scan->len - scan->at);
			if (!n)
				return malformed(scan, "invalid UTF-8", err);
			scan->at += n;
			continue;
		}
		if (out)
			buffer_add(out, scan->text + start, scan->at - start);
		if (scan->text[scan->at] == '"')
			break;
		if (scan->text[scan->at] != '\\')
			return malformed(scan, "raw control character", err);
		if (read_escape(scan, out, is_name, err) < 0)
			return -1;
		start = scan->at;
	}
	scan->at++;
	return out ? buffer_check(out, "a string in JSON", err) : 0;
}

static int read_member(struct scan *scan, struct buffer *name,
		       struct intoto_error *err)
{
	int more = next_item(scan, '}', err);

	if (more <= 0)
		return more;
	if (read_string(scan, name, true, err) < 0)
		return -1;
	if (next_char(scan) != ':')
		return malformed(scan, "no colon", err);
	scan->at++;
	return 1;
}

int scan_member(struct scan *scan, struct buffer *name,
		struct intoto_error *err)
{
	buffer_reset(name);
	return read_member(scan, name, err);
}

int scan_element(struct scan *scan, struct intoto_error *err)
{
	return next_item(scan, ']', err);
}

int scan_string(struct scan *scan, struct buffer *out, struct intoto_error *err)
{
	buffer_reset(out);
	return read_string(scan, out, false, err);
}

static bool is_digit(const struct scan *scan)
{
	return scan->at < scan->len && scan->text[scan->at] >= '0' &&
	       scan->text[scan->at] <= '9';
}

int scan_integer(struct scan *scan, int64_t *out, struct intoto_error *err)
{
	bool negative = next_char(scan) == '-';
	int64_t value = 0;

	if (negative)
		scan->at++;
	if (!is_digit(scan))
		return malformed(scan, "no number", err);
	if (scan->text[scan->at] == '0') {
		scan->at++;
		if (is_digit(scan))
			return malformed(scan, "leading zero", err);
	}
	for (; is_digit(scan); scan->at++) {
		int digit = scan->text[scan->at] - '0';

		/* downwards: the smallest has no positive counterpart */
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, digit, &value))
			return malformed(scan, "integer over 64 bits", err);
	}
	if (scan->at < scan->len && strchr(".eE", scan->text[scan->at]) &&
	    scan->text[scan->at])
		return malformed(scan, "number that is no integer", err);
	if (!negative && value == INT64_MIN)
		return malformed(scan, "integer over 64 bits", err);
	*out = negative ? value : -value;
	return 0;
}

static int skip_literal(struct scan *scan, const char *literal,
			struct intoto_error *err)
{
	size_t len = strlen(literal);

	if (scan->len - scan->at < len ||
	    memcmp(scan->text + scan->at, literal, len) != 0)
		return malformed(scan, "no value", err);
	scan->at += len;
	return 0;
}

static int skip_value(struct scan *scan, struct intoto_error *err);

/* Recursion is bounded by JSON_DEPTH_MAX. */
static int skip_container(struct scan *scan, bool is_object,
			  struct intoto_error *err)
{
	int more = enter(scan, is_object ? '{' : '[', err);

	while (more >= 0) {
		more = is_object ? read_member(scan, NULL, err)
				 : scan_element(scan, err);
		if (!more)
			return 0;
		if (more > 0)
			more = skip_value(scan, err);
	}
	return -1;
}

static int skip_value(struct scan *scan, struct intoto_error *err)
{
	enum scan_type type;
	int64_t integer;

	if (scan_peek(&type, scan, err) < 0)
		return -1;
	switch (type) {
	case SCAN_OBJECT:
		return skip_container(scan, true, err);
	case SCAN_ARRAY:
		return skip_container(scan, false, err);
	case SCAN_STRING:
		return read_string(scan, NULL, false, err);
	case SCAN_INTEGER:
		return scan_integer(scan, &integer, err);
	case SCAN_TRUE:
		return skip_literal(scan, "true", err);
	case SCAN_FALSE:
		return skip_literal(scan, "false", err);
	case SCAN_NULL:
		return skip_literal(scan, "null", err);
	case SCAN_END:
		break;
	}
	return malformed(scan, "unexpected end", err);
}

int scan_value(struct scan *scan, const char **text, size_t *len,
	       struct intoto_error *err)
{
	size_t start;

	next_char(scan);
	start = scan->at;
	if (skip_value(scan, err) < 0)
		return -1;
	*text = scan->text + start;
	*len = scan->at - start;
	return 0;
}

int scan_finish(struct scan *scan, struct intoto_error *err)
{
	next_char(scan);
	if (scan->at != scan->len)
		return malformed(scan, "text after the value", err);
	if (scan->depth)
		return malformed(scan, "unexpected end", err);
	return 0;
}
