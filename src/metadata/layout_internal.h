/* layout_internal.h: shared by the files that make up layout.h. */
#ifndef METADATA_LAYOUT_INTERNAL_H
#define METADATA_LAYOUT_INTERNAL_H

#include "metadata/layout.h"

/* The stamp at the end of the layout's readme: into `stamp`, or `sub`. */
int layout_stamp_read(struct layout *layout, struct intoto_error *err);

/* All but the steps and inspections, of which the copy has none. */
struct layout *layout_copy_head(const struct layout *layout);

/* Keys are kept sorted by the id under which they are listed; for qsort(). */
int layout_key_compare(const void *a, const void *b);

#endif
