/* rootdraft.c: draft, sign and publish the next version of the trust root. */
#include "policy/rootdraft.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/xalloc.h"
#include "policy/state.h"

#define DRAFT_FILE "root-draft.json"

static void draft_release(struct root_draft *draft)
{
	envelope_free(draft->envelope);
}

void root_drafts_release(struct root_drafts *drafts)
{
	for (size_t i = 0; i < drafts->n; i++)
		draft_release(&drafts->items[i]);
	free(drafts->items);
	*drafts = (struct root_drafts){ 0 };
}

static char *draft_path(const struct repo *repo)
{
	return xasprintf("%s/intoto/" DRAFT_FILE, repo->common_dir);
}

bool root_draft_exists(struct repo *repo)
{
	scoped_text path = draft_path(repo);

	return file_exists(path);
}

static int draft_remove(struct repo *repo, struct intoto_error *err)
{
	scoped_text path = draft_path(repo);

	return file_remove_tree(path, err);
}

int root_draft_save(struct repo *repo, const json_t *signed_part,
		    struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;
	scoped_json value = NULL;

	if (envelope_from_json(&envelope, signed_part, err) < 0)
		return -1;
	value = json_pack("{s:i, s:O}", "version", STATE_VERSION, "signed",
			  envelope->root->signed_part);
	return state_save(value, repo, DRAFT_FILE, err);
}

/* NULL and 0 if there is none. */
static int draft_load(struct envelope **out, struct repo *repo,
		      struct intoto_error *err)
{
	struct intoto_error why = { 0 };
	scoped(envelope) envelope = NULL;
	scoped_json value = NULL;
	json_t *part = NULL;

	*out = NULL;
	if (state_load(&value, repo, DRAFT_FILE, &why) < 0) {
		if (why.code == INTOTO_ENOTFOUND)
			return 0;
		*err = why;
		return -1;
	}
	if (json_need_object(&part, value, "signed", "the draft of the root",
			     err) < 0 ||
	    envelope_from_json(&envelope, part, err) < 0)
		return -1;
	if (envelope->content != CONTENT_ROOT)
		return intoto_fail(err, INTOTO_EINVALID,
				   "the draft of the root is no root");
	*out = take(envelope);
	return 0;
}

static uint64_t next_version(const struct root_chain *chain)
{
	return chain ? root_chain_last(chain)->version + 1 : 1;
}

static void drafts_add(struct root_drafts *drafts, struct envelope *envelope,
		       bool local)
{
	struct root_draft *draft;

	ALLOC_GROW(drafts->items, drafts->n + 1, drafts->alloc);
	draft = &drafts->items[drafts->n++];
	*draft = (struct root_draft){ .envelope = envelope,
				      .local = local,
				      .vouched = local };
	envelope_digest(draft->digest, envelope);
}

/* Another of its version was published since, or it was itself. */
static int drop_stale(const struct envelope *envelope, struct repo *repo,
		      const struct root_chain *chain, struct report *warnings,
		      struct intoto_error *err)
{
	char digest[SHA256_HEX_SIZE];

	envelope_digest(digest, envelope);
	if (!chain || !root_chain_find(chain, digest)) {
		if (warnings)
			report_warn(warnings,
				    "the draft of version %" PRIu64
				    " of the root was overtaken: make the "
				    "changes again with git intoto trust "
				    "rotate",
				    envelope->root->version);
		return 0;
	}
	return draft_remove(repo, err);
}

static int read_local(struct root_drafts *out, struct repo *repo,
		      const struct root_chain *chain, struct report *warnings,
		      struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;

	if (draft_load(&envelope, repo, err) < 0)
		return -1;
	if (!envelope)
		return 0;
	if (envelope->root->version != next_version(chain))
		return drop_stale(envelope, repo, chain, warnings, err);
	drafts_add(out, take(envelope), true);
	return 0;
}

