/* judge_path.c: does a file's path fit the name of a product? */
#include <string.h>

#include "policy/judge_internal.h"

/* Cut the last component off path[0..*left); NULL when none is left. */
static const char *pop(size_t *len, const char *path, size_t *left)
{
	while (*left) {
		size_t end = *left;
		size_t start;

		if (path[end - 1] == '/') {
			(*left)--;
			continue;
		}
		start = end;
		while (start && path[start - 1] != '/')
			start--;
		*left = start;
		*len = end - start;
		if (*len != 1 || path[start] != '.')
			return path + start;
	}
	return NULL;
}

const char *path_base(size_t *len, const char *path)
{
	size_t left = strlen(path);
	const char *base = pop(len, path, &left);

	if (!base)
		*len = 0;
	return base ? base : path;
}

enum path_match path_match(size_t *agreed, const char *product,
			   const char *given)
{
	size_t product_left = strlen(product);
	size_t given_left = strlen(given);

	*agreed = 0;
	for (;;) {
		size_t product_len = 0;
		size_t given_len = 0;
		const char *a = pop(&product_len, product, &product_left);
		const char *b = pop(&given_len, given, &given_left);

		/* What stands before `..` is not known to be the same. */
		if (b && given_len == 2 && !memcmp(b, "..", 2))
			b = NULL;
		if (!*agreed && (!a || !b))
			return PATH_OTHER;
		if (!a || !b)
			return a ? PATH_LONGER : b ? PATH_SHORTER : PATH_EQUAL;
		if (product_len != given_len || memcmp(a, b, given_len) != 0)
			return PATH_OTHER;
		(*agreed)++;
	}
}
