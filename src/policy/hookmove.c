/* hookmove.c: put a stranger's hook beside, and back, whatever it is. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/hook_internal.h"

char *hook_kept_path(const char *path)
{
	return xasprintf("%s%s", path, HOOK_KEPT_SUFFIX);
}

bool hook_is_same(const char *a, const char *b)
{
	struct stat one;
	struct stat two;

	return lstat(a, &one) == 0 && lstat(b, &two) == 0 &&
	       one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static int fail_to_move(struct intoto_error *err, const char *from,
			const char *to)
{
	return intoto_fail(err, INTOTO_EIO, "cannot move '%s' to '%s': %s",
			   from, to, strerror(errno));
}

/* A second name, so that at no moment there is no hook; the rename of ours over
 * the first one ends it. Where a file has one name only, it is moved. */
int hook_keep(const struct hook *hook, struct intoto_error *err)
{
	scoped_text kept = hook_kept_path(hook->path);

	if (!file_exists(hook->path) || hook_is_same(hook->path, kept))
		return 0;
	if (link(hook->path, kept) == 0)
		return 0;
	if (errno == EEXIST)
		return fail_to_move(err, hook->path, kept);
	return rename(hook->path, kept) == 0
		       ? 0
		       : fail_to_move(err, hook->path, kept);
}

/* In the place of ours, or of none. */
int hook_put_back(const struct hook *hook, struct intoto_error *err)
{
	if (!hook->kept)
		return file_remove_tree(hook->path, err);
	/* rename() does nothing to two names of one file. */
	if (hook_is_same(hook->path, hook->kept))
		return file_remove_tree(hook->kept, err);
	return rename(hook->kept, hook->path) == 0
		       ? 0
		       : fail_to_move(err, hook->kept, hook->path);
}
