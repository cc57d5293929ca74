/*
 * rootchain.h: the versions of the trust root under refs/notes/in-toto/root,
 * each signed by a threshold of the one before and of its own keys.
 */
#ifndef POLICY_ROOTCHAIN_H
#define POLICY_ROOTCHAIN_H

#include "metadata/envelope.h"
#include "repo/notes.h"
#include "verify/report.h"

#define ROOT_REF NOTES_PREFIX "root"

struct root_chain {
	struct envelope **versions; /* CONTENT_ROOT; 1, 2, 3 ... */
	size_t n;
	/* The index of the version that is pinned. Who serves the chain can
	 * make up what is before it: nothing vouches for that. */
	size_t first;
	struct strlist lines; /* as they are stored, without LF */
	struct oid commit;    /* where it was read */
};
void root_chain_free(struct root_chain *chain);
SCOPED_TYPE(root_chain);

/* The newest. */
const struct root *root_chain_last(const struct root_chain *chain);
/* The version with this digest (64 hex), or NULL. */
const struct root *root_chain_find(const struct root_chain *chain,
				   const char *digest);

/* Go by it from the version with this digest on; false: it has none such. */
bool root_chain_start(struct root_chain *chain, const char *digest);

/* The chain of one commit: strict tree, lines in version order from 1 without
 * gaps, every step checked. EREJECTED "root-malformed", "root-gap",
 * "root-threshold", "root-project". */
int root_chain_read(struct root_chain **out, struct repo *repo,
		    const struct oid *commit, size_t max_line,
		    struct intoto_error *err);

/*
 * Of all tips, here and on the remotes, the longest chain that holds the
 * version pinned by `pin` (64 hex; "": any chain that holds by itself). A tip
 * that fails is a warning and never hides a good one. ENOTFOUND with the hint
 * `git fetch` if no tip is there; EREJECTED "root-pin" if none holds the pin,
 * "root-conflict" if two differ in a version from the pinned one on, or from
 * what was seen here, "root-rollback" if all are older than that.
 */
int root_chain_load(struct root_chain **out, struct repo *repo, const char *pin,
		    struct report *warnings, struct intoto_error *err);

/* Any root's tip, here or on a remote? For hints and warnings. */
bool root_chain_is_there(struct repo *repo);

/* Where two owners published one version at once, the local ref and the
 * remote's are two commits with the same roots: move the local one onto the
 * chain's. No change where it is there, behind it, or absent; EREJECTED
 * "root-conflict" where a version would be lost. */
int root_chain_adopt(struct repo *repo, const struct root_chain *chain,
		     struct intoto_error *err);

#endif
