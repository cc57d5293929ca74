/*
 * report.h: a verdict in the making. Every check that fails adds one finding;
 * nothing stops at the first. A verdict is an acceptance only if every check
 * was made and `n` is 0 at the end.
 */
#ifndef VERIFY_REPORT_H
#define VERIFY_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/scoped.h"
#include "base/strlist.h"
#include "intoto/error.h"

struct finding {
	char *reason;	/* stable code: "rule-disallow" */
	char *message;	/* what was expected, what was found; escaped */
	char *hint;	/* a command to paste, or NULL */
	char *layout;	/* layout name, or NULL */
	char *step;	/* step name, or NULL */
	char *artifact; /* path, or NULL */
	char *rule;	/* "build.expected_products[2]: DISALLOW *", or NULL */
	char *expected; /* or NULL */
	char *found;	/* or NULL */
	struct strlist trace; /* what each rule of the item did, a line each */
};

struct report {
	struct finding *items;
	size_t n;
	size_t alloc;
	struct strlist warnings;

	/* Gets the trace of every item, also of those that pass; the caller's.
	 * NULL: nobody asked. */
	struct strlist *explain;
};
#define REPORT_INIT                            \
	{                                      \
		NULL, 0, 0, STRLIST_INIT, NULL \
	}
void report_release(struct report *report);
SCOPED_RELEASE(report);

/* A new finding to fill in; message is formatted and escaped. Valid until the
 * next call. */
struct finding *report_refuse(struct report *report, const char *reason,
			      const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Take an EREJECTED error over as a finding. */
struct finding *report_refuse_error(struct report *report,
				    const struct intoto_error *err);
void report_warn(struct report *report, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void report_append(struct report *report, struct report *from); /* empties */
/* The first finding as an error (reason, message, hint). */
int report_to_error(struct intoto_error *err, const struct report *report);
void finding_set(char **field, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
