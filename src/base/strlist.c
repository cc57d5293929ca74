/* strlist.c: a growing list of owned strings. */
#include "base/strlist.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

void strlist_release(struct strlist *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	list->items = NULL;
	list->n = 0;
	list->alloc = 0;
}

void strlist_take(struct strlist *list, char *text)
{
	ALLOC_GROW(list->items, list->n + 2, list->alloc);
	list->items[list->n++] = text;
	list->items[list->n] = NULL;
}

void strlist_add(struct strlist *list, const char *text)
{
	strlist_take(list, xstrdup(text));
}

void strlist_addf(struct strlist *list, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	strlist_take(list, xvasprintf(fmt, args));
	va_end(args);
}

void strlist_add_all(struct strlist *list, const struct strlist *from)
{
	size_t n = from->n; /* `from` may be `list` */

	for (size_t i = 0; i < n; i++)
		strlist_add(list, from->items[i]);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strlist_sort(struct strlist *list)
{
	if (list->n > 1)
		qsort(list->items, list->n, sizeof(*list->items), by_bytes);
}

void strlist_uniq(struct strlist *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++) {
		if (kept && !strcmp(list->items[kept - 1], list->items[i]))
			free(list->items[i]);
		else
			list->items[kept++] = list->items[i];
	}
	list->n = kept;
	if (list->items)
		list->items[kept] = NULL;
}

bool strlist_has(const struct strlist *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->items[i], text))
			return true;
	return false;
}

bool strlist_equal(const struct strlist *a, const struct strlist *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->items[i], b->items[i]))
			return false;
	return true;
}
