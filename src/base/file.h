/* file.h: whole files in, whole files out. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"

/* The content of a regular file of at most `max` bytes, and of at most the
 * maximum of `out`, replaces what is in `out`; ENOTFOUND, ELIMIT, EIO. */
int file_read(struct buffer *out, const char *path, size_t max,
	      struct intoto_error *err);

/* Write to a temporary name in the same folder, fsync, rename; `mode` is cut
 * by the umask. */
int file_write(const char *path, const void *data, size_t len, mode_t mode,
	       struct intoto_error *err);

/* chmod: the umask cuts nothing; for what other users of a server read. */
int file_set_mode(const char *path, mode_t mode, struct intoto_error *err);

/* mkdir -p; every made folder gets `mode`. */
int file_mkdirs(const char *path, mode_t mode, struct intoto_error *err);
bool file_exists(const char *path); /* anything, without following links */
bool file_is_dir(const char *path); /* follows links */

/* rm -r, never following a symbolic link; a missing path is no error. */
int file_remove_tree(const char *path, struct intoto_error *err);

/* dir/name with exactly one slash between, name if dir is ""; to be freed. */
char *path_join(const char *dir, const char *name);

#endif
