/*
 * packorder.h: where objects are in their packs, to read them in that order:
 * neighbours share delta bases, which are then still unpacked.
 *
 * A hint only: a pack index (version 2) that cannot be read or makes no sense
 * is passed over, and an object that is in none just keeps no place.
 */
#ifndef REPO_PACKORDER_H
#define REPO_PACKORDER_H

#include "repo/repo.h"

#define PACK_NONE UINT32_MAX

struct pack_place {
	const struct oid *oid; /* borrowed */
	uint32_t entry;	       /* the caller's */
	uint32_t pack;	       /* PACK_NONE: in no pack that we know */
	uint64_t offset;
};

/* Sets pack and offset of `places`, and appends to `packs` the paths of the
 * packs by their numbers; equal ids get equal places. */
void pack_order_find(struct strlist *packs, struct pack_place *places, size_t n,
		     const struct repo *repo);

/* Compare function of qsort(): by pack and offset, what is in no pack by id,
 * and the same object by entry. */
int pack_place_compare(const void *a, const void *b);

#endif
