/* cmd_tag.c: make a signed tag and record the tag step, in one transaction. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/keyoptions.h"
#include "cmd/session.h"
#include "cmd/tag_resume.h"
#include "cmd/ui.h"
#include "policy/record.h"
#include "repo/git.h"
#include "repo/maketag.h"
#include "repo/signing.h"

#define MODE_SYMLINK 0120000
#define MODE_GITLINK 0160000
#define NAMES_SHOWN 3

static const char usage[] = "tag [OPTION]... NAME [COMMIT]\n"
			    "tag --existing [OPTION]... NAME";

struct tagging {
	/* what was asked for */
	const char *name;
	const char *revision;
	struct strlist messages;
	const char *file;
	const char *user;
	bool edit;
	bool sign;
	bool dsse;
	bool existing;
	bool supersede;
	bool force_new;
	struct key_options key;

	/* what it takes */
	struct session session;
	struct ui_progress progress;
	struct manifest_options hashing;
	char *ref;
	struct signer *signer;
	struct tag_facts *facts;
};

static void tagging_release(struct tagging *tagging)
{
	ui_progress_stop(&tagging->progress);
	tag_facts_free(tagging->facts);
	signer_free(tagging->signer);
	session_release(&tagging->session);
	strlist_release(&tagging->messages);
	free(tagging->ref);
}
SCOPED_RELEASE(tagging);

static int parse(struct tagging *tagging, int argc, char **argv,
		 struct intoto_error *err)
{
	const struct option options[] = {
		OPT_LIST('m', "message", &tagging->messages, "TEXT",
			 "the tag's message; a paragraph each"),
		OPT_STRING('F', "file", &tagging->file, "FILE",
			   "the message is in FILE"),
		OPT_FLAG('e', "edit", &tagging->edit,
			 "edit the message of -m or -F"),
		OPT_STRING('u', "local-user", &tagging->user, "KEYID",
			   "sign the tag with this key, as git tag -u does"),
		OPT_FLAG('s', "sign", &tagging->sign, NULL),
		KEY_OPTIONS(&tagging->key),
		OPT_FLAG(0, "dsse", &tagging->dsse,
			 "store the link as a DSSE envelope"),
		OPT_FLAG(0, "existing", &tagging->existing,
			 "record the tag step for a signed tag that is there"),
		OPT_FLAG(0, "supersede", &tagging->supersede,
			 "withdraw a link of this key that says otherwise"),
		OPT_FLAG(0, "force-new", &tagging->force_new,
			 "do not finish a tag that was cut short"),
		OPT_END,
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 2, "a NAME", usage, err) < 0 ||
	    key_options_check(&tagging->key, err) < 0)
		return -1;
	tagging->name = argv[0];
	tagging->revision = argc > 1 ? argv[1] : NULL;
	if (tagging->messages.n && tagging->file)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "options '-m' and '-F' exclude each other");
	if (tagging->existing && (tagging->messages.n || tagging->file ||
				  tagging->edit || tagging->user))
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--existing' makes no tag, so it "
				   "takes no message and no '-u'");
	return 0;
}

/* The tag's name is right, and free. */
static int check_name(struct tagging *tagging, struct intoto_error *err)
{
	struct intoto_error missing = { 0 };
	scoped_text name = NULL;
	struct oid oid;

	if (refs_tag_name(&tagging->ref, tagging->name, err) < 0)
		return -1;
	if (refs_read(&oid, tagging->session.repo, tagging->ref, &missing) <
	    0) {
		if (missing.code == INTOTO_ENOTFOUND)
			return 0;
		*err = missing;
		return -1;
	}
	intoto_fail(err, INTOTO_EINVALID, "tag '%s' already exists",
		    refs_short(tagging->ref));
	name = quote_word(refs_short(tagging->ref));
	return intoto_hint(err, "git intoto tag --existing %s", name);
}

/* Stock in-toto reads the file behind a link and nothing of a submodule: where
 * its links must agree with ours, a rule has to pass over these paths. */
static void note_odd_paths(const struct manifest *manifest)
{
	scoped_value(buffer) names = BUFFER_INIT;
	const char *first = NULL;
	size_t n = 0, i;

	for (i = 0; i < manifest->n; i++) {
		const struct manifest_entry *entry = &manifest->entries[i];

		if (entry->mode != MODE_SYMLINK && entry->mode != MODE_GITLINK)
			continue;
		if (!first)
			first = entry->path;
		if (n++ < NAMES_SHOWN)
			buffer_printf(&names, "%s'%s'", n > 1 ? ", " : "",
				      entry->path);
	}
	if (!n)
		return;
	if (n > NAMES_SHOWN)
		buffer_printf(&names, " and %zu more", n - NAMES_SHOWN);
	say_note("symbolic links and submodules are recorded by their target "
		 "and commit id, which stock in-toto does otherwise: %s; the "
		 "rule 'ALLOW %s' before a MATCH lets both agree",
		 buffer_text(&names), first);
}

