/* judge_tag_step.c: the tag's own signature and its links, against the tree. */
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/judge_internal.h"
#include "repo/refs.h"

#define NAMED_PATHS 20 /* of each kind of difference */

void tag_chain_free(struct tag_chain *chain)
{
	if (!chain)
		return;
	chain_free(chain->chain);
	free(chain->links);
	tag_source_release(&chain->source);
	layout_free(chain->layout);
	parameters_release(&chain->parameters);
	free(chain);
}

/* A tag's name may hold anything that a shell acts on, and hints are pasted. */
void hint_sign(struct finding *finding, const char *tag)
{
	scoped_text commit = xasprintf("%s^{}", tag);
	scoped_text name = quote_word(tag);
	scoped_text target = quote_word(commit);

	finding_set(&finding->hint, "git tag -s -f %s %s", name, target);
}

void refuse_unsigned(struct report *report, const struct tag_facts *facts)
{
	struct finding *finding =
		report_refuse(report, "tag-unsigned",
			      "tag '%s' carries no signature", facts->tag.name);

	hint_sign(finding, facts->tag.name);
}

static void refuse_signer(struct report *report, const struct layout *layout,
			  const struct layout_item *item,
			  const struct tag_facts *facts,
			  const struct intoto_error *why)
{
	const char *name = layout->stamp.name ? layout->stamp.name : "release";
	char claim[128] = "an unknown key";
	struct intoto_error ignored = { 0 };
	struct finding *finding;

	if (strcmp(why->reason, "signature-unknown-key")) {
		finding = report_refuse(report, why->reason, "tag '%s': %s",
					facts->tag.name, why->message);
		finding_set(&finding->step, "%s", item->name);
		return;
	}
	tag_signature_claim(claim, facts->tag.armor, facts->tag.armor_len,
			    &ignored);
	finding = report_refuse(report, "tag-signer",
				"tag '%s' is signed by %s, which step '%s' of "
				"layout '%s' does not authorise",
				facts->tag.name, claim, item->name, name);
	finding_set(&finding->step, "%s", item->name);
	finding_set(&finding->found, "%s", claim);
	finding_set(&finding->hint,
		    "git intoto layout add-key %s KEY --step %s", name,
		    item->name);
}

static int judge_signature(struct tag_chain *chain, struct report *report,
			   const struct tag_chain_input *input,
			   const struct layout_item *item,
			   struct intoto_error *err)
{
	const struct tag_object *tag = &input->facts->tag;
	const struct key **keys = NULL;
	struct intoto_error why = { 0 };
	size_t match = 0;
	size_t n;
	int got;

	if (!tag->armor) {
		refuse_unsigned(report, input->facts);
		finding_set(&report->items[report->n - 1].step, "%s",
			    item->name);
		return 0;
	}
	n = layout_step_keys(&keys, input->layout, item);
	got = tag_signature_verify(&match, tag->armor, tag->armor_len, keys, n,
				   tag->payload.data, tag->payload.len,
				   input->now, &why);
	if (got == 0)
		chain->tag_signer = keys[match];
	free(keys);
	if (got == 0)
		return 0;
	if (why.code != INTOTO_EREJECTED) {
		if (err)
			*err = why;
		return -1;
	}
	refuse_signer(report, input->layout, item, input->facts, &why);
	return 0;
}

int judge_tag_signer(struct report *report, const struct layout *layout,
		     const char *tag_step, const struct tag_facts *facts,
		     int64_t now, struct intoto_error *err)
{
	const struct layout_item *item = layout_step(layout, tag_step);
	const struct tag_chain_input input = {
		.layout = layout,
		.tag_step = tag_step,
		.facts = facts,
		.now = now,
	};
	struct tag_chain chain = { 0 };

	return item ? judge_signature(&chain, report, &input, item, err) : 0;
}

enum difference { CHANGED, MISSING, EXTRA, DIFFERENCES };

struct comparison {
	struct report *report;
	const char *step;
	const char *origin;
	size_t n[DIFFERENCES];
};

static struct finding *refuse_path(struct report *report, enum difference kind)
{
	switch (kind) {
	case CHANGED:
		return report_refuse(report, "tree-changed", "differs");
	case MISSING:
		return report_refuse(report, "tree-missing", "is not recorded");
	default:
		return report_refuse(report, "tree-extra", "is not there");
	}
}

