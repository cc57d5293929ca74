/*
 * key.h: a public key as in-toto sees it (specification 1.0, section 4.2;
 * OpenPGP keys in the form of securesystemslib).
 *
 * A key has two keyids in the wild: the legacy one (hashed with
 * keyid_hash_algorithms, PEM without its last newline) and the new one (without
 * that member, PEM with the newline). Both are computed from the key itself and
 * never believed from metadata. The keyid of an OpenPGP key is its v4
 * fingerprint, for both. What counts toward a threshold is the key material.
 */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/digest.h"
#include "json/json.h"

enum key_type {
	KEY_ED25519,
	KEY_RSA,
	KEY_ECDSA,
	KEY_OPENPGP,
};

#define KEYID_SIZE 65

struct key;
void key_free(struct key *key);
SCOPED_TYPE(key);
struct key *key_ref(struct key *key); /* keys are immutable and counted;
					 not safe across threads */

enum key_type key_type(const struct key *key);
const char *key_scheme(const struct key *key); /* "ed25519", ... */
const char *key_id(const struct key *key);     /* legacy, or fingerprint */
const char *key_id_new(const struct key *key); /* new, or fingerprint */

/* What in-toto 1.x calls the key of the file that this one was read from: the
 * legacy keyid, but where an ECDSA key's JSON has its PEM with a newline in the
 * end, that is hashed as well. Other readers never call it so. */
const char *key_id_old(const struct key *key);
const char *key_material(const struct key *key); /* 64 hex: equal iff the same
						    public key */
const char *key_comment(const struct key *key);	 /* SSH comment, uid; or "" */

/* Short text for tables: "ed25519 9c1f2ab3", "gpg 4AEE..D2F1". */
void key_describe(char out[64], const struct key *key);

/* Either keyid, or the fingerprint of one of an OpenPGP key's subkeys. Exact
 * and case-sensitive. */
bool key_answers_to(const struct key *key, const char *keyid);
bool key_same(const struct key *a, const struct key *b);

/* The same, or a part of one (an OpenPGP subkey) is a part of the other: one
 * secret can sign for both, so both together are one toward a threshold. */
bool key_overlaps(const struct key *a, const struct key *b);
bool key_overlaps_any(const struct key *key, const struct key *const *keys,
		      size_t n);

/*
 * Every in-toto JSON form: legacy (with or without an empty `private`), new,
 * the old ecdsa keytypes, OpenPGP. EINVALID names what is wrong. A keyid in
 * the object is ignored.
 */
int key_from_json(struct key **out, const json_t *object,
		  struct intoto_error *err);

/* The form every verifier takes (in-toto-wire: legacy shape, keyid,
 * keyid_hash_algorithms, no `private`); OpenPGP in its own shape. A new
 * reference. */
json_t *key_to_json(const struct key *key);

/* SubjectPublicKeyInfo, or a private PEM that is not encrypted; scheme NULL
 * means the default of the type. */
int key_from_pem(struct key **out, const char *pem, size_t len,
		 const char *scheme, struct intoto_error *err);

/* "ssh-ed25519 AAAA... comment": ed25519, RSA (scheme rsa-pkcs1v15-sha256),
 * ECDSA P-256, P-384, P-521. sk- keys are EUNSUPPORTED in plain words. */
int key_from_ssh(struct key **out, const char *line, struct intoto_error *err);

/* The SSH wire blob of this public key (RFC 4253 6.6, 5656, 8709), to ask an
 * agent for it; EUNSUPPORTED for OpenPGP. */
int key_ssh_blob(struct buffer *out, const struct key *key,
		 struct intoto_error *err);

#endif
