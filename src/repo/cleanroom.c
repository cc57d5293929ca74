/* cleanroom.c: a throw-away clone with the tagged tree, compared with what was
 * recorded before a build may run there. */
#include "repo/cleanroom.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/xalloc.h"
#include "crypto/digest.h"
#include "repo/config.h"
#include "repo/git.h"
#include "repo/remote.h"

#define NAMED_MAX 5
#define LINK_MAX ((size_t)1 << 20)

void cleanroom_release(struct cleanroom *room)
{
	tempdir_release(&room->dir);
	free(room->tree);
	strlist_release(&room->filtered);
	room->tree = NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The folder that a person would call the project's; to be freed. */
static char *project_name(const struct repo *repo)
{
	scoped_text path =
		xstrdup(repo->work_tree ? repo->work_tree : repo->common_dir);
	const char *name = base_name(path);
	size_t len;

	if (!strcmp(name, ".git")) {
		path[strlen(path) - strlen("/.git")] = '\0';
		name = base_name(path);
	}
	len = strlen(name);
	if (len > 4 && !strcmp(name + len - 4, ".git"))
		len -= 4;
	return len ? xmemdupz(name, len) : xstrdup("project");
}

/* git in the room, as in no repository of the user's; no hook is run. Its own
 * words are for the error alone, or shown where it may take long. */
static int run_in(const char *dir, const char *const *args, bool show,
		  const char *what, struct intoto_error *err)
{
	static const char *const base[] = { "-c", "core.hooksPath=/dev/null",
					    "-c", "submodule.recurse=false",
					    "-c", "advice.detachedHead=false",
					    NULL };
	scoped_value(git_command) command;
	scoped_value(process_result) result = { 0 };

	git_command_init(&command, NULL, base);
	for (; *args; args++)
		strlist_add(&command.argv, *args);
	command.process.cwd = dir;
	command.process.inherit_stdin = show;
	command.process.out = show ? PROCESS_TO_STDERR : PROCESS_CAPTURE;
	command.process.err = show ? PROCESS_TEE : PROCESS_CAPTURE;
	if (git_command_run(&result, &command, err) < 0)
		return -1;
	return result.status ? git_fail(err, &result, "%s", what) : 0;
}

/* The name that the clone remembers for the objects it borrows; to be freed.
 * git writes it as a line, so one with a newline gets another name. */
static int lender_name(char **out, const struct cleanroom *room,
		       const struct repo *repo, struct intoto_error *err)
{
	scoped_text name = path_join(room->dir.path, ".lender");

	if (!strchr(repo->common_dir, '\n'))
		*out = xstrdup(repo->common_dir);
	else if (symlink(repo->common_dir, name) == 0)
		*out = take(name);
	else
		return intoto_fail(err, INTOTO_EIO, "cannot write '%s': %s",
				   name, strerror(errno));
	return 0;
}

static int clone_into(struct cleanroom *room, const char *commit,
		      const char *lender, struct intoto_error *err)
{
	const char *const clone[] = { "clone",
				      "--quiet",
				      "--shared",
				      "--no-checkout",
				      "--template=",
				      "-c",
				      "core.hooksPath=/dev/null",
				      "--",
				      lender,
				      room->tree,
				      NULL };
	const char *const forget[] = { "remote", "remove", "origin", NULL };
	const char *const checkout[] = { "checkout", "--quiet", "--force",
					 "--detach", commit,	"--",
					 NULL };

	if (run_in(room->dir.path, clone, false, "clone the repository", err) <
		    0 ||
	    run_in(room->tree, forget, false, "make the clone", err) < 0)
		return -1;
	return run_in(room->tree, checkout, false, "check out the tag", err);
}

/* Where relative addresses of submodules start: the user's remote, else the
 * user's repository; to be freed. */
static char *submodule_base(struct repo *repo)
{
	const char *top = repo->work_tree ? repo->work_tree : repo->common_dir;
	scoped_text remote = remote_default(repo);
	scoped_text name = xasprintf("remote.%s.url", remote ? remote : "");
	const char *url = remote ? config_get(repo, name) : NULL;

	if (!url)
		return xstrdup(top);
	if (!strncmp(url, "./", 2) || !strncmp(url, "../", 3))
		return path_join(top, url);
	return xstrdup(url);
}

static int fetch_submodules(struct cleanroom *room, struct repo *repo,
			    struct intoto_error *err)
{
	scoped_text url = submodule_base(repo);
	const char *const add[] = { "config", "remote.origin.url", url, NULL };
	const char *const update[] = { "-c",	      "init.templateDir=",
				       "submodule",   "--quiet",
				       "update",      "--init",
				       "--recursive", "--checkout",
				       NULL };
	const char *const forget[] = { "config", "--remove-section",
				       "remote.origin", NULL };

	if (run_in(room->tree, add, false, "set up the submodules", err) < 0 ||
	    run_in(room->tree, update, true, "get the submodules", err) < 0)
		return -1;
	return run_in(room->tree, forget, false, "set up the submodules", err);
}

struct comparison {
	struct cleanroom *room;
	const struct manifest *manifest;
	bool submodules; /* they are filled */
	struct strlist missing;
	struct strlist differing;
};

static void comparison_release(struct comparison *comparison)
{
	strlist_release(&comparison->missing);
	strlist_release(&comparison->differing);
}
SCOPED_RELEASE(comparison);

static int compare_link(bool *same, const struct manifest_entry *entry,
			const char *path, struct intoto_error *err)
{
	uint8_t found[SHA256_SIZE];
	char *target = xmalloc(LINK_MAX);
	ssize_t len = readlink(path, target, LINK_MAX);

	if (len < 0) {
		free(target);
		return intoto_fail(err, INTOTO_EIO, "cannot read link '%s': %s",
				   path, strerror(errno));
	}
	sha256(found, target, (size_t)len);
	free(target);
	*same = !memcmp(found, entry->sha256, SHA256_SIZE);
	return 0;
}

static int compare_file(bool *same, const struct manifest_entry *entry,
			const struct stat *st, const char *path,
			struct intoto_error *err)
{
	uint8_t found[SHA256_SIZE];
	bool executable = (st->st_mode & S_IXUSR) != 0;

	*same = false;
	if (executable != (entry->mode == 0100755))
		return 0;
	if (sha256_file(found, path, err) < 0)
		return -1;
	*same = !memcmp(found, entry->sha256, SHA256_SIZE);
	return 0;
}

/* Nothing but "." and "..", or a filled submodule at the recorded commit. */
static int compare_submodule(bool *same, const struct comparison *comparison,
			     const struct manifest_entry *entry,
			     const char *path, struct intoto_error *err)
{
	const char *const args[] = { "-C",	 path,	 "rev-parse",
				     "--verify", "HEAD", NULL };
	scoped_text head = NULL;
	char hex[OID_HEX_SIZE];

	if (!comparison->submodules) {
		*same = rmdir(path) == 0 && mkdir(path, 0777) == 0;
		return 0;
	}
	if (git_line(&head, NULL, args, err) < 0)
		return -1;
	oid_hex(hex, &entry->oid);
	*same = !strcmp(head, hex);
	return 0;
}

static int compare_entry(struct comparison *comparison,
			 const struct manifest_entry *entry,
			 struct intoto_error *err)
{
	scoped_text path = path_join(comparison->room->tree, entry->path);
	struct stat st;
	bool same = false;
	int status = 0;

	if (lstat(path, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return intoto_fail(err, INTOTO_EIO,
					   "cannot read '%s': %s", path,
					   strerror(errno));
		strlist_add(&comparison->missing, entry->path);
		return 0;
	}
	if (entry->mode == 0120000 && S_ISLNK(st.st_mode))
		status = compare_link(&same, entry, path, err);
	else if (entry->mode == 0160000 && S_ISDIR(st.st_mode))
		status = compare_submodule(&same, comparison, entry, path, err);
	else if (S_ISREG(entry->mode) && S_ISREG(st.st_mode))
		status = compare_file(&same, entry, &st, path, err);
	if (!same)
		strlist_add(&comparison->differing, entry->path);
	return status;
}

static int compare_path(const void *key, const void *entry)
{
	return strcmp(key, ((const struct manifest_entry *)entry)->path);
}

static const struct manifest_entry *find_entry(const struct manifest *manifest,
					       const char *path)
{
	if (!manifest->n)
		return NULL;
	return bsearch(path, manifest->entries, manifest->n,
		       sizeof(*manifest->entries), compare_path);
}

/* Whatever lies in the room and was not recorded. `below` is relative to its
 * top, "" or with a slash at its end. */
static int find_extra(struct comparison *comparison, const char *below,
		      struct intoto_error *err)
{
	scoped_text path = path_join(comparison->room->tree, below);
	DIR *dir = opendir(path);
	struct dirent *item;
	int status = 0;

	if (!dir)
		return intoto_fail(err, INTOTO_EIO, "cannot read '%s': %s",
				   path, strerror(errno));
	while (status == 0 && (item = readdir(dir))) {
		scoped_text name = xasprintf("%s%s", below, item->d_name);
		scoped_text full = path_join(comparison->room->tree, name);
		scoped_text next = xasprintf("%s/", name);
		struct stat st;

		if (!strcmp(item->d_name, ".") || !strcmp(item->d_name, "..") ||
		    (!*below && !strcmp(item->d_name, ".git")) ||
		    find_entry(comparison->manifest, name))
			continue;
		if (lstat(full, &st) < 0)
			status = intoto_fail(err, INTOTO_EIO,
					     "cannot read '%s': %s", full,
					     strerror(errno));
		else if (S_ISDIR(st.st_mode))
			status = find_extra(comparison, next, err);
		else
			strlist_add(&comparison->differing, name);
	}
	closedir(dir);
	return status;
}

/* The first few of a list for a message, in quotes; to be freed. */
static char *name_some(const struct strlist *paths)
{
	scoped_value(buffer) out = BUFFER_INIT;

	for (size_t i = 0; i < paths->n && i < NAMED_MAX; i++)
		buffer_printf(&out, "%s'%s'", i ? ", " : "", paths->items[i]);
	if (paths->n > NAMED_MAX)
		buffer_printf(&out, " and %zu more", paths->n - NAMED_MAX);
	return buffer_take(&out);
}

static int judge(struct comparison *comparison, bool allow_filters,
		 struct intoto_error *err)
{
	scoped_text names = NULL;

	strlist_sort(&comparison->missing);
	strlist_sort(&comparison->differing);
	if (comparison->missing.n) {
		names = name_some(&comparison->missing);
		intoto_reject(err, "build-incomplete", "the checkout lacks %s",
			      names);
		return intoto_hint(err, "git fsck --connectivity-only");
	}
	if (comparison->differing.n && !allow_filters) {
		names = name_some(&comparison->differing);
		intoto_reject(err, "build-filtered",
			      "the checkout differs from the tag, by a filter, "
			      "eol or ident setting: %s",
			      names);
		return intoto_hint(err, "git intoto build --allow-filters");
	}
	strlist_add_all(&comparison->room->filtered, &comparison->differing);
	return 0;
}

static int compare_all(struct cleanroom *room, const struct manifest *manifest,
		       const struct cleanroom_options *options,
		       struct intoto_error *err)
{
	scoped_value(comparison) comparison = {
		.room = room,
		.manifest = manifest,
		.submodules = options->recurse_submodules,
	};

	for (size_t i = 0; i < manifest->n; i++)
		if (compare_entry(&comparison, &manifest->entries[i], err) < 0)
			return -1;
	if (find_extra(&comparison, "", err) < 0)
		return -1;
	return judge(&comparison, options->allow_filters, err);
}

int cleanroom_open(struct cleanroom *out, struct repo *repo,
		   const struct oid *commit, const struct manifest *manifest,
		   const struct cleanroom_options *options,
		   struct intoto_error *err)
{
	const char *parent = tempdir_default_parent();
	scoped_value(cleanroom) room = { 0 };
	scoped_text name = project_name(repo);
	scoped_text lender = NULL;
	char hex[OID_HEX_SIZE];

	tempdir_clean(parent);
	if (tempdir_make(&room.dir, parent, "build", err) < 0)
		return -1;
	room.tree = path_join(room.dir.path, name);
	oid_hex(hex, commit);
	if (lender_name(&lender, &room, repo, err) < 0 ||
	    clone_into(&room, hex, lender, err) < 0 ||
	    (options->recurse_submodules &&
	     fetch_submodules(&room, repo, err) < 0) ||
	    compare_all(&room, manifest, options, err) < 0)
		return -1;
	*out = room;
	room = (struct cleanroom){ 0 };
	return 0;
}
