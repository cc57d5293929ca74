/* syncing.h: what `push` and `fetch` share. */
#ifndef CMD_SYNCING_H
#define CMD_SYNCING_H

#include "policy/sync.h"

/* [REMOTE [TAG]...]. A tag in the place of the remote: ENOTFOUND with the
 * `command` that was perhaps meant. */
int syncing_operands(struct sync_options *out, struct repo *repo, char **argv,
		     const char *command, struct intoto_error *err);

/* Warnings, and what the server and hooks said, on stderr. */
void syncing_say(const struct sync_result *result);

#endif
