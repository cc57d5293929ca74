/* report.c: findings and warnings, each made fit to print. */
#include "verify/report.h"

#include <stdarg.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"

static void finding_release(struct finding *finding)
{
	free(finding->reason);
	free(finding->message);
	free(finding->hint);
	free(finding->layout);
	free(finding->step);
	free(finding->artifact);
	free(finding->rule);
	free(finding->expected);
	free(finding->found);
	strlist_release(&finding->trace);
}

void report_release(struct report *report)
{
	for (size_t i = 0; i < report->n; i++)
		finding_release(&report->items[i]);
	free(report->items);
	strlist_release(&report->warnings);
	*report = (struct report)REPORT_INIT;
}

__attribute__((format(printf, 1, 0))) static char *text_format(const char *fmt,
							       va_list args)
{
	scoped_text raw = xvasprintf(fmt, args);

	return escape_text(raw);
}

static struct finding *finding_add(struct report *report, const char *reason)
{
	struct finding *finding = NULL;

	ALLOC_GROW(report->items, report->n + 1, report->alloc);
	finding = &report->items[report->n++];
	*finding = (struct finding){ .reason = xstrdup(reason) };
	return finding;
}

struct finding *report_refuse(struct report *report, const char *reason,
			      const char *fmt, ...)
{
	struct finding *finding = finding_add(report, reason);
	va_list args;

	va_start(args, fmt);
	finding->message = text_format(fmt, args);
	va_end(args);
	return finding;
}

struct finding *report_refuse_error(struct report *report,
				    const struct intoto_error *err)
{
	struct finding *finding =
		finding_add(report, err->reason[0] ? err->reason : "unproven");

	finding->message = escape_text(err->message);
	if (err->hint[0])
		finding->hint = escape_text(err->hint);
	return finding;
}

void report_warn(struct report *report, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	strlist_take(&report->warnings, text_format(fmt, args));
	va_end(args);
}

void report_append(struct report *report, struct report *from)
{
	for (size_t i = 0; i < from->n; i++) {
		ALLOC_GROW(report->items, report->n + 1, report->alloc);
		report->items[report->n++] = from->items[i];
	}
	from->n = 0;
	strlist_add_all(&report->warnings, &from->warnings);
	report_release(from);
}

int report_to_error(struct intoto_error *err, const struct report *report)
{
	const struct finding *finding = report->items;

	if (report->n == 0)
		return 0;
	intoto_reject(err, finding->reason, "%s", finding->message);
	if (finding->hint)
		intoto_hint(err, "%s", finding->hint);
	return -1;
}

void finding_set(char **field, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, fmt);
	text = text_format(fmt, args);
	va_end(args);
	free(*field);
	*field = text;
}
