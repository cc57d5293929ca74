/*
 * canonical.h: the "OLPC" canonical JSON of in-toto (in-toto specification
 * 1.0, section 4.1): the bytes that are signed in a Metablock and hashed for a
 * keyid. No white space, members sorted by code point, integers only, and in
 * strings only backslash and double quote escaped: all else is raw, so the
 * result is not always JSON.
 */
#ifndef JSON_CANONICAL_H
#define JSON_CANONICAL_H

#include "json/json.h"

/* A float anywhere is EINVALID. */
int canonical_append(struct buffer *out, const json_t *value,
		     struct intoto_error *err);

/* One string with its quotes, `len` bytes of UTF-8. */
void canonical_append_string(struct buffer *out, const char *text, size_t len);

/*
 * Compact JSON as the lines of a note have it: sorted members, no white
 * space, and control characters, DEL and nothing else escaped (\u00XX, \n...),
 * so that the result is one line of valid JSON.
 */
int compact_append(struct buffer *out, const json_t *value,
		   struct intoto_error *err);
void compact_append_string(struct buffer *out, const char *text, size_t len);

#endif
