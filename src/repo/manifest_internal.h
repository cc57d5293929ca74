/* manifest_internal.h: the parts that manifest_record() is made of. */
#ifndef REPO_MANIFEST_INTERNAL_H
#define REPO_MANIFEST_INTERNAL_H

#include "repo/manifest.h"

#define MANIFEST_DEPTH_MAX 4096
#define MANIFEST_PATH_MAX 65535

/* Fill in entries (path, mode, id) and the arena of an empty manifest; on
 * failure it may be filled in part. */
int manifest_walk(struct manifest *manifest, struct repo *repo,
		  const struct oid *tree, struct intoto_error *err);

/* Fill in every SHA-256. */
int manifest_hash(struct manifest *manifest, struct repo *repo,
		  const struct manifest_options *options,
		  struct intoto_error *err);

/*
 * EINVALID unless the names of one raw tree are in git's order, none is there
 * twice (be it once as a file and once as a folder), and none is empty, `.`,
 * `..` or holds a slash. git sorts a folder as if a slash ended its name, so
 * the paths of a walk are then in the order of their bytes.
 */
int tree_check(const char *data, size_t len, unsigned oid_size,
	       struct intoto_error *err);

#endif
