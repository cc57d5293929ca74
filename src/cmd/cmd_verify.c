/* cmd_verify.c: is this tag proven, and do these files come from it? */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/keyoptions.h"
#include "cmd/keys.h"
#include "cmd/session.h"
#include "cmd/ui.h"
#include "cmd/verify_file.h"
#include "cmd/verify_output.h"
#include "repo/config.h"

#define METADATA_MAX ((size_t)64 << 20) /* outside a repository */

static const char usage[] =
	"verify [OPTION]... TAG [FILE...]\n"
	"verify --layout FILE --key KEY... [--link-dir DIR] [OPTION]...";

struct verifying {
	struct strlist layouts;
	struct strlist keys;
	struct strlist gpg;
	struct strlist layout_keys; /* to which `types` belong */
	struct strlist types;
	struct strlist params;
	struct parameters parameters;
	struct strlist explained;
	const char *gpg_home;
	const char *link_dir;
	const char *as;
	const char *at;
	int inspect;
	bool json;
	bool explain;
	bool strict;
	size_t timeout;

	int64_t now;
	char **operands; /* TAG FILE... */
	int n_operands;
};

static void verifying_release(struct verifying *verifying)
{
	strlist_release(&verifying->layouts);
	strlist_release(&verifying->keys);
	strlist_release(&verifying->gpg);
	strlist_release(&verifying->layout_keys);
	strlist_release(&verifying->types);
	strlist_release(&verifying->params);
	parameters_release(&verifying->parameters);
	strlist_release(&verifying->explained);
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
		OPT_SEVERAL('k', "layout-keys", &v->layout_keys, "KEY", NULL),
		OPT_SEVERAL(0, "verification-keys", &v->keys, "KEY", NULL),
		OPT_SEVERAL('g', "gpg", &v->gpg, "ID", NULL),
		OPT_STRING(0, "gpg-home", &v->gpg_home, "DIR", NULL),
		OPT_SEVERAL('t', "key-types", &v->types, "TYPE", NULL),
		OPT_STRING(0, "link-dir", &v->link_dir, "DIR",
			   "with a layout FILE: where its links are"),
		OPT_STRING(0, "as", &v->as, "NAME",
			   "the product's name, where the one FILE has "
			   "another"),
		OPT_LIST(0, "param", &v->params, "NAME=VALUE",
			 "stands for {NAME} in the layout's rules and "
			 "commands"),
		OPT_FLAG(0, "strict", &v->strict,
			 "refuse a step whose command is not the expected one"),
		OPT_CHOICE(0, "inspect", &v->inspect, INSPECT_YES,
			   "run the layout's inspections"),
		OPT_CHOICE(0, "no-inspect", &v->inspect, INSPECT_NO,
			   "judge without its inspections"),
		OPT_NUMBER(0, "inspection-timeout", &v->timeout, "SECONDS",
			   "how long an inspection may take; 0: no limit"),
		OPT_STRING(0, "at", &v->at, "DATE",
			   "judge expiry as of DATE (2026-11-22, or a time)"),
		OPT_FLAG(0, "explain", &v->explain,
			 "tell what every rule did, also where all is well"),
		OPT_FLAG(0, "json", &v->json, "print one JSON object"),
		OPT_END,
	};
	size_t i;

	if (options_parse(&argc, &argv, options, usage, err) < 0)
		return -1;
	for (i = 0; i < v->gpg.n; i++)
		strlist_addf(&v->keys, "gpg:%s", v->gpg.items[i]);
	v->parameters.strict = true;
	for (i = 0; i < v->params.n; i++)
		if (parameters_add(&v->parameters, v->params.items[i], err) < 0)
			return -1;
	v->now = clock_now();
	if (v->at && clock_parse_user(&v->now, v->at, v->now, err) < 0) {
		err->code = INTOTO_EUSAGE;
		return -1;
	}
	v->operands = argv;
	v->n_operands = argc;
	return 0;
}

static bool has_keys(const struct verifying *v)
{
	return v->keys.n || v->layout_keys.n;
}

/* A layout FILE rather than a layout's name. */
static bool is_file_mode(const struct verifying *v)
{
	return v->layouts.n == 1 && (has_keys(v) || v->link_dir) &&
	       file_exists(v->layouts.items[0]) &&
	       !file_is_dir(v->layouts.items[0]);
}

