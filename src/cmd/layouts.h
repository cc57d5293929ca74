/* layouts.h: what the rows of `git intoto layout` share. */
#ifndef CMD_LAYOUTS_H
#define CMD_LAYOUTS_H

#include "cmd/cmd.h"
#include "cmd/session.h"
#include "policy/draft.h"
#include "policy/edit.h"

command_fn layout_add_key, layout_remove_key, layout_add_step,
	layout_remove_step, layout_add_inspection, layout_set, layout_sign,
	layout_renew, layout_show, layout_list, layout_discard, layout_import,
	layout_sub;

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

/* Sign it with the signers; say that it is in force, or who is missing. */
int layouts_finish(struct session *session, struct layout_draft *draft,
		   struct signer *const *signers, size_t n,
		   struct intoto_error *err);

/* All that is pending, and of it the drafts of one layout. */
struct layouts_pending {
	struct pending all;
	const struct pending_item **items; /* highest version first */
	size_t n;
};
void layouts_pending_release(struct layouts_pending *pending);
SCOPED_RELEASE(layouts_pending);
/* Says its warnings. */
int layouts_pending_read(struct layouts_pending *out, struct session *session,
			 struct intoto_error *err);
/* `before`: what is in force, or NULL; says what is ignored. */
void layouts_pending_of(struct layouts_pending *pending, const char *name,
			const struct session *session,
			const struct inforce *before);

/* What is to be signed: who has, who has not, and what it changes. */
void layouts_print_offer(const struct layout_draft *draft,
			 const struct trust *trust, int64_t now);
/* A line for each owner who has not signed, below a row of `layout list`. */
void layouts_print_missing(const struct envelope *envelope,
			   const struct session *session);
/* A note if something is pending. */
void layouts_note_pending(struct session *session, const char *name,
			  const struct inforce *before);
/* All that is pending of that layout; ENOTFOUND if nothing is. */
int layouts_show_pending(struct session *session, const char *name, bool json,
			 struct intoto_error *err);

#endif
