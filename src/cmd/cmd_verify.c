/* cmd_verify.c: is this tag proven, and do these files come from it? */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/keyoptions.h"
#include "cmd/session.h"
#include "cmd/ui.h"
#include "cmd/verify_file.h"
#include "cmd/verify_output.h"

static const char usage[] =
	"verify [OPTION]... TAG [FILE...]\n"
	"verify --layout FILE --key KEY... [--link-dir DIR]";

struct verifying {
	struct strlist layouts;
	struct strlist keys;
	struct strlist gpg;
	struct strlist types;
	const char *gpg_home;
	const char *link_dir;
	const char *as;
	const char *at;
	int inspect;
	bool json;

	int64_t now;
	char **operands; /* TAG FILE... */
	int n_operands;
};

static void verifying_release(struct verifying *verifying)
{
	strlist_release(&verifying->layouts);
	strlist_release(&verifying->keys);
	strlist_release(&verifying->gpg);
	strlist_release(&verifying->types);
}
SCOPED_RELEASE(verifying);

static int parse(struct verifying *v, int argc, char **argv,
		 struct intoto_error *err)
{
	const struct option options[] = {
		OPT_LIST('l', "layout", &v->layouts, "NAME",
			 "a layout that must hold; or a layout FILE"),
		OPT_LIST(0, "key", &v->keys, "KEY",
			 "trust this owner in this call, and no other"),
		OPT_SEVERAL('k', "layout-keys", &v->keys, "KEY", NULL),
		OPT_SEVERAL(0, "verification-keys", &v->keys, "KEY", NULL),
		OPT_SEVERAL('g', "gpg", &v->gpg, "ID", NULL),
		OPT_STRING(0, "gpg-home", &v->gpg_home, "DIR", NULL),
		OPT_SEVERAL('t', "key-types", &v->types, "TYPE", NULL),
		OPT_STRING(0, "link-dir", &v->link_dir, "DIR",
			   "with a layout FILE: where its links are"),
		OPT_STRING(0, "as", &v->as, "NAME",
			   "the product's name, where the one FILE has "
			   "another"),
		OPT_CHOICE(0, "inspect", &v->inspect, INSPECT_YES,
			   "run the layout's inspections"),
		OPT_CHOICE(0, "no-inspect", &v->inspect, INSPECT_NO,
			   "judge without its inspections"),
		OPT_STRING(0, "at", &v->at, "DATE",
			   "judge expiry as of DATE (2026-11-22, or a time)"),
		OPT_FLAG(0, "json", &v->json, "print one JSON object"),
		OPT_END,
	};
	size_t i;

	if (options_parse(&argc, &argv, options, usage, err) < 0)
		return -1;
	for (i = 0; i < v->gpg.n; i++)
		strlist_addf(&v->keys, "gpg:%s", v->gpg.items[i]);
	v->now = clock_now();
	if (v->at && clock_parse_user(&v->now, v->at, v->now, err) < 0) {
		err->code = INTOTO_EUSAGE;
		return -1;
	}
	v->operands = argv;
	v->n_operands = argc;
	return 0;
}

/* A layout FILE rather than a layout's name. */
static bool is_file_mode(const struct verifying *v)
{
	return v->layouts.n == 1 && (v->keys.n || v->link_dir) &&
	       file_exists(v->layouts.items[0]) &&
	       !file_is_dir(v->layouts.items[0]);
}

static int finish(const struct verifying *v, const struct judgement *judgement,
		  const char *file)
{
	struct verify_output output = { judgement, v->now, v->at != NULL,
					file };
	bool accepted = judgement_accepts(judgement);

	say_warnings(&judgement->report.warnings);
	if (v->json)
		verify_print_json(&output);
	else
		verify_print(&output);
	if (accepted)
		return 0;
	say_refusals(&judgement->report);
	if (!v->json)
		printf("%srejected:%s %zu reasons\n", ui_colour(stdout, UI_RED),
		       ui_colour(stdout, UI_PLAIN), judgement->report.n);
	return CMD_REJECTED;
}

static void settings_of(struct key_settings *out, const struct verifying *v,
			struct repo *repo)
{
	const struct key_options how = { .gpg_home = v->gpg_home };

	key_options_settings(out, &how, repo);
}

