/*
 * sublayouts.h: of the lines of one note, the layouts that stand where a link
 * is expected, and where the links of their own steps belong
 * (Documentation/technical/notes-format.adoc, "Sublayouts").
 */
#ifndef POLICY_SUBLAYOUTS_H
#define POLICY_SUBLAYOUTS_H

#include "metadata/envelope.h"

#define NOTE_SUBLAYOUTS_MAX 256

/* Does its stamp let it stand for that step of that layout? One without a
 * stamp may stand for any. */
bool sublayout_fits(const struct layout *sub, const struct layout *layout,
		    const char *step);

/* The key that the step authorises and that signed it, or NULL; `id` (or NULL)
 * is how the id begins under which the layout lists it. `*as` (may be NULL)
 * gets that id: what the folder of its links is named by. */
const struct key *sublayout_signer(const char **as, const struct layout *layout,
				   const struct layout_item *step,
				   const struct envelope *envelope,
				   const char *id, int64_t now);

/* The same for any step that it may stand for. */
const struct key *sublayout_signer_in(const struct layout *layout,
				      const struct envelope *envelope,
				      int64_t now);

/* The envelopes of a note; those that hold no layout are passed over. */
struct sublayouts {
	struct envelope *const *items;
	size_t n;
	int64_t now;
};

/* The layouts that stand at `parent` below one of `layouts`, each authorised
 * by the one above it; "" are `layouts` themselves. Returns how many; the array
 * is to be freed. */
size_t sublayouts_at(const struct layout ***out, const struct sublayouts *all,
		     const struct layout *const *layouts, size_t n_layouts,
		     const char *parent);

/* Every layout that may stand for some step of one of `layouts`, or of another
 * of them, wherever that is. */
size_t sublayouts_known(const struct layout ***out,
			const struct sublayouts *all,
			const struct layout *const *layouts, size_t n_layouts);

/* The first key that one of `layouts` names for the link's step, and that
 * signed it, or NULL. */
const struct key *layouts_step_signer(const struct layout *const *layouts,
				      size_t n, const struct envelope *envelope,
				      int64_t now);

#endif
