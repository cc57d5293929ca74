/*
 * openpgp_block.h: a transferable public key (RFC 4880 section 11.1) as its
 * own signatures describe it; for src/crypto only.
 */
#ifndef CRYPTO_OPENPGP_BLOCK_H
#define CRYPTO_OPENPGP_BLOCK_H

#include "crypto/openpgp_internal.h"

struct openpgp_block_subkey {
	struct openpgp_part part;
	struct openpgp_bytes body;
	bool supported; /* an algorithm and size that we verify with */
	int64_t bound;	/* when the binding was made; 0: none that holds */
	bool can_sign;	/* by the binding's key flags; without any: yes */
	bool revoked;
};

struct openpgp_block {
	struct openpgp_part primary;
	struct openpgp_bytes body;
	struct intoto_error unsupported; /* code set: why the primary is not
					    done; nothing else is read then */
	bool revoked;
	struct openpgp_bytes user_id; /* the first; may be empty */

	struct openpgp_block_subkey *subkeys;
	size_t n_subkeys;
	size_t alloc;
};

void openpgp_block_release(struct openpgp_block *block);
SCOPED_RELEASE(openpgp_block);

/* One block: a primary and everything up to the next one. The slices point
 * into the input. Signatures that do not hold are passed over. */
int openpgp_block_read(struct openpgp_block *out, struct openpgp_bytes *in,
		       struct intoto_error *err);

/* Bound, not revoked, and of an algorithm that is done. */
bool openpgp_block_subkey_counts(const struct openpgp_block_subkey *subkey);

#endif
