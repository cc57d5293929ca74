/* refs.h: refs by the git program, whatever the backend. */
#ifndef REPO_REFS_H
#define REPO_REFS_H

#include "repo/repo.h"

struct ref {
	char *name; /* full */
	struct oid oid;
	char *type; /* "commit", "tag", ... of the object pointed to */
};
struct refs {
	struct ref *items;
	size_t n;
	size_t alloc;
};
void refs_release(struct refs *refs);
SCOPED_RELEASE(refs);

/* for-each-ref of the prefixes (NULL-terminated), sorted by name. A symref
 * counts as what it points to. */
int refs_list(struct refs *out, struct repo *repo, const char *const *prefixes,
	      struct intoto_error *err);
/* ENOTFOUND if the full refname is not there. */
int refs_read(struct oid *out, struct repo *repo, const char *name,
	      struct intoto_error *err);
const struct ref *refs_find(const struct refs *refs, const char *name);

/* "v1.0" or "refs/tags/v1.0" -> "refs/tags/v1.0"; git check-ref-format's rules,
 * EINVALID otherwise. To be freed. */
int refs_tag_name(char **out, const char *name, struct intoto_error *err);
const char *refs_short(const char *name); /* without refs/tags/ etc. */

struct ref_update {
	const char *name;
	struct oid old; /* null: must not exist */
	struct oid new_oid;
};
/*
 * One `git update-ref --stdin` transaction, in this order (git renames in this
 * order, so put the notes ref first). All or nothing, but for a kill between
 * two renames. A ref that moved: EIO with reason in the message; a stale
 * `.lock`: named, with the hint to remove it if no git runs.
 */
int refs_transaction(struct repo *repo, const struct ref_update *updates,
		     size_t n, const char *message, struct intoto_error *err);
/* EIO for the path of a lock file that is in the way. */
int refs_fail_locked(struct intoto_error *err, const char *lock);

#endif
