/* process_watch.c: wait for a child, a deadline and signals at the same time.
 */
#include "base/process_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GRACE_MS 2000 /* between asking a late child to end and killing it */

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * On the terminal that we are in the foreground of, a child must stay in our
 * group, or it could not read from it; what is typed there reaches both. Else
 * a group of its own lets us end all that the child has started.
 */
static bool in_foreground(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	bool yes;

	if (fd < 0)
		return false;
	yes = tcgetpgrp(fd) == getpgrp();
	close(fd);
	return yes;
}

static void add_unless_ignored(sigset_t *set, int number)
{
	struct sigaction now;

	if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
		return;
	sigaddset(set, number);
}

int process_watch_open(struct process_watch *out, size_t limit, bool outlive,
		       struct intoto_error *err)
{
	struct process_watch watch = {
		.own_group = !in_foreground(),
		.limit = (int64_t)limit * 1000,
	};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (outlive) {
		add_unless_ignored(&set, SIGINT);
		add_unless_ignored(&set, SIGTERM);
		add_unless_ignored(&set, SIGHUP);
		add_unless_ignored(&set, SIGQUIT);
	}
	watch.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (watch.fd < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot watch signals: %s",
				   strerror(errno));
	pthread_sigmask(SIG_BLOCK, &set, &watch.before);
	*out = watch;
	return 0;
}

void process_watch_release(struct process_watch *watch)
{
	if (watch->fd <= 0)
		return;
	close(watch->fd);
	watch->fd = 0;
	pthread_sigmask(SIG_SETMASK, &watch->before, NULL);
}

void process_watch_start(struct process_watch *watch, pid_t pid)
{
	watch->pid = pid;
	if (watch->limit)
		watch->deadline = milliseconds() + watch->limit;
}

/* A child that was reaped may have left others in its group behind. */
static void tell(const struct process_watch *watch, int number)
{
	if (watch->own_group)
		kill(-watch->pid, number);
	else if (!watch->ended)
		kill(watch->pid, number);
}

int process_watch_sleep(const struct process_watch *watch)
{
	int64_t left;

	if (!watch->deadline)
		return -1;
	left = watch->deadline - milliseconds();
	if (left < 0)
		return 0;
	return left < INT_MAX ? (int)left + 1 : INT_MAX;
}

/* A second signal to a group of its own is meant. */
static void pass_on(struct process_watch *watch,
		    const struct signalfd_siginfo *info)
{
	const int number = (int)info->ssi_signo;
	const bool typed = info->ssi_code == SI_KERNEL;

	if (watch->interrupted && watch->own_group)
		tell(watch, SIGKILL);
	else if (watch->own_group || !typed)
		tell(watch, number);
	if (!watch->interrupted)
		watch->interrupted = number;
}

static void reap(struct process_watch *watch)
{
	pid_t got;

	if (watch->ended)
		return;
	do
		got = waitpid(watch->pid, &watch->status, WNOHANG);
	while (got < 0 && errno == EINTR);
	watch->ended = got != 0;
	if (got < 0)
		watch->error = errno;
}

bool process_watch_done(const struct process_watch *watch)
{
	return watch->late ||
	       (watch->ended && (watch->asked || watch->interrupted));
}

void process_watch_look(struct process_watch *watch)
{
	struct signalfd_siginfo info;

	while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			pass_on(watch, &info);
	reap(watch);
	if (!watch->deadline || process_watch_sleep(watch) > 0)
		return;
	if (watch->asked) {
		tell(watch, SIGKILL);
		watch->late = true;
		watch->deadline = 0;
	} else {
		tell(watch, SIGTERM);
		watch->asked = true;
		watch->deadline += GRACE_MS;
	}
}

int process_watch_wait(struct process_watch *watch, struct intoto_error *err)
{
	struct pollfd fd = { .fd = watch->fd, .events = POLLIN };

	while (!watch->ended) {
		if (poll(&fd, 1, process_watch_sleep(watch)) < 0 &&
		    errno != EINTR && errno != EAGAIN)
			return intoto_fail(err, INTOTO_EIO,
					   "cannot wait for a program: %s",
					   strerror(errno));
		process_watch_look(watch);
	}
	if (watch->error)
		return intoto_fail(err, INTOTO_EIO,
				   "cannot wait for a program: %s",
				   strerror(watch->error));
	/* What it has started in the background ignores interrupts. */
	if (watch->own_group && (watch->interrupted || watch->asked))
		tell(watch, SIGKILL);
	return 0;
}
