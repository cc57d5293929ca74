/* canonical.c: the bytes that are signed, and the bytes that are stored. */
#include "json/canonical.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "json/span.h"

void canonical_append_string(struct buffer *out, const char *text, size_t len)
{
	buffer_putc(out, '"');
	for (;;) {
		size_t n = span_unquoted(text, len);

		buffer_add(out, text, n);
		if (n == len)
			break;
		buffer_putc(out, '\\');
		buffer_putc(out, text[n]);
		text += n + 1;
		len -= n + 1;
	}
	buffer_putc(out, '"');
}

static void append_escaped(struct buffer *out, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	const char *known = c ? strchr(from, c) : NULL;

	if (known) {
		buffer_putc(out, '\\');
		buffer_putc(out, to[known - from]);
	} else {
		buffer_printf(out, "\\u%04x", (unsigned)c);
	}
}

void compact_append_string(struct buffer *out, const char *text, size_t len)
{
	buffer_putc(out, '"');
	for (;;) {
		size_t n = span_visible(text, len);

		buffer_add(out, text, n);
		if (n == len)
			break;
		append_escaped(out, (unsigned char)text[n]);
		text += n + 1;
		len -= n + 1;
	}
	buffer_putc(out, '"');
}

typedef void (*append_string)(struct buffer *out, const char *text, size_t len);

struct member {
	const char *name;
	size_t len;
	json_t *value;
};

/* memcmp() of UTF-8 is the order of code points. */
static int by_name(const void *a, const void *b)
{
	const struct member *x = a;
	const struct member *y = b;
	int order = memcmp(x->name, y->name, x->len < y->len ? x->len : y->len);

	if (order)
		return order;
	return (x->len > y->len) - (x->len < y->len);
}

/* Sorted, borrowing from the object; to be freed. */
static struct member *sorted_members(const json_t *object, size_t *n)
{
	json_t *from = (json_t *)object; /* jansson's iterators lack const */
	struct member *members =
		xcalloc(json_object_size(object), sizeof(*members));

	*n = 0;
	for (void *at = json_object_iter(from); at;
	     at = json_object_iter_next(from, at)) {
		members[*n].name = json_object_iter_key(at);
		members[*n].len = json_object_iter_key_len(at);
		members[*n].value = json_object_iter_value(at);
		++*n;
	}
	qsort(members, *n, sizeof(*members), by_name);
	return members;
}

static int append_value(struct buffer *out, const json_t *value,
			append_string string, int depth,
			struct intoto_error *err);

static int append_object(struct buffer *out, const json_t *value,
			 append_string string, int depth,
			 struct intoto_error *err)
{
	size_t n;
	struct member *members = sorted_members(value, &n);
	int status = 0;

	buffer_putc(out, '{');
	for (size_t i = 0; i < n && status == 0; i++) {
		if (i)
			buffer_putc(out, ',');
		string(out, members[i].name, members[i].len);
		buffer_putc(out, ':');
		status =
			append_value(out, members[i].value, string, depth, err);
	}
	buffer_putc(out, '}');
	free(members);
	return status;
}

static int append_array(struct buffer *out, const json_t *value,
			append_string string, int depth,
			struct intoto_error *err)
{
	size_t n = json_array_size(value);

	buffer_putc(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buffer_putc(out, ',');
		if (append_value(out, json_array_get(value, i), string, depth,
				 err) < 0)
			return -1;
	}
	buffer_putc(out, ']');
	return 0;
}

static int append_value(struct buffer *out, const json_t *value,
			append_string string, int depth,
			struct intoto_error *err)
{
	if (depth >= JSON_DEPTH_MAX &&
	    (json_is_object(value) || json_is_array(value)))
		return intoto_fail(err, INTOTO_ELIMIT,
				   "JSON is nested deeper than %d",
				   JSON_DEPTH_MAX);
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return append_object(out, value, string, depth + 1, err);
	case JSON_ARRAY:
		return append_array(out, value, string, depth + 1, err);
	case JSON_STRING:
		string(out, json_string_value(value),
		       json_string_length(value));
		return 0;
	case JSON_INTEGER:
		buffer_printf(out, "%" JSON_INTEGER_FORMAT,
			      json_integer_value(value));
		return 0;
	case JSON_TRUE:
		buffer_puts(out, "true");
		return 0;
	case JSON_FALSE:
		buffer_puts(out, "false");
		return 0;
	case JSON_NULL:
		buffer_puts(out, "null");
		return 0;
	case JSON_REAL:
		break;
	}
	return intoto_fail(err, INTOTO_EINVALID,
			   "a number that is no integer has no canonical form");
}

/* All of it or nothing. */
static int append_whole(struct buffer *out, const json_t *value,
			append_string string, struct intoto_error *err)
{
	size_t start = out->len;

	if (append_value(out, value, string, 0, err) == 0 &&
	    buffer_check(out, "JSON", err) == 0)
		return 0;
	out->len = start;
	if (out->data)
		out->data[start] = '\0';
	return -1;
}

int canonical_append(struct buffer *out, const json_t *value,
		     struct intoto_error *err)
{
	return append_whole(out, value, canonical_append_string, err);
}

int compact_append(struct buffer *out, const json_t *value,
		   struct intoto_error *err)
{
	return append_whole(out, value, compact_append_string, err);
}
