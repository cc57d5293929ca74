/* record.c: a link of a tag, judged before it is signed. */
#include "policy/record.h"

#include <string.h>

#include "base/xalloc.h"
#include "policy/record_internal.h"
#include "repo/config.h"

/* What record_link() works on. */
struct recording {
	const struct record *what;
	struct link *link; /* borrowed until it is signed */
	struct tag_links *links;
	struct strlist lines; /* to be added to the note */
	size_t max;
	struct report *report;
};

bool record_is_authorised(const struct layout *layout,
			  const struct record *what)
{
	const struct layout_item *item = layout_step(layout, what->step);
	const struct key **keys = NULL;
	const size_t n = item ? layout_step_keys(&keys, layout, item) : 0;
	bool found = false;

	for (size_t i = 0; i < n && !found; i++)
		found = key_same(keys[i], signer_key(what->signer));
	free(keys);
	return found;
}

/* A layout that has the step and names the signer for it. */
static bool concerns(const struct inforce *inforce, const struct record *what)
{
	return record_is_authorised(inforce->envelope->layout, what);
}

static int not_authorised(const struct record *what,
			  const struct inforce *with_step,
			  struct intoto_error *err)
{
	const struct key *key = signer_key(what->signer);
	char who[64];

	key_describe(who, key);
	if (!with_step) {
		intoto_reject(err, "step-unknown", "no layout has a step '%s'",
			      what->step);
		return intoto_hint(err, "git intoto layout show");
	}
	intoto_reject(err, "key-not-authorised",
		      "key '%s' (keyid %s) is not authorised for step '%s' of "
		      "layout '%s'",
		      who, key_id(key), what->step, with_step->name);
	return intoto_hint(err, "git intoto layout add-key %s KEY --step %s",
			   with_step->name, what->step);
}

int record_check_key(const struct record *what, struct intoto_error *err)
{
	const struct inforce *with_step = NULL;

	if (record_is_below(what))
		return record_parent_check_key(what, err);
	for (size_t i = 0; i < what->layouts->n; i++) {
		const struct inforce *inforce = what->layouts->items[i];

		if (concerns(inforce, what))
			return 0;
		if (!with_step &&
		    layout_step(inforce->envelope->layout, what->step))
			with_step = inforce;
	}
	return not_authorised(what, with_step, err);
}

static json_t *layout_digests(const struct inforce_set *layouts)
{
	json_t *digests = json_object();

	for (size_t i = 0; i < layouts->n; i++)
		json_object_set_new(digests, layouts->items[i]->name,
				    json_string(layouts->items[i]->digest));
	return digests;
}

static json_t *environment(const struct record *what)
{
	scoped_json digests = layout_digests(what->layouts);

	return bind_environment(what->facts, digests);
}

static void set_environment(struct link *link, json_t *git)
{
	json_object_set_new(link->environment, "git", git);
}

/* Complete the link, and make sure that it will bind. */
static int complete(struct recording *work, const json_t *extra,
		    struct intoto_error *err)
{
	const struct record *what = work->what;
	json_t *git = environment(what);
	enum binding binding;

	if (extra)
		json_object_update(git, (json_t *)extra);
	if (record_is_below(what))
		json_object_set_new(git, "parent", json_string(what->parent));
	set_environment(work->link, git);
	if (strcmp(work->link->name, what->step))
		return intoto_fail(err, INTOTO_EINVALID,
				   "the link is named '%s', the step '%s'",
				   work->link->name, what->step);
	if (!*what->facts->project) {
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "no layout carries a project id, and none is "
			    "pinned here");
		return intoto_hint(err, "git intoto trust add KEY --project "
					"$(openssl rand -hex 16)");
	}
	return bind_link(&binding, work->link, what->facts, err);
}

static int read_links(struct recording *work, struct intoto_error *err)
{
	const struct inforce_set *set = work->what->layouts;
	const struct layout **layouts = xcalloc(set->n + 1, sizeof(*layouts));
	int got;

	for (size_t i = 0; i < set->n; i++)
		layouts[i] = set->items[i]->envelope->layout;
	got = tag_links_read(&work->links, work->what->repo, work->what->facts,
			     NULL, layouts, set->n, work->what->now, NULL, err);
	free(layouts);
	return got;
}

/* Would the layout take it? What is still missing of other steps is no matter,
 * what the rules say of this one is. */
