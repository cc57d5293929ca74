/* judge_report.c: findings moved and copied between reports. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/judge_internal.h"

static void copy_field(char **to, const char *from)
{
	if (from)
		finding_set(to, "%s", from);
}

static void finding_copy(struct report *report, const struct finding *from)
{
	struct finding *to =
		report_refuse(report, from->reason, "%s", from->message);

	copy_field(&to->hint, from->hint);
	copy_field(&to->layout, from->layout);
	copy_field(&to->step, from->step);
	copy_field(&to->artifact, from->artifact);
	copy_field(&to->rule, from->rule);
	copy_field(&to->expected, from->expected);
	copy_field(&to->found, from->found);
	strlist_add_all(&to->trace, &from->trace);
}

void report_copy(struct report *report, const struct report *from)
{
	for (size_t i = 0; i < from->n; i++)
		finding_copy(report, &from->items[i]);
	for (size_t i = 0; i < from->warnings.n; i++)
		if (!strlist_has(&report->warnings, from->warnings.items[i]))
			strlist_add(&report->warnings, from->warnings.items[i]);
}

void report_set_layout(struct report *report, const char *name)
{
	for (size_t i = 0; i < report->n; i++)
		if (!report->items[i].layout)
			finding_set(&report->items[i].layout, "%s", name);
}

static bool is_of_step(const struct finding *finding, const char *step)
{
	return finding->step && !strcmp(finding->step, step);
}

void report_take_step(struct report *report, struct report *from,
		      const char *step, const char *but_not)
{
	scoped_value(report) kept = REPORT_INIT;
	size_t dropped = 0;

	for (size_t i = 0; i < from->n; i++) {
		const struct finding *finding = &from->items[i];

		if (!is_of_step(finding, step) ||
		    (but_not && !strcmp(finding->reason, but_not))) {
			from->items[dropped++] = *finding;
			continue;
		}
		ALLOC_GROW(kept.items, kept.n + 1, kept.alloc);
		kept.items[kept.n++] = *finding;
	}
	from->n = dropped;
	strlist_add_all(&kept.warnings, &from->warnings);
	report_release(from);
	report_append(report, &kept);
}

void report_copy_step(struct report *report, const struct report *from,
		      const char *step)
{
	for (size_t i = 0; i < from->n; i++)
		if (is_of_step(&from->items[i], step))
			finding_copy(report, &from->items[i]);
}
