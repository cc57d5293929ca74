/* cmd_export.c: a tag's layout and links as in-toto's own files. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/session.h"
#include "cmd/ui.h"
#include "policy/folders.h"
#include "policy/seal.h"

static const char usage[] = "export [OPTION]... TAG DIR";

struct exporting {
	bool force;
	const char *dir;
	struct session session;
	struct ui_progress progress;
	struct tag_facts *facts;
	struct tag_links *links;
	struct note note;
	struct judgement *judgement; /* of a sealed tag alone */
	size_t n_links;
	size_t n_sublayouts;
};

static void exporting_release(struct exporting *exporting)
{
	ui_progress_stop(&exporting->progress);
	judgement_free(exporting->judgement);
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

/* The layout that judges the tag, the links that it is to see, and when. */
struct exported {
	const struct inforce *layout;
	struct inforce *sealed; /* what `layout` is for a sealed tag */
	struct tag_links links; /* borrowed, but for the arrays */
	int64_t now;
};

static void exported_release(struct exported *exported)
{
	inforce_free(exported->sealed);
	free(exported->links.envelopes);
	free(exported->links.bindings);
	free(exported->links.candidates);
}
SCOPED_RELEASE(exported);

static void see_link(struct exported *what, const struct tag_links *links,
		     size_t index)
{
	struct tag_links *seen = &what->links;

	seen->envelopes[seen->n] = links->envelopes[index];
	seen->bindings[seen->n] = links->bindings[index];
	seen->candidates[seen->n++] = links->candidates[index];
}

static int write_file(struct exporting *exporting, const char *dir,
		      const struct folder_file *file, struct intoto_error *err)
{
	scoped_text path = path_join(dir, file->path);
	scoped_text folder = xstrdup(path);

	*strrchr(folder, '/') = '\0';
	if (file_mkdirs(folder, 0777, err) < 0)
		return -1;
	return write_envelope(exporting, path, file->envelope, err);
}

static int write_layout(struct exporting *exporting,
			const struct exported *what, const char *dir,
			struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	scoped_value(folders) folders = { 0 };
	scoped_text path = path_join(dir, "root.layout");

	if (file_mkdirs(dir, 0777, err) < 0 ||
	    folders_list(&folders, what->layout->envelope->layout,
			 exporting->facts, &what->links, what->now, &report,
			 err) < 0 ||
	    write_envelope(exporting, path, what->layout->envelope, err) < 0)
		return -1;
	for (size_t i = 0; i < folders.n; i++)
		if (write_file(exporting, dir, &folders.items[i], err) < 0)
			return -1;
	exporting->n_links += folders.n - folders.n_sublayouts;
	exporting->n_sublayouts += folders.n_sublayouts;
	say_warnings(&report.warnings);
	for (size_t i = 0; i < report.n; i++)
		say_warning("%s", report.items[i].message);
	return 0;
}

static void say_sealed(const struct exporting *exporting,
		       const struct exported *what,
		       const struct judged_layout *judged)
{
	const struct layout *layout = what->layout->envelope->layout;
	const int64_t now = exporting->session.now;
	scoped_text tag = escape_text(refs_short(exporting->facts->ref));
	char date[CLOCK_TEXT_SIZE];

	say_note("version %" PRIu64 " of layout '%s' is written, for which the "
		 "owners sealed %s; version %" PRIu64 ", which is in force, "
		 "refuses it",
		 judged->sealed_version, judged->name, tag, judged->version);
	if (layout->expires > now)
		return;
	clock_format(date, layout->expires);
	say_warning("version %" PRIu64 " of layout '%s' expired %s: what does "
		    "not know of seals refuses it",
		    judged->sealed_version, judged->name, date);
}

/* Where a seal alone proves the tag: its version, and the links it lists. */
static int choose_sealed(struct exported *out,
			 const struct exporting *exporting,
			 const struct judged_layout *judged,
			 struct intoto_error *err)
{
	const struct tag_links *links = exporting->links;
	const struct seals *seals = exporting->judgement->seals;

	if (inforce_history_find(&out->sealed, exporting->session.repo,
				 judged->name, judged->sealed_digest, err) < 0)
		return -1;
	if (!out->sealed)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "layout sha256:%s is gone",
				   judged->sealed_digest);
	out->layout = out->sealed;
	out->links.n = 0;
	for (size_t i = 0; i < links->n; i++) {
		char identity[SHA256_HEX_SIZE];

		envelope_identity(identity, links->envelopes[i]);
		if (strlist_has(&judged->links, identity))
			see_link(out, links, i);
	}
	for (size_t i = 0; i < seals->n; i++)
		if (!strcmp(seals->items[i]->identity, judged->seal) &&
		    seals->items[i]->when < out->now)
			out->now = seals->items[i]->when;
	return 0;
}

