/* draft_sign.c: sign a draft, and put it in force when enough owners have. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/draft_internal.h"
#include "policy/publish.h"
#include "verify/chain.h"

/* Who must sign: the trusted owners; the founder's own keys for the first
 * layout of a repository that trusts nobody yet. */
struct owners {
	struct key **keys; /* borrowed */
	size_t n;
	size_t threshold;
};

static void owners_release(struct owners *owners)
{
	free(owners->keys);
}
SCOPED_RELEASE(owners);

/* Is there a layout of any name here? Then somebody founded it. */
static int is_founded(bool *out, struct repo *repo, struct intoto_error *err)
{
	scoped_value(strlist) names = STRLIST_INIT;

	if (inforce_names(&names, repo, err) < 0)
		return -1;
	*out = names.n > 0;
	return 0;
}

static int owners_find(struct owners *out, struct repo *repo,
		       const struct trust *trust, struct signer *const *signers,
		       size_t n, struct intoto_error *err)
{
	bool founded = false;

	if (!trust->n_keys && is_founded(&founded, repo, err) < 0)
		return -1;
	if (founded) {
		intoto_fail(err, INTOTO_ETRUST,
			    "no owner's key is trusted here, so nobody's "
			    "signature can put a layout in force");
		return intoto_hint(err, "git intoto trust add KEY");
	}
	out->n = trust->n_keys ? trust->n_keys : n;
	out->threshold = trust->n_keys ? trust->threshold : n;
	out->keys = xcalloc(out->n + 1, sizeof(*out->keys));
	for (size_t i = 0; i < out->n; i++)
		out->keys[i] = trust->n_keys
				       ? trust->keys[i]
				       : (struct key *)signer_key(signers[i]);
	return 0;
}

/* Signed by enough owners? `missing` gets who has not signed if not. */
static int owners_met(bool *met, struct strlist *missing,
		      struct layout_draft *draft, const struct owners *owners,
		      int64_t now, struct intoto_error *err)
{
	scoped_value(strlist) still = STRLIST_INIT;
	struct intoto_error why = { 0 };

	pending_missing(&draft->signed_by, &still, draft->envelope,
			owners->keys, owners->n, now);
	*met = layout_check_owners(NULL, draft->envelope,
				   (const struct key *const *)owners->keys,
				   owners->n, owners->threshold, now,
				   &why) == 0;
	if (!*met && why.code != INTOTO_EREJECTED) {
		*err = why;
		return -1;
	}
	if (!*met)
		strlist_add_all(missing, &still);
	return 0;
}

/* Only owners' signatures count, and each key's that is there already. */
static int add_signatures(struct layout_draft *draft,
			  const struct owners *owners,
			  struct signer *const *signers, size_t n,
			  struct intoto_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct key *key = signer_key(signers[i]);

		if (!key_overlaps_any(key,
				      (const struct key *const *)owners->keys,
				      owners->n) ||
		    pending_is_signed(draft->envelope, key))
			continue;
		if (envelope_add_signature(draft->envelope, signers[i], err) <
		    0)
			return -1;
	}
	return 0;
}

/* The notes first: a draft that is there unsigned becomes the same again. */
static int keep_pending(struct repo *repo, const struct layout_draft *draft,
			struct intoto_error *err)
{
	struct ref_update update = { 0 };

	if (!draft->envelope->n_signatures)
		return 0;
	if (pending_prepare(&update, repo, draft->envelope, err) < 0 ||
	    (!oid_equal(&update.old, &update.new_oid) &&
	     refs_transaction(repo, &update, 1, "in-toto: pending", err) < 0))
		return -1;
	return draft->local
		       ? draft_write(repo, draft->name, draft->envelope, err)
		       : 0;
}

/* On top of the version in force as the remote has it, where it does. */
static int put_in_force(struct repo *repo, struct layout_draft *draft,
			const struct trust *trust, int64_t now,
			struct intoto_error *err)
{
	scoped_text ref = notes_layout_ref(draft->name);
	bool moved = false;

	if (draft->before &&
	    (publish_adopt(&moved, repo, draft->name, trust, now, err) < 0 ||
	     (moved && refs_read(&draft->parent, repo, ref, err) < 0)))
		return -1;
	if (publish_layout(repo, draft->name, draft->envelope, &draft->parent,
			   err) < 0)
		return -1;
	return draft->local ? draft_discard(repo, draft->name, err) : 0;
}

int draft_sign(bool *in_force, struct strlist *missing, struct repo *repo,
	       struct layout_draft *draft, const struct trust *trust,
	       struct signer *const *signers, size_t n, int64_t now,
	       struct intoto_error *err)
{
	scoped_value(owners) owners = { 0 };

	if (draft->pinned) {
		*in_force = true;
		return put_in_force(repo, draft, trust, now, err);
	}
	if (owners_find(&owners, repo, trust, signers, n, err) < 0 ||
	    add_signatures(draft, &owners, signers, n, err) < 0 ||
	    owners_met(in_force, missing, draft, &owners, now, err) < 0)
		return -1;
	if (*in_force)
		return put_in_force(repo, draft, trust, now, err);
	return keep_pending(repo, draft, err);
}
