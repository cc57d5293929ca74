/* judgement.c: a verdict's memory. */
#include "policy/judge_internal.h"

static void judged_step_release(struct judged_step *step)
{
	for (size_t i = 0; i < step->n_by; i++)
		free(step->by[i]);
	free(step->by);
	free(step->name);
	free(step->evidence);
}

void judged_layout_release(struct judged_layout *layout)
{
	for (size_t i = 0; i < layout->n_steps; i++)
		judged_step_release(&layout->steps[i]);
	free(layout->steps);
	free(layout->name);
	strlist_release(&layout->links);
	strlist_release(&layout->sealed_by);
	report_release(&layout->report);
}

static void judged_file_release(struct judged_file *file)
{
	free(file->path);
	free(file->product);
	free(file->layout);
	free(file->step);
	free(file->by);
}

void judgement_free(struct judgement *judgement)
{
	if (!judgement)
		return;
	for (size_t i = 0; i < judgement->n_layouts; i++)
		judged_layout_release(&judgement->layouts[i]);
	for (size_t i = 0; i < judgement->n_files; i++)
		judged_file_release(&judgement->files[i]);
	free(judgement->layouts);
	free(judgement->files);
	free(judgement->ref);
	if (judgement->seals)
		seals_release(judgement->seals);
	free(judgement->seals);
	strlist_release(&judgement->revoked_by);
	strlist_release(&judgement->revoked_missing);
	report_release(&judgement->report);
	free(judgement);
}

/* Accepted is only what some layout was demanded of and held. */
bool judgement_accepts(const struct judgement *judgement)
{
	size_t demanded = 0;

	for (size_t i = 0; i < judgement->n_layouts; i++) {
		const struct judged_layout *layout = &judgement->layouts[i];

		if (layout->demanded && !layout->holds)
			return false;
		demanded += layout->demanded;
	}
	return demanded > 0 && judgement->report.n == 0;
}

void trial_free(struct trial *trial)
{
	if (!trial)
		return;
	for (size_t i = 0; i < trial->n_layouts; i++) {
		tag_chain_free(trial->layouts[i].chain);
		inforce_free(trial->layouts[i].inforce);
		free(trial->layouts[i].products);
	}
	free(trial->layouts);
	report_release(&trial->seal_warnings);
	tag_links_free(trial->links);
	tag_facts_free(trial->facts);
	report_release(&trial->files);
	judgement_free(trial->judgement);
	free(trial);
}
