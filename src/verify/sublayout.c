/* sublayout.c: a layout judged in the place of a link. */
#include "verify/sublayout.h"

#include <string.h>

#include "base/xalloc.h"
#include "verify/chain_internal.h"

#define KEYID_SHOWN 8 /* of a keyid in the name of a folder */

void chain_sub_free(struct chain_sub *sub)
{
	if (!sub)
		return;
	free(sub->parent);
	chain_free(sub->chain);
	layout_free(sub->layout);
	link_free(sub->empty);
	free(sub);
}

/* "in the sublayout of step 'a/b': ..." */
static char *say_where(const char *step, const char *text)
{
	static const char where[] = "in the sublayout of step '";

	if (!strncmp(text, where, strlen(where)))
		return xasprintf("%s%s/%s", where, step, text + strlen(where));
	return xasprintf("%s%s': %s", where, step, text);
}

void sublayout_report(struct report *report, struct report *inner,
		      const char *step)
{
	for (size_t i = 0; i < inner->n; i++) {
		struct finding *finding = &inner->items[i];
		char *message = say_where(step, finding->message);
		char *path = xasprintf("%s%s%s", step, finding->step ? "/" : "",
				       finding->step ? finding->step : "");

		free(finding->message);
		free(finding->step);
		finding->message = message;
		finding->step = path;
	}
	for (size_t i = 0; i < inner->warnings.n; i++) {
		char **warning = &inner->warnings.items[i];
		char *text = say_where(step, *warning);

		free(*warning);
		*warning = text;
	}
	report_append(report, inner);
}

static bool is_in_itself(const struct nesting *nesting,
			 const struct envelope *envelope)
{
	for (; nesting->above; nesting = nesting->above)
		if (nesting->envelope->signed_bytes.len ==
			    envelope->signed_bytes.len &&
		    !memcmp(nesting->envelope->signed_bytes.data,
			    envelope->signed_bytes.data,
			    envelope->signed_bytes.len))
			return true;
	return false;
}

/* Is it to be judged at all? Else that is reported. */
static bool may_enter(const struct assignment *work,
		      const struct chain_link *link)
{
	const struct nesting *nesting = work->nesting;
	const char *reason = NULL;
	const char *why = NULL;

	if (!nesting->source) {
		reason = "sublayout-unjudged";
		why = "is a sublayout, which is not judged here";
	} else if (is_in_itself(nesting, link->envelope)) {
		reason = "sublayout-cycle";
		why = "is a sublayout of itself";
	} else if (nesting->depth >= SUBLAYOUT_DEPTH_MAX ||
		   *nesting->left == 0) {
		reason = "sublayout-limit";
		why = *nesting->left ? "is more than 16 sublayouts deep"
				     : "is the 1001st sublayout";
	}
	if (!reason)
		return true;
	chain_refuse(work->report, work->layout, work->step->item->name, reason,
		     "step '%s': %s %s", work->step->item->name, link->origin,
		     why);
	return false;
}

static char *folder_of(const struct assignment *work,
		       const struct chain_link *link, const char *as)
{
	const char *above = work->nesting->parent;
	scoped_text folder = NULL;

	folder = link->folder ? xstrdup(link->folder)
			      : xasprintf("%s.%.*s", work->step->item->name,
					  KEYID_SHOWN, as);
	return *above ? xasprintf("%s/%s", above, folder) : take(folder);
}

/* Materials of the first step; products, byproducts and command of the last.
 */
static void summarise(struct chain_sub *sub, const char *name)
{
	const struct chain *chain = sub->chain;
	const struct link *first = NULL;
	const struct link *last = NULL;

	sub->empty = link_new(name);
	sub->summary = *sub->empty;
	if (chain->n_steps == 0)
		return;
	first = chain->steps[0].reduced;
	last = chain->steps[chain->n_steps - 1].reduced;
	sub->summary.materials = first->materials;
	sub->summary.products = last->products;
	sub->summary.byproducts = last->byproducts;
	sub->summary.command = last->command;
}

/* With its parameters; a finding if they cannot be filled in. */
static const struct layout *fill(struct chain_sub *sub,
				 const struct layout *layout,
				 const struct sublayout_source *source,
				 struct report *report)
{
	struct intoto_error why = { 0 };