static int judge_with_tag(struct recording *work, const struct layout *layout,
			  const char *tag_step, struct report *report,
			  struct intoto_error *err)
{
	const struct tag_chain_input input = {
		.layout = layout,
		.tag_step = tag_step,
		.facts = work->what->facts,
		.links = work->links,
		.need = JUDGE_ONE_LINK,
		.now = work->what->now,
	};
	scoped(tag_chain) chain = NULL;
	scoped_value(report) ignored = REPORT_INIT;

	if (tag_chain_make(&chain, &ignored, &input, err) < 0)
		return -1;
	chain_judge_link(chain->chain, work->link, report);
	return 0;
}

/* No tag yet: its step will have the tree's paths as materials. */
static int judge_without_tag(struct recording *work,
			     const struct layout *layout, const char *tag_step,
			     struct report *report, struct intoto_error *err)
{
	const struct tag_facts *facts = work->what->facts;
	scoped_value(report) ignored = REPORT_INIT;
	scoped(artifacts) empty = artifacts_new();
	const struct link tag_link = {
		.name = (char *)tag_step,
		.materials = facts->artifacts,
		.products = empty,
	};
	scoped_value(parameters) parameters = { 0 };
	scoped(layout) filled = NULL;
	scoped(chain) chain = NULL;

	if (artifacts_finish(empty, err) < 0 ||
	    bind_parameters(&parameters, facts, NULL, err) < 0 ||
	    layout_substitute(&filled, layout, &parameters, err) < 0 ||
	    chain_assign(&chain, filled, work->links->candidates,
			 work->links->n, NULL, work->what->now, &ignored,
			 err) < 0)
		return -1;
	for (size_t i = 0; i < chain->n_steps; i++)
		if (!strcmp(chain->steps[i].item->name, tag_step))
			chain->steps[i].reduced = &tag_link;
	chain_judge_link(chain, work->link, report);
	return 0;
}

static int judge_by(struct recording *work, const struct inforce *inforce,
		    struct intoto_error *err)
{
	const char *tag_step = config_get(work->what->repo, "intoto.tagstep");
	const struct layout *layout = inforce->envelope->layout;
	scoped_value(report) report = REPORT_INIT;
	int got;

	if (!tag_step || !*tag_step)
		tag_step = "tag";
	if (!work->what->facts->ref && !strcmp(work->what->step, tag_step))
		return intoto_fail(err, INTOTO_EINVALID,
				   "step '%s' is the tag itself: a commit has "
				   "no link of it",
				   tag_step);
	got = work->what->facts->ref
		      ? judge_with_tag(work, layout, tag_step, &report, err)
		      : judge_without_tag(work, layout, tag_step, &report, err);
	if (got < 0)
		return -1;
	report_set_layout(&report, inforce->name);
	report_append(work->report, &report);
	return 0;
}

static int judge(struct recording *work, struct intoto_error *err)
{
	const struct inforce_set *set = work->what->layouts;

	if (record_is_below(work->what) &&
	    record_parent_judge(work->report, work->what, work->links,
				work->link, err) < 0)
		return -1;
	for (size_t i = 0; i < set->n && !record_is_below(work->what); i++)
		if (concerns(set->items[i], work->what) &&
		    judge_by(work, set->items[i], err) < 0)
			return -1;
	return report_to_error(err, work->report);
}

static bool is_same_claim(const struct link *a, const struct link *b)
{
	return artifacts_equal(a->materials, b->materials) &&
	       artifacts_equal(a->products, b->products) &&
	       json_equal(a->command, b->command);
}

static bool signed_by_us(const struct recording *work,
			 const struct envelope *envelope)
{
	struct intoto_error ignored = { 0 };

	return envelope_verify(envelope, signer_key(work->what->signer),
			       work->what->now, &ignored) == 0;
}

static int add_line(struct recording *work, const struct envelope *envelope,
		    struct intoto_error *err)
{
	scoped_value(buffer) line = BUFFER_MAX(work->max);

	if (envelope_append_line(&line, envelope, err) < 0 ||
	    buffer_check(&line, "the link (intoto.maxLinkSize)", err) < 0)
		return -1;
	strlist_take(&work->lines, buffer_take(&line));
	return 0;
}

/* Withdraw a link of ours. */
static int revoke(struct recording *work, const char *identity,
		  struct intoto_error *err)
{
	scoped(link) link = link_new("revoke");
	scoped(envelope) envelope = NULL;
	json_t *git = environment(work->what);

	json_object_set_new(git, "revokes", json_string(identity));
	set_environment(link, git);
	if (envelope_sign_link(&envelope, &link, work->what->dsse,
			       work->what->signer, work->max, err) < 0)
		return -1;
	return add_line(work, envelope, err);
}