static bool is_by_any(const struct envelope *envelope,
		      const struct root_role *role)
{
	for (size_t i = 0; i < role->n_keys; i++) {
		struct intoto_error ignored = { 0 };

		if (envelope_verify(envelope, role->keys[i], 0, &ignored) == 0)
			return true;
	}
	return false;
}

static bool is_vouched(const struct envelope *envelope,
		       const struct root_chain *chain)
{
	return is_by_any(envelope, chain ? &root_chain_last(chain)->root
					 : &envelope->root->root);
}

static bool may_follow(const struct envelope *envelope,
		       const struct root_chain *chain)
{
	return envelope->content == CONTENT_ROOT &&
	       envelope->root->version == next_version(chain) &&
	       (!chain || !strcmp(envelope->root->project,
				  root_chain_last(chain)->project)) &&
	       (is_vouched(envelope, chain) ||
		is_by_any(envelope, &envelope->root->root));
}

/* A draft that is here and pending as well is one. */
static void add_pending(struct root_drafts *out, struct pending_item *item,
			const struct root_chain *chain)
{
	struct root_draft *local =
		out->n && out->items[0].local ? &out->items[0] : NULL;

	if (local && !strcmp(local->digest, item->digest)) {
		envelope_free(local->envelope);
		local->envelope = take(item->envelope);
		return;
	}
	drafts_add(out, take(item->envelope), false);
	out->items[out->n - 1].vouched =
		is_vouched(out->items[out->n - 1].envelope, chain);
}

int root_drafts_read(struct root_drafts *out, struct repo *repo,
		     const struct root_chain *chain, struct report *warnings,
		     struct intoto_error *err)
{
	scoped_value(root_drafts) drafts = { 0 };
	scoped_value(pending) pending = { 0 };

	if (read_local(&drafts, repo, chain, warnings, err) < 0 ||
	    pending_read(&pending, repo, warnings, err) < 0)
		return -1;
	for (size_t i = 0; i < pending.n; i++)
		if (may_follow(pending.items[i].envelope, chain))
			add_pending(&drafts, &pending.items[i], chain);
	*out = drafts;
	drafts = (struct root_drafts){ 0 };
	return 0;
}

static int several(const struct root_drafts *drafts, struct intoto_error *err)
{
	scoped_value(buffer) digests = BUFFER_INIT;

	for (size_t i = 0; i < drafts->n; i++)
		buffer_printf(&digests, "%s%.12s", i ? ", " : "",
			      drafts->items[i].digest);
	intoto_fail(err, INTOTO_EINVALID,
		    "several drafts of the next root are here: %s",
		    buffer_text(&digests));
	return intoto_hint(err, "git intoto trust show");
}

/* How many fit, and the last of them. */
static size_t find_draft(struct root_draft **out, struct root_drafts *drafts,
			 const char *wanted, bool vouched)
{
	size_t n = 0;

	for (size_t i = 0; i < drafts->n; i++) {
		struct root_draft *draft = &drafts->items[i];

		if ((wanted && !pending_is_named(draft->digest, wanted)) ||
		    (vouched && !draft->vouched))
			continue;
		*out = draft;
		n++;
	}
	return n;
}

int root_drafts_choose(struct root_draft **out, struct root_drafts *drafts,
		       const char *wanted, struct intoto_error *err)
{
	struct root_draft *found = NULL;
	size_t n = find_draft(&found, drafts, wanted, !wanted);

	if (!n && !wanted)
		n = find_draft(&found, drafts, NULL, false);
	if (n > 1)
		return several(drafts, err);
	if (!n)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "no draft of the next root is here%s%s",
				   wanted ? " that is " : "",
				   wanted ? wanted : "");
	*out = found;
	return 0;
}

void root_needs_release(struct root_needs *needs)
{
	for (size_t i = 0; i < needs->n; i++)
		strlist_release(&needs->items[i].missing);
}

static void need_add(struct root_needs *needs, const char *whose,
		     const struct root_role *role,
		     const struct envelope *envelope)
{
	struct root_need *need = &needs->items[needs->n++];
	struct intoto_error ignored = { 0 };

	need->whose = whose;
	need->threshold = role->threshold;
	pending_missing(&need->good, &need->missing, envelope, role->keys,
			role->n_keys, 0);
	need->met = root_check_signers(envelope, role, &ignored) == 0;
}

