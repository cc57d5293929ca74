/* maketag.c: let the user's own git make a signed tag, and keep its ref back.
 */
#include "repo/maketag.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tempdir.h"
#include "base/xalloc.h"
#include "repo/git.h"
#include "repo/refs.h"
#include "repo/tagobject.h"

#define HELD_FILE "held"
#define HELD_MAX 256

/*
 * Git runs it with the state as argument and "<old> SP <new> SP <ref>" lines.
 * Only the one ref is held back: an editor may start a git of its own. What is
 * said last is where the caller stops showing git's words.
 */
static const char hook_script[] =
	"#!/bin/sh\n"
	"[ \"$1\" = prepared ] || exit 0\n"
	"while read -r old new ref\n"
	"do\n"
	"	if [ \"$ref\" = \"$GIT_INTOTO_HOLD\" ]\n"
	"	then\n"
	"		echo \"$new\" >\"${0%/*}/" HELD_FILE "\"\n"
	"		echo \"$GIT_INTOTO_MARK\" >&2\n"
	"		exit 1\n"
	"	fi\n"
	"done\n"
	"exit 0\n";

struct hold {
	struct tempdir hooks;
	char *ref;  /* full name */
	char *mark; /* nothing that git or an editor would ever print */
};

static void hold_release(struct hold *hold)
{
	tempdir_release(&hold->hooks);
	free(hold->ref);
	free(hold->mark);
}
SCOPED_RELEASE(hold);

/* A private hooks folder below `parent`. Where nothing may be executed git
 * would leave the hook out, and publish the tag: EUNSUPPORTED. */
static int make_hooks(struct tempdir *out, const char *parent,
		      struct intoto_error *err)
{
	scoped_value(tempdir) hooks = { 0 };
	scoped_text hook = NULL;

	tempdir_clean(parent);
	if (tempdir_make(&hooks, parent, "tag", err) < 0)
		return -1;
	hook = path_join(hooks.path, "reference-transaction");
	if (file_write(hook, hook_script, strlen(hook_script), 0700, err) < 0)
		return -1;
	if (access(hook, X_OK) < 0)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "no program can be run in '%s'", parent);
	*out = hooks;
	hooks.path = NULL;
	return 0;
}

static int open_hold(struct hold *out, struct repo *repo, const char *name,
		     struct intoto_error *err)
{
	scoped_text state = NULL;
	scoped_value(hold) hold = { 0 };

	if (refs_tag_name(&hold.ref, name, err) < 0 ||
	    repo_state_dir(&state, repo, err) < 0)
		return -1;
	if (make_hooks(&hold.hooks, state, err) < 0 &&
	    make_hooks(&hold.hooks, tempdir_default_parent(), err) < 0)
		return -1;
	hold.mark = xasprintf("git-intoto: held back by %s", hold.hooks.path);
	*out = hold;
	hold = (struct hold){ 0 };
	return 0;
}

static void add_arguments(struct strlist *argv, const struct maketag *what,
			  const char *short_name)
{
	char hex[OID_HEX_SIZE];

	if (what->keyid) {
		strlist_add(argv, "-u");
		strlist_add(argv, what->keyid);
	} else {
		strlist_add(argv, "-s");
	}
	for (const char *const *m = what->messages; m && *m; m++) {
		strlist_add(argv, "-m");
		strlist_add(argv, *m);
	}
	if (what->file) {
		strlist_add(argv, "-F");
		strlist_add(argv, what->file);
	}
	if (what->edit)
		strlist_add(argv, "-e");
	oid_hex(hex, &what->commit);
	strlist_add(argv, "--");
	strlist_add(argv, short_name);
	strlist_add(argv, hex);
}

/* The id that the hook noted down; ENOTFOUND if it did not run. */
static int read_held(struct oid *out, const struct hold *hold,
		     struct intoto_error *err)
{
	scoped_text path = path_join(hold->hooks.path, HELD_FILE);
	scoped_value(buffer) text = BUFFER_INIT;

