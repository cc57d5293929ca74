/* tag_withdrawals.c: links that somebody took back: their own key, or the
 * owners. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/judge_internal.h"
#include "policy/sublayouts.h"

/* The key of a layout that signed it, or NULL. */
static const struct key *signer_of(const struct envelope *envelope,
				   const struct layout *const *layouts,
				   size_t n, int64_t now)
{
	const char *keyid = envelope->signatures[0].keyid;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < layouts[i]->n_keys; j++) {
			const struct layout_key *item = &layouts[i]->keys[j];
			struct intoto_error ignored = { 0 };

			if (strcmp(item->listed_as, keyid) &&
			    !key_answers_to(item->key, keyid))
				continue;
			if (envelope_verify(envelope, item->key, now,
					    &ignored) == 0)
				return item->key;
		}
	}
	return NULL;
}

static void drop_link(struct tag_links *links, size_t index,
		      const char *identity)
{
	const size_t after = links->n - index - 1;

	envelope_free(links->envelopes[index]);
	memmove(links->envelopes + index, links->envelopes + index + 1,
		after * sizeof(*links->envelopes));
	memmove(links->bindings + index, links->bindings + index + 1,
		after * sizeof(*links->bindings));
	memmove(links->candidates + index, links->candidates + index + 1,
		after * sizeof(*links->candidates));
	links->n--;
	strlist_add(&links->withdrawn, identity);
}

/*
 * What withdrawals are compared with, each link hashed and verified once: a
 * note may hold thousands of either, and who wrote them is not known yet.
 */
struct claims {
	struct strlist identities;
	struct claim {
		const struct key *signer; /* NULL: nobody whom a layout knows */
		const struct layout *of;  /* the sublayout that knows it; NULL:
					     the layouts themselves do */
		bool asked;
		bool gone;
	} * items;
};

static void claims_release(struct claims *claims)
{
	strlist_release(&claims->identities);
	free(claims->items);
}
SCOPED_RELEASE(claims);

static struct claims claims_of(const struct tag_links *links)
{
	struct claims claims = {
		.items = xcalloc(links->n + 1, sizeof(*claims.items)),
	};

	for (size_t i = 0; i < links->n; i++) {
		char identity[SHA256_HEX_SIZE];

		envelope_identity(identity, links->envelopes[i]);
		strlist_add(&claims.identities, identity);
	}
	return claims;
}

/* Drop the link, and what is known of it. */
static void drop_claim(struct tag_links *links, struct claims *claims,
		       size_t index)
{
	struct strlist *identities = &claims->identities;
	const size_t after = links->n - index - 1;
	char *identity = identities->items[index];

	memmove(identities->items + index, identities->items + index + 1,
		after * sizeof(*identities->items));
	memmove(claims->items + index, claims->items + index + 1,
		after * sizeof(*claims->items));
	identities->n--;
	drop_link(links, index, identity);
	free(identity);
}

/* The layouts that may be asked who signed a link. */
struct scope {
	const struct layout *const *layouts;
	size_t n;
	const struct layout **below; /* sublayouts of the note; NULL: not yet
					asked for */
	size_t n_below;
	int64_t now;
};

static void find_below(struct scope *scope, const struct tag_links *links)
{
	const struct sublayouts all = { links->envelopes, links->n,
					scope->now };

	if (!scope->below)
		scope->n_below = sublayouts_known(&scope->below, &all,
						  scope->layouts, scope->n);
}

/* What the layouts themselves know is never asked of a sublayout. */
static void ask(struct claim *claim, struct scope *scope,
		const struct tag_links *links, size_t index)
{
	const struct envelope *link = links->envelopes[index];

	claim->asked = true;
	claim->signer = signer_of(link, scope->layouts, scope->n, scope->now);
	if (claim->signer)
		return;
	find_below(scope, links);
	for (size_t i = 0; i < scope->n_below && !claim->signer; i++) {
		claim->of = scope->below[i];
		claim->signer = signer_of(link, &claim->of, 1, scope->now);
	}
}

/* Who signed the withdrawal, by the layout that knows who signed the link:
 * another one may call somebody else's key a part of its own. */
