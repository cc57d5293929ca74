/*
 * seal.h: owners vouch for a tag beyond a change of policy: a verification
 * summary (SLSA VSA v1) in the tag's note (CONTRACT.md "Stored bytes",
 * DESIGN.md "Time"). It is about one ref, tag object, layout version and set of
 * links.
 */
#ifndef POLICY_SEAL_H
#define POLICY_SEAL_H

#include "metadata/statement.h"
#include "policy/judge.h"

#define SEAL_TYPE "https://slsa.dev/verification_summary/v1"

/* What makes a verification summary a seal: its predicate.verifier.id. */
#define SEAL_VERIFIER "git-intoto:owners"

struct seal {
	char *ref; /* the tag it is about, and its object */
	struct oid tag;
	char tag_sha256[SHA256_HEX_SIZE];
	char *layout;			     /* its name */
	char layout_digest[SHA256_HEX_SIZE]; /* of the version it vouches for */
	struct strlist links;		     /* identities, sorted */
	int64_t when;			     /* when its makers judged */
	char identity[SHA256_HEX_SIZE];	     /* of its lines' signed bytes */

	/* Of a tag's note alone: who of the trust's owners signed. */
	struct envelope **lines; /* all over the same payload */
	size_t n_lines;
	struct strlist by;	/* key_describe() of the owners who signed */
	struct strlist missing; /* of those who did not */
	bool enough;		/* by the threshold of the owners */
	bool withdrawn;
	bool holds; /* with judge_options.try_seals: by itself it would do */
};
void seal_free(struct seal *seal);
SCOPED_TYPE(seal);

struct seals {
	struct seal **items;
	size_t n;
	size_t alloc;
};
void seals_release(struct seals *seals);
SCOPED_RELEASE(seals);

/* Is this Statement a seal, and of what? EINVALID if it has the type and is
 * malformed; *out NULL and 0 if it is another statement. */
int seal_read(struct seal **out, const struct envelope *envelope,
	      struct intoto_error *err);
/* About this tag: ref, tag object, SHA-256 of its bytes. */
bool seal_covers(const struct seal *seal, const struct tag_facts *facts);

/*
 * The seals of a tag that the threshold of the trust's owners signed. What is
 * short of it or not about the tag is a warning. Withdrawn ones are left out.
 * `facts` with its tree, else EINVALID.
 */
int seals_read(struct seals *out, const struct tag_facts *facts,
	       const struct note *note, const struct trust *trust, int64_t now,
	       struct report *warnings, struct intoto_error *err);

/* All that are about the tag, also those that are short of the threshold or
 * withdrawn, by identity. Anything else is a warning (may be NULL). */
void seals_collect(struct seals *out, const struct tag_links *links,
		   const struct tag_facts *facts, const struct trust *trust,
		   int64_t now, struct report *warnings);

/* May it judge: signed by enough owners, and not withdrawn? */
bool seal_counts(const struct seal *seal);

/* The Statement to sign for a layout that accepted the tag; a new reference. */
json_t *seal_statement(const struct tag_facts *facts, const char *layout,
		       const char *layout_digest, const struct strlist *links,
		       int64_t when);

#endif
