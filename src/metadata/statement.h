/*
 * statement.h: an in-toto Statement v1 (attestation framework, spec/v1/
 * statement.md) in a DSSE envelope: subjects with digests, a predicate type and
 * a predicate.
 */
#ifndef METADATA_STATEMENT_H
#define METADATA_STATEMENT_H

#include "metadata/envelope.h"

#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"

struct statement {
	json_t *value;		 /* the whole Statement; owned */
	const char *type;	 /* predicateType; borrowed from value */
	const json_t *subjects;	 /* array; borrowed */
	const json_t *predicate; /* object; borrowed */
};
void statement_free(struct statement *statement);
SCOPED_TYPE(statement);

/* Of the payload of an envelope with CONTENT_STATEMENT; strict JSON, bounded.
 * EINVALID. */
int statement_read(struct statement **out, const struct envelope *envelope,
		   struct intoto_error *err);

/* Sign it (DSSE): one signature. An OpenPGP signer's `sig` is the base64 of a
 * binary detached signature packet over the PAE; envelope_verify() takes it. */
int statement_sign(struct envelope **out, const json_t *statement,
		   struct signer *signer, size_t max, struct intoto_error *err);

/* Sign the very payload of `same`, so that both count together. */
int statement_cosign(struct envelope **out, const struct envelope *same,
		     struct signer *signer, size_t max,
		     struct intoto_error *err);

#endif
