/*
 * kill_at.c: a library for LD_PRELOAD: right before the KILL_ATth call that
 * reads, changes a file, starts a program or sends something, counted over all
 * processes that have it, their whole process group is killed. The file
 * KILL_COUNTER grows by a byte for each call.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void count(void)
{
	const char *path = getenv("KILL_COUNTER");
	const char *at = getenv("KILL_AT");
	static int (*real_open)(const char *, int, ...);
	static ssize_t (*real_write)(int, const void *, size_t);
	struct stat st;
	int fd;

	if (!path || !at)
		return;
	if (!real_open) {
		*(void **)&real_open = dlsym(RTLD_NEXT, "open");
		*(void **)&real_write = dlsym(RTLD_NEXT, "write");
	}
	fd = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || real_write(fd, "x", 1) != 1 || fstat(fd, &st) < 0)
		abort();
	close(fd);
	if (st.st_size == atoi(at)) {
		kill(0, SIGKILL);
		_exit(1);
	}
}

#define COUNTED(type, name, parameters, arguments)                 \
	type name parameters;                                      \
	type name parameters                                       \
	{                                                          \
		static type(*real) parameters;                     \
                                                                   \
		if (!real)                                         \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		count();                                           \
		return real arguments;                             \
	}

COUNTED(int, rename, (const char *from, const char *to), (from, to))
COUNTED(int, link, (const char *from, const char *to), (from, to))
COUNTED(int, unlink, (const char *path), (path))
COUNTED(int, mkdir, (const char *path, mode_t mode), (path, mode))
COUNTED(int, rmdir, (const char *path), (path))
COUNTED(ssize_t, read, (int fd, void *data, size_t len), (fd, data, len))
COUNTED(ssize_t, write, (int fd, const void *data, size_t len), (fd, data, len))
COUNTED(int, execve, (const char *path, char *const argv[], char *const env[]),
	(path, argv, env))

#define COUNTED_OPEN(name)                                         \
	int name(const char *path, int flags, ...);                \
	int name(const char *path, int flags, ...)                 \
	{                                                          \
		static int (*real)(const char *, int, ...);        \
		mode_t mode = 0;                                   \
		va_list args;                                      \
                                                                   \
		if (!real)                                         \
			*(void **)&real = dlsym(RTLD_NEXT, #name); \
		if (flags & O_CREAT) {                             \
			va_start(args, flags);                     \
			mode = (mode_t)va_arg(args, unsigned);     \
			va_end(args);                              \
			count();                                   \
		}                                                  \
		return real(path, flags, mode);                    \
	}

COUNTED_OPEN(open)
COUNTED_OPEN(open64)
