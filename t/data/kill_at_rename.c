/*
 * kill_at_rename.c: a library for LD_PRELOAD: kills this process and its
 * parent right before the KILL_ATth rename of a ref's lock file into place.
 * The file KILL_COUNTER grows by a byte for each of them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_ref(const char *from)
{
	size_t len = strlen(from);

	return strstr(from, "refs/") && len > 5 &&
	       !strcmp(from + len - 5, ".lock");
}

static void count(void)
{
	const char *path = getenv("KILL_COUNTER");
	const char *at = getenv("KILL_AT");
	struct stat st;
	int fd;

	if (!path || !at)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || fstat(fd, &st) < 0)
		abort();
	close(fd);
	if (st.st_size != atoi(at))
		return;
	kill(getppid(), SIGKILL);
	kill(getpid(), SIGKILL);
}

int rename(const char *from, const char *to)
{
	int (*real)(const char *, const char *);

	*(void **)&real = dlsym(RTLD_NEXT, "rename");
	if (is_ref(from))
		count();
	return real(from, to);
}
