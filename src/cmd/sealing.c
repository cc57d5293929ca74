/* sealing.c: seal tags, and tell of it. */
#include "cmd/sealing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/ui.h"
#include "policy/impact.h"
#include "policy/vouch.h"
#include "repo/config.h"
#include "repo/remote.h"

void sealing_release(struct sealing *sealing)
{
	strlist_release(&sealing->seal);
}

int sealing_check(const struct sealing *sealing, struct intoto_error *err)
{
	if (!sealing->seal.n || !sealing->no_seal)
		return 0;
	return intoto_fail(err, INTOTO_EUSAGE,
			   "options '--seal' and '--no-seal' contradict each "
			   "other");
}

void sealing_print_missing(const struct strlist *missing, size_t need)
{
	printf("  %zu more must sign, of:\n", need);
	for (size_t i = 0; i < missing->n; i++)
		printf("    %s\n", missing->items[i]);
}

/* One layout's seal of a tag. */
static int seal_layout(struct strlist *lines, const struct voucher *voucher,
		       const struct tag_facts *facts,
		       const struct judgement *judgement,
		       const struct judged_layout *layout,
		       struct intoto_error *err)
{
	scoped_value(vouched) vouched = { 0 };
	scoped_text tag = escape_text(facts->tag.name);
	const struct trust *trust = voucher->trust;
	const uint64_t version =
		layout->sealed ? layout->sealed_version : layout->version;

	if (layout->sealed) {
		printf("%s: already sealed for version %" PRIu64
		       " of layout '%s'\n",
		       tag, version, layout->name);
		return 0;
	}
	if (vouch_seal(&vouched, lines, voucher, facts, judgement, layout,
		       err) < 0)
		return -1;
	if (!vouched.added)
		printf("%s: already %s for version %" PRIu64
		       " of layout '%s'\n",
		       tag, vouched.complete ? "sealed" : "signed", version,
		       layout->name);
	else
		printf("%s: %s for version %" PRIu64 " of layout '%s', %zu "
		       "%s\n",
		       tag, vouched.complete ? "sealed" : "a seal is begun",
		       version, layout->name, layout->links.n,
		       layout->links.n == 1 ? "link" : "links");
	if (!vouched.complete)
		sealing_print_missing(&vouched.missing,
				      trust->threshold + vouched.missing.n -
					      trust->n_keys);
	return 0;
}

static int seal_all_layouts(struct session *session, struct signer *signer,
			    const struct judgement *judgement,
			    struct intoto_error *err)
{
	struct voucher voucher = {
		.repo = session->repo,
		.trust = session->trust,
		.signer = signer,
		.now = session->now,
	};
	scoped_value(strlist) lines = STRLIST_INIT;
	scoped(tag_facts) facts = NULL;
	struct oid oid;

	if (vouch_check_owner(&voucher, err) < 0 ||
	    config_max_link_size(&voucher.max_line, session->repo, err) < 0)
		return -1;
	if (!oid_parse(&oid, judgement->tag, strlen(judgement->tag)))
		return intoto_fail(err, INTOTO_EINVALID, "no tag object");
	if (tag_facts_read_tag(&facts, session->repo, judgement->ref, &oid,
			       judgement->project, err) < 0)
		return -1;
	for (size_t i = 0; i < judgement->n_layouts; i++)
		if (seal_layout(&lines, &voucher, facts, judgement,
				&judgement->layouts[i], err) < 0)
			return -1;
	return vouch_publish(session->repo, facts, &lines, "seal", err);
}

int sealing_tag(bool *refused, struct session *session, struct signer *signer,
		const char *ref, const char *const *layouts, size_t n_layouts,
		struct intoto_error *err)
{
	struct ui_progress progress = ui_progress_start("hashing");
	const struct manifest_options hashing = {
		.progress = ui_progress_show,
		.progress_data = &progress,
	};
	const struct judge_options options = {
		.trust = session->trust,
		.layouts = layouts,
		.n_layouts = n_layouts,
		.now = session->now,
		.inspect = INSPECT_NO,
		.hashing = &hashing,
		.no_side_effects = true,
		.try_seals = true,
	};
	scoped(judgement) judgement = NULL;
	int got = judge_tag(&judgement, session->repo, ref, &options, err);

