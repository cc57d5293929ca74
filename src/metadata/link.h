/* link.h: what one functionary says of one step (specification 4.4). */
#ifndef METADATA_LINK_H
#define METADATA_LINK_H

#include "metadata/artifacts.h"

struct link {
	char *name;
	struct artifacts *materials;
	struct artifacts *products;
	json_t *command;     /* array; elements of any type */
	json_t *byproducts;  /* object, opaque */
	json_t *environment; /* object, opaque */
};
struct link *link_new(const char *name); /* empty sets and objects */
void link_free(struct link *link);
SCOPED_TYPE(link);

/* The `signed` object; missing members take the reference's defaults, unknown
 * members are dropped (in-toto-wire 2.1). EINVALID names the field. A name
 * that is missing, empty or holds '/', NUL or a control character: EINVALID. */
int link_read(struct link **out, const char *text, size_t len,
	      struct intoto_error *err);
/* The same for the object at the cursor. */
int link_scan(struct link **out, struct scan *scan, struct intoto_error *err);

/* What every step, inspection and link must be called: UTF-8, not empty, not
 * "." or "..", without '/', NUL and control characters; it becomes a file
 * name. EINVALID starts with `what`. */
int name_check(const char *name, size_t len, const char *what,
	       struct intoto_error *err);

/* The bytes a Metablock signature covers: the projection, canonical. */
int link_append_canonical(struct buffer *out, const struct link *link,
			  struct intoto_error *err);
/* The same as valid one-line JSON, for a note. */
int link_append_compact(struct buffer *out, const struct link *link,
			struct intoto_error *err);

/* Do two links of one functionary for one step contradict each other: other
 * materials, products or command? */
bool link_contradicts(const struct link *a, const struct link *b);

/* The command as one would type it; to be freed. */
char *link_command_text(const struct link *link);

#endif
