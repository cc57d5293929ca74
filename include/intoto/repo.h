/* repo.h: a Git repository, as git itself finds it. */
#ifndef INTOTO_REPO_H
#define INTOTO_REPO_H

#include <stdbool.h>

#include "intoto/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct intoto_repo;

/*
 * Open the repository of the current folder. `git rev-parse` decides which it
 * is and whether this user may use it (safe.directory, GIT_DIR, GIT_WORK_TREE);
 * so git has to be in PATH.
 *
 * out  set only on success; free with intoto_repo_free(); use it in one thread.
 *
 * ENOTFOUND     no repository, with git's own words; no git.
 * EUNSUPPORTED  a SHA-256 repository.
 */
int intoto_repo_open(struct intoto_repo **out, struct intoto_error *err);
void intoto_repo_free(struct intoto_repo *repo); /* NULL is fine */

/* Absolute; lives as long as the repository. */
const char *intoto_repo_git_dir(const struct intoto_repo *repo);
bool intoto_repo_is_bare(const struct intoto_repo *repo);

#ifdef __cplusplus
}
#endif

#endif
