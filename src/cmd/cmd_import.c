/* cmd_import.c: metadata made elsewhere becomes lines of a tag's note. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/import_files.h"
#include "cmd/options.h"
#include "cmd/sealing.h"
#include "cmd/session.h"
#include "cmd/ui.h"
#include "repo/config.h"

static const char usage[] = "import [OPTION]... FILE...";

struct importing {
	const char *tag;
	bool partial;

	struct session session;
	struct ui_progress progress;
	struct import import;
	struct tag_facts *facts;
	struct tag_links *links;
	struct note note;
	size_t n_new;
	size_t n_already;
	size_t n_refused;
};

static void importing_release(struct importing *importing)
{
	ui_progress_stop(&importing->progress);
	note_release(&importing->note);
	tag_links_free(importing->links);
	tag_facts_free(importing->facts);
	/* Signers are of the layouts, which the session has. */
	import_release(&importing->import);
	session_release(&importing->session);
}
SCOPED_RELEASE(importing);

/* What the links themselves name. */
static int find_tag(char **out, const struct importing *importing,
		    struct intoto_error *err)
{
	scoped_value(strlist) refs = STRLIST_INIT;
	scoped_text word = NULL;

	if (importing->tag) {
		*out = xstrdup(importing->tag);
		return 0;
	}
	import_refs(&refs, &importing->import);
	if (refs.n == 1) {
		*out = xstrdup(refs.items[0]);
		return 0;
	}
	if (refs.n) {
		word = quote_word(refs_short(refs.items[0]));
		intoto_fail(err, INTOTO_EINVALID,
			    "the links speak of %zu tags, '%s' and '%s' among "
			    "them: --tag says which is meant",
			    refs.n, refs_short(refs.items[0]),
			    refs_short(refs.items[1]));
		return intoto_hint(err,
				   "git intoto import --partial --tag %s ...",
				   word);
	}
	intoto_fail(err, INTOTO_EINVALID,
		    "no link names its tag: --tag says which is meant");
	return intoto_hint(err, "git intoto import --tag TAG ...");
}

static int load(struct importing *importing, struct intoto_error *err)
{
	struct session *session = &importing->session;
	const struct manifest_options hashing = {
		.progress = ui_progress_show,
		.progress_data = &importing->progress,
	};
	scoped_text name = NULL;
	scoped_text ref = NULL;
	struct oid oid;

	if (find_tag(&name, importing, err) < 0 ||
	    session_tag(&ref, &oid, session, name, err) < 0 ||
	    session_layouts(session, err) < 0 ||
	    session_project(session, false, err) < 0 ||
	    tag_facts_read(&importing->facts, session->repo, ref, &oid,
			   session->layouts.project, &hashing, err) < 0)
		return -1;
	ui_progress_stop(&importing->progress);
	return session_links(&importing->links, &importing->note, session,
			     importing->facts, NULL, err);
}

static int judge(struct importing *importing, struct intoto_error *err)
{
	const struct session *session = &importing->session;
	struct import_target target = {
		.repo = session->repo,
		.facts = importing->facts,
		.links = importing->links,
		.trust = session->trust,
		.layouts = &session->layouts,
		.tag_step = session->tag_step,
		.now = session->now,
	};

	if (config_max_link_size(&target.max_line, session->repo, err) < 0)
		return -1;
	return import_judge(&importing->import, &target, err);
}

static void tell_refused(const struct import_item *item)
{
	struct intoto_error err = { .code = INTOTO_EREJECTED };

	snprintf(err.reason, sizeof(err.reason), "%s", item->reason);
	snprintf(err.message, sizeof(err.message), "'%s': %s: %s", item->origin,
		 item->what, item->message);
	say_error(&err);
}

