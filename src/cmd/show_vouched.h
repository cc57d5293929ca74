/* show_vouched.h: what the owners say of a tag: seals and withdrawals, and who
 * has not signed yet. */
#ifndef CMD_SHOW_VOUCHED_H
#define CMD_SHOW_VOUCHED_H

#include "cmd/session.h"
#include "policy/seal.h"

struct withdrawal {
	char *what; /* "tag", or the identity of a link or seal */
	struct strlist by;
	struct strlist missing;
	bool complete; /* by the owners' threshold, or by the link's own key */
};

struct vouched_tag {
	struct seals seals;
	uint64_t *versions; /* of each seal's layout; 0: not in a history */
	struct withdrawal *withdrawals;
	size_t n_withdrawals;
	bool revoked;
	size_t threshold;

	struct tag_links *links;     /* of the tag */
	const struct layout **below; /* its sublayouts that are let in */
	size_t n_below;
};
void vouched_tag_release(struct vouched_tag *tag);
SCOPED_RELEASE(vouched_tag);

int show_vouched_read(struct vouched_tag *out, struct session *session,
		      const struct tag_facts *facts, const struct note *note,
		      struct intoto_error *err);

/* The seal that counts and lists this link, or NULL. */
const struct seal *show_vouched_seal(const struct vouched_tag *tag,
				     const char *link);

void show_vouched_print(const struct vouched_tag *tag);
/* Sets "seals", "withdrawals" and "revoked". */
void show_vouched_json(json_t *object, const struct vouched_tag *tag);

#endif
