/* hooks.h: the parts of `git intoto hooks`. */
#ifndef CMD_HOOKS_H
#define CMD_HOOKS_H

#include "cmd/cmd.h"
#include "policy/hookfile.h"

/* Both end with NULL. */
extern const char *const hooks_work_events[];
extern const char *const hooks_server_events[];

/* This program; to be freed. */
int hooks_own_path(char **out, struct intoto_error *err);

command_fn cmd_hooks_install, cmd_hooks_status, cmd_hooks_run;

#endif
