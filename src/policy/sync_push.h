/* sync_push.h: what the parts of a push share; for sync_p*.c only. */
#ifndef POLICY_SYNC_PUSH_H
#define POLICY_SYNC_PUSH_H

#include "policy/sync_internal.h"

/* A push each: what judges the next one must be there before it, and a server
 * judges layouts by the root that it had before. */
enum sync_round { SYNC_ROUND_ROOT, SYNC_ROUND_POLICY, SYNC_ROUND_PROOF };

struct sync_item {
	char *name; /* full */
	enum sync_round round;
	struct sync_ref *ref; /* NULL: a tag */
	struct oid oid;
	struct oid theirs; /* what the remote has; of a tag it is not known */
};

struct sync_plan {
	struct sync_item *items; /* links before tags */
	size_t n;
	size_t alloc;
};
void sync_plan_forget(struct sync_plan *plan);
void sync_plan_release(struct sync_plan *plan);
SCOPED_RELEASE(sync_plan);

struct sync_tag {
	char *ref; /* full */
	struct oid oid;
};

/* After a look: what the remote lacks. With tags, lines that only other remotes
 * were seen with count as well. What must not be pushed is in the report. */
int sync_plan_make(struct sync_plan *plan, struct report *report,
		   struct sync_view *view, const struct sync_tag *tags,
		   size_t n_tags, struct intoto_error *err);

/* After one push: tracking refs, and the lines of others that came with it into
 * the refs here. What fails is a warning: it is pushed. */
int sync_settle_pushed(struct sync_view *view, const struct sync_plan *plan,
		       enum sync_round round, struct report *report,
		       struct intoto_error *err);

/* In the end: remember what the remote has; `take`: and bring the lines of
 * others that a push looked at into the refs here. One that has gone back is a
 * warning, and what it had still counts. */
int sync_settle_view(struct sync_view *view, bool take, struct report *report,
		     struct intoto_error *err);

#endif
