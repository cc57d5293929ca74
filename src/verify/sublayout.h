/*
 * sublayout.h: a step done by a layout of its own (specification 5.2.6 and
 * in-toto-wire 13.7): the functionary signs a layout where a link is expected,
 * and its links lie in a folder of their own, `<step>.<first 8 digits of the
 * keyid>`, or in a note carry that as `environment.git.parent`.
 */
#ifndef VERIFY_SUBLAYOUT_H
#define VERIFY_SUBLAYOUT_H

#include "metadata/substitute.h"
#include "verify/chain.h"

#define SUBLAYOUT_DEPTH_MAX 16
#define SUBLAYOUTS_MAX 1000 /* in one verification */

/*
 * Where the metadata of sublayouts is. `parent` is "step.keyid8", for a
 * sublayout in a sublayout "step.keyid8/step.keyid8".
 */
struct sublayout_source {
	/* The links and layouts filed below `parent` that may speak for a step
	 * of `layout`, whose signature holds. The array and what it points to
	 * stay the source's, as long as the chain lives. */
	int (*read)(struct chain_link **links, size_t *n, void *data,
		    const char *parent, const struct layout *layout,
		    struct report *report, struct intoto_error *err);

	/* Run the inspections of one sublayout; called by
	 * sublayout_inspections() alone, never by chain_assign(). NULL: none
	 * is run, and a sublayout with inspections is a finding. Who gives a
	 * function here has to call sublayout_inspections(). */
	int (*inspect)(void *data, const char *parent,
		       const struct chain *chain, struct report *report,
		       struct intoto_error *err);
	void *data;

	/* Parameters hold in sublayouts as well; NULL: none. */
	const struct parameters *parameters;
};

/* Visit the chains of all sublayouts of a chain that hold, the innermost first,
 * and the chain itself. Findings name the path of steps. */
int sublayout_each(const struct chain *chain,
		   int (*visit)(void *data, const struct chain *chain,
				struct report *report,
				struct intoto_error *err),
		   void *data, struct report *report, struct intoto_error *err);

/*
 * Run the inspections of all sublayouts of a chain that holds, the innermost
 * first: before those of its own layout, and once all rules of all steps were
 * judged. Findings name the path of steps, "outer/inner".
 */
int sublayout_inspections(const struct chain *chain,
			  const struct sublayout_source *source,
			  struct report *report, struct intoto_error *err);

#endif
