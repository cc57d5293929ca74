/* signing.h: which key signs, as the user's git is set up. */
#ifndef REPO_SIGNING_H
#define REPO_SIGNING_H

#include "crypto/signer.h"
#include "repo/repo.h"

/*
 * The KEY of links: intoto.signingKey, else what signs tags: gpg.format and
 * user.signingKey (`key::` literals, paths with `~`, with or without .pub),
 * gpg.ssh.defaultKeyCommand, and for openpgp without user.signingKey the
 * committer's identity. To be freed. ENOTFOUND with a hint.
 */
int signing_link_key(char **out, struct repo *repo, struct intoto_error *err);
/* The same without intoto.signingKey: the key that `git tag -s` would use;
 * `keyid` is -u's argument or NULL. */
int signing_tag_key(char **out, struct repo *repo, const char *keyid,
		    struct intoto_error *err);

/* Fill in gpg_program and temp_parent from the configuration; borrowed from
 * the repository. ask_* stay NULL. */
void signing_settings(struct key_settings *out, struct repo *repo);

#endif
