/*
 * draft.h: layouts being edited: a file under the common Git directory,
 * drafts/<name>.json: the unsigned or partly signed envelope.
 */
#ifndef POLICY_DRAFT_H
#define POLICY_DRAFT_H

#include "policy/inforce.h"
#include "policy/pending.h"

/* The signed part to edit: the draft if there is one, else the layout in force
 * (or, without trust, found), else ENOTFOUND. `*is_draft` tells which. A new
 * reference. */
int draft_open(json_t **out, bool *is_draft, struct repo *repo,
	       const char *name, struct intoto_error *err);
/* The layout that edits start from, and the next version follows: the one in
 * force (or, without trust, found); where owners have changed and none is, the
 * last of those before. ENOTFOUND if none is here. */
int draft_published(struct inforce **out, struct repo *repo,
		    const struct trust *trust, const char *name,
		    struct intoto_error *err);
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
/* The same with the signatures that are pending over the same bytes, and
 * without those of nobody who is trusted. */
int draft_load_joined(struct envelope **out, struct repo *repo,
		      const char *name, const struct trust *trust,
		      struct intoto_error *err);
/* The names of all drafts, sorted; appends. */
int draft_names(struct strlist *out, struct repo *repo,
		struct intoto_error *err);

/* A signed draft that another owner has put in force meanwhile is done, and
 * goes. True if it was so. */
bool draft_tidy(struct repo *repo, const char *name, const struct trust *trust);

/* A draft as the version that it is to become, with the signatures that hold:
 * those of the file here, and of what is pending over the same bytes. */
struct layout_draft {
	char *name;
	char digest[SHA256_HEX_SIZE];
	struct envelope *envelope;
	struct inforce *before; /* in force now; NULL: none is */
	struct oid parent;	/* to publish on; null: none */
	bool local;		/* it is a file here */
	bool pinned;		/* believed by its digest, without owners */
	size_t signed_by;	/* owners; of the last draft_sign() */
	/* Other drafts of that name that are pending, of this version or a
	 * later one; digests. */
	struct strlist others;
};
void layout_draft_free(struct layout_draft *draft);
SCOPED_TYPE(layout_draft);

/*
 * Of what is pending, the drafts of that name and this project above the
 * version in force (`before`, or NULL) that an owner who is trusted here has
 * signed: the highest version first. Others are named in `warnings` (may be
 * NULL). Returns how many; the array is to be freed, the items are borrowed.
 */
size_t draft_candidates(const struct pending_item ***out,
			const struct pending *pending, const char *name,
			const struct trust *trust, const struct inforce *before,
			int64_t now, struct report *warnings);

/*
 * Which draft of that name is to be signed: that of this clone, stamped as the
 * next version of `project`; else, of what is pending, the highest version
 * above the one in force that an owner who is trusted here has signed. `wanted`
 * (or NULL) chooses by a digest or the beginning of one.
 *
 * ENOTFOUND if there is none; EINVALID if several of one version are pending,
 * or if it was made for a version that is in force or was overtaken.
 */
int draft_choose(struct layout_draft **out, struct repo *repo, const char *name,
		 const struct trust *trust, const char *project,
		 const char *wanted, int64_t now, struct report *warnings,
		 struct intoto_error *err);

/*
 * Sign with each signer who is an owner and has not signed yet. When the local
 * trust's threshold is met (or there is no trust and no layout of any name: the
 * founder's), it is put in force: one ref transaction, and the file goes. Else
 * it becomes pending, and `*missing` names the owners that have not signed.
 * ETRUST where layouts are and nobody's key is trusted.
 */
int draft_sign(bool *in_force, struct strlist *missing, struct repo *repo,
	       struct layout_draft *draft, const struct trust *trust,
	       struct signer *const *signers, size_t n, int64_t now,
	       struct intoto_error *err);

/*
 * A layout made elsewhere. If owners who are trusted here signed it as a next
 * version, or its digest is pinned, *out is that very draft, for draft_sign()
 * without signers. Else *out is NULL and it was stored as a draft without
 * signatures, made from the version in force. EINVALID if there is another
 * draft of that name; `*changed` false: it is in force, or stored, already.
 */
int draft_import(struct layout_draft **out, bool *changed, struct repo *repo,
		 const char *name, const struct trust *trust, const char *text,
		 size_t len, int64_t now, struct intoto_error *err);

/* The readme without the layout's line; to be freed. */
char *draft_readme_text(const char *readme);

/* What is dubious in a layout; each one line with a stable code at its end in
 * brackets. Errors (key material twice) and warnings alike. */
void layout_lint(struct strlist *out, const struct layout *layout, int64_t now);

#endif
