/* inforce_internal.h: the candidates for the version in force of a layout. */
#ifndef POLICY_INFORCE_INTERNAL_H
#define POLICY_INFORCE_INTERNAL_H

#include "policy/inforce.h"

struct tips {
	struct inforce **items; /* those that hold */
	size_t n;
	size_t alloc;
	size_t seen;		      /* how many there are in all */
	struct intoto_error rejected; /* the first that was refused */
	struct intoto_error broken;   /* the first that could not be judged */
};
void tips_release(struct tips *tips);
SCOPED_RELEASE(tips);

/* May this one be in force? */
typedef int tip_judge(struct inforce *inforce, const void *data,
		      struct intoto_error *err);

/* Read every tip of the layout's ref, here and on the remotes, and keep those
 * that `judge` lets pass; the others are warnings. */
int tips_load(struct tips *out, struct repo *repo, const char *name,
	      tip_judge *judge, const void *data, struct report *warnings,
	      struct intoto_error *err);

/* The one version to go by: the highest; taken out of `tips`. */
int tips_choose(struct inforce **out, struct tips *tips, const char *name,
		struct intoto_error *err);

/* The layout of one commit of a layout's ref. */
int tip_read(struct inforce **out, struct repo *repo, const char *name,
	     const char *ref, const struct oid *commit,
	     struct intoto_error *err);

#endif
