/* exclude_pattern.h: one gitignore pattern as a small program. */
#ifndef VERIFY_EXCLUDE_PATTERN_H
#define VERIFY_EXCLUDE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/scoped.h"
#include "intoto/error.h"

/* In order of weight. */
enum exclude_match {
	EXCLUDE_NO,
	EXCLUDE_FOLDER, /* a folder above the path matches */
	EXCLUDE_FILE,	/* the path itself does */
};

struct exclude_pattern;

/* `*out` stays NULL for what matches nothing: a comment, an empty line, "/". */
int exclude_pattern_new(struct exclude_pattern **out, const char *text,
			struct intoto_error *err);
void exclude_pattern_free(struct exclude_pattern *pattern);
SCOPED_TYPE(exclude_pattern);

bool exclude_pattern_takes_back(const struct exclude_pattern *pattern);
enum exclude_match exclude_pattern_match(struct exclude_pattern *pattern,
					 const char *path, size_t len);

#endif
