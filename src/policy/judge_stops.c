/* judge_stops.c: would a tag that is proven now be refused by a layout to be?
 *
 * To hash the trees of all tags for a change that concerns none of them would
 * take minutes. So the links are first taken at their word: if what they say of
 * the tree does not make the tag stop, nothing does.
 */
#include <string.h>

#include "base/xalloc.h"
#include "policy/judge_internal.h"
#include "repo/config.h"

/* What the links of the tag step say of the tree, as long as all say the same:
 * either that is the tree, or the tag is not proven anyway. */
struct claim {
	struct envelope *first;
	bool differs;
};

static void claim_release(struct claim *claim)
{
	envelope_free(claim->first);
}
SCOPED_RELEASE(claim);

static const char *manifest_of(const struct link *link)
{
	const json_t *git = json_object_get(link->environment, "git");

	return json_string_value(json_object_get(git, "manifestSha256"));
}

static bool is_same_claim(const struct link *a, const struct link *b)
{
	const char *x = manifest_of(a);
	const char *y = manifest_of(b);

	return x && y && !strcmp(x, y) &&
	       artifacts_equal(a->materials, b->materials);
}

static void claim_add(struct claim *claim, const struct note *note,
		      const char *tag_step)
{
	for (size_t i = 0; i < note->n && !claim->differs; i++) {
		const struct note_line *line = &note->lines[i];
		scoped(envelope) envelope = NULL;
		struct intoto_error ignored = { 0 };

		if (line->problem ||
		    envelope_read(&envelope, line->text, line->len, true,
				  &ignored) < 0 ||
		    envelope->content != CONTENT_LINK ||
		    strcmp(envelope->link->name, tag_step) ||
		    *bind_parent(envelope->link))
			continue;
		if (!claim->first)
			claim->first = take(envelope);
		else
			claim->differs = !is_same_claim(claim->first->link,
							envelope->link);
	}
}

static int claim_read(struct claim *claim, const struct trial *trial,
		      const struct oid *oid, struct intoto_error *err)
{
	scoped_text ref = notes_links_ref(oid);
	scoped_value(note) note = { 0 };

	if (note_read(&note, trial->repo, ref, oid, err) < 0)
		return -1;
	claim_add(claim, &note, trial->tag_step);
	return 0;
}

/* `*out` false: there is no one claim to go by. */
static int assume(bool *out, struct trial *trial, struct intoto_error *err)
{
	struct tag_facts *facts = trial->facts;
	scoped_value(commit_info) info = { 0 };
	scoped_value(claim) claim = { 0 };
	const char *digest;

	*out = false;
	if (claim_read(&claim, trial, &facts->tag.oid, err) < 0 ||
	    claim_read(&claim, trial, &facts->tag.commit, err) < 0)
		return -1;
	digest = claim.first ? manifest_of(claim.first->link) : NULL;
	if (!digest || claim.differs || strlen(digest) >= SHA256_HEX_SIZE)
		return 0;
	if (commit_read(&info, trial->repo, &facts->tag.commit, err) < 0)
		return -1;
	facts->tree = info.tree;
	facts->artifacts = take(claim.first->link->materials);
	claim.first->link->materials = artifacts_new();
	facts->manifest = xcalloc(1, sizeof(*facts->manifest));
	snprintf(facts->manifest->digest, SHA256_HEX_SIZE, "%s", digest);
	*out = true;
	return 0;
}

/* `next` in the place of the one layout. */
static int put_on_trial(struct trial *trial, const struct layout *next,
			struct intoto_error *err)
{
	struct trial_layout *own = &trial->layouts[0];
	struct judged_layout *out = &trial->judgement->layouts[0];
	scoped(inforce) inforce = xcalloc(1, sizeof(*inforce));
	struct judged_layout fresh = {
		.name = xstrdup(out->name),
		.demanded = true,
		.in_force = true,
	};

	judged_layout_release(out);
	*out = fresh;
	if (envelope_from_json(&inforce->envelope, next->signed_part, err) < 0)
		return -1;
	inforce->name = xstrdup(out->name);
	envelope_digest(inforce->digest, inforce->envelope);
	tag_chain_free(take(own->chain));
	inforce_free(own->inforce);
	own->inforce = take(inforce);
	return 0;
}

static bool holds_so_far(const struct trial *trial)
{
	return trial->layouts[0].inforce && !trial->judgement->report.n &&
	       !trial->judgement->layouts[0].report.n;
}

static int judge_both(bool *out, struct trial *trial, const struct layout *next,
		      struct intoto_error *err)
{
	if (trial_read_links(trial, err) < 0 || judge_layout(trial, 0, err) < 0)
		return -1;
	if (!holds_so_far(trial))
		return 0;
	if (put_on_trial(trial, next, err) < 0 ||
	    judge_layout(trial, 0, err) < 0)
		return -1;
	*out = !holds_so_far(trial);
	return 0;
}

/* Without `hashed` on the word of the links; then `*out` true means only that
 * it is worth hashing. */
static int try_layouts(bool *out, struct repo *repo, const char *ref,
		       const struct judge_options *options,
		       const struct layout *next, bool hashed,
		       struct intoto_error *err)
{
	scoped(trial) trial = trial_new(repo, ref, options);
	bool assumed = false;

	trial->any_expiry = true;
	*out = false;
	if (trial_read_tag(trial, err) < 0)
		return -1;
	if (!trial->facts || !trial->facts->tag.armor)
		return 0;
	if (trial_load_layouts(trial, err) < 0)
		return -1;
	if (!holds_so_far(trial))
		return 0;
	if (!hashed && assume(&assumed, trial, err) < 0)
		return -1;
	if (!hashed && !assumed) {
		*out = true;
		return 0;
	}
	if (hashed && tag_facts_read_tree(trial->facts, trial->repo,
					  options->hashing, err) < 0)
		return -1;
	return judge_both(out, trial, next, err);
}

int judge_stops(bool *out, struct repo *repo, const char *ref,
		const struct judge_options *options, const struct layout *next,
		struct intoto_error *err)
{
	struct judge_options quiet = *options;

	quiet.no_side_effects = true;
	if (try_layouts(out, repo, ref, &quiet, next, false, err) < 0)
		return -1;
	return *out ? try_layouts(out, repo, ref, &quiet, next, true, err) : 0;
}
