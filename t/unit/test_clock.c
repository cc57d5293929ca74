/* test_clock.c: dates are real dates, and text comes back as it went in. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/scoped.h"

static int64_t at(const char *text)
{
	struct intoto_error err = { 0 };
	int64_t when = 0;

	cr_assert_eq(clock_parse(&when, text, &err), 0, "%s", err.message);
	return when;
}

Test(clock, known_points_in_time)
{
	cr_assert_eq(at("1970-01-01T00:00:00Z"), 0);
	cr_assert_eq(at("1969-12-31T23:59:59Z"), -1);
	cr_assert_eq(at("2000-02-29T12:00:00Z"), 951825600);
	cr_assert_eq(at("2038-01-19T03:14:08Z"), INT64_C(2147483648));
	cr_assert_eq(at("9999-12-31T23:59:59Z"), INT64_C(253402300799));
	cr_assert_eq(at("0001-01-01T00:00:00Z"), INT64_C(-62135596800));
}

Test(clock, agrees_with_the_c_library_over_a_wide_range)
{
	for (int64_t when = INT64_C(-62135596800); when < INT64_C(253402300799);
	     when += INT64_C(86400) * 97 + 12345) {
		char ours[CLOCK_TEXT_SIZE];
		char theirs[64];
		time_t t = (time_t)when;
		struct tm tm;

		gmtime_r(&t, &tm);
		snprintf(theirs, sizeof(theirs),
			 "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			 tm.tm_sec);
		clock_format(ours, when);
		cr_assert_str_eq(ours, theirs);
		cr_assert_eq(at(ours), when);
	}
}

Test(clock, format_stays_within_four_digit_years)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, INT64_MAX);
	cr_assert_str_eq(text, "9999-12-31T23:59:59Z");
	clock_format(text, INT64_MIN);
	cr_assert_str_eq(text, "0001-01-01T00:00:00Z");
}

Test(clock, refuses_what_is_no_date)
{
	static const char *const bad[] = {
		"",
		"2026-11-22",
		"2026-11-22T22:44:26",
		"2026-11-22 22:44:26Z",
		"2026-11-22t22:44:26z",
		"2026-11-22T22:44:26Z ",
		" 2026-11-22T22:44:26Z",
		"2026-11-22T22:44:60Z",
		"2026-11-22T22:60:26Z",
		"2026-11-22T24:00:00Z",
		"2026-13-22T22:44:26Z",
		"2026-00-22T22:44:26Z",
		"2026-11-31T22:44:26Z",
		"2026-11-00T22:44:26Z",
		"2025-02-29T22:44:26Z",
		"1900-02-29T22:44:26Z",
		"0000-01-01T00:00:00Z",
		"2026-11-22T22:44:26.0Z",
		"2026-11-22T22:44:26+00",
		"2026-11-22T22:44:+6Z",
		"2026-1-022T22:44:26Z",
		"-026-11-22T22:44:26Z",
		"20261-11-22T2:44:26Z",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct intoto_error err = { 0 };
		int64_t when = 7;

		cr_assert_eq(clock_parse(&when, bad[i], &err), -1, "%s",
			     bad[i]);
		cr_assert_eq(err.code, INTOTO_EINVALID);
		cr_assert_eq(when, 7);
	}
}

static void check_user(const char *text, const char *now, const char *expected)
{
	struct intoto_error err = { 0 };
	int64_t when = 0;

	cr_assert_eq(clock_parse_user(&when, text, at(now), &err), 0, "%s",
		     err.message);
	cr_assert_eq(when, at(expected), "%s", text);
}

Test(clock, users_write_dates_times_and_spans)
{
	const char *now = "2026-11-22T22:44:26Z";

	check_user("2027-01-02", now, "2027-01-02T00:00:00Z");
	check_user("2027-01-02T03:04:05Z", now, "2027-01-02T03:04:05Z");
	check_user("90d", now, "2027-02-20T22:44:26Z");
	check_user("12w", now, "2027-02-14T22:44:26Z");
	check_user("6m", now, "2027-05-22T22:44:26Z");
	check_user("1m", now, "2026-12-22T22:44:26Z");
	check_user("2m", now, "2027-01-22T22:44:26Z");
	check_user("1y", now, "2027-11-22T22:44:26Z");
	check_user("0d", now, now);
	check_user("1m", "2027-01-31T00:00:00Z", "2027-02-28T00:00:00Z");
	check_user("1y", "2028-02-29T01:02:03Z", "2029-02-28T01:02:03Z");
	check_user("1m", "1969-12-31T23:59:59Z", "1970-01-31T23:59:59Z");
}

Test(clock, refuses_other_spans)
{
	static const char *const bad[] = {
		"",	    "d",	  "90",	       "90 d",
		"-1d",	    "1h",	  "1.5y",      "1d1d",
		"+1d",	    "99999999d",  "9999999d",  "9999999y",
		"8000y",    "2026-02-30", "2026-11-2", "2026-11-22T",
		"tomorrow",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct intoto_error err = { 0 };
		int64_t when = 7;

		cr_assert_eq(clock_parse_user(&when, bad[i],
					      at("2026-11-22T22:44:26Z"), &err),
			     -1, "%s", bad[i]);
		cr_assert_eq(when, 7);
	}
}