/* Everything that can be refused without having made anything. */
static int prepare(struct manifest **manifest, struct tagging *tagging,
		   const struct oid *commit, struct intoto_error *err)
{
	scoped(artifacts) artifacts = NULL;
	scoped_value(commit_info) info = { 0 };
	struct session *session = &tagging->session;

	if (commit_read(&info, session->repo, commit, err) < 0 ||
	    manifest_record(manifest, session->repo, &info.tree,
			    &tagging->hashing, err) < 0)
		return -1;
	ui_progress_stop(&tagging->progress);
	if (manifest_artifacts(&artifacts, *manifest, err) < 0)
		return -1;
	note_odd_paths(*manifest);
	tagging->key.large = key_options_large(*manifest);
	return 0;
}

static struct record record_of(const struct tagging *tagging)
{
	return (struct record){
		.repo = tagging->session.repo,
		.facts = tagging->facts,
		.layouts = &tagging->session.layouts,
		.step = tagging->session.tag_step,
		.signer = tagging->signer,
		.dsse = tagging->dsse,
		.supersede = tagging->supersede,
		.now = tagging->session.now,
	};
}

static int open_signer(struct tagging *tagging, struct intoto_error *err)
{
	struct record record;

	if (key_options_open(&tagging->signer, &tagging->key,
			     tagging->session.repo, tagging->user, err) < 0)
		return -1;
	if (tagging->dsse &&
	    key_type(signer_key(tagging->signer)) == KEY_OPENPGP) {
		intoto_fail(err, INTOTO_EUNSUPPORTED,
			    "a DSSE envelope cannot carry an OpenPGP "
			    "signature");
		return intoto_hint(err, "git intoto tag %s", tagging->name);
	}
	record = record_of(tagging);
	return record_check_key(&record, err);
}

/* The private agent's socket, if git signs the tag with the key that it has:
 * then the passphrase is asked for once. With another key the user's own agent
 * must stay in reach. */
static const char *agent_for_git(const struct tagging *tagging)
{
	const char *socket = signer_agent_socket(tagging->signer);
	struct intoto_error ignored = { 0 };
	struct key_settings settings;
	scoped_text spec = NULL;
	scoped(key) key = NULL;

	if (!socket)
		return NULL;
	key_options_settings(&settings, &tagging->key, tagging->session.repo);
	if (signing_tag_key(&spec, tagging->session.repo, tagging->user,
			    &ignored) < 0 ||
	    key_load(&key, spec, &settings, &ignored) < 0 ||
	    !key_same(key, signer_key(tagging->signer)))
		return NULL;
	return socket;
}

static int make_tag(struct tagging *tagging, const struct oid *commit,
		    struct manifest **manifest, struct intoto_error *err)
{
	struct maketag what = {
		.name = refs_short(tagging->ref),
		.commit = *commit,
		.messages =
			tagging->messages.n
				? (const char *const *)tagging->messages.items
				: NULL,
		.file = tagging->file,
		.edit = tagging->edit,
		.keyid = tagging->user,
		.agent_socket = agent_for_git(tagging),
	};
	struct oid tag;

	if (maketag_run(&tag, tagging->session.repo, &what, err) < 0)
		return -1;
	return tag_facts_of(&tagging->facts, tagging->session.repo,
			    tagging->ref, &tag,
			    tagging->session.layouts.project, manifest, err);
}

static int make_link(struct link **out, const struct tagging *tagging,
		     struct intoto_error *err)
{
	scoped(link) link = link_new(tagging->session.tag_step);
	struct artifacts *materials = NULL;

	if (manifest_artifacts(&materials, tagging->facts->manifest, err) < 0)
		return -1;
	artifacts_free(link->materials);
	link->materials = materials;
	json_decref(link->command);
	link->command = json_pack("[ssss]", "git", "tag", "-s",
				  refs_short(tagging->ref));
	if (!link->command)
		return intoto_fail(err, INTOTO_EINVALID,
				   "the tag's name '%s' is no UTF-8",
				   tagging->name);
	*out = take(link);
	return 0;
}

static int print_result(const struct tagging *tagging, const char *done,
			const char *links_ref, struct intoto_error *err)
{
	char tag[OID_HEX_SIZE], commit[OID_HEX_SIZE];
	const struct tag_facts *facts = tagging->facts;
	scoped_text name = escape_text(refs_short(facts->ref));
	scoped_text hint = NULL;

	oid_hex(tag, &facts->tag.oid);
	oid_hex(commit, &facts->tag.commit);
	if (record_push_hint(&hint, tagging->session.repo, links_ref,
			     facts->ref, true, &tagging->session.layouts,
			     err) < 0)
		return -1;
	printf("%s %s   tag %.*s   commit %.*s   %zu %s\n", done, name,
	       SHORT_ID, tag, SHORT_ID, commit,
	       artifacts_count(facts->artifacts),
	       artifacts_count(facts->artifacts) == 1 ? "path" : "paths");
	if (tagging->signer) {
		char by[64];

		key_describe(by, signer_key(tagging->signer));
		printf("  link of step '%s' signed by %s\n",
		       tagging->session.tag_step, by);
	}
	if (*hint)
		printf("%s\n", hint);
	return 0;
}

