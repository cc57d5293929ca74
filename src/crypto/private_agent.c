/* private_agent.c: an SSH agent that lives as long as one signer. */
#include <errno.h>
#include <signal.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/process.h"
#include "base/tempdir.h"
#include "base/xalloc.h"
#include "crypto/ssh_agent.h"

/* A socket's path has this much room, and tempdir_make() adds up to
 * "/git-intoto-agent-<pid>-<random>/s". */
#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)
#define FOLDER_ROOM 48

struct private_agent {
	struct tempdir dir;
	char *socket;
	struct process_pipe pipe; /* to the command that the agent serves */
	bool running;
	pid_t pid; /* of the agent itself; 0: not known */
};

void private_agent_free(struct private_agent *agent)
{
	struct intoto_error ignored;
	int status;

	if (!agent)
		return;
	if (agent->running) {
		struct ssh_agent *client = NULL;

		if (ssh_agent_open(&client, agent->socket, &ignored) == 0)
			ssh_agent_remove_all(client, &ignored);
		ssh_agent_free(client);
		if (agent->pid > 1)
			kill(agent->pid, SIGTERM);
		process_pipe_close(&status, &agent->pipe, &ignored);
	}
	tempdir_release(&agent->dir);
	free(agent->socket);
	free(agent);
}

/* The first line that the command prints: the agent's process id. The socket
 * listens by then. */
static int read_pid(pid_t *out, int fd, struct intoto_error *err)
{
	char line[32];
	size_t len = 0;
	char *end;
	long pid;

	while (len < sizeof(line) - 1) {
		ssize_t got = read(fd, line + len, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || line[len] == '\n')
			break;
		len++;
	}
	line[len] = '\0';
	pid = strtol(line, &end, 10);
	if (!len || *end || pid <= 1)
		return intoto_fail(err, INTOTO_ECHILD,
				   "ssh-agent does not start");
	*out = (pid_t)pid;
	return 0;
}

/*
 * ssh-agent ends by itself once the command it serves has ended, and that
 * ends when our end of its stdin closes: so nothing stays behind when this
 * process is killed. The script is constant; no text of anybody's is in it.
 */
static int start(struct private_agent *agent, struct intoto_error *err)
{
	const char *const argv[] = {
		"ssh-agent", "-a", agent->socket,
		"sh",	     "-c", "echo \"$SSH_AGENT_PID\"; exec cat",
		NULL
	};
	const struct process what = { .argv = argv };

	if (process_pipe_open(&agent->pipe, &what, err) < 0)
		return -1;
	agent->running = true;
	return read_pid(&agent->pid, agent->pipe.from, err);
}

int private_agent_start(struct private_agent **out, const char *temp_parent,
			struct intoto_error *err)
{
	scoped(private_agent) agent = xcalloc(1, sizeof(*agent));

	if (!temp_parent || strlen(temp_parent) + FOLDER_ROOM > SOCKET_PATH_MAX)
		temp_parent = tempdir_default_parent();
	if (strlen(temp_parent) + FOLDER_ROOM > SOCKET_PATH_MAX)
		temp_parent = "/tmp";
	tempdir_clean(temp_parent);
	if (tempdir_make(&agent->dir, temp_parent, "agent", err) < 0)
		return -1;
	agent->socket = xasprintf("%s/s", agent->dir.path);
	if (start(agent, err) < 0)
		return -1;
	*out = take(agent);
	return 0;
}

const char *private_agent_socket(const struct private_agent *agent)
{
	return agent->socket;
}

int private_agent_add(struct private_agent *agent, const char *path,
		      const struct buffer *text, struct intoto_error *err)
{
	scoped_value(process_result) result = { 0 };
	scoped_text name = !path	  ? xstrdup("-")
			   : *path == '-' ? xasprintf("./%s", path)
					  : xstrdup(path);
	scoped_text where = xasprintf("SSH_AUTH_SOCK=%s", agent->socket);
	const char *const argv[] = { "ssh-add", "-q", "-k", name, NULL };
	const char *const env[] = { where, NULL };
	const struct process what = {
		.argv = argv,
		.env = env,
		.input = path ? NULL : text->data,
		.input_len = path ? 0 : text->len,
		.inherit_stdin = path != NULL,
		.out = PROCESS_TO_STDERR,
	};

	if (process_run(&result, &what, err) < 0)
		return -1;
	if (result.status == 0)
		return 0;
	intoto_fail(err, INTOTO_ECHILD, "ssh-add cannot use the key '%s'",
		    path ? path : "in the environment");
	return intoto_hint(err, "ssh-add '%s'", path ? path : "FILE");
}
