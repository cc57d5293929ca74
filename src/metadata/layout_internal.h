/* layout_internal.h: shared by the files that make up layout.h. */
#ifndef METADATA_LAYOUT_INTERNAL_H
#define METADATA_LAYOUT_INTERNAL_H

#include "metadata/layout.h"

/* The stamp at the end of a readme; unstamped: project "". */
int layout_stamp_read(struct layout_stamp *out, const char *readme,
		      struct intoto_error *err);

#endif
