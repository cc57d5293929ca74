/* built.c: find and hash what a build made. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/xalloc.h"
#include "cmd/built.h"
#include "metadata/pattern.h"
#include "verify/files_hash.h"

#define DEPTH_MAX 200 /* one open folder each */

struct walk {
	struct built *products;
	const struct strlist *patterns;
	unsigned depth;
};

void built_release(struct built *products)
{
	size_t i;

	for (i = 0; i < products->n; i++)
		free(products->items[i].path);
	free(products->items);
	*products = (struct built){ 0 };
}

void utf8_append_replaced(struct buffer *out, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		size_t n = utf8_char(at, len);

		if (n)
			buffer_add(out, at, n);
		else
			buffer_puts(out, "\xef\xbf\xbd");
		n = n ? n : 1;
		at += n;
		len -= n;
	}
}

/* A name that is no UTF-8 is held against the patterns with its odd bytes
 * replaced, so that it is noticed. */
static bool matches(const struct strlist *patterns, const char *path)
{
	scoped_value(buffer) text = BUFFER_INIT;
	size_t i;

	utf8_append_replaced(&text, path, strlen(path));
	for (i = 0; i < patterns->n; i++)
		if (pattern_match(patterns->items[i],
				  strlen(patterns->items[i]),
				  buffer_text(&text), text.len))
			return true;
	return false;
}

static int add_file(struct walk *walk, const char *path, const struct stat *st,
		    struct intoto_error *err)
{
	struct built *products = walk->products;

	if (!matches(walk->patterns, path))
		return 0;
	if (S_ISLNK(st->st_mode))
		return intoto_fail(err, INTOTO_EINVALID,
				   "product '%s' is a symbolic link", path);
	if (!S_ISREG(st->st_mode))
		return intoto_fail(err, INTOTO_EINVALID,
				   "product '%s' is no regular file", path);
	if (!is_utf8(path, strlen(path)))
		return intoto_fail(err, INTOTO_EINVALID,
				   "the name of product '%s' is no UTF-8",
				   path);
	if (products->n >= ARTIFACTS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT, "more than %d products",
				   ARTIFACTS_MAX);
	ALLOC_GROW(products->items, products->n + 1, products->alloc);
	products->items[products->n++] = (struct product){
		.path = xstrdup(path),
		.executable = (st->st_mode & S_IXUSR) != 0,
	};
	return 0;
}

static int walk_folder(struct walk *walk, int fd, const char *path,
		       struct intoto_error *err);

static int walk_entry(struct walk *walk, int parent, const char *path,
		      const char *name, struct intoto_error *err)
{
	struct stat st;
	int fd;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot look at '%s': %s",
				   path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return add_file(walk, path, &st, err);
	if (walk->depth >= DEPTH_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "folder '%s' is deeper than %d levels", path,
				   DEPTH_MAX);
	fd = openat(parent, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot open '%s': %s",
				   path, strerror(errno));
	return walk_folder(walk, fd, path, err);
}

/* Takes `fd` over. */
static int walk_folder(struct walk *walk, int fd, const char *path,
		       struct intoto_error *err)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int ret = 0;

	if (!dir) {
		close(fd);
		return intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s",
				   path, strerror(errno));
	}
	walk->depth++;
	while (ret == 0 && (errno = 0, entry = readdir(dir)) != NULL) {
		scoped_text child = NULL;

		if (!strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, "..") ||
		    !strcmp(entry->d_name, ".git"))
			continue;
		child = path_join(path, entry->d_name);
		ret = walk_entry(walk, fd, child, entry->d_name, err);
	}
	walk->depth--;
	if (ret == 0 && errno)
		ret = intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s", path,
				  strerror(errno));
	closedir(dir);
	return ret;
}

static int by_path(const void *a, const void *b)
{
	const struct product *left = a;
	const struct product *right = b;

	return strcmp(left->path, right->path);
}

static void list_patterns(struct buffer *out, const struct strlist *patterns)
{
	size_t i;

	for (i = 0; i < patterns->n; i++)
		buffer_printf(out, "%s'%s'", i ? ", " : "", patterns->items[i]);
}

static int hash(struct built *products, const char *tree,
		struct intoto_error *err)
{
	struct files_hash_item *items;
	struct files_hashing hashing = {
		.base = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};
	size_t i;
	int ret;

	if (hashing.base < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot open '%s': %s",
				   tree, strerror(errno));
	items = xcalloc(products->n + 1, sizeof(*items));
	for (i = 0; i < products->n; i++)
		items[i].path = products->items[i].path;
	ret = files_hash(items, products->n, &hashing, err);
	for (i = 0; ret == 0 && i < products->n; i++)
		memcpy(products->items[i].sha256, items[i].sha256, SHA256_SIZE);
	free(items);
	close(hashing.base);
	return ret;
}

int built_find(struct built *out, const char *tree,
	       const struct strlist *patterns, struct intoto_error *err)
{
	scoped_value(built) found = { 0 };
	struct walk walk = { &found, patterns, 0 };
	int fd = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot open '%s': %s",
				   tree, strerror(errno));
	if (walk_folder(&walk, fd, "", err) < 0)
		return -1;
	if (!found.n) {
		scoped_value(buffer) text = BUFFER_INIT;

		list_patterns(&text, patterns);
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "no file of the build matches %s",
				   buffer_text(&text));
	}
	qsort(found.items, found.n, sizeof(struct product), by_path);
	if (hash(&found, tree, err) < 0)
		return -1;
	*out = found;
	found = (struct built){ 0 };
	return 0;
}

int built_artifacts(struct artifacts **out, const struct built *products,
		    struct intoto_error *err)
{
	scoped(artifacts) set = artifacts_new();
	size_t i;

	for (i = 0; i < products->n; i++)
		artifacts_add(set, products->items[i].path,
			      strlen(products->items[i].path),
			      products->items[i].sha256);
	if (artifacts_finish(set, err) < 0)
		return -1;
	*out = take(set);
	return 0;
}
