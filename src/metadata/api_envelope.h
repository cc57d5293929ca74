/*
 * api_envelope.h: what the metadata of include/intoto is made of: what is read
 * out of an envelope shares it.
 */
#ifndef METADATA_API_ENVELOPE_H
#define METADATA_API_ENVELOPE_H

#include "intoto/envelope.h"
#include "metadata/envelope.h"

struct intoto_envelope {
	size_t refs;
	struct envelope *envelope;
	bool verified; /* by some key */
};

/* A reference more, if the content is that and a signature held; EINVALID,
 * EREJECTED. */
int api_envelope_share(struct intoto_envelope **out,
		       struct intoto_envelope *envelope,
		       enum envelope_content content, const char *what,
		       struct intoto_error *err);

#endif
