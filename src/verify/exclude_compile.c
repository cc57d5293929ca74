/* exclude_compile.c: translate a gitignore pattern into a program. */
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "verify/exclude.h"
#include "verify/exclude_internal.h"

/* Part of a pattern, between slashes. */
struct segment {
	const char *at;
	const char *end;
};

struct segments {
	struct segment *items;
	size_t n;
};

static void segments_release(struct segments *segments)
{
	free(segments->items);
}
SCOPED_RELEASE(segments);

uint32_t exclude_point(const char **at, const char *end)
{
	const unsigned char *byte = (const unsigned char *)*at;
	const size_t len =
		byte[0] < 0x80 ? 1 : utf8_char(*at, (size_t)(end - *at));
	uint32_t point = byte[0];

	if (len == 0) {
		*at += 1;
		return 0xdc00 + point;
	}
	if (len > 1)
		point &= 0x7fU >> len;
	for (size_t i = 1; i < len; i++)
		point = point << 6 | (byte[i] & 0x3f);
	*at += len;
	return point;
}

static struct exclude_op *emit(struct exclude_pattern *pattern,
			       enum exclude_op_type type)
{
	struct exclude_op *op;

	ALLOC_GROW(pattern->ops, pattern->n + 1, pattern->alloc);
	op = &pattern->ops[pattern->n++];
	*op = (struct exclude_op){ .type = type };
	return op;
}

static void emit_char(struct exclude_pattern *pattern, uint32_t point)
{
	emit(pattern, EXCLUDE_OP_CHAR)->low = point;
}

static void emit_range(struct exclude_pattern *pattern, uint32_t low,
		       uint32_t high)
{
	struct exclude_op *op = emit(pattern, EXCLUDE_OP_RANGE);

	op->low = low;
	op->high = high;
}

static void needle_keep(struct exclude_pattern *pattern,
			const struct buffer *run)
{
	if (run->len <= pattern->needle_len)
		return;
	free(pattern->needle);
	pattern->needle = xmemdupz(run->data, run->len);
	pattern->needle_len = run->len;
}

/* The bracket that closes the one before `at`, or NULL. */
static const char *set_end(const char *at, const char *end)
{
	if (at < end && *at == '!')
		at++;
	if (at < end && *at == ']')
		at++;
	return memchr(at, ']', (size_t)(end - at));
}

/* Between the brackets no backslash quotes. */
static int emit_set(struct exclude_pattern *pattern, const char *at,
		    const char *end, struct intoto_error *err)
{
	const size_t place = pattern->n;
	bool negated = *at == '!';

	emit(pattern, EXCLUDE_OP_SET);
	at += negated;
	while (at < end) {
		const uint32_t low = exclude_point(&at, end);
		uint32_t high = low;

		if (end - at >= 2 && *at == '-') {
			at++;
			high = exclude_point(&at, end);
		}
		if (low > high)
			return intoto_fail(err, INTOTO_EINVALID,
					   "a range ends before it starts");
		emit_range(pattern, low, high);
	}
	pattern->ops[place].negated = negated;
	pattern->ops[place].n = pattern->n - place - 1;
	return 0;
}

/* A `*`, `?` or set; `*at` is behind its first character. */
static int emit_wild(struct exclude_pattern *pattern, char wild,
		     const char **at, const char *end, struct intoto_error *err)
{
	const char *close = NULL;

	switch (wild) {
	case '*':
		emit(pattern, EXCLUDE_OP_STAR);
		return 0;
	case '?':
		emit(pattern, EXCLUDE_OP_ANY);
		return 0;
	default:
		close = set_end(*at, end);
		if (emit_set(pattern, *at, close, err) < 0)
			return -1;
		*at = close + 1;
		return 0;
	}
}

static bool is_wild(const char *at, const char *end)
{
	return *at == '*' || *at == '?' || (*at == '[' && set_end(at + 1, end));
}

