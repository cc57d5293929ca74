/* judge_layout.c: one layout against a tag: its steps, and what proves them. */
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/gitnames.h"
#include "policy/judge_internal.h"

static void add_by(struct judged_step *step, const struct key *key)
{
	char who[64];

	key_describe(who, key);
	for (size_t i = 0; i < step->n_by; i++)
		if (!strcmp(step->by[i], who))
			return;
	step->by = xrealloc(step->by, step->n_by + 1, sizeof(*step->by));
	step->by[step->n_by++] = xstrdup(who);
}

/* "1 of 1 links", "3 links, 2 needed" */
static void describe_links(struct buffer *out, const struct chain_step *step)
{
	const size_t need = (size_t)step->item->threshold;

	if (step->n_good > need)
		buffer_printf(out, "%zu links, %zu needed", step->n_good, need);
	else
		buffer_printf(out, "%zu of %zu links", step->n_good, need);
}

static void describe_sublayouts(struct buffer *out,
				const struct chain_step *step)
{
	size_t n = 0;

	for (size_t i = 0; i < step->n_good; i++)
		n += step->good[i]->envelope->content == CONTENT_LAYOUT;
	if (n)
		buffer_printf(out, " (%zu sublayout%s)", n, n == 1 ? "" : "s");
}

static void describe_tag_step(struct buffer *out, const struct tag_chain *chain,
			      const struct chain_step *step,
			      const struct tag_facts *facts)
{
	buffer_puts(out, chain->tag_signer ? "tag signature, "
					   : "no good tag signature, ");
	if (step->n_good == 1 && step->item->threshold == 1)
		buffer_puts(out, "link");
	else
		describe_links(out, step);
	if (chain->compared)
		buffer_printf(out, ", %zu of %zu paths equal the tree",
			      chain->paths_equal, facts->manifest->n);
}

static bool step_holds(const struct report *report,
		       const struct chain_step *step)
{
	if (step->n_good < (uint64_t)step->item->threshold)
		return false;
	for (size_t i = 0; i < report->n; i++)
		if (report->items[i].step &&
		    !strcmp(report->items[i].step, step->item->name))
			return false;
	return true;
}

static void judged_step_fill(struct judged_step *out, const struct trial *trial,
			     const struct tag_chain *chain,
			     const struct chain_step *step,
			     const struct report *report)
{
	const struct layout_item *item = step->item;
	const size_t n_rules = item->materials.n + item->products.n;
	scoped_value(buffer) evidence = BUFFER_INIT;
	const bool of_tag = !strcmp(item->name, trial->tag_step);

	out->name = xstrdup(item->name);
	out->threshold = (size_t)item->threshold;
	for (size_t i = 0; i < step->n_good; i++)
		add_by(out, step->by[i]);
	if (of_tag && chain->tag_signer)
		add_by(out, chain->tag_signer);
	if (of_tag) {
		describe_tag_step(&evidence, chain, step, trial->facts);
	} else {
		describe_links(&evidence, step);
		describe_sublayouts(&evidence, step);
		buffer_printf(&evidence, ", %zu rule%s", n_rules,
			      n_rules == 1 ? "" : "s");
	}
	out->evidence = buffer_take(&evidence);
	out->holds = step_holds(report, step);
}

/* The digests of layouts in a link only inform: one that this layout never had
 * is worth a word. */
static void check_recorded(struct trial *trial, const struct inforce *inforce,
			   const struct chain_link *link,
			   struct report *warnings)
{
	const json_t *git = json_object_get(link->link->environment, "git");
	const json_t *layouts = json_object_get(git, "layouts");
	const char *digest =
		json_string_value(json_object_get(layouts, inforce->name));
	struct intoto_error ignored = { 0 };
	bool known = false;

	if (!digest || !strcmp(digest, inforce->digest) ||
	    inforce_history_has(&known, trial->repo, inforce->name, digest,
				&ignored) < 0 ||
	    known)
		return;
	report_warn(warnings,
		    "step '%s': %s was recorded under a layout '%s' that its "
		    "history does not hold: sha256:%s",
		    link->link->name, link->origin, inforce->name, digest);
}

static void check_all_recorded(struct trial *trial,
			       const struct inforce *inforce,
			       const struct chain *chain,
			       struct report *warnings)
{
	for (size_t i = 0; i < chain->n_steps; i++)
		for (size_t j = 0; j < chain->steps[i].n_good; j++)
			check_recorded(trial, inforce, chain->steps[i].good[j],
				       warnings);
}

