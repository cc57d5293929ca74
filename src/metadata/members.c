/* members.c: names of members of an object, each once. */
#include "metadata/members.h"

#include <string.h>

#define MEMBERS_MAX 64 /* unknown ones included */

int member_check(struct strlist *seen, const struct buffer *name,
		 const char *what, struct intoto_error *err)
{
	const char *text = buffer_text(name);

	if (strlen(text) != name->len || strlist_has(seen, text))
		return intoto_fail(err, INTOTO_EINVALID,
				   "%s: member '%s' is there twice or is not "
				   "plain text",
				   what, text);
	if (seen->n >= MEMBERS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "%s: more than %d members", what,
				   MEMBERS_MAX);
	strlist_add(seen, text);
	return 0;
}
