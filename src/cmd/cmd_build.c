/* cmd_build.c: build a tag from a clean tree and record the step. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/build_env.h"
#include "cmd/build_run.h"
#include "cmd/cmd.h"
#include "cmd/keyoptions.h"
#include "cmd/built.h"
#include "cmd/session.h"
#include "cmd/ui.h"
#include "policy/record.h"
#include "repo/cleanroom.h"
#include "repo/config.h"
#include "repo/git.h"

static const char usage[] = "build [OPTION]... -p PATTERN -- CMD [ARG]...";

struct building {
	/* what was asked for */
	const char *step;
	const char *parent;
	const char *tag;
	const char *out;
	const char *env;
	struct strlist patterns;
	struct key_options key;
	struct cleanroom_options room_options;
	bool record_streams;
	bool keep;
	bool supersede;
	bool dsse;
	char **command;

	/* what it takes */
	struct session session;
	struct ui_progress progress;
	struct manifest_options hashing;
	struct tag_facts *facts;
	struct signer *signer;
	struct cleanroom room;
	struct strlist variables;
	struct built products;
	struct process_result result;
};

static void building_release(struct building *building)
{
	ui_progress_stop(&building->progress);
	process_result_release(&building->result);
	built_release(&building->products);
	strlist_release(&building->variables);
	cleanroom_release(&building->room);
	signer_free(building->signer);
	tag_facts_free(building->facts);
	session_release(&building->session);
	strlist_release(&building->patterns);
}
SCOPED_RELEASE(building);

static int split_command(struct building *building, int *argc, char **argv,
			 struct intoto_error *err)
{
	int i;

	building->command = build_run_split(argc, argv);
	if (building->command)
		return 0;
	for (i = 1; i < *argc; i++)
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
			return 0;
	intoto_fail(err, INTOTO_EUSAGE, "the command to run is missing");
	return intoto_hint(err, "git intoto build -p 'dist/*' -- make dist");
}

static int check_options(const struct building *building, int argc, char **argv,
			 struct intoto_error *err)
{
	if (argc) {
		intoto_fail(err, INTOTO_EUSAGE,
			    "word '%s' is no option; the tag is named by "
			    "--tag, the command stands after --",
			    argv[0]);
		return intoto_hint(err,
				   "git intoto build --tag %s -p 'dist/*' "
				   "-- make dist",
				   argv[0]);
	}
	if (!building->patterns.n) {
		intoto_fail(err, INTOTO_EUSAGE,
			    "which files are the products? -p is missing");
		return intoto_hint(err,
				   "git intoto build -p 'dist/*' -- make dist");
	}
	if (building->env && strcmp(building->env, "keep") &&
	    strcmp(building->env, "clean"))
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--env' takes 'keep' or 'clean'");
	return key_options_check(&building->key, err);
}

static int parse(struct building *building, int argc, char **argv,
		 struct intoto_error *err)
{
	const struct option options[] = {
		OPT_SEVERAL('p', "product", &building->patterns, "PATTERN",
			    "files of the tree that are products"),
		OPT_SEVERAL(0, "products", &building->patterns, "PATTERN",
			    NULL),
		OPT_STRING(0, "tag", &building->tag, "TAG",
			   "build TAG (default: the one at HEAD)"),
		OPT_STRING(0, "step", &building->step, "NAME",
			   "the layout's step (default: build)"),
		OPT_STRING('n', "step-name", &building->step, "NAME", NULL),
		OPT_STRING(0, "parent", &building->parent, "PLACE",
			   "the step is of the sublayout at PLACE"),
		OPT_STRING(0, "out", &building->out, "DIR",
			   "copy the products to DIR (default: .)"),
		KEY_OPTIONS(&building->key),
		OPT_STRING(0, "env", &building->env, "keep",
			   "keep time, locale and umask as they are"),
		OPT_FLAG('s', "record-streams", &building->record_streams,
			 "record what the command prints"),
		OPT_FLAG(0, "recurse-submodules",
			 &building->room_options.recurse_submodules,
			 "check out submodules as well"),
		OPT_FLAG(0, "allow-filters",
			 &building->room_options.allow_filters,
			 "let filters change files; they are listed"),
		OPT_FLAG(0, "keep", &building->keep,
			 "keep the folder of the build"),
		OPT_FLAG(0, "supersede", &building->supersede,
			 "withdraw a link of this key that says otherwise"),
		OPT_FLAG(0, "dsse", &building->dsse,
			 "store the link as a DSSE envelope"),
		OPT_END,
	};

	if (split_command(building, &argc, argv, err) < 0 ||
	    options_parse(&argc, &argv, options, usage, err) < 0)
		return -1;
	return check_options(building, argc, argv, err);
}

