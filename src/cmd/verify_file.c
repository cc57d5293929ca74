/* verify_file.c: judge a layout file as in-toto-verify does. */
#include <string.h>

#include "base/xalloc.h"
#include "cmd/verify_file.h"

static bool step_fails(const struct report *report, const char *name)
{
	size_t i;

	for (i = 0; i < report->n; i++)
		if (report->items[i].step &&
		    !strcmp(report->items[i].step, name))
			return true;
	return false;
}

static void take_step(struct judged_step *out, const struct chain_step *step,
		      const struct report *report)
{
	const struct layout_item *item = step->item;
	size_t i;

	out->name = xstrdup(item->name);
	out->threshold = (size_t)item->threshold;
	out->holds = !step_fails(report, item->name);
	out->by = xcalloc(step->n_good + 1, sizeof(char *));
	for (i = 0; i < step->n_good; i++) {
		char who[64];

		key_describe(who, step->good[i]->signer);
		out->by[out->n_by++] = xstrdup(who);
	}
	out->evidence = xasprintf("%zu of %lld links, %zu rules", step->n_good,
				  (long long)item->threshold,
				  item->materials.n + item->products.n);
}

static void take_layout(struct judged_layout *out,
			const struct filemode_result *result,
			const struct filemode *what,
			const struct report *report)
{
	const struct layout *layout = result->layout->layout;
	struct intoto_error ignored = { 0 };
	size_t i;

	out->name = xstrdup(what->layout_path);
	out->version = layout->stamp.version;
	out->expires = layout->expires;
	out->owners = what->n_keys;
	out->demanded = true;
	out->in_force = true;
	out->holds = report->n == 0;
	envelope_digest(out->digest, result->layout);
	for (i = 0; i < what->n_keys; i++)
		out->signed_by += envelope_verify(result->layout, what->keys[i],
						  what->now, &ignored) == 0;
	if (!result->chain)
		return;
	out->steps =
		xcalloc(result->chain->n_steps + 1, sizeof(struct judged_step));
	for (i = 0; i < result->chain->n_steps; i++)
		take_step(&out->steps[out->n_steps++], &result->chain->steps[i],
			  report);
}

int verify_file(struct judgement **out, const struct filemode *what,
		struct strlist *explain, struct intoto_error *err)
{
	scoped_value(filemode_result) result = { 0 };
	scoped_value(report) report = REPORT_INIT;
	struct judgement *judgement;

	report.explain = explain;
	if (filemode_verify(&result, what, &report, err) < 0)
		return -1;
	judgement = xcalloc(1, sizeof(*judgement));
	judgement->layouts = xcalloc(1, sizeof(struct judged_layout));
	judgement->n_layouts = 1;
	take_layout(&judgement->layouts[0], &result, what, &report);
	judgement->report = report;
	report = (struct report)REPORT_INIT;
	*out = judgement;
	return 0;
}
