/* rules_internal.h: shared by the files that apply and explain rules. */
#ifndef VERIFY_RULES_INTERNAL_H
#define VERIFY_RULES_INTERNAL_H

#include "verify/chain.h"
#include "verify/match.h"

/* One list of rules over one side of one link. */
struct side {
	const struct chain *chain;
	const struct layout_item *item;
	const struct link *link;
	const struct link *const *inspections; /* run so far */
	size_t n_inspections;
	struct report *report;
	struct strlist *trace; /* what each rule did; NULL: not asked for */

	bool products;
	const struct rules *rules;
	const struct artifacts *set;
	bool *queued; /* by place in the set: what no rule consumed yet */
};

const struct artifacts *link_side(const struct link *link, bool products);
const char *side_word(bool products); /* "product", "material" */
bool rule_names(const struct rule *rule, const struct artifact *artifact);

/*
 * explain.c: the queue in words, a line each. explain_start() before the first
 * rule; explain_rule() after one, with the queue as it was before it.
 */
void explain_start(struct side *side);
void explain_rule(struct side *side, size_t index, const bool *before);
void explain_end(struct side *side);

#endif
