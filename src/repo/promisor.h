/*
 * promisor.h: partial clones: which remotes have what is not here. git fetches
 * one missing object at a time when it is read (catfile.h); who needs many asks
 * for them at once.
 */
#ifndef REPO_PROMISOR_H
#define REPO_PROMISOR_H

#include "repo/packorder.h"

/* Fill in repo->promisors from the configuration. EINVALID */
int promisor_find(struct repo *repo, struct intoto_error *err);

/*
 * Fetch those of `places` that are nowhere here, in one go; nothing in a clone
 * that is not partial, nor in a server hook. ECHILD with git's words if no
 * promisor remote gives them.
 */
int promisor_fetch(struct repo *repo, const struct pack_place *places, size_t n,
		   struct intoto_error *err);

#endif
