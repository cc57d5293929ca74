/* api_verdict.c: include/intoto/verdict.h: ask a verdict. */
#include "policy/api_verdict.h"

void intoto_verdict_free(struct intoto_verdict *verdict)
{
	if (!verdict)
		return;
	judgement_free(verdict->judgement);
	report_release(&verdict->report);
	free(verdict);
}

bool intoto_verdict_accepts(const struct intoto_verdict *verdict)
{
	return verdict && verdict->accepts;
}

static const struct report *report_of(const struct intoto_verdict *verdict)
{
	return verdict->judgement ? &verdict->judgement->report
				  : &verdict->report;
}

size_t intoto_verdict_finding_count(const struct intoto_verdict *verdict)
{
	return report_of(verdict)->n;
}

const struct intoto_finding *
intoto_verdict_finding(const struct intoto_verdict *verdict, size_t index)
{
	const struct report *report = report_of(verdict);

	return index < report->n
		       ? (const struct intoto_finding *)&report->items[index]
		       : NULL;
}

/* The public name of a finding is a name only: nothing else is behind it. */
static const struct finding *finding_of(const struct intoto_finding *finding)
{
	return (const struct finding *)finding;
}

const char *intoto_finding_reason(const struct intoto_finding *finding)
{
	return finding_of(finding)->reason;
}

const char *intoto_finding_message(const struct intoto_finding *finding)
{
	return finding_of(finding)->message;
}

const char *intoto_finding_hint(const struct intoto_finding *finding)
{
	return finding_of(finding)->hint;
}

const char *intoto_finding_layout(const struct intoto_finding *finding)
{
	return finding_of(finding)->layout;
}

const char *intoto_finding_step(const struct intoto_finding *finding)
{
	return finding_of(finding)->step;
}

const char *intoto_finding_artifact(const struct intoto_finding *finding)
{
	return finding_of(finding)->artifact;
}

const char *intoto_finding_rule(const struct intoto_finding *finding)
{
	return finding_of(finding)->rule;
}

const char *intoto_finding_expected(const struct intoto_finding *finding)
{
	return finding_of(finding)->expected;
}

const char *intoto_finding_found(const struct intoto_finding *finding)
{
	return finding_of(finding)->found;
}

const char *intoto_verdict_warning(const struct intoto_verdict *verdict,
				   size_t index)
{
	const struct strlist *warnings = &report_of(verdict)->warnings;

	return index < warnings->n ? warnings->items[index] : NULL;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

const char *intoto_verdict_tag(const struct intoto_verdict *verdict)
{
	return verdict->judgement ? or_null(verdict->judgement->tag) : NULL;
}

const char *intoto_verdict_commit(const struct intoto_verdict *verdict)
{
	return verdict->judgement ? or_null(verdict->judgement->commit) : NULL;
}

size_t intoto_verdict_file_count(const struct intoto_verdict *verdict)
{
	return verdict->judgement ? verdict->judgement->n_files : 0;
}

static const struct judged_file *file_at(const struct intoto_verdict *verdict,
					 size_t index)
{
	return index < intoto_verdict_file_count(verdict)
		       ? &verdict->judgement->files[index]
		       : NULL;
}

const char *intoto_verdict_file_path(const struct intoto_verdict *verdict,
				     size_t file)
{
	const struct judged_file *found = file_at(verdict, file);

	return found ? found->path : NULL;
}

const char *intoto_verdict_file_sha256(const struct intoto_verdict *verdict,
				       size_t file)
{
	const struct judged_file *found = file_at(verdict, file);

	return found ? or_null(found->sha256) : NULL;
}

const char *intoto_verdict_file_product(const struct intoto_verdict *verdict,
					size_t file)
{
	const struct judged_file *found = file_at(verdict, file);

	return found ? found->product : NULL;
}

const char *intoto_verdict_file_step(const struct intoto_verdict *verdict,
				     size_t file)
{
	const struct judged_file *found = file_at(verdict, file);

	return found ? found->step : NULL;
}
