/* joining.h: `init` where a layout already is. */
#ifndef CMD_JOINING_H
#define CMD_JOINING_H

#include "policy/inforce.h"

struct joining {
	struct repo *repo;
	struct trust *trust;
	const char *layout;
	const char *key; /* --key, or NULL */
	bool yes;
	int64_t now;
};

/*
 * Show the layout's owners, steps, expiry and digest. Already trusted: says so.
 * With --yes trust the user's own key alone, and only if it signed; on a
 * terminal ask; else trust nothing and print the command that does.
 */
int joining_run(const struct joining *joining, struct intoto_error *err);

#endif
