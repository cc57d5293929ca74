/*
 * hooktext.h: what stands in a hook of ours, and whose a text is. A hook holds
 * no logic: it finds the program and runs its `check`, or where another hook
 * comes first, its `hooks run`.
 */
#ifndef POLICY_HOOKTEXT_H
#define POLICY_HOOKTEXT_H

#include "base/buffer.h"

/* The hook that ours took the place of, beside it. */
#define HOOK_KEPT_SUFFIX ".before-intoto"

struct hook_wish {
	const char *program; /* absolute path of this program */
	bool report_only;
	bool chained; /* runs what was there before, first */
};

enum hook_author {
	HOOK_BY_OTHERS,
	HOOK_BY_US,	/* word for word, but for the program and the wish */
	HOOK_BY_US_OLD, /* of an earlier version, word for word */
	HOOK_BY_US_EDITED,
};

struct hook_found {
	enum hook_author author;
	char *program; /* of ours, absolute; NULL if it cannot be read */
	bool report_only;
	bool chained;
};
void hook_found_release(struct hook_found *found);
SCOPED_RELEASE(hook_found);

/* The file's text, to be freed; NULL if there is no hook for the event. */
char *hooktext_make(const char *event, const struct hook_wish *wish);
/* The same as a value of hook.<name>.command: git runs it with a shell and
 * adds the arguments. */
char *hooktext_command(const char *event, const struct hook_wish *wish);

void hooktext_read(struct hook_found *out, const char *event, const char *text);
void hooktext_read_command(struct hook_found *out, const char *event,
			   const char *command);

#endif
