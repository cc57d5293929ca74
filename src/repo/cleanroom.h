/*
 * cleanroom.h: the tagged tree, checked out in a throw-away clone for a build:
 * `git clone --shared --no-checkout`, hooks off, no remote, tags present.
 */
#ifndef REPO_CLEANROOM_H
#define REPO_CLEANROOM_H

#include "base/tempdir.h"
#include "repo/manifest.h"

struct cleanroom {
	struct tempdir dir;
	char *tree; /* <dir>/<name of the project>: where the command runs */
	struct strlist filtered; /* paths whose bytes a filter changed */
};
void cleanroom_release(struct cleanroom *room);
SCOPED_RELEASE(cleanroom);

struct cleanroom_options {
	bool allow_filters;
	bool recurse_submodules;
};

/*
 * `manifest` was recorded from the same commit, so every blob has been read
 * here before. The files are compared byte for byte with it (and modes,
 * links): a difference is EREJECTED "build-filtered" naming the paths, unless
 * filters are allowed, and then they are listed. A missing file: EREJECTED
 * "build-incomplete". Old rooms of killed builds are removed first.
 */
int cleanroom_open(struct cleanroom *out, struct repo *repo,
		   const struct oid *commit, const struct manifest *manifest,
		   const struct cleanroom_options *options,
		   struct intoto_error *err);

#endif
