/* import_internal.h: shared by the files that make up import.h. */
#ifndef POLICY_IMPORT_INTERNAL_H
#define POLICY_IMPORT_INTERNAL_H

#include "policy/import.h"

void import_refuse(struct import_item *item, const char *reason,
		   const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* What refuses the item is its own; any other error is the caller's. */
int import_refuse_error(struct import_item *item,
			const struct intoto_error *why,
			struct intoto_error *err);

/* Signatures of a document that do not matter beside those that do. */
void import_leave_others(struct import *import);

#endif