/* The one annotated tag at HEAD. */
static int tag_at_head(char **out, struct repo *repo, struct intoto_error *err)
{
	const char *args[] = { "for-each-ref",
			       "--format=%(objecttype) "
			       "%(refname)",
			       "--points-at",
			       NULL,
			       "refs/tags",
			       NULL };
	scoped_value(buffer) names = BUFFER_INIT;
	scoped_text list = NULL;
	scoped_text found = NULL;
	scoped_text name = NULL;
	char hex[OID_HEX_SIZE];
	struct oid head;
	char *line, *rest = NULL;
	size_t n = 0;

	if (session_resolve(&head, repo, "HEAD", "commit", err) < 0)
		return -1;
	oid_hex(hex, &head);
	args[3] = hex;
	if (git_line(&list, repo, args, err) < 0)
		return -1;
	for (line = strtok_r(list, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "tag ", 4))
			continue;
		buffer_printf(&names, "%s'%s'", n++ ? ", " : "",
			      refs_short(line + 4));
		if (!found)
			found = xstrdup(line + 4);
	}
	if (n == 1) {
		*out = take(found);
		return 0;
	}
	if (n)
		intoto_fail(err, INTOTO_EINVALID,
			    "several tags are at HEAD: %s",
			    buffer_text(&names));
	else
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "no annotated tag is at HEAD");
	name = quote_word(n ? refs_short(found) : "TAG");
	return intoto_hint(err, "git intoto build --tag %s ...", name);
}

static int read_facts(struct building *building, struct intoto_error *err)
{
	struct session *session = &building->session;
	scoped_text ref = NULL;
	struct oid oid;

	if (!building->tag && tag_at_head(&ref, session->repo, err) < 0)
		return -1;
	if (building->tag &&
	    session_tag(&ref, &oid, session, building->tag, err) < 0)
		return -1;
	if (session_layouts(session, err) < 0 ||
	    session_project(session, false, err) < 0 ||
	    tag_facts_read(&building->facts, session->repo, ref, NULL,
			   session->layouts.project, &building->hashing,
			   err) < 0)
		return -1;
	ui_progress_stop(&building->progress);
	building->key.large = key_options_large(building->facts->manifest);
	return 0;
}

static struct record record_of(const struct building *building)
{
	return (struct record){
		.repo = building->session.repo,
		.facts = building->facts,
		.layouts = &building->session.layouts,
		.step = building->step,
		.parent = building->parent,
		.signer = building->signer,
		.dsse = building->dsse,
		.supersede = building->supersede,
		.now = building->session.now,
	};
}

static int open_signer(struct building *building, struct intoto_error *err)
{
	struct record record;

	if (key_options_open(&building->signer, &building->key,
			     building->session.repo, NULL, err) < 0)
		return -1;
	if (building->dsse &&
	    key_type(signer_key(building->signer)) == KEY_OPENPGP)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "a DSSE envelope cannot carry an OpenPGP "
				   "signature");
	record = record_of(building);
	return record_check_key(&record, err);
}

/* What can be refused is refused before the command runs: a build may take
 * hours. */
static int prepare(struct building *building, struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	struct session *session = &building->session;
	const char *key = building->key.key;

	if (!key)
		key = config_get(session->repo, "intoto.signingkey");
	if (read_facts(building, err) < 0 || open_signer(building, err) < 0 ||
	    session_judge_tag_step(&report, session, building->facts,
				   JUDGE_THRESHOLD, err) < 0)
		return -1;
	if (report.n) {
		say_refusals(&report);
		return CMD_REJECTED;
	}
	if (cleanroom_open(&building->room, session->repo,
			   &building->facts->tag.commit,
			   building->facts->manifest, &building->room_options,
			   err) < 0)
		return -1;
	return build_env(&building->variables, session->repo,
			 &building->facts->tag.commit, key,
			 !building->env || strcmp(building->env, "keep") != 0,
			 err);
}

static int run_command(struct building *building, struct intoto_error *err)
{
	struct build_run what = {
		.command = building->command,
		.dir = building->room.tree,
		.variables = &building->variables,
		.record_streams = building->record_streams,
		.keep_umask = building->env && !strcmp(building->env, "keep"),
	};

	if (config_max_link_size(&what.max_output, building->session.repo,
				 err) < 0 ||
	    build_run(&building->result, &what, err) < 0)
		return -1;
	if (building->result.interrupted) {
		say_note("'%s' was interrupted; nothing is recorded",
			 building->command[0]);
		return 128 + building->result.interrupted;
	}
	if (building->result.status)
		say_note("'%s' failed with exit status %d; nothing is recorded",
			 building->command[0], building->result.status);
	return building->result.status;
}

