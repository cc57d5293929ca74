/* recording.c: hash files, run a command, and sign a link of both. */
#include "cmd/recording.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "policy/record.h"
#include "repo/config.h"
#include "repo/gitname.h"
#include "verify/files.h"

/* {"sha256":"<64 digits>"}, quotes, colon and comma around a name. */
#define ARTIFACT_SIZE 81
#define REST_SIZE ((size_t)16 << 10)
#define LINK_MAX_OUTSIDE ((size_t)64 << 20) /* where nothing is configured */

void recorder_release(struct recorder *recording)
{
	ui_progress_stop(&recording->progress);
	signer_free(recording->signer);
	tag_facts_free(recording->facts);
	session_release(&recording->session);
	strlist_release(&recording->exclude);
	strlist_release(&recording->lstrip);
}

int recorder_check(const struct recorder *recording, struct intoto_error *err)
{
	if (!recording->step)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "the step's name is missing: -n NAME");
	if (recording->tag && recording->commit)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "options '--tag' and '--commit' exclude "
				   "each other");
	if (recording->dir && (recording->tag || recording->commit))
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '-d' is for links in files, not for "
				   "those of a tag or commit");
	if (recording->parent && !recording->tag)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--parent' goes with --tag");
	if (recording->supersede && !recording->tag)
		return intoto_fail(
			err, INTOTO_EUSAGE,
			"option '--supersede' is for links of a tag: "
			"--tag TAG");
	if (name_check(recording->step, strlen(recording->step), "step", err) <
	    0)
		return -1;
	return key_options_check(&recording->key, err);
}

static void say_progress(void *data, size_t done, size_t total)
{
	ui_progress_show(done, total, data);
}

int recorder_files(struct artifacts **out, struct recorder *recording,
		   const struct strlist *paths, const char *what,
		   struct intoto_error *err)
{
	const struct files_resolver git = { GITNAME_SCHEME, gitname_record,
					    recording->session.repo };
	scoped_value(strlist) missing = STRLIST_INIT;
	const bool reference = recording->as_reference;
	const struct files_options options = {
		.exclude = recording->exclude.n ? &recording->exclude : NULL,
		.skip_git = !reference,
		.base = recording->base,
		.lstrip = &recording->lstrip,
		.normalize_line_endings = recording->normalize_line_endings,
		.follow_symlink_dirs =
			reference || recording->follow_symlink_dirs,
		.ignore_unreadable = recording->ignore_unreadable,
		.ignore_special = reference,
		.resolvers = &git,
		.n_resolvers = reference ? 0 : 1,
		.missing = reference ? NULL : &missing,
		.progress = say_progress,
		.progress_data = &recording->progress,
	};

	if (files_record(out, paths, &options, err) < 0)
		return -1;
	ui_progress_stop(&recording->progress);
	for (size_t i = 0; i < missing.n; i++)
		say_warning("%s '%s' is not there and was not recorded", what,
			    missing.items[i]);
	return 0;
}

void recorder_set(struct artifacts **slot, struct artifacts *set)
{
	artifacts_free(*slot);
	*slot = set;
}

/* A password, and the variables of `env:NAME`, are not for the command. */
static void hide_key(struct strlist *variables,
		     const struct recorder *recording)
{
	const struct repo *repo = recording->session.repo;
	const char *key = recording->key.key;

	if (!recording->as_reference)
		strlist_add(variables, "IN_TOTO_KEY_PW");
	if (!key && repo)
		key = config_get(repo, "intoto.signingkey");
	key_options_hide(variables, key);
}

static void set_byproducts(struct link *link,
			   const struct process_result *result, bool newlines)
{
	const int status = result->signal ? -result->signal : result->status;

	json_object_set_new(link->byproducts, "return-value",
			    json_integer(status));
	json_object_set_new(link->byproducts, "stdout",
			    build_run_text(&result->out, newlines));
	json_object_set_new(link->byproducts, "stderr",
			    build_run_text(&result->err, newlines));
}

int recorder_run(int *status, struct link *link,
		 const struct recorded_command *command,
		 const struct recorder *recording, struct intoto_error *err)
{
	scoped_value(process_result) result = { 0 };
	scoped_value(strlist) variables = STRLIST_INIT;
	const struct build_run what = {
		.command = command->argv,
		.dir = command->dir,
		.variables = &variables,
		.record_streams = command->streams,
		.silent = recording->as_reference,
		.keep_umask = true,
		.max_output = recording->max,
		.timeout = command->timeout,
	};

	hide_key(&variables, recording);
	if (build_run_words(link->command, command->argv, err) < 0 ||
	    build_run(&result, &what, err) < 0)
		return -1;
	if (result.interrupted) {
		say_note("'%s' was interrupted; nothing is recorded",
			 command->argv[0]);
		return 128 + result.interrupted;
	}
	*status = result.status;
	set_byproducts(link, &result, recording->as_reference);
	if (!result.status || command->record_failure)
		return 0;
	say_note("'%s' failed with exit status %d; nothing is recorded",
		 command->argv[0], result.status);
	return result.status;
}

