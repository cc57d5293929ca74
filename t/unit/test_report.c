#include <criterion/criterion.h>

#include "verify/report.h"

Test(report, what_it_says_is_fit_to_print)
{
	scoped_value(report) report = REPORT_INIT;
	struct finding *finding =
		report_refuse(&report, "a-reason", "bad '%s'", "x\033[0m\n");

	finding_set(&finding->artifact, "%s", "y\r");
	report_warn(&report, "careful: %s", "z\a");
	cr_assert_eq(report.n, 1);
	cr_expect_str_eq(report.items[0].reason, "a-reason");
	cr_expect_str_eq(report.items[0].message, "bad 'x\\x1b[0m\\x0a'");
	cr_expect_str_eq(report.items[0].artifact, "y\\x0d");
	cr_expect_str_eq(report.warnings.items[0], "careful: z\\x07");
}

Test(report, errors_become_findings_and_back)
{
	scoped_value(report) report = REPORT_INIT;
	struct intoto_error err = { 0 };
	struct intoto_error again = { 0 };

	intoto_reject(&err, "layout-expired", "it is over");
	intoto_hint(&err, "git intoto layout renew release");
	report_refuse_error(&report, &err);
	cr_expect_eq(report_to_error(&again, &report), -1);
	cr_expect_eq(again.code, INTOTO_EREJECTED);
	cr_expect_str_eq(again.reason, "layout-expired");
	cr_expect_str_eq(again.message, "it is over");
	cr_expect_str_eq(again.hint, "git intoto layout renew release");
}

Test(report, one_takes_over_what_another_found)
{
	scoped_value(report) a = REPORT_INIT;
	scoped_value(report) b = REPORT_INIT;
	struct intoto_error err = { 0 };

	cr_expect_eq(report_to_error(&err, &a), 0);
	report_refuse(&a, "one", "1");
	for (int i = 0; i < 20; i++)
		report_refuse(&b, "two", "2");
	report_warn(&b, "w");
	report_append(&a, &b);
	cr_expect_eq(a.n, 21);
	cr_expect_eq(a.warnings.n, 1);
	cr_expect_eq(b.n, 0);
	cr_expect_eq(b.warnings.n, 0);
	cr_expect_str_eq(a.items[20].reason, "two");
}
