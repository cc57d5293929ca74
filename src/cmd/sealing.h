/*
 * sealing.h: seals as commands make them: for tags that were named, and for
 * those that a new version of a layout would leave unproven.
 */
#ifndef CMD_SEALING_H
#define CMD_SEALING_H

#include "cmd/keyoptions.h"
#include "cmd/session.h"

/* What the user said of tags that would stop verifying. */
struct sealing {
	struct strlist seal; /* "all", or tags */
	bool no_seal;
};
void sealing_release(struct sealing *sealing);
SCOPED_RELEASE(sealing);

#define SEALING_OPTIONS(s)                                                \
	OPT_LIST(0, "seal", &(s)->seal, "all|TAG",                        \
		 "seal the tags that would stop verifying, or this one"), \
		OPT_FLAG(0, "no-seal", &(s)->no_seal, "let them stop")

/* EUSAGE for --seal with --no-seal. */
int sealing_check(const struct sealing *sealing, struct intoto_error *err);

/* Whose signatures: those of open signers, or (without any) of the key that
 * the options name, opened when it is needed. */
struct sealing_keys {
	struct signer *const *signers;
	size_t n;
	const struct key_options *options;

	/* What they sign next, if it comes in force as soon as enough owners
	 * have: then seals that are still short would be lost. Or NULL. */
	const struct envelope *layout;
};

/*
 * Call before `next` takes the place of the layout `name`: lists the tags that
 * would stop verifying, asks, and seals under the version in force. EREJECTED
 * "seal-unsaid" where nobody can be asked and neither option is given;
 * "seal-short" where `next` would come in force before the seals are complete.
 * Nothing happens where no tag would stop, or nobody is trusted.
 */
int sealing_before(const struct sealing *sealing, struct session *session,
		   const char *name, const struct layout *next,
		   const struct sealing_keys *keys, struct intoto_error *err);

/* The tags that would stop verifying, one a line, with a heading; `*n` is how
 * many. */
int sealing_list(struct strlist *stopping, struct session *session,
		 const char *name, const struct layout *next,
		 struct intoto_error *err);

/* Seal a tag for these layouts (NULL: those that must hold), and say so. What
 * does not verify is refused, and why is said: `*refused`. */
int sealing_tag(bool *refused, struct session *session, struct signer *signer,
		const char *ref, const char *const *layouts, size_t n_layouts,
		struct intoto_error *err);

/* "  ed25519 1234abcd", one a line: who has not signed yet. */
void sealing_print_missing(const struct strlist *missing, size_t need);

/* How to publish the tags' notes: `git intoto push`, and plain git. */
int sealing_print_push(struct session *session, char *const *refs, size_t n,
		       struct intoto_error *err);

#endif
