/*
 * packs.h: packed objects with SHA-1 ids by libgit2, and the writing of loose
 * ones. The one place that knows libgit2. Only folders of objects are opened,
 * never a repository: git has decided which they are, and neither configuration
 * nor refs nor extensions are read here.
 *
 * Nothing is compared with its id: what libgit2 itself would check is switched
 * off, and the caller does it.
 *
 * One handle belongs to one thread.
 */
#ifndef REPO_PACKS_H
#define REPO_PACKS_H

#include "repo/objects.h"

struct packs;

/* `repo` is borrowed and must outlive it. */
int packs_open(struct packs **out, const struct repo *repo,
	       struct intoto_error *err);
void packs_free(struct packs *packs);
SCOPED_TYPE(packs);

/* ENOTFOUND, EINVALID */
int packs_stat(enum object_type *type, size_t *size, struct packs *packs,
	       const struct oid *oid, struct intoto_error *err);

struct packed {
	enum object_type type;
	const void *data;
	size_t size;
	void *held;
};
void packed_release(struct packed *packed);
SCOPED_RELEASE(packed);
int packs_read(struct packed *out, struct packs *packs, const struct oid *oid,
	       struct intoto_error *err);

/* A loose object, synced to disk before it gets its name. EIO. */
int packs_write(struct oid *out, struct packs *packs, enum object_type type,
		const void *data, size_t len, struct intoto_error *err);

#endif
