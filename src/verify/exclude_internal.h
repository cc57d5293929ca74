/* exclude_internal.h: what the compiler of patterns leaves for the matcher. */
#ifndef VERIFY_EXCLUDE_INTERNAL_H
#define VERIFY_EXCLUDE_INTERNAL_H

#include <stdint.h>

#include "verify/exclude_pattern.h"

enum exclude_op_type {
	EXCLUDE_OP_CHAR,    /* `low` */
	EXCLUDE_OP_ANY,	    /* [^/] */
	EXCLUDE_OP_STAR,    /* [^/]* */
	EXCLUDE_OP_DOT,	    /* anything but a newline */
	EXCLUDE_OP_DOTSTAR, /* any number of them */
	EXCLUDE_OP_SET,	    /* `n` ranges follow */
	EXCLUDE_OP_RANGE,
	EXCLUDE_OP_SKIP,   /* the next `n` ops may be left out */
	EXCLUDE_OP_FILE,   /* matched: the path itself */
	EXCLUDE_OP_FOLDER, /* matched: something above it */
};

struct exclude_op {
	enum exclude_op_type type;
	bool negated;
	size_t n;
	uint32_t low;
	uint32_t high;
};

struct exclude_pattern {
	struct exclude_op *ops;
	size_t n;
	size_t alloc;
	bool takes_back;
	char *needle; /* bytes that every match has; the longest found */
	size_t needle_len;
	bool *here; /* scratch, n each */
	bool *next;
};

/* The next code point; a byte that is no UTF-8 is one of its own. */
uint32_t exclude_point(const char **at, const char *end);

#endif
