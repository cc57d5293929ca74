/* git intoto hooks status: run each hook as git would, and say what answers. */
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/xalloc.h"
#include "cmd/hooks.h"
#include "cmd/options.h"
#include "policy/trust.h"
#include "repo/git.h"

#define SERVER_PATH "/usr/local/bin:/usr/bin:/bin"

/* Where and with what git starts a hook: nothing of our environment. */
struct stage {
	struct repo *repo;
	const char *cwd;
	struct strlist env;
	char *path; /* PATH */
};

static void stage_release(struct stage *stage)
{
	strlist_release(&stage->env);
	free(stage->path);
}
SCOPED_RELEASE(stage);

/* git puts its own programs in front. */
static int stage_init(struct stage *stage, struct repo *repo,
		      struct intoto_error *err)
{
	static const char *const args[] = { "--exec-path", NULL };
	scoped_text git = NULL;

	if (git_line(&git, NULL, args, err) < 0)
		return -1;
	stage->repo = repo;
	stage->cwd = repo->work_tree ? repo->work_tree : repo->git_dir;
	stage->path = xasprintf("%s:%s", git, SERVER_PATH);
	strlist_addf(&stage->env, "PATH=%s", stage->path);
	strlist_add(&stage->env, "LC_ALL=C");
	if (!repo->work_tree)
		strlist_add(&stage->env, "GIT_DIR=.");
	return 0;
}

static int stage_run(struct process_result *out, const struct stage *stage,
		     const char *const *argv, const char *input,
		     struct intoto_error *err)
{
	const struct process what = {
		.argv = argv,
		.cwd = stage->cwd,
		.env = (const char *const *)stage->env.items,
		.clear_env = true,
		.input = input,
		.input_len = input ? strlen(input) : 0,
		.out = PROCESS_CAPTURE,
		.err = PROCESS_CAPTURE,
	};

	return process_run(out, &what, err);
}

/* The argument list of a hook, or of what stands for it. */
static void hook_argv(struct strlist *out, const struct hook *hook,
		      const char *event, const char *program)
{
	if (hook->found.chained) {
		/* Only our part: what comes first may act on what it sees. */
		strlist_add(out, program);
		strlist_add(out, "check");
		strlist_add(out, event);
		strlist_add(out, "--");
	} else if (hook->config) {
		strlist_add(out, "/bin/sh");
		strlist_add(out, "-c");
		strlist_addf(out, "%s \"$@\"", hook->command);
		strlist_add(out, hook->config);
	} else {
		strlist_add(out, hook->path);
	}
}

/* A push that changes nothing: to a server a branch that is not there and
 * stays away, and from a clone no ref at all. */
static int try_hook(struct process_result *result, const struct stage *stage,
		    const struct hook *hook, const char *event,
		    const char *program, struct intoto_error *err)
{
	scoped_value(strlist) argv = STRLIST_INIT;
	scoped_text list = NULL;
	char zeros[OID_HEX_SIZE];

	memset(zeros, '0', sizeof(zeros));
	zeros[2 * stage->repo->oid_size] = '\0';
	hook_argv(&argv, hook, event, program);
	if (!strcmp(event, "pre-push")) {
		strlist_add(&argv, "none");
		strlist_add(&argv, "none");
	} else if (!strcmp(event, "update")) {
		strlist_add(&argv, "refs/heads/none");
		strlist_add(&argv, zeros);
		strlist_add(&argv, zeros);
	} else {
		list = xasprintf("%s %s refs/heads/none\n", zeros, zeros);
	}
	return stage_run(result, stage, (const char *const *)argv.items, list,
			 err);
}

/* Where git, without our environment, looks; NULL: there. To be freed. */
static int find_elsewhere(char **out, const struct stage *stage,
			  const struct hook *hook, const char *event,
			  struct intoto_error *err)
{
	scoped_text relative = path_join("hooks", event);
	const char *const argv[] = {
		"git",	      "rev-parse", "--path-format=absolute",
		"--git-path", relative,	   NULL
	};
	scoped_value(process_result) result = { 0 };

	if (stage_run(&result, stage, argv, NULL, err) < 0)
		return -1;
	if (result.status)
		return git_fail(err, &result, "ask git for its hooks");
	if (result.out.len)
		result.out.data[--result.out.len] = '\0';
	*out = strcmp(buffer_text(&result.out), hook->path)
		       ? buffer_take(&result.out)
		       : NULL;
	return 0;
}

/* Why git will not run it; NULL if it will. To be freed. */
static int find_passed_over(char **out, const struct stage *stage,
			    const struct hook *hook, const char *event,
			    struct intoto_error *err)
{
	scoped_text elsewhere = NULL;
	const char *const list[] = { "git", "hook", "list", "-z", event, NULL };
	scoped_value(process_result) result = { 0 };
	bool reads;

	*out = NULL;
	if (hook->off) {
		*out = xstrdup("it is not executable: git passes over it");
		return 0;
	}
	if (!hook->config) {
		if (find_elsewhere(&elsewhere, stage, hook, event, err) < 0)
			return -1;
		if (elsewhere)
			*out = xasprintf("git looks for it at '%s'", elsewhere);
		return 0;
	}
	if (hookfile_by_config(&reads, err) < 0)
		return -1;
	if (!reads) {
		*out = xstrdup("this git reads no hooks from its "
			       "configuration");
		return 0;
	}
	if (stage_run(&result, stage, list, NULL, err) < 0)
		return -1;
	if (!hookfile_is_listed(&result.out, hook->config))
		*out = xasprintf("git passes over '%s'", hook->config);
	return 0;
}

