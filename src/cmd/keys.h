/* keys.h: keys as commands take and show them. */
#ifndef CMD_KEYS_H
#define CMD_KEYS_H

#include "crypto/signer.h"
#include "policy/trust.h"

/* The user's settings, with passwords asked for on the terminal; borrows from
 * the repository. `repo` may be NULL: outside one. */
struct key_settings keys_settings(struct repo *repo);

/* key_load() of every KEY; append to a growing array whose keys are the
 * caller's. */
struct keys {
	struct key **items;
	size_t n;
	size_t alloc;
};
void keys_release(struct keys *keys);
SCOPED_RELEASE(keys);
int keys_load(struct keys *out, const struct strlist *specs,
	      const struct key_settings *settings, struct intoto_error *err);

/* in-toto's -t: rsa, ed25519 or ecdsa (EUSAGE if it is none of them), and the
 * key is of that type (EINVALID if not). `key` may be NULL: not known yet. */
int keys_check_type(const char *wanted, const struct key *key,
		    struct intoto_error *err);

/* What somebody else types to name this key: `key::ssh-ed25519 AAAA...`,
 * `gpg:FINGERPRINT`; NULL if only a file can carry it. To be freed. */
char *keys_spec(const struct key *key);

/* One of the keys by KEY or by a keyid of at least eight digits; ENOTFOUND if
 * none, EINVALID if several. Borrowed. */
int keys_find(const struct key **out, struct key *const *keys, size_t n,
	      const char *spec, const struct key_settings *settings,
	      struct intoto_error *err);
/* One of `trust`'s keys by KEY or by a keyid of at least eight digits;
 * ENOTFOUND if none, EINVALID if several. Borrowed. */
int keys_find_trusted(const struct key **out, const struct trust *trust,
		      const char *spec, const struct key_settings *settings,
		      struct intoto_error *err);

#endif
