/*
 * publish.h: a layout that its owners signed, as the next version of its ref.
 */
#ifndef POLICY_PUBLISH_H
#define POLICY_PUBLISH_H

#include "policy/inforce.h"

/*
 * Two owners who complete the same draft at once publish the same signed part
 * with other signatures, each on top of the version before. A remote that has
 * one is right: the ref here follows it, and nothing is lost. `*moved` tells.
 * Moves nothing where the layouts differ, or the remote's is short of the
 * threshold.
 */
int publish_adopt(bool *moved, struct repo *repo, const char *name,
		  const struct trust *trust, int64_t now,
		  struct intoto_error *err);

/* The same for one commit of a remote's, fetched already; `trust` may be NULL:
 * this clone's. */
int publish_follow(bool *moved, struct repo *repo, const char *name,
		   const struct trust *trust, const struct oid *theirs,
		   int64_t now, struct intoto_error *err);

/* One ref transaction: the layout on top of `parent` (null: the first). */
int publish_layout(struct repo *repo, const char *name,
		   const struct envelope *envelope, const struct oid *parent,
		   struct intoto_error *err);

/* Was that digest in force at `commit` or before it in its history? */
int publish_was(bool *out, struct repo *repo, const char *name,
		const struct oid *commit, const char *digest,
		struct intoto_error *err);

#endif
