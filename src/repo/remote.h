/* remote.h: the remote of this project and the proof's refspec. */
#ifndef REPO_REMOTE_H
#define REPO_REMOTE_H

#include "repo/repo.h"

/* The current branch's, else origin, else the only one; NULL if there is none.
 * Several and no way to choose: NULL as well. To be freed. */
char *remote_default(struct repo *repo);

/* Is it a remote of the configuration, with a URL? */
bool remote_is_named(const struct repo *repo, const char *name);
/* The remote whose `url` or `pushurl` this is, or NULL; to be freed. */
char *remote_of_url(const struct repo *repo, const char *url);
/* EINVALID if it could be an option of git, or cannot be part of a refname. */
int remote_check_name(const char *remote, struct intoto_error *err);

/* Write +refs/notes/in-toto/X:refs/in-toto-remotes/<remote>/X (all of
 * refs/notes/in-toto/ with a star) as a fetch refspec of the remote, once. */
int remote_add_refspec(bool *added, struct repo *repo, const char *remote,
		       struct intoto_error *err);

/* git fetch <remote> <that refspec>, progress on the terminal; ECHILD. */
int remote_fetch(struct repo *repo, const char *remote,
		 struct intoto_error *err);

/* What the remote has under a full refname, by `git ls-remote`; false if it has
 * none, or cannot be asked. */
bool remote_read_ref(struct oid *out, struct repo *repo, const char *remote,
		     const char *ref);

/* Does the remote have an annotated tag of this name, by `git ls-remote`? Only
 * for hints: any failure is "no". */
bool remote_has_tag_object(struct repo *repo, const char *remote,
			   const char *ref);

#endif
