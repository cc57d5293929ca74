/* files_list.c: note down files by name, and hash them. */
#include <errno.h>
#include <string.h>

#include "base/xalloc.h"
#include "verify/files_hash.h"
#include "verify/files_internal.h"
#include "verify/files_name.h"
#include "verify/files_walk.h"

#define TEXT_MAX ((size_t)2 << 30)

const char *const files_default_excludes[] = { "*.link*", ".git", "*.pyc", "*~",
					       NULL };

static int make_exclude(struct exclude **out, const struct strlist *patterns,
			struct intoto_error *err)
{
	scoped_value(strlist) defaults = STRLIST_INIT;

	if (patterns && patterns->n > 0)
		return exclude_new(out, patterns, err);
	for (size_t i = 0; files_default_excludes[i]; i++)
		strlist_add(&defaults, files_default_excludes[i]);
	return exclude_new(out, &defaults, err);
}

int recording_open(struct recording *out, int base,
		   const struct files_options *options,
		   struct intoto_error *err)
{
	*out = (struct recording){
		.options = options,
		.base = base,
		.text = BUFFER_MAX(TEXT_MAX),
		.prefix = "",
		.lstrip = options->lstrip,
	};
	return make_exclude(&out->exclude, options->exclude, err);
}

void recording_release(struct recording *recording)
{
	exclude_free(recording->exclude);
	buffer_release(&recording->text);
	free(recording->items);
}

/* The last component; of a path that was given, any. */
static bool has_git(const char *path, bool any)
{
	const char *end = path + strlen(path);

	while (end > path) {
		const char *slash = memrchr(path, '/', (size_t)(end - path));
		const char *start = slash ? slash + 1 : path;

		if (end - start == 4 && !memcmp(start, ".git", 4))
			return true;
		if (!any || !slash)
			return false;
		end = slash;
	}
	return false;
}

/* Patterns never mean the folder itself that is recorded: `.*` would leave out
 * everything. */
static bool skip(void *data, const char *path, size_t len)
{
	struct recording *recording = data;

	if (recording->options->skip_git && has_git(path, false))
		return true;
	return strcmp(path, ".") != 0 &&
	       exclude_has(recording->exclude, path, len);
}

static int visit_odd(const struct recording *recording, const char *path,
		     enum files_kind kind, int number, struct intoto_error *err)
{
	const struct files_options *options = recording->options;

	if (options->ignore_unreadable ||
	    (kind == FILES_SPECIAL && options->ignore_special))
		return 0;
	return intoto_fail(err, INTOTO_EIO, "cannot read '%.700s': %s", path,
			   kind == FILES_SPECIAL ? "no regular file"
						 : strerror(number));
}

static int visit(void *data, const char *path, size_t len, enum files_kind kind,
		 int number, struct intoto_error *err)
{
	struct recording *recording = data;
	struct listed listed = { .path = recording->text.len };

	if (kind != FILES_REGULAR)
		return visit_odd(recording, path, kind, number, err);
	if (recording->n >= ARTIFACTS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT, "more than %d files",
				   ARTIFACTS_MAX);
	buffer_add(&recording->text, path, len + 1);
	listed.name = recording->text.len;
	buffer_puts(&recording->text, recording->prefix);
	if (files_append_name(&recording->text, path, recording->lstrip, err) <
	    0)
		return -1;
	buffer_putc(&recording->text, '\0');
	if (buffer_check(&recording->text, "list of files", err) < 0)
		return -1;
	ALLOC_GROW(recording->items, recording->n + 1, recording->alloc);
	recording->items[recording->n++] = listed;
	return 0;
}

int recording_walk(struct recording *recording, const char *path,
		   struct intoto_error *err)
{
	const struct files_walk walk = {
		.base = recording->base,
		.follow_dirs = recording->options->follow_symlink_dirs,
		.skip = skip,
		.visit = visit,
		.data = recording,
	};

	if ((recording->options->skip_git && has_git(path, true)) ||
	    skip(recording, path, strlen(path)))
		return 0;
	return files_walk(&walk, path, err);
}

static int by_name(const void *a, const void *b, void *data)
{
	const struct listed *left = a;
	const struct listed *right = b;
	const char *text = data;
	const int order = strcmp(text + left->name, text + right->name);

	return order ? order : strcmp(text + left->path, text + right->path);
}

/* The same file twice is once, but not where names are cut. */
static int recording_sort(struct recording *recording, struct intoto_error *err)
{
	const char *text = recording->text.data;
	struct listed *items = recording->items;
	const bool cuts = recording->lstrip && recording->lstrip->n > 0;
	size_t kept = 0;

	if (recording->n == 0)
		return 0;
	qsort_r(items, recording->n, sizeof(*items), by_name,
		recording->text.data);
	for (size_t i = 0; i < recording->n; i++) {
		const struct listed *last = kept ? &items[kept - 1] : NULL;

		if (!last || strcmp(text + last->name, text + items[i].name)) {
			items[kept++] = items[i];
			continue;
		}
		if (strcmp(text + last->path, text + items[i].path) != 0)
			return intoto_fail(
				err, INTOTO_EINVALID,
				"'%.256s' and '%.256s' would both be recorded "
				"as '%.256s'",
				text + last->path, text + items[i].path,
				text + items[i].name);
		if (cuts)
			return intoto_fail(err, INTOTO_EINVALID,
					   "'%.512s' is given twice",
					   text + items[i].path);
	}
	recording->n = kept;
	return 0;
}

int recording_hash(struct artifacts *set, struct recording *recording,
		   struct intoto_error *err)
{
	const struct files_options *options = recording->options;
	const struct files_hashing hashing = {
		.base = recording->base,
		.normalize_line_endings = options->normalize_line_endings,
		.ignore_unreadable = options->ignore_unreadable,
		.workers = options->workers,
		.progress = options->progress,
		.progress_data = options->progress_data,
	};
	const char *text = recording->text.data;
	struct files_hash_item *items;
	int ret;

	if (recording_sort(recording, err) < 0)
		return -1;
	items = xcalloc(recording->n + 1, sizeof(*items));
	for (size_t i = 0; i < recording->n; i++)
		items[i].path = text + recording->items[i].path;
	ret = files_hash(items, recording->n, &hashing, err);
	for (size_t i = 0; ret == 0 && i < recording->n; i++) {
		const char *name = text + recording->items[i].name;

		if (!items[i].unreadable)
			artifacts_add(set, name, strlen(name), items[i].sha256);
	}
	free(items);
	return ret;
}