char *recorder_file_name(const struct recorder *recording,
			 const struct envelope *envelope)
{
	if (!envelope->n_signatures)
		return xasprintf("%s.link", envelope->link->name);
	return xasprintf("%s.%.8s.link", envelope->link->name,
			 recording->primary_keyid
				 ? key_id(signer_key(recording->signer))
				 : envelope->signatures[0].keyid);
}

int recorder_sign(struct envelope **out, const struct recorder *recording,
		  struct link **link, struct intoto_error *err)
{
	const struct key *key = signer_key(recording->signer);

	if (envelope_sign_link(out, link, recording->dsse, recording->signer,
			       recording->max, err) < 0)
		return -1;
	if (recording->as_reference && key_type(key) != KEY_OPENPGP)
		snprintf((*out)->signatures[0].keyid, KEYID_SIZE, "%s",
			 recording->new_keyid ? key_id_new(key)
					      : key_id_old(key));
	return 0;
}

int recorder_write(const struct recorder *recording, const char *name,
		   const struct envelope *envelope, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_text path =
		path_join(recording->dir ? recording->dir : "", name);

	if (envelope_append_file(&text, envelope, err) < 0)
		return -1;
	return file_write(path, text.data, text.len, 0666, err);
}

struct counts {
	size_t materials;
	size_t products;
};

static struct counts counts_of(const struct link *link)
{
	return (struct counts){ artifacts_count(link->materials),
				artifacts_count(link->products) };
}

static void print_counts(const struct recorder *recording, struct counts n)
{
	scoped_text step = escape_text(recording->step);

	printf("recorded step '%s'   %zu %s   %zu %s\n", step, n.materials,
	       n.materials == 1 ? "material" : "materials", n.products,
	       n.products == 1 ? "product" : "products");
}

static int store_file(struct recorder *recording, struct link **link,
		      struct intoto_error *err)
{
	const struct counts counts = counts_of(*link);
	scoped(envelope) envelope = NULL;
	scoped_text name = NULL;
	scoped_text path = NULL;
	scoped_text shown = NULL;
	char by[64];

	if (recorder_sign(&envelope, recording, link, err) < 0)
		return -1;
	name = recorder_file_name(recording, envelope);
	if (recorder_write(recording, name, envelope, err) < 0)
		return -1;
	if (recording->quiet)
		return 0;
	path = path_join(recording->dir ? recording->dir : "", name);
	shown = escape_text(path);
	key_describe(by, signer_key(recording->signer));
	print_counts(recording, counts);
	printf("  '%s' signed by %s\n", shown, by);
	return 0;
}

static void print_place(const struct recorder *recording, bool is_new)
{
	const struct tag_facts *facts = recording->facts;
	char tag[OID_HEX_SIZE], commit[OID_HEX_SIZE], by[64];
	scoped_text name = NULL;

	oid_hex(commit, &facts->tag.commit);
	if (facts->ref) {
		name = escape_text(refs_short(facts->ref));
		oid_hex(tag, &facts->tag.oid);
		printf("  %s   tag %.*s   commit %.*s\n", name, SHORT_ID, tag,
		       SHORT_ID, commit);
	} else {
		printf("  commit %.*s\n", SHORT_ID, commit);
	}
	key_describe(by, signer_key(recording->signer));
	printf("  link %s by %s\n",
	       is_new ? "signed" : "was already there, signed", by);
}

static struct record record_of(const struct recorder *recording)
{
	return (struct record){
		.repo = recording->session.repo,
		.facts = recording->facts,
		.layouts = &recording->session.layouts,
		.step = recording->step,
		.parent = recording->parent,
		.signer = recording->signer,
		.dsse = recording->dsse,
		.supersede = recording->supersede,
		.now = recording->session.now,
	};
}

static int store_notes(struct recorder *recording, struct link **link,
		       struct intoto_error *err)
{
	const struct counts counts = counts_of(*link);
	const struct record what = record_of(recording);
	scoped_value(report) report = REPORT_INIT;
	scoped_text ref = NULL;
	scoped_text hint = NULL;
	struct ref_update update;
	bool is_new;
	int got;

