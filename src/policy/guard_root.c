/* guard_root.c: whom the server believes, and the root's own ref: one line of
 * commits, each with all versions so far and at least one more. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "policy/guard_internal.h"
#include "verify/chain.h"

/* The first version that the threshold of the trusted keys signed: as good as a
 * pin. "" if there is none. */
static void signed_by_keys(char out[SHA256_HEX_SIZE], const struct guard *guard,
			   const struct root_chain *chain)
{
	const struct trust *trust = guard->trust;

	*out = '\0';
	for (size_t i = 0; i < chain->n; i++) {
		struct intoto_error ignored = { 0 };

		if (layout_check_owners(NULL, chain->versions[i],
					(const struct key *const *)trust->keys,
					trust->n_keys, trust->threshold,
					guard->now, &ignored) < 0)
			continue;
		envelope_digest(out, chain->versions[i]);
		return;
	}
}

static int read_there(struct root_chain **out, struct guard *guard,
		      struct intoto_error *err)
{
	struct intoto_error why = { 0 };
	struct oid tip;

	*out = NULL;
	if (refs_read(&tip, guard->repo, ROOT_REF, &why) < 0) {
		if (why.code == INTOTO_ENOTFOUND)
			return 0;
		*err = why;
		return -1;
	}
	return root_chain_read(out, guard->repo, &tip, guard->max_line, err);
}

static int use_root(struct guard *guard, struct root_chain **chain,
		    struct intoto_error *err)
{
	if (trust_use_root(guard->trust, *chain, err) < 0)
		return -1;
	*chain = NULL;
	return 0;
}

static int use_pinned(struct guard *guard, struct intoto_error *err)
{
	scoped(root_chain) chain = NULL;

	if (read_there(&chain, guard, err) < 0)
		return intoto_context(err, "the root: ");
	guard->no_root = !chain;
	if (!chain)
		return 0;
	return use_root(guard, &chain, err);
}

/* Pinned by keys: a root that they signed judges in their place. */
static int use_signed(struct guard *guard, struct intoto_error *err)
{
	scoped(root_chain) chain = NULL;
	struct intoto_error why = { 0 };
	char digest[SHA256_HEX_SIZE] = "";

	if (trust_require(guard->trust, err) < 0)
		return -1;
	if (read_there(&chain, guard, &why) < 0) {
		if (why.code != INTOTO_EREJECTED) {
			*err = why;
			return -1;
		}
	} else if (chain) {
		signed_by_keys(digest, guard, chain);
	} else {
		return 0;
	}
	if (!*digest) {
		report_warn(guard->report,
			    "the root that is there is not used: the trusted "
			    "keys did not sign it");
		return 0;
	}
	return trust_pin_root(guard->trust, digest, err) < 0
		       ? -1
		       : use_root(guard, &chain, err);
}

int guard_load_trust(struct guard *guard, struct intoto_error *err)
{
	if (guard->push->event == GUARD_PRE_PUSH)
		return trust_load(&guard->trust, guard->repo, err) < 0
			       ? -1
			       : trust_require(guard->trust, err);
	if (trust_load_local(&guard->trust, guard->repo, err) < 0)
		return -1;
	return *guard->trust->root_pin ? use_pinned(guard, err)
				       : use_signed(guard, err);
}

static bool has_empty_line(const struct buffer *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (text->data[i] == '\n' && (!i || text->data[i - 1] == '\n'))
			return true;
	return false;
}

/* What was there stays as it is, byte for byte, and something follows. */
static int judge_text(struct buffer *before, struct guard *guard,
		      const struct oid *commit, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_MAX(NOTE_MAX);

	if (guard_one_note(&text, guard, commit, NOTE_MAX, "root-malformed",
			   err) < 0)
		return -1;
	if (!text.len || text.data[text.len - 1] != '\n' ||
	    has_empty_line(&text))
		return intoto_reject(err, "root-malformed",
				     "a line is empty or does not end");
	if (text.len <= before->len)
		return intoto_reject(err, "root-rollback",
				     "no version follows those that are "
				     "there");
	if (before->len && memcmp(text.data, before->data, before->len) != 0)
		return intoto_reject(err, "root-rewritten",
				     "the versions that are there are not "
				     "kept as they are");
	buffer_reset(before);
	buffer_add(before, text.data, text.len);
	return 0;
}

/* The start of a chain that holds is one that holds, so only the tip is
 * verified. */
static int judge_commits(struct guard *guard, const struct guard_update *update,
			 struct intoto_error *err)
{
	scoped_value(buffer) before = BUFFER_MAX(NOTE_MAX);
	struct oid *line = NULL;
	size_t n = 0;
	int got = guard_straight_line(&line, &n, guard, &update->old,
				      &update->new_oid, "root-not-linear", err);

	if (!got && !oid_is_null(&update->old) &&
	    guard_one_note(&before, guard, &update->old, NOTE_MAX,
			   "root-malformed", err) < 0)
		got = intoto_context(err, "what is there: ");
	for (size_t i = 0; !got && i < n; i++)
		got = judge_text(&before, guard, &line[i], err);
	free(line);
	return got;
}

static int check_expiry(const struct guard *guard,
			const struct root_chain *chain,
			struct intoto_error *err)
{
	const struct root *last = root_chain_last(chain);
	char when[CLOCK_TEXT_SIZE];

	if (last->expires > guard->now)
		return 0;
	clock_format(when, last->expires);
	intoto_reject(err, "root-expired", "version %" PRIu64 " expired at %s",
		      last->version, when);
	return intoto_hint(err, "git intoto trust rotate");
}

/* Is this chain what was pinned here, or what the trusted keys signed? */
static int check_pin(const struct guard *guard, const struct root_chain *chain,
		     struct intoto_error *err)
{
	const struct root *last = root_chain_last(chain);
	const struct trust *trust = guard->trust;
	char digest[SHA256_HEX_SIZE];

	if (*guard->project && strcmp(guard->project, last->project))
		return intoto_reject(err, "root-project",
				     "the root is of project %s, expected %s",
				     last->project, guard->project);
	if (*trust->root_pin)
		return root_chain_find(chain, trust->root_pin)
			       ? 0
			       : intoto_reject(err, "root-pin",
					       "none of its versions is "
					       "sha256:%s, which is pinned",
					       trust->root_pin);
	signed_by_keys(digest, guard, chain);
	return *digest ? 0
		       : intoto_reject(err, "root-threshold",
				       "none of its versions is signed by "
				       "the threshold of the keys that are "
				       "trusted here");
}

static int judge_root(struct guard *guard, const struct guard_update *update,
		      struct intoto_error *err)
{
	scoped(root_chain) chain = NULL;
	enum object_type type;
	size_t size;

	if (object_stat(&type, &size, guard->repo, &update->new_oid, err) < 0)
		return -1;
	if (type != OBJECT_COMMIT)
		return intoto_reject(err, "root-malformed", "it is no commit");
	if (root_chain_read(&chain, guard->repo, &update->new_oid,
			    guard->max_line, err) < 0 ||
	    check_pin(guard, chain, err) < 0 ||
	    judge_commits(guard, update, err) < 0 ||
	    check_expiry(guard, chain, err) < 0)
		return -1;
	if (guard->no_root) {
		guard->no_root = false;
		return use_root(guard, &chain, err);
	}
	guard->pushed_root = take(chain);
	return 0;
}

void guard_judge_root(struct guard *guard, const struct guard_update *update)
{
	struct intoto_error err = { 0 };

	if (!guard_skips(guard, update, "the root is never deleted") &&
	    judge_root(guard, update, &err) < 0)
		guard_refuse_error(guard, update->ref, &err);
}
