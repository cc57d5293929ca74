/*
 * span.h: how many bytes from the start of a text are ordinary, eight at a
 * time. All of JSON's strings go through one of these.
 */
#ifndef JSON_SPAN_H
#define JSON_SPAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SPAN_ONES UINT64_C(0x0101010101010101)
#define SPAN_HIGH UINT64_C(0x8080808080808080)

/* Not zero if any byte of the word is c; exact only as a whole. */
static inline uint64_t span_has(uint64_t word, unsigned char c)
{
	uint64_t x = word ^ (SPAN_ONES * c);

	return (x - SPAN_ONES) & ~x & SPAN_HIGH;
}

/* Not zero if any byte is below 0x20; for words of ASCII or of anything. */
static inline uint64_t span_has_control(uint64_t word)
{
	return (word - SPAN_ONES * 0x20) & ~word & SPAN_HIGH;
}

/* Up to the first quote or backslash. */
static inline size_t span_unquoted(const char *text, size_t len)
{
	size_t at = 0;

	for (uint64_t word; len - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, text + at, sizeof(word));
		if (span_has(word, '"') | span_has(word, '\\'))
			break;
	}
	while (at < len && text[at] != '"' && text[at] != '\\')
		at++;
	return at;
}

/* Up to the first quote, backslash, byte below 0x20, or DEL. */
static inline size_t span_visible(const char *text, size_t len)
{
	size_t at = 0;

	for (uint64_t word; len - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, text + at, sizeof(word));
		if (span_has(word, '"') | span_has(word, '\\') |
		    span_has(word, 0x7f) | span_has_control(word))
			break;
	}
	while (at < len && text[at] != '"' && text[at] != '\\' &&
	       text[at] != 0x7f && (unsigned char)text[at] >= 0x20)
		at++;
	return at;
}

/* Up to the first quote, backslash, byte below 0x20, or above 0x7f. */
static inline size_t span_plain(const char *text, size_t len)
{
	size_t at = 0;

	for (uint64_t word; len - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, text + at, sizeof(word));
		if (span_has(word, '"') | span_has(word, '\\') |
		    span_has_control(word) | (word & SPAN_HIGH))
			break;
	}
	while (at < len && text[at] != '"' && text[at] != '\\' &&
	       (unsigned char)text[at] >= 0x20 &&
	       (unsigned char)text[at] < 0x80)
		at++;
	return at;
}

#endif
