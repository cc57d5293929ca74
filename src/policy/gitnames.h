/* gitnames.h: what links say of Git objects, held against the repository. */
#ifndef POLICY_GITNAMES_H
#define POLICY_GITNAMES_H

#include "repo/repo.h"
#include "verify/chain.h"

/*
 * Every artifact with a git: name (repo/gitname.h) of the links that count,
 * also of those in sublayouts, is resolved again; more than 1000 are one
 * finding. Findings "artifact-git": a digest set that is not one of such a
 * name; an object of another content; a name by an id or a tag that means
 * another object. A branch that has moved on since is a warning. -1: the object
 * is not here, or cannot be read.
 */
int gitnames_check(struct report *report, struct repo *repo,
		   const struct chain *chain, struct intoto_error *err);

#endif
