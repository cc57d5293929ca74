/*
 * exclude.h: gitignore patterns as in-toto's recording takes them.
 *
 * The language is pathspec's `gitwildmatch`, the decision GitIgnoreSpec's:
 * white space around a pattern is cut, `#` starts a comment, `!` takes back, a
 * slash at the start or in the middle anchors, one at the end means what is in
 * the folder, `**` stands for any number of folders, `*` `?` `[a-z]` `[!a-z]`
 * for characters that are no slash, a backslash quotes. The last pattern that
 * matches decides, except that one which matches the path itself is not taken
 * back by one which matches a folder above it. What is below a folder that is
 * left out is never asked for: the walk does not enter it.
 */
#ifndef VERIFY_EXCLUDE_H
#define VERIFY_EXCLUDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strlist.h"
#include "intoto/error.h"

#define EXCLUDE_PATTERN_MAX 4096 /* bytes of one pattern */

struct exclude;

/* EINVALID for a pattern that ends in a backslash, that is nothing but `!`, or
 * that has a range whose end is before its start. */
int exclude_new(struct exclude **out, const struct strlist *patterns,
		struct intoto_error *err);
void exclude_free(struct exclude *exclude);
SCOPED_TYPE(exclude);

/* Whether the normalised path is left out. Time is at most O(patterns * path);
 * one thread at a time. */
bool exclude_has(struct exclude *exclude, const char *path, size_t len);

#endif
