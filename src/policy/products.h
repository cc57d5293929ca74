/*
 * products.h: what the steps of a layout made in the end: name -> artifact, of
 * the last step that has it.
 */
#ifndef POLICY_PRODUCTS_H
#define POLICY_PRODUCTS_H

#include "verify/chain.h"

struct product {
	struct artifact artifact; /* borrowed from the link */
	const struct chain_step *step;
	const char *base; /* the name's last component */
	size_t base_len;
	char sha256[SHA256_HEX_SIZE]; /* "" if its digest set has none */
};

struct products {
	struct product *items; /* sorted by base, then name */
	size_t n;
	size_t alloc;
};
void products_release(struct products *products);
SCOPED_RELEASE(products);
void products_collect(struct products *out, const struct chain *chain);

/* The one product that a file of that path is, by CONTRACT.md "Name match of a
 * FILE"; `exact`: the path is a product's own name. NULL: none, or several;
 * those are named in `ambiguous`. */
const struct product *products_find(struct strlist *ambiguous,
				    const struct products *products,
				    const char *path, bool exact);
/* One with that content, of a step that has its threshold; or NULL. */
const struct product *products_with(const struct products *products,
				    const char *sha256);

/* Has its step the threshold of links? */
bool product_is_verified(const struct product *product);

#endif
