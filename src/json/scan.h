/*
 * scan.h: a pull reader over JSON text in memory, for links: 100,000 paths
 * without a tree of values. As strict as json_load_strict(), duplicate member
 * names excepted: the caller sees every name and refuses the second.
 *
 *	struct scan scan = scan_start(text, len);
 *	scan_object(&scan, err)
 *	while ((more = scan_member(&scan, &name, err)) > 0) ...
 *
 * A cursor, not a parser with callbacks: every function moves past what it
 * read, or returns -1 with EINVALID (ELIMIT: too deep, or `out` is full) and
 * the byte offset in the message. A scan that failed is not read further.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct scan {
	const char *text;
	size_t len;
	size_t at;
	unsigned depth;
	bool first; /* nothing read yet in the innermost array or object */
};

enum scan_type {
	SCAN_OBJECT,
	SCAN_ARRAY,
	SCAN_STRING,
	SCAN_INTEGER,
	SCAN_TRUE,
	SCAN_FALSE,
	SCAN_NULL,
	SCAN_END,
};

struct scan scan_start(const char *text, size_t len);
int scan_peek(enum scan_type *out, struct scan *scan, struct intoto_error *err);

int scan_object(struct scan *scan, struct intoto_error *err); /* enter { */
int scan_array(struct scan *scan, struct intoto_error *err);  /* enter [ */

/* 1: a member (its decoded name replaces the content of `name`, the value is
 * next); 0: the object is closed and left; -1: malformed. */
int scan_member(struct scan *scan, struct buffer *name,
		struct intoto_error *err);
/* 1: an element is next; 0: the array is closed and left; -1: malformed. */
int scan_element(struct scan *scan, struct intoto_error *err);

/* Decoded UTF-8 replaces the content of `out`; may hold NUL bytes. */
int scan_string(struct scan *scan, struct buffer *out,
		struct intoto_error *err);
int scan_integer(struct scan *scan, int64_t *out, struct intoto_error *err);

/* Skip any value, checking it; the slice of text that it is, borrowed. */
int scan_value(struct scan *scan, const char **text, size_t *len,
	       struct intoto_error *err);
int scan_finish(struct scan *scan,
		struct intoto_error *err); /* only space left */

#endif
