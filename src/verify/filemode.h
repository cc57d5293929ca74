/*
 * filemode.h: `verify --layout FILE`: a layout file, links in a folder, the
 * final products in another; the reference's in-toto-verify (in-toto-wire 13),
 * needing no repository.
 */
#ifndef VERIFY_FILEMODE_H
#define VERIFY_FILEMODE_H

#include "verify/chain.h"
#include "verify/inspect.h"

struct filemode {
	const char *layout_path;
	const char *link_dir;	       /* "." by default */
	const struct key *const *keys; /* every one must have signed */
	size_t n_keys;
	int64_t now;
	size_t max_size;  /* of one metadata file */
	bool no_commands; /* a layout with inspections is EUNSUPPORTED */
};

/* What was judged, for printing; `chain` is NULL if the layout's signatures do
 * not hold. `*out` is set in both cases, also when -1 is returned. */
struct filemode_result {
	struct envelope *layout;
	struct envelope **links;
	size_t n_links;
	struct chain_link *candidates;
	struct strlist origins; /* file names of the links */
	struct chain *chain;
};
void filemode_result_release(struct filemode_result *result);
SCOPED_RELEASE(filemode_result);

/*
 * 0: judged; accepted only if `report` has no finding. -1: could not tell (a
 * file that cannot be read, a layout that does not parse, no key, a sublayout).
 * A link file that is missing or malformed counts for nothing. Inspections run
 * in the current folder, and only when all else holds.
 */
int filemode_verify(struct filemode_result *out, const struct filemode *what,
		    struct report *report, struct intoto_error *err);

#endif
