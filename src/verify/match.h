/*
 * match.h: MATCH <pattern> [IN source] WITH ... [IN destination] FROM <step>,
 * for one artifact after the other (in-toto-verify's own reading, down to
 * what os.path.join does with an absolute remainder).
 */
#ifndef VERIFY_MATCH_H
#define VERIFY_MATCH_H

#include "metadata/artifacts.h"
#include "metadata/rule.h"

struct match {
	const struct rule *rule;
	const struct artifacts *source;	     /* what the rule is to consume */
	const struct artifacts *destination; /* of the other step; NULL: none */
	struct buffer prefix; /* IN source, ending in a slash; or empty */
	struct buffer name;   /* scratch */
	size_t hint;
};
struct match match_start(const struct rule *rule,
			 const struct artifacts *source,
			 const struct artifacts *destination);
void match_release(struct match *match);
SCOPED_RELEASE(match);

/* Does the rule speak of this artifact, by prefix and pattern? */
bool match_selects(const struct match *match, const struct artifact *artifact);
/* Where the destination has its counterpart, or -1; it must be selected. */
ptrdiff_t match_counterpart(struct match *match,
			    const struct artifact *artifact);
/* Which artifact of the source (in nearly every case `index` itself) the rule
 * consumes when it looks at the one at `index`, or -1. MATCH_ASTRAY: joined
 * again behind IN source, its name is not its own, nor that of another one (its
 * rest starts with a slash, or has backslashes): there the reference fails. */
#define MATCH_ASTRAY (-2)
ptrdiff_t match_consumes(struct match *match, size_t index);

#endif
