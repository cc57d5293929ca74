/*
 * pattern.h: Python's fnmatch on whole strings, case-sensitive, as artifact
 * rules use it: `*` crosses `/`, no escape character, `[!x]`, reversed ranges
 * match nothing, an unclosed `[` is literal; `?` and ranges are per code point.
 */
#ifndef METADATA_PATTERN_H
#define METADATA_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* Both valid UTF-8. Time is at most O(pattern * name). */
bool pattern_match(const char *pattern, size_t pattern_len, const char *name,
		   size_t len);

#endif
