/*
 * layout.h: the policy of a supply chain: which steps there are, who may do
 * them, and when it expires.
 */
#ifndef INTOTO_LAYOUT_H
#define INTOTO_LAYOUT_H

#include "intoto/envelope.h"

#ifdef __cplusplus
extern "C" {
#endif

struct intoto_layout;

/*
 * The layout in an envelope of which a signature was verified.
 *
 * out       set only on success; free with intoto_layout_free().
 * envelope  may be freed as soon as this returns.
 * now       seconds since the Unix epoch, UTC.
 *
 * EINVALID   not a layout.
 * EREJECTED  no signature of it was verified ("signature-missing"), or it
 *            expired before `now` ("layout-expired").
 */
int intoto_layout_read(struct intoto_layout **out,
		       struct intoto_envelope *envelope, int64_t now,
		       struct intoto_error *err);
void intoto_layout_free(struct intoto_layout *layout); /* NULL is fine */

/* Strings live as long as the layout, and are as its authors wrote them:
 * escape them before they get to a terminal. */

int64_t intoto_layout_expires(const struct intoto_layout *layout);
const char *intoto_layout_readme(const struct intoto_layout *layout);

/* What a layout made by git-intoto says of itself in its readme; "" and 0
 * where it was made by another tool. */
const char *intoto_layout_project(const struct intoto_layout *layout);
const char *intoto_layout_name(const struct intoto_layout *layout);
uint64_t intoto_layout_version(const struct intoto_layout *layout);

/* What people compare: SHA-256 of the signed part. */
void intoto_layout_digest(char out[INTOTO_DIGEST_SIZE],
			  const struct intoto_layout *layout);

/* Steps in their order; a name past the last one is NULL, a number 0. */
size_t intoto_layout_step_count(const struct intoto_layout *layout);
const char *intoto_layout_step_name(const struct intoto_layout *layout,
				    size_t step);
size_t intoto_layout_step_threshold(const struct intoto_layout *layout,
				    size_t step);

/* The keys that may do the step, each once, to be freed by the caller with
 * intoto_key_free(); NULL past the last one. */
struct intoto_key *intoto_layout_step_key(const struct intoto_layout *layout,
					  size_t step, size_t index);

/* Commands that a verifier runs, if it is told to. */
size_t intoto_layout_inspection_count(const struct intoto_layout *layout);
const char *intoto_layout_inspection_name(const struct intoto_layout *layout,
					  size_t inspection);

#ifdef __cplusplus
}
#endif

#endif
