/* git intoto trust sign, pin: agree to the next trust root, start from one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"
#include "cmd/options.h"
#include "cmd/rooting.h"
#include "cmd/signers.h"
#include "cmd/trusting.h"
#include "cmd/ui.h"
#include "repo/remote.h"
#include "verify/chain.h"

/* Nothing waits for a signature. Is it because that key has signed? */
static int already(const struct rooting *rooting, const struct signers *signers,
		   const struct intoto_error *none, struct intoto_error *err)
{
	const struct root_chain *chain = rooting->chain;
	const struct envelope *last =
		chain ? chain->versions[chain->n - 1] : NULL;

	for (size_t i = 0; i < signers->n; i++) {
		struct intoto_error why = { 0 };

		if (last && envelope_verify(last, signer_key(signers->items[i]),
					    0, &why) == 0)
			continue;
		*err = *none;
		return intoto_hint(err, last ? "git intoto trust rotate"
					     : "git intoto trust init "
					       "--threshold N --key KEY");
	}
	printf("already: version %" PRIu64 " of the trust root is published, "
	       "signed by %s\n",
	       last->root->version,
	       signers->n == 1 ? "that key" : "those keys");
	return 0;
}

/* A clone or server that trusts keys takes the first root by their signature.
 */
static void say_handover(const struct rooting *rooting,
			 const struct envelope *envelope)
{
	const struct trust *trust = rooting->trust;
	struct intoto_error ignored = { 0 };

	if (trust->n_keys && !*trust->root_pin &&
	    layout_check_owners(NULL, envelope,
				(const struct key *const *)trust->keys,
				trust->n_keys, trust->threshold, rooting->now,
				&ignored) < 0)
		say_warning("this root is not signed by the threshold of the "
			    "keys that are trusted here; a server that trusts "
			    "the same keys takes it only once it is pinned "
			    "there");
}

/* Who founded a project and trusted nobody so far goes by its root. */
static int pin_founder(struct rooting *rooting, const char *digest,
		       struct intoto_error *err)
{
	if (!trust_is_empty(rooting->trust))
		return 0;
	return trust_pin_root(rooting->trust, digest, err) < 0 ||
			       trust_save(rooting->trust, rooting->repo, err) <
				       0
		       ? -1
		       : 0;
}

static int say_published(struct rooting *rooting,
			 const struct root_draft *draft,
			 struct intoto_error *err)
{
	const struct root *root = draft->envelope->root;
	scoped_text remote = remote_default(rooting->repo);
	size_t good, keys;

	if (root->version == 1 && pin_founder(rooting, draft->digest, err) < 0)
		return -1;
	rooting_count(&good, &keys, draft->envelope);
	printf("root sha256:%s\n", draft->digest);
	printf("version %" PRIu64 " of the trust root is published here, "
	       "signed by %zu of %zu keys\n",
	       root->version, good, keys);
	if (rooting_say_lost(rooting, root, err) < 0)
		return -1;
	if (root->version == 1)
		say_handover(rooting, draft->envelope);
	if (!*rooting->trust->root_pin)
		printf("go by it here, in place of the keys, with:\n"
		       "  git intoto trust pin sha256:%s\n",
		       draft->digest);
	if (remote)
		printf("share it with:\n  git intoto push %s\n", remote);
	return 0;
}

static int say_pending(const struct rooting *rooting,
		       const struct root_draft *draft)
{
	scoped_text remote = remote_default(rooting->repo);
	scoped_value(root_needs) needs = { 0 };

	root_needs_read(&needs, rooting->chain, draft->envelope);
	printf("pending: version %" PRIu64 " of the trust root\n",
	       draft->envelope->root->version);
	rooting_print_needs(&needs);
	if (rooting->chain && !needs.items[0].good)
		say_note("servers take it once one of %s has signed it",
			 needs.items[0].whose);
	if (remote)
		printf("share it with:\n  git intoto push %s\n", remote);
	printf("then each of them:\n  git intoto trust sign --key KEY\n");
	return 0;
}

/* Another's draft, which has just been shown: a person is asked. */
static int agree(bool *out, const struct root_draft *draft, bool yes,
		 struct intoto_error *err)
{
	*out = true;
	if (draft->local || yes || !ui_can_ask())
		return 0;
	return ui_confirm(out, "Sign this?", false, err);
}

