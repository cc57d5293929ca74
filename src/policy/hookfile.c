/* Files in the hooks folder: install ours, keep away from a stranger's. */
#include "policy/hookfile.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/hook_texts.h"
#include "repo/git.h"

#define MARKER "\n# git-intoto hook v"
#define PLACE "@PROGRAM@"
#define PROGRAM_LINE "\nprogram="
#define HOOK_MAX ((size_t)1 << 20)

int hookfile_dir(char **out, struct repo *repo, struct intoto_error *err)
{
	const char *const args[] = { "rev-parse", "--path-format=absolute",
				     "--git-path", "hooks", NULL };

	return git_line(out, repo, args, err);
}

static int hook_path(char **out, struct repo *repo, const char *event,
		     struct intoto_error *err)
{
	scoped_text dir = NULL;

	if (hookfile_dir(&dir, repo, err) < 0)
		return -1;
	*out = path_join(dir, event);
	return 0;
}

/* The hook's text with `word` (already quoted) as the program; NULL if there is
 * no such hook. */
static char *hook_text(const char *event, const char *word)
{
	for (const struct hook_text *hook = hook_texts; hook->event; hook++) {
		const char *place = strstr(hook->text, PLACE);

		if (strcmp(hook->event, event) || !place)
			continue;
		return xasprintf("%.*s%s%s", (int)(place - hook->text),
				 hook->text, word, place + strlen(PLACE));
	}
	return NULL;
}

/* The text that is there is ours, word for word, but for the program. */
static bool is_unedited(const char *event, const char *text)
{
	const char *line = strstr(text, PROGRAM_LINE);
	const char *word = line ? line + strlen(PROGRAM_LINE) : NULL;
	const char *end = word ? strchr(word, '\n') : NULL;
	scoped_text quoted = NULL;
	scoped_text expected = NULL;

	if (!end)
		return false;
	quoted = xmemdupz(word, (size_t)(end - word));
	expected = hook_text(event, quoted);
	return expected && !strcmp(expected, text);
}

static int read_hook(struct buffer *out, const char *path,
		     struct intoto_error *err)
{
	if (file_read(out, path, HOOK_MAX, err) < 0)
		return -1;
	return 0;
}

static int state_of(enum hookfile_state *out, struct buffer *text,
		    const char *event, const char *path,
		    struct intoto_error *err)
{
	struct stat status;

	if (!file_exists(path)) {
		*out = HOOK_ABSENT;
		return 0;
	}
	if (read_hook(text, path, err) < 0)
		return -1;
	if (!strstr(buffer_text(text), MARKER) ||
	    strlen(buffer_text(text)) != text->len) {
		*out = HOOK_STRANGER;
		return 0;
	}
	if (stat(path, &status) < 0 || !(status.st_mode & 0111))
		*out = HOOK_OURS_OFF;
	else
		*out = is_unedited(event, buffer_text(text)) ? HOOK_OURS
							     : HOOK_OURS_OLD;
	return 0;
}

int hookfile_state(enum hookfile_state *out, struct repo *repo,
		   const char *event, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_text path = NULL;

	if (hook_path(&path, repo, event, err) < 0)
		return -1;
	return state_of(out, &text, event, path, err);
}

/* Git looks for hooks by all of its configuration, a server's policy does not:
 * a core.hooksPath of the global file moves them elsewhere. */
static bool is_where_git_looks(const char *dir)
{
	static const char *const argv[] = {
		"git",	      "rev-parse", "--path-format=absolute",
		"--git-path", "hooks",	   NULL
	};
	const struct process what = { .argv = argv,
				      .out = PROCESS_CAPTURE,
				      .err = PROCESS_DISCARD };
	scoped_value(process_result) result = { 0 };
	struct intoto_error ignored = { 0 };
	const size_t len = strlen(dir);

	return process_run(&result, &what, &ignored) == 0 && !result.status &&
	       result.out.len == len + 1 &&
	       !memcmp(result.out.data, dir, len) &&
	       result.out.data[len] == '\n';
}

bool hookfile_is_active(struct repo *repo, const char *event)
{
	struct intoto_error ignored = { 0 };
	scoped_text dir = NULL;
	scoped_text path = NULL;
	enum hookfile_state state;

	if (hookfile_state(&state, repo, event, &ignored) < 0 ||
	    state != HOOK_OURS || hookfile_dir(&dir, repo, &ignored) < 0)
		return false;
	path = path_join(dir, event);
	/* What this user may not run, git passes over in silence. */
	return access(path, X_OK) == 0 && is_where_git_looks(dir);
}

/* Whatever the umask is: git passes over a hook that the user who pushes may
 * not run, and says nothing. */
static int write_hook(const char *dir, const char *path, const char *text,
		      struct intoto_error *err)
{
	if (!file_is_dir(dir) && (file_mkdirs(dir, 0755, err) < 0 ||
				  file_set_mode(dir, 0755, err) < 0))
		return -1;
	if (file_write(path, text, strlen(text), 0755, err) < 0)
		return -1;
	return file_set_mode(path, 0755, err);
}

int hookfile_install(bool *changed, struct repo *repo, const char *event,
		     const char *program, struct intoto_error *err)
{
	scoped_value(buffer) word = BUFFER_INIT;
	scoped_text wanted = NULL;
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_text path = NULL;
	scoped_text dir = NULL;
	enum hookfile_state state;

	quote_append(&word, program, QUOTE_SHELL);
	wanted = hook_text(event, buffer_text(&word));
	if (!wanted)
		return intoto_fail(err, INTOTO_EINVALID, "no hook '%s'", event);
	if (hookfile_dir(&dir, repo, err) < 0)
		return -1;
	path = path_join(dir, event);
	if (state_of(&state, &text, event, path, err) < 0)
		return -1;
	if (state == HOOK_STRANGER) {
		intoto_reject(err, "hook-stranger",
			      "'%s' is there and not ours; it is left alone",
			      path);
		return intoto_hint(err, "add `git intoto check %s%s` to it",
				   event,
				   strcmp(event, "pre-receive") ? " \"$@\""
								: "");
	}
	if (state == HOOK_OURS && !strcmp(buffer_text(&text), wanted)) {
		*changed = false;
		return 0;
	}
	if (write_hook(dir, path, wanted, err) < 0)
		return -1;
	*changed = true;
	return 0;
}

int hookfile_uninstall(bool *changed, struct repo *repo, const char *event,
		       struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_text path = NULL;
	enum hookfile_state state;

	*changed = false;
	if (hook_path(&path, repo, event, err) < 0 ||
	    state_of(&state, &text, event, path, err) < 0)
		return -1;
	if (state == HOOK_ABSENT || state == HOOK_STRANGER)
		return 0;
	if (!is_unedited(event, buffer_text(&text))) {
		intoto_reject(err, "hook-edited",
			      "'%s' was edited after it was installed", path);
		return intoto_hint(err, "rm %s", path);
	}
	if (file_remove_tree(path, err) < 0)
		return -1;
	*changed = true;
	return 0;
}
