/* indent.h: compact JSON made readable, without a tree of it. */
#ifndef JSON_INDENT_H
#define JSON_INDENT_H

#include "base/buffer.h"

/*
 * Append `text`, one JSON value without white space between its tokens (what
 * compact_append() writes), in ASCII, as jansson and Python print it: each
 * member and item on a line of its own, `width` more spaces a level; all on
 * one line if `width` is 0.
 */
void indent_append(struct buffer *out, const char *text, size_t len,
		   size_t width);

#endif
