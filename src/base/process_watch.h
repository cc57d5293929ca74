/*
 * process_watch.h: what may come while a child runs: its end, a deadline, and
 * a signal to us that is meant for it. Only process.c and process_io.c use it.
 */
#ifndef BASE_PROCESS_WATCH_H
#define BASE_PROCESS_WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/scoped.h"
#include "intoto/error.h"

struct process_watch {
	int fd;		/* readable when there is something to look at */
	bool own_group; /* the child leads a process group of its own */
	int64_t limit;	/* milliseconds from its start; 0: none */
	pid_t pid;
	int64_t deadline; /* on the monotonic clock; 0: none */
	bool asked;	  /* to end, when the deadline had passed */
	bool late;	  /* killed, when that had not helped */
	int interrupted;  /* the first signal that was passed on, or 0 */
	bool ended;
	int status; /* of waitpid(), once it has ended */
	int error;  /* an errno if that failed */
	sigset_t before;
};

/*
 * Before the child is started: signals are blocked here from now on, SIGCHLD
 * and, if it shall `outlive` them, those by which a user or a service ends a
 * program (not the ones that are ignored). `limit` in seconds, 0 for none.
 */
int process_watch_open(struct process_watch *out, size_t limit, bool outlive,
		       struct intoto_error *err);
void process_watch_release(struct process_watch *watch);
SCOPED_RELEASE(process_watch);

void process_watch_start(struct process_watch *watch, pid_t pid);

/* How long poll() may sleep. */
int process_watch_sleep(const struct process_watch *watch);

/* After poll(): takes what has come, reaps the child, passes signals on, and
 * ends a child that is late. */
void process_watch_look(struct process_watch *watch);

/* Has it ended so that what it left in its pipes is no matter? */
bool process_watch_done(const struct process_watch *watch);

/* Until it has ended; if it had to, nothing of its own group is left. */
int process_watch_wait(struct process_watch *watch, struct intoto_error *err);

#endif
