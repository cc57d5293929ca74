/* clock.h: points in time as text and back; UTC, seconds since the epoch. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "intoto/error.h"

#define CLOCK_TEXT_SIZE 24 /* "2026-11-22T22:44:26Z" fits */

/* yyyy-mm-ddThh:mm:ssZ and a real date (no second 60), else EINVALID. */
int clock_parse(int64_t *out, const char *text, struct intoto_error *err);
void clock_format(char out[CLOCK_TEXT_SIZE], int64_t when);

/* The date of --at and --expires: that form, or yyyy-mm-dd (its last second
 * is NOT meant: midnight UTC), or a span from `now`: 90d, 12w, 6m, 1y. */
int clock_parse_user(int64_t *out, const char *text, int64_t now,
		     struct intoto_error *err);
int64_t clock_now(void);

#endif