static void refuse_difference(struct comparison *work, enum difference kind,
			      const struct artifact *tree,
			      const struct artifact *link)
{
	static const char *const texts[] = {
		"differs from the tree's",
		"of the tree is not recorded",
		"is recorded, and not in the tree",
	};
	scoped_value(buffer) expected = BUFFER_INIT;
	scoped_value(buffer) found = BUFFER_INIT;
	const char *name = tree ? tree->name : link->name;
	struct finding *finding;

	if (++work->n[kind] > NAMED_PATHS)
		return;
	if (tree)
		artifact_describe(&expected, tree);
	if (link)
		artifact_describe(&found, link);
	finding = refuse_path(work->report, kind);
	if (kind == CHANGED)
		finding_set(&finding->message,
			    "step '%s': %s: path '%s' %s: expected %s, found "
			    "%s",
			    work->step, work->origin, name, texts[kind],
			    buffer_text(&expected), buffer_text(&found));
	else
		finding_set(&finding->message, "step '%s': %s: path '%s' %s",
			    work->step, work->origin, name, texts[kind]);
	finding_set(&finding->step, "%s", work->step);
	finding_set(&finding->artifact, "%s", name);
	finding_set(&finding->expected, "%s",
		    tree ? buffer_text(&expected) : "no such path");
	finding_set(&finding->found, "%s",
		    link ? buffer_text(&found) : "no such path");
}

static int compare_names(const struct artifact *a, const struct artifact *b)
{
	const int order =
		memcmp(a->name, b->name, a->len < b->len ? a->len : b->len);

	if (order)
		return order;
	return (a->len > b->len) - (a->len < b->len);
}

/* Both sets are sorted. */
static size_t list_differences(struct comparison *work,
			       const struct artifacts *tree,
			       const struct artifacts *link)
{
	const size_t n_tree = artifacts_count(tree);
	const size_t n_link = artifacts_count(link);
	size_t equal = 0;
	size_t i = 0;
	size_t j = 0;

	while (i < n_tree || j < n_link) {
		struct artifact a = { 0 };
		struct artifact b = { 0 };
		int order;

		if (i < n_tree)
			a = artifacts_at(tree, i);
		if (j < n_link)
			b = artifacts_at(link, j);
		order = i == n_tree   ? 1
			: j == n_link ? -1
				      : compare_names(&a, &b);
		i += order <= 0;
		j += order >= 0;
		if (order < 0)
			refuse_difference(work, MISSING, &a, NULL);
		else if (order > 0)
			refuse_difference(work, EXTRA, NULL, &b);
		else if (artifact_equal(&a, &b))
			equal++;
		else
			refuse_difference(work, CHANGED, &a, &b);
	}
	return equal;
}

/* Does a link of the tag step record the tree, and nothing else? */
static bool equals_tree(struct tag_chain *chain, struct report *report,
			const struct chain_link *link,
			const struct tag_facts *facts)
{
	struct comparison work = {
		report, link->link->name, link->origin, { 0 }
	};

	chain->compared = true;
	if (artifacts_equal(link->link->materials, facts->artifacts)) {
		chain->paths_equal = artifacts_count(facts->artifacts);
		return true;
	}
	chain->paths_equal = list_differences(&work, facts->artifacts,
					      link->link->materials);
	for (size_t i = 0; i < DIFFERENCES; i++) {
		if (work.n[i] <= NAMED_PATHS)
			continue;
		finding_set(&refuse_path(report, (enum difference)i)->message,
			    "step '%s': %s: %zu more paths like these",
			    work.step, work.origin, work.n[i] - NAMED_PATHS);
		finding_set(&report->items[report->n - 1].step, "%s",
			    work.step);
	}
	return false;
}

/* The step that it would speak for, as a link or in its place. */
static bool is_for(const struct chain_link *link, const char *step)
{
	return !strcmp(link->step ? link->step : link->link->name, step);
}

static void refuse_unbound(struct report *unbound, const char *step,
			   const struct chain_link *link, enum binding binding)
{
	struct finding *finding = report_refuse(
		unbound, "link-unbound",
		"step '%s': %s is %s; here it must be bound by name", step,
		link->origin,
		link->step ? "a sublayout" : binding_text(binding));

	finding_set(&finding->step, "%s", step);
}

static enum binding binding_of(const struct tag_links *links,
			       const struct chain_link *link)
{
	for (size_t i = 0; i < links->n; i++)
		if (links->envelopes[i] == link->envelope)
			return links->bindings[i];
	return BOUND_BY_CONTENT;
}

/* Who may speak at all: for the tag step only a link that names the tag. */
static void choose_links(struct tag_chain *chain, struct report *unbound,
			 const struct tag_chain_input *input)
{
	const size_t n = tag_source_links(&chain->links, &chain->source, "",
					  chain->layout);

	for (size_t i = 0; i < n; i++) {
		const struct chain_link *link = &chain->links[i];
		enum binding binding;

		if (!is_for(link, input->tag_step)) {
			if (!input->only_tag_step)
				chain->links[chain->n_links++] = *link;
			continue;
		}
		binding = binding_of(input->links, link);
		if (!link->step && binding == BOUND_BY_NAME)
			chain->links[chain->n_links++] = *link;
		else
			refuse_unbound(unbound, input->tag_step, link, binding);
	}
}

