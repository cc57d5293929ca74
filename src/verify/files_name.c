/* files_name.c: the names that files are recorded under. */
#include "verify/files_name.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"

/* Drop the last component, unless there is none that can be dropped. */
static bool drop_last(struct buffer *out, size_t root)
{
	size_t start = out->len;

	while (start > root && out->data[start - 1] != '/')
		start--;
	if (start == out->len || !strcmp(out->data + start, ".."))
		return false;
	out->len = start > root ? start - 1 : start;
	out->data[out->len] = '\0';
	return true;
}

char *files_normalize(const char *path)
{
	scoped_value(buffer) out = BUFFER_INIT;
	size_t root = strspn(path, "/");

	/* POSIX: exactly two slashes may mean something else. */
	root = root == 2 ? 2 : root > 0;
	for (size_t i = 0; i < root; i++)
		buffer_putc(&out, '/');
	for (path += strspn(path, "/"); *path; path += strspn(path, "/")) {
		const size_t len = strcspn(path, "/");
		const bool up = len == 2 && !memcmp(path, "..", 2);

		if ((len == 1 && *path == '.') ||
		    (up && (drop_last(&out, root) || root > 0))) {
			path += len;
			continue;
		}
		if (out.len > root)
			buffer_putc(&out, '/');
		buffer_add(&out, path, len);
		path += len;
	}
	if (out.len == 0)
		buffer_putc(&out, '.');
	return buffer_take(&out);
}

static bool begins(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

int files_check_lstrip(const struct strlist *lstrip, struct intoto_error *err)
{
	scoped_value(strlist) sorted = STRLIST_INIT;

	/* What begins another is its neighbour then. */
	strlist_add_all(&sorted, lstrip);
	strlist_sort(&sorted);
	for (size_t i = 1; i < sorted.n; i++)
		if (begins(sorted.items[i], sorted.items[i - 1]))
			return intoto_fail(
				err, INTOTO_EINVALID,
				"prefix '%.256s' begins prefix '%.256s'",
				sorted.items[i - 1], sorted.items[i]);
	return 0;
}

static size_t prefix_len(const char *name, const struct strlist *lstrip)
{
	for (size_t i = 0; lstrip && i < lstrip->n; i++)
		if (begins(name, lstrip->items[i]))
			return strlen(lstrip->items[i]);
	return 0;
}

int files_append_name(struct buffer *out, const char *path,
		      const struct strlist *lstrip, struct intoto_error *err)
{
	const size_t len = strlen(path);
	scoped_text slashed = NULL;
	size_t cut;

	if (!is_utf8(path, len))
		return intoto_fail(err, INTOTO_EINVALID,
				   "the name of file '%s' is not UTF-8", path);
	if (memchr(path, '\\', len)) {
		slashed = xstrdup(path);
		for (char *at = slashed; *at; at++)
			if (*at == '\\')
				*at = '/';
		path = slashed;
	}
	cut = prefix_len(path, lstrip);
	if (cut == len)
		return intoto_fail(err, INTOTO_EINVALID,
				   "nothing is left of name '%s' without its "
				   "prefix",
				   path);
	buffer_add(out, path + cut, len - cut);
	return 0;
}
