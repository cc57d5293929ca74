/* objectdirs.c: the folders that hold a repository's objects. */
#include "repo/objectdirs.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/xalloc.h"

#define ALTERNATES_FILE_MAX ((size_t)1 << 20)
#define ALTERNATES_MAX 1000
#define ALTERNATES_DEPTH 5 /* git's own limit */

static int octal_digit(char c)
{
	return c >= '0' && c <= '7' ? c - '0' : -1;
}

/* The byte after a backslash, or -1; *text is moved past it. */
static int unescape(const char **text)
{
	static const char from[] = "abfnrtv\\\"";
	static const char to[] = "\a\b\f\n\r\t\v\\\"";
	const char *at = *text;
	const char *found = *at ? strchr(from, *at) : NULL;
	int value;

	if (found) {
		*text = at + 1;
		return (unsigned char)to[found - from];
	}
	if (*at > '3' || octal_digit(at[0]) < 0 || octal_digit(at[1]) < 0 ||
	    octal_digit(at[2]) < 0)
		return -1;
	value = octal_digit(at[0]) * 64 + octal_digit(at[1]) * 8 +
		octal_digit(at[2]);
	*text = at + 3;
	return value;
}

/* Of a text that starts with '"': what it quotes, or NULL; *end is set after
 * the closing '"'. */
static char *unquote(const char *text, const char **end)
{
	scoped_value(buffer) out = BUFFER_INIT;

	for (text++; *text != '"';) {
		int c = (unsigned char)*text++;

		if (c == '\0')
			return NULL;
		if (c == '\\')
			c = unescape(&text);
		if (c <= 0)
			return NULL;
		buffer_putc(&out, (char)c);
	}
	*end = text + 1;
	return out.len ? buffer_take(&out) : NULL;
}

void object_dirs_split(struct strlist *out, const char *text, char separator)
{
	while (*text) {
		const char *end = strchrnul(text, separator);
		const char *after = NULL;
		char *quoted = *text == '"' ? unquote(text, &after) : NULL;

		if (quoted && (*after == separator || *after == '\0')) {
			strlist_take(out, quoted);
			end = after;
		} else {
			free(quoted);
			if (end != text && *text != '#')
				strlist_take(out,
					     xmemdupz(text,
						      (size_t)(end - text)));
		}
		text = *end ? end + 1 : end;
	}
}

static void dirs_add(struct repo *repo, const char *path, unsigned depth);

static void dirs_add_file(struct repo *repo, const char *dir, unsigned depth)
{
	scoped_text path = path_join(dir, "info/alternates");
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_value(strlist) found = STRLIST_INIT;
	struct intoto_error ignored;

	if (file_read(&text, path, ALTERNATES_FILE_MAX, &ignored) < 0)
		return;
	object_dirs_split(&found, buffer_text(&text), '\n');
	for (size_t i = 0; i < found.n; i++) {
		const char *item = found.items[i];
		scoped_text full =
			*item == '/' ? xstrdup(item) : path_join(dir, item);

		dirs_add(repo, full, depth);
	}
}

static void dirs_add(struct repo *repo, const char *path, unsigned depth)
{
	scoped_text real = realpath(path, NULL);

	if (!real || !file_is_dir(real) ||
	    repo->object_dirs.n >= ALTERNATES_MAX || depth > ALTERNATES_DEPTH ||
	    strcmp(real, repo->object_dir) == 0 ||
	    strlist_has(&repo->object_dirs, real))
		return;
	strlist_add(&repo->object_dirs, real);
	dirs_add_file(repo, real, depth + 1);
}

/* Objects of a push that is being judged; they are read, never written. */
static int dirs_add_quarantine(struct repo *repo, const char *path,
			       struct intoto_error *err)
{
	scoped_text real = realpath(path, NULL);
	size_t len = strlen(repo->object_dir);

	if (!real)
		return intoto_fail(err, INTOTO_EINVALID,
				   "cannot find GIT_QUARANTINE_PATH '%s'",
				   path);
	if (strncmp(real, repo->object_dir, len) != 0 || real[len] != '/')
		return intoto_fail(err, INTOTO_EINVALID,
				   "GIT_QUARANTINE_PATH '%s' is not below '%s'",
				   path, repo->object_dir);
	dirs_add(repo, real, 0);
	return 0;
}

int object_dirs_find(struct repo *repo, struct intoto_error *err)
{
	const char *quarantine = getenv("GIT_QUARANTINE_PATH");
	const char *alternates = getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES");

	if (repo->server && quarantine &&
	    dirs_add_quarantine(repo, quarantine, err) < 0)
		return -1;
	if (alternates) {
		scoped_value(strlist) found = STRLIST_INIT;

		object_dirs_split(&found, alternates, ':');
		for (size_t i = 0; i < found.n; i++)
			dirs_add(repo, found.items[i], 0);
	}
	dirs_add_file(repo, repo->object_dir, 0);
	return 0;
}
