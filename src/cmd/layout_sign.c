/* The rows of `git intoto layout` that put a draft in force. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "cmd/keyoptions.h"
#include "cmd/layouts.h"
#include "cmd/options.h"
#include "cmd/trusting.h"
#include "cmd/ui.h"
#include "repo/remote.h"

struct signing {
	const char *name;
	struct strlist specs; /* --key */
	struct key_options key;
	struct session session;
	struct signer **signers;
	size_t n;
};

static void signing_release(struct signing *signing)
{
	for (size_t i = 0; i < signing->n; i++)
		signer_free(signing->signers[i]);
	free(signing->signers);
	strlist_release(&signing->specs);
	session_release(&signing->session);
}
SCOPED_RELEASE(signing);

#define SIGNING_OPTIONS(s)                                              \
	OPT_LIST('k', "key", &(s)->specs, "KEY",                        \
		 "sign with KEY (default: as links are signed)"),       \
		OPT_LIST(0, "signing-key", &(s)->specs, "KEY", NULL),   \
		OPT_MAYBE_WORD('P', "password", &(s)->key.password, "", \
			       "TEXT", NULL),                           \
		OPT_MAYBE('g', "gpg", &(s)->key.gpg, "", "ID", NULL),   \
		OPT_STRING(0, "gpg-home", &(s)->key.gpg_home, "DIR", NULL)

/* One signature a key, however often it is named. */
static int add_signer(struct signing *signing,
		      const struct key_options *options,
		      struct intoto_error *err)
{
	scoped(signer) signer = NULL;

	if (key_options_open(&signer, options, signing->session.repo, NULL,
			     err) < 0)
		return -1;
	for (size_t i = 0; i < signing->n; i++) {
		if (key_same(signer_key(signing->signers[i]),
			     signer_key(signer)))
			return 0;
	}
	signing->signers = xrealloc(signing->signers, signing->n + 1,
				    sizeof(struct signer *));
	signing->signers[signing->n++] = take(signer);
	return 0;
}

