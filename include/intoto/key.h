/*
 * key.h: a public key as in-toto sees it.
 *
 * Whatever the library is given to trust is one of these: the owner of a
 * layout, a functionary. Private keys are not for this interface: of a file
 * that holds one, the public half is taken.
 *
 * No function of this library keeps state between calls or prints. Values of
 * one kind are independent of each other, but keys are counted without locks:
 * use a key, and all that was made with it, in one thread.
 */
#ifndef INTOTO_KEY_H
#define INTOTO_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "intoto/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct intoto_key;

/*
 * Read a key from text: PEM (public, or private without a password), in-toto
 * JSON of every form, one line of an SSH public key, an OpenSSH private key.
 *
 * out   set only on success; free with intoto_key_free().
 * text  borrowed; need not end in a NUL, and may not hold one.
 *
 * EINVALID      malformed, or more than one key.
 * ELIMIT        over 1 MiB.
 * EUNSUPPORTED  a type, curve or form that is known and not done.
 */
int intoto_key_read(struct intoto_key **out, const char *text, size_t len,
		    struct intoto_error *err);

/*
 * The key that a KEY of the command line names: a FILE, gpg:FINGERPRINT (asks
 * the user's keyring, runs gpg), ssh:FILE, ssh:SHA256:... (asks the agent),
 * "key::ssh-ed25519 AAAA...", env:NAME.
 *
 * EINVALID, ELIMIT and EUNSUPPORTED as above; ENOTFOUND with a hint if there is
 * no such key. A file with a password is EINVALID: name the public key.
 */
int intoto_key_load(struct intoto_key **out, const char *spec,
		    struct intoto_error *err);

void intoto_key_free(struct intoto_key *key); /* NULL is fine */

/* What follows lives as long as the key. */

const char *intoto_key_type(const struct intoto_key *key); /* "ed25519", "rsa",
							      "ecdsa",
							      "openpgp" */
const char *intoto_key_scheme(const struct intoto_key *key);

/*
 * Two ids of one key are in the wild, both in lower-case hex: the legacy one,
 * which every version of in-toto takes and links are filed under, and the one
 * of newer versions. Both are computed here. For OpenPGP, both are the
 * fingerprint.
 */
const char *intoto_key_id(const struct intoto_key *key);
const char *intoto_key_id_new(const struct intoto_key *key);

/* 64 hex digits, equal if and only if the public keys are: what a threshold
 * counts. */
const char *intoto_key_material(const struct intoto_key *key);
bool intoto_key_equal(const struct intoto_key *a, const struct intoto_key *b);

/* The key object as a layout holds it, on one line; free() it. */
char *intoto_key_json(const struct intoto_key *key);

#ifdef __cplusplus
}
#endif

#endif
