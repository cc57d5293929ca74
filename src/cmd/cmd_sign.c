/* cmd_sign.c: sign a link or layout file, or check its signatures. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/keyoptions.h"
#include "cmd/keys.h"
#include "metadata/envelope.h"

#define METADATA_MAX ((size_t)64 << 20)
#define NEW_FILE_MODE 0666
/* Around what is signed, in the message to an SSH agent. */
#define AGENT_OVERHEAD ((size_t)4 << 10)

static const char usage[] = "sign -f FILE [--key KEY]... [-g [ID]...] [-a] "
			    "[-o OUT]\n"
			    "sign --verify -f FILE --key KEY...";

struct signing {
	const char *file;
	struct strlist keys;
	struct strlist types; /* of those keys */
	struct strlist gpg;   /* "": the default key */
	struct key_options options;
	const char *output;
	bool prompt;
	bool append;
	bool verify;
	bool dsse;

	struct repo *repo; /* NULL: outside one */
	struct strlist specs;
	struct envelope *envelope;
};

static void signing_release(struct signing *signing)
{
	strlist_release(&signing->keys);
	strlist_release(&signing->types);
	strlist_release(&signing->gpg);
	strlist_release(&signing->specs);
	envelope_free(signing->envelope);
	repo_free(signing->repo);
}
SCOPED_RELEASE(signing);

static int check_verify(const struct signing *signing, struct intoto_error *err)
{
	if (signing->append || signing->output || signing->dsse)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--verify' writes nothing: leave "
				   "out '--append', '--output' and '--dsse'");
	for (size_t i = 0; i < signing->gpg.n; i++)
		if (!*signing->gpg.items[i])
			return intoto_fail(err, INTOTO_EUSAGE,
					   "option '--gpg' needs a key id "
					   "with '--verify'");
	if (!signing->keys.n && !signing->gpg.n)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "whose signature? '--verify' needs --key "
				   "KEY or --gpg ID");
	return 0;
}

static int check(const struct signing *signing, struct intoto_error *err)
{
	if (!signing->file) {
		intoto_fail(err, INTOTO_EUSAGE,
			    "the file to sign is missing: -f FILE");
		return intoto_hint(err, "git intoto sign -h");
	}
	if (signing->types.n && signing->types.n != signing->keys.n)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "%zu --key-type for %zu --key",
				   signing->types.n, signing->keys.n);
	for (size_t i = 0; i < signing->types.n; i++)
		if (keys_check_type(signing->types.items[i], NULL, err) < 0)
			return -1;
	return signing->verify ? check_verify(signing, err) : 0;
}

static int parse(struct signing *signing, int argc, char **argv,
		 struct intoto_error *err)
{
	const struct option options[] = {
		OPT_STRING('f', "file", &signing->file, "FILE",
			   "a link or layout"),
		OPT_SEVERAL('k', "key", &signing->keys, "KEY",
			    "sign with KEY (default: as links are signed)"),
		OPT_SEVERAL('t', "key-type", &signing->types, "TYPE", NULL),
		OPT_ANY('g', "gpg", &signing->gpg, "", "ID",
			"sign with an OpenPGP key (default: gpg's own)"),
		OPT_STRING(0, "gpg-home", &signing->options.gpg_home, "DIR",
			   "where gpg has its keys"),
		OPT_MAYBE_WORD('P', "password", &signing->options.password, "",
			       "TEXT", "the password of the key files"),
		OPT_FLAG('p', "prompt", &signing->prompt,
			 "ask for their passwords, whatever IN_TOTO_KEY_PW is"),
		OPT_FLAG('a', "append", &signing->append,
			 "keep the other signatures of a layout"),
		OPT_STRING('o', "output", &signing->output, "OUT",
			   "write it there"),
		OPT_FLAG(0, "dsse", &signing->dsse, "write a DSSE envelope"),
		OPT_FLAG(0, "verify", &signing->verify,
			 "do these keys' signatures hold?"),
		OPT_END,
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "the options", usage, err) < 0)
		return -1;
	if (signing->prompt && !signing->options.password)
		signing->options.password = "";
	return check(signing, err);
}

