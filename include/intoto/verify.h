/*
 * verify.h: judge a layout file and the links in a folder, as in-toto-verify
 * does. Needs no repository.
 */
#ifndef INTOTO_VERIFY_H
#define INTOTO_VERIFY_H

#include <stdint.h>

#include "intoto/key.h"
#include "intoto/verdict.h"

#ifdef __cplusplus
extern "C" {
#endif

enum intoto_verify_flag {
	/* Run the layout's inspections: commands that its owners chose, in the
	 * current folder of this process, once everything else holds. Without
	 * it a layout that has any is EUNSUPPORTED. */
	INTOTO_RUN_INSPECTIONS = 1 << 0,
};

/*
 * Judge.
 *
 * out       set only on success; free with intoto_verdict_free().
 * layout    path of the layout.
 * link_dir  folder of the links; NULL: the current one.
 * keys      the owners, n of them: every one must have signed the layout.
 * now       seconds since the Unix epoch, UTC: is the layout expired?
 * flags     of enum intoto_verify_flag, or 0.
 *
 * Fails only where it could not tell:
 * ETRUST        no key is given.
 * ENOTFOUND     no such layout.
 * EINVALID      the layout does not parse.
 * EUNSUPPORTED  inspections without the flag; a sublayout.
 * EUSAGE        an unknown flag.
 * A link that is missing or malformed is a finding.
 */
int intoto_verify_layout(struct intoto_verdict **out, const char *layout,
			 const char *link_dir,
			 const struct intoto_key *const *keys, size_t n,
			 int64_t now, unsigned flags, struct intoto_error *err);

#ifdef __cplusplus
}
#endif

#endif