	got = record_link(&update, &ref, link, NULL, &what, &report, err);
	say_warnings(&report.warnings);
	if (got < 0 && report.n && err->code == INTOTO_EREJECTED) {
		say_refusals(&report);
		return CMD_REJECTED;
	}
	if (got < 0)
		return -1;
	is_new = !oid_equal(&update.old, &update.new_oid);
	if ((is_new && refs_transaction(recording->session.repo, &update, 1,
					"in-toto: record", err) < 0) ||
	    record_push_hint(&hint, recording->session.repo, ref,
			     recording->facts->ref, false,
			     &recording->session.layouts, err) < 0)
		return -1;
	print_counts(recording, counts);
	print_place(recording, is_new);
	if (*hint)
		printf("%s\n", hint);
	return 0;
}

int recorder_store(struct recorder *recording, struct link **link,
		   struct intoto_error *err)
{
	return recording->facts ? store_notes(recording, link, err)
				: store_file(recording, link, err);
}

static int open_place(struct recorder *recording, struct intoto_error *err)
{
	struct session *session = &recording->session;
	struct intoto_error outside = { 0 };

	recording->progress = ui_progress_start("hashing");
	if (recording->tag || recording->commit) {
		if (session_open(session, err) < 0)
			return -1;
	} else if (!recording->as_reference) {
		session->now = clock_now();
		if (repo_open(&session->repo, REPO_OPEN_USER, &outside) < 0)
			session->repo = NULL;
	}
	recording->max = LINK_MAX_OUTSIDE;
	return session->repo ? config_max_link_size(&recording->max,
						    session->repo, err)
			     : 0;
}

static int read_facts(struct recorder *recording, struct intoto_error *err)
{
	const struct manifest_options hashing = {
		.progress = ui_progress_show,
		.progress_data = &recording->progress,
	};
	struct session *session = &recording->session;
	scoped_text ref = NULL;
	struct oid oid;
	int got;

	if (recording->tag &&
	    session_tag(&ref, &oid, session, recording->tag, err) < 0)
		return -1;
	if (recording->commit &&
	    session_resolve(&oid, session->repo, recording->commit, "commit",
			    err) < 0)
		return -1;
	if (session_layouts(session, err) < 0 ||
	    session_project(session, false, err) < 0)
		return -1;
	got = ref ? tag_facts_read(&recording->facts, session->repo, ref, NULL,
				   session->layouts.project, &hashing, err)
		  : tag_facts_read_commit(&recording->facts, session->repo,
					  &oid, session->layouts.project,
					  &hashing, err);
	ui_progress_stop(&recording->progress);
	return got;
}

static int open_key(struct recorder *recording, struct intoto_error *err)
{
	const struct key_options *key = &recording->key;

	if (!recording->session.repo && !key->key && !key->gpg) {
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "no key is named, and outside a repository none "
			    "is configured");
		return intoto_hint(err, "add --key FILE, or --gpg");
	}
	if (key_options_open(&recording->signer, key, recording->session.repo,
			     NULL, err) < 0)
		return -1;
	if (recording->dsse &&
	    key_type(signer_key(recording->signer)) == KEY_OPENPGP)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "a DSSE envelope cannot carry an OpenPGP "
				   "signature");
	return 0;
}

/* A link of a tag stands beside the tag step's, which must hold. */
static int check_place(struct recorder *recording, struct intoto_error *err)
{
	const struct record record = record_of(recording);
	scoped_value(report) report = REPORT_INIT;

	if (record_check_key(&record, err) < 0)
		return -1;
	if (recording->tag &&
	    session_judge_tag_step(&report, &recording->session,
				   recording->facts, JUDGE_THRESHOLD, err) < 0)
		return -1;
	say_refusals(&report);
	return report.n ? CMD_REJECTED : 0;
}

int recorder_open(struct recorder *recording, struct intoto_error *err)
{
	if (open_place(recording, err) < 0)
		return -1;
	return recording->tag || recording->commit ? read_facts(recording, err)
						   : 0;
}

/* What comes is taken to be as much as what there is. */
static bool is_large(const struct artifacts *hashed)
{
	const size_t n = artifacts_count(hashed);
	size_t size = REST_SIZE;

	for (size_t i = 0; i < n; i++)
		size += 2 * (artifacts_at(hashed, i).len + ARTIFACT_SIZE);
	return size > SIGNER_AGENT_MAX;
}

int recorder_open_key(struct recorder *recording,
		      const struct artifacts *hashed, struct intoto_error *err)
{
	recording->key.large = is_large(hashed);
	if (open_key(recording, err) < 0)
		return -1;
	return recording->facts ? check_place(recording, err) : 0;
}
