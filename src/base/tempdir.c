/* tempdir.c: private folders, and the removal of those left behind. */
#include "base/tempdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/xalloc.h"

#define PREFIX "git-intoto-"
#define PID_FILE ".pid"
#define PID_FILE_MAX 256

/*
 * Field 22 of /proc/<pid>/stat, in ticks since boot; 0 without /proc. The
 * second field is a name in parentheses that may hold anything: fields are
 * counted from the last one that closes.
 */
static unsigned long long start_time(pid_t pid)
{
	struct buffer text = BUFFER_MAX(4096);
	char path[64];
	const char *at;
	unsigned long long start = 0;

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	if (file_read(&text, path, 4096, NULL) == 0) {
		at = strrchr(buffer_text(&text), ')');
		for (int field = 2; at && field < 22; field++) {
			at = strchr(at, ' ');
			if (at)
				at++;
		}
		if (at)
			start = strtoull(at, NULL, 10);
	}
	buffer_release(&text);
	return start;
}

/* Pids of another container mean nothing here; empty without /proc. */
static void pid_namespace(char *out, size_t size)
{
	ssize_t n = readlink("/proc/self/ns/pid", out, size - 1);

	out[n > 0 ? n : 0] = '\0';
}

/* Without fsync: after a crash of the machine the name's pid says enough. */
static int write_pid(const char *path)
{
	scoped_text file = path_join(path, PID_FILE);
	scoped_text text = NULL;
	char space[64];
	ssize_t n;
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	pid_namespace(space, sizeof(space));
	text = xasprintf("%ld %llu %s\n", (long)getpid(), start_time(getpid()),
			 space);
	n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

int tempdir_make(struct tempdir *out, const char *parent, const char *what,
		 struct intoto_error *err)
{
	scoped_text name =
		xasprintf(PREFIX "%s-%ld-XXXXXX", what, (long)getpid());
	scoped_text path = path_join(parent, name);
	int saved;

	if (mkdtemp(path)) {
		if (write_pid(path) == 0) {
			out->path = take(path);
			return 0;
		}
		saved = errno;
		file_remove_tree(path, NULL);
		errno = saved;
	}
	return intoto_fail(err, INTOTO_EIO, "cannot make a folder in '%s': %s",
			   parent, strerror(errno));
}

void tempdir_release(struct tempdir *dir)
{
	if (dir->path)
		file_remove_tree(dir->path, NULL);
	tempdir_keep(dir);
}

void tempdir_keep(struct tempdir *dir)
{
	free(dir->path);
	dir->path = NULL;
}

static bool pid_lives(pid_t pid)
{
	return kill(pid, 0) == 0 || errno == EPERM;
}

/* The pid in git-intoto-<what>-<pid>-<random>; 0 if the name is another. */
static pid_t pid_of_name(const char *name)
{
	const char *last = strrchr(name, '-');
	const char *at = last;
	long pid;

	if (!last)
		return 0;
	while (at > name && at[-1] >= '0' && at[-1] <= '9')
		at--;
	if (at == last || last - at > 10 || at[-1] != '-' || strlen(last) != 7)
		return 0;
	pid = strtol(at, NULL, 10);
	return pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

/* A folder whose pid file is missing or torn is judged by its name's pid. */
static bool is_abandoned(const char *path, const char *name)
{
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_text file = path_join(path, PID_FILE);
	char here[64];
	char space[64] = "";
	unsigned long long start = 0;
	long pid = 0;
	pid_t named = pid_of_name(name);

	if (!named)
		return false;
	if (file_read(&text, file, PID_FILE_MAX, NULL) < 0 ||
	    sscanf(buffer_text(&text), "%10ld %20llu %63s", &pid, &start,
		   space) < 2 ||
	    pid != named)
		return !pid_lives(named);
	pid_namespace(here, sizeof(here));
	if (strcmp(here, space) != 0)
		return false;
	if (!pid_lives(named))
		return true;
	return start && start_time(named) && start_time(named) != start;
}

void tempdir_clean(const char *parent)
{
	DIR *dir = opendir(parent);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		scoped_text path = NULL;
		struct stat st;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		path = path_join(parent, entry->d_name);
		if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode) ||
		    st.st_uid != geteuid() || (st.st_mode & 0077))
			continue;
		if (is_abandoned(path, entry->d_name))
			file_remove_tree(path, NULL);
	}
	closedir(dir);
}

const char *tempdir_default_parent(void)
{
	const char *parent = getenv("TMPDIR");

	return parent && parent[0] == '/' ? parent : "/tmp";
}
