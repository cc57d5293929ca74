/* draft_internal.h: shared by the files that make up draft.h. */
#ifndef POLICY_DRAFT_INTERNAL_H
#define POLICY_DRAFT_INTERNAL_H

#include "policy/draft.h"

/* Store it as it is, with its signatures. */
int draft_write(struct repo *repo, const char *name,
		const struct envelope *envelope, struct intoto_error *err);

/* Which version was it made from? */
uint64_t draft_base(const struct envelope *draft);

/* The readme's text with the stamp's line at its end; a stamp of version 0 has
 * none. To be freed. */
char *draft_stamped_readme(const char *readme,
			   const struct layout_stamp *stamp);

/* EINVALID for a step or inspection with the name of withdrawals. */
int draft_check_names(const struct layout *layout, struct intoto_error *err);

/* Keep the signatures that hold by the trusted owners; all of them where
 * nobody is trusted. */
void draft_settle(struct envelope *envelope, const struct trust *trust);

#endif
