/* chain_internal.h: shared by the files that make up chain.h. */
#ifndef VERIFY_CHAIN_INTERNAL_H
#define VERIFY_CHAIN_INTERNAL_H

#include "verify/chain.h"

/* A finding about a step or inspection, with the layout's name if it has one.
 */
struct finding *chain_refuse(struct report *report, const struct layout *layout,
			     const char *item, const char *reason,
			     const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#endif
