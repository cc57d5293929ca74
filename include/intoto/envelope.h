/*
 * envelope.h: signed metadata in its wrapper, Metablock or DSSE.
 *
 * Nothing in an envelope is believed before a signature over it was verified:
 * intoto_layout_read() and intoto_link_read() give nothing out of one for which
 * intoto_envelope_verify() has not held. Whether the keys that held are
 * enough, and the right ones, is the caller's to decide; intoto_verify_layout()
 * and intoto_check_tag() decide it by a layout.
 */
#ifndef INTOTO_ENVELOPE_H
#define INTOTO_ENVELOPE_H

#include <stdint.h>

#include "intoto/key.h"

#ifdef __cplusplus
extern "C" {
#endif

struct intoto_envelope;

enum intoto_content {
	INTOTO_CONTENT_LINK = 1,
	INTOTO_CONTENT_LAYOUT,
	INTOTO_CONTENT_STATEMENT, /* an in-toto attestation */
	INTOTO_CONTENT_ROOT,	  /* a trust root, root.json of TUF */
};

#define INTOTO_DIGEST_SIZE 65 /* 64 hex digits and a NUL */

/*
 * Parse one envelope.
 *
 * out   set only on success; free with intoto_envelope_free().
 * text  borrowed; need not end in a NUL.
 *
 * EINVALID  no envelope, or its content is no link, layout or statement.
 * ELIMIT    too deep, too many signatures, too many artifacts.
 */
int intoto_envelope_read(struct intoto_envelope **out, const char *text,
			 size_t len, struct intoto_error *err);
void intoto_envelope_free(struct intoto_envelope *envelope); /* NULL is fine */

/* What it claims to be; may be asked before a signature was verified. */
enum intoto_content
intoto_envelope_content(const struct intoto_envelope *envelope);
bool intoto_envelope_is_dsse(const struct intoto_envelope *envelope);

/* Who claims to have signed it; NULL past the last one, "" where DSSE names no
 * key. Lives as long as the envelope. */
const char *intoto_envelope_keyid(const struct intoto_envelope *envelope,
				  size_t index);

/* SHA-256 of the bytes that are signed, in hex: which document this is,
 * whoever signed it. */
void intoto_envelope_digest(char out[INTOTO_DIGEST_SIZE],
			    const struct intoto_envelope *envelope);

/*
 * Does `key` sign this? From the first success on its content can be read.
 *
 * now  seconds since the Unix epoch, UTC: OpenPGP keys expire.
 *
 * EREJECTED  it has no signature by this key ("signature-missing"), or one
 *            that does not hold.
 */
int intoto_envelope_verify(struct intoto_envelope *envelope,
			   const struct intoto_key *key, int64_t now,
			   struct intoto_error *err);

#ifdef __cplusplus
}
#endif

#endif