/* Sign the link and publish it, the notes ref first: a link without its tag
 * is harmless, a tag without its link is not. */
static int record(struct tagging *tagging, struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	struct record what = record_of(tagging);
	struct ref_update updates[2];
	scoped(link) link = NULL;
	scoped_text ref = NULL;
	bool is_new;
	int ret;

	if (make_link(&link, tagging, err) < 0)
		return -1;
	ret = record_link(&updates[0], &ref, &link, NULL, &what, &report, err);
	say_warnings(&report.warnings);
	if (ret < 0)
		return -1;
	is_new = !oid_equal(&updates[0].old, &updates[0].new_oid);
	updates[1] = (struct ref_update){
		.name = tagging->ref,
		.old = oid_null(),
		.new_oid = tagging->facts->tag.oid,
	};
	if (tagging->existing) {
		if (is_new && refs_transaction(tagging->session.repo, updates,
					       1, "in-toto: tag", err) < 0)
			return -1;
		return print_result(tagging,
				    is_new ? "recorded" : "already recorded",
				    ref, err);
	}
	if (refs_transaction(tagging->session.repo, updates, 2, "in-toto: tag",
			     err) < 0)
		return -1;
	return print_result(tagging, "tagged", ref, err);
}

/* Publish the tag whose making was cut short. */
static int finish_tag(struct tagging *tagging, struct intoto_error *err)
{
	scoped_text links_ref = notes_links_ref(&tagging->facts->tag.oid);
	struct ref_update update = {
		.name = tagging->ref,
		.old = oid_null(),
		.new_oid = tagging->facts->tag.oid,
	};

	if (refs_transaction(tagging->session.repo, &update, 1, "in-toto: tag",
			     err) < 0)
		return -1;
	say_note("an earlier 'git intoto tag %s' was cut short; this is the "
		 "tag that it made, with its message (--force-new makes "
		 "another one)",
		 refs_short(tagging->ref));
	return print_result(tagging, "finished", links_ref, err);
}

static int tag_new(struct tagging *tagging, struct intoto_error *err)
{
	struct session *session = &tagging->session;
	scoped(manifest) manifest = NULL;
	struct oid commit;

	if (check_name(tagging, err) < 0 ||
	    session_resolve(&commit, session->repo,
			    tagging->revision ? tagging->revision : "HEAD",
			    "commit", err) < 0 ||
	    session_layouts(session, err) < 0 ||
	    session_project(session, true, err) < 0)
		return -1;
	if (!tagging->force_new &&
	    tag_resume_find(&tagging->facts, session, tagging->ref, &commit,
			    &tagging->hashing, err) < 0)
		return -1;
	if (tagging->facts)
		return finish_tag(tagging, err);
	if (prepare(&manifest, tagging, &commit, err) < 0 ||
	    open_signer(tagging, err) < 0 ||
	    make_tag(tagging, &commit, &manifest, err) < 0 ||
	    session_check_tagger(session, tagging->facts, err) < 0)
		return -1;
	return record(tagging, err);
}

static int tag_existing(struct tagging *tagging, struct intoto_error *err)
{
	struct session *session = &tagging->session;
	struct oid oid, commit;

	if (session_tag(&tagging->ref, &oid, session, tagging->name, err) < 0 ||
	    session_layouts(session, err) < 0 ||
	    session_project(session, true, err) < 0 ||
	    tag_facts_read(&tagging->facts, session->repo, tagging->ref, &oid,
			   session->layouts.project, &tagging->hashing,
			   err) < 0)
		return -1;
	ui_progress_stop(&tagging->progress);
	if (tagging->revision) {
		if (session_resolve(&commit, session->repo, tagging->revision,
				    "commit", err) < 0)
			return -1;
		if (!oid_equal(&commit, &tagging->facts->tag.commit))
			return intoto_fail(err, INTOTO_EINVALID,
					   "tag '%s' is not of commit '%s'",
					   refs_short(tagging->ref),
					   tagging->revision);
	}
	note_odd_paths(tagging->facts->manifest);
	tagging->key.large = key_options_large(tagging->facts->manifest);
	if (session_check_addable(session, tagging->facts, err) < 0 ||
	    open_signer(tagging, err) < 0)
		return -1;
	return record(tagging, err);
}

int cmd_tag(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(tagging) tagging = {
		.messages = STRLIST_INIT,
		.progress = ui_progress_start("hashing"),
	};

	tagging.hashing = (struct manifest_options){
		.progress = ui_progress_show,
		.progress_data = &tagging.progress,
	};
	if (parse(&tagging, argc, argv, err) < 0 ||
	    session_open(&tagging.session, err) < 0)
		return -1;
	return tagging.existing ? tag_existing(&tagging, err)
				: tag_new(&tagging, err);
}