static int emit_segment(struct exclude_pattern *pattern, struct segment segment,
			struct intoto_error *err)
{
	scoped_value(buffer) run = BUFFER_INIT;
	const char *at = segment.at;

	while (at < segment.end) {
		const char *start;

		if (is_wild(at, segment.end)) {
			const char wild = *at++;

			needle_keep(pattern, &run);
			buffer_reset(&run);
			if (emit_wild(pattern, wild, &at, segment.end, err) < 0)
				return -1;
			continue;
		}
		if (*at == '\\' && ++at == segment.end)
			return intoto_fail(err, INTOTO_EINVALID,
					   "nothing follows a backslash");
		start = at;
		emit_char(pattern, exclude_point(&at, segment.end));
		buffer_add(&run, start, (size_t)(at - start));
	}
	needle_keep(pattern, &run);
	return 0;
}

static void emit_skip(struct exclude_pattern *pattern, size_t n)
{
	emit(pattern, EXCLUDE_OP_SKIP)->n = n;
}

/* (?:.+/)? */
static void emit_above(struct exclude_pattern *pattern)
{
	emit_skip(pattern, 3);
	emit(pattern, EXCLUDE_OP_DOT);
	emit(pattern, EXCLUDE_OP_DOTSTAR);
	emit_char(pattern, '/');
}

/* (?:/.+)? */
static void emit_between(struct exclude_pattern *pattern)
{
	emit_skip(pattern, 3);
	emit_char(pattern, '/');
	emit(pattern, EXCLUDE_OP_DOT);
	emit(pattern, EXCLUDE_OP_DOTSTAR);
}

/* /.* */
static void emit_below(struct exclude_pattern *pattern)
{
	emit_char(pattern, '/');
	emit(pattern, EXCLUDE_OP_DOTSTAR);
	emit(pattern, EXCLUDE_OP_FOLDER);
}

/* The path itself, or what is below it. */
static void emit_end(struct exclude_pattern *pattern)
{
	emit_skip(pattern, 3);
	emit_below(pattern);
	emit(pattern, EXCLUDE_OP_FILE);
}

static bool segment_is(struct segment segment, const char *text)
{
	const size_t len = (size_t)(segment.end - segment.at);

	return len == strlen(text) && !memcmp(segment.at, text, len);
}

static void emit_stars(struct exclude_pattern *pattern, bool first, bool last,
		       bool *need_slash)
{
	if (first && last) {
		emit(pattern, EXCLUDE_OP_ANY);
		emit(pattern, EXCLUDE_OP_STAR);
		emit_end(pattern);
	} else if (first) {
		emit_above(pattern);
	} else if (last) {
		emit_below(pattern);
	} else {
		emit_between(pattern);
		*need_slash = true;
	}
}

static int emit_segments(struct exclude_pattern *pattern,
			 const struct segments *segments,
			 struct intoto_error *err)
{
	bool need_slash = false;

	for (size_t i = 0; i < segments->n; i++) {
		const bool last = i + 1 == segments->n;

		if (segment_is(segments->items[i], "**")) {
			emit_stars(pattern, i == 0, last, &need_slash);
			continue;
		}
		if (need_slash)
			emit_char(pattern, '/');
		need_slash = true;
		/* A star alone does not match nothing. */
		if (segment_is(segments->items[i], "*"))
			emit(pattern, EXCLUDE_OP_ANY);
		if (emit_segment(pattern, segments->items[i], err) < 0)
			return -1;
		if (last)
			emit_end(pattern);
	}
	return 0;
}

static const char two_stars[] = "**";
static const struct segment stars = { two_stars, two_stars + 2 };

