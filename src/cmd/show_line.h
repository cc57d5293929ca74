/* show_line.h: one line of a tag's note, as far as it can be believed. */
#ifndef CMD_SHOW_LINE_H
#define CMD_SHOW_LINE_H

#include "cmd/show_vouched.h"

struct show_line {
	struct envelope *envelope; /* NULL: `problem` says why */
	const struct key *signer;  /* a key of the layouts whose signature
				      holds, or NULL; borrowed */
	char by[64];
	char identity[SHA256_HEX_SIZE];
	const char *binding; /* "bound by name", or NULL; static */
	char *problem;	     /* why it does not count, or NULL */
	const char *revokes; /* "tag", or a digest, or NULL; borrowed */
	char *type;	     /* of a statement, or NULL */
	bool is_seal;
	char seal[SHA256_HEX_SIZE]; /* the seal that counts and lists this
				       link; or "" */
};
void show_line_release(struct show_line *line);
SCOPED_RELEASE(show_line);

void show_line_read(struct show_line *out, const struct note_line *line,
		    const struct session *session,
		    const struct tag_facts *facts,
		    const struct vouched_tag *vouched);
void show_line_print(const struct show_line *line);
json_t *show_line_json(const struct show_line *line); /* a new reference */

#endif
