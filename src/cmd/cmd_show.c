/* cmd_show.c: what is recorded for a tag, line by line. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/session.h"
#include "cmd/show_line.h"
#include "cmd/ui.h"
#include "cmd/verify_output.h"

static const char usage[] = "show [OPTION]... TAG";

struct showing {
	bool json;
	struct session session;
	struct ui_progress progress;
	struct tag_facts *facts;
	struct note note;
	struct vouched_tag vouched;
};

static void showing_release(struct showing *showing)
{
	ui_progress_stop(&showing->progress);
	note_release(&showing->note);
	vouched_tag_release(&showing->vouched);
	tag_facts_free(showing->facts);
	session_release(&showing->session);
}
SCOPED_RELEASE(showing);

/* Without a layout nobody is known, but what is recorded can be shown. */
static int load_layouts(struct session *session, struct intoto_error *err)
{
	if (session_layouts(session, err) == 0)
		return 0;
	if (err->code == INTOTO_EIO || err->code == INTOTO_ECHILD)
		return -1;
	say_warning("%s", err->message);
	return 0;
}

static int load(struct showing *showing, const char *name,
		struct intoto_error *err)
{
	struct session *session = &showing->session;
	const struct manifest_options hashing = {
		.progress = ui_progress_show,
		.progress_data = &showing->progress,
	};
	scoped_text links_ref = NULL;
	scoped_text ref = NULL;
	struct oid oid;

	if (session_open(session, err) < 0 ||
	    session_tag(&ref, &oid, session, name, err) < 0 ||
	    load_layouts(session, err) < 0 ||
	    tag_facts_read(&showing->facts, session->repo, ref, &oid,
			   session->layouts.project, &hashing, err) < 0)
		return -1;
	ui_progress_stop(&showing->progress);
	links_ref = notes_links_ref(&showing->facts->tag.oid);
	if (note_read(&showing->note, session->repo, links_ref,
		      &showing->facts->tag.oid, err) < 0)
		return -1;
	return show_vouched_read(&showing->vouched, session, showing->facts,
				 &showing->note, err);
}

/* Who claims to have signed the tag, and whether the tag step knows them. */
static char *signature_text(const struct showing *showing, bool *authorised)
{
	const struct tag_object *tag = &showing->facts->tag;
	struct intoto_error ignored = { 0 };
	char claim[128];

	*authorised = false;
	if (!tag->armor)
		return xstrdup("none");
	if (tag_signature_claim(claim, tag->armor, tag->armor_len, &ignored) <
	    0)
		return xstrdup("unreadable");
	*authorised = session_check_tagger(&showing->session, showing->facts,
					   &ignored) == 0;
	return xstrdup(claim);
}

static void print_head(const struct showing *showing)
{
	const struct tag_facts *facts = showing->facts;
	char tag[OID_HEX_SIZE], commit[OID_HEX_SIZE];
	char when[CLOCK_TEXT_SIZE];
	scoped_text tagger = escape_text(facts->tag.tagger);
	scoped_text name = escape_text(facts->tag.name);
	scoped_text signature = NULL;
	bool authorised;

	signature = signature_text(showing, &authorised);
	oid_hex(tag, &facts->tag.oid);
	oid_hex(commit, &facts->tag.commit);
	clock_format(when, facts->tag.tagger_time);
	printf("%s%s%s   tag %.*s   commit %.*s\n", ui_colour(stdout, UI_BOLD),
	       name, ui_colour(stdout, UI_PLAIN), SHORT_ID, tag, SHORT_ID,
	       commit);
	printf("tagger %s, %s\n", tagger, when);
	printf("signature %s%s\n", signature,
	       !facts->tag.armor ? ""
	       : authorised	 ? ", of a key of the tag step"
				 : ", not of a known key of the tag step");
	printf("tree of %zu %s\n", artifacts_count(facts->artifacts),
	       artifacts_count(facts->artifacts) == 1 ? "path" : "paths");
}

static json_t *head_json(const struct showing *showing)
{
	const struct tag_facts *facts = showing->facts;
	char tag[OID_HEX_SIZE], commit[OID_HEX_SIZE], tree[OID_HEX_SIZE];
	char when[CLOCK_TEXT_SIZE];
	scoped_text signature = NULL;
	scoped_text tagger = NULL;
	bool authorised;

	signature = signature_text(showing, &authorised);
	tagger = escape_text(facts->tag.tagger);
	oid_hex(tag, &facts->tag.oid);
	oid_hex(commit, &facts->tag.commit);
	oid_hex(tree, &facts->tree);
	clock_format(when, facts->tag.tagger_time);
	return json_pack("{ss ss ss ss ss ss ss sb sI}", "ref", facts->ref,
			 "tag", tag, "commit", commit, "tree", tree, "tagger",
			 tagger, "taggerTime", when, "signature", signature,
			 "authorised", (int)authorised, "paths",
			 (json_int_t)artifacts_count(facts->artifacts));
}

static int show(struct showing *showing, struct intoto_error *err)
{
	scoped_json object = NULL;
	json_t *lines = json_array();
	size_t i;

	object = head_json(showing);
	if (!object) {
		json_decref(lines);
		return intoto_fail(err, INTOTO_EINVALID,
				   "the name of tag '%s' is no UTF-8",
				   showing->facts->ref);
	}
	json_object_set_new(object, "lines", lines);
	if (!showing->json)
		print_head(showing);
	if (!showing->json && !showing->note.n)
		printf("nothing is recorded for it\n");
	for (i = 0; i < showing->note.n; i++) {
		scoped_value(show_line) line = { 0 };

		show_line_read(&line, &showing->note.lines[i],
			       &showing->session, showing->facts,
			       &showing->vouched);
		if (showing->json)
			json_array_append_new(lines, show_line_json(&line));
		else
			show_line_print(&line);
	}
	if (!showing->json) {
		show_vouched_print(&showing->vouched);
		return 0;
	}
	show_vouched_json(object, &showing->vouched);
	print_json(object);
	return 0;
}

int cmd_show(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(showing) showing = {
		.progress = ui_progress_start("hashing"),
	};
	const struct option options[] = {
		OPT_FLAG(0, "json", &showing.json, "print one JSON object"),
		OPT_END,
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a TAG", usage, err) < 0 ||
	    load(&showing, argv[0], err) < 0)
		return -1;
	return show(&showing, err);
}
