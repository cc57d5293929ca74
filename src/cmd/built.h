/*
 * built.h: what a build made: the files of its tree that match the
 * patterns, and their way out of it.
 */
#ifndef CMD_BUILT_H
#define CMD_BUILT_H

#include "base/strlist.h"
#include "metadata/artifacts.h"

struct product {
	char *path; /* relative to the tree, UTF-8 */
	uint8_t sha256[SHA256_SIZE];
	bool executable;
};

struct built {
	struct product *items;
	size_t n;
	size_t alloc;
};
void built_release(struct built *products);
SCOPED_RELEASE(built);

/*
 * Every regular file below `tree` whose path matches a pattern (fnmatch as in
 * artifact rules), `.git` left out; sorted by path. A match that is a symbolic
 * link, no regular file or no UTF-8 is EINVALID, naming it; no match at all is
 * ENOTFOUND.
 */
int built_find(struct built *out, const char *tree,
	       const struct strlist *patterns, struct intoto_error *err);

/* As a finished set. */
int built_artifacts(struct artifacts **out, const struct built *products,
		    struct intoto_error *err);

/*
 * Copy them below `dir`, which is made, each under its path and atomically.
 * Files that are in `sources` unchanged stay where they are. No symbolic link
 * below `dir` is followed, and bytes that changed since they were hashed are
 * refused.
 */
int built_copy(const struct built *products, const char *tree, const char *dir,
	       const struct artifacts *sources, struct intoto_error *err);

/* Append data as UTF-8, with U+FFFD for every byte that is none. */
void utf8_append_replaced(struct buffer *out, const void *data, size_t len);

#endif