struct withdrawer {
	const struct envelope *withdrawal;
	const struct layout *of; /* the last one that was asked */
	bool asked;
	const struct key *by;
};

static bool is_by(struct withdrawer *withdrawer, const struct claim *claim,
		  const struct scope *scope)
{
	if (!claim->signer)
		return false;
	if (!withdrawer->asked || withdrawer->of != claim->of) {
		withdrawer->asked = true;
		withdrawer->of = claim->of;
		withdrawer->by = claim->of
					 ? signer_of(withdrawer->withdrawal,
						     &claim->of, 1, scope->now)
					 : signer_of(withdrawer->withdrawal,
						     scope->layouts, scope->n,
						     scope->now);
	}
	return withdrawer->by && key_same(claim->signer, withdrawer->by);
}

/* Several keys may have signed the same bytes: each speaks for its own. Nothing
 * is dropped before all is read: a sublayout that was withdrawn still knows the
 * keys of the links below it. */
void tag_links_withdraw_own(struct tag_links *links,
			    const struct layout *const *layouts,
			    size_t n_layouts, int64_t now)
{
	scoped_value(claims) claims = claims_of(links);
	struct scope scope = { layouts, n_layouts, NULL, 0, now };

	for (size_t i = 0; i < links->n_withdrawals; i++) {
		struct withdrawer withdrawer = {
			.withdrawal = links->withdrawals[i],
		};
		const char *what = bind_revokes(withdrawer.withdrawal->link);

		for (size_t j = 0; j < links->n; j++) {
			struct claim *claim = &claims.items[j];

			if (claim->gone ||
			    strcmp(claims.identities.items[j], what))
				continue;
			if (!claim->asked)
				ask(claim, &scope, links, j);
			claim->gone = is_by(&withdrawer, claim, &scope);
		}
	}
	for (size_t j = links->n; j-- > 0;)
		if (claims.items[j].gone)
			drop_claim(links, &claims, j);
	free(scope.below);
}

static bool withdrew(const struct tag_links *links, const struct key *key,
		     const char *what, int64_t now)
{
	for (size_t i = 0; i < links->n_withdrawals; i++) {
		const struct envelope *withdrawal = links->withdrawals[i];
		struct intoto_error ignored = { 0 };

		if (!strcmp(bind_revokes(withdrawal->link), what) &&
		    envelope_verify(withdrawal, key, now, &ignored) == 0)
			return true;
	}
	return false;
}

size_t tag_links_withdrawn_by(struct strlist *by, struct strlist *missing,
			      const struct tag_links *links,
			      const struct trust *trust, const char *what,
			      int64_t now)
{
	const struct key **counted =
		xcalloc(trust->n_keys + 1, sizeof(*counted));
	size_t n = 0;

	for (size_t i = 0; i < trust->n_keys; i++) {
		const struct key *key = trust->keys[i];
		const bool did = !key_overlaps_any(key, counted, n) &&
				 withdrew(links, key, what, now);
		struct strlist *list = did ? by : missing;
		char who[64];

		key_describe(who, key);
		if (list)
			strlist_add(list, who);
		if (did)
			counted[n++] = key;
	}
	free(counted);
	return n;
}

void tag_links_withdraw(bool *tag, struct tag_links *links,
			const struct trust *trust, int64_t now)
{
	scoped_value(claims) claims = { 0 };
	scoped_value(strlist) whats = STRLIST_INIT;

	*tag = false;
	if (!trust->n_keys)
		return;
	for (size_t i = 0; i < links->n_withdrawals; i++)
		strlist_add(&whats, bind_revokes(links->withdrawals[i]->link));
	strlist_sort(&whats);
	strlist_uniq(&whats);
	claims = claims_of(links);
	for (size_t i = 0; i < whats.n; i++) {
		const char *what = whats.items[i];

		if (tag_links_withdrawn_by(NULL, NULL, links, trust, what,
					   now) < trust->threshold)
			continue;
		*tag |= !strcmp(what, "tag");
		for (size_t j = links->n; j-- > 0;)
			if (!strcmp(claims.identities.items[j], what))
				drop_claim(links, &claims, j);
	}
}
