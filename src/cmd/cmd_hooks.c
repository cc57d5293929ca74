/* git intoto hooks: install what guards pushes, here or on a server. */
#include <unistd.h>

#include "base/xalloc.h"
#include "cmd/hooks.h"
#include "cmd/options.h"

const char *const hooks_work_events[] = { "pre-push", NULL };
const char *const hooks_server_events[] = { "pre-receive", "update", NULL };

int hooks_own_path(char **out, struct intoto_error *err)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path));

	if (len <= 0 || (size_t)len == sizeof(path))
		return intoto_fail(err, INTOTO_EIO,
				   "cannot find the path of this program");
	*out = xmemdupz(path, (size_t)len);
	return 0;
}

static int uninstall(struct repo *repo, const char *event,
		     struct intoto_error *err)
{
	bool changed;

	if (hookfile_uninstall(&changed, repo, event, err) < 0)
		return -1;
	if (changed)
		printf("%s removed\n", event);
	return 0;
}

static int cmd_hooks_uninstall(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "hooks uninstall";
	static const char *const events[] = { "pre-push", "pre-receive",
					      "update" };
	scoped(repo) repo = NULL;
	const struct option options[] = { OPT_END };

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "nothing", usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0)
		return -1;
	/* All or none. */
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (hookfile_check_uninstall(repo, events[i], err) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (uninstall(repo, events[i], err) < 0)
			return -1;
	return 0;
}

int cmd_hooks(int argc, char **argv, struct intoto_error *err)
{
	static const struct command table[] = {
		{ "install", cmd_hooks_install, "guard pushes from now on" },
		{ "uninstall", cmd_hooks_uninstall,
		  "remove ours, put back what was there" },
		{ "status", cmd_hooks_status, "what is installed and works" },
		{ "run", cmd_hooks_run, "what a hook with another one calls" },
		{ NULL, NULL, NULL },
	};

	return command_dispatch(table, "hooks", argc, argv, err);
}
