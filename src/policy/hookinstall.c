/* hookinstall.c: put our hook where git runs it, take it away again. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/hook_internal.h"

/* What is there before a change, in both forms. */
struct before {
	struct hook file;
	struct hook config;
};

static void before_release(struct before *before)
{
	hook_release(&before->file);
	hook_release(&before->config);
}
SCOPED_RELEASE(before);

static int before_look(struct before *out, struct repo *repo, const char *event,
		       struct intoto_error *err)
{
	hook_look_config(&out->config, repo, event);
	return hook_look_file(&out->file, repo, event, err);
}

static bool is_ours(const struct hook *hook)
{
	return hook->state == HOOK_OURS || hook->state == HOOK_OURS_OLD;
}

/* Somebody else's, also one that is only beside, ours having been deleted. */
static bool is_strange(const struct hook *file)
{
	return file->state == HOOK_STRANGER ||
	       (file->state == HOOK_ABSENT && file->kept);
}

static int reject_edited_config(const struct hook *hook,
				struct intoto_error *err)
{
	intoto_reject(err, "hook-edited",
		      "the configuration '%s.command' was edited after it was "
		      "installed, or is of another version",
		      hook->config);
	return intoto_hint(err, "git config --local --remove-section %s",
			   hook->config);
}

static int reject_edited_file(const struct hook *hook, struct intoto_error *err)
{
	scoped_text path = quote_word(hook->path);

	intoto_reject(err, "hook-edited",
		      "'%s' was edited after it was installed, or is of "
		      "another version",
		      hook->path);
	return intoto_hint(err, "rm %s", path);
}

static int check_unedited(const struct before *before, struct intoto_error *err)
{
	if (before->config.state == HOOK_OURS_EDITED)
		return reject_edited_config(&before->config, err);
	if (before->file.state == HOOK_OURS_EDITED)
		return reject_edited_file(&before->file, err);
	return 0;
}

static int reject_stranger(const struct hook *file, const char *event,
			   struct intoto_error *err)
{
	const bool server = strcmp(event, "pre-push") != 0;
	const bool arguments = strcmp(event, "pre-receive") != 0;

	intoto_reject(err, "hook-stranger",
		      "'%s' is there and not ours; it is left alone: run it "
		      "before ours with --chain, put it aside with --force, or "
		      "add to it: git intoto check %s%s",
		      file->state == HOOK_STRANGER ? file->path : file->kept,
		      event, arguments ? " -- \"$@\"" : "");
	return intoto_hint(err, "git intoto hooks install%s --chain",
			   server ? " --server" : "");
}

/* Two hooks, and room beside for one. */
static int check_room(const struct hook *file, struct intoto_error *err)
{
	scoped_text path = quote_word(file->path);

	if (!file->kept || !file_exists(file->path) || is_ours(file) ||
	    hook_is_same(file->path, file->kept))
		return 0;
	intoto_reject(err, "hook-kept",
		      "'%s' is to be put aside, and '%s' is there already",
		      file->path, file->kept);
	return intoto_hint(err, "mv %s %s.old", path, path);
}

static int check_install(const struct before *before, const char *event,
			 const struct hook_install *wish,
			 struct intoto_error *err)
{
	if (check_unedited(before, err) < 0)
		return -1;
	if (!is_strange(&before->file))
		return 0;
	/* With configuration git runs both, and both must agree. */
	if (wish->by_config && !wish->force)
		return 0;
	if (!wish->chain && !wish->force)
		return reject_stranger(&before->file, event, err);
	return check_room(&before->file, err);
}

int hookfile_check_install(struct repo *repo, const char *event,
			   const struct hook_install *wish,
			   struct intoto_error *err)
{
	scoped_value(before) before = { 0 };

	if (before_look(&before, repo, event, err) < 0)
		return -1;
	return check_install(&before, event, wish, err);
}

static int fail_to_write(struct intoto_error *err, const char *path)
{
	return intoto_fail(err, INTOTO_EIO, "cannot write '%s': %s", path,
			   strerror(errno));
}

/* Whatever the umask is: git passes over a hook that the user who pushes may
 * not run, and says nothing. So it is executable before it has its name. */
