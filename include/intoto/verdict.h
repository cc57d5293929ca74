/*
 * verdict.h: what a verification came to, and every reason against.
 *
 * A verdict is made by intoto_verify_layout() and intoto_check_tag(). That
 * there is one says only that judging was possible: ask
 * intoto_verdict_accepts().
 */
#ifndef INTOTO_VERDICT_H
#define INTOTO_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "intoto/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct intoto_verdict;
void intoto_verdict_free(struct intoto_verdict *verdict); /* NULL is fine */

/* False for NULL. */
bool intoto_verdict_accepts(const struct intoto_verdict *verdict);

/* Strings live as long as the verdict. */

/*
 * One check that failed; not only the first is told. NULL past the last one;
 * there is none if and only if the verdict accepts. A field that does not
 * apply is NULL. Messages and hints are escaped; names of layouts, steps and
 * artifacts are as somebody wrote them.
 */
struct intoto_finding;
size_t intoto_verdict_finding_count(const struct intoto_verdict *verdict);
const struct intoto_finding *
intoto_verdict_finding(const struct intoto_verdict *verdict, size_t index);

/* A stable code such as "rule-disallow": Documentation/technical/reasons.adoc
 */
const char *intoto_finding_reason(const struct intoto_finding *finding);
const char *intoto_finding_message(const struct intoto_finding *finding);
/* A command to paste. */
const char *intoto_finding_hint(const struct intoto_finding *finding);
const char *intoto_finding_layout(const struct intoto_finding *finding);
const char *intoto_finding_step(const struct intoto_finding *finding);
const char *intoto_finding_artifact(const struct intoto_finding *finding);
/* With its place: "build.expected_products[2]: DISALLOW *". */
const char *intoto_finding_rule(const struct intoto_finding *finding);
const char *intoto_finding_expected(const struct intoto_finding *finding);
const char *intoto_finding_found(const struct intoto_finding *finding);

/* What does not stand in the way of the verdict; NULL past the last one. */
const char *intoto_verdict_warning(const struct intoto_verdict *verdict,
				   size_t index);

/* Of a tag: its object and its commit, in hex; NULL where only files were
 * judged, or where the tag is no object to go on with. */
const char *intoto_verdict_tag(const struct intoto_verdict *verdict);
const char *intoto_verdict_commit(const struct intoto_verdict *verdict);

/* Of a tag: the files in the order in which they were given; 0 and NULL where
 * there were none. `step` and `product` are NULL for a file that is no product.
 */
size_t intoto_verdict_file_count(const struct intoto_verdict *verdict);
const char *intoto_verdict_file_path(const struct intoto_verdict *verdict,
				     size_t file);
const char *intoto_verdict_file_sha256(const struct intoto_verdict *verdict,
				       size_t file);
const char *intoto_verdict_file_product(const struct intoto_verdict *verdict,
					size_t file);
const char *intoto_verdict_file_step(const struct intoto_verdict *verdict,
				     size_t file);

#ifdef __cplusplus
}
#endif

#endif
