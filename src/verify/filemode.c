/* filemode.c: a layout file and its links in a folder, judged. */
#include "verify/filemode.h"

#include <string.h>

#include "base/file.h"
#include "base/xalloc.h"
#include "verify/chain_internal.h"

#define KEYID_SHOWN 8 /* of a keyid in the name of a link's file */

void filemode_result_release(struct filemode_result *result)
{
	chain_free(result->chain);
	free(result->candidates);
	for (size_t i = 0; i < result->n_links; i++)
		envelope_free(result->links[i]);
	free(result->links);
	strlist_release(&result->origins);
	envelope_free(result->layout);
	*result = (struct filemode_result){ 0 };
}

static int read_envelope(struct envelope **out, const char *path, size_t max,
			 struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;

	if (file_read(&text, path, max, err) < 0)
		return -1;
	return envelope_read(out, buffer_text(&text), text.len, false, err);
}

static int read_layout(struct filemode_result *out, const struct filemode *what,
		       struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;

	if (read_envelope(&envelope, what->layout_path, what->max_size, err) <
	    0) {
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

/* One link file; ENOENT is no error, and what is malformed counts for nothing.
 */
static int read_link(struct filemode_result *out, const struct filemode *what,
		     const char *step, const char *name, struct report *report,
		     struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;
	scoped_text path =
		path_join(what->link_dir ? what->link_dir : ".", name);
	struct intoto_error why = { 0 };

	if (strlist_has(&out->origins, path))
		return 0;
	if (read_envelope(&envelope, path, what->max_size, &why) < 0) {
		if (why.code == INTOTO_ENOTFOUND)
			return 0;
		if (why.code != INTOTO_EINVALID && why.code != INTOTO_ELIMIT) {
			*err = why;
			return -1;
		}
		report_warn(report, "'%s' is passed over: %s", path,
			    why.message);
		return 0;
	}
	if (envelope->content == CONTENT_LAYOUT)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "'%s' is a layout: sublayouts are not "
				   "judged by this version",
				   path);
	if (envelope->content != CONTENT_LINK ||
	    strcmp(envelope->link->name, step) != 0) {
		report_warn(report,
			    "'%s' is passed over: it is not a link of step "
			    "'%s'",
			    path, step);
		return 0;
	}
	strlist_add(&out->origins, path);
	out->links =
		xrealloc(out->links, out->n_links + 1, sizeof(*out->links));
	out->links[out->n_links++] = take(envelope);
	return 0;
}

/* Every id that a link of this key may be filed under. */
static void list_ids(struct strlist *out, const struct key *key, const char *as)
{
	scoped_json object = key_to_json(key);
	const char *subkey = NULL;
	json_t *value = NULL;

	strlist_add(out, as);
	strlist_add(out, key_id(key));
	strlist_add(out, key_id_new(key));
	json_object_foreach(json_object_get(object, "subkeys"), subkey, value)
		strlist_add(out, subkey);
}

/* The files in which a step's links may be. */
static void list_files(struct strlist *out, const struct layout *layout,
		       const struct layout_item *step)
{
	scoped_value(strlist) ids = STRLIST_INIT;

	for (size_t i = 0; i < step->pubkeys.n; i++) {
		const char *as = NULL;
		const struct key *key = layout_pubkey(&as, layout, step, i);

		if (!key)
			continue;
		strlist_add(&ids, step->pubkeys.items[i]);
		list_ids(&ids, key, as);
	}
	for (size_t i = 0; i < ids.n; i++) {
		scoped_text name = xasprintf("%s.%.*s.link", step->name,
					     KEYID_SHOWN, ids.items[i]);

		if (!strlist_has(out, name))
			strlist_add(out, name);
	}
}

static int read_links(struct filemode_result *out, const struct filemode *what,
		      struct report *report, struct intoto_error *err)
{
	const struct layout *layout = out->layout->layout;

	for (size_t i = 0; i < layout->n_steps; i++) {
		const struct layout_item *step = &layout->steps[i];
		scoped_value(strlist) files = STRLIST_INIT;

		list_files(&files, layout, step);
		for (size_t j = 0; j < files.n; j++)
			if (read_link(out, what, step->name, files.items[j],
				      report, err) < 0)
				return -1;
	}
	out->candidates = xcalloc(out->n_links + 1, sizeof(*out->candidates));
	for (size_t i = 0; i < out->n_links; i++) {
		out->candidates[i].envelope = out->links[i];
		out->candidates[i].origin = out->origins.items[i];
	}
	return 0;
}

/* Say which file would have helped. */
static void name_files(const struct layout *layout, struct report *report,
		       size_t from)
{
	for (size_t i = from; i < report->n; i++) {
		struct finding *finding = &report->items[i];
		const struct layout_item *step = NULL;
		scoped_value(strlist) files = STRLIST_INIT;
		scoped_value(buffer) text = BUFFER_INIT;

		if (!strcmp(finding->reason, "link-missing"))
			step = layout_step(layout, finding->step);
		if (!step)
			continue;
		list_files(&files, layout, step);
		for (size_t j = 0; j < files.n; j++)
			buffer_printf(&text, "%s%s", j > 0 ? " or " : "",
				      files.items[j]);
		finding_set(&finding->expected, "%s", buffer_text(&text));
	}
}

static int judge(struct filemode_result *out, const struct filemode *what,
		 struct report *report, struct intoto_error *err)
{
	const struct layout *layout = out->layout->layout;
	const size_t before = report->n;
	struct intoto_error why = { 0 };

	if (layout_check_expiry(layout, what->now, &why) < 0)
		report_refuse_error(report, &why);
	if (read_links(out, what, report, err) < 0 ||
	    chain_assign(&out->chain, layout, out->candidates, out->n_links,
			 what->now, report, err) < 0)
		return -1;
	name_files(layout, report, before);
	chain_rules(out->chain, report);
	if (report->n > before)
		return 0;
	if (what->no_commands && layout->n_inspections)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "'%s' has inspections, and no command may "
				   "run",
				   what->layout_path);
	return inspect_run(out->chain, ".", report, err);
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
