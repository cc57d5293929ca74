/* cmd_export.c: a tag's layout and links as in-toto's own files. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/session.h"
#include "cmd/ui.h"

#define KEYID_SHOWN 8

static const char usage[] = "export [OPTION]... TAG DIR";

struct exporting {
	bool force;
	const char *dir;
	struct session session;
	struct ui_progress progress;
	struct tag_facts *facts;
	struct tag_links *links;
	struct note note;
	size_t n_links;
};

static void exporting_release(struct exporting *exporting)
{
	ui_progress_stop(&exporting->progress);
	tag_links_free(exporting->links);
	note_release(&exporting->note);
	tag_facts_free(exporting->facts);
	session_release(&exporting->session);
}
SCOPED_RELEASE(exporting);

static int hint_force(const struct exporting *exporting,
		      struct intoto_error *err)
{
	scoped_text tag = quote_word(refs_short(exporting->facts->ref));
	scoped_text dir = quote_word(exporting->dir);

	return intoto_hint(err, "git intoto export --force %s %s", tag, dir);
}

static int write_envelope(const struct exporting *exporting, const char *path,
			  const struct envelope *envelope,
			  struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;

	if (!exporting->force && file_exists(path)) {
		intoto_fail(err, INTOTO_EIO, "'%s' is already there", path);
		return hint_force(exporting, err);
	}
	if (envelope_append_file(&text, envelope, err) < 0 ||
	    buffer_check(&text, path, err) < 0)
		return -1;
	return file_write(path, buffer_text(&text), text.len, 0666, err);
}

/* The id under which the layout lists the key: what the file name of a link
 * has to begin with. */
static const char *listed_id(const struct layout *layout,
			     const struct layout_item *step,
			     const struct key *key)
{
	size_t i;

	for (i = 0; i < step->pubkeys.n; i++) {
		const char *id = step->pubkeys.items[i];
		const struct key *listed = layout_step_key(layout, step, id);

		if (listed && key_same(listed, key))
			return id;
	}
	return key_id(key);
}

static int write_links(struct exporting *exporting, const struct chain *chain,
		       const char *dir, struct intoto_error *err)
{
	size_t i, j;

	for (i = 0; i < chain->n_steps; i++) {
		const struct chain_step *step = &chain->steps[i];

		for (j = 0; j < step->n_good; j++) {
			const struct chain_link *link = step->good[j];
			scoped_text name =
				xasprintf("%s.%.*s.link", step->item->name,
					  KEYID_SHOWN,
					  listed_id(chain->layout, step->item,
						    link->signer));
			scoped_text path = path_join(dir, name);

			if (write_envelope(exporting, path, link->envelope,
					   err) < 0)
				return -1;
			exporting->n_links++;
		}
	}
	return 0;
}

static int export_layout(struct exporting *exporting,
			 const struct inforce *inforce, const char *dir,
			 struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	scoped(chain) chain = NULL;
	scoped_text path = path_join(dir, "root.layout");

	if (file_mkdirs(dir, 0777, err) < 0 ||
	    chain_assign(&chain, inforce->envelope->layout,
			 exporting->links->candidates, exporting->links->n,
			 exporting->session.now, &report, err) < 0 ||
	    write_envelope(exporting, path, inforce->envelope, err) < 0 ||
	    write_links(exporting, chain, dir, err) < 0)
		return -1;
	say_warnings(&report.warnings);
	for (size_t i = 0; i < report.n; i++)
		say_warning("%s", report.items[i].message);
	return 0;
}

static int export_all(struct exporting *exporting, const char *tag,
		      struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	struct session *session = &exporting->session;
	const struct manifest_options hashing = {
		.progress = ui_progress_show,
		.progress_data = &exporting->progress,
	};
	scoped_text ref = NULL;
	struct oid oid;
	size_t i;

	if (session_tag(&ref, &oid, session, tag, err) < 0 ||
	    session_layouts(session, err) < 0 ||
	    tag_facts_read(&exporting->facts, session->repo, ref, &oid,
			   session->layouts.project, &hashing, err) < 0 ||
	    session_links(&exporting->links, &exporting->note, session,
			  exporting->facts, &report, err) < 0)
		return -1;
	ui_progress_stop(&exporting->progress);
	say_warnings(&report.warnings);
	for (i = 0; i < session->layouts.n; i++) {
		const struct inforce *inforce = session->layouts.items[i];
		scoped_text dir =
			session->layouts.n == 1
				? xstrdup(exporting->dir)
				: path_join(exporting->dir, inforce->name);

		if (export_layout(exporting, inforce, dir, err) < 0)
			return -1;
	}
	return 0;
}

int cmd_export(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(exporting) exporting = {
		.progress = ui_progress_start("hashing"),
	};
	const struct option options[] = {
		OPT_FLAG('f', "force", &exporting.force,
			 "overwrite files that are there"),
		OPT_END,
	};
	scoped_text name = NULL;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 2, 2, "a TAG and a DIR", usage, err) < 0 ||
	    session_open(&exporting.session, err) < 0)
		return -1;
	exporting.dir = argv[1];
	if (export_all(&exporting, argv[0], err) < 0)
		return -1;
	name = escape_text(refs_short(exporting.facts->ref));
	printf("exported %zu %s and %zu %s of %s to %s\n",
	       exporting.session.layouts.n,
	       exporting.session.layouts.n == 1 ? "layout" : "layouts",
	       exporting.n_links, exporting.n_links == 1 ? "link" : "links",
	       name, exporting.dir);
	return 0;
}