/* The KEYs of the options, those of --key first; else the default one. */
static int name_keys(struct signing *signing, struct intoto_error *err)
{
	scoped_text standard = NULL;

	for (size_t i = 0; i < signing->keys.n; i++)
		strlist_add(&signing->specs, signing->keys.items[i]);
	for (size_t i = 0; i < signing->gpg.n; i++) {
		struct key_options named = { .gpg = signing->gpg.items[i] };
		scoped_text spec = NULL;

		if (key_options_spec(&spec, &named, signing->repo, NULL, err) <
		    0)
			return -1;
		strlist_add(&signing->specs, spec);
	}
	if (signing->specs.n)
		return 0;
	if (key_options_spec(&standard, &signing->options, signing->repo, NULL,
			     err) < 0)
		return -1;
	strlist_add(&signing->specs, standard);
	return 0;
}

static int read_file(struct signing *signing, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_MAX(METADATA_MAX);
	const struct envelope *envelope;

	if (file_read(&text, signing->file, METADATA_MAX, err) < 0)
		return -1;
	if (envelope_read(&signing->envelope, buffer_text(&text), text.len,
			  false, err) < 0)
		return intoto_context(err, "'%s': ", signing->file);
	envelope = signing->envelope;
	if (envelope->content != CONTENT_LINK &&
	    envelope->content != CONTENT_LAYOUT)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "'%s' is neither a link nor a layout",
				   signing->file);
	if (envelope->content == CONTENT_LAYOUT)
		return 0;
	/* A name that is a path would lead the link elsewhere. */
	if (name_check(envelope->link->name, strlen(envelope->link->name),
		       "step", err) < 0)
		return intoto_context(err, "'%s': ", signing->file);
	return 0;
}

static int check_content(const struct signing *signing,
			 struct intoto_error *err)
{
	const bool is_link = signing->envelope->content == CONTENT_LINK;

	if (is_link && signing->append)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "a link has one signature: '--append' is "
				   "for layouts");
	if (is_link && signing->specs.n > 1)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "a link has one signature, and is of one "
				   "key: %zu are named",
				   signing->specs.n);
	if (signing->append && signing->dsse &&
	    signing->envelope->form == ENVELOPE_METABLOCK &&
	    signing->envelope->n_signatures)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "the signatures in '%s' do not hold for a "
				   "DSSE envelope: leave out '--append'",
				   signing->file);
	return 0;
}

static int check_type(const struct signing *signing, size_t at,
		      const struct key *key, struct intoto_error *err)
{
	if (at >= signing->types.n)
		return 0;
	if (keys_check_type(signing->types.items[at], key, err) < 0)
		return intoto_context(err, "'%s': ", signing->specs.items[at]);
	return 0;
}

/* All keys are there before anything is signed. */
static int open_signers(struct signer **signers, struct signing *signing,
			struct intoto_error *err)
{
	struct key_settings settings;

	signing->options.large =
		signing->envelope->signed_bytes.len + AGENT_OVERHEAD >
		SIGNER_AGENT_MAX;
	key_options_settings(&settings, &signing->options, signing->repo);
	for (size_t i = 0; i < signing->specs.n; i++)
		if (signer_open(&signers[i], signing->specs.items[i], &settings,
				err) < 0 ||
		    check_type(signing, i, signer_key(signers[i]), err) < 0)
			return -1;
	return 0;
}

/* A layout stays where it is, also behind a symbolic link. */
static char *choose_path(const struct signing *signing)
{
	const struct envelope *envelope = signing->envelope;
	const char *given = signing->output;
	char *real;

	if (!given && envelope->content == CONTENT_LINK)
		return xasprintf("%s.%.8s.link", envelope->link->name,
				 envelope->signatures[0].keyid);
	if (!given)
		given = signing->file;
	real = realpath(given, NULL);
	return real ? real : xstrdup(given);
}

