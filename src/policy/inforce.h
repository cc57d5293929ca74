/*
 * inforce.h: which version of a layout is in force (CONTRACT.md "The layout in
 * force"): of all tips of its ref, here and on every remote, the highest
 * version that the trusted threshold signed, of the pinned project and of that
 * name. A tip that fails is a warning and never hides a good one.
 */
#ifndef POLICY_INFORCE_H
#define POLICY_INFORCE_H

#include "metadata/envelope.h"
#include "policy/trust.h"
#include "repo/notes.h"
#include "verify/report.h"

struct inforce {
	char *name;
	struct envelope *envelope; /* CONTENT_LAYOUT */
	char digest[SHA256_HEX_SIZE];
	char *line;	   /* the note's line as stored */
	struct oid commit; /* of the layout's ref */
	char *ref;	   /* where it was found */
	size_t signed_by;  /* how many of the owners signed it */
	size_t owners;
	bool checked; /* false: no trust configured, used unchecked */
};
void inforce_free(struct inforce *inforce);
SCOPED_TYPE(inforce);

/*
 * EREJECTED: the only tips fail (layout-threshold, layout-unstamped,
 * layout-digest, layout-foreign, layout-name, layout-malformed,
 * layout-rollback, layout-conflict). Expiry is
 * judged (layout-expired) at `now` when `now` is not 0. ENOTFOUND
 * "no layout 'release' here" with a hint that names git fetch: no tip at all.
 * `trust` with a pinned digest for that name believes exactly it, stamped or
 * not. Unstamped layouts are believed only so.
 */
int inforce_load(struct inforce **out, struct repo *repo,
		 const struct trust *trust, const char *name, int64_t now,
		 struct report *warnings, struct intoto_error *err);

/* For `tag` and `build` where no trust is configured: the highest version of
 * the project that has stamps, owners unchecked; warns. */
int inforce_load_unchecked(struct inforce **out, struct repo *repo,
			   const char *name, int64_t now,
			   struct report *warnings, struct intoto_error *err);

/* To make the next version where owners have changed and nothing is in force:
 * the highest version that the owners of any version of the root signed by
 * their threshold; if there is none, that any one of them signed. Never to
 * judge a tag by. */
int inforce_load_once(struct inforce **out, struct repo *repo,
		      const struct trust *trust, const char *name,
		      struct intoto_error *err);

/* Names of all layouts that have a ref here or on a remote, sorted. */
int inforce_names(struct strlist *out, struct repo *repo,
		  struct intoto_error *err);

/* Did any version in the history of that layout's refs have this digest? */
int inforce_history_has(bool *out, struct repo *repo, const char *name,
			const char *digest, struct intoto_error *err);

/* That version; `*out` stays NULL if no history has it. */
int inforce_history_find(struct inforce **out, struct repo *repo,
			 const char *name, const char *digest,
			 struct intoto_error *err);

/* The layouts `tag` and `build` go by: the trusted names, which must be in
 * force, and what else is in force; or without trust all found. `project` gets
 * the project id they agree on, "" if none carries one. */
struct inforce_set {
	struct inforce **items;
	size_t n;
	char project[PROJECT_SIZE];
};
void inforce_set_release(struct inforce_set *set);
SCOPED_RELEASE(inforce_set);
int inforce_load_all(struct inforce_set *out, struct repo *repo,
		     const struct trust *trust, int64_t now,
		     struct report *warnings, struct intoto_error *err);

#endif
