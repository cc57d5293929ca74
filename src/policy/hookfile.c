/* hookfile.c: what is where git looks for a hook; and who may change it. */
#include "policy/hookfile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/hook_internal.h"
#include "repo/git.h"

#define HOOK_MAX ((size_t)1 << 20)

void hook_release(struct hook *hook)
{
	hook_found_release(&hook->found);
	free(hook->path);
	free(hook->kept);
	free(hook->config);
	free(hook->command);
	*hook = (struct hook){ 0 };
}

/* A relative core.hooksPath starts where git runs hooks; a relative GIT_DIR of
 * the environment starts here. */
int hook_ask_git(struct process_result *out, struct repo *repo,
		 const char *const *args, struct intoto_error *err)
{
	scoped_value(git_command) command;

	git_command_init(&command, repo, args);
	strlist_addf(&command.env, "GIT_DIR=%s", repo->git_dir);
	strlist_add(&command.env, "LC_ALL=C");
	command.process.cwd = repo->work_tree ? repo->work_tree : repo->git_dir;
	command.process.out = PROCESS_CAPTURE;
	command.process.err = PROCESS_CAPTURE;
	return git_command_run(out, &command, err);
}

/* The hooks folder as git sees it (core.hooksPath, worktrees); to be freed. */
static int hooks_dir(char **out, struct repo *repo, struct intoto_error *err)
{
	static const char *const args[] = { "rev-parse",
					    "--path-format=absolute",
					    "--git-path", "hooks", NULL };
	scoped_value(process_result) result = { 0 };

	if (hook_ask_git(&result, repo, args, err) < 0)
		return -1;
	if (result.status || !result.out.len)
		return git_fail(err, &result, "find the folder of the hooks");
	result.out.data[--result.out.len] = '\0';
	*out = buffer_take(&result.out);
	return 0;
}

/* A symbolic link, a folder, something huge: not ours. */
static int read_file(struct hook *out, const char *event,
		     struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	struct stat status;

	if (lstat(out->path, &status) < 0) {
		out->state = HOOK_ABSENT;
		return 0;
	}
	out->state = HOOK_STRANGER;
	out->off = !(status.st_mode & 0111);
	if (!S_ISREG(status.st_mode) || (size_t)status.st_size > HOOK_MAX)
		return 0;
	if (file_read(&text, out->path, HOOK_MAX, err) < 0)
		return -1;
	if (strlen(buffer_text(&text)) != text.len)
		return 0;
	hooktext_read(&out->found, event, buffer_text(&text));
	switch (out->found.author) {
	case HOOK_BY_OTHERS:
		break;
	case HOOK_BY_US:
		out->state = HOOK_OURS;
		break;
	case HOOK_BY_US_OLD:
		out->state = HOOK_OURS_OLD;
		break;
	case HOOK_BY_US_EDITED:
		out->state = HOOK_OURS_EDITED;
		break;
	}
	return 0;
}

int hook_look_file(struct hook *out, struct repo *repo, const char *event,
		   struct intoto_error *err)
{
	scoped_text dir = NULL;
	scoped_text kept = NULL;

	if (hooks_dir(&dir, repo, err) < 0)
		return -1;
	out->path = path_join(dir, event);
	kept = hook_kept_path(out->path);
	if (file_exists(kept))
		out->kept = take(kept);
	return read_file(out, event, err);
}

int hookfile_look(struct hook *out, struct repo *repo, const char *event,
		  struct intoto_error *err)
{
	scoped_value(hook) config = { 0 };

	hook_look_config(&config, repo, event);
	if (hook_look_file(out, repo, event, err) < 0)
		return -1;
	if (!config.config)
		return 0;
	hook_found_release(&out->found);
	out->state = config.state;
	out->found = config.found;
	out->config = take(config.config);
	out->command = take(config.command);
	out->off = false;
	config.found.program = NULL;
	return 0;
}

/* Git looks for hooks by all of its configuration, a server's policy does not:
 * a core.hooksPath of the global file moves them elsewhere. */
