/*
 * scoped.h: the one cleanup idiom, on two GNU extensions.
 *
 *	SCOPED_TYPE(link);			once, next to link_free()
 *	scoped(link) link = NULL;		freed when the scope ends
 *	*out = take(link);			moved to the caller
 *
 * SCOPED_RELEASE is the same for by-value structs with NAME_release().
 */
#ifndef BASE_SCOPED_H
#define BASE_SCOPED_H

#include <stdlib.h>

#define SCOPED_TYPE(type)                                 \
	static inline void type##_scoped(struct type **p) \
	{                                                 \
		type##_free(*p);                          \
	}                                                 \
	struct type
#define scoped(type) __attribute__((cleanup(type##_scoped))) struct type *

#define SCOPED_RELEASE(type)                                   \
	static inline void type##_scoped_value(struct type *p) \
	{                                                      \
		type##_release(p);                             \
	}                                                      \
	struct type
#define scoped_value(type) \
	__attribute__((cleanup(type##_scoped_value))) struct type

static inline void scoped_char_free(char **p)
{
	free(*p);
}
#define scoped_text __attribute__((cleanup(scoped_char_free))) char *

#define take(p)                             \
	__extension__({                     \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