static int open_signers(struct signing *signing, struct intoto_error *err)
{
	struct key_options options = signing->key;

	if ((options.gpg || !signing->specs.n) &&
	    add_signer(signing, &options, err) < 0)
		return -1;
	options.gpg = NULL;
	for (size_t i = 0; i < signing->specs.n; i++) {
		options.key = signing->specs.items[i];
		if (add_signer(signing, &options, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_owner(const struct trust *trust, const struct key *key)
{
	for (size_t i = 0; i < trust->n_keys; i++)
		if (key_same(trust->keys[i], key))
			return true;
	return false;
}

/* What a signer should know before: this is the last moment to change it. */
static int say_doubts(const struct signing *signing, struct intoto_error *err)
{
	const struct trust *trust = signing->session.trust;
	scoped_value(strlist) complaints = STRLIST_INIT;
	scoped(envelope) draft = NULL;

	if (draft_load(&draft, signing->session.repo, signing->name, err) < 0)
		return -1;
	layout_lint(&complaints, draft->layout, signing->session.now);
	say_warnings(&complaints);
	for (size_t i = 0; i < signing->n; i++) {
		const struct key *key = signer_key(signing->signers[i]);
		char who[64];

		key_describe(who, key);
		if (trust->n_keys && !is_owner(trust, key))
			say_warning("%s is no owner that is trusted here, so "
				    "its signature does not count here",
				    who);
	}
	return 0;
}

static int print_in_force(struct signing *signing, struct intoto_error *err)
{
	scoped(inforce) inforce = NULL;
	scoped_text remote = remote_default(signing->session.repo);
	scoped_text ref = notes_layout_ref(signing->name);
	const struct layout *layout;

	if (layouts_load(&inforce, &signing->session, signing->name, err) < 0)
		return -1;
	layout = inforce->envelope->layout;
	printf("layout '%s', version %" PRIu64
	       ", is in force, signed by %zu of %zu %s\n",
	       signing->name, layout->stamp.version, inforce->signed_by,
	       inforce->owners, inforce->owners == 1 ? "owner" : "owners");
	layouts_print_expiry(layout->expires, signing->session.now);
	printf("digest sha256:%s\n", inforce->digest);
	if (!trust_layout_named(signing->session.trust, signing->name))
		say_note("'%s' is not among the layouts that must hold here; "
			 "`git intoto trust add --layout %s` makes it one",
			 signing->name, signing->name);
	if (remote)
		printf("publish it with:\n  git push %s %s\n", remote, ref);
	ui_expiry_hint(signing->name, layout->expires, signing->session.now);
	return 0;
}

static void print_missing(const struct signing *signing,
			  const struct strlist *missing)
{
	const struct trust *trust = signing->session.trust;

	printf("layout '%s' stays a draft: signed by %zu of %zu owners, "
	       "%zu must; not yet by:\n",
	       signing->name, trust->n_keys - missing->n, trust->n_keys,
	       trust->threshold);
	for (size_t i = 0; i < missing->n; i++)
		printf("  %s\n", missing->items[i]);
	printf("next:\n  git intoto layout sign %s --key KEY\n", signing->name);
}

static int sign_draft(struct signing *signing, struct intoto_error *err)
{
	struct session *session = &signing->session;
	scoped_value(strlist) missing = STRLIST_INIT;
	char project[PROJECT_SIZE];
	bool in_force = false;

	if (say_doubts(signing, err) < 0 ||
	    trusting_project(project, session->repo, session->trust,
			     signing->name, err) < 0 ||
	    draft_sign(&in_force, &missing, session->repo, signing->name,
		       session->trust, project, signing->signers, signing->n,
		       session->now, err) < 0)
		return -1;
	if (!in_force) {
		print_missing(signing, &missing);
		return 0;
	}
	if (trusting_found(&(struct founding){ .repo = session->repo,
					       .trust = session->trust,
					       .founders = signing->signers,
					       .n_founders = signing->n,
					       .layout = signing->name,
					       .project = project },
			   err) < 0)
		return -1;
	return print_in_force(signing, err);
}

/* There is no draft: then the layout in force is what it was meant for. */
static int sign_again(struct signing *signing, struct intoto_error *err)
{
	scoped(inforce) inforce = NULL;

	if (layouts_load(&inforce, &signing->session, signing->name, err) < 0)
		return -1;
	for (size_t i = 0; i < signing->n; i++) {
		const struct key *key = signer_key(signing->signers[i]);
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
	       signing->name, signing->n == 1 ? "that key" : "those keys");
	return 0;
}

int layout_sign(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout sign [OPTION]... NAME";
	scoped_value(signing) signing = { 0 };
	const struct option options[] = { SIGNING_OPTIONS(&signing), OPT_END };

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a NAME", usage, err) < 0 ||
	    session_open(&signing.session, err) < 0 ||
	    open_signers(&signing, err) < 0)
		return -1;
	signing.name = argv[0];
	if (!draft_exists(signing.session.repo, signing.name))
		return sign_again(&signing, err);
	return sign_draft(&signing, err);
}

int layout_renew(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout renew [OPTION]... NAME";
	scoped_value(signing) signing = { 0 };
	const char *expires = "1y";
	const struct option options[] = {
		OPT_STRING(0, "expires", &expires, "SPAN",
			   "until when (default: 1y from now)"),
		SIGNING_OPTIONS(&signing), OPT_END
	};
	struct edit edit = { 0 };
	scoped_json layout = NULL;
	int64_t until;
	bool is_draft, changed;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a NAME", usage, err) < 0 ||
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
	edit = (struct edit){ .name = signing.name, .layout = layout };
	edit_set_expires(&edit, until);
	if (draft_save(&changed, signing.session.repo, signing.name, layout,
		       err) < 0)
		return -1;
	/* The same moment once more makes no new version. */
	if (!draft_exists(signing.session.repo, signing.name))
		return sign_again(&signing, err);
	return sign_draft(&signing, err);
}