	ui_progress_stop(&progress);
	if (got < 0)
		return -1;
	if (judgement_accepts(judgement))
		return seal_all_layouts(session, signer, judgement, err);
	say_warnings(&judgement->report.warnings);
	say_refusals(&judgement->report);
	*refused = true;
	return 0;
}

static void add_word(struct buffer *out, const char *word)
{
	scoped_text shown = escape_text(word);

	buffer_putc(out, ' ');
	quote_append(out, shown, QUOTE_SHELL);
}

/* Each tag's note has a ref of its own, or shares it. */
static int notes_refs(struct strlist *out, struct session *session,
		      char *const *refs, size_t n, struct intoto_error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct oid oid;

		if (refs_read(&oid, session->repo, refs[i], err) < 0)
			return -1;
		strlist_take(out, notes_links_ref(&oid));
	}
	strlist_sort(out);
	strlist_uniq(out);
	return 0;
}

int sealing_print_push(struct session *session, char *const *refs, size_t n,
		       struct intoto_error *err)
{
	scoped_text remote = remote_default(session->repo);
	scoped_value(strlist) notes = STRLIST_INIT;
	scoped_value(buffer) ours = BUFFER_INIT;
	scoped_value(buffer) plain = BUFFER_INIT;

	if (!remote || !n)
		return 0;
	if (notes_refs(&notes, session, refs, n, err) < 0)
		return -1;
	buffer_puts(&ours, "git intoto push");
	add_word(&ours, remote);
	for (size_t i = 0; i < n; i++)
		add_word(&ours, refs_short(refs[i]));
	buffer_puts(&plain, "git push");
	add_word(&plain, remote);
	for (size_t i = 0; i < notes.n; i++)
		add_word(&plain, notes.items[i]);
	printf("publish it with:\n  %s\nor with plain git:\n  %s\n",
	       buffer_text(&ours), buffer_text(&plain));
	return 0;
}

int sealing_list(struct strlist *stopping, struct session *session,
		 const char *name, const struct layout *next,
		 struct intoto_error *err)
{
	struct ui_progress bar = ui_progress_start("judging tags");
	const struct impact_progress progress = { ui_progress_show, &bar };
	const int got =
		impact_of_layout(stopping, session->repo, session->trust, name,
				 next, session->now, &progress, err);

	ui_progress_stop(&bar);
	if (got < 0)
		return -1;
	if (!stopping->n)
		return 0;
	printf("%zu %s now and would stop verifying by layout '%s':\n",
	       stopping->n, stopping->n == 1 ? "tag verifies" : "tags verify",
	       name);
	for (size_t i = 0; i < stopping->n; i++) {
		scoped_text tag = escape_text(refs_short(stopping->items[i]));

		printf("  %s\n", tag);
	}
	return 0;
}

/* "all", "none", or tags: what was said, or is answered now. */
static int ask(struct strlist *words, const struct sealing *sealing,
	       struct intoto_error *err)
{
	scoped_text answer = NULL;

	strlist_add_all(words, &sealing->seal);
	if (words->n)
		return 0;
	if (!ui_can_ask()) {
		intoto_reject(err, "seal-unsaid",
			      "these tags would stop verifying: say --seal "
			      "all or --seal TAG to seal them, or --no-seal to "
			      "let them stop");
		return intoto_hint(err, "the same command with --seal all; or "
					"first: git intoto seal TAG");
	}
	if (ui_ask(&answer, "seal them first? all, none, or the tags", "all",
		   err) < 0)
		return -1;
	return quote_split(words, answer, err);
}

/* The tags that those words mean: each is there, before one is sealed. */
static int choose(struct strlist *out, const struct strlist *words,
		  const struct strlist *stopping, struct session *session,
		  struct intoto_error *err)
{
	for (size_t i = 0; i < words->n; i++) {
		char *ref = NULL;
		struct oid oid;

		if (!strcmp(words->items[i], "none"))
			continue;
		if (!strcmp(words->items[i], "all")) {
			strlist_add_all(out, stopping);
			continue;
		}
		if (session_tag(&ref, &oid, session, words->items[i], err) < 0)
			return -1;
		strlist_take(out, ref);
	}
	strlist_sort(out);
	strlist_uniq(out);
	return 0;
}

