/* exclude.c: decide which paths gitignore patterns leave out. */
#include "verify/exclude.h"

#include <string.h>

#include "base/xalloc.h"
#include "verify/exclude_pattern.h"

struct exclude {
	struct exclude_pattern **patterns;
	size_t n;
};

void exclude_free(struct exclude *exclude)
{
	if (!exclude)
		return;
	for (size_t i = 0; i < exclude->n; i++)
		exclude_pattern_free(exclude->patterns[i]);
	free(exclude->patterns);
	free(exclude);
}

int exclude_new(struct exclude **out, const struct strlist *patterns,
		struct intoto_error *err)
{
	scoped(exclude) exclude = xcalloc(1, sizeof(*exclude));

	exclude->patterns =
		xcalloc(patterns->n + 1, sizeof(*exclude->patterns));
	for (size_t i = 0; i < patterns->n; i++) {
		struct exclude_pattern *pattern = NULL;

		if (exclude_pattern_new(&pattern, patterns->items[i], err) < 0)
			return -1;
		if (pattern)
			exclude->patterns[exclude->n++] = pattern;
	}
	*out = take(exclude);
	return 0;
}

bool exclude_has(struct exclude *exclude, const char *path, size_t len)
{
	enum exclude_match decided = EXCLUDE_NO;
	bool excluded = false;

	/* As pathspec does: a path from the root counts as one from here. */
	if (len > 0 && *path == '/') {
		path++;
		len--;
	}
	for (size_t i = 0; i < exclude->n; i++) {
		struct exclude_pattern *pattern = exclude->patterns[i];
		const bool takes_back = exclude_pattern_takes_back(pattern);
		enum exclude_match match;

		/* It would change nothing. */
		if (decided == EXCLUDE_FILE && excluded != takes_back)
			continue;
		match = exclude_pattern_match(pattern, path, len);
		if (match == EXCLUDE_NO || match < decided)
			continue;
		decided = match;
		excluded = !takes_back;
	}
	return excluded;
}
