/* trusting.h: what `init` and `trust` share: print trust, connect a clone. */
#ifndef CMD_TRUSTING_H
#define CMD_TRUSTING_H

#include <stdio.h>

#include "crypto/signer.h"
#include "policy/trust.h"

/* "owner KEYID type", or "root sha256:DIGEST" and its version; threshold,
 * layouts and project: a line each. */
void trusting_print(FILE *out, const struct trust *trust);

/* The lines a README needs so that others can verify. */
int trusting_print_readme(FILE *out, struct repo *repo,
			  const struct trust *trust, struct intoto_error *err);

/*
 * Write the proof's refspec for the remote, fetch it, and pin the project of
 * the layout that the trusted keys signed if none is pinned yet. A failing
 * fetch is a warning; so is a repository without a remote.
 */
int trusting_connect(struct repo *repo, struct trust *trust, bool fetch,
		     struct intoto_error *err);

/* The parts of it: the refspec and the fetch; and what is believed now of the
 * layouts that are here. */
int trusting_fetch(struct repo *repo, bool fetch, struct intoto_error *err);
int trusting_look(struct repo *repo, struct trust *trust,
		  struct intoto_error *err);

/* The id of this project: the pinned one, that of a layout here, that of the
 * draft of `layout`, else a new one. */
int trusting_project(char out[PROJECT_SIZE], struct repo *repo,
		     const struct trust *trust, const char *layout,
		     struct intoto_error *err);

/*
 * A layout has been put in force here. Where nobody is trusted yet, its
 * founders, its name and its project are. Else its name is one that must hold
 * if `must_hold` asks for that, or if no other layout is here; and the pinned
 * digest of an earlier version gives way. Under a root nothing is changed.
 */
struct founding {
	struct repo *repo;
	struct trust *trust;
	struct signer *const *founders;
	size_t n_founders;
	const char *layout;
	const char *project;
	bool must_hold;
};
int trusting_found(const struct founding *founding, struct intoto_error *err);

#endif
