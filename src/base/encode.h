/*
 * encode.h: hex, base64, UTF-8 and what a terminal may be shown.
 */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* out needs 2 * len + 1 bytes; lower case, NUL-terminated. */
void hex_encode(char *out, const void *data, size_t len);
void hex_append(struct buffer *out, const void *data, size_t len);

/* Exactly `len` bytes from 2 * len digits of either case; false otherwise. */
bool hex_decode(void *out, size_t len, const char *hex, size_t hex_len);
bool is_hex(const char *text, size_t len);	 /* either case, not empty */
bool is_lower_hex(const char *text, size_t len); /* not empty */

/* RFC 4648 section 4 with padding, on one line. */
void base64_append(struct buffer *out, const void *data, size_t len);

/*
 * Standard alphabet, else the URL-safe one (RFC 4648 section 5), never a mix;
 * padding is mandatory, white space and non-zero trailing bits are refused.
 */
int base64_decode(struct buffer *out, const char *text, size_t len,
		  struct intoto_error *err);

/* RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF. */
bool is_utf8(const void *data, size_t len);

/* The length of the character that data starts with; 0 if that is not UTF-8. */
size_t utf8_char(const void *data, size_t len);

/*
 * Append text so that a terminal prints it and does nothing else: control
 * bytes, DEL, C1 controls, bidirectional marks and overrides, line separators
 * and bytes that are no UTF-8 become \xNN (all bytes of such a character),
 * backslash stays.
 */
void escape_append(struct buffer *out, const void *data, size_t len);
char *escape_text(const char *text); /* to be freed */

/* The same for the first character of data: the length written to out, and in
 * *used how much of data that was. out needs ESCAPE_MAX bytes. */
#define ESCAPE_MAX 17
size_t escape_char(char out[ESCAPE_MAX], size_t *used, const void *data,
		   size_t len);

#endif
