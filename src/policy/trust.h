/*
 * trust.h: whose layouts are believed in this clone. A file under the common
 * Git directory; never in the tree, never from configuration.
 */
#ifndef POLICY_TRUST_H
#define POLICY_TRUST_H

#include "crypto/key.h"
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
};
void trust_free(struct trust *trust);
SCOPED_TYPE(trust);

struct trust *trust_new(void); /* no keys; layout "release" */
/* A clone without the file gets trust_new(). A file that does not parse, is
 * not ours (owner) or is of an unknown version: EINVALID, EUNSUPPORTED. */
int trust_load(struct trust **out, struct repo *repo, struct intoto_error *err);
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
/* name -> version, for `trust list`; a new reference. */
int seen_list(json_t **out, struct repo *repo, struct intoto_error *err);

#endif
