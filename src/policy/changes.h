/*
 * changes.h: what one layout changes in another, as people read a policy: who
 * may do what, and what may change. For those who are about to sign it.
 */
#ifndef POLICY_CHANGES_H
#define POLICY_CHANGES_H

#include "base/strlist.h"
#include "metadata/layout.h"

/*
 * One line a change, escaped: "step 'build': ed25519 9c1f2ab3 may do it now".
 * Every difference of the two signed parts but their stamps makes at least one;
 * none: they say the same.
 */
void layout_changes(struct strlist *out, const struct layout *before,
		    const struct layout *after);

#endif