static int finish(const struct verifying *v, const struct judgement *judgement,
		  const char *file)
{
	struct verify_output output = {
		.judgement = judgement,
		.now = v->now,
		.now_given = v->at != NULL,
		.file = file,
		.explained = v->explain ? &v->explained : NULL,
	};
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

/* in-toto's -t: of which type each key of -k is. Ours is seen from the key. */
static int check_types(const struct verifying *v, const struct keys *keys,
		       struct intoto_error *err)
{
	static const char *const types[] = {
		[KEY_ED25519] = "ed25519",
		[KEY_RSA] = "rsa",
		[KEY_ECDSA] = "ecdsa",
		[KEY_OPENPGP] = "OpenPGP",
	};
	size_t i;

	if (v->types.n && v->types.n != v->layout_keys.n)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "%zu --key-types for %zu --layout-keys",
				   v->types.n, v->layout_keys.n);
	for (i = 0; i < v->types.n; i++) {
		const char *type = types[key_type(keys->items[i])];

		if (strcmp(v->types.items[i], type))
			return intoto_fail(err, INTOTO_EINVALID,
					   "key '%s' is an %s key, not of type "
					   "'%s'",
					   v->layout_keys.items[i], type,
					   v->types.items[i]);
	}
	return 0;
}

/* Those of -k first. */
static int load_keys(struct keys *out, const struct verifying *v,
		     struct repo *repo, struct intoto_error *err)
{
	struct key_settings settings;

	settings_of(&settings, v, repo);
	if (keys_load(out, &v->layout_keys, &settings, err) < 0 ||
	    check_types(v, out, err) < 0 ||
	    keys_load(out, &v->keys, &settings, err) < 0)
		return -1;
	return 0;
}

/* intoto.maxLinkSize of the repository that we are in, if we are in one. */
static int max_size(size_t *out, struct intoto_error *err)
{
	scoped(repo) repo = NULL;
	struct intoto_error outside = { 0 };

	*out = METADATA_MAX;
	if (repo_open(&repo, REPO_OPEN_USER, &outside) < 0)
		return 0;
	return config_max_link_size(out, repo, err);
}

static int file_mode(struct verifying *v, struct intoto_error *err)
{
	const char *layout = v->layouts.items[0];
	scoped(judgement) judgement = NULL;
	scoped_value(keys) keys = { 0 };
	struct filemode what = {
		.layout_path = layout,
		.link_dir = v->link_dir,
		.now = v->now,
		.parameters = &v->parameters,
		.strict = v->strict,
		.no_inspect = v->inspect == INSPECT_NO,
		.timeout = v->timeout,
	};
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
	if (!has_keys(v)) {
		intoto_fail(err, INTOTO_EUSAGE,
			    "whose layout is to be believed? --key is missing");
		return intoto_hint(err,
				   "git intoto verify --layout %s --key KEY",
				   layout);
	}
	if (load_keys(&keys, v, NULL, err) < 0 ||
	    max_size(&what.max_size, err) < 0)
		return -1;
	what.keys = (const struct key *const *)keys.items;
	what.n_keys = keys.n;
	if (verify_file(&judgement, &what, v->explain ? &v->explained : NULL,
			err) < 0)
		return -1;
	return finish(v, judgement, layout);
}

/* Trust in the keys of --key alone. */
static int trust_given_keys(struct trust **out, const struct verifying *v,
			    const struct session *session,
			    struct intoto_error *err)
{
	scoped_value(keys) keys = { 0 };

	if (load_keys(&keys, v, session->repo, err) < 0 ||
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
		.no_side_effects = has_keys(v) || v->at,
		.inspection_timeout = v->timeout,
		.parameters = &v->parameters,
		.strict = v->strict,
		.name_commits = true,
		.explain = v->explain ? &v->explained : NULL,
	};
	struct oid oid;
	int ret;

	if (session_open(&session, err) < 0)
		return -1;
	if (v->inspect == INSPECT_YES)
		options.inspect = INSPECT_YES;
	else if (v->inspect == INSPECT_NO)
		options.inspect = INSPECT_NO;
	if (has_keys(v) && trust_given_keys(&trust, v, &session, err) < 0)
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
