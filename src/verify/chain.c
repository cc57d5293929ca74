/* chain.c: links assigned to the steps that they may speak for. */
#include "verify/chain.h"

#include <stdarg.h>
#include <string.h>

#include "base/xalloc.h"
#include "verify/chain_internal.h"

#define ANONYMOUS_KEYS_MAX                                 \
	64 /* that a signature without keyid is tried with \
	    */

void chain_free(struct chain *chain)
{
	if (!chain)
		return;
	for (size_t i = 0; i < chain->n_steps; i++) {
		free(chain->steps[i].good);
		free(chain->steps[i].by);
	}
	free(chain->steps);
	free(chain->by_name);
	for (size_t i = 0; i < chain->n_subs; i++)
		chain_sub_free(chain->subs[i]);
	for (size_t i = 0; i < chain->n_failed; i++)
		chain_sub_free(chain->failed[i]);
	free(chain->subs);
	free(chain->failed);
	free(chain);
}

static int compare_steps(const void *a, const void *b)
{
	const struct chain_step *const *left = a;
	const struct chain_step *const *right = b;

	return strcmp((*left)->item->name, (*right)->item->name);
}

const struct chain_step *chain_find_step(const struct chain *chain,
					 const char *name)
{
	const struct layout_item item = { .name = (char *)name };
	const struct chain_step wanted = { .item = &item };
	const struct chain_step *key = &wanted;
	struct chain_step **found = NULL;

	if (chain->by_name) {
		found = bsearch(&key, chain->by_name, chain->n_steps,
				sizeof(struct chain_step *), compare_steps);
		return found ? *found : NULL;
	}
	for (size_t i = 0; i < chain->n_steps; i++)
		if (!strcmp(chain->steps[i].item->name, name))
			return &chain->steps[i];
	return NULL;
}

struct finding *chain_refuse(struct report *report, const struct layout *layout,
			     const char *item, const char *reason,
			     const char *fmt, ...)
{
	struct finding *finding = NULL;
	scoped_text text = NULL;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	finding = report_refuse(report, reason, "%s", text);
	finding_set(&finding->step, "%s", item);
	if (layout->stamp.name)
		finding_set(&finding->layout, "%s", layout->stamp.name);
	return finding;
}

/* A signature without keyid is anybody's: it is tried with some keys only. */
static bool is_worth_a_try(struct assignment *work, size_t index,
			   const struct key *key, const char *as)
{
	const struct envelope *envelope = work->links[index]->envelope;

	return envelope_names(envelope, key, as) ||
	       !envelope_is_anonymous(envelope) ||
	       work->anonymous[index]++ < ANONYMOUS_KEYS_MAX;
}

/* 1: signed by the key; 0: not; -1: could not tell. */
static int is_signed(struct assignment *work, size_t index,
		     const struct key *key, const char *as,
		     struct intoto_error *err)
{
	const struct chain_link *link = work->links[index];
	struct intoto_error why = { 0 };

	if (link->only && !key_same(link->only, key))
		return 0;
	if (link->skip_verify)
		return link->signer && key_same(link->signer, key);
	if (!is_worth_a_try(work, index, key, as))
		return 0;
	if (envelope_verify_as(link->envelope, key, as, work->now, &why) == 0)
		return 1;
	if (why.code != INTOTO_EREJECTED && why.code != INTOTO_EINVALID &&
	    why.code != INTOTO_ELIMIT && why.code != INTOTO_EUNSUPPORTED) {
		*err = why;
		return -1;
	}
	if (strcmp(why.reason, "signature-missing") != 0) {
		strlist_addf(&work->bad[index], "%s", why.message);
		report_warn(work->report, "%s: %s", link->origin, why.message);
	}
	return 0;
}

static void refuse_contradiction(const struct assignment *work,
				 const struct chain_link *first,
				 const struct chain_link *second,
				 const struct key *key)
{
	const char *name = work->step->item->name;
	char who[64];
	struct finding *finding = NULL;

	key_describe(who, key);
	finding = chain_refuse(work->report, work->layout, name,
			       "link-contradicts",
			       "step '%s': two links of %s contradict each "
			       "other: %s and %s",
			       name, who, first->origin, second->origin);
	finding_set(&finding->expected, "%s", first->origin);
	finding_set(&finding->found, "%s", second->origin);
}

/* Find the link of one authorised key, and every other one that it signed. */
static int assign_key(struct assignment *work, const struct key *key,
		      const char *as, struct intoto_error *err)
{
	struct chain_step *step = work->step;
	struct chain_link *good = NULL;

	if (key_overlaps_any(key, step->by, step->n_good))
		return 0;
	for (size_t i = 0; i < work->n; i++) {
		struct chain_link *link = work->links[i];
		int got = work->taken[i] ? 0 : is_signed(work, i, key, as, err);

		if (got < 0) {
			intoto_context(err, "%s: ", link->origin);
			return -1;
		}
		if (got == 0)
			continue;
		work->taken[i] = true;
		if (!link->skip_verify)
			link->signer = key;
		if (link->envelope->content == CONTENT_LAYOUT &&
		    sublayout_judge(work, i, as, err) < 0)
			return -1;
		if (!link->link) /* a sublayout that fails */
			continue;
		if (good) {
			if (link_contradicts(good->link, link->link))
				refuse_contradiction(work, good, link, key);
			continue;
		}
		good = link;
		step->by[step->n_good] = key;
		step->good[step->n_good++] = link;
	}
	return 0;
}

struct place {
	const char *id;
	size_t index;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *left = a;
	const struct place *right = b;
	const int order = strcmp(left->id, right->id);

	return order ? order
		     : (left->index > right->index) -
			       (left->index < right->index);
}

