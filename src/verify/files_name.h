/* files_name.h: from what is given to what is recorded. */
#ifndef VERIFY_FILES_NAME_H
#define VERIFY_FILES_NAME_H

#include "base/buffer.h"
#include "base/strlist.h"

/* Python's os.path.normpath: "a//b/./c/../d" is "a/b/d", "" is "."; to be
 * freed. */
char *files_normalize(const char *path);

/* EINVALID if one prefix begins another, or is there twice. */
int files_check_lstrip(const struct strlist *lstrip, struct intoto_error *err);

/* Append the name that a path is recorded under: backslashes are slashes, the
 * first prefix that it begins with is cut. EINVALID for what is no UTF-8, and
 * where nothing is left. `lstrip` may be NULL. */
int files_append_name(struct buffer *out, const char *path,
		      const struct strlist *lstrip, struct intoto_error *err);

#endif
