/* repo.c: ask git which repository this is, and whether we may use it. */
#include "repo/repo.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/xalloc.h"
#include "repo/config.h"
#include "repo/objectdirs.h"
#include "repo/odb.h"

extern char **environ;

/* What `git rev-parse` is asked, in the order of its answers. The ones of a
 * fixed form come first: a newline in a path then cannot pass for them. */
enum answer {
	IS_BARE,
	IS_SHALLOW,
	OBJECT_FORMAT,
	GIT_DIR,
	COMMON_DIR,
	OBJECT_DIR,
	PREFIX,
	WORK_TREE, /* missing without a work tree: git then fails at the end */
	ANSWERS
};

static const char *const questions[] = {
	"git",
	"rev-parse",
	"--is-bare-repository",
	"--is-shallow-repository",
	"--show-object-format",
	"--absolute-git-dir",
	"--git-common-dir",
	"--git-path",
	"objects",
	"--show-prefix",
	"--show-toplevel",
	NULL,
};

void repo_free(struct repo *repo)
{
	if (!repo)
		return;
	objects_free(repo->objects);
	config_free(repo->config);
	free(repo->git_dir);
	free(repo->common_dir);
	free(repo->work_tree);
	free(repo->prefix);
	free(repo->object_dir);
	strlist_release(&repo->object_dirs);
	free(repo);
}

/* Who may tell git what: see CONTRACT.md, "A server's rules, precisely". */
static void repo_environment(struct strlist *env, const struct repo *repo)
{
	static const char *const locations[] = {
		"GIT_DIR",	  "GIT_WORK_TREE",    "GIT_COMMON_DIR",
		"GIT_INDEX_FILE", "GIT_PREFIX",	      "GIT_OBJECT_DIRECTORY",
		"GIT_NAMESPACE",  "GIT_SHALLOW_FILE", "GIT_QUARANTINE_PATH",
	};

	strlist_add(env, "LC_ALL=C");
	for (size_t i = 0; repo->by_path && i < ARRAY_SIZE(locations); i++)
		strlist_add(env, locations[i]);
	if (!repo->server)
		return;
	strlist_add(env, "HOME");
	strlist_add(env, "XDG_CONFIG_HOME");
	for (char **at = environ; at && *at; at++) {
		if (strncmp(*at, "GIT_CONFIG", strlen("GIT_CONFIG")) == 0)
			strlist_take(env, xmemdupz(*at, strcspn(*at, "=")));
	}
}

/* git's own words: its first line without "fatal: ". */
static int fail_git(const struct process_result *result,
		    struct intoto_error *err)
{
	static const char fatal[] = "fatal: ";
	static const char remedy[] = "git config --global --add safe.directory";
	const char *text = buffer_text(&result->err);
	const char *advice = strstr(text, remedy);
	const char *start = strstr(text, fatal);
	bool absent = strstr(text, "not a git repository") != NULL;

	start = start ? start + strlen(fatal) : text;
	intoto_fail(err, absent ? INTOTO_ENOTFOUND : INTOTO_ECHILD, "%.*s",
		    (int)strcspn(start, "\n"), start);
	if (!err)
		return -1;
	if (!*err->message)
		intoto_fail(err, INTOTO_ECHILD,
			    "'git rev-parse' failed with status %d",
			    result->status);
	if (advice)
		intoto_hint(err, "%.*s", (int)strcspn(advice, "\n"), advice);
	return -1;
}

/* The lines of the answer, each without its LF. */
static void answers_split(struct strlist *out, const char *text)
{
	while (*text) {
		const char *end = strchrnul(text, '\n');

		strlist_take(out, xmemdupz(text, (size_t)(end - text)));
		text = *end ? end + 1 : end;
	}
}

static int answer_bool(bool *out, const char *text)
{
	*out = strcmp(text, "true") == 0;
	return *out || strcmp(text, "false") == 0 ? 0 : -1;
}

/* Relative answers are relative to where git ran. */
static int answer_path(char **out, const char *cwd, const char *path,
		       struct intoto_error *err)
{
	scoped_text joined =
		cwd && *path != '/' ? path_join(cwd, path) : xstrdup(path);

