/* git intoto hooks: install what guards pushes, here or on a server. */
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "cmd/options.h"
#include "cmd/trusting.h"
#include "policy/guard.h"
#include "policy/hookfile.h"
#include "repo/git.h"
#include "repo/refs.h"

static const char *const work_events[] = { "pre-push", NULL };
static const char *const server_events[] = { "pre-receive", "update", NULL };

/* This program, as the hooks will run it. */
static int own_path(char **out, struct intoto_error *err)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len <= 0)
		return intoto_fail(err, INTOTO_EIO,
				   "cannot find the path of this program");
	*out = xmemdupz(path, (size_t)len);
	return 0;
}

/* The pin: whose layouts the server believes. */
static int pin(struct repo *repo, const struct strlist *specs, size_t threshold,
	       struct intoto_error *err)
{
	struct key_settings settings = keys_settings(repo);
	scoped_value(keys) keys = { 0 };
	scoped(trust) trust = NULL;
	bool added = false, changed = false;

	if (keys_load(&keys, specs, &settings, err) < 0 ||
	    trust_load(&trust, repo, err) < 0)
		return -1;
	for (size_t i = 0; i < keys.n; i++) {
		trust_add_key(&added, trust, keys.items[i]);
		changed |= added;
	}
	if (trust_is_empty(trust)) {
		intoto_fail(err, INTOTO_ETRUST,
			    "a server needs a pin: the key that signs its "
			    "layouts");
		return intoto_hint(err, "git intoto hooks install --server "
					"--key KEY");
	}
	if ((changed || threshold != SIZE_MAX) &&
	    trust_set_threshold(trust, threshold == SIZE_MAX ? 0 : threshold,
				err) < 0)
		return -1;
	trusting_print(stdout, trust);
	return changed || threshold != SIZE_MAX ? trust_save(trust, repo, err)
						: 0;
}

/* Tags from before are listed and left alone. */
static int list_tags(struct repo *repo, struct intoto_error *err)
{
	const char *const prefixes[] = { "refs/", NULL };
	scoped_value(refs) refs = { 0 };
	size_t n = 0;

	if (refs_list(&refs, repo, prefixes, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++) {
		const char *name = refs.items[i].name;

		if (!guard_concerns(repo, name) ||
		    !strncmp(name, "refs/notes/", 11) ||
		    !strncmp(name, NOTES_TRACKING_PREFIX,
			     strlen(NOTES_TRACKING_PREFIX)))
			continue;
		if (!n++)
			puts("there already, and left as they are:");
		printf("  %s\n", name);
	}
	return 0;
}

static int cmd_hooks_install(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "hooks install\n"
				    "hooks install --server --key KEY...";
	scoped_value(strlist) keys = STRLIST_INIT;
	scoped(repo) repo = NULL;
	scoped_text program = NULL;
	const char *const *events;
	size_t threshold = SIZE_MAX;
	bool server = false;
	const struct option options[] = {
		OPT_FLAG(0, "server", &server,
			 "guard a bare repository: pre-receive and update"),
		OPT_LIST('k', "key", &keys, "KEY",
			 "the server believes layouts that KEY signed"),
		OPT_NUMBER(0, "threshold", &threshold, "N",
			   "how many of the keys must sign (default: all)"),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "nothing", usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0)
		return -1;
	if (!server && (keys.n || repo->bare)) {
		intoto_fail(err, INTOTO_EUSAGE,
			    keys.n ? "option '--key' goes with '--server'"
				   : "a bare repository is guarded with "
				     "'--server'");
		return intoto_hint(err, "git intoto hooks install --server "
					"--key KEY");
	}
	if (own_path(&program, err) < 0 || guard_check_config(repo, err) < 0 ||
	    (server && pin(repo, &keys, threshold, err) < 0))
		return -1;
	events = server ? server_events : work_events;
	for (; *events; events++) {
		bool changed;

		if (hookfile_install(&changed, repo, *events, program, err) < 0)
			return -1;
		printf("%s %s\n", *events,
		       changed ? "installed" : "already installed");
	}
	return server ? list_tags(repo, err) : 0;
}

static int cmd_hooks_uninstall(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "hooks uninstall";
	static const char *const *const all[] = { work_events, server_events };
	scoped(repo) repo = NULL;
	const struct option options[] = { OPT_END };

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "nothing", usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		for (const char *const *event = all[i]; *event; event++) {
			bool changed;

			if (hookfile_uninstall(&changed, repo, *event, err) < 0)
				return -1;
			if (changed)
				printf("%s removed\n", *event);
		}
	}
	return 0;
}

