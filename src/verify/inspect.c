/* inspect.c: run a layout's inspections and judge what they leave. */
#include "verify/inspect.h"

#include <string.h>

#include "base/process.h"
#include "base/xalloc.h"
#include "verify/chain_internal.h"

/* Links of the inspections run; NULL: its command failed. */
struct runs {
	struct link **links;
	size_t n;
};

static void runs_release(struct runs *runs)
{
	for (size_t i = 0; i < runs->n; i++)
		link_free(runs->links[i]);
	free(runs->links);
}
SCOPED_RELEASE(runs);

static int run_command(int *status, const struct layout_item *item,
		       const char *dir, size_t timeout,
		       struct intoto_error *err)
{
	scoped_value(process_result) result = { 0 };
	const struct process process = {
		.argv = (const char *const *)item->command.items,
		.cwd = dir,
		.out = PROCESS_TO_STDERR,
		.err = PROCESS_INHERIT,
		.timeout = timeout,
	};

	if (process_run(&result, &process, err) < 0)
		return -1;
	*status = result.status;
	return 0;
}

static void refuse_failed(const struct chain *chain,
			  const struct layout_item *item, const char *why,
			  struct report *report)
{
	chain_refuse(report, chain->layout, item->name, "inspection-failed",
		     "inspection '%s': %s", item->name, why);
}

/* `*out` stays NULL if the command failed: that is a finding. */
static int run_one(struct link **out, const struct chain *chain,
		   const struct layout_item *item, const char *dir,
		   size_t timeout, struct report *report,
		   struct intoto_error *err)
{
	scoped(link) link = link_new(item->name);
	scoped_text command = NULL;
	scoped_text why = NULL;
	struct intoto_error failed = { 0 };
	int status = 0;

	if (item->command.n == 0) {
		refuse_failed(chain, item, "it has no command to run", report);
		return 0;
	}
	artifacts_free(link->materials);
	link->materials = NULL;
	if (inspect_record(&link->materials, dir, err) < 0)
		return -1;
	if (run_command(&status, item, dir, timeout, &failed) < 0) {
		/* Out of time. */
		if (failed.code == INTOTO_ECHILD) {
			refuse_failed(chain, item, failed.message, report);
			return 0;
		}
		*err = failed;
		return -1;
	}
	artifacts_free(link->products);
	link->products = NULL;
	if (inspect_record(&link->products, dir, err) < 0)
		return -1;
	for (size_t i = 0; i < item->command.n; i++)
		json_array_append_new(link->command,
				      json_string(item->command.items[i]));
	if (status == 0) {
		*out = take(link);
		return 0;
	}
	command = link_command_text(link);
	why = xasprintf("'%s' exited with status %d", command, status);
	refuse_failed(chain, item, why, report);
	return 0;
}

static void judge(const struct chain *chain, const struct runs *runs,
		  struct report *report)
{
	const struct layout *layout = chain->layout;
	const struct link **done = xcalloc(runs->n + 1, sizeof(*done));
	size_t n = 0;

	for (size_t i = 0; i < runs->n; i++)
		if (runs->links[i])
			done[n++] = runs->links[i];
	for (size_t i = 0; i < runs->n; i++)
		if (runs->links[i])
			chain_inspection_rules(chain, &layout->inspections[i],
					       done, n, runs->links[i], report);
	free(done);
}

int inspect_run(const struct chain *chain, const char *dir, size_t timeout,
		struct report *report, struct intoto_error *err)
{
	const struct layout *layout = chain->layout;
	const size_t before = report->n;
	scoped_value(runs) runs = { 0 };

	runs.links = xcalloc(layout->n_inspections + 1, sizeof(*runs.links));
	for (; runs.n < layout->n_inspections; runs.n++) {
		const struct layout_item *item = &layout->inspections[runs.n];

		if (run_one(&runs.links[runs.n], chain, item, dir, timeout,
			    report, err) < 0) {
			intoto_context(err, "inspection '%s': ", item->name);
			return -1;
		}
	}
	if (report->n == before)
		judge(chain, &runs, report);
	return 0;
}