static int export_layout(struct exporting *exporting, size_t index,
			 const char *dir, struct intoto_error *err)
{
	const struct session *session = &exporting->session;
	const struct tag_links *links = exporting->links;
	const struct judged_layout *judged =
		exporting->judgement ? &exporting->judgement->layouts[index]
				     : NULL;
	scoped_value(exported) what = {
		.layout = session->layouts.items[index],
		.now = session->now,
	};

	what.links.envelopes =
		xcalloc(links->n + 1, sizeof(*what.links.envelopes));
	what.links.bindings =
		xcalloc(links->n + 1, sizeof(*what.links.bindings));
	what.links.candidates =
		xcalloc(links->n + 1, sizeof(*what.links.candidates));
	for (size_t i = 0; i < links->n; i++)
		see_link(&what, links, i);
	if (judged && judged->sealed &&
	    choose_sealed(&what, exporting, judged, err) < 0)
		return -1;
	if (write_layout(exporting, &what, dir, err) < 0)
		return -1;
	if (what.sealed)
		say_sealed(exporting, &what, judged);
	return 0;
}

/* A tag that the owners sealed is judged, to learn by what. */
static int judge_if_sealed(struct exporting *exporting,
			   const struct manifest_options *hashing,
			   struct intoto_error *err)
{
	const struct session *session = &exporting->session;
	const struct inforce_set *layouts = &session->layouts;
	scoped_value(seals) seals = { 0 };
	struct judge_options options = {
		.trust = session->trust,
		.n_layouts = layouts->n,
		.now = session->now,
		.inspect = INSPECT_NO,
		.hashing = hashing,
		.no_side_effects = true,
	};
	const char **names;
	int ret;

	seals_collect(&seals, exporting->links, exporting->facts,
		      session->trust, session->now, NULL);
	if (!seals.n || trust_is_empty(session->trust))
		return 0;
	names = xcalloc(layouts->n + 1, sizeof(*names));
	for (size_t i = 0; i < layouts->n; i++)
		names[i] = layouts->items[i]->name;
	options.layouts = names;
	ret = judge_tag(&exporting->judgement, session->repo,
			exporting->facts->ref, &options, err);
	free(names);
	return ret;
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
			  exporting->facts, &report, err) < 0 ||
	    judge_if_sealed(exporting, &hashing, err) < 0)
		return -1;
	ui_progress_stop(&exporting->progress);
	say_warnings(&report.warnings);
	for (i = 0; i < session->layouts.n; i++) {
		scoped_text dir =
			session->layouts.n == 1
				? xstrdup(exporting->dir)
				: path_join(exporting->dir,
					    session->layouts.items[i]->name);

		if (export_layout(exporting, i, dir, err) < 0)
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
	printf("exported %zu %s", exporting.session.layouts.n,
	       exporting.session.layouts.n == 1 ? "layout" : "layouts");
	if (exporting.n_sublayouts)
		printf(", %zu %s", exporting.n_sublayouts,
		       exporting.n_sublayouts == 1 ? "sublayout"
						   : "sublayouts");
	printf(" and %zu %s of %s to %s\n", exporting.n_links,
	       exporting.n_links == 1 ? "link" : "links", name, exporting.dir);
	return 0;
}