	*out = realpath(joined, NULL);
	if (*out)
		return 0;
	return intoto_fail(err, INTOTO_EIO,
			   "cannot find '%s', part of the "
			   "repository",
			   joined);
}

static int answers_use(struct repo *repo, const struct strlist *answers,
		       const char *cwd, int status, struct intoto_error *err)
{
	char *const *line = answers->items;
	size_t expected = status == 0 ? ANSWERS : WORK_TREE;

	if (answers->n != expected ||
	    answer_bool(&repo->bare, line[IS_BARE]) < 0 ||
	    answer_bool(&repo->shallow, line[IS_SHALLOW]) < 0)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "cannot read the answer of 'git rev-parse'; "
				   "paths with a newline are not supported");
	if (strcmp(line[OBJECT_FORMAT], "sha256") == 0)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "repositories with SHA-256 object ids are "
				   "not supported yet");
	if (strcmp(line[OBJECT_FORMAT], "sha1") != 0)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "unknown object format '%s'",
				   line[OBJECT_FORMAT]);
	repo->oid_size = 20;
	repo->prefix = xstrdup(line[PREFIX]);
	if (answer_path(&repo->git_dir, cwd, line[GIT_DIR], err) < 0 ||
	    answer_path(&repo->common_dir, cwd, line[COMMON_DIR], err) < 0)
		return -1;
	if (status == 0 &&
	    answer_path(&repo->work_tree, cwd, line[WORK_TREE], err) < 0)
		return -1;
	if (repo->server) {
		/* GIT_OBJECT_DIRECTORY is the quarantine here. */
		scoped_text own = path_join(repo->common_dir, "objects");

		return answer_path(&repo->object_dir, NULL, own, err);
	}
	return answer_path(&repo->object_dir, cwd, line[OBJECT_DIR], err);
}

static int repo_ask(struct repo *repo, const char *cwd,
		    struct intoto_error *err)
{
	scoped_value(strlist) env = STRLIST_INIT;
	scoped_value(strlist) answers = STRLIST_INIT;
	scoped_value(process_result) result = { 0 };
	struct process git = {
		.argv = questions,
		.cwd = cwd,
		.out = PROCESS_CAPTURE,
		.err = PROCESS_CAPTURE,
	};

	repo_environment(&env, repo);
	git.env = (const char *const *)env.items;
	if (process_run(&result, &git, err) < 0)
		return -1;
	answers_split(&answers, buffer_text(&result.out));
	/* Everything was answered but the last: there is no work tree. */
	if (result.status != 0 && answers.n < WORK_TREE)
		return fail_git(&result, err);
	if (answers_use(repo, &answers, cwd, result.status, err) < 0 ||
	    object_dirs_find(repo, err) < 0)
		return -1;
	return config_load(repo, err);
}

int repo_open(struct repo **out, enum repo_open_how how,
	      struct intoto_error *err)
{
	scoped(repo) repo = xcalloc(1, sizeof(*repo));

	repo->server = how == REPO_OPEN_SERVER_HOOK;
	if (repo_ask(repo, NULL, err) < 0)
		return -1;
	*out = take(repo);
	return 0;
}

int repo_open_at(struct repo **out, const char *git_dir,
		 struct intoto_error *err)
{
	scoped(repo) repo = xcalloc(1, sizeof(*repo));
	scoped_text real = realpath(git_dir, NULL);

	if (!real)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "cannot find the repository '%s'", git_dir);
	repo->by_path = true;
	if (repo_ask(repo, real, err) < 0)
		return -1;
	/* Discovery must not have gone up to another one. */
	if (strcmp(real, repo->git_dir) != 0 &&
	    (!repo->work_tree || strcmp(real, repo->work_tree) != 0))
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "'%s' is not a git repository", git_dir);
	*out = take(repo);
	return 0;
}

int repo_state_dir(char **out, struct repo *repo, struct intoto_error *err)
{
	scoped_text path = path_join(repo->common_dir, "intoto");

	if (!repo->server && !file_is_dir(path) &&
	    (file_mkdirs(path, 0700, err) < 0 ||
	     (repo->bare && file_set_mode(path, 0755, err) < 0)))
		return -1;
	*out = take(path);
	return 0;
}
