/*
 * root.h: the trust root, root.json of TUF (specification 1.0, sections 4.3 and
 * 4.2.1): who owns the layouts, and who says so next. In an envelope it is a
 * Metablock whose `signed` has _type "root".
 *
 * roles.root are the keys that sign roots, roles.targets the owners of the
 * layouts; snapshot and timestamp have the root's keys, because TUF's readers
 * want all four. Project and layout names are the unrecognised member
 * "x-git-intoto" (CONTRACT.md "Stored bytes").
 */
#ifndef METADATA_ROOT_H
#define METADATA_ROOT_H

#include "base/strlist.h"
#include "metadata/layout.h"

#define ROOT_KEYS_MAX 1000
#define ROOT_VERSIONS_MAX 10000

struct root_role {
	struct key **keys; /* distinct by material; each a reference */
	size_t n_keys;
	size_t threshold; /* 1..n_keys */
};

struct root {
	uint64_t version; /* from 1 */
	int64_t expires;  /* seconds since the epoch, UTC */
	struct root_role root;
	struct root_role owners; /* roles.targets */
	char project[33];
	struct strlist layouts; /* sorted, unique; the names that must hold */

	json_t *signed_part; /* as read, for its canonical bytes */
};
void root_free(struct root *root);
SCOPED_TYPE(root);

/* Strict: EINVALID for a role or key that is missing, a threshold outside
 * 1..distinct keys, names unsorted, a project that is none. Keys in TUF's form,
 * OpenPGP ones in securesystemslib's (keytype rsa/eddsa/dsa, scheme pgp+...).
 */
int root_read(struct root **out, const char *text, size_t len,
	      struct intoto_error *err);

int root_append_canonical(struct buffer *out, const struct root *root,
			  struct intoto_error *err);
/* The keyid under which this root lists a key; the key's own if it does not. */
const char *root_listed_as(const struct root *root, const struct key *key);

/* The signed part of a root; everything is borrowed. A new reference. */
struct root_plan {
	uint64_t version;
	int64_t expires;
	struct key *const *root_keys;
	size_t n_root_keys;
	size_t root_threshold;
	struct key *const *owners;
	size_t n_owners;
	size_t owners_threshold;
	const char *project;
	const struct strlist *layouts;
};
int root_make(json_t **out, const struct root_plan *plan,
	      struct intoto_error *err);

/* Signed by the role's threshold of distinct keys? EREJECTED "root-threshold".
 * The time of OpenPGP keys is not asked: a chain outlives the keys in it. */
struct envelope;
int root_check_signers(const struct envelope *envelope,
		       const struct root_role *role, struct intoto_error *err);

/* Follows `before` (NULL: is the first): version + 1, the same project, signed
 * by the threshold of both. EREJECTED "root-gap", "root-project",
 * "root-threshold". */
int root_check_next(const struct envelope *before, const struct envelope *next,
		    struct intoto_error *err);

#endif
