/* strlist.h: a growing list of owned strings. */
#ifndef BASE_STRLIST_H
#define BASE_STRLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/scoped.h"

struct strlist {
	char **items; /* items[n] is NULL once anything was added */
	size_t n;
	size_t alloc;
};

#define STRLIST_INIT       \
	{                  \
		NULL, 0, 0 \
	}

void strlist_release(struct strlist *list);
SCOPED_RELEASE(strlist);

void strlist_add(struct strlist *list, const char *text); /* copies */
void strlist_addf(struct strlist *list, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void strlist_take(struct strlist *list, char *text); /* takes over */
void strlist_add_all(struct strlist *list, const struct strlist *from);
void strlist_sort(struct strlist *list); /* by bytes */
void strlist_uniq(struct strlist *list); /* of a sorted list */
bool strlist_has(const struct strlist *list, const char *text);
bool strlist_equal(const struct strlist *a, const struct strlist *b);

#endif