static int write_file(const struct hook *file, const char *text, bool keep,
		      struct intoto_error *err)
{
	scoped_text dir =
		xmemdupz(file->path,
			 (size_t)(strrchr(file->path, '/') - file->path));
	scoped_text fresh = xasprintf("%s.new-intoto", file->path);

	if (!file_is_dir(dir) && (file_mkdirs(dir, 0755, err) < 0 ||
				  file_set_mode(dir, 0755, err) < 0))
		return -1;
	if (file_write(fresh, text, strlen(text), 0755, err) < 0 ||
	    file_set_mode(fresh, 0755, err) < 0)
		return -1;
	if (keep && hook_keep(file, err) < 0)
		return -1;
	return rename(fresh, file->path) == 0 ? 0
					      : fail_to_write(err, file->path);
}

static int install_file(bool *changed, const struct hook *file,
			const char *event, const struct hook_install *wish,
			struct intoto_error *err)
{
	const bool strange = is_strange(file);
	const struct hook_wish text_wish = {
		.program = wish->program,
		.report_only = wish->report_only,
		.chained =
			(strange || file->kept) &&
			(wish->chain || (file->found.chained && !wish->force)),
	};
	scoped_text text = hooktext_make(event, &text_wish);

	if (!text)
		return intoto_fail(err, INTOTO_EINVALID, "no hook '%s'", event);
	*changed = file->state != HOOK_OURS || file->off ||
		   !file->found.program ||
		   strcmp(file->found.program, wish->program) != 0 ||
		   file->found.report_only != text_wish.report_only ||
		   file->found.chained != text_wish.chained;
	return *changed ? write_file(file, text, strange, err) : 0;
}

/* Git runs a stranger's file as well, so it needs no chain; --force puts it
 * aside all the same. A file of ours is from an older git. */
static int clear_file(bool *changed, const struct hook *file,
		      const struct hook_install *wish, struct intoto_error *err)
{
	const bool back = file->kept && (wish->chain || file->found.chained);

	if (!is_ours(file) && !(file->state == HOOK_ABSENT && back) &&
	    !(file->state == HOOK_STRANGER && wish->force))
		return 0;
	*changed = true;
	if (back)
		return hook_put_back(file, err);
	if (file->state == HOOK_STRANGER && hook_keep(file, err) < 0)
		return -1;
	return file_remove_tree(file->path, err);
}

static int install_config(bool *changed, struct repo *repo,
			  const struct hook *file, const char *event,
			  const struct hook_install *wish,
			  struct intoto_error *err)
{
	const struct hook_wish text_wish = { .program = wish->program,
					     .report_only = wish->report_only };

	if (hook_write_config(changed, repo, event, &text_wish, err) < 0)
		return -1;
	return clear_file(changed, file, wish, err);
}

int hookfile_install(bool *changed, struct repo *repo, const char *event,
		     const struct hook_install *wish, struct intoto_error *err)
{
	scoped_value(before) before = { 0 };

	if (before_look(&before, repo, event, err) < 0 ||
	    check_install(&before, event, wish, err) < 0)
		return -1;
	if (wish->by_config)
		return install_config(changed, repo, &before.file, event, wish,
				      err);
	if (install_file(changed, &before.file, event, wish, err) < 0)
		return -1;
	if (!before.config.config)
		return 0;
	*changed = true;
	return hook_remove_config(repo, event, err);
}

int hookfile_check_uninstall(struct repo *repo, const char *event,
			     struct intoto_error *err)
{
	scoped_value(before) before = { 0 };

	if (before_look(&before, repo, event, err) < 0)
		return -1;
	return check_unedited(&before, err);
}

int hookfile_uninstall(bool *changed, struct repo *repo, const char *event,
		       struct intoto_error *err)
{
	scoped_value(before) before = { 0 };
	const struct hook *file = &before.file;

	*changed = false;
	if (before_look(&before, repo, event, err) < 0 ||
	    check_unedited(&before, err) < 0)
		return -1;
	if (before.config.config) {
		if (hook_remove_config(repo, event, err) < 0)
			return -1;
		*changed = true;
	}
	/* A stranger's that came after ours stays, and so does what is kept;
	 * a second name that a killed installation left goes. */
	if (!is_ours(file) && !(file->state == HOOK_ABSENT && file->kept) &&
	    !(file->kept && hook_is_same(file->path, file->kept)))
		return 0;
	*changed = true;
	return hook_put_back(file, err);
}
