/* members.h: what scan.h leaves to its callers: a member is there once. */
#ifndef METADATA_MEMBERS_H
#define METADATA_MEMBERS_H

#include "base/buffer.h"
#include "base/strlist.h"

/* Add a member's name to those seen. EINVALID if it was there already or holds
 * a NUL; ELIMIT if there are more than are sane in an object of fixed shape.
 * Messages start with `what`. */
int member_check(struct strlist *seen, const struct buffer *name,
		 const char *what, struct intoto_error *err);

#endif
