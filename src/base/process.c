/* process.c: start a program without a shell and wait for it. */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process_io.h"
#include "base/process_watch.h"
#include "base/xalloc.h"

extern char **environ;

#define DEFAULT_MAX_OUTPUT ((size_t)16 << 20)

/* What the child gets as 0, 1 and 2, and our ends of the pipes; -1: none.
 * None of them is below 3, so that dup2() onto 0 to 2 clobbers none. */
struct plumbing {
	int child[3];
	int ours[3];
};

static void close_all(int fds[3])
{
	for (int i = 0; i < 3; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

static void plumbing_release(struct plumbing *plumbing)
{
	close_all(plumbing->child);
	close_all(plumbing->ours);
}
SCOPED_RELEASE(plumbing);

/* Moves a descriptor out of the way of 0 to 2; takes it over. */
static int above_standard(int fd)
{
	int moved;
	int saved;

	if (fd < 0 || fd > 2)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	saved = errno;
	close(fd);
	errno = saved;
	return moved;
}

static int make_pipe(int *child, int *ours, bool child_reads)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	*child = above_standard(ends[child_reads ? 0 : 1]);
	*ours = above_standard(ends[child_reads ? 1 : 0]);
	return *child < 0 || *ours < 0 ? -1 : 0;
}

static int open_null(int *child)
{
	*child = above_standard(open("/dev/null", O_RDWR | O_CLOEXEC));
	return *child < 0 ? -1 : 0;
}

/* A copy of one of our own three; one that is closed gives /dev/null. */
static int copy_of(int *child, int fd)
{
	*child = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (*child < 0 && errno == EBADF)
		return open_null(child);
	return *child < 0 ? -1 : 0;
}

static int plumb_output(struct plumbing *plumbing, int fd,
			enum process_stream stream)
{
	switch (stream) {
	case PROCESS_INHERIT:
		return copy_of(&plumbing->child[fd], fd);
	case PROCESS_TO_STDERR:
		return copy_of(&plumbing->child[fd], STDERR_FILENO);
	case PROCESS_CAPTURE:
	case PROCESS_TEE:
		return make_pipe(&plumbing->child[fd], &plumbing->ours[fd],
				 false);
	case PROCESS_DISCARD:
		break;
	}
	return open_null(&plumbing->child[fd]);
}

static int plumb_input(struct plumbing *plumbing, const struct process *what)
{
	if (what->input)
		return make_pipe(&plumbing->child[0], &plumbing->ours[0], true);
	if (what->inherit_stdin)
		return copy_of(&plumbing->child[0], STDIN_FILENO);
	return open_null(&plumbing->child[0]);
}

static bool has_name(const char *entry, const char *name, size_t len)
{
	return !strncmp(entry, name, len) && entry[len] == '=';
}

/* A NULL-terminated array of borrowed strings, to be freed. */
static char **build_env(const struct process *what)
{
	char **env = NULL;
	size_t n = 0;
	size_t alloc = 0;

	for (char **from = environ; !what->clear_env && from && *from; from++) {
		ALLOC_GROW(env, n + 1, alloc);
		env[n++] = *from;
	}
	for (const char *const *set = what->env; set && *set; set++) {
		size_t len = strcspn(*set, "=");
		size_t kept = 0;

		for (size_t i = 0; i < n; i++)
			if (!has_name(env[i], *set, len))
				env[kept++] = env[i];
		n = kept;
		if ((*set)[len]) {
			ALLOC_GROW(env, n + 1, alloc);
			env[n++] = (char *)*set;
		}
	}
	ALLOC_GROW(env, n + 1, alloc);
	env[n] = NULL;
	return env;
}

/* 0 or an errno. The child starts with nothing blocked and SIGPIPE as usual,
 * whatever this program does with signals. */
static int spawn_with(pid_t *pid, const struct process *what,
		      const struct plumbing *plumbing, char **env,
		      posix_spawn_file_actions_t *actions,
		      posix_spawnattr_t *attr, bool own_group)
{
	const short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
			    (own_group ? POSIX_SPAWN_SETPGROUP : 0);
	sigset_t none;
	sigset_t fallback;
	int number = 0;

	sigemptyset(&none);
	sigemptyset(&fallback);
	sigaddset(&fallback, SIGPIPE);
	for (int i = 0; i < 3 && !number; i++)
		number =
			posix_spawn_file_actions_adddup2(actions,
							 plumbing->child[i], i);
	if (!number && what->cwd)
		number = posix_spawn_file_actions_addchdir_np(actions,
							      what->cwd);
	if (!number)
		number = posix_spawnattr_setsigmask(attr, &none);
	if (!number)
		number = posix_spawnattr_setsigdefault(attr, &fallback);
	if (!number)
		number = posix_spawnattr_setpgroup(attr, 0);
	if (!number)
		number = posix_spawnattr_setflags(attr, flags);
	if (number)
		return number;
	return posix_spawnp(pid, what->argv[0], actions, attr,
			    (char *const *)what->argv, env);
}

static int spawn(pid_t *pid, const struct process *what,
		 const struct plumbing *plumbing, bool own_group)
{
	char **env = build_env(what);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int number = posix_spawn_file_actions_init(&actions);

	if (!number) {
		number = posix_spawnattr_init(&attr);
		if (!number) {
			number = spawn_with(pid, what, plumbing, env, &actions,
					    &attr, own_group);
			posix_spawnattr_destroy(&attr);
		}
		posix_spawn_file_actions_destroy(&actions);
	}
	free(env);
	return number;
}

static int fail_start(struct intoto_error *err, const struct process *what,
		      int number)
{
	enum intoto_code code = number == ENOENT || number == ENOTDIR
					? INTOTO_ENOTFOUND
					: INTOTO_EIO;

	if (what->cwd)
		return intoto_fail(err, code, "cannot run '%s' in '%s': %s",
				   what->argv[0], what->cwd, strerror(number));
	return intoto_fail(err, code, "cannot run '%s': %s", what->argv[0],
			   strerror(number));
}

/* Start the child with its ends of the plumbing, which are closed here. */
static int start(pid_t *pid, struct plumbing *plumbing,
		 const struct process *what, bool own_group,
		 struct intoto_error *err)
{
	int number;

	if (plumb_input(plumbing, what) < 0 ||
	    plumb_output(plumbing, STDOUT_FILENO, what->out) < 0 ||
	    plumb_output(plumbing, STDERR_FILENO, what->err) < 0)
		return fail_start(err, what, errno);
	number = spawn(pid, what, plumbing, own_group);
	close_all(plumbing->child);
	return number ? fail_start(err, what, number) : 0;
}

static void read_status(int *status, int *signal, int raw)
{
	*signal = WIFSIGNALED(raw) ? WTERMSIG(raw) : 0;
	*status = *signal ? 128 + *signal : WEXITSTATUS(raw);
}

static int wait_for(int *status, int *signal, pid_t pid,
		    struct intoto_error *err)
{
	int raw;

	while (waitpid(pid, &raw, 0) < 0)
		if (errno != EINTR)
			return intoto_fail(err, INTOTO_EIO,
					   "cannot wait for a program: %s",
					   strerror(errno));
	read_status(status, signal, raw);
	return 0;
}

static int wait_watching(struct process_result *result,
			 struct process_watch *watch,
			 const struct process *what, struct intoto_error *err)
{
	if (process_watch_wait(watch, err) < 0)
		return -1;
	if (watch->asked && !watch->interrupted)
		return intoto_fail(err, INTOTO_ECHILD,
				   "'%s' took longer than %zu seconds and was "
				   "ended",
				   what->argv[0], what->timeout);
	read_status(&result->status, &result->signal, watch->status);
	result->interrupted = watch->interrupted;
	return 0;
}

void process_result_release(struct process_result *result)
{
	buffer_release(&result->out);
	buffer_release(&result->err);
}

static struct process_io io_of(struct plumbing *plumbing,
			       struct process_result *result,
			       const struct process *what,
			       struct process_watch *watch)
{
	return (struct process_io){
		.in = { &plumbing->ours[0], what->input, what->input_len },
		.out = { { &plumbing->ours[1], &result->out,
			   what->out == PROCESS_TEE ? STDOUT_FILENO : -1, NULL,
			   0 },
			 { &plumbing->ours[2], &result->err,
			   what->err == PROCESS_TEE ? STDERR_FILENO : -1,
			   what->tee_until, 0 } },
		.watch = watch,
	};
}

/* `watch` is NULL if only the child's end matters. */
static int run(struct process_result *result, const struct process *what,
	       struct process_watch *watch, struct intoto_error *err)
{
	scoped_value(plumbing) plumbing = { { -1, -1, -1 }, { -1, -1, -1 } };
	struct process_io io = io_of(&plumbing, result, what, watch);
	pid_t pid;

	if (start(&pid, &plumbing, what, watch && watch->own_group, err) < 0)
		return -1;
	if (watch)
		process_watch_start(watch, pid);
	if (process_io_run(&io, what->argv[0], err) < 0) {
		int status;
		int signal;

		kill(watch && watch->own_group ? -pid : pid, SIGKILL);
		if (!watch || !watch->ended)
			wait_for(&status, &signal, pid, NULL);
		return -1;
	}
	return watch ? wait_watching(result, watch, what, err)
		     : wait_for(&result->status, &result->signal, pid, err);
}

int process_run(struct process_result *out, const struct process *what,
		struct intoto_error *err)
{
	const size_t max =
		what->max_output ? what->max_output : DEFAULT_MAX_OUTPUT;
	const bool watched = what->timeout || what->outlive;
	scoped_value(process_watch) watch = { 0 };
	scoped_value(process_result)
		result = { 0, 0, 0, BUFFER_MAX(max), BUFFER_MAX(max) };

	if (watched &&
	    process_watch_open(&watch, what->timeout, what->outlive, err) < 0)
		return -1;
	if (run(&result, what, watched ? &watch : NULL, err) < 0)
		return -1;
	*out = result;
	result = (struct process_result){ 0 };
	return 0;
}

int process_pipe_open(struct process_pipe *out, const struct process *what,
		      struct intoto_error *err)
{
	scoped_value(plumbing) plumbing = { { -1, -1, -1 }, { -1, -1, -1 } };
	struct process piped = *what;
	pid_t pid;

	piped.input = "";
	piped.out = PROCESS_CAPTURE;
	if (piped.err == PROCESS_CAPTURE || piped.err == PROCESS_TEE)
		piped.err = PROCESS_INHERIT;
	if (start(&pid, &plumbing, &piped, false, err) < 0)
		return -1;
	out->pid = pid;
	out->to = plumbing.ours[0];
	out->from = plumbing.ours[1];
	plumbing.ours[0] = -1;
	plumbing.ours[1] = -1;
	return 0;
}

int process_pipe_write(struct process_pipe *pipe, const void *data, size_t len,
		       struct intoto_error *err)
{
	if (process_io_write(pipe->to, data, len) == 0)
		return 0;
	return intoto_fail(err, INTOTO_ECHILD, "cannot write to a program: %s",
			   strerror(errno));
}

int process_pipe_close(int *status, struct process_pipe *pipe,
		       struct intoto_error *err)
{
	pid_t pid = pipe->pid;
	int signal;

	if (pid <= 0)
		return intoto_fail(err, INTOTO_ECHILD,
				   "the program is not running");
	if (pipe->to >= 0)
		close(pipe->to);
	if (pipe->from >= 0)
		close(pipe->from);
	*pipe = (struct process_pipe){ .pid = 0, .to = -1, .from = -1 };
	return wait_for(status, &signal, pid, err);
}

void process_pipe_release(struct process_pipe *pipe)
{
	int status;

	if (pipe->pid > 0)
		process_pipe_close(&status, pipe, NULL);
}