static int seal_chosen(const struct strlist *chosen, struct session *session,
		       const char *name, struct signer *signer,
		       struct intoto_error *err)
{
	for (size_t i = 0; i < chosen->n; i++) {
		bool refused = false;

		if (sealing_tag(&refused, session, signer, chosen->items[i],
				&name, 1, err) < 0)
			return -1;
		if (refused)
			return intoto_reject(
				err, "seal-refused",
				"tag '%s' does not verify and cannot be "
				"sealed: the layout stays as it is",
				refs_short(chosen->items[i]));
	}
	return 0;
}

/* Not every signer of a layout need be an owner who is trusted here. */
static bool is_owner(const struct session *session, const struct signer *signer)
{
	const struct trust *trust = session->trust;

	return key_overlaps_any(signer_key(signer),
				(const struct key *const *)trust->keys,
				trust->n_keys);
}

static int seal_by_all(const struct strlist *chosen, struct session *session,
		       const char *name, const struct sealing_keys *keys,
		       struct intoto_error *err)
{
	scoped(signer) signer = NULL;

	for (size_t i = 0; i < keys->n; i++)
		if ((keys->n == 1 || is_owner(session, keys->signers[i])) &&
		    seal_chosen(chosen, session, name, keys->signers[i], err) <
			    0)
			return -1;
	if (keys->n)
		return 0;
	if (key_options_open(&signer, keys->options, session->repo, NULL, err) <
	    0)
		return -1;
	return seal_chosen(chosen, session, name, signer, err);
}

/* Will enough owners have signed it? */
static bool will_be_in_force(const struct session *session,
			     const struct sealing_keys *keys)
{
	const struct trust *trust = session->trust;
	const struct key **counted =
		xcalloc(trust->n_keys + 1, sizeof(*counted));
	size_t n = 0;

	for (size_t i = 0; i < trust->n_keys; i++) {
		const struct key *key = trust->keys[i];
		struct intoto_error ignored = { 0 };
		bool signs = envelope_verify(keys->layout, key, session->now,
					     &ignored) == 0;

		for (size_t j = 0; j < keys->n && !signs; j++)
			signs = key_overlaps(key, signer_key(keys->signers[j]));
		if (signs && !key_overlaps_any(key, counted, n))
			counted[n++] = key;
	}
	free(counted);
	return n >= trust->threshold;
}

/* Once the layout is in force, a seal that is short can never be completed. */
static int check_complete(const struct strlist *chosen, struct session *session,
			  const char *name, const struct layout *next,
			  const struct sealing_keys *keys,
			  struct intoto_error *err)
{
	scoped_value(strlist) stopping = STRLIST_INIT;

	if (!keys->layout || !will_be_in_force(session, keys))
		return 0;
	if (impact_of_layout(&stopping, session->repo, session->trust, name,
			     next, session->now, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < chosen->n; i++) {
		scoped_text word = quote_word(refs_short(chosen->items[i]));

		if (!strlist_has(&stopping, chosen->items[i]))
			continue;
		intoto_reject(err, "seal-short",
			      "the seal of tag '%s' is not signed by enough "
			      "owners yet, and layout '%s' would come in force "
			      "before it is",
			      refs_short(chosen->items[i]), name);
		return intoto_hint(err, "git intoto show %s", word);
	}
	return 0;
}

int sealing_before(const struct sealing *sealing, struct session *session,
		   const char *name, const struct layout *next,
		   const struct sealing_keys *keys, struct intoto_error *err)
{
	scoped_value(strlist) stopping = STRLIST_INIT;
	scoped_value(strlist) chosen = STRLIST_INIT;
	scoped_value(strlist) words = STRLIST_INIT;

	if (sealing_list(&stopping, session, name, next, err) < 0)
		return -1;
	if (sealing->no_seal || (!stopping.n && !sealing->seal.n))
		return 0;
	if (ask(&words, sealing, err) < 0 ||
	    choose(&chosen, &words, &stopping, session, err) < 0)
		return -1;
	if (!chosen.n)
		return 0;
	if (seal_by_all(&chosen, session, name, keys, err) < 0 ||
	    sealing_print_push(session, chosen.items, chosen.n, err) < 0)
		return -1;
	return check_complete(&chosen, session, name, next, keys, err);
}
