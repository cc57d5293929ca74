/* inforce_once.c: what a layout's owners of before have left to those of now.
 */
#include <string.h>

#include "base/clock.h"
#include "policy/inforce_internal.h"

struct once {
	const struct trust *trust;
	int64_t now;
	bool any; /* one owner is enough */
};

static int judge_once(struct inforce *inforce, const void *data,
		      struct intoto_error *err)
{
	const struct once *once = data;
	const struct layout_stamp *stamp = &inforce->envelope->layout->stamp;
	const struct trust *trust = once->trust;
	const bool held = once->any
				  ? trust_owner_once(trust, inforce->envelope,
						     once->now) != NULL
				  : trust_signed_once(trust, inforce->envelope,
						      once->now);

	if (!*stamp->project || strcmp(stamp->name, inforce->name) ||
	    (*trust->project && strcmp(stamp->project, trust->project)))
		return intoto_reject(err, "layout-foreign",
				     "the layout is of another project or "
				     "name");
	if (!held)
		return intoto_reject(err, "layout-threshold",
				     "no owner of any time signed it");
	return 0;
}

int inforce_load_once(struct inforce **out, struct repo *repo,
		      const struct trust *trust, const char *name,
		      struct intoto_error *err)
{
	struct once once = { trust, clock_now(), false };
	scoped(inforce) inforce = NULL;

	for (int pass = 0; pass < 2 && !inforce; pass++) {
		scoped_value(tips) tips = { 0 };
		struct intoto_error why = { 0 };

		once.any = pass == 1;
		if (tips_load(&tips, repo, name, judge_once, &once, NULL,
			      &why) == 0 &&
		    (tips.n || pass))
			tips_choose(&inforce, &tips, name, &why);
		if (!inforce && (pass || why.code)) {
			*err = why;
			return -1;
		}
	}
	*out = take(inforce);
	return 0;
}
