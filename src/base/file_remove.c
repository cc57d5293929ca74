/* file_remove.c: rm -r that never leaves the folder it was given. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Every folder on the way down is an open descriptor, so a symbolic link is
 * never followed, whatever is swapped meanwhile. A folder deeper than
 * DEPTH_MAX is first moved up to the top: a hostile tree exhausts neither
 * descriptors nor stack.
 */
#define DEPTH_MAX 32

struct removal {
	int top;
	unsigned long moved;
};

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Open a folder to be emptied; a mode that forbids it is changed. */
static int open_folder(int at, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct stat st;
	int fd = openat(at, name, flags);

	if (fd < 0 && errno == EACCES &&
	    fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode) && fchmodat(at, name, 0700, 0) == 0)
		fd = openat(at, name, flags);
	if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700 &&
	    fchmod(fd, 0700) < 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static int move_up(struct removal *removal, int at, const char *name)
{
	int fd = open_folder(at, name); /* its mode must allow the move */

	if (fd < 0)
		return -1;
	close(fd);
	for (;;) {
		char moved[64];

		snprintf(moved, sizeof(moved), ".git-intoto-moved-%lu",
			 removal->moved++);
		if (renameat(at, name, removal->top, moved) == 0)
			return 0;
		if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
			return -1;
	}
}

static int empty_folder(struct removal *removal, int fd, unsigned depth);

static int remove_entry(struct removal *removal, int at, const char *name,
			unsigned depth)
{
	int status;
	int fd;

	if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	if (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST && errno != EACCES)
		return -1;
	if (depth >= DEPTH_MAX)
		return move_up(removal, at, name);
	fd = open_folder(at, name);
	if (fd < 0)
		return -1;
	status = empty_folder(removal, fd, depth + 1);
	if (status < 0)
		return -1;
	return unlinkat(at, name, AT_REMOVEDIR);
}

/* One pass over a folder; the descriptor is closed. 1: entries were there. */
static int empty_folder(struct removal *removal, int fd, unsigned depth)
{
	DIR *dir = fdopendir(fd);
	int status = 0;
	int saved;

	if (!dir) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	while (status >= 0) {
		struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			if (errno)
				status = -1;
			break;
		}
		if (is_dots(entry->d_name))
			continue;
		status = 1;
		if (remove_entry(removal, dirfd(dir), entry->d_name, depth) < 0)
			status = -1;
	}
	saved = errno;
	closedir(dir);
	errno = saved;
	return status;
}

/* Folders that were moved up appear at the top: read it until it is empty. */
static int empty_top(int top)
{
	struct removal removal = { .top = top };
	int status;

	do {
		int fd = open_folder(top, ".");

		if (fd < 0)
			return -1;
		status = empty_folder(&removal, fd, 1);
	} while (status > 0);
	return status;
}

int file_remove_tree(const char *path, struct intoto_error *err)
{
	int status;
	int top;
	int saved;

	if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
		return 0;
	top = open_folder(AT_FDCWD, path);
	if (top < 0 && errno == ENOENT)
		return 0;
	if (top >= 0) {
		status = empty_top(top);
		saved = errno;
		close(top);
		errno = saved;
		if (status == 0 && rmdir(path) == 0)
			return 0;
	}
	return intoto_fail(err, INTOTO_EIO, "cannot remove '%s': %s", path,
			   strerror(errno));
}
