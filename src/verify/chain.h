/*
 * chain.h: in-toto's verification of steps against a layout, on values: no
 * Git, no files, no clock of its own (specification 5.2; the order of
 * in-toto-wire 13).
 *
 * The caller has verified the layout's own signatures. Links come with their
 * envelopes; this checks their signatures by the keys of the step, counts
 * thresholds by key material, compares links of a step where the threshold
 * asks for it, and applies the rules.
 */
#ifndef VERIFY_CHAIN_H
#define VERIFY_CHAIN_H

#include "metadata/envelope.h"
#include "verify/report.h"

struct sublayout_source; /* verify/sublayout.h */

/* A candidate link, or a sublayout in its place. */
struct chain_link {
	const struct envelope *envelope; /* CONTENT_LINK or CONTENT_LAYOUT */
	const char *origin;		 /* file name or note, for messages */
	const char *step; /* what a CONTENT_LAYOUT is filed for; NULL for links,
			     which have a name of their own */
	const char *folder; /* of a CONTENT_LAYOUT: where what is below it is
			       filed, "step.keyid8"; NULL: by the id under
			       which the layout lists its signer */
	const struct key *only; /* the one key that it may be by; NULL: any that
				   the step has */
	bool skip_verify; /* its signature by `signer` was already verified by
			     the caller in this very call */
	const struct key *signer; /* out: the authorised key that signed it, or
				     NULL; of the last chain_assign() */
	struct link *link;	  /* borrowed from the envelope; out, of a
				     sublayout: its summary, the chain's; NULL
				     until it was judged and holds */
};

struct chain_step {
	const struct layout_item *item;
	struct chain_link **good; /* by distinct key material, in the order of
				     `pubkeys` */
	const struct key **by;	  /* who signed each of the good ones */
	size_t n_good;
	const struct link *reduced; /* the link that rules see; NULL: none */
};

struct chain_sub;
struct chain {
	const struct layout *layout;
	struct chain_step *steps; /* as in the layout */
	size_t n_steps;
	struct chain_step **by_name; /* the same, sorted; NULL: not made yet */
	struct chain_sub **subs;     /* the sublayouts that hold */
	size_t n_subs;
	struct chain_sub **failed; /* those that do not: what was read for them
				      stays as well */
	size_t n_failed;
};
void chain_free(struct chain *chain);
SCOPED_TYPE(chain);

/*
 * Assign the links to the layout's steps: a link is good for the step that it
 * names if an authorised key signed it. A malformed signature is a warning, and
 * never counted. Thresholds not met, or links of a step that must agree and do
 * not, are findings in `report`. Returns -1 only when it could not judge.
 *
 * A sublayout by an authorised key is judged with what `source` has below it,
 * and its summary takes the place of a link; one that fails is a refusal, also
 * where others meet the threshold. Its inspections are not run: see
 * sublayout.h. `source` NULL: a sublayout by an authorised key is a finding.
 */
int chain_assign(struct chain **out, const struct layout *layout,
		 struct chain_link *links, size_t n,
		 const struct sublayout_source *source, int64_t now,
		 struct report *report, struct intoto_error *err);

/* By name, or NULL. */
const struct chain_step *chain_find_step(const struct chain *chain,
					 const char *name);

/* All rules of all steps, on the reduced links; steps without one have been
 * reported by chain_assign() and are passed over. Also warns where a link's
 * command differs from expected_command. */
void chain_rules(const struct chain *chain, struct report *report);

/* A command that is not the expected one is a finding "step-command", also in
 * sublayouts. */
void chain_commands(const struct chain *chain, struct report *report);

/* Would this link (not yet signed) pass the rules of its step, given the
 * reduced links of the others? For `build`, before it signs. */
void chain_judge_link(const struct chain *chain, const struct link *link,
		      struct report *report);

/* Rules of inspection `item`, whose link is `link`. `others` are links of
 * inspections already run, by name. */
void chain_inspection_rules(const struct chain *chain,
			    const struct layout_item *item,
			    const struct link *const *inspections, size_t n,
			    const struct link *link, struct report *report);

/* expires <= now is EREJECTED "layout-expired". */
int layout_check_expiry(const struct layout *layout, int64_t now,
			struct intoto_error *err);

/*
 * Signatures of a layout by a threshold of owners; counts by key material.
 * EREJECTED "layout-threshold" says how many signed and who is missing.
 * `signed_by` (may be NULL) gets a bool per owner.
 */
int layout_check_owners(bool *signed_by, const struct envelope *envelope,
			const struct key *const *owners, size_t n,
			size_t threshold, int64_t now,
			struct intoto_error *err);

#endif