/* One key says one thing of a step and a tag, or takes the other back. */
static int judge_contradictions(struct recording *work,
				struct intoto_error *err)
{
	for (size_t i = 0; i < work->links->n; i++) {
		const struct chain_link *other = &work->links->candidates[i];
		char identity[SHA256_HEX_SIZE];

		if (!other->link ||
		    strcmp(other->link->name, work->link->name) ||
		    strcmp(bind_parent(other->link), bind_parent(work->link)) ||
		    is_same_claim(other->link, work->link) ||
		    !signed_by_us(work, other->envelope))
			continue;
		envelope_identity(identity, other->envelope);
		if (!work->what->supersede) {
			intoto_reject(err, "link-contradicts",
				      "step '%s': %s, by the same key, says "
				      "something else of this %s",
				      work->link->name, other->origin,
				      work->what->facts->ref ? "tag"
							     : "commit");
			if (!work->what->facts->ref)
				return -1;
			return intoto_hint(err,
					   "the same command with --supersede "
					   "withdraws %.12s",
					   identity);
		}
		if (revoke(work, identity, err) < 0)
			return -1;
	}
	return 0;
}

/* Signed bytes that were withdrawn stay so. */
static int check_withdrawn(const struct recording *work,
			   const struct envelope *envelope,
			   struct intoto_error *err)
{
	char identity[SHA256_HEX_SIZE];

	envelope_identity(identity, envelope);
	for (size_t i = 0; i < work->links->n_withdrawals; i++) {
		const struct envelope *withdrawal = work->links->withdrawals[i];

		if (!strcmp(bind_revokes(withdrawal->link), identity) &&
		    signed_by_us(work, withdrawal))
			return intoto_reject(err, "link-withdrawn",
					     "this very link (%.12s) was "
					     "withdrawn before, for good",
					     identity);
	}
	return 0;
}

/* Is it there already, perhaps under another signature of the same key? */
static bool is_there(const struct recording *work,
		     const struct envelope *envelope)
{
	char own[SHA256_HEX_SIZE];

	envelope_identity(own, envelope);
	for (size_t i = 0; i < work->links->n; i++) {
		char other[SHA256_HEX_SIZE];

		envelope_identity(other, work->links->envelopes[i]);
		if (!strcmp(own, other) &&
		    signed_by_us(work, work->links->envelopes[i]))
			return true;
	}
	return false;
}

/* Takes the link over. */
static int sign(struct recording *work, struct link **link,
		struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;

	if (envelope_sign_link(&envelope, link, work->what->dsse,
			       work->what->signer, work->max, err) < 0)
		/* A signer that cannot take so much has its own advice. */
		return err->code == INTOTO_ELIMIT && !*err->hint
			       ? intoto_hint(err, "git config "
						  "intoto.maxLinkSize SIZE")
			       : -1;
	if (check_withdrawn(work, envelope, err) < 0)
		return -1;
	return is_there(work, envelope) ? 0 : add_line(work, envelope, err);
}

static int prepare(struct ref_update *update, char **ref,
		   struct recording *work, struct intoto_error *err)
{
	const struct record *what = work->what;
	const bool of_tag = what->facts->ref != NULL;
	const struct oid *key =
		of_tag ? &what->facts->tag.oid : &what->facts->tag.commit;
	scoped_text name = notes_links_ref(key);
	scoped_text message =
		of_tag ? xasprintf("in-toto: step '%s' of tag '%s'", what->step,
				   what->facts->tag.name)
		       : xasprintf("in-toto: step '%s' of a commit",
				   what->step);

	if (notes_prepare(update, what->repo, name, key, &work->lines, message,
			  err) < 0)
		return -1;
	*ref = take(name);
	return 0;
}

static void recording_release(struct recording *work)
{
	tag_links_free(work->links);
	strlist_release(&work->lines);
}
SCOPED_RELEASE(recording);

int record_link(struct ref_update *update, char **ref, struct link **link,
		const json_t *extra, const struct record *what,
		struct report *report, struct intoto_error *err)
{
	scoped_value(recording) work = {
		.what = what,
		.link = *link,
		.report = report,
	};

	if (config_max_link_size(&work.max, what->repo, err) < 0 ||
	    record_check_key(what, err) < 0 ||
	    complete(&work, extra, err) < 0 || read_links(&work, err) < 0 ||
	    judge(&work, err) < 0 || judge_contradictions(&work, err) < 0 ||
	    sign(&work, link, err) < 0)
		return -1;
	return prepare(update, ref, &work, err);
}
