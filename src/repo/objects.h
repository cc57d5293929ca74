/*
 * objects.h: reading and writing objects. The one small interface behind which
 * a faster reader can stand. refs/replace and grafts are never followed.
 */
#ifndef REPO_OBJECTS_H
#define REPO_OBJECTS_H

#include "repo/repo.h"

enum object_type {
	OBJECT_COMMIT = 1,
	OBJECT_TREE = 2,
	OBJECT_BLOB = 3,
	OBJECT_TAG = 4,
};
const char *object_type_name(enum object_type type);

/*
 * The whole content, its id checked against the bytes. ENOTFOUND "object
 * 1234.. is missing", ELIMIT over `max`, EINVALID if the bytes do not have
 * that id or cannot be decoded.
 */
int object_read(struct buffer *out, enum object_type *type, struct repo *repo,
		const struct oid *oid, size_t max, struct intoto_error *err);
/* The same, and EINVALID if it is of another type. */
int object_read_as(struct buffer *out, struct repo *repo, const struct oid *oid,
		   enum object_type type, size_t max, struct intoto_error *err);
/* Type and size only; ENOTFOUND. */
int object_stat(enum object_type *type, size_t *size, struct repo *repo,
		const struct oid *oid, struct intoto_error *err);

/* Into the repository's own objects, synced to disk. EIO in a server hook. */
int object_write(struct oid *out, struct repo *repo, enum object_type type,
		 const void *data, size_t len, struct intoto_error *err);

/* <commit id>^{tree}, and parents; strict about the header lines, EINVALID. */
struct commit_info {
	struct oid tree;
	struct oid *parents;
	size_t n_parents;
	int64_t time; /* committer's, seconds; 0 if it cannot be read */
};
void commit_info_release(struct commit_info *info);
SCOPED_RELEASE(commit_info);
int commit_read(struct commit_info *out, struct repo *repo,
		const struct oid *oid, struct intoto_error *err);

/*
 * Entries of one raw tree, in its order. Bounds are checked, and that a mode is
 * octal of at most six digits; which modes and names will do is the caller's
 * to say.
 */
struct tree_cursor {
	const char *data;
	size_t len;
	size_t at;
	unsigned oid_size;
};
struct tree_item {
	unsigned
		mode; /* 0100644, 0100755, 0120000, 0160000, 040000 ... as is */
	const char *name;
	size_t name_len;
	struct oid oid;
};
/* 1: an item, 0: the end, -1 EINVALID. */
int tree_next(struct tree_item *item, struct tree_cursor *cursor,
	      struct intoto_error *err);

/* Is `ancestor` reachable from (or equal to) `descendant`? Where a shallow
 * clone ends, so does the history. */
int commit_is_ancestor(bool *out, struct repo *repo, const struct oid *ancestor,
		       const struct oid *descendant, struct intoto_error *err);

#endif
