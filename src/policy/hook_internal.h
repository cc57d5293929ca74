/* hook_internal.h: the two forms of a hook, as hookfile.c joins them. */
#ifndef POLICY_HOOK_INTERNAL_H
#define POLICY_HOOK_INTERNAL_H

#include "policy/hookfile.h"

/* hookfile.c: the file alone. */
int hook_look_file(struct hook *out, struct repo *repo, const char *event,
		   struct intoto_error *err);

/* git, where it runs hooks: the top of the work tree, or a bare repository. */
int hook_ask_git(struct process_result *out, struct repo *repo,
		 const char *const *args, struct intoto_error *err);

/* hookconfig.c: hook.intoto-<event>.* alone; HOOK_ABSENT or one of ours. */
void hook_look_config(struct hook *out, struct repo *repo, const char *event);
int hook_write_config(bool *changed, struct repo *repo, const char *event,
		      const struct hook_wish *wish, struct intoto_error *err);
int hook_remove_config(struct repo *repo, const char *event,
		       struct intoto_error *err);
/* Does git, run as here, read it and not pass over it? */
bool hook_config_counts(const struct hook *hook, const char *event);

/* hookmove.c: put a stranger's hook beside, and back. */
int hook_keep(const struct hook *hook, struct intoto_error *err);
int hook_put_back(const struct hook *hook, struct intoto_error *err);
/* The name beside it; to be freed. */
char *hook_kept_path(const char *path);
/* Two names of one file: a keep that was cut short. */
bool hook_is_same(const char *a, const char *b);

#endif
