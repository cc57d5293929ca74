/* folders.c: a tag's links and sublayouts, and the files that they are for
 * in-toto's own tools. */
#include "policy/folders.h"

#include <string.h>

#include "base/xalloc.h"
#include "policy/judge_internal.h"

#define KEYID_SHOWN 8

void folders_release(struct folders *folders)
{
	for (size_t i = 0; i < folders->n; i++)
		free(folders->items[i].path);
	free(folders->items);
	*folders = (struct folders){ 0 };
}

/* The id under which the layout lists the key. */
static const char *listed_id(const struct layout *layout,
			     const struct layout_item *step,
			     const struct key *key)
{
	for (size_t i = 0; i < step->pubkeys.n; i++) {
		const char *as = NULL;
		const struct key *listed = layout_pubkey(&as, layout, step, i);

		if (listed && key_same(listed, key))
			return as;
	}
	return key_id(key);
}

static bool has_file(const struct folders *folders, const char *path)
{
	for (size_t i = 0; i < folders->n; i++)
		if (!strcmp(folders->items[i].path, path))
			return true;
	return false;
}

static void add_pool(struct folders *out, const struct tag_source *source,
		     const char *parent, const struct layout *layout,
		     const struct chain_link *links, size_t n);

/* Of several at one place that of the very layout, whose JSON is shared by the
 * copy with its parameters. */
static const struct tag_pool *pool_of(const struct tag_source *source,
				      const char *parent,
				      const struct layout *layout)
{
	for (size_t i = 0; i < source->n_pools; i++)
		if (!strcmp(source->pools[i].parent, parent) &&
		    source->pools[i].layout->signed_part == layout->signed_part)
			return &source->pools[i];
	return NULL;
}

/* One of each key; a sublayout, and what is below it, only if it holds. */
static void add_link(struct folders *out, const struct tag_source *source,
		     const char *parent, const struct layout *layout,
		     const struct chain_link *link)
{
	const struct layout_item *step =
		layout_step(layout, link->step ? link->step : link->link->name);
	const struct tag_pool *pool;
	scoped_text place = NULL;
	scoped_text path = NULL;

	place = xasprintf("%s%s%s.%.*s", parent, *parent ? "/" : "", step->name,
			  KEYID_SHOWN, listed_id(layout, step, link->signer));
	path = xasprintf("%s.link", place);
	if (has_file(out, path))
		return;
	ALLOC_GROW(out->items, out->n + 1, out->alloc);
	out->items[out->n++] = (struct folder_file){
		.path = xstrdup(path),
		.envelope = link->envelope,
	};
	if (link->envelope->content != CONTENT_LAYOUT)
		return;
	out->n_sublayouts++;
	pool = pool_of(source, place, link->envelope->layout);
	if (pool)
		add_pool(out, source, place, pool->layout, pool->links,
			 pool->n);
}

static void add_pool(struct folders *out, const struct tag_source *source,
		     const char *parent, const struct layout *layout,
		     const struct chain_link *links, size_t n)
{
	for (size_t i = 0; i < layout->n_steps; i++) {
		const char *name = layout->steps[i].name;

		for (size_t j = 0; j < n; j++) {
			const struct chain_link *link = &links[j];
			const char *step = link->step	? link->step
					   : link->link ? link->link->name
							: "";

			if (link->signer && link->link && !strcmp(step, name))
				add_link(out, source, parent, layout, link);
		}
	}
}

int folders_list(struct folders *out, const struct layout *layout,
		 const struct tag_facts *facts, const struct tag_links *links,
		 int64_t now, struct report *report, struct intoto_error *err)
{
	scoped_value(parameters) parameters = { 0 };
	scoped_value(tag_source) source = { 0 };
	scoped(layout) filled = NULL;
	struct chain_link *candidates = NULL;
	struct chain *chain = NULL;
	size_t n;
	int got;

	if (bind_parameters(&parameters, facts, NULL, err) < 0 ||
	    layout_substitute(&filled, layout, &parameters, err) < 0)
		return -1;
	tag_source_init(&source, links, &parameters, now);
	n = tag_source_links(&candidates, &source, "", filled);
	got = chain_assign(&chain, filled, candidates, n, &source.source, now,
			   report, err);
	if (got == 0)
		add_pool(out, &source, "", filled, candidates, n);
	chain_free(chain);
	free(candidates);
	return got;
}
