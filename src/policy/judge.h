/*
 * judge.h: is this tag, and are these files, proven? DESIGN.md "Commands", the
 * order of `verify`. The one function behind `verify`, `log`'s state and the
 * server's guard.
 */
#ifndef POLICY_JUDGE_H
#define POLICY_JUDGE_H

#include "policy/bind.h"
#include "policy/inforce.h"
#include "verify/chain.h"

struct judge_options {
	const struct trust *trust;
	const char *const *layouts; /* only these names; NULL: trust's */
	size_t n_layouts;
	int64_t now;
	bool now_given; /* --at: said first */

	const char *const *files; /* paths of files to compare */
	size_t n_files;
	const char *as; /* --as NAME; with exactly one file */

	enum { INSPECT_UNSAID, INSPECT_YES, INSPECT_NO } inspect;
	size_t inspection_timeout; /* seconds; 0: none */
	const struct manifest_options *hashing;
	bool no_side_effects; /* seen versions and project pin stay */
	bool try_seals;	      /* judge also the seals that are not needed */

	/* For people: which commit last changed a file that a rule stopped, a
	 * `git log` each; and what every rule did, also where all is well. */
	bool name_commits;
	struct strlist *explain; /* or NULL */

	const struct parameters *parameters; /* of --param; or NULL */
	bool strict; /* a command that is not the expected one is refused */
};

struct judged_step {
	char *name;
	size_t threshold;
	char **by; /* key_describe() of each good signer */
	size_t n_by;
	char *evidence; /* "tag signature, link, 412 of 412 paths equal the
			   tree"; "1 of 1 links, 4 rules" */
	bool holds;
};

struct judged_layout {
	char *name;
	uint64_t version;
	char digest[65];
	int64_t expires;
	size_t signed_by;
	size_t owners;
	bool demanded; /* must hold for this verdict */
	bool in_force; /* it could be loaded */
	bool holds;
	struct judged_step *steps;
	size_t n_steps;
	struct strlist links; /* identities of those that count, sorted */
	struct report report; /* what fails in it, demanded or not */

	/* Judged by an earlier version, for which the owners sealed the tag;
	 * `version` and `digest` are those in force. */
	bool sealed;
	uint64_t sealed_version; /* 0: a layout without a stamp */
	char sealed_digest[65];
	char seal[65];		  /* its identity */
	struct strlist sealed_by; /* key_describe() of the owners */
};

struct judged_file {
	char *path; /* as given */
	char sha256[65];
	char *product; /* matched name, or NULL */
	char *layout;
	char *step;
	char *by; /* short keyids of the functionaries */
};

struct seals; /* policy/seal.h */
struct judgement {
	char *ref;
	char tag[OID_HEX_SIZE]; /* "" if the ref holds no tag object */
	char commit[OID_HEX_SIZE];
	char project[PROJECT_SIZE];
	struct judged_layout *layouts;
	size_t n_layouts;
	struct judged_file *files;
	size_t n_files;

	/* Every refusal that counts: of the tag, of the demanded layouts, of
	 * the files; warnings too. Accepted iff report.n == 0. */
	struct report report;

	struct seals *seals; /* all of the tag, as seals_collect() has them;
				NULL if it was not judged so far */
	bool revoked;	     /* withdrawn by the owners */

	/* key_describe() of the owners who withdrew the tag, and who did not */
	struct strlist revoked_by;
	struct strlist revoked_missing;
};
void judgement_free(struct judgement *judgement);
SCOPED_TYPE(judgement);

/*
 * -1: could not tell (missing objects, no trust: ETRUST, no layout, I/O, no
 * such tag, inspections unsaid: EUSAGE mapped to 128 by INTOTO_EINVALID...).
 * 0: judged; ask judgement_accepts().
 */
int judge_tag(struct judgement **out, struct repo *repo, const char *ref,
	      const struct judge_options *options, struct intoto_error *err);
bool judgement_accepts(const struct judgement *judgement);

/*
 * Would a tag that options->layouts (exactly one name) accepts be refused if
 * `next` were that layout? Nothing of the clone's state changes.
 */
int judge_stops(bool *out, struct repo *repo, const char *ref,
		const struct judge_options *options, const struct layout *next,
		struct intoto_error *err);

/*
 * The links of a tag: lines of its note (and of its commit's) that are links
 * bound to it. Withdrawn links are left out.
 */
struct tag_links {
	struct envelope **envelopes; /* CONTENT_LINK */
	enum binding *bindings;
	struct chain_link *candidates; /* parallel; for chain_assign() */
	size_t n;
	struct note note;

	struct strlist origins; /* what candidates[].origin borrows */
	struct report problems; /* a finding for each link that does not count,
				   its step set */
	struct strlist withdrawn;      /* identities */
	struct envelope **withdrawals; /* `revoke` links, bound by name */
	size_t n_withdrawals;
	struct envelope **statements; /* CONTENT_STATEMENT, of any type */
	size_t n_statements;
};
void tag_links_free(struct tag_links *links);
SCOPED_TYPE(tag_links);

/*
 * `note` NULL: read the tag's own (if the facts are of one) and its commit's.
 * What is wrong with lines that do not count goes into `warnings` (may be
 * NULL). A link is withdrawn here by its own key, for which the layouts' keys
 * are asked; what owners withdraw needs tag_links_withdraw(). EREJECTED
 * "notes-tree", "note-limit".
 */
int tag_links_read(struct tag_links **out, struct repo *repo,
		   const struct tag_facts *facts, const struct note *note,
		   const struct layout *const *layouts, size_t n_layouts,
		   int64_t now, struct report *warnings,
		   struct intoto_error *err);

/* Take out what the owners' threshold withdrew; `*tag` tells whether that is
 * the tag itself. */
void tag_links_withdraw(bool *tag, struct tag_links *links,
			const struct trust *trust, int64_t now);

/* Which of the owners signed a withdrawal of `what` ("tag" or an identity):
 * appends key_describe() of those to `by` and of the others to `missing` (both
 * may be NULL). Returns how many signed; a key and its part count once. */
size_t tag_links_withdrawn_by(struct strlist *by, struct strlist *missing,
			      const struct tag_links *links,
			      const struct trust *trust, const char *what,
			      int64_t now);

/* The tag step alone, for tag creation and the guard: signature of the tag by
 * an authorised key, tag-step links bound by name, materials equal the tree.
 * A server lets a tag in with one link; the step's threshold may be completed
 * after the push, and `verify` refuses the tag until then. */
/* The signature of the tag alone; nothing of its tree is looked at. */
int judge_tag_signer(struct report *report, const struct layout *layout,
		     const char *tag_step, const struct tag_facts *facts,
		     int64_t now, struct intoto_error *err);

enum judge_need { JUDGE_THRESHOLD, JUDGE_ONE_LINK };
int judge_tag_step(struct report *report, const struct layout *layout,
		   const char *tag_step, const struct tag_facts *facts,
		   const struct tag_links *links, enum judge_need need,
		   int64_t now, struct intoto_error *err);

#endif
