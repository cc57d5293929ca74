/* verify_file.h: `verify --layout FILE`: no tag, no repository. */
#ifndef CMD_VERIFY_FILE_H
#define CMD_VERIFY_FILE_H

#include "policy/judge.h"
#include "verify/filemode.h"

/* Judge the layout file and its links, in the folder of the final products.
 * `explain` (may be NULL) gets what every rule did. -1: could not tell. */
int verify_file(struct judgement **out, const struct filemode *what,
		struct strlist *explain, struct intoto_error *err);

#endif
