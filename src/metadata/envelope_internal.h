/* envelope_internal.h: shared by the files that make up envelope.h. */
#ifndef METADATA_ENVELOPE_INTERNAL_H
#define METADATA_ENVELOPE_INTERNAL_H

#include "metadata/envelope.h"

/* Compute signed_bytes from form and content. */
int envelope_cover(struct envelope *envelope, struct intoto_error *err);

/* What a DSSE signature covers: its pre-authentication encoding. Appends. */
void envelope_pae(struct buffer *out, const char *type,
		  const struct buffer *payload);

/* The list `signatures`, by the envelope's form. */
int envelope_signatures_read(struct envelope *envelope, const char *text,
			     size_t len, bool strict, struct intoto_error *err);
/* It as JSON; a new reference. */
json_t *envelope_signatures_json(const struct envelope *envelope);

#endif
