/* signing.c: which key signs, read from git's own settings. */
#include "repo/signing.h"

#include <ctype.h>
#include <string.h>

#include "base/file.h"
#include "base/tempdir.h"
#include "base/xalloc.h"
#include "repo/config.h"
#include "repo/git.h"

#define LITERAL "key::"
#define KEY_OUTPUT_MAX ((size_t)1 << 16)

static bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* git's two spellings of a key in place of a file's name. */
static bool is_literal(const char *text)
{
	return starts_with(text, LITERAL) || starts_with(text, "ssh-");
}

static char *literal_key(const char *text)
{
	return starts_with(text, LITERAL) ? xstrdup(text)
					  : xasprintf(LITERAL "%s", text);
}

/*
 * A path as git's configuration has it: `~`, `~user` and `%(prefix)` are for
 * git to expand, and a relative one starts where git runs ssh-keygen, at the
 * top of the work tree.
 */
static int expand_path(char **out, struct repo *repo, const char *path,
		       struct intoto_error *err)
{
	scoped_text set = xasprintf("intoto.path=%s", path);
	const char *const args[] = { "-c",	    set,     "config",
				     "--type=path", "--get", "intoto.path",
				     NULL };
	scoped_text full = NULL;

	if (path[0] == '~' || path[0] == '%') {
		if (git_line(&full, repo, args, err) < 0)
			return intoto_context(err,
					      "cannot expand '%s': ", path);
	} else {
		full = xstrdup(path);
	}
	*out = full[0] != '/' && repo->work_tree
		       ? path_join(repo->work_tree, full)
		       : take(full);
	return 0;
}

static int ssh_file_key(char **out, struct repo *repo, const char *path,
			struct intoto_error *err)
{
	scoped_text full = NULL;

	if (expand_path(&full, repo, path, err) < 0)
		return -1;
	*out = xasprintf("ssh:%s", full);
	return 0;
}

/* Words as git splits them: quotes of both kinds, backslash, no expansion. */
static int split_command(struct strlist *out, const char *text,
			 struct intoto_error *err)
{
	scoped_value(buffer) word = BUFFER_INIT;
	bool in_word = false;
	char quote = '\0';

	for (const char *at = text; *at; at++) {
		if (!quote && isspace((unsigned char)*at)) {
			if (in_word)
				strlist_take(out, buffer_take(&word));
			in_word = false;
			continue;
		}
		in_word = true;
		if (!quote && (*at == '\'' || *at == '"')) {
			quote = *at;
		} else if (quote && *at == quote) {
			quote = '\0';
		} else if (*at == '\\' && quote != '\'') {
			if (!*++at)
				break;
			buffer_putc(&word, *at);
		} else {
			buffer_putc(&word, *at);
		}
	}
	if (in_word)
		strlist_take(out, buffer_take(&word));
	if (quote || !out->n)
		return intoto_fail(err, INTOTO_EINVALID,
				   "configuration 'gpg.ssh.defaultkeycommand' "
				   "is no command: '%s'",
				   text);
	return 0;
}

/* The first line that the user's command prints, a literal key. */
static int ssh_command_key(char **out, struct repo *repo, const char *command,
			   struct intoto_error *err)
{
	scoped_value(strlist) argv = STRLIST_INIT;
	scoped_value(process_result) result = { 0 };
	struct process process = { .cwd = repo->work_tree,
				   .out = PROCESS_CAPTURE,
				   .max_output = KEY_OUTPUT_MAX };
	scoped_text line = NULL;

	if (split_command(&argv, command, err) < 0)
		return -1;
	process.argv = (const char *const *)argv.items;
	if (process_run(&result, &process, err) < 0)
		return -1;
	if (result.status)
		return intoto_fail(err, INTOTO_ECHILD,
				   "gpg.ssh.defaultKeyCommand '%s' failed with "
				   "status %d",
				   command, result.status);
	line = xmemdupz(buffer_text(&result.out),
			strcspn(buffer_text(&result.out), "\r\n"));
	if (!is_literal(line))
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "gpg.ssh.defaultKeyCommand '%s' gave no key",
				   command);
	*out = literal_key(line);
	return 0;
}

static int ssh_key(char **out, struct repo *repo, const char *keyid,
		   struct intoto_error *err)
{
	const char *command = config_get(repo, "gpg.ssh.defaultkeycommand");

	if (keyid && is_literal(keyid)) {
		*out = literal_key(keyid);
		return 0;
	}
	if (keyid)
		return ssh_file_key(out, repo, keyid, err);
	if (command && *command)
		return ssh_command_key(out, repo, command, err);
	intoto_fail(err, INTOTO_ENOTFOUND,
		    "no signing key is set up: gpg.format is 'ssh', and "
		    "neither user.signingKey nor gpg.ssh.defaultKeyCommand is "
		    "set");
	return intoto_hint(err,
			   "git config user.signingKey ~/.ssh/id_ed25519.pub");
}

/* What git gives to `gpg -u`: the key's name, else the committer's. */
static int openpgp_key(char **out, struct repo *repo, const char *keyid,
		       struct intoto_error *err)
{
	const char *const args[] = { "var", "GIT_COMMITTER_IDENT", NULL };
	struct intoto_error said = { 0 };
	scoped_text identity = NULL;
	char *end;

	if (keyid) {
		*out = xasprintf("gpg:%s", keyid);
		return 0;
	}
	if (git_line(&identity, repo, args, &said) < 0) {
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "no signing key is set up: %s", said.message);
		return intoto_hint(err,
				   "git config user.signingKey <fingerprint>");
	}
	end = strrchr(identity, '>');
	if (!end)
		return intoto_fail(err, INTOTO_EINVALID,
				   "git names the committer '%s'", identity);
	end[1] = '\0';
	*out = xasprintf("gpg:%s", identity);
	return 0;
}

int signing_tag_key(char **out, struct repo *repo, const char *keyid,
		    struct intoto_error *err)
{
	const char *format = config_get(repo, "gpg.format");
	const char *key = keyid ? keyid : config_get(repo, "user.signingkey");

	if (key && !*key)
		key = NULL;
	if (!format || !strcmp(format, "openpgp"))
		return openpgp_key(out, repo, key, err);
	if (!strcmp(format, "ssh"))
		return ssh_key(out, repo, key, err);
	if (!strcmp(format, "x509"))
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "gpg.format 'x509': tags signed with S/MIME "
				   "are not supported");
	return intoto_fail(err, INTOTO_EINVALID,
			   "configuration 'gpg.format' has the value '%s'",
			   format);
}

int signing_link_key(char **out, struct repo *repo, struct intoto_error *err)
{
	static const char *const kinds[] = { "gpg:", "env:", LITERAL,
					     "ssh:SHA256:" };
	const char *key = config_get(repo, "intoto.signingkey");

	if (!key || !*key)
		return signing_tag_key(out, repo, NULL, err);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (starts_with(key, kinds[i])) {
			*out = xstrdup(key);
			return 0;
		}
	if (is_literal(key)) {
		*out = literal_key(key);
		return 0;
	}
	if (starts_with(key, "ssh:"))
		return ssh_file_key(out, repo, key + strlen("ssh:"), err);
	return expand_path(out, repo, key, err);
}

void signing_settings(struct key_settings *out, struct repo *repo)
{
	const char *program = config_get(repo, "gpg.openpgp.program");

	if (!program)
		program = config_get(repo, "gpg.program");
	*out = (struct key_settings){
		.gpg_program = program,
		.temp_parent = tempdir_default_parent(),
	};
}
