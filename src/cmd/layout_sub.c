/* git intoto layout sub: let a layout of its own do a step of a tag. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/keyoptions.h"
#include "cmd/layouts.h"
#include "cmd/sealing.h"
#include "cmd/ui.h"
#include "policy/record.h"
#include "policy/vouch.h"
#include "repo/config.h"

static const char usage[] = "layout sub [OPTION]... --step STEP TAG FILE";

struct subbing {
	const char *step;
	const char *parent;
	struct key_options key;
	char **operands; /* TAG FILE */

	struct session session;
	struct ui_progress progress;
	struct tag_facts *facts;
	struct signer *signer;
	struct envelope *layout;
	struct recorded_sublayout made;
};

static void subbing_release(struct subbing *subbing)
{
	ui_progress_stop(&subbing->progress);
	recorded_sublayout_release(&subbing->made);
	envelope_free(subbing->layout);
	signer_free(subbing->signer);
	tag_facts_free(subbing->facts);
	session_release(&subbing->session);
}
SCOPED_RELEASE(subbing);

static int parse(struct subbing *subbing, int argc, char **argv,
		 struct intoto_error *err)
{
	const struct option options[] = {
		OPT_STRING(0, "step", &subbing->step, "STEP",
			   "the step that it does"),
		OPT_STRING(0, "parent", &subbing->parent, "PLACE",
			   "the step is of the sublayout at PLACE"),
		KEY_OPTIONS(&subbing->key),
		OPT_END,
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 2, 2, "a TAG and a FILE, or a draft's NAME",
			     usage, err) < 0)
		return -1;
	subbing->operands = argv;
	if (!subbing->step)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "which step does it do? --step is missing");
	return key_options_check(&subbing->key, err);
}

/* A file as in-toto has them, or a draft that was made here. */
static int read_layout(struct subbing *subbing, struct intoto_error *err)
{
	const char *name = subbing->operands[1];
	struct repo *repo = subbing->session.repo;
	scoped_value(buffer) text = BUFFER_INIT;
	size_t max;

	if (!file_exists(name) && notes_layout_name_ok(name) &&
	    draft_exists(repo, name))
		return draft_load(&subbing->layout, repo, name, err);
	if (config_max_link_size(&max, repo, err) < 0 ||
	    file_read(&text, name, max, err) < 0)
		return -1;
	if (envelope_read(&subbing->layout, buffer_text(&text), text.len, false,
			  err) < 0)
		return intoto_context(err, "'%s': ", name);
	if (subbing->layout->content != CONTENT_LAYOUT)
		return intoto_fail(err, INTOTO_EINVALID, "'%s' is no layout",
				   name);
	return 0;
}

static int open_all(struct subbing *subbing, struct intoto_error *err)
{
	struct session *session = &subbing->session;
	const struct manifest_options hashing = {
		.progress = ui_progress_show,
		.progress_data = &subbing->progress,
	};
	scoped_text ref = NULL;
	struct oid oid;

	if (session_open(session, err) < 0 || read_layout(subbing, err) < 0 ||
	    session_tag(&ref, &oid, session, subbing->operands[0], err) < 0 ||
	    session_layouts(session, err) < 0 ||
	    session_project(session, false, err) < 0 ||
	    tag_facts_read(&subbing->facts, session->repo, ref, &oid,
			   session->layouts.project, &hashing, err) < 0)
		return -1;
	ui_progress_stop(&subbing->progress);
	return key_options_open(&subbing->signer, &subbing->key, session->repo,
				NULL, err);
}

static void print_steps(const struct subbing *subbing)
{
	const struct layout *layout = subbing->layout->layout;
	scoped_text tag = quote_word(refs_short(subbing->facts->ref));
	scoped_text place = quote_word(subbing->made.place);

	puts("its steps are recorded with:");
	for (size_t i = 0; i < layout->n_steps; i++) {
		scoped_text step = quote_word(layout->steps[i].name);

		printf("  git intoto run --tag %s --parent %s -n %s ...\n", tag,
		       place, step);
	}
}

static int print_made(struct subbing *subbing, struct intoto_error *err)
{
	scoped_text tag = escape_text(refs_short(subbing->facts->ref));
	scoped_text step = escape_text(subbing->step);
	char *ref = subbing->facts->ref;
	char by[64];

	key_describe(by, signer_key(subbing->signer));
	printf("%ssublayout of step '%s' of %s, version %" PRIu64
	       ", signed by %s\n",
	       subbing->made.added ? "" : "already: ", step, tag,
	       subbing->made.version, by);
	print_steps(subbing);
	return sealing_print_push(&subbing->session, &ref, 1, err);
}

int layout_sub(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(subbing) subbing = {
		.progress = ui_progress_start("hashing"),
	};
	scoped_value(strlist) lines = STRLIST_INIT;
	struct record record = { 0 };

	if (parse(&subbing, argc, argv, err) < 0 || open_all(&subbing, err) < 0)
		return -1;
	record = (struct record){
		.repo = subbing.session.repo,
		.facts = subbing.facts,
		.layouts = &subbing.session.layouts,
		.step = subbing.step,
		.parent = subbing.parent,
		.signer = subbing.signer,
		.now = subbing.session.now,
	};
	if (record_sublayout(&subbing.made, &lines,
			     subbing.layout->layout->signed_part, &record,
			     err) < 0 ||
	    vouch_publish(subbing.session.repo, subbing.facts, &lines,
			  "sublayout", err) < 0)
		return -1;
	return print_made(&subbing, err);
}
