/* judge_sublayouts.c: what of a tag's note may speak for which step of which
 * layout. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/judge_internal.h"
#include "policy/sublayouts.h"

/* A link belongs where it says; without environment.git it may stand anywhere,
 * as it could in a folder. */
static bool belongs(const struct tag_links *links, size_t index,
		    const char *parent)
{
	if (links->bindings[index] == BOUND_BY_CONTENT)
		return true;
	return !strcmp(bind_parent(links->envelopes[index]->link), parent);
}

/* Has who signed it made a later version for the step? */
static bool is_outdated(const struct tag_source *source,
			const struct envelope *envelope,
			const struct layout *layout,
			const struct layout_item *step, const struct key *by)
{
	const struct tag_links *links = source->links;
	const struct layout_stamp *own = &envelope->layout->sub;

	for (size_t i = 0; own->step && i < links->n; i++) {
		const struct envelope *other = links->envelopes[i];
		const struct key *key;

		if (other->content != CONTENT_LAYOUT ||
		    !other->layout->sub.step ||
		    other->layout->sub.version <= own->version ||
		    !sublayout_fits(other->layout, layout, step->name))
			continue;
		key = sublayout_signer(NULL, layout, step, other, NULL,
				       source->now);
		if (key && key_same(key, by))
			return true;
	}
	return false;
}

/* Has the key a link for the step, where links of that place are? */
static bool has_link(const struct tag_source *source, const char *parent,
		     const struct layout_item *step, const struct key *by)
{
	const struct tag_links *links = source->links;

	for (size_t i = 0; i < links->n; i++) {
		const struct envelope *envelope = links->envelopes[i];
		struct intoto_error ignored = { 0 };

		if (envelope->content == CONTENT_LINK &&
		    !strcmp(envelope->link->name, step->name) &&
		    belongs(links, i, parent) &&
		    envelope_verify(envelope, by, source->now, &ignored) == 0)
			return true;
	}
	return false;
}

/* Is the layout that of the place, or of one above it? */
static bool is_above(const struct tag_source *source, const char *parent,
		     const struct layout *layout)
{
	for (size_t i = 0; i < source->n_pools; i++) {
		const struct tag_pool *pool = &source->pools[i];
		const size_t len = strlen(pool->parent);

		if (!strncmp(parent, pool->parent, len) &&
		    (!parent[len] || parent[len] == '/') &&
		    json_equal(pool->layout->signed_part, layout->signed_part))
			return true;
	}
	return false;
}

/* One without a stamp may have been made for any of the steps: it stands where
 * its signer has no link, and never below itself. */
static bool may_stand_for(const struct tag_source *source, const char *parent,
			  const struct envelope *envelope,
			  const struct layout *layout,
			  const struct layout_item *step)
{
	const bool is_stamped = envelope->layout->sub.step != NULL;
	const struct key *by;

	if (!sublayout_fits(envelope->layout, layout, step->name))
		return false;
	by = sublayout_signer(NULL, layout, step, envelope, NULL, source->now);
	/* Who is named and may not is told why; who is not is not asked. */
	if (!by)
		return is_stamped;
	return is_stamped ? !is_outdated(source, envelope, layout, step, by)
			  : !has_link(source, parent, step, by);
}

struct choice {
	struct chain_link *items;
	size_t n;
	size_t alloc;
};

static void choose(struct choice *choice, const struct chain_link *candidate,
		   const char *step)
{
	ALLOC_GROW(choice->items, choice->n + 1, choice->alloc);
	choice->items[choice->n] = *candidate;
	choice->items[choice->n++].step = step;
}

static void choose_layout(struct choice *choice,
			  const struct tag_source *source, const char *parent,
			  size_t index, const struct layout *layout)
{
	const struct envelope *envelope = source->links->envelopes[index];
	const struct layout *sub = envelope->layout;

	if (!sub->sub.step &&
	    (json_equal(layout->signed_part, sub->signed_part) ||
	     is_above(source, parent, sub)))
		return;
	for (size_t i = 0; i < layout->n_steps; i++)
		if (may_stand_for(source, parent, envelope, layout,
				  &layout->steps[i]))
			choose(choice, &source->links->candidates[index],
			       layout->steps[i].name);
}

size_t tag_source_links(struct chain_link **out,
			const struct tag_source *source, const char *parent,
			const struct layout *layout)
{
	const struct tag_links *links = source->links;
	struct choice choice = { 0 };

	for (size_t i = 0; i < links->n; i++) {
		if (links->envelopes[i]->content == CONTENT_LAYOUT)
			choose_layout(&choice, source, parent, i, layout);
		else if (belongs(links, i, parent))
			choose(&choice, &links->candidates[i], NULL);
	}
	*out = choice.items;
	return choice.n;
}

static int read_pool(struct chain_link **links, size_t *n, void *data,
		     const char *parent, const struct layout *layout,
		     struct report *report, struct intoto_error *err)
{
	struct tag_source *source = data;
	struct tag_pool pool = { .parent = xstrdup(parent), .layout = layout };

	(void)report;
	(void)err;
	pool.n = tag_source_links(&pool.links, source, parent, layout);
	source->pools = xrealloc(source->pools, source->n_pools + 1,
				 sizeof(*source->pools));
	source->pools[source->n_pools++] = pool;
	*links = pool.links;
	*n = pool.n;
	return 0;
}

/* Only sublayout_inspections() would call it, with a source of its own. */
static int run_nothing(void *data, const char *parent,
		       const struct chain *chain, struct report *report,
		       struct intoto_error *err)
{
	(void)data;
	(void)parent;
	(void)chain;
	(void)report;
	(void)err;
	return 0;
}

void tag_source_init(struct tag_source *source, const struct tag_links *links,
		     const struct parameters *parameters, int64_t now)
{
	*source = (struct tag_source){ .links = links, .now = now };
	source->source = (struct sublayout_source){
		.read = read_pool,
		.inspect = run_nothing,
		.data = source,
		.parameters = parameters,
	};
}

void tag_source_reset(struct tag_source *source)
{
	for (size_t i = 0; i < source->n_pools; i++) {
		free(source->pools[i].parent);
		free(source->pools[i].links);
	}
	free(source->pools);
	source->pools = NULL;
	source->n_pools = 0;
}

void tag_source_release(struct tag_source *source)
{
	tag_source_reset(source);
}

void tag_source_list(struct strlist *out, const struct tag_source *source)
{
	for (size_t i = 0; i < source->n_pools; i++) {
		const struct tag_pool *pool = &source->pools[i];

		for (size_t j = 0; j < pool->n; j++) {
			char identity[SHA256_HEX_SIZE];

			if (!pool->links[j].signer)
				continue;
			envelope_identity(identity, pool->links[j].envelope);
			strlist_add(out, identity);
		}
	}
}
