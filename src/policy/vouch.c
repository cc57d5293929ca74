/* vouch.c: an owner's signature under a seal or a withdrawal. */
#include "policy/vouch.h"

#include <string.h>

#include "base/xalloc.h"

#define CLOCKS_DIFFER ((int64_t)24 * 60 * 60)

void vouched_release(struct vouched *vouched)
{
	strlist_release(&vouched->missing);
	*vouched = (struct vouched){ 0 };
}

/* The owner that the signer is, or NULL. */
static const struct key *owner_of(const struct voucher *voucher)
{
	const struct key *key = signer_key(voucher->signer);

	for (size_t i = 0; i < voucher->trust->n_keys; i++)
		if (key_overlaps(voucher->trust->keys[i], key))
			return voucher->trust->keys[i];
	return NULL;
}

int vouch_check_owner(const struct voucher *voucher, struct intoto_error *err)
{
	char who[64];

	if (owner_of(voucher))
		return 0;
	key_describe(who, signer_key(voucher->signer));
	intoto_reject(err, "not-an-owner",
		      "key '%s' is none of the owners who are trusted here",
		      who);
	return intoto_hint(err, "git intoto trust list");
}

/* What is still missing once this owner has signed too. */
static void count(struct vouched *out, const struct voucher *voucher,
		  const struct strlist *missing)
{
	const struct trust *trust = voucher->trust;
	const struct key *owner = owner_of(voucher);
	char who[64] = "";

	if (owner)
		key_describe(who, owner);
	for (size_t i = 0; i < missing->n; i++)
		if (strcmp(missing->items[i], who))
			strlist_add(&out->missing, missing->items[i]);
	out->complete = trust->n_keys &&
			trust->n_keys - out->missing.n >= trust->threshold;
}

static int add_line(struct strlist *lines, const struct voucher *voucher,
		    const struct envelope *envelope, struct intoto_error *err)
{
	scoped_value(buffer) line = BUFFER_MAX(voucher->max_line);

	if (envelope_append_line(&line, envelope, err) < 0 ||
	    buffer_check(&line, "the line (intoto.maxLinkSize)", err) < 0)
		return -1;
	strlist_take(lines, buffer_take(&line));
	return 0;
}

static bool is_signed_by(struct envelope *const *lines, size_t n,
			 const struct voucher *voucher)
{
	for (size_t i = 0; i < n; i++) {
		struct intoto_error ignored = { 0 };

		if (envelope_verify(lines[i], signer_key(voucher->signer),
				    voucher->now, &ignored) == 0)
			return true;
	}
	return false;
}

/* A seal that says of this version what we would say: the one that most owners
 * signed, so that two who began at once end with the same. */
static const struct seal *find_begun(const struct judgement *judgement,
				     const struct judged_layout *layout,
				     int64_t now)
{
	const struct seal *best = NULL;

	for (size_t i = 0; i < judgement->seals->n; i++) {
		const struct seal *seal = judgement->seals->items[i];

		if (strcmp(seal->layout, layout->name) ||
		    strcmp(seal->layout_digest, layout->digest) ||
		    seal->withdrawn || !seal->holds || !seal->by.n ||
		    seal->when > now + CLOCKS_DIFFER)
			continue;
		if (!best || seal->by.n > best->by.n)
			best = seal;
	}
	return best;
}

static bool is_taken(const struct judgement *judgement,
		     const struct envelope *envelope)
{
	char identity[SHA256_HEX_SIZE];

	envelope_identity(identity, envelope);
	for (size_t i = 0; i < judgement->seals->n; i++)
		if (!strcmp(judgement->seals->items[i]->identity, identity))
			return true;
	return false;
}

/* What was withdrawn stays so; the same seal a second later is another. */
static int make_seal(struct envelope **out, const struct voucher *voucher,
		     const struct tag_facts *facts,
		     const struct judgement *judgement,
		     const struct judged_layout *layout,
		     struct intoto_error *err)
{
	for (size_t i = 0; i <= judgement->seals->n; i++) {
		scoped_json statement =
			seal_statement(facts, layout->name, layout->digest,
				       &layout->links,
				       voucher->now + (int64_t)i);
		scoped(envelope) envelope = NULL;

		if (!statement)
			return intoto_fail(err, INTOTO_EINVALID,
					   "the name of tag '%s' is no UTF-8",
					   facts->tag.name);
		if (statement_sign(&envelope, statement, voucher->signer,
				   voucher->max_line, err) < 0)
			return -1;
		if (is_taken(judgement, envelope))
			continue;
		*out = take(envelope);
		return 0;
	}
	return intoto_fail(err, INTOTO_EINVALID, "cannot make another seal");
}