static void tell_item(const struct import_item *item, bool is_new)
{
	scoped_text what = escape_text(item->what);
	scoped_text origin = escape_text(item->origin);
	char by[64] = "";

	if (item->signer)
		key_describe(by, item->signer);
	printf("%s%s%s%s   %s\n", is_new ? "" : "already: ", what,
	       item->signer ? " by " : "", by, origin);
}

/* What is refused is said first; what would be imported only if it is. */
static void tell(struct importing *importing)
{
	const struct import *import = &importing->import;

	for (size_t i = 0; i < import->n; i++) {
		const struct import_item *item = &import->items[i];

		importing->n_new += item->state == IMPORT_NEW;
		importing->n_already += item->state == IMPORT_ALREADY;
		importing->n_refused += item->state == IMPORT_REFUSED;
		if (item->state == IMPORT_REFUSED)
			tell_refused(item);
	}
	for (size_t i = 0; i < import->n; i++) {
		const struct import_item *item = &import->items[i];
		const bool is_new = item->state == IMPORT_NEW;

		if (importing->n_refused && !importing->partial)
			return;
		if (is_new || item->state == IMPORT_ALREADY)
			tell_item(item, is_new);
	}
}

static int publish_lines(const struct importing *importing,
			 const struct oid *key, const struct strlist *lines,
			 struct intoto_error *err)
{
	struct repo *repo = importing->session.repo;
	scoped_text ref = notes_links_ref(key);
	scoped_text message = xasprintf("in-toto: import for tag '%s'",
					importing->facts->tag.name);
	struct ref_update update = { 0 };

	if (!lines->n)
		return 0;
	if (notes_prepare(&update, repo, ref, key, lines, message, err) < 0)
		return -1;
	return refs_transaction(repo, &update, 1, message, err);
}

/* One after the other: tag and commit may share a shard. */
static int publish(const struct importing *importing, struct intoto_error *err)
{
	const struct tag_object *tag = &importing->facts->tag;
	scoped_value(strlist) of_tag = STRLIST_INIT;
	scoped_value(strlist) of_commit = STRLIST_INIT;

	if (import_lines(&of_tag, &of_commit, &importing->import, err) < 0 ||
	    publish_lines(importing, &tag->oid, &of_tag, err) < 0)
		return -1;
	return publish_lines(importing, &tag->commit, &of_commit, err);
}

static int finish(struct importing *importing, struct intoto_error *err)
{
	scoped_text tag = escape_text(refs_short(importing->facts->ref));
	char *ref = importing->facts->ref;

	tell(importing);
	if (importing->n_refused && !importing->partial) {
		printf("nothing was imported: %zu refused\n",
		       importing->n_refused);
		say_hint("--partial imports the others");
		return CMD_REJECTED;
	}
	if (importing->n_new && publish(importing, err) < 0)
		return -1;
	printf("imported %zu %s into the notes of %s", importing->n_new,
	       importing->n_new == 1 ? "line" : "lines", tag);
	if (importing->n_already)
		printf("; %zu %s there already", importing->n_already,
		       importing->n_already == 1 ? "was" : "were");
	if (importing->n_refused)
		printf("; %zu refused", importing->n_refused);
	putchar('\n');
	return importing->n_new
		       ? sealing_print_push(&importing->session, &ref, 1, err)
		       : 0;
}

int cmd_import(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(importing) importing = {
		.progress = ui_progress_start("hashing"),
	};
	const struct option options[] = {
		OPT_STRING(0, "tag", &importing.tag, "TAG",
			   "what they are of (default: the tag they name)"),
		OPT_FLAG(0, "partial", &importing.partial,
			 "leave out what is refused"),
		OPT_END,
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, INT_MAX, "a FILE", usage, err) < 0 ||
	    session_open(&importing.session, err) < 0)
		return -1;
	for (int i = 0; i < argc; i++)
		if (import_read(&importing.import, argv[i], err) < 0)
			return -1;
	if (load(&importing, err) < 0 || judge(&importing, err) < 0)
		return -1;
	return finish(&importing, err);
}
