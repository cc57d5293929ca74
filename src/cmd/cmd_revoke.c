/* cmd_revoke.c: withdraw a tag, or a link of one, for good. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/sealing.h"
#include "cmd/ui.h"
#include "cmd/withdrawing.h"
#include "policy/sublayouts.h"
#include "repo/remote.h"

#define DIGITS_MIN 12 /* as `show` prints them */

static const char usage[] = "revoke [OPTION]... TAG\n"
			    "revoke [OPTION]... --link sha256:DIGEST TAG";

struct revoking {
	struct strlist links; /* --link */
	struct key_options key;
	bool yes;

	struct session session;
	struct signer *signer;
	char *ref;
};

static void revoking_release(struct revoking *revoking)
{
	signer_free(revoking->signer);
	session_release(&revoking->session);
	strlist_release(&revoking->links);
	free(revoking->ref);
}
SCOPED_RELEASE(revoking);

/* "sha256:1234..." or the digits alone, at least as many as `show` prints. */
static int check_digests(struct strlist *links, struct intoto_error *err)
{
	for (size_t i = 0; i < links->n; i++) {
		char *text = links->items[i];
		const char *digits =
			strncmp(text, "sha256:", 7) ? text : text + 7;
		const size_t len = strlen(digits);

		if (len < DIGITS_MIN || len >= SHA256_HEX_SIZE ||
		    !is_lower_hex(digits, len))
			return intoto_fail(err, INTOTO_EUSAGE,
					   "option '--link': '%s' is not "
					   "sha256: and up to 64 lower-case "
					   "hex digits, at least %d",
					   text, DIGITS_MIN);
		memmove(text, digits, len + 1);
	}
	return 0;
}

static int parse(struct revoking *revoking, int *argc, char ***argv,
		 struct intoto_error *err)
{
	const struct option options[] = {
		OPT_LIST(0, "link", &revoking->links, "sha256:DIGEST",
			 "withdraw this link, not the tag"),
		OPT_FLAG('y', "yes", &revoking->yes, "do not ask"),
		OWNER_KEY_OPTIONS(&revoking->key),
		OPT_END,
	};

	if (options_parse(argc, argv, options, usage, err) < 0 ||
	    options_operands(*argc, 1, 1, "a TAG", usage, err) < 0 ||
	    check_digests(&revoking->links, err) < 0 ||
	    key_options_check(&revoking->key, err) < 0)
		return -1;
	return 0;
}

static int open_all(struct revoking *revoking, const char *name,
		    struct intoto_error *err)
{
	struct session *session = &revoking->session;
	struct oid oid;

	if (session_open(session, err) < 0 ||
	    trust_require(session->trust, err) < 0 ||
	    session_tag(&revoking->ref, &oid, session, name, err) < 0)
		return -1;
	return key_options_open(&revoking->signer, &revoking->key,
				session->repo, NULL, err);
}

/* A link that is no longer there may have been withdrawn before. */
static int find_link(const struct envelope **out, char identity[],
		     const struct tag_links *links, const char *digits,
		     struct intoto_error *err)
{
	const size_t len = strlen(digits);
	size_t found = 0;

	*out = NULL;
	for (size_t i = 0; i < links->withdrawn.n; i++) {
		if (strncmp(links->withdrawn.items[i], digits, len))
			continue;
		memcpy(identity, links->withdrawn.items[i], SHA256_HEX_SIZE);
		return 0;
	}
	for (size_t i = 0; i < links->n; i++) {
		char own[SHA256_HEX_SIZE];

		envelope_identity(own, links->envelopes[i]);
		if (strncmp(own, digits, len) ||
		    (found && !strcmp(own, identity)))
			continue;
		memcpy(identity, own, sizeof(own));
		*out = links->envelopes[i];
		found++;
	}
	if (found == 1)
		return 0;
	intoto_fail(err, found ? INTOTO_EINVALID : INTOTO_ENOTFOUND,
		    found ? "'%s' begins several links of this tag"
			  : "no link '%s' of this tag",
		    digits);
	return intoto_hint(err, "git intoto show TAG");
}

static bool knows(const struct layout *layout, const struct key *key)
{
	for (size_t i = 0; i < layout->n_keys; i++)
		if (key_same(layout->keys[i].key, key))
			return true;
	return false;
}

