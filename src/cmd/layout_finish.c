/* The end of `git intoto layout sign` and its like: in force, or pending. */
#include <inttypes.h>
#include <stdio.h>

#include "base/quote.h"
#include "cmd/layouts.h"
#include "cmd/trusting.h"
#include "cmd/ui.h"
#include "repo/remote.h"

static void print_share(struct session *session, const char *how)
{
	scoped_text remote = remote_default(session->repo);
	scoped_text word = remote ? quote_word(remote) : NULL;

	if (remote)
		printf("%s:\n  git intoto push %s\n", how, word);
}

static int print_in_force(struct session *session, const char *name,
			  struct intoto_error *err)
{
	scoped(inforce) inforce = NULL;
	const struct layout *layout;

	if (layouts_load(&inforce, session, name, err) < 0)
		return -1;
	layout = inforce->envelope->layout;
	printf("layout '%s', version %" PRIu64
	       ", is in force, signed by %zu of %zu %s\n",
	       name, layout->stamp.version, inforce->signed_by, inforce->owners,
	       inforce->owners == 1 ? "owner" : "owners");
	layouts_print_expiry(layout->expires, session->now);
	printf("digest sha256:%s\n", inforce->digest);
	if (!trust_layout_named(session->trust, name))
		say_note("'%s' is not among the layouts that must hold here; "
			 "`git intoto trust add --layout %s` makes it one",
			 name, name);
	print_share(session, "share it with");
	ui_expiry_hint(name, layout->expires, session->now);
	return 0;
}

static void print_missing(struct session *session,
			  const struct layout_draft *draft,
			  const struct strlist *missing)
{
	const struct trust *trust = session->trust;

	printf("layout '%s' stays a draft: signed by %zu of %zu owners, "
	       "%zu must; not yet by:\n",
	       draft->name, draft->signed_by, trust->n_keys, trust->threshold);
	for (size_t i = 0; i < missing->n; i++)
		printf("  %s\n", missing->items[i]);
	if (draft->signed_by) {
		printf("pending as sha256:%s\n", draft->digest);
		print_share(session, "so that they can sign it as well");
	}
	printf("next, by each of them:\n"
	       "  git intoto layout sign %s --key KEY\n",
	       draft->name);
}

int layouts_finish(struct session *session, struct layout_draft *draft,
		   struct signer *const *signers, size_t n,
		   struct intoto_error *err)
{
	scoped_value(strlist) missing = STRLIST_INIT;
	bool in_force = false;

	if (draft_sign(&in_force, &missing, session->repo, draft,
		       session->trust, signers, n, session->now, err) < 0)
		return -1;
	if (!in_force) {
		print_missing(session, draft, &missing);
		return 0;
	}
	if (!draft->pinned &&
	    trusting_found(
		    &(struct founding){
			    .repo = session->repo,
			    .trust = session->trust,
			    .founders = signers,
			    .n_founders = n,
			    .layout = draft->name,
			    .project = draft->envelope->layout->stamp.project },
		    err) < 0)
		return -1;
	return print_in_force(session, draft->name, err);
}