/* Cut at slashes, of neighbouring `**` one. Room for one more in front. */
static void segments_split(struct segments *out, const char *at,
			   const char *end)
{
	struct segment *items;
	size_t n = 0;

	items = xcalloc((size_t)(end - at) + 2, sizeof(*items));
	for (;;) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		const struct segment segment = { at, slash ? slash : end };

		if (n == 0 || !segment_is(segment, "**") ||
		    !segment_is(items[n - 1], "**"))
			items[n++] = segment;
		if (!slash)
			break;
		at = slash + 1;
	}
	out->items = items;
	out->n = n;
}

static bool is_empty(struct segment segment)
{
	return segment.at == segment.end;
}

/* Where there is no slash but perhaps at the end, any folder will do. */
static int segments_anchor(struct segments *segments, struct intoto_error *err)
{
	struct segment *items = segments->items;

	if (is_empty(items[0])) {
		segments->n--;
		memmove(items, items + 1, segments->n * sizeof(*items));
	} else if ((segments->n == 1 ||
		    (segments->n == 2 && is_empty(items[1]))) &&
		   !segment_is(items[0], "**")) {
		memmove(items + 1, items, segments->n * sizeof(*items));
		items[0] = stars;
		segments->n++;
	}
	if (segments->n == 0)
		return intoto_fail(err, INTOTO_EINVALID, "nothing follows '!'");
	if (segments->n > 1 && is_empty(items[segments->n - 1]))
		items[segments->n - 1] = stars;
	return 0;
}

static int compile(struct exclude_pattern *pattern, const char *at,
		   const char *end, struct intoto_error *err)
{
	scoped_value(segments) segments = { 0 };

	segments_split(&segments, at, end);
	/* Everything but what is right here. */
	if (segments.n == 2 && segment_is(segments.items[0], "**") &&
	    is_empty(segments.items[1])) {
		emit(pattern, EXCLUDE_OP_DOT);
		emit(pattern, EXCLUDE_OP_DOTSTAR);
		emit_below(pattern);
		return 0;
	}
	if (segments_anchor(&segments, err) < 0)
		return -1;
	return emit_segments(pattern, &segments, err);
}

/* What Python's str.strip() takes for white space. */
static bool is_space(uint32_t point)
{
	return (point >= 0x09 && point <= 0x0d) ||
	       (point >= 0x1c && point <= 0x20) || point == 0x85 ||
	       point == 0xa0 || point == 0x1680 ||
	       (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
	       point == 0x2029 || point == 0x202f || point == 0x205f ||
	       point == 0x3000;
}

/* A space at the end stays if a backslash is in front of it. */
static struct segment strip(const char *text)
{
	const char *end = text + strlen(text);
	struct segment rest = { text, text };
	bool started = false;

	for (const char *at = text; at < end;) {
		const char *here = at;
		const bool space = is_space(exclude_point(&at, end));

		if (!started && !space)
			rest.at = here;
		started = started || !space;
		if (!space)
			rest.end = at;
	}
	if (!started)
		rest.at = rest.end;
	if (started && end - rest.at >= 2 && !memcmp(end - 2, "\\ ", 2))
		rest.end = end;
	return rest;
}

int exclude_pattern_new(struct exclude_pattern **out, const char *text,
			struct intoto_error *err)
{
	scoped(exclude_pattern) pattern = xcalloc(1, sizeof(*pattern));
	struct segment rest = strip(text);

	*out = NULL;
	if (strlen(text) > EXCLUDE_PATTERN_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "an exclude pattern is longer than %d bytes",
				   EXCLUDE_PATTERN_MAX);
	if (is_empty(rest) || *rest.at == '#' || segment_is(rest, "/"))
		return 0;
	pattern->takes_back = *rest.at == '!';
	rest.at += pattern->takes_back;
	if (compile(pattern, rest.at, rest.end, err) < 0) {
		intoto_context(err, "exclude pattern '%.256s': ", text);
		return -1;
	}
	pattern->here = xcalloc(pattern->n, sizeof(*pattern->here));
	pattern->next = xcalloc(pattern->n, sizeof(*pattern->next));
	*out = take(pattern);
	return 0;
}
