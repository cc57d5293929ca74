/*
 * filemode.h: `verify --layout FILE`: a layout file, links in a folder, the
 * final products in another; the reference's in-toto-verify (in-toto-wire 13),
 * needing no repository.
 */
#ifndef VERIFY_FILEMODE_H
#define VERIFY_FILEMODE_H

#include "verify/inspect.h"
#include "verify/sublayout.h"

struct filemode {
	const char *layout_path;
	const char *link_dir;	       /* NULL: "." */
	const struct key *const *keys; /* every one must have signed */
	size_t n_keys;
	int64_t now;
	size_t max_size;		     /* of one metadata file */
	const struct parameters *parameters; /* or NULL */
	bool strict;	  /* a command that is not the expected is refused */
	bool no_inspect;  /* inspections are not run: a warning */
	bool no_commands; /* a layout with inspections is EUNSUPPORTED */
	size_t timeout;	  /* of an inspection, in seconds; 0: none */
};

/* The links of one layout, and what they are in. */
struct filemode_folder {
	struct envelope **envelopes;
	struct chain_link *links;
	size_t n;
	size_t alloc;
	struct strlist names; /* borrowed by the links */
};

/* What was judged, for printing; `chain` is NULL if the layout's signatures do
 * not hold. `*out` is set in both cases, also when -1 is returned. */
struct filemode_result {
	struct envelope *layout;
	struct layout *filled; /* with its parameters; NULL: as it is */
	struct filemode_folder **folders; /* the root's in front */
	size_t n_folders;
	struct chain *chain;
};
void filemode_result_release(struct filemode_result *result);
SCOPED_RELEASE(filemode_result);

/*
 * 0: judged; accepted only if `report` has no finding. -1: could not tell (a
 * layout that cannot be read or does not parse, no key, parameters that are not
 * given). A link file that is missing, unreadable or malformed counts for
 * nothing. Inspections run in the current folder, and only when all else holds.
 */
int filemode_verify(struct filemode_result *out, const struct filemode *what,
		    struct report *report, struct intoto_error *err);

#endif
