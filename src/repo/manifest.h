/*
 * manifest.h: every path of a tree with the SHA-256 of its content, read and
 * hashed straight from the object database on all cores; object ids are checked
 * in the same pass.
 */
#ifndef REPO_MANIFEST_H
#define REPO_MANIFEST_H

#include "metadata/artifacts.h"
#include "repo/objects.h"

struct manifest_entry {
	const char *path; /* NUL-terminated bytes; not always UTF-8 */
	size_t path_len;
	unsigned mode; /* 100644, 100755, 120000 or 160000 (octal) */
	struct oid oid;
	uint8_t sha256[SHA256_SIZE]; /* zeros for a gitlink */
};

struct manifest {
	struct manifest_entry *entries; /* sorted by path bytes */
	size_t n;
	char *paths;		      /* the arena */
	char digest[SHA256_HEX_SIZE]; /* manifestSha256 of CONTRACT.md */
};
void manifest_free(struct manifest *manifest);
SCOPED_TYPE(manifest);

struct manifest_options {
	bool no_check;	  /* do not check object ids (record-tree only) */
	unsigned workers; /* 0: one a core */
	/* Called now and then from the calling thread; may be NULL. */
	void (*progress)(size_t done, size_t total, void *data);
	void *progress_data;
};

/*
 * Refuses (EINVALID) trees with doubled names, names out of git's order,
 * `.`/`..`/empty names or a slash in a name, modes git does not write. More
 * than 4096 levels, ARTIFACTS_MAX paths or folders, 65535 bytes in a path or
 * 1 GiB of trees are ELIMIT. A missing or corrupt blob: ENOTFOUND or EINVALID,
 * with the path (the first in path order, unless there are very many).
 *
 * `options` may be NULL.
 */
int manifest_record(struct manifest **out, struct repo *repo,
		    const struct oid *tree,
		    const struct manifest_options *options,
		    struct intoto_error *err);

/* As materials: a symlink by its target text, a gitlink as {"gitCommit": id}.
 * A path that is no UTF-8 is EINVALID and names the first few. */
int manifest_artifacts(struct artifacts **out, const struct manifest *manifest,
		       struct intoto_error *err);

/* Only paths, modes and object ids, no blob is read; sha256 stays zero and
 * digest empty. */
int manifest_list(struct manifest **out, struct repo *repo,
		  const struct oid *tree, struct intoto_error *err);

#endif
