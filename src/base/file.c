/* file.c: whole files in, whole files out. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/xalloc.h"

static int fail_errno(struct intoto_error *err, const char *doing,
		      const char *path, int number)
{
	enum intoto_code code = number == ENOENT || number == ENOTDIR
					? INTOTO_ENOTFOUND
					: INTOTO_EIO;

	return intoto_fail(err, code, "cannot %s '%s': %s", doing, path,
			   strerror(number));
}

static int fail_size(struct intoto_error *err, const char *path, size_t max)
{
	return intoto_fail(err, INTOTO_ELIMIT, "'%s' is larger than %zu bytes",
			   path, max);
}

static int read_all(struct buffer *out, int fd, const char *path, size_t max,
		    struct intoto_error *err)
{
	char chunk[1 << 16];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(err, "read", path, errno);
		if (n == 0)
			return 0;
		if ((size_t)n > max - out->len)
			return fail_size(err, path, max);
		buffer_add(out, chunk, (size_t)n);
	}
}

int file_read(struct buffer *out, const char *path, size_t max,
	      struct intoto_error *err)
{
	scoped_value(buffer) content = BUFFER_MAX(out->max);
	size_t limit = out->max ? out->max : BUFFER_DEFAULT_MAX;
	struct stat st;
	int status;
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return fail_errno(err, "read", path, errno);
	if (max > limit)
		max = limit;
	if (fstat(fd, &st) < 0)
		status = fail_errno(err, "read", path, errno);
	else if (!S_ISREG(st.st_mode))
		status = intoto_fail(err, INTOTO_EIO,
				     "cannot read '%s': not a regular file",
				     path);
	else if ((uintmax_t)st.st_size > max)
		status = fail_size(err, path, max);
	else
		status = read_all(&content, fd, path, max, err);
	close(fd);
	if (status < 0)
		return -1;
	buffer_release(out);
	*out = content;
	content = (struct buffer)BUFFER_INIT;
	return 0;
}

/* A name in the folder of `path` that nothing has; the open file, or -1. */
static int open_beside(char **name, const char *path, mode_t mode)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash - path) + 1 : 0;

	for (int tries = 0; tries < 100; tries++) {
		unsigned char random[8];
		char hex[2 * sizeof(random) + 1];
		int fd;

		if (getrandom(random, sizeof(random), 0) !=
		    (ssize_t)sizeof(random))
			return -1;
		hex_encode(hex, random, sizeof(random));
		*name = xasprintf("%.*s.git-intoto-%s", dir_len, path, hex);
		fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (fd >= 0 || errno != EEXIST)
			return fd;
		free(take(*name));
	}
	return -1;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_write(const char *path, const void *data, size_t len, mode_t mode,
	       struct intoto_error *err)
{
	scoped_text name = NULL;
	int saved = 0;
	int fd = open_beside(&name, path, mode);

	if (fd < 0)
		return fail_errno(err, "write", path, errno);
	if (write_all(fd, data, len) < 0 || fsync(fd) < 0)
		saved = errno;
	if (close(fd) < 0 && !saved)
		saved = errno;
	if (!saved && rename(name, path) < 0)
		saved = errno;
	if (!saved)
		return 0;
	unlink(name);
	return fail_errno(err, "write", path, saved);
}

int file_set_mode(const char *path, mode_t mode, struct intoto_error *err)
{
	if (chmod(path, mode) < 0)
		return fail_errno(err, "set the mode of", path, errno);
	return 0;
}

int file_mkdirs(const char *path, mode_t mode, struct intoto_error *err)
{
	scoped_text partial = xstrdup(path);
	char *end = partial;

	for (;;) {
		char kept;
		int saved;

		end += strspn(end, "/");
		end += strcspn(end, "/");
		kept = *end;
		*end = '\0';
		/* not only EEXIST: "/home" may give EROFS and be there */
		saved = mkdir(partial, mode) < 0 ? errno : 0;
		if (saved && !file_is_dir(partial))
			return fail_errno(err, "make folder", partial, saved);
		*end = kept;
		if (!end[strspn(end, "/")])
			return 0;
	}
}

bool file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

bool file_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *path_join(const char *dir, const char *name)
{
	size_t len = strlen(dir);

	if (!len)
		return xstrdup(name);
	while (len > 0 && dir[len - 1] == '/')
		len--;
	name += strspn(name, "/");
	return xasprintf("%.*s/%s", (int)len, dir, name);
}
