/*
 * draft.h: layouts being edited: a file under the common Git directory,
 * drafts/<name>.json: the unsigned or partly signed envelope.
 */
#ifndef POLICY_DRAFT_H
#define POLICY_DRAFT_H

#include "policy/inforce.h"

/* The signed part to edit: the draft if there is one, else the layout in force
 * (or, without trust, found), else ENOTFOUND. `*is_draft` tells which. A new
 * reference. */
int draft_open(json_t **out, bool *is_draft, struct repo *repo,
	       const char *name, struct intoto_error *err);
/* A fresh one: no keys, no steps; `expires` in seconds since the epoch. */
json_t *draft_new(int64_t expires);

/* Store it after layout_read()'s checks; drops signatures. `changed` false if
 * that is what the draft or layout in force already says. */
int draft_save(bool *changed, struct repo *repo, const char *name,
	       const json_t *signed_part, struct intoto_error *err);
int draft_discard(struct repo *repo, const char *name,
		  struct intoto_error *err);

/* Is there a draft of that name? */
bool draft_exists(struct repo *repo, const char *name);
/* The draft as it is, with its signatures; ENOTFOUND if there is none. */
int draft_load(struct envelope **out, struct repo *repo, const char *name,
	       struct intoto_error *err);
/* The names of all drafts, sorted; appends. */
int draft_names(struct strlist *out, struct repo *repo,
		struct intoto_error *err);

/*
 * Sign the draft with each signer: the first signature sets version (in force
 * + 1, or 1) and the readme's line. When the local trust's threshold is met
 * (or there is no trust and no layout of any name: the founder's), it is put in
 * force: one ref transaction, and the draft goes. ETRUST where layouts are
 * and nobody's key is trusted. `*missing` (to be released) names the
 * owners that have not signed; empty when in force. `project` for a first
 * layout; else the pinned one.
 */
int draft_sign(bool *in_force, struct strlist *missing, struct repo *repo,
	       const char *name, const struct trust *trust, const char *project,
	       struct signer *const *signers, size_t n, int64_t now,
	       struct intoto_error *err);

/* The readme without the layout's line; to be freed. */
char *draft_readme_text(const char *readme);

/* What is dubious in a layout; each one line with a stable code at its end in
 * brackets. Errors (key material twice) and warnings alike. */
void layout_lint(struct strlist *out, const struct layout *layout, int64_t now);

#endif
