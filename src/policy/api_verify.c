/* api_verify.c: include/intoto/verify.h: a layout file, judged. */
#include "intoto/verify.h"

#include "base/xalloc.h"
#include "crypto/api_key.h"
#include "policy/api_verdict.h"
#include "verify/filemode.h"

#define METADATA_MAX ((size_t)64 << 20)

/* Takes the findings over. */
static struct intoto_verdict *
verdict_of_files(struct report *report, const struct filemode_result *result)
{
	struct intoto_verdict *verdict = xcalloc(1, sizeof(*verdict));

	verdict->accepts = report->n == 0 && result->chain;
	verdict->report = *report;
	*report = (struct report)REPORT_INIT;
	return verdict;
}

int intoto_verify_layout(struct intoto_verdict **out, const char *layout,
			 const char *link_dir,
			 const struct intoto_key *const *keys, size_t n,
			 int64_t now, unsigned flags, struct intoto_error *err)
{
	const struct key **owners = xcalloc(n + 1, sizeof(*owners));
	scoped_value(filemode_result) result = { 0 };
	scoped_value(report) report = REPORT_INIT;
	const struct filemode what = {
		.layout_path = layout,
		.link_dir = link_dir,
		.keys = owners,
		.n_keys = n,
		.now = now,
		.max_size = METADATA_MAX,
		.no_commands = !(flags & INTOTO_RUN_INSPECTIONS),
	};
	int ret;

	for (size_t i = 0; i < n; i++)
		owners[i] = keys[i]->key;
	ret = flags & ~(unsigned)INTOTO_RUN_INSPECTIONS
		      ? intoto_fail(err, INTOTO_EUSAGE, "unknown flag")
		      : filemode_verify(&result, &what, &report, err);
	free(owners);
	if (ret < 0)
		return -1;
	*out = verdict_of_files(&report, &result);
	return 0;
}