/* Leave out signed links of the tag step that do not equal the tree. */
static bool drop_unequal(struct tag_chain *chain, struct report *report,
			 const struct tag_chain_input *input)
{
	size_t kept = 0;
	bool dropped;

	for (size_t i = 0; i < chain->n_links; i++) {
		struct chain_link *link = &chain->links[i];

		if (link->signer && is_for(link, input->tag_step) &&
		    !equals_tree(chain, report, link, input->facts))
			continue;
		link->skip_verify = link->signer != NULL;
		chain->links[kept++] = *link;
	}
	dropped = kept < chain->n_links;
	chain->n_links = kept;
	return dropped;
}

static int assign_once(struct tag_chain *chain, struct report *report,
		       int64_t now, struct intoto_error *err)
{
	return chain_assign(&chain->chain, chain->layout, chain->links,
			    chain->n_links, &chain->source.source, now, report,
			    err);
}

static int assign(struct tag_chain *chain, struct report *report,
		  const struct tag_chain_input *input, struct intoto_error *err)
{
	scoped_value(report) first = REPORT_INIT;

	if (assign_once(chain, &first, input->now, err) < 0)
		return -1;
	if (!drop_unequal(chain, report, input)) {
		report_append(report, &first);
		return 0;
	}
	chain_free(take(chain->chain));
	tag_source_reset(&chain->source);
	return assign_once(chain, report, input->now, err);
}

/* What `chain_assign` calls a missing link is here a tag without its proof. */
static void name_unlinked(struct report *report,
			  const struct tag_chain_input *input)
{
	scoped_text name = quote_word(input->facts->tag.name);

	for (size_t i = 0; i < report->n; i++) {
		struct finding *finding = &report->items[i];

		if (!finding->step || strcmp(finding->step, input->tag_step) ||
		    strcmp(finding->reason, "link-missing"))
			continue;
		free(finding->reason);
		finding->reason = xstrdup("tag-unlinked");
		finding_set(&finding->hint,
			    "git fetch   # or: git intoto tag --existing %s",
			    name);
	}
}

static bool is_short(const struct chain_step *step, enum judge_need need)
{
	const uint64_t enough =
		need == JUDGE_ONE_LINK ? 1 : (uint64_t)step->item->threshold;

	return step->n_good < enough;
}

int tag_chain_make(struct tag_chain **out, struct report *report,
		   const struct tag_chain_input *input,
		   struct intoto_error *err)
{
	scoped(tag_chain) chain = xcalloc(1, sizeof(*chain));
	const struct layout_item *item =
		layout_step(input->layout, input->tag_step);
	scoped_value(report) unbound = REPORT_INIT;

	tag_source_init(&chain->source, input->links, &chain->parameters,
			input->now);
	if (bind_parameters(&chain->parameters, input->facts, input->parameters,
			    err) < 0 ||
	    layout_substitute(&chain->layout, input->layout, &chain->parameters,
			      err) < 0 ||
	    (item && judge_signature(chain, report, input, item, err) < 0))
		return -1;
	choose_links(chain, &unbound, input);
	if (assign(chain, report, input, err) < 0)
		return -1;
	name_unlinked(report, input);
	for (size_t i = 0; i < chain->chain->n_steps; i++) {
		const struct chain_step *step = &chain->chain->steps[i];

		if (!is_short(step, input->need))
			continue;
		report_copy_step(report, &unbound, step->item->name);
		report_copy_step(report, &input->links->problems,
				 step->item->name);
	}
	*out = take(chain);
	return 0;
}

int judge_tag_step(struct report *report, const struct layout *layout,
		   const char *tag_step, const struct tag_facts *facts,
		   const struct tag_links *links, enum judge_need need,
		   int64_t now, struct intoto_error *err)
{
	const struct tag_chain_input input = {
		.layout = layout,
		.tag_step = tag_step,
		.facts = facts,
		.links = links,
		.only_tag_step = true,
		.need = need,
		.now = now,
	};
	scoped(tag_chain) chain = NULL;
	scoped_value(report) all = REPORT_INIT;
	const struct chain_step *step;

	if (!layout_step(layout, tag_step)) {
		report_refuse(report, "no-tag-step",
			      "the layout has no step '%s'", tag_step);
		return 0;
	}
	if (tag_chain_make(&chain, &all, &input, err) < 0)
		return -1;
	step = chain_find_step(chain->chain, tag_step);
	report_take_step(report, &all, tag_step,
			 is_short(step, need) ? NULL : "step-threshold");
	return 0;
}
