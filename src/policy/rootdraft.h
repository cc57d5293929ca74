/*
 * rootdraft.h: the next version of the trust root before it is one: a file in
 * this clone until its first signature, pending (pending.h) until enough have
 * signed, then one more line of the root's note.
 */
#ifndef POLICY_ROOTDRAFT_H
#define POLICY_ROOTDRAFT_H

#include "policy/pending.h"
#include "policy/rootchain.h"

struct root_draft {
	struct envelope *envelope; /* CONTENT_ROOT; signatures that hold */
	char digest[SHA256_HEX_SIZE];
	bool local;   /* a file here; nobody has signed it yet */
	bool vouched; /* local, or signed by a key of the version before */
};
struct root_drafts {
	struct root_draft *items; /* the local one first, then by digest */
	size_t n;
	size_t alloc;
};
void root_drafts_release(struct root_drafts *drafts);
SCOPED_RELEASE(root_drafts);

/*
 * What may follow the chain (NULL: be version 1): the file here, and what is
 * pending of the next version, signed by at least one key that may. A file that
 * is in the chain already is removed; one that was overtaken is a warning.
 */
int root_drafts_read(struct root_drafts *out, struct repo *repo,
		     const struct root_chain *chain, struct report *warnings,
		     struct intoto_error *err);

/* The only one, or the one whose digest starts with `wanted` (NULL: any; then
 * those that only keys to come have signed are in the way of none). ENOTFOUND,
 * or EINVALID with their digests if there are several. Borrowed. */
int root_drafts_choose(struct root_draft **out, struct root_drafts *drafts,
		       const char *wanted, struct intoto_error *err);

/* Store as this clone's draft, in place of another. */
int root_draft_save(struct repo *repo, const json_t *signed_part,
		    struct intoto_error *err);
/* Is there one? */
bool root_draft_exists(struct repo *repo);

/* One threshold that a version must meet. */
struct root_need {
	const char *whose; /* "the keys of version 1", "its own keys" */
	size_t good;
	size_t threshold;
	struct strlist missing; /* key_describe() of those who have not */
	bool met;
};
struct root_needs {
	struct root_need items[2];
	size_t n;
	char before[64]; /* whose of the first, if there are two */
};
void root_needs_release(struct root_needs *needs);
SCOPED_RELEASE(root_needs);
void root_needs_read(struct root_needs *out, const struct root_chain *chain,
		     const struct envelope *envelope);

/*
 * Sign with each; then, in one ref transaction, it is published if all is met,
 * else pending. EINVALID for a signer that is no key of it or of the version
 * before.
 */
int root_draft_sign(bool *published, struct root_draft *draft,
		    struct repo *repo, const struct root_chain *chain,
		    struct signer *const *signers, size_t n,
		    struct intoto_error *err);

#endif
