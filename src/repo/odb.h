/*
 * odb.h: the object database: loose objects by loose.h, blobs at known places
 * by packread.h, all else by libgit2 (packs.h) or by git itself (catfile.h).
 * libgit2 is faster; git reads what libgit2 cannot: SHA-256 ids, and what a
 * partial clone has not fetched yet. Which it is depends on the repository
 * alone.
 *
 * Every content is compared with its id by libcrypto in the pass that hashes
 * it, whoever read it. That check finds damage and swapped objects. It does not
 * find a SHA-1 collision, which libgit2's slow SHA-1 would notice in most
 * cases: what a link attests is SHA-256 of the bytes, so a collision can hide
 * nothing from `verify`.
 *
 * One `struct objects` belongs to one thread.
 */
#ifndef REPO_ODB_H
#define REPO_ODB_H

#include "crypto/digest.h"
#include "repo/objects.h"
#include "repo/packorder.h"

struct objects;

/* `repo` is borrowed and must outlive it. */
int objects_open(struct objects **out, const struct repo *repo,
		 struct intoto_error *err);
void objects_free(struct objects *objects);
SCOPED_TYPE(objects);

/* ENOTFOUND */
int objects_stat(enum object_type *type, size_t *size, struct objects *objects,
		 const struct oid *oid, struct intoto_error *err);

/* Append the content to `out`; ENOTFOUND, ELIMIT, EINVALID. */
int objects_read(struct buffer *out, enum object_type *type,
		 struct objects *objects, const struct oid *oid, size_t max,
		 struct intoto_error *err);

/* Let objects_hash() read packs at known places; `packs` is borrowed and must
 * outlive `objects`, at most `cache_max` bytes are kept between reads. */
void objects_use_packs(struct objects *objects, const struct strlist *packs,
		       size_t cache_max);

/*
 * The SHA-256 of the blob place->oid. `check`: its id as well, in the same
 * pass. What is not, or not whole, at its place is looked for everywhere. A
 * loose one is streamed, whatever its size.
 */
int objects_hash(uint8_t out[SHA256_SIZE], struct objects *objects,
		 const struct pack_place *place, bool check,
		 struct intoto_error *err);

/* Where the ids are SHA-1 only. */
int objects_write(struct oid *out, struct objects *objects,
		  enum object_type type, const void *data, size_t len,
		  struct intoto_error *err);

#endif
