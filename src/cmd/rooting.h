/* rooting.h: what the rows of `git intoto trust` about the root share. */
#ifndef CMD_ROOTING_H
#define CMD_ROOTING_H

#include "cmd/cmd.h"
#include "policy/rootdraft.h"

command_fn trust_init, trust_rotate, trust_sign, trust_pin, trust_show;

struct rooting {
	struct repo *repo;
	struct trust *trust;
	struct root_chain *found;	/* a root that is here and not pinned */
	const struct root_chain *chain; /* the pinned one, else that; or NULL */
	int64_t now;
};
void rooting_release(struct rooting *rooting);
SCOPED_RELEASE(rooting);

/* The user's repository, its trust and its root, if there is one. Says their
 * warnings. */
int rooting_open(struct rooting *out, struct intoto_error *err);

/* ETRUST with the hint `git intoto trust pin`: what comes after a root that
 * nobody vouches for is nobody's. */
int rooting_need_pin(const struct rooting *rooting, struct intoto_error *err);

/* Keys, thresholds, layouts and expiry of one version, for people. */
void rooting_print_root(const struct root *root, const char *digest,
			int64_t now);
/* Who is missing. */
void rooting_print_needs(const struct root_needs *needs);
/* "2 of 3": how many of its own keys signed. */
void rooting_count(size_t *good, size_t *keys, const struct envelope *envelope);

/* Name the layouts in force that this root's owners have not signed enough. */
int rooting_say_lost(const struct rooting *rooting, const struct root *root,
		     struct intoto_error *err);

#endif
