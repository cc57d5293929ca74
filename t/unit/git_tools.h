/* git_tools.h: for tests: real repositories in a folder that goes, with a home
 * and a temporary folder of their own. */
#ifndef UNIT_GIT_TOOLS_H
#define UNIT_GIT_TOOLS_H

#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"
#include "base/tempdir.h"
#include "base/xalloc.h"
#include "repo/objects.h"
#include "repo/repo.h"

static char *scratch; /* set by scratch_begin(), which is a suite's .init */

__attribute__((format(printf, 2, 0))) static inline void
run_sh(struct process_result *out, const char *fmt, va_list args)
{
	scoped_text script = xvasprintf(fmt, args);
	const char *const argv[] = { "sh", "-e", "-c", script, NULL };
	const struct process what = { .argv = argv,
				      .out = PROCESS_CAPTURE,
				      .err = PROCESS_CAPTURE };
	struct intoto_error err = { 0 };

	cr_assert_eq(process_run(out, &what, &err), 0, "%s", err.message);
	cr_assert_eq(out->status, 0, "%s: %s", script, buffer_text(&out->err));
}

/* Run a script that must succeed. */
__attribute__((format(printf, 1, 2))) static inline void sh(const char *fmt,
							    ...)
{
	scoped_value(process_result) result = { 0 };
	va_list args;

	va_start(args, fmt);
	run_sh(&result, fmt, args);
	va_end(args);
}

/* The same; what it printed, the last newline cut, to be freed. */
__attribute__((format(printf, 1, 2))) static inline char *
sh_out(const char *fmt, ...)
{
	scoped_value(process_result) result = { 0 };
	va_list args;
	size_t len;

	va_start(args, fmt);
	run_sh(&result, fmt, args);
	va_end(args);
	len = result.out.len;
	if (len && result.out.data[len - 1] == '\n')
		result.out.data[len - 1] = '\0';
	return buffer_take(&result.out);
}

/* A fresh folder as HOME, TMPDIR and current folder. */
static inline void scratch_begin(void)
{
	static const char *const names[] = {
		"GIT_DIR",
		"GIT_WORK_TREE",
		"GIT_INDEX_FILE",
		"XDG_CONFIG_HOME",
		"SSH_AUTH_SOCK",
		"GNUPGHOME",
		"GIT_CONFIG_PARAMETERS",
		"GIT_CONFIG_COUNT",
	};
	char path[] = "/tmp/git-intoto.XXXXXX";
	scoped_text tmp = NULL;

	cr_assert(mkdtemp(path) != NULL);
	scratch = xstrdup(path);
	cr_assert_eq(chdir(scratch), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unsetenv(names[i]);
	setenv("HOME", scratch, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_DATE", "1700000000 +0000", 1);
	setenv("GIT_COMMITTER_DATE", "1700000000 +0000", 1);
	sh("mkdir tmp && git config --global user.name 'A U Thor' &&"
	   "git config --global user.email author@example.org &&"
	   "git config --global init.defaultBranch main");
	tmp = path_join(scratch, "tmp");
	setenv("TMPDIR", tmp, 1);
}

static inline void scratch_end(void)
{
	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(file_remove_tree(scratch, NULL), 0);
	free(scratch);
}

/* A repository NAME with one commit, entered. */
static inline void make_repo(const char *name)
{
	sh("git init -q %s && cd %s && echo hello >file && git add file &&"
	   "git commit -qm first",
	   name, name);
	cr_assert_eq(chdir(name), 0);
}

static inline struct repo *open_repo(void)
{
	struct intoto_error err = { 0 };
	struct repo *repo = NULL;

	cr_assert_eq(repo_open(&repo, REPO_OPEN_USER, &err), 0, "%s",
		     err.message);
	return repo;
}

/* What `git rev-parse` says of one name. */
static inline struct oid oid_of(const char *name)
{
	scoped_text hex = sh_out("git rev-parse --verify '%s'", name);
	struct oid oid;

	cr_assert(oid_parse(&oid, hex, strlen(hex)));
	return oid;
}

#endif
