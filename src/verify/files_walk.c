/* files_walk.c: go through a folder and all that is below it. */
#include "verify/files_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

/* The folders that we are in, innermost first. */
struct place {
	const struct place *above;
	dev_t dev;
	ino_t ino;
};

struct walking {
	const struct files_walk *walk;
	struct buffer path; /* of where we are; empty: the base */
	size_t folders;	    /* entered so far */
};

static void walking_release(struct walking *walking)
{
	buffer_release(&walking->path);
}
SCOPED_RELEASE(walking);

static void path_cut(struct buffer *path, size_t len)
{
	path->len = len;
	if (path->data)
		path->data[len] = '\0';
}

static void path_enter(struct buffer *path, const char *name)
{
	if (path->len > 0 && path->data[path->len - 1] != '/')
		buffer_putc(path, '/');
	buffer_puts(path, name);
}

static const char *path_shown(const struct walking *walking)
{
	return walking->path.len ? walking->path.data : ".";
}

static int visit(struct walking *walking, enum files_kind kind, int number,
		 struct intoto_error *err)
{
	const struct files_walk *walk = walking->walk;

	return walk->visit(walk->data, path_shown(walking), walking->path.len,
			   kind, number, err);
}

static bool is_gone(int number)
{
	return number == ENOENT || number == ELOOP || number == ENOTDIR;
}

static int place_check(const struct walking *walking, const struct place *place,
		       struct intoto_error *err)
{
	const struct place *at = place->above;

	for (; at; at = at->above)
		if (at->dev == place->dev && at->ino == place->ino)
			return intoto_fail(
				err, INTOTO_EINVALID,
				"'%.700s' is a link to a folder that it "
				"is in",
				path_shown(walking));
	if (walking->folders > FILES_FOLDERS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT, "more than %d folders",
				   FILES_FOLDERS_MAX);
	return 0;
}

/* What stat() says. A folder is noted down for later. */
static int walk_stat(struct walking *walking, struct buffer *folders,
		     int parent, const char *name, bool linked,
		     struct intoto_error *err)
{
	struct stat st;

	if (fstatat(parent, name, &st, linked ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
		return is_gone(errno)
			       ? 0
			       : visit(walking, FILES_UNREADABLE, errno, err);
	if (S_ISLNK(st.st_mode))
		return walk_stat(walking, folders, parent, name, true, err);
	if (S_ISREG(st.st_mode))
		return visit(walking, FILES_REGULAR, 0, err);
	if (!S_ISDIR(st.st_mode))
		return visit(walking, FILES_SPECIAL, 0, err);
	if (!linked || walking->walk->follow_dirs)
		buffer_add(folders, name, strlen(name) + 1);
	return 0;
}

static int walk_entry(struct walking *walking, struct buffer *folders,
		      int parent, const struct dirent *entry,
		      struct intoto_error *err)
{
	const struct files_walk *walk = walking->walk;
	const char *name = entry->d_name;

	if (walk->skip &&
	    walk->skip(walk->data, walking->path.data, walking->path.len))
		return 0;
	switch (entry->d_type) {
	case DT_REG:
		return visit(walking, FILES_REGULAR, 0, err);
	case DT_DIR:
		buffer_add(folders, name, strlen(name) + 1);
		return 0;
	case DT_LNK:
		return walk_stat(walking, folders, parent, name, true, err);
	case DT_UNKNOWN:
		return walk_stat(walking, folders, parent, name, false, err);
	default:
		return visit(walking, FILES_SPECIAL, 0, err);
	}
}

/* The files of an open folder; takes `dir` over. */
static int walk_entries(struct walking *walking, struct buffer *folders,
			DIR *dir, struct intoto_error *err)
{
	const size_t len = walking->path.len;
	struct dirent *entry;
	int got = 0;

	while (got == 0 && (errno = 0, entry = readdir(dir)) != NULL) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		path_enter(&walking->path, entry->d_name);
		got = walk_entry(walking, folders, dirfd(dir), entry, err);
		path_cut(&walking->path, len);
	}
	if (got == 0 && errno)
		got = intoto_fail(err, INTOTO_EIO, "cannot read '%.700s': %s",
				  path_shown(walking), strerror(errno));
	closedir(dir);
	return got;
}

/* No more than one folder is open at a time, however deep we are. */
static int walk_folder(struct walking *walking, const struct place *above,
		       struct intoto_error *err)
{
	scoped_value(buffer) folders = BUFFER_INIT;
	const size_t len = walking->path.len;
	struct place place = { .above = above };
	struct stat st;
	const char *name;
	DIR *dir = NULL;
	int fd = openat(walking->walk->base, path_shown(walking),
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st) == 0)
		dir = fdopendir(fd);
	if (!dir) {
		const int number = errno;

		if (fd >= 0)
			close(fd);
		return visit(walking, FILES_UNREADABLE, number, err);
	}
	place.dev = st.st_dev;
	place.ino = st.st_ino;
	walking->folders++;
	if (place_check(walking, &place, err) < 0) {
		closedir(dir);
		return -1;
	}
	if (walk_entries(walking, &folders, dir, err) < 0 ||
	    buffer_check(&folders, path_shown(walking), err) < 0)
		return -1;
	for (name = folders.data; name && name < folders.data + folders.len;
	     name += strlen(name) + 1) {
		path_enter(&walking->path, name);
		if (walk_folder(walking, &place, err) < 0)
			return -1;
		path_cut(&walking->path, len);
	}
	return 0;
}

int files_walk(const struct files_walk *walk, const char *path,
	       struct intoto_error *err)
{
	scoped_value(walking) walking = { .walk = walk };
	struct stat st;

	if (strcmp(path, ".") != 0)
		buffer_puts(&walking.path, path);
	if (fstatat(walk->base, path, &st, 0) < 0) {
		if (is_gone(errno))
			return intoto_fail(err, INTOTO_ENOTFOUND,
					   "'%.700s' is not there", path);
		return visit(&walking, FILES_UNREADABLE, errno, err);
	}
	if (S_ISDIR(st.st_mode))
		return walk_folder(&walking, NULL, err);
	return visit(&walking,
		     S_ISREG(st.st_mode) ? FILES_REGULAR : FILES_SPECIAL, 0,
		     err);
}
