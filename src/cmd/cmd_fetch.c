/* git intoto fetch: bring the proof here from a remote. */
#include <stdio.h>
#include <unistd.h>

#include "base/encode.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/syncing.h"

static const char usage[] = "fetch [OPTION]... [REMOTE [TAG]...]";

static void print_result(const struct sync_result *result)
{
	scoped_text remote = escape_text(result->remote);

	for (size_t i = 0; i < result->refs.n; i++) {
		scoped_text name = escape_text(result->refs.items[i]);

		printf("fetched %s\n", name);
	}
	if (result->report.n)
		return;
	if (result->empty)
		printf("%s has no proof of anything\n", remote);
	else if (!result->refs.n)
		puts("everything is here already");
	for (size_t i = 0; !result->empty && i < result->bare.n; i++) {
		scoped_text name = escape_text(result->bare.items[i]);

		printf("%s has no proof of %s\n", remote, name);
	}
}

int cmd_fetch(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(sync_result) result = { 0 };
	struct sync_options sync = { .show = isatty(STDERR_FILENO) == 1 };
	scoped(repo) repo = NULL;
	const struct option options[] = {
		OPT_FLAG(0, "accept-rewind", &sync.accept_rewind,
			 "take what a remote that has gone back has now"),
		OPT_END,
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0 ||
	    syncing_operands(&sync, repo, argv, "fetch", err) < 0)
		return -1;
	fflush(stderr);
	if (sync_fetch(&result, repo, &sync, err) < 0)
		return -1;
	syncing_say(&result);
	print_result(&result);
	say_refusals(&result.report);
	return result.report.n ? CMD_REJECTED : 0;
}
