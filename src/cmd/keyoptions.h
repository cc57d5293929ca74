/*
 * keyoptions.h: the options by which a command is told its signing key: ours
 * (--key KEY) and in-toto's (-k -t -P -g --gpg-home --signing-key).
 */
#ifndef CMD_KEYOPTIONS_H
#define CMD_KEYOPTIONS_H

#include "cmd/options.h"
#include "crypto/signer.h"
#include "repo/manifest.h"

struct key_options {
	const char *key;
	const char *gpg; /* an OpenPGP id; "" is the default key */
	const char *gpg_home;
	const char *password; /* "" is asked for; NULL: IN_TOTO_KEY_PW, or
				 asked for */
	const char *type;
	bool large; /* the link may be too long for an SSH agent */
};

#define KEY_OPTIONS(k)                                                      \
	OPT_STRING('k', "key", &(k)->key, "KEY", "sign the link with KEY"), \
		OPT_STRING(0, "signing-key", &(k)->key, "KEY", NULL),       \
		OPT_STRING('t', "key-type", &(k)->type, "TYPE", NULL),      \
		OPT_MAYBE_WORD('P', "password", &(k)->password, "", "TEXT", \
			       NULL),                                       \
		OPT_MAYBE('g', "gpg", &(k)->gpg, "", "ID", NULL),           \
		OPT_STRING(0, "gpg-home", &(k)->gpg_home, "DIR", NULL)

/* EUSAGE for options that contradict each other. */
int key_options_check(const struct key_options *options,
		      struct intoto_error *err);

/* May a link of these materials be longer than what an SSH agent takes? A few
 * products and byproducts are allowed for. */
bool key_options_large(const struct manifest *manifest);

/* The user's settings with our way of asking; borrows from both. `repo` may be
 * NULL. */
void key_options_settings(struct key_settings *out,
			  const struct key_options *options, struct repo *repo);

/* The KEY these options mean: --key, -g (alone: the OpenPGP key that git signs
 * with, else gpg's default), else intoto.signingKey, else what signs tags
 * (`tag_keyid` is -u's argument, or NULL). To be freed. Without a repository
 * ENOTFOUND if they name none. */
int key_options_spec(char **out, const struct key_options *options,
		     struct repo *repo, const char *tag_keyid,
		     struct intoto_error *err);

/* The environment variables that may hold KEY (or NULL) and its password: no
 * command that we run is given them. Appends. */
void key_options_hide(struct strlist *variables, const char *key);

/* That KEY, ready to sign. */
int key_options_open(struct signer **out, const struct key_options *options,
		     struct repo *repo, const char *tag_keyid,
		     struct intoto_error *err);

#endif