/* Which of the step's ids were there before; to be freed. */
static bool *find_repeated(const struct strlist *ids)
{
	bool *repeated = xcalloc(ids->n + 1, sizeof(*repeated));
	struct place *places = xcalloc(ids->n + 1, sizeof(*places));

	for (size_t i = 0; i < ids->n; i++)
		places[i] = (struct place){ ids->items[i], i };
	qsort(places, ids->n, sizeof(*places), compare_places);
	for (size_t i = 1; i < ids->n; i++)
		repeated[places[i].index] =
			!strcmp(places[i - 1].id, places[i].id);
	free(places);
	return repeated;
}

static int assign_keys(struct assignment *work, struct intoto_error *err)
{
	const struct layout_item *item = work->step->item;
	bool *repeated = find_repeated(&item->pubkeys);
	int got = 0;

	for (size_t i = 0; i < item->pubkeys.n && got == 0; i++) {
		const char *as = NULL;
		const struct key *key =
			layout_pubkey(&as, work->layout, item, i);

		if (key && !repeated[i])
			got = assign_key(work, key, as, err);
	}
	free(repeated);
	return got;
}

static int assign_step(struct assignment *work, struct intoto_error *err)
{
	struct chain_step *step = work->step;
	const struct layout_item *item = step->item;

	step->good = xcalloc(item->pubkeys.n + 1, sizeof(*step->good));
	step->by = xcalloc(item->pubkeys.n + 1, sizeof(*step->by));
	if (work->n > 0 && assign_keys(work, err) < 0)
		return -1;
	if (step->n_good > 0)
		step->reduced = step->good[0]->link;
	assignment_check_threshold(work);
	assignment_check_agreement(work);
	return 0;
}

static int assign(struct assignment *work, struct intoto_error *err)
{
	int got = 0;

	work->n_failed = 0;
	work->taken = xcalloc(work->n + 1, sizeof(*work->taken));
	work->bad = xcalloc(work->n + 1, sizeof(*work->bad));
	work->anonymous = xcalloc(work->n + 1, sizeof(*work->anonymous));
	got = assign_step(work, err);
	for (size_t i = 0; i < work->n; i++)
		strlist_release(&work->bad[i]);
	free(work->taken);
	free(work->bad);
	free(work->anonymous);
	return got;
}

/* The step that a candidate is for, or NULL. */
static const char *step_of(const struct chain_link *link)
{
	return link->link ? link->link->name : link->step;
}

static int compare_links(const void *a, const void *b)
{
	const struct chain_link *const *left = a;
	const struct chain_link *const *right = b;
	const int order = strcmp(step_of(*left), step_of(*right));

	return order ? order : (*left > *right) - (*left < *right);
}

/* Those for some step, by its name, and then in the order that they came. */
static size_t sort_links(struct chain_link ***out, struct chain_link *links,
			 size_t n)
{
	struct chain_link **sorted = xcalloc(n + 1, sizeof(*sorted));
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		const struct envelope *envelope = links[i].envelope;

		links[i].link = envelope->content == CONTENT_LINK
					? envelope->link
					: NULL;
		if (!links[i].skip_verify)
			links[i].signer = NULL;
		if (links[i].link ||
		    (envelope->content == CONTENT_LAYOUT && links[i].step))
			sorted[count++] = &links[i];
	}
	qsort(sorted, count, sizeof(*sorted), compare_links);
	*out = sorted;
	return count;
}

/* Of the sorted links those for one step. */
static size_t find_links(struct chain_link ***out, struct chain_link **sorted,
			 size_t n, const char *name)
{
	size_t low = 0;
	size_t high = n;
	size_t count = 0;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (strcmp(step_of(sorted[middle]), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*out = sorted + low;
	while (low + count < n && !strcmp(step_of((*out)[count]), name))
		count++;
	return count;
}

static void sort_steps(struct chain *chain)
{
	chain->by_name = xcalloc(chain->n_steps + 1, sizeof(*chain->by_name));
	for (size_t i = 0; i < chain->n_steps; i++)
		chain->by_name[i] = &chain->steps[i];
	qsort(chain->by_name, chain->n_steps, sizeof(*chain->by_name),
	      compare_steps);
}

int chain_assign_nested(struct chain **out, const struct layout *layout,
			struct chain_link *links, size_t n,
			const struct nesting *nesting, int64_t now,
			struct report *report, struct intoto_error *err)
{
	scoped(chain) chain = xcalloc(1, sizeof(*chain));
	struct assignment work = {
		.chain = chain,
		.layout = layout,
		.nesting = nesting,
		.now = now,
		.report = report,
	};
	struct chain_link **sorted = NULL;
	const size_t n_sorted = sort_links(&sorted, links, n);
	int got = 0;

	chain->layout = layout;
	chain->steps = xcalloc(layout->n_steps + 1, sizeof(*chain->steps));
	while (chain->n_steps < layout->n_steps && got == 0) {
		work.step = &chain->steps[chain->n_steps];
		work.step->item = &layout->steps[chain->n_steps++];
		work.n = find_links(&work.links, sorted, n_sorted,
				    work.step->item->name);
		got = assign(&work, err);
	}
	free(sorted);
	if (got < 0)
		return -1;
	sort_steps(chain);
	*out = take(chain);
	return 0;
}

int chain_assign(struct chain **out, const struct layout *layout,
		 struct chain_link *links, size_t n,
		 const struct sublayout_source *source, int64_t now,
		 struct report *report, struct intoto_error *err)
{
	size_t left = SUBLAYOUTS_MAX;
	const struct nesting root = {
		.parent = "",
		.source = source,
		.left = &left,
	};

	return chain_assign_nested(out, layout, links, n, &root, now, report,
				   err);
}
