/* files_walk.h: what is below a folder, one file after the other. */
#ifndef VERIFY_FILES_WALK_H
#define VERIFY_FILES_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "intoto/error.h"

#define FILES_FOLDERS_MAX 1000000 /* entered in one walk */

enum files_kind {
	FILES_REGULAR,	  /* or a link to one */
	FILES_SPECIAL,	  /* a FIFO, socket or device, or a link to one */
	FILES_UNREADABLE, /* a folder, or a link, that cannot be looked into */
};

struct files_walk {
	int base; /* an open folder; what is visited is relative to it */
	bool follow_dirs; /* links to folders are entered */
	/* Paths that are passed over, folders with all that is in them. */
	bool (*skip)(void *data, const char *path, size_t len);
	/* Links to nowhere are not visited. `number` is the errno of what is
	 * unreadable. -1 ends the walk. */
	int (*visit)(void *data, const char *path, size_t len,
		     enum files_kind kind, int number,
		     struct intoto_error *err);
	void *data;
};

/* Visits `path` itself if it is a file, else what is below it, in no order.
 * ENOTFOUND if it is not there; EINVALID for a link to a folder that it is in.
 * The path is normalised, "." is the base. */
int files_walk(const struct files_walk *walk, const char *path,
	       struct intoto_error *err);

#endif