static bool is_where_git_looks(const char *path, const char *event)
{
	scoped_text relative = path_join("hooks", event);
	const char *const argv[] = {
		"git",	      "rev-parse", "--path-format=absolute",
		"--git-path", relative,	   NULL
	};
	const struct process what = { .argv = argv,
				      .out = PROCESS_CAPTURE,
				      .err = PROCESS_DISCARD };
	scoped_value(process_result) result = { 0 };
	struct intoto_error ignored = { 0 };
	const size_t len = strlen(path);

	return process_run(&result, &what, &ignored) == 0 && !result.status &&
	       result.out.len == len + 1 &&
	       !memcmp(result.out.data, path, len) &&
	       result.out.data[len] == '\n';
}

char *hookfile_find_program(const char *program, const char *path)
{
	if (program && access(program, X_OK) == 0)
		return xstrdup(program);
	while (path && *path) {
		const size_t len = strcspn(path, ":");
		scoped_text dir = xmemdupz(path, len);
		scoped_text file = path_join(dir, "git-intoto");

		if (len && access(file, X_OK) == 0)
			return take(file);
		path += len + (path[len] == ':');
	}
	return NULL;
}

static bool runs_this_program(const struct hook *hook)
{
	scoped_text program =
		hookfile_find_program(hook->found.program, getenv("PATH"));
	struct stat theirs;
	struct stat ours;

	return program && stat(program, &theirs) == 0 &&
	       stat("/proc/self/exe", &ours) == 0 &&
	       theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

/* Here means: in the environment and the folder in which git runs hooks. What
 * this user may not run, git passes over in silence. */
static bool runs(const struct hook *hook, const char *event)
{
	if (hook->state != HOOK_OURS || !runs_this_program(hook))
		return false;
	if (hook->config)
		return hook_config_counts(hook, event);
	return access(hook->path, X_OK) == 0 &&
	       is_where_git_looks(hook->path, event);
}

bool hookfile_is_active(struct repo *repo, const char *event)
{
	static const char *const others[] = { "pre-receive", "update" };
	scoped_value(hook) hook = { 0 };
	struct intoto_error ignored = { 0 };

	if (hookfile_look(&hook, repo, event, &ignored) < 0 ||
	    !runs(&hook, event))
		return false;
	for (size_t i = 0; hook.found.report_only && i < ARRAY_SIZE(others);
	     i++) {
		scoped_value(hook) other = { 0 };

		if (hookfile_look(&other, repo, others[i], &ignored) < 0 ||
		    other.state != HOOK_OURS || !other.found.report_only)
			return false;
	}
	return true;
}

static bool is_below(const char *path, const char *dir)
{
	const size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
}

int hookfile_place_problem(char **out, struct repo *repo,
			   struct intoto_error *err)
{
	static const char *const args[] = { "config", "--show-scope", "--get",
					    "core.hooksPath", NULL };
	scoped_value(process_result) result = { 0 };
	scoped_text dir = NULL;
	scoped_text real = NULL;
	const char *text;

	*out = NULL;
	if (hook_ask_git(&result, repo, args, err) < 0)
		return -1;
	if (result.status)
		return 0;
	if (hooks_dir(&dir, repo, err) < 0)
		return -1;
	text = buffer_text(&result.out);
	if (strncmp(text, "local\t", 6) && strncmp(text, "worktree\t", 9)) {
		*out = xasprintf("core.hooksPath is set outside this "
				 "repository: '%s' is for others as well",
				 dir);
		return 0;
	}
	real = realpath(dir, NULL);
	if (repo->work_tree && is_below(real ? real : dir, repo->work_tree) &&
	    !is_below(real ? real : dir, repo->common_dir) &&
	    !is_below(real ? real : dir, repo->git_dir))
		*out = xasprintf("core.hooksPath lies in the work tree: '%s' "
				 "changes with what is checked out",
				 dir);
	return 0;
}
