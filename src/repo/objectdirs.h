/* objectdirs.h: the folders that hold a repository's objects. */
#ifndef REPO_OBJECTDIRS_H
#define REPO_OBJECTDIRS_H

#include "repo/repo.h"

/*
 * Add to repo->object_dirs what can be read besides repo->object_dir: the
 * quarantine of a push (a server hook), GIT_ALTERNATE_OBJECT_DIRECTORIES, and
 * the alternates that the files in all of these name. A folder that is not
 * there is left out: its objects are then missing, which fails later and
 * closed.
 *
 * EINVALID if GIT_QUARANTINE_PATH is not below the repository's own objects.
 */
int object_dirs_find(struct repo *repo, struct intoto_error *err);

/*
 * Append the members of a list as git writes it in the environment (separator
 * ':') and in info/alternates ('\n'): a member that starts with '"' is
 * C-quoted, one that starts with '#' is a comment.
 */
void object_dirs_split(struct strlist *out, const char *text, char separator);

#endif
