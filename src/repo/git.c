/* git.c: run the git program in a repository, with an environment we know. */
#include "repo/git.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

#define OUTPUT_MAX ((size_t)256 << 20)

extern char **environ;

/* What `git rev-parse --local-env-vars` names, but for the configuration and
 * the further object folders, which are the user's for every repository. */
static const char *const repository_variables[] = {
	"GIT_DIR",
	"GIT_WORK_TREE",
	"GIT_INDEX_FILE",
	"GIT_OBJECT_DIRECTORY",
	"GIT_COMMON_DIR",
	"GIT_NAMESPACE",
	"GIT_PREFIX",
	"GIT_SHALLOW_FILE",
	"GIT_IMPLICIT_WORK_TREE",
	"GIT_INTERNAL_SUPER_PREFIX",
	"GIT_QUARANTINE_PATH",
};

/* Does GIT_DIR of the environment mean this very folder? */
static bool environment_says(const char *git_dir)
{
	const char *value = getenv("GIT_DIR");
	scoped_text real = NULL;

	if (!value)
		return false;
	real = realpath(value, NULL);
	return real && !strcmp(real, git_dir);
}

static void unset_repository(struct strlist *env)
{
	for (size_t i = 0; i < ARRAY_SIZE(repository_variables); i++)
		strlist_add(env, repository_variables[i]);
}

/* "NAME" for every variable whose name starts with `prefix`. */
static void unset_prefix(struct strlist *env, const char *prefix)
{
	for (char **entry = environ; entry && *entry; entry++) {
		size_t len = strcspn(*entry, "=");

		if (len <= INT_MAX && !strncmp(*entry, prefix, strlen(prefix)))
			strlist_addf(env, "%.*s", (int)len, *entry);
	}
}

/* A server judges by its own configuration and by nobody else's. */
static void scrub_for_server(struct strlist *env)
{
	unset_prefix(env, "GIT_CONFIG");
	strlist_add(env, "GIT_CONFIG_GLOBAL=/dev/null");
	strlist_add(env, "HOME");
	strlist_add(env, "XDG_CONFIG_HOME");
}

static void select_repository(struct git_command *command,
			      const struct repo *repo)
{
	if (!repo->by_path && environment_says(repo->git_dir))
		return;
	if (repo->by_path)
		unset_repository(&command->env);
	strlist_addf(&command->argv, "--git-dir=%s", repo->git_dir);
	if (repo->work_tree)
		strlist_addf(&command->argv, "--work-tree=%s", repo->work_tree);
	else
		strlist_add(&command->env, "GIT_WORK_TREE");
}

void git_command_init(struct git_command *command, const struct repo *repo,
		      const char *const *args)
{
	*command = (struct git_command){ .argv = STRLIST_INIT,
					 .env = STRLIST_INIT };
	strlist_add(&command->argv, "git");
	if (repo)
		select_repository(command, repo);
	else
		unset_repository(&command->env);
	for (; *args; args++)
		strlist_add(&command->argv, *args);
	strlist_add(&command->env, "GIT_NO_REPLACE_OBJECTS=1");
	/* An existing file, be it empty, would make git advise against it. */
	strlist_add(&command->env, "GIT_GRAFT_FILE=/dev/null/none");
	if (repo && repo->server)
		scrub_for_server(&command->env);
	command->process.max_output = OUTPUT_MAX;
}

void git_command_release(struct git_command *command)
{
	strlist_release(&command->argv);
	strlist_release(&command->env);
}

int git_command_run(struct process_result *out, struct git_command *command,
		    struct intoto_error *err)
{
	command->process.argv = (const char *const *)command->argv.items;
	command->process.env = (const char *const *)command->env.items;
	return process_run(out, &command->process, err);
}

int git_feed(struct process_result *out, struct repo *repo,
	     const char *const *args, const void *input, size_t len,
	     struct intoto_error *err)
{
	scoped_value(git_command) command;

	git_command_init(&command, repo, args);
	strlist_add(&command.env, "LC_ALL=C");
	command.process.input = input;
	command.process.input_len = len;
	command.process.out = PROCESS_CAPTURE;
	command.process.err = PROCESS_CAPTURE;
	return git_command_run(out, &command, err);
}

int git_capture(struct process_result *out, struct repo *repo,
		const char *const *args, struct intoto_error *err)
{
	return git_feed(out, repo, args, NULL, 0, err);
}

/* Past "fatal: " or "error: ", or NULL if the line starts with neither. */
static const char *past_label(const char *line)
{
	static const char *const labels[] = { "fatal: ", "error: " };

	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		if (!strncmp(line, labels[i], strlen(labels[i])))
			return line + strlen(labels[i]);
	return NULL;
}

char *git_complaint(const struct process_result *result)
{
	const char *text = buffer_text(&result->err);
	const char *first = NULL;

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		const char *said = past_label(line);

		if (said)
			return xmemdupz(said, len - (size_t)(said - line));
		if (!first && len)
			first = line;
		line += len + (line[len] == '\n');
	}
	if (first)
		return xmemdupz(first, strcspn(first, "\n"));
	return result->signal
		       ? xasprintf("git was killed by signal %d",
				   result->signal)
		       : xasprintf("git exited with status %d", result->status);
}

int git_fail(struct intoto_error *err, const struct process_result *result,
	     const char *what_fmt, ...)
{
	scoped_text said = git_complaint(result);
	scoped_text what = NULL;
	va_list args;

	va_start(args, what_fmt);
	what = xvasprintf(what_fmt, args);
	va_end(args);
	return intoto_fail(err, INTOTO_ECHILD, "cannot %s: %s", what, said);
}

int git_line(char **out, struct repo *repo, const char *const *args,
	     struct intoto_error *err)
{
	scoped_value(process_result) result = { 0 };
	scoped_text said = NULL;

	if (git_capture(&result, repo, args, err) < 0)
		return -1;
	if (result.status) {
		said = git_complaint(&result);
		return intoto_fail(err, INTOTO_ECHILD, "git %s: %s", args[0],
				   said);
	}
	if (result.out.len && result.out.data[result.out.len - 1] == '\n')
		result.out.data[--result.out.len] = '\0';
	*out = buffer_take(&result.out);
	return 0;
}
