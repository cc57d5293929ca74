/*
 * vouch.h: what owners say of a tag, made: seals and withdrawals. Each owner
 * signs for themselves; what they sign is the same, and counts together.
 */
#ifndef POLICY_VOUCH_H
#define POLICY_VOUCH_H

#include "policy/seal.h"

struct voucher {
	struct repo *repo;
	const struct trust *trust;
	struct signer *signer;
	int64_t now;
	size_t max_line;
};

/* What came of one signature. */
struct vouched {
	bool added;		/* false: this key had said so before */
	bool complete;		/* by enough owners, or by a link's own key */
	struct strlist missing; /* key_describe() of owners who have not */
};
void vouched_release(struct vouched *vouched);
SCOPED_RELEASE(vouched);

/* EREJECTED "not-an-owner". */
int vouch_check_owner(const struct voucher *voucher, struct intoto_error *err);

/*
 * Seal the tag for `layout`, which accepts it; of a judgement made with
 * try_seals. A seal that others began is signed as it is, else a new one is
 * made; the line goes to `lines`.
 */
int vouch_seal(struct vouched *out, struct strlist *lines,
	       const struct voucher *voucher, const struct tag_facts *facts,
	       const struct judgement *judgement,
	       const struct judged_layout *layout, struct intoto_error *err);

/*
 * Withdraw `what`: "tag", or the identity of a link or a seal. `facts` with its
 * tree. `own`: the signer's key made that link, and needs nobody else.
 */
int vouch_withdraw(struct vouched *out, struct strlist *lines,
		   const struct voucher *voucher, const struct tag_facts *facts,
		   const struct tag_links *links, const char *what, bool own,
		   struct intoto_error *err);

/* Add the lines to the tag's note. Nothing is done if there are none. */
int vouch_publish(struct repo *repo, const struct tag_facts *facts,
		  const struct strlist *lines, const char *what,
		  struct intoto_error *err);

#endif
