/*
 * envelope.h: the two wrappers of signed metadata, Metablock
 * ({"signatures", "signed"}) and DSSE ({"payload", "payloadType",
 * "signatures"}), read strictly and written as one line.
 *
 * What is used is what a signature covers: the Metablock's projection, or the
 * DSSE payload as received.
 */
#ifndef METADATA_ENVELOPE_H
#define METADATA_ENVELOPE_H

#include "crypto/signature.h"
#include "crypto/signer.h"
#include "metadata/layout.h"
#include "metadata/link.h"
#include "metadata/root.h"

#define ENVELOPE_SIGNATURES_MAX 1000
#define INTOTO_PAYLOAD_TYPE "application/vnd.in-toto+json"

enum envelope_form { ENVELOPE_METABLOCK, ENVELOPE_DSSE };
enum envelope_content {
	CONTENT_LINK,
	CONTENT_LAYOUT,
	CONTENT_STATEMENT,
	CONTENT_ROOT, /* Metablock only */
};

struct envelope {
	enum envelope_form form;
	enum envelope_content content;
	struct link *link;     /* CONTENT_LINK */
	struct layout *layout; /* CONTENT_LAYOUT */
	struct root *root;     /* CONTENT_ROOT */
	struct buffer
		payload; /* DSSE: the decoded payload; STATEMENT: use it */
	struct signature *signatures;
	size_t n_signatures;

	/* What is signed: canonical bytes or PAE. */
	struct buffer signed_bytes;
};
void envelope_free(struct envelope *envelope);
SCOPED_TYPE(envelope);

/*
 * Parse, bounded. Nothing in it may be believed until envelope_verify() holds.
 * (DSSE payloads are parsed before the signature is judged only as strictly
 * bounded JSON.) A Metablock or envelope with members of its own: EINVALID if
 * `strict` (note lines), ignored otherwise (files of others).
 */
int envelope_read(struct envelope **out, const char *text, size_t len,
		  bool strict, struct intoto_error *err);

/*
 * Does `key` sign this? Metablock: of the signatures under one keyid only
 * the first counts, and it is one that the key answers to (an OpenPGP key and
 * its subkeys have one between them). DSSE: any with the keyid, or without
 * keyid. EREJECTED "signature-missing" if it has none by this key.
 */
int envelope_verify(const struct envelope *envelope, const struct key *key,
		    int64_t now, struct intoto_error *err);

/* The same for a key that a layout lists: `as` is the id under which it is
 * authorised (layout_pubkey()). A subkey's id stands for that subkey alone;
 * any other for the key, also when the key itself would not answer to it. */
int envelope_verify_as(const struct envelope *envelope, const struct key *key,
		       const char *as, int64_t now, struct intoto_error *err);

/* Has it a signature whose keyid stands for the key (listed as `as`)? */
bool envelope_names(const struct envelope *envelope, const struct key *key,
		    const char *as);
/* Has it, in DSSE, a signature without keyid, which could be anybody's? */
bool envelope_is_anonymous(const struct envelope *envelope);

/* SHA-256 of the signed bytes (PAE for DSSE): a line's identity together with
 * the key material. For a Metablock layout equals layout_digest(). */
void envelope_identity(char out[SHA256_HEX_SIZE],
		       const struct envelope *envelope);

/* The digest of a layout or root as CONTRACT.md has it: canonical signed part,
 * or the payload bytes for DSSE. */
void envelope_digest(char out[SHA256_HEX_SIZE],
		     const struct envelope *envelope);

/* One compact line without its LF: sorted members. Layout signatures are
 * listed under both keyids where they differ; a link's under the legacy one. */
int envelope_append_line(struct buffer *out, const struct envelope *envelope,
			 struct intoto_error *err);

/* As PY writes it to a file: indent 1, sorted, ASCII (metablock) for export.
 * The exact text is irrelevant to signatures. */
int envelope_append_file(struct buffer *out, const struct envelope *envelope,
			 struct intoto_error *err);

/* Make one; link/layout are taken over on success only. dsse with an OpenPGP
 * signer is EUNSUPPORTED with a hint. `max` bounds the line's length. */
int envelope_sign_link(struct envelope **out, struct link **link, bool dsse,
		       struct signer *signer, size_t max,
		       struct intoto_error *err);
/* The same without a signature: of mock, and of inspections. */
int envelope_wrap_link(struct envelope **out, struct link **link, bool dsse,
		       size_t max, struct intoto_error *err);
/* An unsigned Metablock layout or root from its signed part (validated by
 * layout_read's or root_read's rules). */
int envelope_from_json(struct envelope **out, const json_t *signed_part,
		       struct intoto_error *err);
/* Forget all signatures. */
void envelope_unsign(struct envelope *envelope);
/* A Metablock of a link or layout as DSSE, without a signature: none of the
 * old ones would hold. Nothing happens to what is DSSE already. */
int envelope_to_dsse(struct envelope *envelope, struct intoto_error *err);
/* This key's signature under one more name in a layout, under that name alone
 * in a link. Nothing if it has none. */
void envelope_name_signature(struct envelope *envelope, const struct key *key,
			     const char *keyid);
/* Add or replace this signer's signature; a layout's under both keyids. */
int envelope_add_signature(struct envelope *envelope, struct signer *signer,
			   struct intoto_error *err);

#endif
