/*
 * tempdir.h: private folders named git-intoto-<what>-<pid>-<random>, mode 0700.
 *
 * A process that is killed leaves its folder behind; tempdir_clean() removes
 * the folders in `parent` whose owner is dead (the file .pid inside holds pid,
 * start time and pid namespace, so that a reused pid is not taken for the
 * owner, and nothing of another container is touched).
 */
#ifndef BASE_TEMPDIR_H
#define BASE_TEMPDIR_H

#include "base/scoped.h"
#include "intoto/error.h"

struct tempdir {
	char *path;
};

int tempdir_make(struct tempdir *out, const char *parent, const char *what,
		 struct intoto_error *err);
void tempdir_release(struct tempdir *dir); /* removes it */
SCOPED_RELEASE(tempdir);
void tempdir_keep(struct tempdir *dir); /* forget it: --keep */

void tempdir_clean(const char *parent);
const char *tempdir_default_parent(void); /* $TMPDIR, else /tmp */

#endif
