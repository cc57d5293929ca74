/* files_internal.h: a recording under way. */
#ifndef VERIFY_FILES_INTERNAL_H
#define VERIFY_FILES_INTERNAL_H

#include "base/buffer.h"
#include "verify/exclude.h"
#include "verify/files.h"

/* Offsets into `text`, which moves while it grows. */
struct listed {
	size_t path;
	size_t name;
};

struct recording {
	const struct files_options *options;
	int base; /* an open folder */
	struct exclude *exclude;
	struct buffer text;
	struct listed *items;
	size_t n;
	size_t alloc;
	const char *prefix;	      /* in front of names: "" or "file:" */
	const struct strlist *lstrip; /* or NULL */
};

/* `base` is the caller's to close. */
int recording_open(struct recording *out, int base,
		   const struct files_options *options,
		   struct intoto_error *err);
void recording_release(struct recording *recording);
SCOPED_RELEASE(recording);

/* Note down a file, or all files below a folder; ENOTFOUND. */
int recording_walk(struct recording *recording, const char *path,
		   struct intoto_error *err);

/* Hash what is noted down, into `set`. */
int recording_hash(struct artifacts *set, struct recording *recording,
		   struct intoto_error *err);

/* dir: and ostree: */
int files_resolve_dir(struct artifacts *set, int base, const char *name,
		      const struct files_options *options,
		      struct intoto_error *err);
int files_resolve_ostree(struct artifacts *set, int base, const char *name,
			 struct intoto_error *err);

#endif
