/*
 * config.h: `git config`, read once (`git config --list -z`), so that includes,
 * includeIf, worktree configuration and `git -c` apply as in every git command.
 */
#ifndef REPO_CONFIG_H
#define REPO_CONFIG_H

#include "repo/repo.h"

int config_load(struct repo *repo, struct intoto_error *err);
void config_free(struct config *config);

/* The last value, or NULL. Section and variable name in lower case, the
 * subsection as it is. A name without '=' has the value "true". Borrowed. */
const char *config_get(const struct repo *repo, const char *name);
/* All values in order, appended. */
void config_get_all(struct strlist *out, const struct repo *repo,
		    const char *name);
/* Bytes with k, m, g suffix as git has it; `fallback` if unset; EINVALID. */
int config_get_size(size_t *out, const struct repo *repo, const char *name,
		    size_t fallback, struct intoto_error *err);
int config_get_bool(bool *out, const struct repo *repo, const char *name,
		    bool fallback, struct intoto_error *err);
/* subsections of e.g. "remote", in order, unique */
void config_subsections(struct strlist *out, const struct repo *repo,
			const char *section);

/* `git config --local --add NAME VALUE` unless that very value is there.
 * `*added` tells. */
int config_add(bool *added, struct repo *repo, const char *name,
	       const char *value, struct intoto_error *err);

/* intoto.maxLinkSize */
int config_max_link_size(size_t *out, const struct repo *repo,
			 struct intoto_error *err);

#endif
