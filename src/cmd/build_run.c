/* build_run.c: run a build's command, and outlive its interruption. */
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cmd/build_env.h"
#include "cmd/build_run.h"

static void on_interrupt(int number)
{
	(void)number;
}

/*
 * An interrupt typed on the terminal ends the command, and we clean up after
 * it. A handler, as an ignored signal would be ignored by the command too.
 */
static int run_interruptible(struct process_result *out,
			     const struct process *process,
			     struct intoto_error *err)
{
	struct sigaction handle = { .sa_handler = on_interrupt,
				    .sa_flags = SA_RESTART };
	struct sigaction before;
	int ret;

	sigemptyset(&handle.sa_mask);
	sigaction(SIGINT, &handle, &before);
	ret = process_run(out, process, err);
	sigaction(SIGINT, &before, NULL);
	return ret;
}

int build_run(struct process_result *out, const struct build_run *what,
	      struct intoto_error *err)
{
	enum process_stream stream =
		what->record_streams ? PROCESS_TEE : PROCESS_INHERIT;
	const struct process process = {
		.argv = (const char *const *)what->command,
		.cwd = what->dir,
		.env = (const char *const *)what->variables->items,
		.inherit_stdin = true,
		.out = stream,
		.err = stream,
		.max_output = what->max_output,
	};
	mode_t before = umask(BUILD_UMASK);
	int ret;

	if (what->keep_umask)
		umask(before);
	fflush(stdout);
	ret = run_interruptible(out, &process, err);
	umask(before);
	return ret;
}
