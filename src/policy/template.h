/* template.h: the layout that `init` writes. */
#ifndef POLICY_TEMPLATE_H
#define POLICY_TEMPLATE_H

#include "base/strlist.h"
#include "crypto/key.h"
#include "json/json.h"

struct template
{
	const char *tag_step;
	const struct strlist *steps; /* besides the tag step */
	const struct strlist
		*products;	       /* patterns that each of them may make */
	const struct key *const *keys; /* authorised for every step */
	size_t n_keys;
	int64_t expires; /* seconds since the epoch */
};

/* Every list of rules ends with DISALLOW *; the steps' materials are the tag
 * step's. A new reference to a layout's signed part. */
json_t *template_layout(const struct template *what);

#endif
