/*
 * impact.h: which tags verify now and would stop to, if a layout changed. A
 * tag that a seal covers does not stop.
 */
#ifndef POLICY_IMPACT_H
#define POLICY_IMPACT_H

#include "policy/judge.h"

/* Called for each tag that is looked at. */
struct impact_progress {
	void (*show)(size_t done, size_t total, void *data);
	void *data;
};

/* Refnames of the tags, sorted; `next` is the signed part of the layout `name`
 * to be. What cannot be judged now is left out. `progress` may be NULL. */
int impact_of_layout(struct strlist *stopping, struct repo *repo,
		     const struct trust *trust, const char *name,
		     const struct layout *next, int64_t now,
		     const struct impact_progress *progress,
		     struct intoto_error *err);

#endif
