/* verify_file.h: `verify --layout FILE`: no tag, no repository. */
#ifndef CMD_VERIFY_FILE_H
#define CMD_VERIFY_FILE_H

#include "cmd/keys.h"
#include "policy/judge.h"

/* Judge the layout file and the links in `link_dir` (NULL: here), in the folder
 * of the final products. -1: could not tell. */
int verify_file(struct judgement **out, const char *layout,
		const char *link_dir, const struct keys *keys, int64_t now,
		struct intoto_error *err);

#endif