	if (!source->parameters)
		return layout;
	if (layout_substitute(&sub->layout, layout, source->parameters, &why) ==
	    0)
		return sub->layout;
	report_refuse(report, "layout-parameter", "%s", why.message);
	return NULL;
}

static int judge(struct chain_sub *sub, const struct assignment *work,
		 const struct envelope *envelope, struct report *report,
		 struct intoto_error *err)
{
	const struct sublayout_source *source = work->nesting->source;
	const struct nesting nesting = {
		.above = work->nesting,
		.envelope = envelope,
		.parent = sub->parent,
		.depth = work->nesting->depth + 1,
		.source = source,
		.left = work->nesting->left,
	};
	struct intoto_error why = { 0 };
	struct chain_link *links = NULL;
	const struct layout *layout = NULL;
	size_t n = 0;

	if (layout_check_expiry(envelope->layout, work->now, &why) < 0)
		report_refuse_error(report, &why);
	layout = fill(sub, envelope->layout, source, report);
	if (!layout)
		return 0;
	if (source->read(&links, &n, source->data, sub->parent, layout, report,
			 err) < 0 ||
	    chain_assign_nested(&sub->chain, layout, links, n, &nesting,
				work->now, report, err) < 0)
		return -1;
	chain_rules(sub->chain, report);
	if (layout->n_inspections && !source->inspect)
		report_refuse(report, "sublayout-unjudged",
			      "it has inspections, and none is run here");
	return 0;
}

static void keep(struct chain_sub ***subs, size_t *n, struct chain_sub *sub)
{
	*subs = xrealloc(*subs, *n + 1, sizeof(**subs));
	(*subs)[(*n)++] = sub;
}

int sublayout_judge(struct assignment *work, size_t index, const char *as,
		    struct intoto_error *err)
{
	struct chain_link *link = work->links[index];
	const char *name = work->step->item->name;
	scoped(chain_sub) sub = xcalloc(1, sizeof(*sub));
	scoped_value(report) report = REPORT_INIT;
	bool holds = false;

	report.explain = work->report->explain;
	strlist_addf(&work->bad[index], "a sublayout that does not hold");
	work->n_failed++;
	if (!may_enter(work, link))
		return 0;
	--*work->nesting->left;
	sub->parent = folder_of(work, link, as);
	if (judge(sub, work, link->envelope, &report, err) < 0)
		return intoto_context(err,
				      "in the sublayout of step '%s': ", name);
	holds = report.n == 0;
	sublayout_report(work->report, &report, name);
	if (!holds) {
		keep(&work->chain->failed, &work->chain->n_failed, take(sub));
		return 0;
	}
	work->n_failed--;
	strlist_release(&work->bad[index]);
	summarise(sub, work->step->item->name);
	link->link = &sub->summary;
	keep(&work->chain->subs, &work->chain->n_subs, take(sub));
	return 0;
}

int sublayout_each(const struct chain *chain,
		   int (*visit)(void *data, const struct chain *chain,
				struct report *report,
				struct intoto_error *err),
		   void *data, struct report *report, struct intoto_error *err)
{
	for (size_t i = 0; i < chain->n_subs; i++) {
		const struct chain_sub *sub = chain->subs[i];
		scoped_value(report) inner = REPORT_INIT;

		if (sublayout_each(sub->chain, visit, data, &inner, err) < 0)
			return -1;
		sublayout_report(report, &inner, sub->summary.name);
	}
	return visit(data, chain, report, err);
}

int sublayout_inspections(const struct chain *chain,
			  const struct sublayout_source *source,
			  struct report *report, struct intoto_error *err)
{
	for (size_t i = 0; i < chain->n_subs; i++) {
		const struct chain_sub *sub = chain->subs[i];
		scoped_value(report) inner = REPORT_INIT;
		int got =
			sublayout_inspections(sub->chain, source, &inner, err);

		if (got == 0 && sub->chain->layout->n_inspections)
			got = source->inspect(source->data, sub->parent,
					      sub->chain, &inner, err);
		if (got < 0)
			return intoto_context(err,
					      "in the sublayout of step '%s': ",
					      sub->summary.name);
		sublayout_report(report, &inner, sub->summary.name);
	}
	return 0;
}
