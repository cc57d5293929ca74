/* chain_internal.h: shared by the files that make up chain.h. */
#ifndef VERIFY_CHAIN_INTERNAL_H
#define VERIFY_CHAIN_INTERNAL_H

#include "verify/sublayout.h"

/* A finding about a step or inspection, with the layout's name if it has one.
 */
struct finding *chain_refuse(struct report *report, const struct layout *layout,
			     const char *item, const char *reason,
			     const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* A sublayout that holds, and the link that stands for it, which borrows from
 * the chain, or from `empty` if there are no steps. */
struct chain_sub {
	char *parent; /* where its metadata is, "step.keyid8/step.keyid8" */
	struct layout *layout; /* with its parameters; NULL: as it came */
	struct chain *chain;
	struct link *empty;
	struct link summary;
};
void chain_sub_free(struct chain_sub *sub);
SCOPED_TYPE(chain_sub);

/* Where in the sublayouts we are: the innermost first. */
struct nesting {
	const struct nesting *above;	 /* NULL: the root layout */
	const struct envelope *envelope; /* NULL for the root */
	const char *parent;		 /* "" for the root */
	size_t depth;
	const struct sublayout_source *source; /* or NULL */
	size_t *left;			       /* of SUBLAYOUTS_MAX */
};

/* The work on one step: the links that name it, and what became of them. */
struct assignment {
	struct chain *chain;
	struct chain_step *step;
	const struct layout *layout;
	const struct nesting *nesting;
	struct chain_link **links;
	bool *taken;	     /* good for a key, or its contradiction */
	struct strlist *bad; /* what was wrong, for messages; by link */
	size_t *anonymous;   /* keys tried where no keyid says which; by link */
	size_t n;
	size_t n_failed; /* sublayouts that do not hold: reported already */
	int64_t now;
	struct report *report;
};

/* Findings: too few links; links that do not agree. */
void assignment_check_threshold(const struct assignment *work);
void assignment_check_agreement(const struct assignment *work);

/* chain_assign() at some depth. */
int chain_assign_nested(struct chain **out, const struct layout *layout,
			struct chain_link *links, size_t n,
			const struct nesting *nesting, int64_t now,
			struct report *report, struct intoto_error *err);

/* Judge the sublayout at `index`, signed by the key listed as `as`; its summary
 * becomes its link. 0 without one: it fails, which is reported. */
int sublayout_judge(struct assignment *work, size_t index, const char *as,
		    struct intoto_error *err);

/* Take a sublayout's findings over, under the name of its step; empties. */
void sublayout_report(struct report *report, struct report *inner,
		      const char *step);

#endif
