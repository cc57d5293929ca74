/* pattern.c: Python's fnmatch, without its regular expressions. */
#include "metadata/pattern.h"

#include <stdint.h>
#include <string.h>

struct text {
	const char *at;
	const char *end;
};

/* The next code point of valid UTF-8; a stray byte stands for itself. */
static uint32_t next_point(struct text *text)
{
	const unsigned char *at = (const unsigned char *)text->at;
	size_t left = (size_t)(text->end - text->at);
	size_t len = at[0] < 0xc0 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	uint32_t point = at[0];

	if (len > left)
		len = 1;
	if (len > 1)
		point = at[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++)
		point = point << 6 | (at[i] & 0x3f);
	text->at += len;
	return point;
}

/* One member of a set: a range, or the one code point that `low` is. */
struct range {
	uint32_t low;
	uint32_t high;
	bool single;
};

/* A hyphen with something on either side makes a range. */
static struct range next_range(struct text *set)
{
	struct range range;

	range.low = range.high = next_point(set);
	range.single = set->end - set->at < 2 || *set->at != '-';
	if (!range.single) {
		set->at++;
		range.high = next_point(set);
	}
	return range;
}

/*
 * The text between the brackets. Python drops reversed ranges before it looks
 * for the `!`, so one behind nothing but reversed ranges counts, and the end
 * points of a range that starts with it become members.
 */
static bool set_has(struct text set, uint32_t point)
{
	bool negated = *set.at == '!';
	bool first = !negated;
	bool found = false;

	if (negated)
		set.at++;
	while (set.at < set.end) {
		struct range range = next_range(&set);

		if (range.low > range.high)
			continue;
		if (first && range.low == '!') {
			negated = true;
			found = !range.single &&
				(point == '-' || point == range.high);
		} else if (point >= range.low && point <= range.high) {
			found = true;
		}
		first = false;
	}
	return found != negated;
}

/*
 * Does one element of the pattern match one code point? Moves the pattern past
 * the element. `closer` is the last `]` of the pattern, or NULL.
 */
static bool element_matches(struct text *pattern, const char *closer,
			    uint32_t point)
{
	struct text set = { pattern->at + 1, pattern->end };
	const char *close = set.at;

	if (*pattern->at == '?') {
		pattern->at++;
		return true;
	}
	if (*pattern->at != '[')
		return next_point(pattern) == point;
	if (close < pattern->end && *close == '!')
		close++;
	if (close < pattern->end && *close == ']')
		close++;
	if (!closer || closer < close) {
		pattern->at++;
		return point == '[';
	}
	set.end = memchr(close, ']', (size_t)(pattern->end - close));
	pattern->at = set.end + 1;
	return set_has(set, point);
}

bool pattern_match(const char *pattern, size_t pattern_len, const char *name,
		   size_t len)
{
	struct text at = { pattern, pattern + pattern_len };
	struct text text = { name, name + len };
	const char *closer = memrchr(pattern, ']', pattern_len);
	const char *star = NULL;  /* what follows the last `*` seen */
	const char *tried = NULL; /* where that was last tried */

	/* Only the last star ever needs to take more: O(pattern * name). */
	while (text.at < text.end) {
		if (at.at < at.end && *at.at == '*') {
			star = ++at.at;
			tried = text.at;
			if (star == at.end)
				return true;
			continue;
		}
		if (at.at < at.end &&
		    element_matches(&at, closer, next_point(&text)))
			continue;
		if (!star)
			return false;
		at.at = star;
		text.at = tried;
		next_point(&text);
		tried = text.at;
	}
	while (at.at < at.end && *at.at == '*')
		at.at++;
	return at.at == at.end;
}
