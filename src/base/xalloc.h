/*
 * xalloc.h: memory that is there.
 *
 * Every size that comes from outside is bounded before it gets here, so an
 * allocation that fails means that the machine is out of memory: the process
 * aborts, which no caller can mistake for a verdict.
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stdarg.h>
#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size); /* aborts on overflow as well */
void *xrealloc(void *ptr, size_t count, size_t size);
char *xstrdup(const char *text);	      /* NULL stays NULL */
char *xmemdupz(const void *data, size_t len); /* adds a NUL */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list args)
	__attribute__((format(printf, 1, 0)));

/* Make room for one more in a growing array; both are updated. */
#define ALLOC_GROW(array, need, alloc)                                         \
	do {                                                                   \
		if ((need) > (alloc)) {                                        \
			(alloc) = (alloc)*2 > (need) ? (alloc)*2 : (need) + 8; \
			(array) =                                              \
				xrealloc((array), (alloc), sizeof(*(array)));  \
		}                                                              \
	} while (0)

#endif
