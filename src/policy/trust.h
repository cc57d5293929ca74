/*
 * trust.h: whose layouts are believed in this clone. A file under the common
 * Git directory; never in the tree, never from configuration.
 */
#ifndef POLICY_TRUST_H
#define POLICY_TRUST_H

#include "crypto/key.h"
#include "policy/rootchain.h"
#include "repo/repo.h"

#define PROJECT_SIZE 33 /* 32 hex digits and a NUL */

struct trust_layout {
	char *name;
	char digest[65]; /* pinned digest; "" if any signed version will do */
};

struct trust {
	struct key **keys;
	size_t n_keys;
	size_t threshold; /* 1..n_keys; 0 only while there are no keys */
	struct trust_layout *layouts; /* the names that must hold */
	size_t n_layouts;
	bool layouts_default; /* nobody named a layout: "release" stands in */
	char project[PROJECT_SIZE]; /* "" until pinned */

	/* With a root pinned, keys, threshold, layouts and project are those
	 * of its newest version; `chain` is NULL while the root is not here. */
	char root_pin[SHA256_HEX_SIZE]; /* "": keys are trusted, no root */
	struct root_chain *chain;
	struct strlist root_warnings; /* of root_chain_load() */
};
void trust_free(struct trust *trust);
SCOPED_TYPE(trust);

struct trust *trust_new(void); /* no keys; layout "release" */
/* A clone without the file gets trust_new(). A file that does not parse, is
 * not ours (owner) or is of an unknown version: EINVALID, EUNSUPPORTED. With a
 * pinned root, what root_chain_load() says as well. */
int trust_load(struct trust **out, struct repo *repo, struct intoto_error *err);
/* What the file says, and no more: a pinned root is not looked for. */
int trust_load_local(struct trust **out, struct repo *repo,
		     struct intoto_error *err);
/* Go by this chain from now on, which holds the pin; taken over. */
int trust_use_root(struct trust *trust, struct root_chain *chain,
		   struct intoto_error *err);
/* Pin a root in place of the keys; saves nothing. EREJECTED "root-pinned" if
 * another one is pinned already and is in a chain that does not hold this. */
int trust_pin_root(struct trust *trust, const char *digest,
		   struct intoto_error *err);
/* Trust nobody any more: the way from one root to another. ENOTFOUND if it is
 * not this one that is pinned. */
int trust_unpin_root(struct trust *trust, const char *digest,
		     struct intoto_error *err);
/* What a reader of the root should be told: tips that fail, a root that is here
 * and not pinned, one that expires within 30 days. */
void trust_warn_root(struct report *warnings, struct repo *repo,
		     const struct trust *trust);
/* EREJECTED "root-expired" with the hint `git intoto trust rotate`. Keys do not
 * expire so. */
int trust_check_expiry(const struct trust *trust, int64_t now,
		       struct intoto_error *err);
/* Did the owners of any version of the root from the pinned one on (or the
 * trusted keys, without a root) sign this layout by their threshold? What was
 * in force once, for the keys it names. */
bool trust_signed_once(const struct trust *trust, const struct envelope *layout,
		       int64_t now);
/* An owner of any such version whose signature on this holds, or NULL. */
const struct key *trust_owner_once(const struct trust *trust,
				   const struct envelope *envelope,
				   int64_t now);
int trust_save(const struct trust *trust, struct repo *repo,
	       struct intoto_error *err);
bool trust_is_empty(const struct trust *trust); /* no key and no digest */

/* By material; `*added` tells; the trust takes a reference of its own. A key
 * that is new sets the threshold to all keys, as trust_set_threshold(trust, 0)
 * does; set another one after the last key. */
void trust_add_key(bool *added, struct trust *trust, struct key *key);
int trust_remove_key(struct trust *trust, const struct key *key,
		     struct intoto_error *err);
int trust_set_threshold(struct trust *trust, size_t threshold,
			struct intoto_error *err);
/* The first name that is added takes the place of the default. `digest` NULL
 * or "": any version that the owners signed. The same name with another digest
 * replaces it. */
int trust_add_layout(bool *added, struct trust *trust, const char *name,
		     const char *digest, struct intoto_error *err);
int trust_pin_project(struct trust *trust, const char *project,
		      struct intoto_error *err); /* EREJECTED if another */
const struct trust_layout *trust_layout_named(const struct trust *trust,
					      const char *name);

/* Trust in these owners, each of whom must sign, in place of those of `here`:
 * with its project and its names of layouts, without its pins. */
int trust_of_call(struct trust **out, const struct trust *here,
		  struct key *const *keys, size_t n, struct intoto_error *err);

/* ETRUST with the hint `git intoto trust add KEY`. */
int trust_require(const struct trust *trust, struct intoto_error *err);

/* The last version of each layout seen here: a roll-back alarm. */
int seen_version(uint64_t *out, struct repo *repo, const char *project,
		 const char *name, struct intoto_error *err); /* 0: none */
/* Raise it; a lower or equal version is no change. Not on servers. */
int seen_raise(struct repo *repo, const char *project, const char *name,
	       uint64_t version, struct intoto_error *err);
/* The same for the root, with the digest of its version; 0 and "": none. */
int seen_root(uint64_t *version, char digest[SHA256_HEX_SIZE],
	      struct repo *repo, const char *project, struct intoto_error *err);
int seen_root_raise(struct repo *repo, const struct root_chain *chain,
		    struct intoto_error *err);
/* Before another root takes the place of one that is lost. */
int seen_root_forget(struct repo *repo, struct intoto_error *err);
/* name -> version, for `trust list`; a new reference. */
int seen_list(json_t **out, struct repo *repo, struct intoto_error *err);

#endif
