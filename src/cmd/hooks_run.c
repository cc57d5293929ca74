/* git intoto hooks run: the hook that was there first, then our check. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/xalloc.h"
#include "cmd/hooks.h"
#include "cmd/options.h"

#define STDIN_MAX ((size_t)64 << 20)

/* What git gives a hook. The list of refs is kept in memory and given to each
 * through a pipe, as git does: nothing is left behind by a kill. */
struct given {
	char *const *arguments;
	struct buffer list;
	bool has_list;
};

static void given_release(struct given *given)
{
	buffer_release(&given->list);
}
SCOPED_RELEASE(given);

static int read_list(struct given *given, struct intoto_error *err)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		buffer_add(&given->list, chunk, (size_t)n);
	if (n < 0)
		return intoto_fail(err, INTOTO_EIO,
				   "cannot read the list of refs");
	return buffer_check(&given->list, "the list of refs", err);
}

static int run(int *status, struct strlist *argv, const struct given *given,
	       struct intoto_error *err)
{
	scoped_value(process_result) result = { 0 };
	struct process what = { .inherit_stdin = !given->has_list };

	for (char *const *word = given->arguments; *word; word++)
		strlist_add(argv, *word);
	what.argv = (const char *const *)argv->items;
	if (given->has_list) {
		what.input = buffer_text(&given->list);
		what.input_len = given->list.len;
	}
	if (process_run(&result, &what, err) < 0)
		return -1;
	*status = result.status;
	return 0;
}

/* As git: one that may not be executed is passed over, and one that the system
 * does not take for a program is given to a shell. One that is gone was
 * wanted. */
static int run_before(int *status, const char *path, const struct given *given,
		      struct intoto_error *err)
{
	scoped_value(strlist) argv = STRLIST_INIT;
	scoped_value(strlist) script = STRLIST_INIT;
	struct intoto_error why = { 0 };

	*status = 0;
	if (!file_exists(path)) {
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "the hook that runs first is gone: '%s'", path);
		return intoto_hint(err, "git intoto hooks install%s",
				   strstr(path, "pre-push") ? "" : " --server");
	}
	if (access(path, X_OK) < 0)
		return 0;
	strlist_add(&argv, path);
	if (run(status, &argv, given, &why) == 0)
		return 0;
	if (!strstr(why.message, strerror(ENOEXEC))) {
		*err = why;
		return -1;
	}
	strlist_add(&script, "/bin/sh");
	strlist_add(&script, path);
	return run(status, &script, given, err);
}

static int run_check(int *status, const char *event, bool report_only,
		     const struct given *given, struct intoto_error *err)
{
	scoped_value(strlist) argv = STRLIST_INIT;
	scoped_text program = NULL;

	if (hooks_own_path(&program, err) < 0)
		return -1;
	strlist_add(&argv, program);
	strlist_add(&argv, "check");
	if (report_only)
		strlist_add(&argv, "--report-only");
	strlist_add(&argv, event);
	strlist_add(&argv, "--");
	return run(status, &argv, given, err);
}

int cmd_hooks_run(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "hooks run [--report-only] --before HOOK "
				    "EVENT [-- ARGUMENT...]";
	scoped_value(given) given = { .list = BUFFER_MAX(STDIN_MAX) };
	const char *before = NULL;
	bool report_only = false;
	int status;
	const struct option options[] = {
		OPT_STRING(0, "before", &before, "HOOK",
			   "run HOOK first; if it fails, that is all"),
		OPT_FLAG(0, "report-only", &report_only,
			 "our check refuses nothing"),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 4, "EVENT and what git gives the hook",
			     usage, err) < 0)
		return -1;
	if (!before)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "'hooks run' needs --before HOOK");
	given.arguments = argv + 1;
	given.has_list = strcmp(argv[0], "update") != 0;
	if ((given.has_list && read_list(&given, err) < 0) ||
	    run_before(&status, before, &given, err) < 0)
		return -1;
	if (status)
		return status;
	return run_check(&status, argv[0], report_only, &given, err) < 0
		       ? -1
		       : status;
}
