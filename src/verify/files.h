/*
 * files.h: artifacts recorded from files, as in-toto's own tools record them
 * (specification 4.1, ITE-4; in-toto-wire 10 has what the reference does).
 *
 * A PATH is a file, a folder (all regular files below it) or an ITE-4 name
 * whose scheme somebody resolves: `file:`, `dir:` and `ostree:` here, others
 * (git:) by the caller's resolvers.
 */
#ifndef VERIFY_FILES_H
#define VERIFY_FILES_H

#include "base/strlist.h"
#include "metadata/artifacts.h"

/* Adds the artifacts that `name` (with its scheme) stands for. EINVALID or
 * ENOTFOUND in plain words; a name that is not there is ENOTFOUND. */
typedef int files_resolve_fn(struct artifacts *set, const char *name,
			     void *data, struct intoto_error *err);

struct files_resolver {
	const char *scheme; /* "git", without the colon */
	files_resolve_fn *resolve;
	void *data;
};

struct files_options {
	/* gitignore patterns (verify/exclude.h); NULL or empty: the reference's
	 * defaults, *.link*, .git, *.pyc and *~ */
	const struct strlist *exclude;
	/* what the reference never leaves out once --exclude is given, and
	 * nobody wants to record: `.git` is never entered */
	bool skip_git;
	const char *base;	      /* names are relative to it; NULL: "." */
	const struct strlist *lstrip; /* prefixes cut off the names; or NULL */
	bool normalize_line_endings;  /* CRLF and CR are hashed as LF */
	bool follow_symlink_dirs;
	bool ignore_unreadable; /* else files that cannot be read, FIFOs,
				   sockets and devices are an error: EIO */
	bool ignore_special;	/* FIFOs, sockets and devices alone, as the
				   reference does */
	unsigned workers;	/* 0: one a core */

	const struct files_resolver *resolvers;
	size_t n_resolvers;

	/* Paths that are not there, as they were given; NULL: passed over in
	 * silence. What a scheme stands for must be there: ENOTFOUND. */
	struct strlist *missing;
	void (*progress)(void *data, size_t done, size_t total);
	void *progress_data;
};

/* Record the paths; `*out` is finished. ELIMIT over ARTIFACTS_MAX; EINVALID
 * for a name that is no UTF-8, a circle of links, prefixes of --lstrip-paths
 * that begin one another, two files of one name. */
int files_record(struct artifacts **out, const struct strlist *paths,
		 const struct files_options *options, struct intoto_error *err);

/* The defaults above, one after the other; ends with NULL. */
extern const char *const files_default_excludes[];

#endif
