/* import_files.c: read what is to be imported: files, bundles, folders. */
#include "cmd/import_files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/xalloc.h"
#include "repo/notes.h"
#include "verify/sublayout.h"

#define ROOT_NAME "root.layout"
#define ENTRIES_MAX 100000 /* of a folder, with all below it */

static bool ends_in(const char *name, const char *end)
{
	const size_t len = strlen(name);

	return len > strlen(end) && !strcmp(name + len - strlen(end), end);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!text[i] || !strchr(" \t\r\n", text[i]))
			return false;
	return true;
}

/* Its first line is one envelope, and others follow. */
static bool is_bundle(const char *path, const char *text, size_t len)
{
	const char *newline = memchr(text, '\n', len);
	struct intoto_error ignored = { 0 };
	scoped(envelope) envelope = NULL;

	if (ends_in(path, ".jsonl"))
		return true;
	return newline && !is_blank(newline, (size_t)(text + len - newline)) &&
	       envelope_read(&envelope, text, (size_t)(newline - text), false,
			     &ignored) == 0;
}

static void add_bundle(struct import *out, const char *path, const char *text,
		       size_t len)
{
	const char *end = text + len;
	size_t number = 1;

	for (const char *at = text; at < end; number++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const size_t n = (size_t)((newline ? newline : end) - at);
		scoped_text origin = xasprintf("%s:%zu", path, number);

		if (!is_blank(at, n))
			import_add(out, origin, at, n, false);
		at += n + 1;
	}
}

static int read_file(struct import *out, const char *path,
		     struct intoto_error *err)
{
	const bool is_root = !strcmp(last_part(path), ROOT_NAME);
	scoped_value(buffer) text = BUFFER_INIT;

	if (file_read(&text, path, NOTE_MAX, err) < 0)
		return -1;
	if (is_bundle(path, buffer_text(&text), text.len))
		add_bundle(out, path, buffer_text(&text), text.len);
	else
		import_add(out, path, buffer_text(&text), text.len, is_root);
	return 0;
}

static int list_folder(struct strlist *out, const char *path,
		       struct intoto_error *err)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s",
				   path, strerror(errno));
	while ((entry = readdir(dir)) && out->n < ENTRIES_MAX)
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			strlist_add(out, entry->d_name);
	closedir(dir);
	if (out->n == ENTRIES_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "'%s' has more than %d entries", path,
				   ENTRIES_MAX);
	strlist_sort(out);
	return 0;
}

static bool is_metadata(const char *name)
{
	return !strcmp(name, ROOT_NAME) || ends_in(name, ".link") ||
	       ends_in(name, ".jsonl");
}

/* A folder of links, or one that `export` made for one of several layouts. */
static bool is_wanted(const char *path, const char *name)
{
	scoped_text root = path_join(path, ROOT_NAME);

	return bind_parent_ok(name) || file_exists(root);
}

/* Folders may be links to each other: what they hold would have no end. */
static int read_folder(struct import *out, size_t *left, const char *path,
		       size_t depth, struct intoto_error *err)
{
	scoped_value(strlist) names = STRLIST_INIT;

	if (depth > SUBLAYOUT_DEPTH_MAX + 1)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "'%s' is more than %d folders deep", path,
				   SUBLAYOUT_DEPTH_MAX);
	if (list_folder(&names, path, err) < 0)
		return -1;
	if (names.n >= *left)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "'%s' is in a folder with more than %d "
				   "entries",
				   path, ENTRIES_MAX);
	*left -= names.n;
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.items[i];
		scoped_text inside = path_join(path, name);

		if (file_is_dir(inside)
			    ? is_wanted(inside, name) &&
				      read_folder(out, left, inside, depth + 1,
						  err) < 0
			    : is_metadata(name) &&
				      read_file(out, inside, err) < 0)
			return -1;
	}
	return 0;
}

int import_read(struct import *out, const char *path, struct intoto_error *err)
{
	const size_t before = out->n;
	size_t left = ENTRIES_MAX;

	if (!file_is_dir(path))
		return read_file(out, path, err);
	if (read_folder(out, &left, path, 0, err) < 0)
		return -1;
	if (out->n == before)
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' holds no links: no *.link, *.jsonl "
				   "or root.layout",
				   path);
	return 0;
}
