/* edit_internal.h: what the files that edit layouts share. */
#ifndef POLICY_EDIT_INTERNAL_H
#define POLICY_EDIT_INTERNAL_H

#include "policy/edit.h"

/* EINVALID unless it can stand in JSON. */
int edit_text_check(const char *text, const char *what,
		    struct intoto_error *err);
/* The item of that name in "steps" or "inspect", or NULL; borrowed. */
json_t *edit_item_find(const struct edit *edit, const char *list,
		       const char *name);

#endif
