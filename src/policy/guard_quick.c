/* guard_quick.c: a push that plainly touches nothing guarded, from libc alone.
 */
#include "policy/guard_quick.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define CONFIG_MAX ((size_t)1 << 20)
#define SYSTEM_CONFIG "/etc/gitconfig"

/* A section of ours, or what brings settings from another file. A name of a
 * section cannot be written in another way. */
static bool says_nothing(const char *path)
{
	static const char *const words[] = { "[intoto", "[include",
					     "worktreeconfig" };
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error err = { 0 };

	if (file_read(&text, path, CONFIG_MAX, &err) < 0)
		return err.code == INTOTO_ENOTFOUND && access(path, F_OK) < 0;
	if (strlen(buffer_text(&text)) != text.len)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasestr(buffer_text(&text), words[i]))
			return false;
	return true;
}

/* Where the system's git is the one that runs, its system file is known. */
static bool is_system_git(void)
{
	static const char *const known[] = { "/usr/bin/git",
					     "/usr/lib/git-core/git",
					     "/usr/libexec/git-core/git" };
	const char *path = getenv("PATH");

	while (path && *path) {
		scoped_text dir = strndup(path, strcspn(path, ":"));
		scoped_text file = dir ? path_join(dir, "git") : NULL;
		scoped_text real = NULL;

		if (!file)
			return false;
		path += strcspn(path, ":");
		path += *path == ':';
		if (access(file, X_OK) < 0)
			continue;
		real = realpath(file, NULL);
		for (size_t i = 0; real && i < sizeof(known) / sizeof(*known);
		     i++)
			if (!strcmp(real, known[i]))
				return true;
		return false;
	}
	return false;
}

/* Of the repository that git started the hook in. */
static bool settings_say_nothing(void)
{
	const char *git_dir = getenv("GIT_DIR");
	scoped_text config = NULL;
	scoped_text common = NULL;

	if (!git_dir || !*git_dir || getenv("GIT_COMMON_DIR") ||
	    getenv("GIT_NAMESPACE"))
		return false;
	config = path_join(git_dir, "config");
	common = path_join(git_dir, "commondir");
	return access(common, F_OK) < 0 && access(config, R_OK) == 0 &&
	       says_nothing(config) && is_system_git() &&
	       says_nothing(SYSTEM_CONFIG);
}

static bool is_plain(const char *ref)
{
	static const char *const ours[] = { "refs/tags/", "refs/notes/in-toto",
					    "refs/in-toto-remotes" };

	if (strncmp(ref, "refs/", 5) != 0)
		return false;
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (!strncmp(ref, ours[i], strlen(ours[i])))
			return false;
	return true;
}

bool guard_quick_ref(const char *ref)
{
	return is_plain(ref) && settings_say_nothing();
}

/* The length of an id at `text`, or 0. */
static size_t id_length(const char *text)
{
	const size_t n = strspn(text, "0123456789abcdef");

	return n == 40 || n == 64 ? n : 0;
}

bool guard_quick_push(const char *list, size_t len)
{
	if (!len || strlen(list) != len || list[len - 1] != '\n')
		return false;
	while (*list) {
		const size_t n = id_length(list);

		if (!n || list[n] != ' ' || id_length(list + n + 1) != n ||
		    list[2 * n + 1] != ' ' || !is_plain(list + 2 * n + 2))
			return false;
		list = strchr(list, '\n') + 1;
	}
	return settings_say_nothing();
}
