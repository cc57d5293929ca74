/*
 * hookfile.h: the files in the hooks folder: ours, a stranger's, or none. They
 * hold no logic (hooks/ has them): each runs `git-intoto check <event>`.
 */
#ifndef POLICY_HOOKFILE_H
#define POLICY_HOOKFILE_H

#include "repo/repo.h"

enum hookfile_state {
	HOOK_ABSENT,
	HOOK_OURS,     /* this version's text, executable */
	HOOK_OURS_OLD, /* ours, of another version or program path */
	HOOK_OURS_OFF, /* ours, and not executable: git does not run it */
	HOOK_STRANGER,
};

/* The hooks folder as git sees it (core.hooksPath, worktrees); to be freed. */
int hookfile_dir(char **out, struct repo *repo, struct intoto_error *err);
int hookfile_state(enum hookfile_state *out, struct repo *repo,
		   const char *event, struct intoto_error *err);
/* Ours, of any version, and executable; false on any doubt. */
bool hookfile_is_active(struct repo *repo, const char *event);

/* `*changed` tells whether anything was written. EREJECTED "hook-stranger" for
 * a hook that is not ours: it is never overwritten. `program` is the absolute
 * path of this program. */
int hookfile_install(bool *changed, struct repo *repo, const char *event,
		     const char *program, struct intoto_error *err);
int hookfile_uninstall(bool *changed, struct repo *repo, const char *event,
		       struct intoto_error *err);

#endif