static int make_link(struct link **out, const struct building *building,
		     struct intoto_error *err)
{
	scoped(link) link = link_new(building->step);
	scoped(artifacts) materials = NULL;
	scoped(artifacts) products = NULL;

	if (manifest_artifacts(&materials, building->facts->manifest, err) <
		    0 ||
	    built_artifacts(&products, &building->products, err) < 0)
		return -1;
	artifacts_free(link->materials);
	artifacts_free(link->products);
	link->materials = take(materials);
	link->products = take(products);
	if (build_run_words(link->command, building->command, err) < 0)
		return -1;
	json_object_set_new(link->byproducts, "return-value", json_integer(0));
	if (building->record_streams) {
		json_object_set_new(link->byproducts, "stdout",
				    build_run_text(&building->result.out,
						   false));
		json_object_set_new(link->byproducts, "stderr",
				    build_run_text(&building->result.err,
						   false));
	}
	*out = take(link);
	return 0;
}

/* The members of environment.git that only a build has. */
static json_t *make_extra(const struct building *building)
{
	const struct strlist *filtered = &building->room.filtered;
	json_t *extra = json_object();
	json_t *paths;
	size_t i;

	json_object_set_new(extra, "env", build_env_json(&building->variables));
	if (!filtered->n)
		return extra;
	paths = json_array();
	for (i = 0; i < filtered->n; i++)
		json_array_append_new(paths, json_string(filtered->items[i]));
	json_object_set_new(extra, "filtered", paths);
	return extra;
}

static int print_result(const struct building *building, bool is_new,
			const char *links_ref, struct intoto_error *err)
{
	const struct tag_facts *facts = building->facts;
	const struct built *products = &building->products;
	char tag[OID_HEX_SIZE], commit[OID_HEX_SIZE], by[64];
	scoped_text name = escape_text(refs_short(facts->ref));
	scoped_text hint = NULL;
	size_t i;

	if (record_push_hint(&hint, building->session.repo, links_ref,
			     facts->ref, false, &building->session.layouts,
			     err) < 0)
		return -1;
	oid_hex(tag, &facts->tag.oid);
	oid_hex(commit, &facts->tag.commit);
	key_describe(by, signer_key(building->signer));
	printf("built %s   tag %.*s   commit %.*s   %zu %s\n", name, SHORT_ID,
	       tag, SHORT_ID, commit, products->n,
	       products->n == 1 ? "product" : "products");
	for (i = 0; i < products->n; i++) {
		scoped_text shown = escape_text(products->items[i].path);

		printf("  %s\n", shown);
	}
	printf("  link of step '%s' %s by %s\n", building->step,
	       is_new ? "signed" : "was already there, signed", by);
	if (*hint)
		printf("%s\n", hint);
	return 0;
}

/* The products come out before anything is published: a link without its files
 * would stand in the way of the next build. */
static int record(struct building *building, struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	struct record what = record_of(building);
	scoped_json extra = make_extra(building);
	struct ref_update update;
	scoped(link) link = NULL;
	scoped_text ref = NULL;
	bool is_new;
	int ret;

	if (make_link(&link, building, err) < 0)
		return -1;
	ret = record_link(&update, &ref, &link, extra, &what, &report, err);
	say_warnings(&report.warnings);
	if (ret < 0 && report.n && err->code == INTOTO_EREJECTED) {
		say_refusals(&report);
		return CMD_REJECTED;
	}
	if (ret < 0 ||
	    built_copy(&building->products, building->room.tree, building->out,
		       building->facts->artifacts, err) < 0)
		return -1;
	is_new = !oid_equal(&update.old, &update.new_oid);
	if (is_new && refs_transaction(building->session.repo, &update, 1,
				       "in-toto: build", err) < 0)
		return -1;
	return print_result(building, is_new, ref, err);
}

static int build(struct building *building, struct intoto_error *err)
{
	int ret = prepare(building, err);

	if (ret == 0)
		ret = run_command(building, err);
	if (ret == 0)
		ret = built_find(&building->products, building->room.tree,
				 &building->patterns, err);
	if (ret == 0)
		ret = record(building, err);
	if (building->keep && building->room.tree) {
		say_note("the tree of the build is kept in '%s'",
			 building->room.tree);
		tempdir_keep(&building->room.dir);
	}
	return ret;
}

int cmd_build(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(building) building = {
		.step = "build",
		.out = ".",
		.progress = ui_progress_start("hashing"),
	};

	building.hashing = (struct manifest_options){
		.progress = ui_progress_show,
		.progress_data = &building.progress,
	};
	if (parse(&building, argc, argv, err) < 0 ||
	    session_open(&building.session, err) < 0)
		return -1;
	return build(&building, err);
}
