/* tag_links.c: the links among the lines of a tag's note. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/judge.h"

#define WARNINGS_SHOWN 20

void tag_links_free(struct tag_links *links)
{
	if (!links)
		return;
	for (size_t i = 0; i < links->n; i++)
		envelope_free(links->envelopes[i]);
	for (size_t i = 0; i < links->n_withdrawals; i++)
		envelope_free(links->withdrawals[i]);
	for (size_t i = 0; i < links->n_statements; i++)
		envelope_free(links->statements[i]);
	free(links->envelopes);
	free(links->withdrawals);
	free(links->statements);
	free(links->bindings);
	free(links->candidates);
	note_release(&links->note);
	strlist_release(&links->origins);
	strlist_release(&links->withdrawn);
	report_release(&links->problems);
	free(links);
}

struct reading {
	struct tag_links *links;
	const struct tag_facts *facts;
	struct report *warnings;
	size_t *n_warned;
};

__attribute__((format(printf, 2, 3))) static void
warn(const struct reading *reading, const char *fmt, ...)
{
	scoped_text text = NULL;
	va_list args;

	if (!reading->warnings || ++*reading->n_warned > WARNINGS_SHOWN)
		return;
	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	report_warn(reading->warnings, "%s", text);
}

static void refuse_link(const struct reading *reading, const char *origin,
			const struct link *link, const struct intoto_error *why)
{
	struct finding *finding =
		report_refuse(&reading->links->problems, why->reason,
			      "step '%s': %s is not of this tag: %s",
			      link->name, origin, why->message);

	finding_set(&finding->step, "%s", link->name);
	warn(reading, "step '%s': %s is not of this tag: %s [%s]", link->name,
	     origin, why->message, why->reason);
}

static void add_link(struct tag_links *links, struct envelope *envelope,
		     enum binding binding, const char *origin)
{
	const size_t n = links->n + 1;

	links->envelopes =
		xrealloc(links->envelopes, n, sizeof(*links->envelopes));
	links->bindings =
		xrealloc(links->bindings, n, sizeof(*links->bindings));
	links->candidates =
		xrealloc(links->candidates, n, sizeof(*links->candidates));
	strlist_add(&links->origins, origin);
	links->envelopes[n - 1] = envelope;
	links->bindings[n - 1] = binding;
	links->candidates[n - 1] = (struct chain_link){
		.envelope = envelope,
		.origin = links->origins.items[n - 1],
		.link = envelope->link,
	};
	links->n = n;
}

static void add_withdrawal(const struct reading *reading,
			   struct envelope *envelope, enum binding binding,
			   const char *origin)
{
	struct tag_links *links = reading->links;
	const size_t n = links->n_withdrawals + 1;

	if (binding != BOUND_BY_NAME || !bind_revokes(envelope->link)) {
		warn(reading, "%s is named 'revoke' and withdraws nothing",
		     origin);
		envelope_free(envelope);
		return;
	}
	links->withdrawals =
		xrealloc(links->withdrawals, n, sizeof(*links->withdrawals));
	links->withdrawals[n - 1] = envelope;
	links->n_withdrawals = n;
}

static void add_statement(struct tag_links *links, struct envelope *envelope)
{
	const size_t n = links->n_statements + 1;

	links->statements =
		xrealloc(links->statements, n, sizeof(*links->statements));
	links->statements[n - 1] = envelope;
	links->n_statements = n;
}

/* NULL: counted as a link, if it is bound. */
static const char *link_problem(const struct envelope *envelope)
{
	if (envelope->content == CONTENT_LAYOUT ||
	    envelope->content == CONTENT_ROOT)
		return "is no link, and has no place in a note of links";
	if (envelope->n_signatures != 1)
		return "has not exactly one signature";
	return NULL;
}