static int file_mode(struct verifying *v, struct intoto_error *err)
{
	const char *layout = v->layouts.items[0];
	scoped(judgement) judgement = NULL;
	scoped_value(keys) keys = { 0 };
	struct key_settings settings;
	int i;

	/* in-toto's own way of naming several keys after one option. */
	for (i = 0; i < v->n_operands; i++) {
		if (!file_exists(v->operands[i]))
			return intoto_fail(err, INTOTO_EUSAGE,
					   "'%s': a layout FILE is judged "
					   "without a TAG",
					   v->operands[i]);
		strlist_add(&v->keys, v->operands[i]);
	}
	if (!v->keys.n) {
		intoto_fail(err, INTOTO_EUSAGE,
			    "whose layout is to be believed? --key is missing");
		return intoto_hint(err,
				   "git intoto verify --layout %s --key KEY",
				   layout);
	}
	settings_of(&settings, v, NULL);
	if (keys_load(&keys, &v->keys, &settings, err) < 0 ||
	    verify_file(&judgement, layout, v->link_dir, &keys, v->now, err) <
		    0)
		return -1;
	return finish(v, judgement, layout);
}

/* Trust in the keys of --key alone. */
static int trust_given_keys(struct trust **out, const struct verifying *v,
			    const struct session *session,
			    struct intoto_error *err)
{
	scoped_value(keys) keys = { 0 };
	struct key_settings settings;

	settings_of(&settings, v, session->repo);
	if (keys_load(&keys, &v->keys, &settings, err) < 0 ||
	    trust_of_call(out, session->trust, keys.items, keys.n, err) < 0)
		return -1;
	say_note("the keys of --key are trusted for this call; nothing is "
		 "stored");
	return 0;
}

static int tag_mode(struct verifying *v, struct intoto_error *err)
{
	struct ui_progress progress = ui_progress_start("hashing");
	struct manifest_options hashing = { .progress = ui_progress_show,
					    .progress_data = &progress };
	scoped_value(session) session = { 0 };
	scoped(judgement) judgement = NULL;
	scoped(trust) trust = NULL;
	scoped_text ref = NULL;
	struct judge_options options = {
		.layouts = (const char *const *)v->layouts.items,
		.n_layouts = v->layouts.n,
		.now = v->now,
		.now_given = v->at != NULL,
		.files = (const char *const *)v->operands + 1,
		.n_files = (size_t)v->n_operands - 1,
		.as = v->as,
		.hashing = &hashing,
		.no_side_effects = v->keys.n || v->at,
	};
	struct oid oid;
	int ret;

	if (session_open(&session, err) < 0)
		return -1;
	if (v->inspect == INSPECT_YES)
		options.inspect = INSPECT_YES;
	else if (v->inspect == INSPECT_NO)
		options.inspect = INSPECT_NO;
	if (v->keys.n && trust_given_keys(&trust, v, &session, err) < 0)
		return -1;
	options.trust = trust ? trust : session.trust;
	if (trust_require(options.trust, err) < 0 ||
	    session_tag(&ref, &oid, &session, v->operands[0], err) < 0)
		return -1;
	ret = judge_tag(&judgement, session.repo, ref, &options, err);
	ui_progress_stop(&progress);
	return ret < 0 ? -1 : finish(v, judgement, NULL);
}

static int verify(struct verifying *v, struct intoto_error *err)
{
	if (is_file_mode(v))
		return file_mode(v, err);
	if (v->link_dir && v->layouts.n == 1)
		return intoto_fail(err, INTOTO_ENOTFOUND, "no layout file '%s'",
				   v->layouts.items[0]);
	if (v->link_dir)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--link-dir' goes with one "
				   "--layout FILE");
	if (options_operands(v->n_operands, 1, INT_MAX, "a TAG", usage, err) <
	    0)
		return -1;
	if (v->as && v->n_operands != 2)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--as' goes with exactly one FILE");
	return tag_mode(v, err);
}

int cmd_verify(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(verifying) verifying = { .inspect = INSPECT_UNSAID };
	int ret;

	if (parse(&verifying, argc, argv, err) < 0)
		return -1;
	ret = verify(&verifying, err);
	if (ret < 0 && verifying.json)
		verify_print_json_error(err);
	return ret;
}
