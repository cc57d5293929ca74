/* state.c: read and write a clone's own small JSON files. */
#include "policy/state.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/xalloc.h"
#include "json/canonical.h"

#define STATE_MAX ((size_t)8 << 20)

/* Git has judged who owns the repository (safe.directory), so its owner is as
 * good as we are. */
static int state_check_owner(const struct repo *repo, const char *path,
			     struct intoto_error *err)
{
	struct stat file;
	struct stat dir;

	if (lstat(path, &file) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return intoto_fail(err, INTOTO_ENOTFOUND,
					   "no file '%s'", path);
		return intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s",
				   path, strerror(errno));
	}
	if (!S_ISREG(file.st_mode))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not a regular file", path);
	if (stat(repo->common_dir, &dir) < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s",
				   repo->common_dir, strerror(errno));
	if (file.st_uid != geteuid() && file.st_uid != 0 &&
	    file.st_uid != dir.st_uid)
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' belongs to user %lu, who does not own "
				   "this repository",
				   path, (unsigned long)file.st_uid);
	if (file.st_mode & S_IWOTH) {
		intoto_fail(err, INTOTO_EINVALID, "everybody may write '%s'",
			    path);
		return intoto_hint(err, "chmod o-w '%s'", path);
	}
	return 0;
}

static int state_check_version(const json_t *value, const char *path,
			       struct intoto_error *err)
{
	const json_t *version = json_object_get(value, "version");

	if (!json_is_integer(version))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' does not say its version", path);
	if (json_integer_value(version) != STATE_VERSION)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "'%s' has version %lld, only %d is known",
				   path, (long long)json_integer_value(version),
				   STATE_VERSION);
	return 0;
}

int state_load(json_t **out, struct repo *repo, const char *name,
	       struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_text dir = path_join(repo->common_dir, "intoto");
	scoped_text path = path_join(dir, name);
	scoped_json value = NULL;

	if (state_check_owner(repo, path, err) < 0 ||
	    file_read(&text, path, STATE_MAX, err) < 0)
		return -1;
	if (json_load_strict(&value, buffer_text(&text), text.len, err) < 0)
		return intoto_context(err, "'%s': ", path);
	if (!json_is_object(value))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' holds no JSON object", path);
	if (state_check_version(value, path, err) < 0)
		return -1;
	*out = take(value);
	return 0;
}

int state_save(const json_t *value, struct repo *repo, const char *name,
	       struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_MAX(STATE_MAX);
	scoped_text dir = NULL;
	scoped_text path = NULL;

	if (repo->server)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "a server hook writes nothing");
	if (repo_state_dir(&dir, repo, err) < 0 ||
	    compact_append(&text, value, err) < 0)
		return -1;
	buffer_putc(&text, '\n');
	path = path_join(dir, name);
	if (buffer_check(&text, name, err) < 0)
		return -1;
	if (file_write(path, text.data, text.len, 0600, err) < 0)
		return -1;
	return repo->bare ? file_set_mode(path, 0644, err) : 0;
}