void root_needs_read(struct root_needs *out, const struct root_chain *chain,
		     const struct envelope *envelope)
{
	*out = (struct root_needs){ 0 };
	if (chain) {
		const struct root *before = root_chain_last(chain);

		snprintf(out->before, sizeof(out->before),
			 "the keys of version %" PRIu64, before->version);
		need_add(out, out->before, &before->root, envelope);
	}
	need_add(out, "its own keys", &envelope->root->root, envelope);
}

static const struct key *role_find(const struct root_role *role,
				   const struct key *key)
{
	for (size_t i = 0; i < role->n_keys; i++)
		if (key_same(role->keys[i], key))
			return role->keys[i];
	return NULL;
}

/* As the root lists it: an SSH spelling of an RSA key signs by another scheme
 * than its PEM. */
static int sign_one(struct envelope *envelope, const struct root_chain *chain,
		    struct signer *signer, struct intoto_error *err)
{
	const struct key *key = signer_key(signer);
	const struct key *listed = role_find(&envelope->root->root, key);
	char who[64];

	key_describe(who, key);
	if (!listed && chain)
		listed = role_find(&root_chain_last(chain)->root, key);
	if (!listed) {
		intoto_fail(err, INTOTO_EINVALID,
			    "%s is no key of version %" PRIu64
			    " of the root, or of the one before",
			    who, envelope->root->version);
		return intoto_hint(err, "git intoto trust show");
	}
	if (envelope_add_signature(envelope, signer, err) < 0)
		return -1;
	if (envelope_verify(envelope, listed, 0, err) == 0)
		return 0;
	err->code = INTOTO_EINVALID;
	return intoto_context(err, "the signature by %s, listed as %s: ", who,
			      key_scheme(listed));
}

/* All versions, one a line, and this one more. */
static int prepare_root(struct ref_update *update, struct repo *repo,
			const struct root_chain *chain,
			const struct envelope *envelope,
			struct intoto_error *err)
{
	const struct oid key = notes_empty_tree(repo);
	scoped_value(buffer) text = BUFFER_MAX(NOTE_MAX);
	scoped_text message = xasprintf("in-toto: root, version %" PRIu64,
					envelope->root->version);

	for (size_t i = 0; chain && i < chain->n; i++)
		buffer_printf(&text, "%s\n", chain->lines.items[i]);
	if (envelope_append_line(&text, envelope, err) < 0)
		return -1;
	buffer_putc(&text, '\n');
	if (buffer_check(&text, "the root", err) < 0)
		return -1;
	return notes_prepare_replace(update, repo, ROOT_REF,
				     chain ? &chain->commit : NULL, &key,
				     text.data, text.len, message, err);
}

int root_draft_sign(bool *published, struct root_draft *draft,
		    struct repo *repo, const struct root_chain *chain,
		    struct signer *const *signers, size_t n,
		    struct intoto_error *err)
{
	struct envelope *envelope = draft->envelope;
	const struct envelope *before =
		chain ? chain->versions[chain->n - 1] : NULL;
	struct intoto_error why = { 0 };
	struct ref_update update = { 0 };
	int got;

	for (size_t i = 0; i < n; i++)
		if (sign_one(envelope, chain, signers[i], err) < 0)
			return -1;
	*published = root_check_next(before, envelope, &why) == 0;
	if (!*published && strcmp(why.reason, "root-threshold")) {
		*err = why;
		return -1;
	}
	if (chain && *published && root_chain_adopt(repo, chain, err) < 0)
		return -1;
	got = *published ? prepare_root(&update, repo, chain, envelope, err)
			 : pending_prepare(&update, repo, envelope, err);
	if (got < 0 || refs_transaction(repo, &update, 1,
					*published ? "in-toto: root"
						   : "in-toto: root signed",
					err) < 0)
		return -1;
	return draft_remove(repo, err);
}
