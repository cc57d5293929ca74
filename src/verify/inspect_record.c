/* inspect_record.c: the files below a folder as in-toto's tools record them. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/xalloc.h"
#include "verify/inspect.h"

#define DEPTH_MAX 256

/* The folders that we are in, innermost first. */
struct place {
	const struct place *above;
	dev_t dev;
	ino_t ino;
	size_t depth;
};

static bool ends_with(const char *name, const char *end)
{
	const size_t len = strlen(name);

	return len >= strlen(end) && !strcmp(name + len - strlen(end), end);
}

/* The reference's default excludes: *.link*, .git, *.pyc, *~ */
static bool is_excluded(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..") ||
	       !strcmp(name, ".git") || strstr(name, ".link") ||
	       ends_with(name, ".pyc") || ends_with(name, "~");
}

static int record_file(struct artifacts *set, const char *path,
		       const char *name, struct intoto_error *err)
{
	uint8_t digest[SHA256_SIZE];
	scoped_text slashed = NULL;

	if (!is_utf8(name, strlen(name)))
		return intoto_fail(err, INTOTO_EINVALID,
				   "the name of file '%s' is not UTF-8", path);
	if (sha256_file(digest, path, err) < 0)
		return -1;
	slashed = xstrdup(name);
	for (char *at = slashed; *at; at++)
		if (*at == '\\')
			*at = '/';
	artifacts_add(set, slashed, strlen(slashed), digest);
	return 0;
}

static int record_folder(struct artifacts *set, const char *dir,
			 const char *name, const struct place *above,
			 struct intoto_error *err);

static int record_entry(struct artifacts *set, const char *dir,
			const char *name, const struct place *above,
			struct intoto_error *err)
{
	scoped_text path = path_join(dir, name);
	struct stat st;

	if (stat(path, &st) < 0) {
		/* A link to nowhere, or to itself. */
		if (errno == ENOENT || errno == ELOOP)
			return 0;
		return intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s",
				   path, strerror(errno));
	}
	if (S_ISREG(st.st_mode))
		return record_file(set, path, name, err);
	if (S_ISDIR(st.st_mode)) {
		const struct place place = { above, st.st_dev, st.st_ino,
					     above ? above->depth + 1 : 0 };

		return record_folder(set, dir, name, &place, err);
	}
	return 0;
}

static int place_check(const struct place *place, const char *name,
		       struct intoto_error *err)
{
	const struct place *at = place->above;

	if (place->depth > DEPTH_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "more than %d folders in each other",
				   DEPTH_MAX);
	for (; at; at = at->above)
		if (at->dev == place->dev && at->ino == place->ino)
			return intoto_fail(err, INTOTO_EINVALID,
					   "'%s' is a link to a folder that it "
					   "is in",
					   name);
	return 0;
}

static int record_folder(struct artifacts *set, const char *dir,
			 const char *name, const struct place *place,
			 struct intoto_error *err)
{
	scoped_text path = *name ? path_join(dir, name) : xstrdup(dir);
	DIR *handle = NULL;
	struct dirent *entry = NULL;
	int got = 0;

	if (place_check(place, path, err) < 0)
		return -1;
	handle = opendir(path);
	if (!handle)
		return intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s",
				   path, strerror(errno));
	errno = 0;
	while (got == 0 && (entry = readdir(handle))) {
		scoped_text inner = *name ? path_join(name, entry->d_name)
					  : xstrdup(entry->d_name);

		if (!is_excluded(entry->d_name))
			got = record_entry(set, dir, inner, place, err);
		errno = 0;
	}
	if (got == 0 && errno)
		got = intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s", path,
				  strerror(errno));
	closedir(handle);
	return got;
}

int inspect_record(struct artifacts **out, const char *dir,
		   struct intoto_error *err)
{
	scoped(artifacts) set = artifacts_new();
	struct stat st;

	if (stat(dir, &st) < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s", dir,
				   strerror(errno));
	const struct place place = { NULL, st.st_dev, st.st_ino, 0 };

	if (record_folder(set, dir, "", &place, err) < 0 ||
	    artifacts_finish(set, err) < 0)
		return -1;
	*out = take(set);
	return 0;
}
