/* exclude_pattern.c: run a gitignore pattern's program over a path. */
#include "verify/exclude_pattern.h"

#include <string.h>

#include "base/xalloc.h"
#include "verify/exclude_internal.h"

/*
 * All places of the program that the path may have led to are followed at
 * once: no pattern makes this slower than its length times the path's.
 */

void exclude_pattern_free(struct exclude_pattern *pattern)
{
	if (!pattern)
		return;
	free(pattern->ops);
	free(pattern->needle);
	free(pattern->here);
	free(pattern->next);
	free(pattern);
}

bool exclude_pattern_takes_back(const struct exclude_pattern *pattern)
{
	return pattern->takes_back;
}

static bool set_has(const struct exclude_op *op, uint32_t point)
{
	bool found = false;

	for (size_t i = 1; i <= op->n && !found; i++)
		found = point >= op[i].low && point <= op[i].high;
	return found != op->negated;
}

static bool op_takes(const struct exclude_op *op, uint32_t point)
{
	switch (op->type) {
	case EXCLUDE_OP_CHAR:
		return point == op->low;
	case EXCLUDE_OP_ANY:
	case EXCLUDE_OP_STAR:
		return point != '/';
	case EXCLUDE_OP_DOT:
	case EXCLUDE_OP_DOTSTAR:
		return point != '\n';
	case EXCLUDE_OP_SET:
		return set_has(op, point);
	default:
		return false;
	}
}

/* What can be reached without taking a character. Ops only lead forward. */
static void places_close(const struct exclude_pattern *pattern, bool *places)
{
	for (size_t i = 0; i < pattern->n; i++) {
		const struct exclude_op *op = &pattern->ops[i];

		if (!places[i])
			continue;
		if (op->type == EXCLUDE_OP_STAR ||
		    op->type == EXCLUDE_OP_DOTSTAR)
			places[i + 1] = true;
		if (op->type == EXCLUDE_OP_SKIP) {
			places[i + 1] = true;
			places[i + 1 + op->n] = true;
		}
	}
}

static bool places_step(struct exclude_pattern *pattern, uint32_t point)
{
	bool *kept = pattern->here;
	bool any = false;

	memset(pattern->next, 0, pattern->n * sizeof(*pattern->next));
	for (size_t i = 0; i < pattern->n; i++) {
		const struct exclude_op *op = &pattern->ops[i];
		size_t to = i + 1;

		if (!pattern->here[i] || !op_takes(op, point))
			continue;
		if (op->type == EXCLUDE_OP_STAR ||
		    op->type == EXCLUDE_OP_DOTSTAR)
			to = i;
		else if (op->type == EXCLUDE_OP_SET)
			to = i + 1 + op->n;
		pattern->next[to] = true;
		any = true;
	}
	pattern->here = pattern->next;
	pattern->next = kept;
	places_close(pattern, pattern->here);
	return any;
}

static enum exclude_match places_match(const struct exclude_pattern *pattern)
{
	enum exclude_match match = EXCLUDE_NO;

	for (size_t i = 0; i < pattern->n; i++) {
		if (!pattern->here[i])
			continue;
		if (pattern->ops[i].type == EXCLUDE_OP_FILE)
			return EXCLUDE_FILE;
		if (pattern->ops[i].type == EXCLUDE_OP_FOLDER)
			match = EXCLUDE_FOLDER;
	}
	return match;
}

enum exclude_match exclude_pattern_match(struct exclude_pattern *pattern,
					 const char *path, size_t len)
{
	const char *end = path + len;
	enum exclude_match before = EXCLUDE_NO;
	enum exclude_match match;

	if (pattern->needle_len &&
	    !memmem(path, len, pattern->needle, pattern->needle_len))
		return EXCLUDE_NO;
	memset(pattern->here, 0, pattern->n * sizeof(*pattern->here));
	pattern->here[0] = true;
	places_close(pattern, pattern->here);
	while (path < end) {
		/* As `$` in a regular expression: also before a line's end. */
		if (end - path == 1 && *path == '\n')
			before = places_match(pattern);
		if (!places_step(pattern, exclude_point(&path, end)))
			return before;
	}
	match = places_match(pattern);
	return match > before ? match : before;
}
