/* sublayouts.c: which layout of a note may stand for which step. */
#include "policy/sublayouts.h"

#include <string.h>

#include "base/xalloc.h"

#define KEYID_SHOWN 8

static const char *stamped_name(const struct layout *layout)
{
	return layout->stamp.name ? layout->stamp.name : layout->sub.name;
}

bool sublayout_fits(const struct layout *sub, const struct layout *layout,
		    const char *step)
{
	const char *name = stamped_name(layout);

	if (*sub->stamp.project)
		return false;
	if (!sub->sub.step)
		return true;
	return !strcmp(sub->sub.step, step) &&
	       (!name || !strcmp(sub->sub.name, name));
}

const struct key *sublayout_signer(const char **as, const struct layout *layout,
				   const struct layout_item *step,
				   const struct envelope *envelope,
				   const char *id, int64_t now)
{
	for (size_t i = 0; i < step->pubkeys.n; i++) {
		const char *listed = step->pubkeys.items[i];
		const char *used = NULL;
		const struct key *key = layout_pubkey(&used, layout, step, i);
		struct intoto_error ignored = { 0 };

		if (!key || (id && strncmp(listed, id, strlen(id)) &&
			     strncmp(used, id, strlen(id))))
			continue;
		if (envelope_verify_as(envelope, key, used, now, &ignored) < 0)
			continue;
		if (as)
			*as = used;
		return key;
	}
	return NULL;
}

static bool is_in(const struct layout *const *layouts, size_t n,
		  const struct layout *layout)
{
	for (size_t i = 0; i < n; i++)
		if (layouts[i] == layout)
			return true;
	return false;
}

static const struct key *stands_for(const struct envelope *envelope,
				    const struct layout *layout,
				    const char *step, const char *id,
				    int64_t now)
{
	const struct layout_item *item = layout_step(layout, step);

	return item && sublayout_fits(envelope->layout, layout, step)
		       ? sublayout_signer(NULL, layout, item, envelope, id, now)
		       : NULL;
}

/* Of all those that stand for the step, signed by a key of that id. */
static size_t descend(const struct layout **out, const struct sublayouts *all,
		      const struct layout *const *layouts, size_t n_layouts,
		      const char *step, const char *id)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct envelope *envelope = all->items[i];

		if (envelope->content != CONTENT_LAYOUT)
			continue;
		for (size_t j = 0; j < n_layouts; j++) {
			if (!stands_for(envelope, layouts[j], step, id,
					all->now))
				continue;
			out[n++] = envelope->layout;
			break;
		}
	}
	return n;
}

size_t sublayouts_at(const struct layout ***out, const struct sublayouts *all,
		     const struct layout *const *layouts, size_t n_layouts,
		     const char *parent)
{
	const size_t max = all->n > n_layouts ? all->n : n_layouts;
	const struct layout **here = xcalloc(max + 1, sizeof(*here));
	const struct layout **below = xcalloc(max + 1, sizeof(*below));
	size_t n = n_layouts;

	for (size_t i = 0; i < n_layouts; i++)
		here[i] = layouts[i];
	while (*parent && n) {
		const size_t len = strcspn(parent, "/");
		const struct layout **swap = here;
		scoped_text place = xmemdupz(parent, len);
		char *dot = strrchr(place, '.');

		if (!dot || strlen(dot + 1) != KEYID_SHOWN) {
			n = 0;
			break;
		}
		*dot = '\0';
		n = descend(below, all, here, n, place, dot + 1);
		here = below;
		below = swap;
		parent += len + (parent[len] != '\0');
	}
	free(below);
	*out = here;
	return n;
}

const struct key *sublayout_signer_in(const struct layout *layout,
				      const struct envelope *envelope,
				      int64_t now)
{
	const char *step = envelope->layout->sub.step;
	const struct key *key = NULL;

	if (step)
		return stands_for(envelope, layout, step, NULL, now);
	for (size_t i = 0; i < layout->n_steps && !key; i++)
		key = stands_for(envelope, layout, layout->steps[i].name, NULL,
				 now);
	return key;
}

/* Each that is found is asked once for those below it. */
size_t sublayouts_known(const struct layout ***out,
			const struct sublayouts *all,
			const struct layout *const *layouts, size_t n_layouts)
{
	const struct layout **known = xcalloc(all->n + 1, sizeof(*known));
	size_t n = 0;

	for (size_t at = 0; at < n_layouts + n; at++) {
		const struct layout *above =
			at < n_layouts ? layouts[at] : known[at - n_layouts];

		for (size_t i = 0; i < all->n; i++) {
			const struct envelope *envelope = all->items[i];

			if (envelope->content == CONTENT_LAYOUT &&
			    !is_in(known, n, envelope->layout) &&
			    sublayout_signer_in(above, envelope, all->now))
				known[n++] = envelope->layout;
		}
	}
	*out = known;
	return n;
}

const struct key *layouts_step_signer(const struct layout *const *layouts,
				      size_t n, const struct envelope *envelope,
				      int64_t now)
{
	for (size_t i = n; i-- > 0;) {
		const struct layout_item *step =
			layout_step(layouts[i], envelope->link->name);
		struct intoto_error ignored = { 0 };
		const struct key *key =
			step ? layout_step_key(layouts[i], step,
					       envelope->signatures[0].keyid)
			     : NULL;

		if (key && envelope_verify(envelope, key, now, &ignored) == 0)
			return key;
	}
	return NULL;
}
