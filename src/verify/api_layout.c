/* api_layout.c: include/intoto/layout.h on the layouts of the layers below. */
#include "intoto/layout.h"

#include "base/xalloc.h"
#include "crypto/api_key.h"
#include "metadata/api_envelope.h"
#include "verify/chain.h"

struct intoto_layout {
	struct intoto_envelope *from;
};

static const struct layout *layout_of(const struct intoto_layout *layout)
{
	return layout->from->envelope->layout;
}

int intoto_layout_read(struct intoto_layout **out,
		       struct intoto_envelope *envelope, int64_t now,
		       struct intoto_error *err)
{
	struct intoto_envelope *from = NULL;

	if (api_envelope_share(&from, envelope, CONTENT_LAYOUT, "layout", err) <
	    0)
		return -1;
	if (layout_check_expiry(from->envelope->layout, now, err) < 0) {
		intoto_envelope_free(from);
		return -1;
	}
	*out = xcalloc(1, sizeof(**out));
	(*out)->from = from;
	return 0;
}

void intoto_layout_free(struct intoto_layout *layout)
{
	if (!layout)
		return;
	intoto_envelope_free(layout->from);
	free(layout);
}

int64_t intoto_layout_expires(const struct intoto_layout *layout)
{
	return layout_of(layout)->expires;
}

const char *intoto_layout_readme(const struct intoto_layout *layout)
{
	return layout_of(layout)->readme;
}

const char *intoto_layout_project(const struct intoto_layout *layout)
{
	return layout_of(layout)->stamp.project;
}

const char *intoto_layout_name(const struct intoto_layout *layout)
{
	const char *name = layout_of(layout)->stamp.name;

	return name ? name : "";
}

uint64_t intoto_layout_version(const struct intoto_layout *layout)
{
	return layout_of(layout)->stamp.version;
}

void intoto_layout_digest(char out[INTOTO_DIGEST_SIZE],
			  const struct intoto_layout *layout)
{
	envelope_digest(out, layout->from->envelope);
}

size_t intoto_layout_step_count(const struct intoto_layout *layout)
{
	return layout_of(layout)->n_steps;
}

/* NULL past the last one. */
static const struct layout_item *step_at(const struct intoto_layout *layout,
					 size_t index)
{
	return index < layout_of(layout)->n_steps
		       ? &layout_of(layout)->steps[index]
		       : NULL;
}

const char *intoto_layout_step_name(const struct intoto_layout *layout,
				    size_t step)
{
	const struct layout_item *item = step_at(layout, step);

	return item ? item->name : NULL;
}

size_t intoto_layout_step_threshold(const struct intoto_layout *layout,
				    size_t step)
{
	const struct layout_item *item = step_at(layout, step);

	return item ? (size_t)item->threshold : 0;
}

struct intoto_key *intoto_layout_step_key(const struct intoto_layout *layout,
					  size_t step, size_t index)
{
	const struct layout_item *item = step_at(layout, step);
	struct intoto_key *key = NULL;
	const struct key **keys = NULL;
	size_t n;

	if (!item)
		return NULL;
	n = layout_step_keys(&keys, layout_of(layout), item);
	/* Keys are immutable but for the count of references. */
	if (index < n)
		key = api_key_new((struct key *)keys[index]);
	free(keys);
	return key;
}

size_t intoto_layout_inspection_count(const struct intoto_layout *layout)
{
	return layout_of(layout)->n_inspections;
}

const char *intoto_layout_inspection_name(const struct intoto_layout *layout,
					  size_t inspection)
{
	return inspection < layout_of(layout)->n_inspections
		       ? layout_of(layout)->inspections[inspection].name
		       : NULL;
}
