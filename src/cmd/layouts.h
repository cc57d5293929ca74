/* layouts.h: what the rows of `git intoto layout` share. */
#ifndef CMD_LAYOUTS_H
#define CMD_LAYOUTS_H

#include "cmd/cmd.h"
#include "cmd/session.h"
#include "policy/draft.h"
#include "policy/edit.h"

command_fn layout_add_key, layout_remove_key, layout_add_step,
	layout_remove_step, layout_add_inspection, layout_set, layout_sign,
	layout_renew, layout_show, layout_list;

/* The value of --expires; EUSAGE if it is none, or past. */
int layouts_expires(int64_t *out, const char *text, int64_t now,
		    struct intoto_error *err);

/* The one in force, or where nobody is trusted the one that is here; expiry is
 * not judged. Says its warnings. */
int layouts_load(struct inforce **out, struct session *session,
		 const char *name, struct intoto_error *err);

/* What a person reads as a policy: keys, steps, rules, inspections. */
void layouts_print(const struct layout *layout);

/* "expires 2027-11-22T10:00:00Z, in 364 days" */
void layouts_print_expiry(int64_t expires, int64_t now);

#endif
