/* trust_internal.h: shared by the files that make up trust.h. */
#ifndef POLICY_TRUST_INTERNAL_H
#define POLICY_TRUST_INTERNAL_H

#include "policy/trust.h"

void trust_clear_keys(struct trust *trust);
void trust_clear_layouts(struct trust *trust);
void trust_default_layouts(struct trust *trust); /* "release" stands in */

#endif