/* What usually helps, where the check itself could not know. */
static void add_hints(struct report *report, const struct tag_facts *facts)
{
	scoped_text name = quote_word(facts->tag.name);

	for (size_t i = 0; i < report->n; i++) {
		struct finding *finding = &report->items[i];

		if (finding->hint)
			continue;
		if (!strcmp(finding->reason, "link-missing") ||
		    !strcmp(finding->reason, "step-threshold"))
			finding_set(&finding->hint, "git fetch");
		else if (!strcmp(finding->reason, "link-contradicts"))
			finding_set(&finding->hint,
				    "git intoto show %s; then do the step "
				    "again with --supersede",
				    name);
	}
}

int judge_chain(struct tag_chain **out, struct report *report,
		const struct trial *trial, const struct inforce *inforce,
		const struct tag_links *links, int64_t now,
		struct intoto_error *err)
{
	const struct layout *layout = inforce->envelope->layout;
	const struct tag_chain_input input = {
		.layout = layout,
		.tag_step = trial->tag_step,
		.facts = trial->facts,
		.links = links,
		.parameters = trial->options->parameters,
		.need = JUDGE_THRESHOLD,
		.now = now,
	};

	if (!layout_step(layout, trial->tag_step))
		report_refuse(report, "no-tag-step",
			      "layout '%s' has no step '%s'", inforce->name,
			      trial->tag_step);
	if (tag_chain_make(out, report, &input, err) < 0)
		return -1;
	chain_rules((*out)->chain, report);
	if (trial->options->strict)
		chain_commands((*out)->chain, report);
	return gitnames_check(report, trial->repo, (*out)->chain, err);
}

static void list_links(struct strlist *out, const struct tag_chain *of)
{
	const struct chain *chain = of->chain;

	for (size_t i = 0; i < chain->n_steps; i++) {
		const struct chain_step *step = &chain->steps[i];

		for (size_t j = 0; j < step->n_good; j++) {
			char identity[SHA256_HEX_SIZE];

			envelope_identity(identity, step->good[j]->envelope);
			strlist_add(out, identity);
		}
	}
	tag_source_list(out, &of->source);
	strlist_sort(out);
	strlist_uniq(out);
}

/* From here on the sealed version stands in for the one in force. */
static void use_sealed(struct trial_layout *own, struct judged_layout *out,
		       struct report *report, struct sealed *sealed)
{
	const struct layout *layout = sealed->version->envelope->layout;

	report_release(report);
	*report = sealed->report;
	sealed->report = (struct report)REPORT_INIT;
	tag_chain_free(own->chain);
	own->chain = take(sealed->chain);
	out->sealed = true;
	out->sealed_version = layout->stamp.version;
	memcpy(out->sealed_digest, sealed->version->digest,
	       sizeof(out->sealed_digest));
	memcpy(out->seal, sealed->seal->identity, sizeof(out->seal));
	strlist_add_all(&out->sealed_by, &sealed->seal->by);
	inforce_free(own->inforce);
	own->inforce = take(sealed->version);
}

int judge_layout(struct trial *trial, size_t index, struct intoto_error *err)
{
	struct trial_layout *own = &trial->layouts[index];
	struct judged_layout *out = &trial->judgement->layouts[index];
	scoped_value(report) report = REPORT_INIT;
	scoped(sealed) sealed = NULL;
	const struct chain *chain;

	report.explain = trial->options->explain;
	if (judge_chain(&own->chain, &report, trial, own->inforce, trial->links,
			trial->options->now, err) < 0 ||
	    (report.n &&
	     judge_sealed(&sealed, trial, out->name, &report, err) < 0))
		return -1;
	if (sealed)
		use_sealed(own, out, &report, sealed);
	add_hints(&report, trial->facts);
	chain = own->chain->chain;
	check_all_recorded(trial, own->inforce, chain, &report);
	list_links(&out->links, own->chain);
	out->steps = xcalloc(chain->n_steps + 1, sizeof(*out->steps));
	for (; out->n_steps < chain->n_steps; out->n_steps++)
		judged_step_fill(&out->steps[out->n_steps], trial, own->chain,
				 &chain->steps[out->n_steps], &report);
	report_append(&out->report, &report);
	return 0;
}
