/* record_internal.h: shared by the files that make up record.h. */
#ifndef POLICY_RECORD_INTERNAL_H
#define POLICY_RECORD_INTERNAL_H

#include "policy/judge_internal.h"
#include "policy/record.h"

/* Does one of the layouts name the signer for the step? */
bool record_is_authorised(const struct layout *layout,
			  const struct record *what);

/* record_parent.c: the same two for a step of a sublayout, `what->parent`: may
 * its key do the step, and would the sublayout take the link? */
bool record_is_below(const struct record *what);
int record_parent_check_key(const struct record *what,
			    struct intoto_error *err);
int record_parent_judge(struct report *report, const struct record *what,
			const struct tag_links *links, const struct link *link,
			struct intoto_error *err);

#endif
