/* The rows of `git intoto layout` that put a draft in force. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "cmd/layouts.h"
#include "cmd/options.h"
#include "cmd/sealing.h"
#include "cmd/signers.h"
#include "cmd/trusting.h"
#include "cmd/ui.h"
#include "policy/publish.h"

struct signing {
	const char *name;
	const char *digest; /* of the pending one that is meant; or NULL */
	bool yes;
	struct signers by;
	struct sealing sealing;
	struct session session;
};

static void signing_release(struct signing *signing)
{
	signers_release(&signing->by);
	sealing_release(&signing->sealing);
	session_release(&signing->session);
}
SCOPED_RELEASE(signing);

static int open_signers(struct signing *signing, struct intoto_error *err)
{
	return signing->by.n
		       ? 0
		       : signers_open(&signing->by, signing->session.repo, err);
}

/* What a signer should know before: this is the last moment to change it. */
static void say_doubts(const struct signing *signing,
		       const struct layout_draft *draft)
{
	const struct layout *before =
		draft->before ? draft->before->envelope->layout : NULL;
	const uint64_t version = draft->envelope->layout->stamp.version;
	scoped_value(strlist) complaints = STRLIST_INIT;

	layout_lint(&complaints, draft->envelope->layout, signing->session.now);
	say_warnings(&complaints);
	if (before && version > before->stamp.version + 1)
		say_warning("version %" PRIu64 " is to follow version %" PRIu64
			    ", which is in force here: is a version in "
			    "between not fetched yet?",
			    version, before->stamp.version);
	for (size_t i = 0; i < draft->others.n; i++) {
		say_warning("another draft of layout '%s' is pending: "
			    "sha256:%.*s",
			    signing->name, PENDING_SHORT,
			    draft->others.items[i]);
		say_hint("git intoto layout show --pending %s", signing->name);
	}
}

static void say_strangers(const struct signing *signing)
{
	const struct trust *trust = signing->session.trust;

	for (size_t i = 0; trust->n_keys && i < signing->by.n; i++) {
		const struct key *key = signer_key(signing->by.items[i]);
		char who[64];

		if (key_overlaps_any(key,
				     (const struct key *const *)trust->keys,
				     trust->n_keys))
			continue;
		key_describe(who, key);
		say_warning("%s is no owner that is trusted here, so it does "
			    "not sign",
			    who);
	}
}

/* Another's draft is shown before it is signed; a person is asked. */
static int agree(bool *out, const struct signing *signing,
		 const struct layout_draft *draft, struct intoto_error *err)
{
	*out = true;
	if (draft->local)
		return 0;
	layouts_print_offer(draft, signing->session.trust,
			    signing->session.now);
	if (signing->yes || !ui_can_ask())
		return 0;
	fflush(stdout);
	return ui_confirm(out, "Sign this?", false, err);
}

static int choose(struct layout_draft **out, struct signing *signing,
		  struct intoto_error *err)
{
	struct session *session = &signing->session;
	scoped_value(report) report = REPORT_INIT;
	char project[PROJECT_SIZE];
	int got;

	if (trusting_project(project, session->repo, session->trust,
			     signing->name, err) < 0)
		return -1;
	got = draft_choose(out, session->repo, signing->name, session->trust,
			   project, signing->digest, session->now, &report,
			   err);
	say_warnings(&report.warnings);
	return got;
}

static int sign_draft(struct signing *signing, struct layout_draft *draft,
		      struct intoto_error *err)
{
	bool agreed = false;

	say_doubts(signing, draft);
	if (agree(&agreed, signing, draft, err) < 0)
		return -1;
	if (!agreed) {
		puts("nothing was signed");
		return CMD_REJECTED;
	}
	if (open_signers(signing, err) < 0)
		return -1;
	say_strangers(signing);
	if (sealing_before(&signing->sealing, &signing->session, signing->name,
			   draft->envelope->layout,
			   &(struct sealing_keys){ .signers = signing->by.items,
						   .n = signing->by.n,
						   .layout = draft->envelope },
			   err) < 0)
		return -1;
	return layouts_finish(&signing->session, draft, signing->by.items,
			      signing->by.n, err);
}

