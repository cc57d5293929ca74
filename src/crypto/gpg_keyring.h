/* gpg_keyring.h: keys out of the user's own gpg; for src/crypto only. */
#ifndef CRYPTO_GPG_KEYRING_H
#define CRYPTO_GPG_KEYRING_H

#include "crypto/signer.h"

#define GPG_PROGRAM "gpg"

/* Upper-case fingerprints, as gpg writes them. */
struct gpg_choice {
	char primary[41];
	char part[41]; /* the primary or subkey that gpg signs with */
};

/*
 * Which key `id` means: a fingerprint or key id (of a subkey: that one; with a
 * `!` after it: that one even if it is the primary), an e-mail address
 * (exactly), or another user id as gpg matches it; "" means the only one, or
 * with `to_sign` the one that gpg signs with when it is told none.
 * Among several, those that can sign count, and with `to_sign` only those
 * whose secret part is here. ENOTFOUND if there is none, EINVALID if there are
 * several left.
 */
int gpg_key_find(struct gpg_choice *out, const char *id, bool to_sign,
		 const struct key_settings *settings, struct intoto_error *err);

/* gpg_default.c: the id of gpg.conf's default-key, or "". To be freed. */
int gpg_default_key(char **out, const struct key_settings *settings,
		    struct intoto_error *err);

/* The key object that the chosen part belongs to. */
int gpg_key_export(struct key **out, const struct gpg_choice *choice,
		   const struct key_settings *settings,
		   struct intoto_error *err);

#endif
