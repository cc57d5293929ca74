/* inspect_record.c: the files below a folder as in-toto's tools record them. */
#include "verify/files.h"
#include "verify/inspect.h"

int inspect_record(struct artifacts **out, const char *dir,
		   struct intoto_error *err)
{
	const struct files_options options = {
		.base = dir,
		.follow_symlink_dirs = true,
		.ignore_special = true,
	};
	scoped_value(strlist) paths = STRLIST_INIT;

	strlist_add(&paths, ".");
	return files_record(out, &paths, &options, err);
}