int trust_sign(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "trust sign [OPTION]... [DIGEST]";
	scoped_value(signers) signers = { 0 };
	scoped_value(rooting) rooting = { 0 };
	scoped_value(root_drafts) drafts = { 0 };
	scoped_value(report) warnings = REPORT_INIT;
	struct root_draft *draft = NULL;
	struct intoto_error none = { 0 };
	bool published = false, yes = false, agreed = false;
	const struct option options[] = { OPT_FLAG('y', "yes", &yes,
						   "do not ask"),
					  SIGNERS_OPTIONS(&signers), OPT_END };

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 1, "a DIGEST", usage, err) < 0 ||
	    rooting_open(&rooting, err) < 0 ||
	    rooting_need_pin(&rooting, err) < 0 ||
	    root_drafts_read(&drafts, rooting.repo, rooting.chain, &warnings,
			     err) < 0)
		return -1;
	say_warnings(&warnings.warnings);
	if (root_drafts_choose(&draft, &drafts, argc ? argv[0] : NULL, &none) <
	    0) {
		if (none.code == INTOTO_ENOTFOUND && !argc)
			return signers_open(&signers, rooting.repo, err) < 0
				       ? -1
				       : already(&rooting, &signers, &none,
						 err);
		*err = none;
		return -1;
	}
	printf("signing the trust root, ");
	rooting_print_root(draft->envelope->root, draft->digest, rooting.now);
	fflush(stdout);
	if (agree(&agreed, draft, yes, err) < 0)
		return -1;
	if (!agreed) {
		puts("nothing was signed");
		return CMD_REJECTED;
	}
	if (signers_open(&signers, rooting.repo, err) < 0 ||
	    root_draft_sign(&published, draft, rooting.repo, rooting.chain,
			    signers.items, signers.n, err) < 0)
		return -1;
	return published ? say_published(&rooting, draft, err)
			 : say_pending(&rooting, draft);
}

/* What is pinned already is in the chain that the new one must be in. */
static int use_old_pin(struct trust *trust, struct repo *repo,
		       struct intoto_error *err)
{
	struct intoto_error why = { 0 };
	scoped(root_chain) chain = NULL;

	if (!*trust->root_pin)
		return 0;
	if (root_chain_load(&chain, repo, trust->root_pin, NULL, &why) < 0) {
		if (why.code == INTOTO_ENOTFOUND)
			return 0;
		*err = why;
		return -1;
	}
	if (trust_use_root(trust, chain, err) < 0)
		return -1;
	chain = NULL;
	return 0;
}

/* Is the root here, and does it hold from the pin on? `*here` tells. */
static int use_new_pin(bool *here, struct trust *trust, struct repo *repo,
		       struct intoto_error *err)
{
	scoped_value(report) warnings = REPORT_INIT;
	struct intoto_error why = { 0 };
	scoped(root_chain) chain = NULL;

	*here = false;
	if (root_chain_load(&chain, repo, trust->root_pin, &warnings, &why) <
	    0) {
		if (why.code == INTOTO_ENOTFOUND && !root_chain_is_there(repo))
			return 0;
		*err = why;
		return -1;
	}
	say_warnings(&warnings.warnings);
	if (trust_use_root(trust, chain, err) < 0)
		return -1;
	chain = NULL;
	*here = true;
	return 0;
}

int trust_pin(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "trust pin [--no-fetch] sha256:DIGEST";
	scoped(repo) repo = NULL;
	scoped(trust) trust = NULL;
	bool no_fetch = false, here = false;
	char before[SHA256_HEX_SIZE];
	size_t keys;
	const struct option options[] = {
		OPT_FLAG(0, "no-fetch", &no_fetch,
			 "do not fetch the project's proof"),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a DIGEST", usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0 ||
	    trust_load_local(&trust, repo, err) < 0)
		return -1;
	memcpy(before, trust->root_pin, sizeof(before));
	keys = trust->n_keys;
	if (trusting_fetch(repo, !no_fetch, err) < 0 ||
	    use_old_pin(trust, repo, err) < 0 ||
	    trust_pin_root(trust, argv[0], err) < 0 ||
	    use_new_pin(&here, trust, repo, err) < 0 ||
	    trust_save(trust, repo, err) < 0)
		return -1;
	if (!strcmp(before, trust->root_pin))
		puts("already pinned");
	if (keys)
		say_note("the root takes the place of the %zu %s trusted "
			 "before",
			 keys, keys == 1 ? "key" : "keys");
	if (!here)
		say_warning("the root is not here yet, so nothing is believed: "
			    "git intoto fetch");
	trusting_print(stdout, trust);
	return here ? trusting_look(repo, trust, err) : 0;
}