static void all_owners(struct strlist *out, const struct trust *trust)
{
	for (size_t i = 0; i < trust->n_keys; i++) {
		char who[64];

		key_describe(who, trust->keys[i]);
		strlist_add(out, who);
	}
}

int vouch_seal(struct vouched *out, struct strlist *lines,
	       const struct voucher *voucher, const struct tag_facts *facts,
	       const struct judgement *judgement,
	       const struct judged_layout *layout, struct intoto_error *err)
{
	const struct seal *begun = find_begun(judgement, layout, voucher->now);
	scoped_value(strlist) missing = STRLIST_INIT;
	scoped(envelope) envelope = NULL;

	if (vouch_check_owner(voucher, err) < 0)
		return -1;
	if (!begun)
		all_owners(&missing, voucher->trust);
	count(out, voucher, begun ? &begun->missing : &missing);
	if (begun && (begun->enough ||
		      is_signed_by(begun->lines, begun->n_lines, voucher)))
		return 0;
	if (begun ? statement_cosign(&envelope, begun->lines[0],
				     voucher->signer, voucher->max_line,
				     err) < 0
		  : make_seal(&envelope, voucher, facts, judgement, layout,
			      err) < 0)
		return -1;
	out->added = true;
	return add_line(lines, voucher, envelope, err);
}

/* The same for every owner: nothing in it is of the clone or the moment. */
static int make_withdrawal(struct envelope **out, const struct voucher *voucher,
			   const struct tag_facts *facts, const char *what,
			   struct intoto_error *err)
{
	scoped(link) link = link_new("revoke");
	json_t *git = bind_environment(facts, NULL);

	json_object_set_new(git, "revokes", json_string(what));
	json_object_set_new(link->environment, "git", git);
	return envelope_sign_link(out, &link, false, voucher->signer,
				  voucher->max_line, err);
}

static bool has_withdrawn(const struct tag_links *links, const char *what,
			  const struct voucher *voucher)
{
	for (size_t i = 0; i < links->n_withdrawals; i++)
		if (!strcmp(bind_revokes(links->withdrawals[i]->link), what) &&
		    is_signed_by(links->withdrawals + i, 1, voucher))
			return true;
	return false;
}

int vouch_withdraw(struct vouched *out, struct strlist *lines,
		   const struct voucher *voucher, const struct tag_facts *facts,
		   const struct tag_links *links, const char *what, bool own,
		   struct intoto_error *err)
{
	scoped_value(strlist) missing = STRLIST_INIT;
	scoped(envelope) envelope = NULL;

	if (!own && vouch_check_owner(voucher, err) < 0)
		return -1;
	if (!*facts->project)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "the project of tag '%s' is not known here",
				   facts->tag.name);
	tag_links_withdrawn_by(NULL, &missing, links, voucher->trust, what,
			       voucher->now);
	count(out, voucher, &missing);
	out->complete |= own;
	if (has_withdrawn(links, what, voucher))
		return 0;
	if (make_withdrawal(&envelope, voucher, facts, what, err) < 0)
		return -1;
	out->added = true;
	return add_line(lines, voucher, envelope, err);
}

int vouch_publish(struct repo *repo, const struct tag_facts *facts,
		  const struct strlist *lines, const char *what,
		  struct intoto_error *err)
{
	scoped_text ref = notes_links_ref(&facts->tag.oid);
	scoped_text message =
		xasprintf("in-toto: %s of tag '%s'", what, facts->tag.name);
	struct ref_update update = { 0 };

	if (!lines->n)
		return 0;
	if (notes_prepare(&update, repo, ref, &facts->tag.oid, lines, message,
			  err) < 0)
		return -1;
	return refs_transaction(repo, &update, 1, message, err);
}
