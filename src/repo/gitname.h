/*
 * gitname.h: Git objects as artifacts, by ITE-4 names:
 *
 *	git:commit/<rev>  git:tree/<rev>  git:tag/<name>  git:blob/<rev>:<path>
 *
 * Their digest set is {"gitCommit": <object id>, "sha256": <of the object's
 * content, without its header>}, or gitTree, gitTag, gitBlob (digest_set.md of
 * the attestation framework).
 */
#ifndef REPO_GITNAME_H
#define REPO_GITNAME_H

#include "repo/objects.h"
#include "verify/files.h"

#define GITNAME_SCHEME "git"

struct gitname {
	enum object_type type;
	const char *rest; /* behind the slash; borrowed */
};

/* Is this `git:` and a kind that we know? EINVALID otherwise. */
int gitname_parse(struct gitname *out, const char *name,
		  struct intoto_error *err);
bool gitname_is(const char *name); /* starts with "git:" */

/* What it means in this repository now. ENOTFOUND if that is nothing, or an
 * object of another type (a lightweight tag). */
int gitname_resolve(struct oid *out, struct repo *repo,
		    const struct gitname *name, struct intoto_error *err);

/* Does the name mean one object for ever: by a whole object id, or by a tag?
 * Branches and HEAD move on. */
int gitname_is_fixed(bool *out, struct repo *repo, const struct gitname *name,
		     struct intoto_error *err);

/* The digest set of one object, canonical. */
int gitname_digests(struct buffer *out, struct repo *repo,
		    enum object_type type, const struct oid *oid,
		    struct intoto_error *err);

/* The object that a recorded digest set names; false if it is not exactly
 * what gitname_digests() writes for this type. */
bool gitname_recorded(struct oid *out, enum object_type type,
		      const char *canonical);

/* For files_record(); `repo` is a struct repo, or NULL outside of one. */
int gitname_record(struct artifacts *set, const char *name, void *repo,
		   struct intoto_error *err);

/* One line of `git rev-parse --verify`; false if it says no. */
bool revision_resolve(struct oid *out, struct repo *repo, const char *spec);

#endif
