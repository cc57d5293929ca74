/* clock.c: points in time as text and back. */
#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define DAY 86400
#define TIME_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define TIME_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* Days since 1970-01-01 in the Gregorian calendar; years run from March, so
 * that the leap day is the last one. */
static int64_t days_from_date(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

static void date_from_days(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Exactly `n` digits; -1 otherwise. */
static int read_digits(const char *text, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* The ten characters of yyyy-mm-dd, as the midnight they begin with. */
static bool read_date(int64_t *out, const char *text)
{
	int year = read_digits(text, 4);
	int month = read_digits(text + 5, 2);
	int day = read_digits(text + 8, 2);

	if (text[4] != '-' || text[7] != '-' || year < 1 || month < 1 ||
	    month > 12 || day < 1 || day > days_in_month(year, month))
		return false;
	*out = days_from_date(year, month, day) * DAY;
	return true;
}

static bool read_time(int64_t *out, const char *text)
{
	int64_t midnight;
	int hour;
	int minute;
	int second;

	if (strlen(text) != 20 || !read_date(&midnight, text))
		return false;
	hour = read_digits(text + 11, 2);
	minute = read_digits(text + 14, 2);
	second = read_digits(text + 17, 2);
	if (text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
	    text[19] != 'Z' || hour < 0 || hour > 23 || minute < 0 ||
	    minute > 59 || second < 0 || second > 59)
		return false;
	*out = midnight + hour * 3600 + minute * 60 + second;
	return true;
}

int clock_parse(int64_t *out, const char *text, struct intoto_error *err)
{
	if (read_time(out, text))
		return 0;
	return intoto_fail(err, INTOTO_EINVALID,
			   "'%.40s' is not a time like 2026-11-22T22:44:26Z",
			   text);
}

static void write_digits(char *out, int value, int n)
{
	while (n-- > 0) {
		out[n] = (char)('0' + value % 10);
		value /= 10;
	}
}

void clock_format(char out[CLOCK_TEXT_SIZE], int64_t when)
{
	static const char shape[] = "0000-00-00T00:00:00Z";
	int64_t days;
	int year;
	int month;
	int day;
	int second;

	if (when < TIME_MIN)
		when = TIME_MIN;
	if (when > TIME_MAX)
		when = TIME_MAX;
	days = (when - (when < 0 ? DAY - 1 : 0)) / DAY;
	second = (int)(when - days * DAY);
	date_from_days(days, &year, &month, &day);
	memcpy(out, shape, sizeof(shape));
	write_digits(out, year, 4);
	write_digits(out + 5, month, 2);
	write_digits(out + 8, day, 2);
	write_digits(out + 11, second / 3600, 2);
	write_digits(out + 14, second / 60 % 60, 2);
	write_digits(out + 17, second % 60, 2);
}

/* The same time of day so many calendar months later; the 31st becomes the
 * last day of a shorter month. */
static bool add_months(int64_t *out, int64_t now, int64_t months)
{
	int64_t days = (now - (now < 0 ? DAY - 1 : 0)) / DAY;
	int64_t index;
	int year;
	int month;
	int day;

	date_from_days(days, &year, &month, &day);
	index = (int64_t)year * 12 + (month - 1) + months;
	if (index / 12 > 9999)
		return false;
	year = (int)(index / 12);
	month = (int)(index % 12) + 1;
	if (day > days_in_month(year, month))
		day = days_in_month(year, month);
	*out = days_from_date(year, month, day) * DAY + (now - days * DAY);
	return true;
}

static bool read_span(int64_t *out, const char *text, int64_t now)
{
	size_t digits = strspn(text, "0123456789");
	int64_t count;
	int64_t when;

	if (digits < 1 || digits > 7 || strlen(text) != digits + 1 ||
	    now < TIME_MIN || now > TIME_MAX)
		return false;
	count = read_digits(text, digits);
	switch (text[digits]) {
	case 'd':
		when = now + count * DAY;
		break;
	case 'w':
		when = now + count * 7 * DAY;
		break;
	case 'm':
		if (!add_months(&when, now, count))
			return false;
		break;
	case 'y':
		if (!add_months(&when, now, count * 12))
			return false;
		break;
	default:
		return false;
	}
	if (when > TIME_MAX)
		return false;
	*out = when;
	return true;
}

int clock_parse_user(int64_t *out, const char *text, int64_t now,
		     struct intoto_error *err)
{
	if (read_time(out, text) || read_span(out, text, now) ||
	    (strlen(text) == 10 && read_date(out, text)))
		return 0;
	return intoto_fail(err, INTOTO_EINVALID,
			   "'%.40s' is not a date like 2026-11-22, a time like "
			   "2026-11-22T22:44:26Z or a span like 90d, 12w, 6m, "
			   "1y",
			   text);
}

int64_t clock_now(void)
{
	return (int64_t)time(NULL);
}