/* "git-intoto 0.1.0 at /usr/bin/git-intoto"; NULL if it is something else. To
 * be freed. */
static char *describe_program(const struct stage *stage, const char *program)
{
	static const char name[] = "git-intoto ";
	const char *const argv[] = { program, "--version", NULL };
	scoped_value(process_result) result = { 0 };
	struct intoto_error err = { 0 };
	const char *text;

	if (stage_run(&result, stage, argv, NULL, &err) < 0 || result.status)
		return NULL;
	text = buffer_text(&result.out);
	if (strncmp(text, name, strlen(name)))
		return NULL;
	return xasprintf("%.*s at %s", (int)strcspn(text, "\n"), text, program);
}

/* What it says when it fails, on one line; to be freed. */
static char *complaint(const struct process_result *result)
{
	const char *text = buffer_text(&result->err);

	if (!*text)
		return xasprintf("it ends with status %d", result->status);
	return xmemdupz(text, strcspn(text, "\n"));
}

static int find_failure(char **out, const struct stage *stage,
			const struct hook *hook, const char *event,
			const char *program, struct intoto_error *err)
{
	scoped_value(process_result) result = { 0 };
	struct intoto_error why = { 0 };

	if (find_passed_over(out, stage, hook, event, err) < 0)
		return -1;
	if (*out)
		return 0;
	if (!program)
		*out = xstrdup("no git-intoto is found, and each push is "
			       "refused");
	else if (try_hook(&result, stage, hook, event, program, &why) < 0)
		*out = xstrdup(why.message);
	else if (result.status)
		*out = complaint(&result);
	return 0;
}

static int print_ours(bool *bad, const struct stage *stage,
		      const struct hook *hook, const char *event,
		      struct intoto_error *err)
{
	static const char *const texts[] = {
		[HOOK_OURS] = "installed",
		[HOOK_OURS_OLD] = "installed by an earlier version",
		[HOOK_OURS_EDITED] = "installed, and edited or of another "
				     "version",
	};
	scoped_text program =
		hookfile_find_program(hook->found.program, stage->path);
	scoped_text answers = NULL;
	scoped_text failure = NULL;
	scoped_text shown = NULL;
	scoped_value(buffer) line = BUFFER_INIT;

	if (find_failure(&failure, stage, hook, event, program, err) < 0)
		return -1;
	if (program)
		answers = describe_program(stage, program);
	if (program && !answers && !failure)
		failure = xasprintf("%s is not git-intoto", program);
	if (answers)
		buffer_printf(&line, ": %s", answers);
	if (hook->found.chained)
		buffer_printf(&line, ", after %s",
			      hook->kept ? hook->kept : "one that is gone");
	if (failure)
		buffer_printf(&line, "; but it fails: %s", failure);
	shown = escape_text(buffer_text(&line));
	printf("%-12s %s%s%s%s\n", event, texts[hook->state],
	       hook->config ? " in the configuration" : "",
	       hook->found.report_only ? ", to report only" : "", shown);
	*bad |= failure != NULL;
	return 0;
}

/* Of what is meant for the other kind of repository, only what is ours. */
static int print_status(bool *bad, bool *guards, const struct stage *stage,
			const char *event, struct intoto_error *err)
{
	const bool here = stage->repo->bare == (strcmp(event, "pre-push") != 0);
	scoped_value(hook) hook = { 0 };

	if (hookfile_look(&hook, stage->repo, event, err) < 0)
		return -1;
	if (hook.state != HOOK_ABSENT && hook.state != HOOK_STRANGER) {
		*guards |= strcmp(event, "pre-push") != 0;
		return print_ours(bad, stage, &hook, event, err);
	}
	if (here)
		printf("%-12s %s\n", event,
		       hook.state == HOOK_ABSENT ? "not installed"
						 : "not ours");
	return 0;
}

/* What a server goes by. */
static int print_pin(bool *bad, struct repo *repo, struct intoto_error *err)
{
	scoped(trust) trust = NULL;

	if (trust_load_local(&trust, repo, err) < 0)
		return -1;
	if (*trust->root_pin)
		printf("%-12s root sha256:%s\n", "trust", trust->root_pin);
	else if (!trust_is_empty(trust))
		printf("%-12s keys: %zu of %zu must sign\n", "trust",
		       trust->threshold, trust->n_keys);
	else
		printf("%-12s nothing is pinned: each guarded tag is refused\n",
		       "trust");
	*bad |= !*trust->root_pin && trust_is_empty(trust);
	return 0;
}

int cmd_hooks_status(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "hooks status";
	static const char *const events[] = { "pre-push", "pre-receive",
					      "update" };
	scoped_value(stage) stage = { 0 };
	scoped(repo) repo = NULL;
	bool bad = false;
	bool guards = false;
	const struct option options[] = { OPT_END };

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "nothing", usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0 ||
	    stage_init(&stage, repo, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (print_status(&bad, &guards, &stage, events[i], err) < 0)
			return -1;
	if (guards && print_pin(&bad, repo, err) < 0)
		return -1;
	return bad ? CMD_REJECTED : 0;
}