static int read_line(const struct reading *reading, size_t number,
		     const struct note_line *line, struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;
	scoped_text origin = NULL;
	struct intoto_error why = { 0 };
	char identity[SHA256_HEX_SIZE];
	enum binding binding;
	const char *problem = line->problem;

	if (problem) {
		warn(reading, "line %zu of the note %s: not counted", number,
		     problem);
		return 0;
	}
	if (envelope_read(&envelope, line->text, line->len, true, &why) < 0) {
		warn(reading, "line %zu of the note is malformed: %s", number,
		     why.message);
		return 0;
	}
	problem = link_problem(envelope);
	if (problem) {
		warn(reading, "line %zu of the note %s: not counted", number,
		     problem);
		return 0;
	}
	if (envelope->content == CONTENT_STATEMENT) {
		add_statement(reading->links, take(envelope));
		return 0;
	}
	envelope_identity(identity, envelope);
	origin = xasprintf("link %.12s (line %zu of the note)", identity,
			   number);
	if (bind_link(&binding, envelope->link, reading->facts, &why) == 0) {
		struct envelope *taken = take(envelope);

		if (!strcmp(taken->link->name, "revoke"))
			add_withdrawal(reading, taken, binding, origin);
		else
			add_link(reading->links, taken, binding, origin);
		return 0;
	}
	if (why.code != INTOTO_EREJECTED) {
		if (err)
			*err = why;
		return -1;
	}
	refuse_link(reading, origin, envelope->link, &why);
	return 0;
}

static int note_read_object(struct note *note, struct repo *repo,
			    const struct oid *oid, struct intoto_error *err)
{
	scoped_text ref = notes_links_ref(oid);
	scoped_value(note) found = { 0 };
	struct intoto_error why = { 0 };

	if (note_read(&found, repo, ref, oid, &why) == 0) {
		note_union(note, &found);
		return 0;
	}
	if (why.code == INTOTO_ELIMIT) {
		intoto_reject(err, "note-limit", "%s", why.message);
		return intoto_hint(err, "%s", why.hint);
	}
	if (err)
		*err = why;
	return -1;
}

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
	const struct key **signers; /* NULL: not yet asked for, or nobody */
	bool *asked;
};

static void claims_release(struct claims *claims)
{
	strlist_release(&claims->identities);
	free(claims->signers);
	free(claims->asked);
}
SCOPED_RELEASE(claims);

static struct claims claims_of(const struct tag_links *links)
{
	struct claims claims = {
		.signers = xcalloc(links->n + 1, sizeof(*claims.signers)),
		.asked = xcalloc(links->n + 1, sizeof(*claims.asked)),
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
	memmove(claims->signers + index, claims->signers + index + 1,
		after * sizeof(*claims->signers));
	memmove(claims->asked + index, claims->asked + index + 1,
		after * sizeof(*claims->asked));
	identities->n--;
	drop_link(links, index, identity);
	free(identity);
}

/* Several keys may have signed the same bytes: each speaks for its own. */
static void withdraw_own(struct tag_links *links,
			 const struct layout *const *layouts, size_t n_layouts,
			 int64_t now)
{
	scoped_value(claims) claims = claims_of(links);

	for (size_t i = 0; i < links->n_withdrawals; i++) {
		const struct envelope *withdrawal = links->withdrawals[i];
		const char *what = bind_revokes(withdrawal->link);
		const struct key *by = NULL;

		for (size_t j = links->n; j-- > 0;) {
			if (strcmp(claims.identities.items[j], what))
				continue;
			if (!by)
				by = signer_of(withdrawal, layouts, n_layouts,
					       now);
			if (!by)
				break;
			if (!claims.asked[j])
				claims.signers[j] =
					signer_of(links->envelopes[j], layouts,
						  n_layouts, now);
			claims.asked[j] = true;
			if (claims.signers[j] &&
			    key_same(claims.signers[j], by))
				drop_claim(links, &claims, j);
		}
	}
}

int tag_links_read(struct tag_links **out, struct repo *repo,
		   const struct tag_facts *facts, const struct note *note,
		   const struct layout *const *layouts, size_t n_layouts,
		   int64_t now, struct report *warnings,
		   struct intoto_error *err)
{
	scoped(tag_links) links = xcalloc(1, sizeof(*links));
	size_t n_warned = 0;
	const struct reading reading = { links, facts, warnings, &n_warned };

	if (note)
		note_union(&links->note, note);
	else if (note_read_object(&links->note, repo, &facts->tag.oid, err) <
			 0 ||
		 note_read_object(&links->note, repo, &facts->tag.commit, err) <
			 0)
		return -1;
	for (size_t i = 0; i < links->note.n; i++)
		if (read_line(&reading, i + 1, &links->note.lines[i], err) < 0)
			return -1;
	if (n_warned > WARNINGS_SHOWN)
		report_warn(warnings, "%zu more lines of the note: not counted",
			    n_warned - WARNINGS_SHOWN);
	withdraw_own(links, layouts, n_layouts, now);
	*out = take(links);
	return 0;
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