/* One of the layouts, or of the tag's sublayouts. */
static bool is_known(const struct withdrawing *work, const struct key *key)
{
	const struct inforce_set *set = &work->session->layouts;
	const struct layout **layouts = xcalloc(set->n + 1, sizeof(*layouts));
	const struct sublayouts all = { work->links->envelopes, work->links->n,
					work->session->now };
	const struct layout **below = NULL;
	bool known = false;
	size_t n;

	for (size_t i = 0; i < set->n; i++) {
		layouts[i] = set->items[i]->envelope->layout;
		known |= knows(layouts[i], key);
	}
	n = sublayouts_known(&below, &all, layouts, set->n);
	for (size_t i = 0; i < n && !known; i++)
		known = knows(below[i], key);
	free(layouts);
	free(below);
	return known;
}

/* A key may take back what it said itself, as long as a layout knows it. */
static bool is_own(const struct withdrawing *work,
		   const struct envelope *envelope)
{
	const struct key *key = signer_key(work->signer);
	struct intoto_error ignored = { 0 };

	return envelope_verify(envelope, key, work->session->now, &ignored) ==
		       0 &&
	       is_known(work, key);
}

static const char *step_of(const struct envelope *envelope)
{
	const char *step;

	if (envelope->content == CONTENT_LINK)
		return envelope->link->name;
	step = envelope->layout->sub.step;
	return step ? step : "*";
}

static int revoke_link(struct withdrawing *work, const char *digits,
		       struct intoto_error *err)
{
	char identity[SHA256_HEX_SIZE] = "";
	const struct envelope *envelope = NULL;
	scoped_text said = NULL;

	if (find_link(&envelope, identity, work->links, digits, err) < 0)
		return -1;
	if (!envelope) {
		printf("already: link %.12s is withdrawn\n", identity);
		return 0;
	}
	said = xasprintf("%s %.12s, step '%s',",
			 envelope->content == CONTENT_LINK ? "link"
							   : "sublayout",
			 identity, step_of(envelope));
	return withdrawing_add(work, identity, said, is_own(work, envelope),
			       err);
}

/* The withdrawal goes first, and then the server lets the tag go. */
static void print_deletion(const struct revoking *revoking,
			   const struct withdrawing *work)
{
	scoped_text remote = remote_default(revoking->session.repo);
	scoped_text notes = notes_links_ref(&work->facts->tag.oid);
	scoped_text gone = NULL;
	scoped_text from = NULL;
	scoped_text what = NULL;

	if (!remote)
		return;
	gone = xasprintf(":%s", revoking->ref);
	from = quote_word(remote);
	what = quote_word(gone);
	printf("to delete the tag there, in the same push:\n"
	       "  git push --atomic %s %s %s\n",
	       from, notes, what);
}

static int confirm(bool *go, const struct revoking *revoking,
		   struct intoto_error *err)
{
	scoped_text tag = escape_text(refs_short(revoking->ref));
	scoped_text question = NULL;

	*go = true;
	if (revoking->yes || revoking->links.n || !ui_can_ask())
		return 0;
	question = xasprintf("withdraw tag '%s' for good?", tag);
	return ui_confirm(go, question, false, err);
}

static int revoke(struct revoking *revoking, struct intoto_error *err)
{
	scoped_text tag = escape_text(refs_short(revoking->ref));
	scoped_text said = xasprintf("tag '%s'", tag);
	scoped_value(withdrawing) work = { 0 };

	if (withdrawing_open(&work, &revoking->session, revoking->signer,
			     revoking->ref, err) < 0)
		return -1;
	if (!revoking->links.n &&
	    withdrawing_add(&work, "tag", said, false, err) < 0)
		return -1;
	for (size_t i = 0; i < revoking->links.n; i++)
		if (revoke_link(&work, revoking->links.items[i], err) < 0)
			return -1;
	if (withdrawing_publish(&work, err) < 0 ||
	    sealing_print_push(&revoking->session, &revoking->ref, 1, err) < 0)
		return -1;
	if (!revoking->links.n && work.complete)
		print_deletion(revoking, &work);
	return 0;
}

int cmd_revoke(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(revoking) revoking = { 0 };
	bool go = false;

	if (parse(&revoking, &argc, &argv, err) < 0 ||
	    open_all(&revoking, argv[0], err) < 0 ||
	    confirm(&go, &revoking, err) < 0)
		return -1;
	if (!go) {
		puts("nothing was withdrawn");
		return CMD_REJECTED;
	}
	return revoke(&revoking, err);
}
