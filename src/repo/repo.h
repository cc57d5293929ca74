/*
 * repo.h: one opened repository. `git rev-parse` decides which it is and
 * whether this user may use it (safe.directory, GIT_DIR, GIT_WORK_TREE, -C);
 * libgit2 then opens exactly that folder, for objects only, when the first
 * object is asked for.
 */
#ifndef REPO_REPO_H
#define REPO_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/process.h"
#include "base/strlist.h"

#define OID_MAX_SIZE 32
#define OID_HEX_SIZE (2 * OID_MAX_SIZE + 1)

/* An object id; `size` is 20 for SHA-1. Compare with oid_equal(). */
struct oid {
	uint8_t bytes[OID_MAX_SIZE];
	unsigned size;
};
bool oid_parse(struct oid *out, const char *hex, size_t len); /* lower case */
void oid_hex(char out[OID_HEX_SIZE], const struct oid *oid);
bool oid_equal(const struct oid *a, const struct oid *b);
bool oid_is_null(const struct oid *oid);
struct oid oid_null(void); /* forty zeros */

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
	unsigned oid_size;	    /* 20 */
	char *object_dir;	    /* absolute, real; new objects go there */
	struct strlist object_dirs; /* further ones, absolute and real:
				       quarantine, alternates from the
				       environment and from files */
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
 * ENOTFOUND "not a git repository" with git's own words in the message;
 * EUNSUPPORTED for SHA-256 repositories.
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
