/* api_verdict.h: what a verdict of include/intoto/verdict.h is made of. */
#ifndef POLICY_API_VERDICT_H
#define POLICY_API_VERDICT_H

#include "intoto/verdict.h"
#include "policy/judge.h"

struct intoto_verdict {
	bool accepts;
	struct judgement *judgement; /* of a tag; NULL: of files */
	struct report report;	     /* of files */
};

#endif
