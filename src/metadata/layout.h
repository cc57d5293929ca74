/* layout.h: the supply chain's policy (specification 4.3). */
#ifndef METADATA_LAYOUT_H
#define METADATA_LAYOUT_H

#include "base/strlist.h"
#include "crypto/key.h"
#include "metadata/rule.h"

#define LAYOUT_STEPS_MAX 10000
#define LAYOUT_KEYS_MAX 1000
#define LAYOUT_PUBKEYS_MAX 100000 /* of all steps together */

struct rules {
	struct rule *items;
	size_t n;
};

/* A step, or an inspection (then keys, command and threshold are unused). */
struct layout_item {
	char *name;
	struct rules materials;
	struct rules products;
	/* step: expected_command; inspection: run; strings */
	struct strlist command;
	struct strlist pubkeys; /* keyids as written */
	int64_t threshold;	/* default 1; below 1 is EINVALID */
};

/* A key with the id under which the layout lists it. */
struct layout_key {
	char *listed_as;
	struct key *key;
};

/*
 * `git-intoto-layout: project=<id> name=<name> version=<n> [[tag=<id>]
 * step=<step>]`, the last line of the readme. Unstamped: project is "".
 */
struct layout_stamp {
	char project[33];
	char *name;
	uint64_t version;
	char *step;   /* of a sublayout: the step that it stands for; or NULL */
	char tag[65]; /* of a sublayout: the tag object's id; "" for any */
};
void layout_stamp_release(struct layout_stamp *stamp);
SCOPED_RELEASE(layout_stamp);

struct layout {
	int64_t expires;
	char *readme; /* with the stamp's line */
	struct layout_key *keys;
	size_t n_keys;
	struct layout_item *steps;
	size_t n_steps;
	struct layout_item *inspections;
	size_t n_inspections;
	/* Only one of them has a project: what is stamped with a step is no
	 * layout of its own, and looks unstamped wherever one is wanted. */
	struct layout_stamp stamp;
	struct layout_stamp sub;

	/* The projection as a JSON value: what is signed in a Metablock. Key
	 * objects keep the members that they came with. */
	json_t *signed_part;
};
void layout_free(struct layout *layout);
SCOPED_TYPE(layout);

/* Names unique over steps and inspections and sane as in link_read(); `expires`
 * required; rules parse; a stamp that is malformed or not last or there twice
 * is EINVALID. */
int layout_read(struct layout **out, const char *text, size_t len,
		struct intoto_error *err);
int layout_append_canonical(struct buffer *out, const struct layout *layout,
			    struct intoto_error *err);

/* SHA-256 of the canonical signed part; informs, and is what people compare. */
int layout_digest(char out[SHA256_HEX_SIZE], const struct layout *layout,
		  struct intoto_error *err);

/* What may stand in a stamp's name: letters, digits and . _ - (not first),
 * at most 100 of them, not ending in ".lock"; it becomes part of a ref. */
bool layout_name_is_valid(const char *name);
/* The stamp's line, without a newline; to be freed. */
char *layout_stamp_text(const struct layout_stamp *stamp);

const struct layout_item *layout_step(const struct layout *layout,
				      const char *name); /* or NULL */
/* The key that a step authorises and that answers to `keyid`, or NULL. A step
 * lists ids; each is looked up in `keys` by either keyid or a subkey's. */
const struct key *layout_step_key(const struct layout *layout,
				  const struct layout_item *step,
				  const char *keyid);
/*
 * The same by place: the key that the `index`th of the step's pubkeys stands
 * for, or NULL if `keys` has none. `as` gets what envelope_verify_as() needs:
 * a subkey's id stands for that subkey alone.
 */
const struct key *layout_pubkey(const char **as, const struct layout *layout,
				const struct layout_item *step, size_t index);
/* Distinct authorised keys of a step, by material; returns how many. The
 * array is the caller's, the keys are borrowed. */
size_t layout_step_keys(const struct key ***out, const struct layout *layout,
			const struct layout_item *step);

#endif
