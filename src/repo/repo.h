/*
 * repo.h: one opened repository. `git rev-parse` decides which it is and
 * whether this user may use it (safe.directory, GIT_DIR, GIT_WORK_TREE, -C), of
 * whatever format and extensions that git knows. Its folders of objects are
 * opened when the first object is asked for.
 */
#ifndef REPO_REPO_H
#define REPO_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/process.h"
#include "base/strlist.h"

#define OID_SHA1_SIZE 20
#define OID_MAX_SIZE 32 /* SHA-256 */
#define OID_HEX_SIZE (2 * OID_MAX_SIZE + 1)

/* An object id; `size` is OID_SHA1_SIZE or OID_MAX_SIZE, the same for all of
 * one repository. Compare with oid_equal(). */
struct oid {
	uint8_t bytes[OID_MAX_SIZE];
	unsigned size;
};
bool oid_parse(struct oid *out, const char *hex, size_t len); /* lower case */
void oid_hex(char out[OID_HEX_SIZE], const struct oid *oid);
bool oid_equal(const struct oid *a, const struct oid *b);
bool oid_is_null(const struct oid *oid);
struct oid oid_null(void); /* no object; oid_is_null() knows both lengths, and
				 refs.h writes the repository's */

struct config; /* repo/config.h */

struct repo {
	char *git_dir;	  /* absolute, real; of this worktree */
	char *common_dir; /* absolute, real; shared by all worktrees */
	char *work_tree;  /* absolute; NULL in a bare repository */
	char *prefix;	  /* "sub/dir/" below the work tree, or "" */
	bool bare;
	bool shallow;
	bool server;  /* opened by a server hook: its own configuration only,
			 nothing is written outside <git_dir>/intoto */
	bool by_path; /* opened by repo_open_at(): what the environment says
			 (GIT_DIR, GIT_OBJECT_DIRECTORY...) is about another,
			 but for alternates */
	unsigned oid_size;	    /* of every id in it */
	char *object_dir;	    /* absolute, real; new objects go there */
	struct strlist object_dirs; /* further ones, absolute and real:
				       quarantine, alternates from the
				       environment and from files */
	struct strlist promisors;   /* of a partial clone: the remotes that
				       have what is missing here */
	struct config *config;
	struct objects *objects; /* opened on first use */
};

enum repo_open_how {
	REPO_OPEN_USER, /* a command: the user's environment and config */
	REPO_OPEN_CLIENT_HOOK, /* pre-push */
	REPO_OPEN_SERVER_HOOK, /* pre-receive, update: CONTRACT.md "A server's
				  rules": GIT_CONFIG_*, HOME, XDG ignored;
				  GIT_QUARANTINE_PATH must be below objects/ */
};

/*
 * ENOTFOUND "not a git repository", ECHILD for one that this git cannot read
 * (an extension it does not know), each in git's own words; EUNSUPPORTED for an
 * object format other than SHA-1 and SHA-256.
 */
int repo_open(struct repo **out, enum repo_open_how how,
	      struct intoto_error *err);
/* The same for another folder (a clone made for a build). */
int repo_open_at(struct repo **out, const char *git_dir,
		 struct intoto_error *err);
void repo_free(struct repo *repo);
SCOPED_TYPE(repo);

/* <common dir>/intoto, made on demand; holds trust, seen versions, drafts, the
 * local index. In a bare repository all may read it whom the repository lets
 * in: hooks run as the user who pushes. In server hooks nothing is made: it may
 * be absent. */
int repo_state_dir(char **out, struct repo *repo, struct intoto_error *err);

#endif
