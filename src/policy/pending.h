/*
 * pending.h: drafts of layouts and roots that are short of their threshold,
 * under refs/notes/in-toto/pending (CONTRACT.md "Stored bytes"): key = first 40
 * (64) hex digits of the digest of the signed part, each line the signed part
 * with one owner's signature. A grow-only set that travels like the links;
 * nothing in it is ever in force.
 */
#ifndef POLICY_PENDING_H
#define POLICY_PENDING_H

#include "policy/trust.h"
#include "metadata/envelope.h"
#include "repo/notes.h"

#define PENDING_REF NOTES_PREFIX "pending"

/* All signatures over one signed part, each key's once. */
struct pending_item {
	struct envelope *envelope; /* CONTENT_LAYOUT or CONTENT_ROOT */
	char digest[SHA256_HEX_SIZE];
	struct strlist doubts; /* signatures that were left out, and why */
};
struct pending_items {
	struct pending_item *items; /* sorted by digest */
	size_t n;
	size_t alloc;
};
void pending_items_release(struct pending_items *items);
SCOPED_RELEASE(pending_items);
struct pending {
	struct pending_item *items; /* sorted by digest */
	size_t n;
	/* Those of which no signature is left; never to be used, only to be
	 * named where they would matter. */
	struct pending_items refused;
};
void pending_release(struct pending *pending);
SCOPED_RELEASE(pending);

/*
 * The union of here and every remote; lines that are malformed, misfiled or
 * whose signatures do not hold by keys they name are left out. What can never
 * be in order is named in `warnings` (may be NULL); what may have been once
 * (a signature by somebody who is an owner no more) in the item's `doubts`.
 *
 * The keys are those of this clone's trust, of every version of its root, and
 * for a root those in it. A clone that trusts nobody judges no signature of a
 * layout.
 */
int pending_read(struct pending *out, struct repo *repo,
		 struct report *warnings, struct intoto_error *err);

/* The item over the very bytes that this envelope signs, or NULL. */
const struct pending_item *pending_find(const struct pending *pending,
					const struct envelope *envelope);

/* Does this line belong under that key, by itself? For servers: one signed
 * part, the signatures of exactly one key, compact. `*digest` of the signed
 * part. EREJECTED "line-malformed", "line-misfiled". */
int pending_check_line(struct envelope **out, const struct oid *key,
		       const struct note_line *line, struct intoto_error *err);

/* Prepare the ref with one line for each key that signed `envelope`. */
int pending_prepare(struct ref_update *update, struct repo *repo,
		    const struct envelope *envelope, struct intoto_error *err);

/* Sets `*n` to how many of the keys signed, and appends key_describe() of
 * those that did not; two keys that share a secret are one. */
void pending_missing(size_t *n, struct strlist *missing,
		     const struct envelope *envelope, struct key *const *keys,
		     size_t n_keys, int64_t now);

/* Has this key signed it? */
bool pending_is_signed(const struct envelope *envelope, const struct key *key);

/* Copies of the signatures of `from`, over the same signed bytes, in front of
 * those of `into`: where both have one of the same key, settling keeps
 * `from`'s. */
void pending_join(struct envelope *into, const struct envelope *from);

/* Keep the signatures that hold by one of the keys, whenever it expires, and
 * each key's once (under both keyids). The others are named in `doubts` (may be
 * NULL). */
void pending_settle(struct envelope *envelope, struct strlist *doubts,
		    const struct key *const *keys, size_t n_keys);

/* "123456789abc": as much of a digest as people compare at a glance. */
#define PENDING_SHORT 12
/* Does `text` ("sha256:..." or hex, whole or a beginning of at least 4 digits)
 * name this digest? */
bool pending_is_named(const char *digest, const char *text);

#endif
