/* rooting.c: what the rows of `git intoto trust` about the root share. */
#include "cmd/rooting.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/layouts.h"
#include "cmd/ui.h"
#include "policy/inforce.h"
#include "verify/chain.h"

void rooting_release(struct rooting *rooting)
{
	root_chain_free(rooting->found);
	trust_free(rooting->trust);
	repo_free(rooting->repo);
}

int rooting_open(struct rooting *out, struct intoto_error *err)
{
	scoped_value(report) warnings = REPORT_INIT;

	out->now = clock_now();
	if (repo_open(&out->repo, REPO_OPEN_USER, err) < 0 ||
	    trust_load(&out->trust, out->repo, err) < 0)
		return -1;
	say_warnings(&out->trust->root_warnings);
	out->chain = out->trust->chain;
	if (out->chain || !root_chain_is_there(out->repo))
		return 0;
	if (root_chain_load(&out->found, out->repo, "", &warnings, err) < 0)
		return -1;
	say_warnings(&warnings.warnings);
	out->chain = out->found;
	return 0;
}

int rooting_need_pin(const struct rooting *rooting, struct intoto_error *err)
{
	if (!rooting->found)
		return 0;
	intoto_fail(err, INTOTO_ETRUST,
		    "there is a trust root, and it is not pinned here");
	return intoto_hint(err, "git intoto trust pin sha256:DIGEST");
}

static void print_role(const char *what, const struct root_role *role)
{
	printf("  %s, %zu of %zu:\n", what, role->threshold, role->n_keys);
	for (size_t i = 0; i < role->n_keys; i++) {
		char who[64];

		key_describe(who, role->keys[i]);
		printf("    %s  %s\n", key_id_new(role->keys[i]), who);
	}
}

void rooting_print_root(const struct root *root, const char *digest,
			int64_t now)
{
	printf("version %" PRIu64 ", sha256:%s\n", root->version, digest);
	printf("  ");
	layouts_print_expiry(root->expires, now);
	print_role("root keys", &root->root);
	print_role("owners of the layouts", &root->owners);
	printf("  layouts that must hold:");
	for (size_t i = 0; i < root->layouts.n; i++)
		printf(" %s", root->layouts.items[i]);
	printf("\n  project %s\n", root->project);
}

void rooting_count(size_t *good, size_t *keys, const struct envelope *envelope)
{
	const struct root_role *role = &envelope->root->root;

	*good = 0;
	*keys = role->n_keys;
	for (size_t i = 0; i < role->n_keys; i++) {
		struct intoto_error ignored = { 0 };

		*good += envelope_verify(envelope, role->keys[i], 0,
					 &ignored) == 0;
	}
}

void rooting_print_needs(const struct root_needs *needs)
{
	for (size_t i = 0; i < needs->n; i++) {
		const struct root_need *need = &needs->items[i];

		printf("  signed by %zu of %s, %zu must%s\n", need->good,
		       need->whose, need->threshold,
		       need->met ? "" : "; not yet by:");
		for (size_t k = 0; !need->met && k < need->missing.n; k++)
			printf("    %s\n", need->missing.items[k]);
	}
}

/* In force by who is trusted now; what is not is no loss. */
static int say_one(const struct rooting *rooting, const struct root *root,
		   const char *name, struct intoto_error *err)
{
	const struct root_role *owners = &root->owners;
	scoped(inforce) inforce = NULL;
	struct intoto_error why = { 0 };

	if (inforce_load(&inforce, rooting->repo, rooting->trust, name, 0, NULL,
			 &why) < 0)
		return 0;
	if (layout_check_owners(NULL, inforce->envelope,
				(const struct key *const *)owners->keys,
				owners->n_keys, owners->threshold, rooting->now,
				&why) == 0)
		return 0;
	if (why.code != INTOTO_EREJECTED) {
		*err = why;
		return -1;
	}
	printf("layout '%s', version %" PRIu64 ", is not signed by enough of "
	       "these owners: it must be signed again, once this root is in "
	       "force:\n  git intoto layout renew %s\n",
	       name, inforce->envelope->layout->stamp.version, name);
	return 0;
}

int rooting_say_lost(const struct rooting *rooting, const struct root *root,
		     struct intoto_error *err)
{
	scoped_value(strlist) names = STRLIST_INIT;

	if (trust_is_empty(rooting->trust))
		return 0;
	if (inforce_names(&names, rooting->repo, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (say_one(rooting, root, names.items[i], err) < 0)
			return -1;
	return 0;
}
