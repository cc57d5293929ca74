/* guard_policy.c: which layouts judge the tags of a push, and for how long. */
#include <inttypes.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/guard_internal.h"

#define EXPIRES_SOON ((int64_t)30 * 24 * 60 * 60)

/* The tip from before this push; the pushed one where there was none at all. A
 * layout that changes another never judges the tags that come with it. */
static const struct guard_layout *policy_of(const struct guard *guard,
					    const char *name)
{
	const struct guard_layout *before = NULL, *pushed = NULL;

	for (size_t i = 0; i < guard->n_layouts; i++) {
		const struct guard_layout *layout = &guard->layouts[i];

		if (strcmp(layout->name, name))
			continue;
		if (!layout->pushed)
			before = layout;
		else if (layout->tip)
			pushed = layout;
	}
	return before ? before : pushed;
}

static int check_layout(const struct guard *guard,
			const struct guard_layout *layout, const char *name,
			const char *pinned, struct intoto_error *err)
{
	char digest[SHA256_HEX_SIZE];

	if (!layout)
		return intoto_reject(err, "no-layout",
				     "there is no layout '%s' that the trusted "
				     "keys signed; push it first",
				     name);
	if (!layout->in_force || !layout->tip)
		return intoto_reject(err, "layout-threshold",
				     "layout '%s', as it is there, is not "
				     "signed by enough of the present owners; "
				     "push the next version first",
				     name);
	envelope_digest(digest, layout->envelope);
	if (*pinned && strcmp(pinned, digest))
		return intoto_reject(err, "layout-digest",
				     "layout '%s': expected sha256:%s, which "
				     "is pinned here, found sha256:%s",
				     name, pinned, digest);
	if (layout_check_expiry(layout->envelope->layout, guard->now, err) <
	    0) {
		intoto_context(err, "layout '%s': ", name);
		return intoto_hint(err, "git intoto layout renew %s", name);
	}
	return 0;
}

/* In pre-push it is the pusher who has it and can help. */
static void hint_push(const struct guard *guard, struct intoto_error *err)
{
	if (guard->push->event != GUARD_PRE_PUSH || *err->hint ||
	    strcmp(err->reason, "no-layout"))
		return;
	intoto_hint(err, "git intoto push %s", guard->push->remote);
}

size_t guard_policy(const struct layout ***out, struct guard *guard,
		    const char *ref)
{
	const struct trust *trust = guard->trust;
	struct intoto_error err = { 0 };
	size_t n = 0;

	*out = xcalloc(trust->n_layouts + 1, sizeof(**out));
	if (trust_check_expiry(trust, guard->now, &err) < 0) {
		guard_refuse_error(guard, ref, &err);
		return 0;
	}
	for (size_t i = 0; i < trust->n_layouts; i++) {
		const char *name = trust->layouts[i].name;
		const struct guard_layout *layout = policy_of(guard, name);

		if (check_layout(guard, layout, name, trust->layouts[i].digest,
				 &err) < 0) {
			hint_push(guard, &err);
			guard_refuse_error(guard, ref, &err);
			err = (struct intoto_error){ 0 };
			continue;
		}
		(*out)[n++] = layout->envelope->layout;
	}
	return n;
}

static void warn_soon(struct guard *guard, const char *what, int64_t expires,
		      const char *command)
{
	const int64_t left = expires - guard->now;

	if (left > EXPIRES_SOON)
		return;
	if (left <= 0)
		report_warn(guard->report, "%s has expired: %s", what, command);
	else
		report_warn(guard->report, "%s expires in %" PRId64 " days: %s",
			    what, left / (24 * 60 * 60), command);
}

void guard_warn_expiry(struct guard *guard)
{
	const struct trust *trust = guard->trust;
	const struct root_chain *chain =
		guard->pushed_root ? guard->pushed_root : trust->chain;

	if (chain)
		warn_soon(guard, "the root", root_chain_last(chain)->expires,
			  "git intoto trust rotate");
	for (size_t i = 0; i < trust->n_layouts; i++) {
		const struct guard_layout *newest = NULL;
		scoped_text what =
			xasprintf("layout '%s'", trust->layouts[i].name);
		scoped_text command = xasprintf("git intoto layout renew %s",
						trust->layouts[i].name);

		for (size_t j = 0; j < guard->n_layouts; j++)
			if (!strcmp(guard->layouts[j].name,
				    trust->layouts[i].name))
				newest = &guard->layouts[j];
		if (newest)
			warn_soon(guard, what,
				  newest->envelope->layout->expires, command);
	}
}
