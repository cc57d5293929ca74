/*
 * people.h: for tests of metadata: ed25519 keys made from a number, and
 * metablocks that they have signed.
 */
#ifndef UNIT_PEOPLE_H
#define UNIT_PEOPLE_H

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "metadata/envelope.h"

struct person {
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	struct key *key;
};

static inline struct person person_make(uint8_t number)
{
	struct person person;
	uint8_t seed[crypto_sign_SEEDBYTES];
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	char hex[2 * crypto_sign_PUBLICKEYBYTES + 1];
	struct intoto_error err = { 0 };

	memset(seed, number, sizeof(seed));
	crypto_sign_seed_keypair(public, person.secret, seed);
	hex_encode(hex, public, sizeof(public));
	json_t *object =
		json_pack("{s:s,s:s,s:{s:s}}", "keytype", "ed25519", "scheme",
			  "ed25519", "keyval", "public", hex);

	cr_assert_eq(key_from_json(&person.key, object, &err), 0, "%s",
		     err.message);
	json_decref(object);
	return person;
}

/* The key as a member of a layout's `keys`: "id": {...}; to be freed. */
static inline char *person_listed(const struct person *person, const char *id)
{
	json_t *object = key_to_json(person->key);
	char *text = json_dumps(object, JSON_COMPACT);
	char *listed = xasprintf("\"%s\": %s", id, text);

	free(text);
	json_decref(object);
	return listed;
}

static inline char *signature_text(const struct person *person,
				   const char *keyid, const void *data,
				   size_t len)
{
	uint8_t sig[crypto_sign_BYTES];
	char hex[2 * crypto_sign_BYTES + 1];

	crypto_sign_detached(sig, NULL, data, len, person->secret);
	hex_encode(hex, sig, sizeof(sig));
	return xasprintf("{\"keyid\": \"%s\", \"sig\": \"%s\"}", keyid, hex);
}

/* The text of a metablock with one signature under `keyid` (NULL: the
 * legacy one); to be freed. */
static inline char *metablock(const char *signed_part,
			      const struct person *person, const char *keyid)
{
	struct intoto_error err = { 0 };
	struct envelope *envelope = NULL;
	char *text =
		xasprintf("{\"signatures\": [], \"signed\": %s}", signed_part);
	char *sig = NULL;

	cr_assert_eq(envelope_read(&envelope, text, strlen(text), true, &err),
		     0, "%s", err.message);
	free(text);
	sig = signature_text(person, keyid ? keyid : key_id(person->key),
			     envelope->signed_bytes.data,
			     envelope->signed_bytes.len);
	text = xasprintf("{\"signatures\": [%s], \"signed\": %s}", sig,
			 signed_part);
	free(sig);
	envelope_free(envelope);
	return text;
}

static inline struct envelope *envelope_of(char *text)
{
	struct intoto_error err = { 0 };
	struct envelope *envelope = NULL;

	cr_assert_eq(envelope_read(&envelope, text, strlen(text), false, &err),
		     0, "%s", err.message);
	free(text);
	return envelope;
}

#endif