	if (file_read(&text, path, HELD_MAX, err) < 0)
		return -1;
	if (!text.len || text.data[text.len - 1] != '\n' ||
	    !oid_parse(out, text.data, text.len - 1))
		return intoto_fail(err, INTOTO_EIO,
				   "git gave '%s' as the new tag",
				   buffer_text(&text));
	return 0;
}

/* Later versions of git leave the message there when the ref is refused. */
static void drop_message(const struct repo *repo, const struct maketag *what)
{
	scoped_text path = path_join(repo->git_dir, "TAG_EDITMSG");

	if (what->edit || !(what->file || (what->messages && *what->messages)))
		unlink(path);
}

/* A git that knows no reference-transaction hook (before 2.28) has made the
 * ref: take it back. */
static int undo(struct repo *repo, const struct hold *hold,
		struct intoto_error *err)
{
	struct ref_update update = { .name = hold->ref, .new_oid = oid_null() };

	if (refs_read(&update.old, repo, hold->ref, err) == 0 &&
	    refs_transaction(repo, &update, 1, NULL, err) == 0)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "git does not run the "
				   "reference-transaction hook; git 2.28 or "
				   "later is needed");
	return intoto_context(err, "git made the tag without its link: ");
}

static int run_git(struct process_result *out, struct repo *repo,
		   const struct maketag *what, const struct hold *hold,
		   struct intoto_error *err)
{
	scoped_text path = xasprintf("core.hooksPath=%s", hold->hooks.path);
	const char *const args[] = { "-c", path, "tag", NULL };
	scoped_value(git_command) command;

	git_command_init(&command, repo, args);
	add_arguments(&command.argv, what, refs_short(hold->ref));
	strlist_addf(&command.env, "GIT_INTOTO_HOLD=%s", hold->ref);
	strlist_addf(&command.env, "GIT_INTOTO_MARK=%s", hold->mark);
	if (what->agent_socket)
		strlist_addf(&command.env, "SSH_AUTH_SOCK=%s",
			     what->agent_socket);
	command.process.inherit_stdin = true;
	command.process.err = PROCESS_TEE;
	command.process.tee_until = hold->mark;
	return git_command_run(out, &command, err);
}

/* What git says after the hook is about the hook; false if it did not run. */
static bool cut_at_mark(struct buffer *said, const struct hold *hold)
{
	const char *mark = strstr(buffer_text(said), hold->mark);

	if (!mark)
		return false;
	said->len = (size_t)(mark - said->data);
	said->data[said->len] = '\0';
	return true;
}

/* Some versions of git take a failing ssh-keygen for a success, and store a tag
 * without a signature. */
static int check_signed(struct repo *repo, const struct oid *oid,
			const struct hold *hold,
			const struct process_result *result,
			struct intoto_error *err)
{
	scoped_value(tag_object) tag = { 0 };

	if (tag_object_read(&tag, repo, oid, err) < 0)
		return -1;
	if (tag.armor)
		return 0;
	return git_fail(err, result, "sign tag '%s'", refs_short(hold->ref));
}

/* Git may say it in any language: look for the lock oneself. */
static int fail_tag(const struct repo *repo, const struct hold *hold,
		    const struct process_result *result,
		    struct intoto_error *err)
{
	scoped_text lock = xasprintf("%s/%s.lock", repo->common_dir, hold->ref);

	if (file_exists(lock))
		return refs_fail_locked(err, lock);
	return git_fail(err, result, "make tag '%s'", refs_short(hold->ref));
}

int maketag_run(struct oid *out, struct repo *repo, const struct maketag *what,
		struct intoto_error *err)
{
	scoped_value(hold) hold = { 0 };
	scoped_value(process_result) result = { 0 };
	struct oid oid;

	if (open_hold(&hold, repo, what->name, err) < 0 ||
	    run_git(&result, repo, what, &hold, err) < 0)
		return -1;
	if (result.status == 0)
		return undo(repo, &hold, err);
	if (!cut_at_mark(&result.err, &hold))
		return fail_tag(repo, &hold, &result, err);
	if (read_held(&oid, &hold, err) < 0 ||
	    check_signed(repo, &oid, &hold, &result, err) < 0)
		return -1;
	drop_message(repo, what);
	*out = oid;
	return 0;
}
