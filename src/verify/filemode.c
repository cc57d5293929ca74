/* filemode.c: a layout file and its links in a folder, judged. */
#include "verify/filemode.h"

#include <string.h>

#include "base/xalloc.h"
#include "verify/chain_internal.h"
#include "verify/filemode_internal.h"

void filemode_result_release(struct filemode_result *result)
{
	chain_free(result->chain);
	for (size_t i = 0; i < result->n_folders; i++)
		filemode_folder_free(result->folders[i]);
	free(result->folders);
	layout_free(result->filled);
	envelope_free(result->layout);
	*result = (struct filemode_result){ 0 };
}

static int read_layout(struct filemode_result *out, const struct filemode *what,
		       struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;

	if (filemode_read_envelope(&envelope, what->layout_path, what->max_size,
				   err) < 0) {
		intoto_context(err, "'%s': ", what->layout_path);
		return -1;
	}
	if (envelope->content != CONTENT_LAYOUT)
		return intoto_fail(err, INTOTO_EINVALID, "'%s' is not a layout",
				   what->layout_path);
	out->layout = take(envelope);
	return 0;
}

/* Every key given must have signed; what others signed besides is no matter. */
static int check_owners(const struct filemode_result *out,
			const struct filemode *what, struct report *report,
			struct intoto_error *err)
{
	for (size_t i = 0; i < what->n_keys; i++) {
		struct intoto_error why = { 0 };
		char who[64];

		if (envelope_verify(out->layout, what->keys[i], what->now,
				    &why) == 0)
			continue;
		if (why.code != INTOTO_EREJECTED) {
			*err = why;
			return -1;
		}
		key_describe(who, what->keys[i]);
		intoto_context(&why, "layout is not signed by %s: ", who);
		report_refuse_error(report, &why);
	}
	return 0;
}

/* The source of sublayouts, and what there is of the root's links. */
struct reading {
	struct filemode_result *out;
	const struct filemode *what;
};

static int read_links(struct chain_link **links, size_t *n, void *data,
		      const char *parent, const struct layout *layout,
		      struct report *report, struct intoto_error *err)
{
	const struct reading *reading = data;
	struct filemode_result *out = reading->out;
	struct filemode_folder *folder =
		filemode_read_folder(reading->what, parent, layout, report);

	(void)err;
	out->folders = xrealloc(out->folders, out->n_folders + 1,
				sizeof(*out->folders));
	out->folders[out->n_folders++] = folder;
	*links = folder->links;
	*n = folder->n;
	return 0;
}

static int inspect_here(void *data, const char *parent,
			const struct chain *chain, struct report *report,
			struct intoto_error *err)
{
	const struct reading *reading = data;

	(void)parent;
	return inspect_run(chain, ".", reading->what->timeout, report, err);
}

/* Say which file would have helped. */
static void name_files(const struct layout *layout, struct report *report,
		       size_t from)
{
	for (size_t i = from; i < report->n; i++) {
		struct finding *finding = &report->items[i];
		const struct layout_item *step = NULL;
		scoped_text names = NULL;

		if (!strcmp(finding->reason, "link-missing"))
			step = layout_step(layout, finding->step);
		if (!step)
			continue;
		names = filemode_file_names(layout, step);
		finding_set(&finding->expected, "%s", names ? names : "");
	}
}

static bool has_inspections(const struct chain *chain)
{
	bool found = chain->layout->n_inspections > 0;

	for (size_t i = 0; i < chain->n_subs && !found; i++)
		found = has_inspections(chain->subs[i]->chain);
	return found;
}

static int inspect(const struct chain *chain,
		   const struct sublayout_source *source,
		   const struct filemode *what, struct report *report,
		   struct intoto_error *err)
{
	const size_t before = report->n;

	if (!has_inspections(chain))
		return 0;
	if (what->no_commands)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "'%s' has inspections, and no command may "
				   "run",
				   what->layout_path);
	if (what->no_inspect) {
		report_warn(report, "the layout's inspections are not run");
		return 0;
	}
	if (sublayout_inspections(chain, source, report, err) < 0)
		return -1;
	if (report->n > before)
		return 0;
	return inspect_run(chain, ".", what->timeout, report, err);
}

static int fill(struct filemode_result *out, const struct filemode *what,
		struct intoto_error *err)
{
	if (!what->parameters || what->parameters->n == 0)
		return 0;
	return layout_substitute(&out->filled, out->layout->layout,
				 what->parameters, err);
}

static int judge(struct filemode_result *out, const struct filemode *what,
		 struct report *report, struct intoto_error *err)
{
	struct reading reading = { out, what };
	const struct sublayout_source source = {
		.read = read_links,
		.inspect = inspect_here,
		.data = &reading,
		.parameters = what->parameters,
	};
	const size_t before = report->n;
	const struct layout *layout = NULL;
	struct chain_link *links = NULL;
	size_t n = 0;
	struct intoto_error why = { 0 };

	if (layout_check_expiry(out->layout->layout, what->now, &why) < 0)
		report_refuse_error(report, &why);
	if (fill(out, what, err) < 0)
		return -1;
	layout = out->filled ? out->filled : out->layout->layout;
	if (read_links(&links, &n, &reading, "", layout, report, err) < 0 ||
	    chain_assign(&out->chain, layout, links, n, &source, what->now,
			 report, err) < 0)
		return -1;
	name_files(layout, report, before);
	chain_rules(out->chain, report);
	if (what->strict)
		chain_commands(out->chain, report);
	if (report->n > before)
		return 0;
	return inspect(out->chain, &source, what, report, err);
}

int filemode_verify(struct filemode_result *out, const struct filemode *what,
		    struct report *report, struct intoto_error *err)
{
	const size_t before = report->n;

	*out = (struct filemode_result){ 0 };
	if (what->n_keys == 0)
		return intoto_fail(err, INTOTO_ETRUST,
				   "no key of the layout's owners is given");
	if (read_layout(out, what, err) < 0 ||
	    check_owners(out, what, report, err) < 0)
		return -1;
	if (report->n > before)
		return 0;
	return judge(out, what, report, err);
}
