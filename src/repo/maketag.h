/*
 * maketag.h: a signed tag object by the user's own git, without its ref.
 */
#ifndef REPO_MAKETAG_H
#define REPO_MAKETAG_H

#include "repo/repo.h"

struct maketag {
	const char *name; /* short */
	struct oid commit;
	const char *const *messages; /* -m, NULL-terminated; or NULL */
	const char *file;	     /* -F, or NULL */
	bool edit;		     /* -e */
	const char *keyid;	     /* -u, or NULL for -s */
	const char *agent_socket;    /* SSH_AUTH_SOCK for the child, or NULL */
};

/*
 * `git -c core.hooksPath=<private> tag -s`, in the real repository, with a
 * reference-transaction hook there that writes the new id down in the state
 * `prepared` and refuses (git-facts.md 5): editor, templates, includeIf and
 * gpg.* apply. The object is stored, no ref is. ECHILD with git's own words if
 * signing failed or the message was empty.
 */
int maketag_run(struct oid *out, struct repo *repo, const struct maketag *what,
		struct intoto_error *err);

#endif
