/* signers.h: the options of a command that signs with several keys. */
#ifndef CMD_SIGNERS_H
#define CMD_SIGNERS_H

#include "cmd/keyoptions.h"

struct signers {
	struct strlist specs; /* --key */
	struct key_options key;
	struct signer **items;
	size_t n;
};
void signers_release(struct signers *signers);
SCOPED_RELEASE(signers);

#define SIGNERS_OPTIONS(s)                                              \
	OPT_LIST('k', "key", &(s)->specs, "KEY",                        \
		 "sign with KEY (default: as links are signed)"),       \
		OPT_LIST(0, "signing-key", &(s)->specs, "KEY", NULL),   \
		OPT_MAYBE_WORD('P', "password", &(s)->key.password, "", \
			       "TEXT", NULL),                           \
		OPT_MAYBE('g', "gpg", &(s)->key.gpg, "", "ID", NULL),   \
		OPT_STRING(0, "gpg-home", &(s)->key.gpg_home, "DIR", NULL)

/* Open what the options name, the default key if they name none; one signer a
 * key, however often it is named. */
int signers_open(struct signers *signers, struct repo *repo,
		 struct intoto_error *err);

#endif
