/* hookconfig.c: a hook in git's configuration, which git 2.54 and later run. */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/hook_internal.h"
#include "repo/config.h"
#include "repo/git.h"

#define CONFIG_MAJOR 2
#define CONFIG_MINOR 54

static char *section(const char *event)
{
	return xasprintf("hook.intoto-%s", event);
}

int hookfile_by_config(bool *out, struct intoto_error *err)
{
	static const char *const args[] = { "version", NULL };
	static const char before[] = "git version ";
	scoped_text line = NULL;
	unsigned long number;
	char *end;

	if (git_line(&line, NULL, args, err) < 0)
		return -1;
	*out = false;
	if (strncmp(line, before, strlen(before)))
		return 0;
	number = strtoul(line + strlen(before), &end, 10);
	if (*end == '.')
		*out = number > CONFIG_MAJOR ||
		       (number == CONFIG_MAJOR &&
			strtoul(end + 1, NULL, 10) >= CONFIG_MINOR);
	return 0;
}

void hook_look_config(struct hook *out, struct repo *repo, const char *event)
{
	scoped_text name = section(event);
	scoped_text key = xasprintf("%s.command", name);
	const char *command = config_get(repo, key);

	if (!command)
		return;
	hooktext_read_command(&out->found, event, command);
	out->state = out->found.author == HOOK_BY_US	   ? HOOK_OURS
		     : out->found.author == HOOK_BY_US_OLD ? HOOK_OURS_OLD
							   : HOOK_OURS_EDITED;
	out->config = take(name);
	out->command = xstrdup(command);
}

static int set(struct repo *repo, const char *name, const char *variable,
	       const char *value, struct intoto_error *err)
{
	scoped_text key = xasprintf("%s.%s", name, variable);
	const char *const args[] = { "config", "--local", "--replace-all",
				     key,      value,	  NULL };
	scoped_value(process_result) result = { 0 };

	if (git_capture(&result, repo, args, err) < 0)
		return -1;
	if (result.status)
		return git_fail(err, &result, "write the configuration '%s'",
				key);
	return 0;
}

static bool is_set(struct repo *repo, const char *name, const char *variable,
		   const char *value)
{
	scoped_text key = xasprintf("%s.%s", name, variable);
	scoped_value(strlist) values = STRLIST_INIT;

	config_get_all(&values, repo, key);
	return values.n && !strcmp(values.items[values.n - 1], value);
}

/* The event comes last: git stops at one that has no command. `enabled` takes
 * the word from a user's own configuration, which git reads before. */
int hook_write_config(bool *changed, struct repo *repo, const char *event,
		      const struct hook_wish *wish, struct intoto_error *err)
{
	scoped_text name = section(event);
	scoped_text command = hooktext_command(event, wish);
	const char *const wanted[][2] = { { "command", command },
					  { "enabled", "true" },
					  { "event", event } };
	bool same = true;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		same = same && is_set(repo, name, wanted[i][0], wanted[i][1]);
	*changed = !same;
	if (same)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (set(repo, name, wanted[i][0], wanted[i][1], err) < 0)
			return -1;
	return config_load(repo, err);
}

int hook_remove_config(struct repo *repo, const char *event,
		       struct intoto_error *err)
{
	scoped_text name = section(event);
	const char *const args[] = { "config", "--local", "--remove-section",
				     name, NULL };
	scoped_value(process_result) result = { 0 };

	if (git_capture(&result, repo, args, err) < 0)
		return -1;
	if (result.status)
		return git_fail(err, &result, "remove the configuration '%s'",
				name);
	return config_load(repo, err);
}

/* A word in front, and a tab, mean that git passes over it. */
bool hookfile_is_listed(const struct buffer *list, const char *config)
{
	const char *name = strchr(config, '.') + strlen(".");
	const char *at = buffer_text(list);
	const char *end = at + list->len;

	for (; at < end; at += strlen(at) + 1)
		if (!strcmp(at, name))
			return true;
	return false;
}

/* By all of git's configuration: a user's own may switch it off. */
bool hook_config_counts(const struct hook *hook, const char *event)
{
	scoped_text key = xasprintf("%s.command", hook->config);
	const char *const list[] = { "git", "hook", "list", "-z", event, NULL };
	const char *const get[] = { "git", "config", "--get", key, NULL };
	struct process what = { .argv = list,
				.out = PROCESS_CAPTURE,
				.err = PROCESS_DISCARD };
	scoped_value(process_result) listed = { 0 };
	scoped_value(process_result) got = { 0 };
	struct intoto_error ignored = { 0 };
	const size_t len = strlen(hook->command);

	if (process_run(&listed, &what, &ignored) < 0 || listed.status ||
	    !hookfile_is_listed(&listed.out, hook->config))
		return false;
	what.argv = get;
	if (process_run(&got, &what, &ignored) < 0 || got.status)
		return false;
	return got.out.len == len + 1 &&
	       !memcmp(got.out.data, hook->command, len);
}