/* Run the hook as git does: nothing of our environment, and a ref that is not
 * guarded, or in pre-push none. */
static int try_hook(bool *works, struct repo *repo, const char *event,
		    struct intoto_error *err)
{
	static const char *const env[] = { "PATH=/usr/local/bin:/usr/bin:/bin",
					   "LC_ALL=C", NULL };
	static const char zeros[] = "0000000000000000000000000000000000000000";
	static const char list[] = "0000000000000000000000000000000000000000 "
				   "0000000000000000000000000000000000000000 "
				   "refs/heads/none\n";
	const bool update = !strcmp(event, "update");
	scoped_value(process_result) result = { 0 };
	scoped_text dir = NULL;
	scoped_text path = NULL;
	const char *const argv[] = { NULL, update ? "refs/heads/none" : "none",
				     zeros, zeros, NULL };
	const char *argv_set[5];
	struct process what = { 0 };

	if (hookfile_dir(&dir, repo, err) < 0)
		return -1;
	path = xasprintf("%s/%s", dir, event);
	memcpy(argv_set, argv, sizeof(argv));
	argv_set[0] = path;
	if (!strcmp(event, "pre-push"))
		argv_set[3] = NULL;
	else if (!update)
		argv_set[1] = NULL;
	if (!strcmp(event, "pre-receive")) {
		what.input = list;
		what.input_len = strlen(list);
	}
	what.argv = argv_set;
	what.cwd = repo->work_tree && !strcmp(event, "pre-push")
			   ? repo->work_tree
			   : repo->git_dir;
	what.env = env;
	what.clear_env = true;
	what.out = what.err = PROCESS_CAPTURE;
	if (process_run(&result, &what, err) < 0)
		return -1;
	*works = !result.status;
	if (!*works)
		say_warning("%s: %s", event, buffer_text(&result.err));
	return 0;
}

static int print_status(bool *bad, struct repo *repo, const char *event,
			struct intoto_error *err)
{
	static const char *const texts[] = {
		[HOOK_ABSENT] = "not installed",
		[HOOK_OURS] = "installed",
		[HOOK_OURS_OLD] = "installed, by another version or edited",
		[HOOK_OURS_OFF] = "installed, but not executable: it is off",
		[HOOK_STRANGER] = "not ours",
	};
	enum hookfile_state state;
	bool works = true;

	if (hookfile_state(&state, repo, event, err) < 0)
		return -1;
	if ((state == HOOK_OURS || state == HOOK_OURS_OLD) &&
	    try_hook(&works, repo, event, err) < 0)
		return -1;
	printf("%-12s %s%s\n", event, texts[state],
	       works ? "" : ", but it fails");
	*bad |= !works || state == HOOK_OURS_OFF;
	return 0;
}

static int cmd_hooks_status(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "hooks status";
	scoped(repo) repo = NULL;
	const char *const *events;
	bool bad = false;
	const struct option options[] = { OPT_END };

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "nothing", usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0)
		return -1;
	for (events = repo->bare ? server_events : work_events; *events;
	     events++) {
		if (print_status(&bad, repo, *events, err) < 0)
			return -1;
	}
	return bad ? CMD_REJECTED : 0;
}

int cmd_hooks(int argc, char **argv, struct intoto_error *err)
{
	static const struct command table[] = {
		{ "install", cmd_hooks_install, "guard pushes from now on" },
		{ "uninstall", cmd_hooks_uninstall, "remove our hooks" },
		{ "status", cmd_hooks_status, "what is installed and works" },
		{ NULL, NULL, NULL },
	};

	return command_dispatch(table, "hooks", argc, argv, err);
}
