/*
 * folders.h: what proves a tag, as in-toto's own tools have it in folders:
 * links and sublayouts by the names under which they are looked for, those of a
 * sublayout in a folder of its own.
 */
#ifndef POLICY_FOLDERS_H
#define POLICY_FOLDERS_H

#include "policy/judge.h"

struct folder_file {
	char *path; /* "build.9c1f2ab3/compile.1234abcd.link" */
	const struct envelope *envelope;
};
struct folders {
	struct folder_file *items; /* a sublayout before what is below it */
	size_t n;
	size_t alloc;
	size_t n_sublayouts; /* of them */
};
void folders_release(struct folders *folders);
SCOPED_RELEASE(folders);

/* The links that count for the layout's steps; what fails is in `report`. The
 * envelopes stay those of `links`. */
int folders_list(struct folders *out, const struct layout *layout,
		 const struct tag_facts *facts, const struct tag_links *links,
		 int64_t now, struct report *report, struct intoto_error *err);

#endif