/* There is no draft: then the layout in force is what it was meant for. */
static int sign_again(struct signing *signing, struct intoto_error *err)
{
	scoped(inforce) inforce = NULL;
	bool moved = false;

	if (open_signers(signing, err) < 0 ||
	    publish_adopt(&moved, signing->session.repo, signing->name,
			  signing->session.trust, signing->session.now,
			  err) < 0 ||
	    layouts_load(&inforce, &signing->session, signing->name, err) < 0)
		return -1;
	if (moved) {
		printf("already: another owner completed version %" PRIu64
		       " of layout '%s' as well; the ref here is the remote's "
		       "now\n",
		       inforce->envelope->layout->stamp.version, signing->name);
		return 0;
	}
	for (size_t i = 0; i < signing->by.n; i++) {
		const struct key *key = signer_key(signing->by.items[i]);
		struct intoto_error ignored = { 0 };
		char who[64];

		if (envelope_verify(inforce->envelope, key,
				    signing->session.now, &ignored) == 0)
			continue;
		key_describe(who, key);
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "there is no draft of layout '%s'; the one in "
			    "force is not signed by %s, and a version is never "
			    "signed once more",
			    signing->name, who);
		return intoto_hint(err, "git intoto layout renew %s",
				   signing->name);
	}
	printf("already: layout '%s' is in force, signed by %s\n",
	       signing->name, signing->by.n == 1 ? "that key" : "those keys");
	return 0;
}

int layout_sign(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout sign [OPTION]... NAME";
	scoped_value(signing) signing = { 0 };
	scoped(layout_draft) draft = NULL;
	struct intoto_error why = { 0 };
	const struct option options[] = {
		OPT_STRING(0, "digest", &signing.digest, "DIGEST",
			   "the pending draft that has it, or its beginning"),
		OPT_FLAG('y', "yes", &signing.yes, "ask nothing"),
		SIGNERS_OPTIONS(&signing.by), SEALING_OPTIONS(&signing.sealing),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a NAME", usage, err) < 0 ||
	    sealing_check(&signing.sealing, err) < 0 ||
	    session_open(&signing.session, err) < 0)
		return -1;
	signing.name = argv[0];
	if (choose(&draft, &signing, &why) == 0)
		return sign_draft(&signing, draft, err);
	if (why.code == INTOTO_ENOTFOUND && !signing.digest)
		return sign_again(&signing, err);
	*err = why;
	return -1;
}

/* A layout that is renewed until the very moment at which it ends already is
 * another version all the same: it gets one second more. */
static int renew_draft(struct signing *signing, json_t *layout, int64_t until,
		       struct intoto_error *err)
{
	struct repo *repo = signing->session.repo;
	struct edit edit = { .name = signing->name, .layout = layout };
	bool changed;

	edit_set_expires(&edit, until);
	if (draft_save(&changed, repo, signing->name, layout, err) < 0)
		return -1;
	if (draft_exists(repo, signing->name))
		return 0;
	edit_set_expires(&edit, until + 1);
	return draft_save(&changed, repo, signing->name, layout, err);
}

int layout_renew(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout renew [OPTION]... NAME";
	scoped_value(signing) signing = { 0 };
	const char *expires = "1y";
	const struct option options[] = {
		OPT_STRING(0, "expires", &expires, "SPAN",
			   "until when (default: 1y from now)"),
		SIGNERS_OPTIONS(&signing.by), SEALING_OPTIONS(&signing.sealing),
		OPT_END
	};
	scoped_json layout = NULL;
	scoped(layout_draft) draft = NULL;
	int64_t until;
	bool is_draft;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a NAME", usage, err) < 0 ||
	    sealing_check(&signing.sealing, err) < 0 ||
	    session_open(&signing.session, err) < 0 ||
	    layouts_expires(&until, expires, signing.session.now, err) < 0)
		return -1;
	signing.name = argv[0];
	if (draft_open(&layout, &is_draft, signing.session.repo, signing.name,
		       err) < 0 ||
	    open_signers(&signing, err) < 0)
		return -1;
	if (is_draft)
		say_note("the draft of layout '%s' is renewed, with the other "
			 "changes it has",
			 signing.name);
	if (renew_draft(&signing, layout, until, err) < 0 ||
	    choose(&draft, &signing, err) < 0)
		return -1;
	return sign_draft(&signing, draft, err);
}