static int write_file(const char *path, const struct signing *signing,
		      struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	struct stat st;
	bool is_there = stat(path, &st) == 0;
	mode_t mode = is_there ? st.st_mode & 0777 : NEW_FILE_MODE;

	if (is_there && !S_ISREG(st.st_mode))
		return intoto_fail(err, INTOTO_EIO,
				   "cannot write '%s': not a regular file",
				   path);
	if (envelope_append_file(&text, signing->envelope, err) < 0 ||
	    file_write(path, text.data, text.len, mode, err) < 0)
		return -1;
	return is_there ? file_set_mode(path, mode, err) : 0;
}

static int add_signatures(struct signing *signing, struct signer **signers,
			  struct intoto_error *err)
{
	struct envelope *envelope = signing->envelope;

	if (!signing->append)
		envelope_unsign(envelope);
	if (signing->dsse && envelope_to_dsse(envelope, err) < 0)
		return -1;
	for (size_t i = 0; i < signing->specs.n; i++) {
		const struct key *key = signer_key(signers[i]);

		if (envelope_add_signature(envelope, signers[i], err) < 0)
			return -1;
		/* An OpenPGP signature has the name of the part that made it.
		 */
		if (key_type(key) != KEY_OPENPGP)
			envelope_name_signature(envelope, key, key_id_old(key));
	}
	return 0;
}

static int sign(struct signing *signing, struct signer **signers,
		struct intoto_error *err)
{
	scoped_text path = NULL;
	scoped_text shown = NULL;

	if (open_signers(signers, signing, err) < 0 ||
	    add_signatures(signing, signers, err) < 0)
		return -1;
	path = choose_path(signing);
	if (write_file(path, signing, err) < 0)
		return -1;
	shown = escape_text(signing->output ? signing->output
			    : signing->envelope->content == CONTENT_LINK
				    ? path
				    : signing->file);
	for (size_t i = 0; i < signing->specs.n; i++) {
		char who[64];

		key_describe(who, signer_key(signers[i]));
		printf("signed '%s' with %s\n", shown, who);
	}
	return 0;
}

static int sign_file(struct signing *signing, struct intoto_error *err)
{
	struct signer **signers =
		xcalloc(signing->specs.n, sizeof(struct signer *));
	int result = sign(signing, signers, err);

	for (size_t i = 0; i < signing->specs.n; i++)
		signer_free(signers[i]);
	free(signers);
	return result;
}

/* Every key must have signed. */
static int verify_file_signatures(const struct signing *signing,
				  struct intoto_error *err)
{
	scoped_value(keys) keys = { 0 };
	scoped_text shown = escape_text(signing->file);
	struct key_settings settings;
	bool all = true;

	key_options_settings(&settings, &signing->options, signing->repo);
	if (keys_load(&keys, &signing->specs, &settings, err) < 0)
		return -1;
	for (size_t i = 0; i < keys.n; i++) {
		struct intoto_error why = { 0 };
		char who[64];

		if (check_type(signing, i, keys.items[i], err) < 0)
			return -1;
		key_describe(who, keys.items[i]);
		if (envelope_verify(signing->envelope, keys.items[i],
				    clock_now(), &why) == 0) {
			printf("'%s': the signature of %s holds\n", shown, who);
			continue;
		}
		if (why.code != INTOTO_EREJECTED) {
			*err = why;
			return -1;
		}
		intoto_context(&why, "'%s', key %s: ", signing->file, who);
		say_error(&why);
		all = false;
	}
	return all ? 0 : CMD_REJECTED;
}

int cmd_sign(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(signing) signing = { 0 };
	struct intoto_error outside = { 0 };

	if (parse(&signing, argc, argv, err) < 0)
		return -1;
	repo_open(&signing.repo, REPO_OPEN_USER, &outside);
	if (name_keys(&signing, err) < 0 || read_file(&signing, err) < 0)
		return -1;
	if (signing.verify)
		return verify_file_signatures(&signing, err);
	if (check_content(&signing, err) < 0)
		return -1;
	return sign_file(&signing, err);
}
