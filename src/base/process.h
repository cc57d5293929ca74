/*
 * process.h: run a program and wait for it. No shell, ever.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/strlist.h"

enum process_stream {
	PROCESS_INHERIT = 0, /* the caller's own */
	PROCESS_DISCARD,     /* /dev/null */
	PROCESS_CAPTURE,     /* into the result, bounded */
	PROCESS_TEE,	     /* both: shown as it comes, and kept; call
				fflush() first */
	PROCESS_TO_STDERR,   /* the child's stdout on our stderr */
};

struct process {
	const char *const *argv; /* argv[0] is looked up in our own PATH; one
				    with a slash is relative to cwd */
	const char *cwd;	 /* NULL: here */

	/* "NAME=VALUE" sets, "NAME" unsets, applied in order; may be NULL.
	 * clear_env starts from nothing instead of our environment. */
	const char *const *env;
	bool clear_env;

	/* Fed to the child's stdin; with input NULL the child reads
	 * /dev/null, or our stdin if inherit_stdin is set. */
	const void *input;
	size_t input_len;
	bool inherit_stdin;

	enum process_stream out;
	enum process_stream err;

	/* PROCESS_TEE of stderr: from this text on nothing more is shown, all
	 * is kept; NULL: everything is shown. */
	const char *tee_until;
	size_t max_output; /* for each captured stream; 0: 16 MiB. More than
			      that kills the child: ELIMIT */

	/* process_run() only. The child has so many seconds, and is ended
	 * then with all of its process group: ECHILD; 0: no limit. A child
	 * that we outlive gets the signals that would end us (SIGINT, SIGTERM,
	 * SIGHUP, SIGQUIT); the result tells. It stays in our process group on
	 * the terminal whose foreground we are in, and else has its own. */
	size_t timeout;
	bool outlive;
};

struct process_result {
	int status;	   /* exit status; 128 + N when killed by signal N */
	int signal;	   /* N, or 0 */
	int interrupted;   /* a signal to us that it was given, or 0 */
	struct buffer out; /* empty unless captured */
	struct buffer err;
};

void process_result_release(struct process_result *result);
SCOPED_RELEASE(process_result);

/*
 * Fails only when the program could not be started (ENOTFOUND if it is not in
 * PATH), its output is too long, or waiting broke. A failing exit status is a
 * result. SIGPIPE while feeding input is ignored.
 */
int process_run(struct process_result *out, const struct process *what,
		struct intoto_error *err);

/*
 * A child that is talked to through two pipes (git cat-file --batch,
 * ssh-agent). Of `what`, input and out are not looked at, and err is never
 * captured. process_pipe_write() writes all or fails with ECHILD, without a
 * SIGPIPE; it waits while the child does not read. process_pipe_close() closes
 * both, waits, and gives the exit status; process_pipe_release() is the same
 * without asking, and nothing for one that is { 0 } or closed.
 */
struct process_pipe {
	pid_t pid;
	int to;	  /* write here; -1 once closed */
	int from; /* read here */
};
int process_pipe_open(struct process_pipe *out, const struct process *what,
		      struct intoto_error *err);
int process_pipe_write(struct process_pipe *pipe, const void *data, size_t len,
		       struct intoto_error *err);
int process_pipe_close(int *status, struct process_pipe *pipe,
		       struct intoto_error *err);
void process_pipe_release(struct process_pipe *pipe);
SCOPED_RELEASE(process_pipe);

#endif
