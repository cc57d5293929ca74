/* trust_call.c: owners who are trusted for one call. */
#include "policy/trust.h"

int trust_of_call(struct trust **out, const struct trust *here,
		  struct key *const *keys, size_t n, struct intoto_error *err)
{
	scoped(trust) trust = trust_new();
	bool added;

	for (size_t i = 0; i < n; i++)
		trust_add_key(&added, trust, keys[i]);
	for (size_t i = 0; i < here->n_layouts && !here->layouts_default; i++)
		if (trust_add_layout(&added, trust, here->layouts[i].name, NULL,
				     err) < 0)
			return -1;
	if (trust_set_threshold(trust, 0, err) < 0 ||
	    (*here->project &&
	     trust_pin_project(trust, here->project, err) < 0))
		return -1;
	*out = take(trust);
	return 0;
}
