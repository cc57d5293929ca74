/*
 * hookfile.h: where git finds the hooks of this repository: a file in the hooks
 * folder, or from git 2.54 on its configuration, hook.intoto-<event>.*. Each is
 * ours, a stranger's, or not there. What is in ours: hooktext.h.
 */
#ifndef POLICY_HOOKFILE_H
#define POLICY_HOOKFILE_H

#include "policy/hooktext.h"
#include "repo/repo.h"

enum hook_state {
	HOOK_ABSENT,
	HOOK_OURS,
	HOOK_OURS_OLD,	  /* of an earlier version */
	HOOK_OURS_EDITED, /* or of a later version */
	HOOK_STRANGER,
};

struct hook {
	enum hook_state state;
	struct hook_found found; /* of ours */
	char *path;		 /* the file that is there, or would be */
	char *kept;    /* beside it: what ours took the place of; or NULL */
	bool off;      /* the file is not executable: git passes over it */
	char *config;  /* "hook.intoto-<event>", if that is there; else NULL */
	char *command; /* its command */
};
void hook_release(struct hook *hook);
SCOPED_RELEASE(hook);

/* What is there; `config` wins where both are. */
int hookfile_look(struct hook *out, struct repo *repo, const char *event,
		  struct intoto_error *err);

/* Does the git in PATH read hooks from its configuration? */
int hookfile_by_config(bool *out, struct intoto_error *err);

/* Is the hook of this name (`hook.config`) one of those that `git hook list -z`
 * printed, and not switched off? */
bool hookfile_is_listed(const struct buffer *list, const char *config);
/* What the hook runs: its program, else `git-intoto` of this PATH; NULL if
 * there is none. To be freed. */
char *hookfile_find_program(const char *program, const char *path);

/* The folder is another's matter as well: a core.hooksPath that is not of this
 * repository, or lies in its work tree. What is wrong, to be freed, or NULL. */
int hookfile_place_problem(char **out, struct repo *repo,
			   struct intoto_error *err);

/* Will git, run as here, run our hook, unedited, and that run this very
 * program? Where it only reports, all that are installed must do so. False on
 * any doubt. */
bool hookfile_is_active(struct repo *repo, const char *event);

struct hook_install {
	const char *program; /* absolute path of this program */
	bool report_only;
	bool chain;	/* a stranger's hook runs first */
	bool force;	/* a stranger's hook is put aside */
	bool by_config; /* hookfile_by_config() */
};
/*
 * May it be installed? EREJECTED "hook-stranger" with what to do, unless chain
 * or force; "hook-edited" for one of ours; "hook-kept" if something stands in
 * the way of putting it aside. Nothing is changed.
 */
int hookfile_check_install(struct repo *repo, const char *event,
			   const struct hook_install *wish,
			   struct intoto_error *err);
/* The same, and does it. `*changed` tells whether anything was written. */
int hookfile_install(bool *changed, struct repo *repo, const char *event,
		     const struct hook_install *wish, struct intoto_error *err);

/* Remove ours, and put back what was there before it. EREJECTED "hook-edited"
 * if ours was edited. */
int hookfile_check_uninstall(struct repo *repo, const char *event,
			     struct intoto_error *err);
int hookfile_uninstall(bool *changed, struct repo *repo, const char *event,
		       struct intoto_error *err);

#endif
