/* git intoto push: share the proof, and tags with it. */
#include <stdio.h>

#include "base/encode.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/syncing.h"

static const char usage[] = "push [OPTION]... [REMOTE [TAG]...]";

int cmd_push(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(sync_result) result = { 0 };
	struct sync_options sync = { 0 };
	scoped(repo) repo = NULL;
	const struct option options[] = {
		OPT_FLAG('n', "dry-run", &sync.dry_run,
			 "only say what would be pushed"),
		OPT_END,
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0 ||
	    syncing_operands(&sync, repo, argv, "push", err) < 0 ||
	    sync_push(&result, repo, &sync, err) < 0)
		return -1;
	syncing_say(&result);
	for (size_t i = 0; i < result.refs.n; i++) {
		scoped_text name = escape_text(result.refs.items[i]);

		printf("%s %s\n", sync.dry_run ? "would push" : "pushed", name);
	}
	if (result.report.n) {
		say_refusals(&result.report);
		return CMD_REJECTED;
	}
	if (!result.refs.n)
		puts("everything is there already");
	if (result.refs.n && result.attempts > 1)
		printf("pushed after %zu attempts\n", result.attempts);
	return 0;
}
