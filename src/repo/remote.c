/* remote.c: the remote of this project, and fetching the proof from it. */
#include "repo/remote.h"

#include <string.h>

#include "base/xalloc.h"
#include "repo/config.h"
#include "repo/git.h"
#include "repo/notes.h"

/* Without a URL it is only a place for settings. */
bool remote_is_named(const struct repo *repo, const char *name)
{
	scoped_text url = xasprintf("remote.%s.url", name);

	return config_get(repo, url) != NULL;
}

/* The remote that the current branch follows; NULL if there is none. */
static char *branch_remote(struct repo *repo)
{
	static const char heads[] = "refs/heads/";
	const char *const args[] = { "symbolic-ref", "--quiet", "HEAD", NULL };
	struct intoto_error ignored = { 0 };
	scoped_text head = NULL;
	scoped_text name = NULL;
	const char *remote;

	if (git_line(&head, repo, args, &ignored) < 0 ||
	    strncmp(head, heads, strlen(heads)))
		return NULL;
	name = xasprintf("branch.%s.remote", head + strlen(heads));
	remote = config_get(repo, name);
	return remote && remote_is_named(repo, remote) ? xstrdup(remote) : NULL;
}

char *remote_default(struct repo *repo)
{
	scoped_value(strlist) sections = STRLIST_INIT;
	char *found = branch_remote(repo);
	const char *only = NULL;
	size_t n = 0;

	if (found)
		return found;
	if (remote_is_named(repo, "origin"))
		return xstrdup("origin");
	config_subsections(&sections, repo, "remote");
	for (size_t i = 0; i < sections.n; i++) {
		if (!remote_is_named(repo, sections.items[i]))
			continue;
		only = sections.items[i];
		n++;
	}
	return n == 1 ? xstrdup(only) : NULL;
}

static bool has_url(const struct repo *repo, const char *name,
		    const char *variable, const char *url)
{
	scoped_text full = xasprintf("remote.%s.%s", name, variable);
	scoped_value(strlist) urls = STRLIST_INIT;

	config_get_all(&urls, repo, full);
	return strlist_has(&urls, url);
}

char *remote_of_url(const struct repo *repo, const char *url)
{
	scoped_value(strlist) sections = STRLIST_INIT;

	config_subsections(&sections, repo, "remote");
	for (size_t i = 0; i < sections.n; i++)
		if (has_url(repo, sections.items[i], "url", url) ||
		    has_url(repo, sections.items[i], "pushurl", url))
			return xstrdup(sections.items[i]);
	return NULL;
}

/* By the rules that hold for the names of tags. */
int remote_check_name(const char *remote, struct intoto_error *err)
{
	struct intoto_error ignored = { 0 };
	scoped_text ref = NULL;

	if (refs_tag_name(&ref, remote, &ignored) < 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' cannot be the name of a remote",
				   remote);
	return 0;
}

static char *refspec(const char *remote)
{
	return xasprintf("+" NOTES_PREFIX "*:" NOTES_TRACKING_PREFIX "%s/*",
			 remote);
}

int remote_add_refspec(bool *added, struct repo *repo, const char *remote,
		       struct intoto_error *err)
{
	scoped_text name = xasprintf("remote.%s.fetch", remote);
	scoped_text value = refspec(remote);

	if (remote_check_name(remote, err) < 0)
		return -1;
	if (!remote_is_named(repo, remote)) {
		intoto_fail(err, INTOTO_ENOTFOUND, "there is no remote '%s'",
			    remote);
		return intoto_hint(err, "git remote add %s <url>", remote);
	}
	return config_add(added, repo, name, value, err);
}

int remote_fetch(struct repo *repo, const char *remote,
		 struct intoto_error *err)
{
	scoped_text spec = refspec(remote);
	const char *const args[] = { "fetch",
				     "--no-recurse-submodules",
				     "--no-write-fetch-head",
				     "--no-prune",
				     remote,
				     spec,
				     NULL };
	scoped_value(git_command) command;
	scoped_value(process_result) result = { 0 };

	git_command_init(&command, repo, args);
	command.process.inherit_stdin = true;
	command.process.out = PROCESS_TO_STDERR;
	if (remote_check_name(remote, err) < 0 ||
	    git_command_run(&result, &command, err) < 0)
		return -1;
	if (result.status)
		return intoto_fail(err, INTOTO_ECHILD, "cannot fetch from '%s'",
				   remote);
	return 0;
}

bool remote_read_ref(struct oid *out, struct repo *repo, const char *remote,
		     const char *ref)
{
	const char *const args[] = { "ls-remote", "--refs", "--end-of-options",
				     remote,	  ref,	    NULL };
	struct intoto_error ignored = { 0 };
	scoped_text lines = NULL;

	if (git_line(&lines, repo, args, &ignored) < 0)
		return false;
	for (const char *line = lines; *line;) {
		const size_t len = strcspn(line, "\n");
		const size_t hex = strcspn(line, "\t");

		if (hex < len && len - hex - 1 == strlen(ref) &&
		    !memcmp(line + hex + 1, ref, strlen(ref)))
			return oid_parse(out, line, hex);
		line += len + (line[len] == '\n');
	}
	return false;
}

bool remote_has_tag_object(struct repo *repo, const char *remote,
			   const char *ref)
{
	scoped_text peeled = xasprintf("%s^{}", ref);
	const char *const args[] = { "ls-remote", remote, ref, peeled, NULL };
	struct intoto_error ignored = { 0 };
	scoped_value(git_command) command;
	scoped_value(process_result) result = { 0 };
	scoped_text line_end = xasprintf("\t%s\n", peeled);

	git_command_init(&command, repo, args);
	strlist_add(&command.env, "GIT_TERMINAL_PROMPT=0");
	strlist_add(&command.env, "GIT_ASKPASS=true");
	command.process.out = PROCESS_CAPTURE;
	command.process.err = PROCESS_DISCARD;
	return remote_check_name(remote, &ignored) == 0 &&
	       git_command_run(&result, &command, &ignored) == 0 &&
	       result.status == 0 &&
	       strstr(buffer_text(&result.out), line_end) != NULL;
}
