/*
 * link.h: what one person or machine says of one step: from which materials
 * which products came, by which command.
 */
#ifndef INTOTO_LINK_H
#define INTOTO_LINK_H

#include "intoto/envelope.h"

#ifdef __cplusplus
extern "C" {
#endif

struct intoto_link;

/*
 * The link in an envelope of which a signature was verified.
 *
 * out       set only on success; free with intoto_link_free().
 * envelope  may be freed as soon as this returns.
 *
 * EINVALID   not a link.
 * EREJECTED  no signature of it was verified ("signature-missing").
 */
int intoto_link_read(struct intoto_link **out, struct intoto_envelope *envelope,
		     struct intoto_error *err);
void intoto_link_free(struct intoto_link *link); /* NULL is fine */

/* Strings live as long as the link, and are as its author wrote them: escape
 * them before they get to a terminal. */

const char *intoto_link_step(const struct intoto_link *link);

/* As one would type it; free() it. */
char *intoto_link_command(const struct intoto_link *link);

enum intoto_side {
	INTOTO_MATERIALS,
	INTOTO_PRODUCTS,
};

/* Artifacts are sorted by the bytes of their names, each there once. */
size_t intoto_link_artifact_count(const struct intoto_link *link,
				  enum intoto_side side);
/* NULL past the last one. */
const char *intoto_link_artifact_name(const struct intoto_link *link,
				      enum intoto_side side, size_t index);
/* False, and "", if it has another digest than exactly one SHA-256. */
bool intoto_link_artifact_sha256(char out[INTOTO_DIGEST_SIZE],
				 const struct intoto_link *link,
				 enum intoto_side side, size_t index);
/* False if there is no artifact of that name. */
bool intoto_link_find(size_t *index, const struct intoto_link *link,
		      enum intoto_side side, const char *name);

#ifdef __cplusplus
}
#endif

#endif
