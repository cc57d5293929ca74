/* process_io.c: feed a child and read from it at the same time. */
#include "base/process_io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * write() to a pipe whose reader is gone raises SIGPIPE in this thread. It is
 * blocked for the time of the call, and taken back if it was raised; handlers
 * and other threads notice nothing.
 */
static ssize_t write_quietly(int fd, const void *data, size_t len)
{
	const struct timespec at_once = { 0, 0 };
	sigset_t pipe_only;
	sigset_t before;
	sigset_t pending;
	ssize_t n;
	int saved;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	n = write(fd, data, len);
	saved = errno;
	/* Linux raises it as well for a write that was cut short. */
	if (n != (ssize_t)len && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&pipe_only, NULL, &at_once) < 0 &&
		       errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return n;
}

int process_io_write(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write_quietly(fd, at, len);
		struct pollfd wait = { .fd = fd, .events = POLLOUT };

		if (n >= 0) {
			at += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

static void close_end(int *fd)
{
	close(*fd);
	*fd = -1;
}

/* A child that stops reading its input is not an error. */
static int feed(struct process_io *io)
{
	ssize_t n = 0;

	if (io->in.len)
		n = write_quietly(*io->in.fd, io->in.data, io->in.len);
	if (n > 0) {
		io->in.data += n;
		io->in.len -= (size_t)n;
	} else if (n < 0 && errno == EPIPE) {
		io->in.len = 0;
	} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		return -1;
	}
	if (!io->in.len)
		close_end(io->in.fd);
	return 0;
}

/* How many bytes at the end of data may be the beginning of `until`. */
static size_t begun(const char *data, size_t len, const char *until)
{
	size_t n = strlen(until);

	for (n = n <= len ? n - 1 : len; n > 0; n--)
		if (!memcmp(data + len - n, until, n))
			break;
	return n;
}

/* Pass on what has come and may be shown; at the `end`, what was held back. */
static void show(struct process_io *io, int i, bool end)
{
	const char *until = io->out[i].until;
	const char *from = buffer_text(io->out[i].to) + io->out[i].shown;
	size_t len = io->out[i].to->len - io->out[i].shown;
	const char *stop = NULL;

	if (io->out[i].show < 0)
		return;
	if (until)
		stop = memmem(from, len, until, strlen(until));
	if (stop)
		len = (size_t)(stop - from);
	else if (until && !end)
		len -= begun(from, len, until);
	io->out[i].shown += len;
	if (process_io_write(io->out[i].show, from, len) < 0 || stop)
		io->out[i].show = -1; /* nobody looks any more */
}

static int drain(struct process_io *io, int i)
{
	char chunk[1 << 16];
	ssize_t n = read(*io->out[i].fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0) {
		close_end(io->out[i].fd);
		show(io, i, true);
		return 0;
	}
	buffer_add(io->out[i].to, chunk, (size_t)n);
	show(io, i, false);
	return 0;
}

static int step(struct process_io *io)
{
	struct pollfd fds[4] = {
		{ .fd = *io->in.fd, .events = POLLOUT },
		{ .fd = *io->out[0].fd, .events = POLLIN },
		{ .fd = *io->out[1].fd, .events = POLLIN },
		{ .fd = io->watch ? io->watch->fd : -1, .events = POLLIN },
	};

	if (poll(fds, 4, io->watch ? process_watch_sleep(io->watch) : -1) < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -1;
	if (io->watch)
		process_watch_look(io->watch);
	if (fds[0].revents && feed(io) < 0)
		return -1;
	for (int i = 0; i < 2; i++)
		if (fds[i + 1].revents && drain(io, i) < 0)
			return -1;
	return 0;
}

static bool is_open(const struct process_io *io)
{
	if (io->watch && process_watch_done(io->watch))
		return false;
	return *io->in.fd >= 0 || *io->out[0].fd >= 0 || *io->out[1].fd >= 0;
}

int process_io_run(struct process_io *io, const char *name,
		   struct intoto_error *err)
{
	int status = 0;

	if (*io->in.fd >= 0)
		status = fcntl(*io->in.fd, F_SETFL, O_NONBLOCK);
	while (status == 0 && is_open(io) && !io->out[0].to->overflow &&
	       !io->out[1].to->overflow)
		status = step(io);
	if (status < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot talk to '%s': %s",
				   name, strerror(errno));
	for (int i = 0; i < 2; i++)
		if (io->out[i].to->overflow)
			return intoto_fail(err, INTOTO_ELIMIT,
					   "the output of '%s' is larger than "
					   "%zu bytes",
					   name, io->out[i].to->max);
	return 0;
}
