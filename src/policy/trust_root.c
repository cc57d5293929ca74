/* trust_root.c: a root in place of keys: its pin, and what it says. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "policy/trust_internal.h"
#include "verify/chain.h"

#define SOON ((int64_t)30 * 24 * 3600)
#define DIGEST_PREFIX "sha256:"

int trust_pin_root(struct trust *trust, const char *digest,
		   struct intoto_error *err)
{
	if (!strncmp(digest, DIGEST_PREFIX, strlen(DIGEST_PREFIX)))
		digest += strlen(DIGEST_PREFIX);
	if (strlen(digest) != SHA256_HEX_SIZE - 1 ||
	    !is_lower_hex(digest, SHA256_HEX_SIZE - 1))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not the digest of a root: 64 "
				   "lower-case hex digits are",
				   digest);
	if (trust->chain && !root_chain_find(trust->chain, digest)) {
		intoto_reject(err, "root-pinned",
			      "another root is pinned here, sha256:%s, and "
			      "none of its versions is that one",
			      trust->root_pin);
		return intoto_hint(err, "git intoto trust remove sha256:%s",
				   trust->root_pin);
	}
	if (!*trust->root_pin) {
		trust_clear_keys(trust);
		trust_clear_layouts(trust);
	}
	memcpy(trust->root_pin, digest, SHA256_HEX_SIZE);
	return 0;
}

int trust_unpin_root(struct trust *trust, const char *digest,
		     struct intoto_error *err)
{
	if (!strncmp(digest, DIGEST_PREFIX, strlen(DIGEST_PREFIX)))
		digest += strlen(DIGEST_PREFIX);
	if (!*trust->root_pin || strcmp(trust->root_pin, digest))
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "no root sha256:%s is pinned here", digest);
	root_chain_free(take(trust->chain));
	trust_clear_keys(trust);
	trust_clear_layouts(trust);
	trust_default_layouts(trust);
	trust->root_pin[0] = '\0';
	return 0;
}

int trust_use_root(struct trust *trust, struct root_chain *chain,
		   struct intoto_error *err)
{
	const struct root *root = root_chain_last(chain);
	bool added = false;

	if (!root_chain_start(chain, trust->root_pin))
		return intoto_reject(err, "root-pin",
				     "no version of the root is sha256:%s, "
				     "which is pinned here",
				     trust->root_pin);
	if (trust_pin_project(trust, root->project, err) < 0)
		return intoto_context(err, "root: ");
	trust_clear_keys(trust);
	trust_clear_layouts(trust);
	for (size_t i = 0; i < root->owners.n_keys; i++)
		trust_add_key(&added, trust, root->owners.keys[i]);
	for (size_t i = 0; i < root->layouts.n; i++)
		if (trust_add_layout(&added, trust, root->layouts.items[i],
				     NULL, err) < 0)
			return -1;
	if (trust_set_threshold(trust, root->owners.threshold, err) < 0)
		return -1;
	root_chain_free(trust->chain);
	trust->chain = chain;
	return 0;
}

/* Where it is not allowed to remember, the alarm is all that is lost. */
static void remember(struct trust *trust, struct repo *repo)
{
	struct intoto_error why = { 0 };

	if (!repo->server && seen_root_raise(repo, trust->chain, &why) < 0)
		strlist_addf(&trust->root_warnings,
			     "cannot remember version %" PRIu64
			     " of the root: %s",
			     root_chain_last(trust->chain)->version,
			     why.message);
}

int trust_load(struct trust **out, struct repo *repo, struct intoto_error *err)
{
	scoped_value(report) warnings = REPORT_INIT;
	scoped(trust) trust = NULL;
	scoped(root_chain) chain = NULL;

	if (trust_load_local(&trust, repo, err) < 0)
		return -1;
	if (*trust->root_pin) {
		if (root_chain_load(&chain, repo, trust->root_pin, &warnings,
				    err) < 0 ||
		    trust_use_root(trust, chain, err) < 0)
			return -1;
		chain = NULL;
		strlist_add_all(&trust->root_warnings, &warnings.warnings);
		remember(trust, repo);
	}
	*out = take(trust);
	return 0;
}

int trust_check_expiry(const struct trust *trust, int64_t now,
		       struct intoto_error *err)
{
	const struct root *root =
		trust->chain ? root_chain_last(trust->chain) : NULL;
	char when[CLOCK_TEXT_SIZE];

	if (!root || root->expires > now)
		return 0;
	clock_format(when, root->expires);
	intoto_reject(err, "root-expired",
		      "version %" PRIu64 " of the trust root expired at %s",
		      root->version, when);
	return intoto_hint(err, "git intoto trust rotate");
}

static void warn_expiry(struct report *warnings, const struct root *root)
{
	const int64_t now = clock_now();
	char when[CLOCK_TEXT_SIZE];

	if (root->expires <= now || root->expires > now + SOON)
		return;
	clock_format(when, root->expires);
	report_warn(warnings,
		    "the trust root expires at %s: git intoto trust rotate",
		    when);
}

void trust_warn_root(struct report *warnings, struct repo *repo,
		     const struct trust *trust)
{
	strlist_add_all(&warnings->warnings, &trust->root_warnings);
	if (trust->chain)
		warn_expiry(warnings, root_chain_last(trust->chain));
	else if (trust->n_keys && !*trust->root_pin &&
		 root_chain_is_there(repo))
		report_warn(warnings,
			    "there is a trust root, and only keys are trusted "
			    "here: git intoto trust pin sha256:DIGEST, with "
			    "the digest that the project publishes");
}

static bool role_signed(const struct root_role *role,
			const struct envelope *envelope, int64_t now)
{
	struct intoto_error ignored = { 0 };

	return layout_check_owners(NULL, envelope,
				   (const struct key *const *)role->keys,
				   role->n_keys, role->threshold, now,
				   &ignored) == 0;
}

bool trust_signed_once(const struct trust *trust, const struct envelope *layout,
		       int64_t now)
{
	const struct root_role here = { trust->keys, trust->n_keys,
					trust->threshold };

	if (!trust->chain)
		return role_signed(&here, layout, now);
	for (size_t i = trust->chain->first; i < trust->chain->n; i++)
		if (role_signed(&trust->chain->versions[i]->root->owners,
				layout, now))
			return true;
	return false;
}

static const struct key *role_signer(const struct root_role *role,
				     const struct envelope *envelope,
				     int64_t now)
{
	struct intoto_error ignored = { 0 };

	for (size_t i = 0; i < role->n_keys; i++)
		if (envelope_verify(envelope, role->keys[i], now, &ignored) ==
		    0)
			return role->keys[i];
	return NULL;
}

const struct key *trust_owner_once(const struct trust *trust,
				   const struct envelope *envelope, int64_t now)
{
	const struct root_role here = { trust->keys, trust->n_keys,
					trust->threshold };
	const struct key *key = NULL;

	if (!trust->chain)
		return role_signer(&here, envelope, now);
	for (size_t i = trust->chain->n; i-- > trust->chain->first && !key;)
		key = role_signer(&trust->chain->versions[i]->root->owners,
				  envelope, now);
	return key;
}
