/*
 * git.h: run the git program in a repository.
 *
 * Every child gets GIT_NO_REPLACE_OBJECTS=1, a GIT_GRAFT_FILE that is not
 * there, and the user's environment as it is; in server hooks also no
 * GIT_CONFIG*, no HOME (CONTRACT.md). LC_ALL=C where output is read.
 * The repository is passed with --git-dir/--work-tree unless the environment
 * already says GIT_DIR and means this one; cwd is kept. For a repository
 * opened by its path GIT_DIR and its like are unset first.
 *
 * Where `repo` may be NULL, git runs outside any repository: GIT_DIR,
 * GIT_WORK_TREE, GIT_INDEX_FILE and their like are unset.
 */
#ifndef REPO_GIT_H
#define REPO_GIT_H

#include "repo/repo.h"

/* Capture stdout and stderr; `args` ends with NULL and starts after "git".
 * `repo` may be NULL. */
int git_capture(struct process_result *out, struct repo *repo,
		const char *const *args, struct intoto_error *err);

/* The same, with text on stdin. */
int git_feed(struct process_result *out, struct repo *repo,
	     const char *const *args, const void *input, size_t len,
	     struct intoto_error *err);

/* A failing status is ECHILD with git's first line of stderr. stdout, its last
 * newline cut, to be freed. */
int git_line(char **out, struct repo *repo, const char *const *args,
	     struct intoto_error *err);

/* Fail with ECHILD: "cannot <what>: <git's first complaint>". */
int git_fail(struct intoto_error *err, const struct process_result *result,
	     const char *what_fmt, ...) __attribute__((format(printf, 3, 4)));

/* The first line of git's stderr that says what went wrong, without "fatal: "
 * or "error: "; to be freed. */
char *git_complaint(const struct process_result *result);

/*
 * Start from these settings for any other way of running git (inherited
 * streams, more environment): git_command_init(), change `process`, add to
 * `argv` and `env`, git_command_run(). `repo` may be NULL.
 */
struct git_command {
	struct process process;
	struct strlist argv;
	struct strlist env;
};
void git_command_init(struct git_command *command, const struct repo *repo,
		      const char *const *args);
void git_command_release(struct git_command *command);
SCOPED_RELEASE(git_command);
int git_command_run(struct process_result *out, struct git_command *command,
		    struct intoto_error *err);

#endif
