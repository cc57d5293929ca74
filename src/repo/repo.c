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
#include "repo/promisor.h"

extern char **environ;

/* What `git rev-parse` is asked, all at once. */
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

static const char *const questions[ANSWERS][2] = {
	[IS_BARE] = { "--is-bare-repository" },
	[IS_SHALLOW] = { "--is-shallow-repository" },
	[OBJECT_FORMAT] = { "--show-object-format" },
	[GIT_DIR] = { "--absolute-git-dir" },
	[COMMON_DIR] = { "--git-common-dir" },
	[OBJECT_DIR] = { "--git-path", "objects" },
	[PREFIX] = { "--show-prefix" },
	[WORK_TREE] = { "--show-toplevel" },
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
	strlist_release(&repo->promisors);
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

/* git's own words: its first complaint without "fatal: ", with the indented
 * lines after it, such as the names of extensions it does not know. */
static void add_words(struct buffer *out, const char *start)
{
	size_t len = strcspn(start, "\n");

	buffer_add(out, start, len);
	while (start[len] == '\n' && start[len + 1] == '\t') {
		start += len + 2;
		len = strcspn(start, "\n");
		buffer_putc(out, ' ');
		buffer_add(out, start, len);
	}
}

static int fail_git(const struct process_result *result,
		    struct intoto_error *err)
{
	static const char fatal[] = "fatal: ";
	static const char remedy[] = "git config --global --add safe.directory";
	const char *text = buffer_text(&result->err);
	const char *advice = strstr(text, remedy);
	scoped_value(buffer) words = BUFFER_INIT;
	const char *start = strstr(text, fatal);
	bool absent = strstr(text, "not a git repository") != NULL;

	add_words(&words, start ? start + strlen(fatal) : text);
	intoto_fail(err, absent ? INTOTO_ENOTFOUND : INTOTO_ECHILD, "%s",
		    buffer_text(&words));
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

static int answer_format(unsigned *out, const char *text,
			 struct intoto_error *err)
{
	if (strcmp(text, "sha1") == 0)
		*out = OID_SHA1_SIZE;
	else if (strcmp(text, "sha256") == 0)
		*out = OID_MAX_SIZE;
	else
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "unknown object format '%s'", text);
	return 0;
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
		       const char *cwd, struct intoto_error *err)
{
	char *const *line = answers->items;

	if (answer_bool(&repo->bare, line[IS_BARE]) < 0 ||
	    answer_bool(&repo->shallow, line[IS_SHALLOW]) < 0)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "cannot read the answer of 'git rev-parse'");
	if (answer_format(&repo->oid_size, line[OBJECT_FORMAT], err) < 0)
		return -1;
	repo->prefix = xstrdup(line[PREFIX]);
	if (answer_path(&repo->git_dir, cwd, line[GIT_DIR], err) < 0 ||
	    answer_path(&repo->common_dir, cwd, line[COMMON_DIR], err) < 0)
		return -1;
	if (answers->n == ANSWERS &&
	    answer_path(&repo->work_tree, cwd, line[WORK_TREE], err) < 0)
		return -1;
	if (repo->server) {
		/* GIT_OBJECT_DIRECTORY is the quarantine here. */
		scoped_text own = path_join(repo->common_dir, "objects");

		return answer_path(&repo->object_dir, NULL, own, err);
	}
	return answer_path(&repo->object_dir, cwd, line[OBJECT_DIR], err);
}

/* Questions `from` to, but without, `to`. */
static int rev_parse(struct process_result *out, const struct repo *repo,
		     const char *cwd, unsigned from, unsigned to,
		     struct intoto_error *err)
{
	scoped_value(strlist) env = STRLIST_INIT;
	scoped_value(strlist) argv = STRLIST_INIT;
	struct process git = {
		.cwd = cwd,
		.out = PROCESS_CAPTURE,
		.err = PROCESS_CAPTURE,
	};

	strlist_add(&argv, "git");
	strlist_add(&argv, "rev-parse");
	for (unsigned i = from; i < to; i++)
		for (unsigned j = 0; j < 2 && questions[i][j]; j++)
			strlist_add(&argv, questions[i][j]);
	repo_environment(&env, repo);
	git.argv = (const char *const *)argv.items;
	git.env = (const char *const *)env.items;
	return process_run(out, &git, err);
}

/* One at a time: there is a newline in one of the paths. */
static int ask_each(struct strlist *answers, const struct repo *repo,
		    const char *cwd, struct intoto_error *err)
{
	for (unsigned i = 0; i < ANSWERS; i++) {
		scoped_value(process_result) result = { 0 };
		size_t len;

		if (rev_parse(&result, repo, cwd, i, i + 1, err) < 0)
			return -1;
		len = result.out.len;
		if (result.status != 0 && i == WORK_TREE)
			return 0;
		if (result.status != 0 || len == 0)
			return fail_git(&result, err);
		strlist_take(answers, xmemdupz(result.out.data, len - 1));
	}
	return 0;
}

static int ask(struct strlist *answers, const struct repo *repo,
	       const char *cwd, struct intoto_error *err)
{
	scoped_value(process_result) result = { 0 };

	if (rev_parse(&result, repo, cwd, 0, ANSWERS, err) < 0)
		return -1;
	answers_split(answers, buffer_text(&result.out));
	/* Everything was answered but the last: there is no work tree. */
	if (answers->n == (result.status == 0 ? ANSWERS : WORK_TREE))
		return 0;
	if (answers->n < WORK_TREE)
		return fail_git(&result, err);
	strlist_release(answers);
	return ask_each(answers, repo, cwd, err);
}

static int repo_ask(struct repo *repo, const char *cwd,
		    struct intoto_error *err)
{
	scoped_value(strlist) answers = STRLIST_INIT;

	if (ask(&answers, repo, cwd, err) < 0 ||
	    answers_use(repo, &answers, cwd, err) < 0 ||
	    object_dirs_find(repo, err) < 0 || config_load(repo, err) < 0)
		return -1;
	return promisor_find(repo, err);
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
