/* import_judge.c: may this be a line of the tag's note, and by whom is it? */
#include <string.h>

#include "base/xalloc.h"
#include "policy/import_internal.h"
#include "policy/seal.h"
#include "policy/sublayouts.h"

struct judging {
	struct import *import;
	const struct import_target *target;
	const struct layout **roots; /* the layouts in force */
	size_t n_roots;

	/* What is in the note, then the links and sublayouts to come. */
	struct envelope **all;
	size_t n_all;
	const struct layout **known; /* the sublayouts that are let in */
	size_t n_known;
};

static void judging_release(struct judging *judging)
{
	free(judging->roots);
	free(judging->all);
	free(judging->known);
}
SCOPED_RELEASE(judging);

static struct sublayouts all_of(const struct judging *work)
{
	return (struct sublayouts){ work->all, work->n_all, work->target->now };
}

static void find_layouts(struct judging *work)
{
	const struct inforce_set *set = work->target->layouts;
	const struct tag_links *links = work->target->links;
	struct import *import = work->import;
	struct sublayouts all;

	work->roots = xcalloc(set->n + 1, sizeof(*work->roots));
	for (; work->n_roots < set->n; work->n_roots++)
		work->roots[work->n_roots] =
			set->items[work->n_roots]->envelope->layout;
	work->all = xcalloc(links->n + import->n + 1, sizeof(*work->all));
	for (size_t i = 0; i < links->n; i++)
		work->all[work->n_all++] = links->envelopes[i];
	for (size_t i = 0; i < import->n; i++) {
		struct import_item *item = &import->items[i];
		struct intoto_error ignored = { 0 };

		if (!item->envelope || item->envelope->n_signatures != 1 ||
		    item->is_root)
			continue;
		if (item->envelope->content == CONTENT_LINK ||
		    (item->envelope->content == CONTENT_LAYOUT &&
		     bind_sublayout(item->envelope->layout,
				    work->target->facts->project,
				    &work->target->facts->tag.oid,
				    &ignored) == 0))
			work->all[work->n_all++] = item->envelope;
	}
	all = all_of(work);
	work->n_known = sublayouts_known(&work->known, &all, work->roots,
					 work->n_roots);
}

/* One that these layouts name for its step, under whatever keyid it signed. */
static const struct key *signer_among(const struct layout *const *layouts,
				      size_t n, const struct envelope *envelope,
				      int64_t now)
{
	for (size_t i = 0; i < n; i++) {
		const struct layout_item *step =
			layout_step(layouts[i], envelope->link->name);
		const struct key *key =
			step ? sublayout_signer(NULL, layouts[i], step,
						envelope, NULL, now)
			     : NULL;

		if (key)
			return key;
	}
	return NULL;
}

/* Where the link belongs, as a server sees it. */
static const struct key *link_signer(const struct judging *work,
				     const struct envelope *envelope)
{
	const int64_t now = work->target->now;
	const char *parent = bind_parent(envelope->link);
	const struct sublayouts all = all_of(work);
	const struct layout **layouts = NULL;
	const struct key *key;
	size_t n;

	if (*parent) {
		n = sublayouts_at(&layouts, &all, work->roots, work->n_roots,
				  parent);
		key = signer_among(layouts, n, envelope, now);
		free(layouts);
		return key;
	}
	key = signer_among(work->roots, work->n_roots, envelope, now);
	if (key || json_object_get(envelope->link->environment, "git"))
		return key;
	return signer_among(work->known, work->n_known, envelope, now);
}

static const struct key *sub_signer(const struct judging *work,
				    const struct envelope *envelope)
{
	const int64_t now = work->target->now;
	const struct key *key = NULL;

	for (size_t i = 0; i < work->n_roots && !key; i++)
		key = sublayout_signer_in(work->roots[i], envelope, now);
	for (size_t i = 0; i < work->n_known && !key; i++)
		key = sublayout_signer_in(work->known[i], envelope, now);
	return key;
}

static bool is_signed_by(const struct judging *work,
			 const struct envelope *envelope, const struct key *key)
{
	struct intoto_error ignored = { 0 };

	return envelope_verify(envelope, key, work->target->now, &ignored) == 0;
}

static bool has_line(const struct judging *work, struct envelope *const *lines,
		     size_t n, const char *identity, const struct key *key)
{
	for (size_t i = 0; i < n; i++) {
		char own[SHA256_HEX_SIZE];

		envelope_identity(own, lines[i]);
		if (!strcmp(own, identity) && is_signed_by(work, lines[i], key))
			return true;
	}
	return false;
}

/* In the note, or among the items before. */
static bool is_there(const struct judging *work, const struct import_item *item,
		     const char *identity)
{
	const struct tag_links *links = work->target->links;

	if (has_line(work, links->envelopes, links->n, identity,
		     item->signer) ||
	    has_line(work, links->withdrawals, links->n_withdrawals, identity,
		     item->signer) ||
	    has_line(work, links->statements, links->n_statements, identity,
		     item->signer))
		return true;
	for (const struct import_item *other = work->import->items;
	     other < item; other++)
		if (other->state == IMPORT_NEW &&
		    has_line(work, &other->envelope, 1, identity, item->signer))
			return true;
	return false;
}

static bool contradicts(const struct judging *work,
			const struct envelope *envelope, const struct key *key,
			const struct link *link)
{
	return envelope->content == CONTENT_LINK &&
	       !strcmp(envelope->link->name, link->name) &&
	       !strcmp(bind_parent(envelope->link), bind_parent(link)) &&
	       link_contradicts(envelope->link, link) &&
	       is_signed_by(work, envelope, key);
}

/* One key says one thing of a step and a tag. */
static bool is_contradicted(const struct judging *work,
			    struct import_item *item)
{
	const struct link *link = item->envelope->link;
	const struct tag_links *links = work->target->links;
	const char *origin = NULL;

	for (size_t i = 0; i < links->n && !origin; i++)
		if (contradicts(work, links->envelopes[i], item->signer, link))
			origin = links->candidates[i].origin;
	for (const struct import_item *other = work->import->items;
	     other < item && !origin; other++)
		if (other->state == IMPORT_NEW &&
		    contradicts(work, other->envelope, item->signer, link))
			origin = other->origin;
	if (origin)
		import_refuse(item, "link-contradicts",
			      "%s, by the same key, says something else of "
			      "this tag",
			      origin);
	return origin != NULL;
}

/* Who signed it is known: is it new, and can it be a line? */
static int settle(struct judging *work, struct import_item *item,
		  struct intoto_error *err)
{
	struct signature *sig = &item->envelope->signatures[0];
	scoped_value(buffer) line = BUFFER_MAX(work->target->max_line);
	struct intoto_error why = { 0 };
	char identity[SHA256_HEX_SIZE];

	/* Nobody else tries a signature without keyid with every key. */
	if (!*sig->keyid)
		snprintf(sig->keyid, sizeof(sig->keyid), "%s",
			 key_id(item->signer));
	envelope_identity(identity, item->envelope);
	if (is_there(work, item, identity)) {
		item->state = IMPORT_ALREADY;
		return 0;
	}
	if (strlist_has(&work->target->links->withdrawn, identity)) {
		import_refuse(item, "link-withdrawn",
			      "this very metadata (%.12s) was withdrawn, for "
			      "good",
			      identity);
		return 0;
	}
	if (envelope_append_line(&line, item->envelope, &why) < 0 ||
	    buffer_check(&line, "the line (intoto.maxLinkSize)", &why) < 0)
		return import_refuse_error(item, &why, err);
	item->state = IMPORT_NEW;
	return 0;
}

static void refuse_unknown(struct import_item *item, const char *what)
{
	import_refuse(item, "line-unknown-key",
		      "no layout names a key '%.16s' with a good signature for "
		      "%s",
		      item->envelope->signatures[0].keyid, what);
}

static int judge_link(struct judging *work, struct import_item *item,
		      struct intoto_error *err)
{
	const struct link *link = item->envelope->link;
	struct intoto_error why = { 0 };
	enum binding binding;

	if (bind_link(&binding, link, work->target->facts, &why) < 0)
		return import_refuse_error(item, &why, err);
	if (!*bind_parent(link) &&
	    !strcmp(link->name, work->target->tag_step) &&
	    binding != BOUND_BY_NAME) {
		import_refuse(item, "link-unbound",
			      "the link is %s; step '%s' must be bound by name",
			      binding_text(binding), link->name);
		return 0;
	}
	item->of_commit = binding == BOUND_BY_COMMIT;
	item->signer = link_signer(work, item->envelope);
	if (!item->signer) {
		scoped_text what =
			*bind_parent(link)
				? xasprintf("step '%s' below '%s'", link->name,
					    bind_parent(link))
				: xasprintf("step '%s'", link->name);

		refuse_unknown(item, what);
		return 0;
	}
	if (settle(work, item, err) < 0)
		return -1;
	if (item->state == IMPORT_NEW)
		is_contradicted(work, item);
	return 0;
}

/* Is it what a layout in force was once, or is? */
static int judge_root(struct judging *work, struct import_item *item,
		      struct intoto_error *err)
{
	const struct inforce_set *set = work->target->layouts;
	char digest[SHA256_HEX_SIZE];
	bool known = false;

	envelope_digest(digest, item->envelope);
	for (size_t i = 0; i < set->n && !known; i++) {
		known = !strcmp(set->items[i]->digest, digest);
		if (!known &&
		    inforce_history_has(&known, work->target->repo,
					set->items[i]->name, digest, err) < 0)
			return -1;
	}
	if (known)
		item->state = IMPORT_ALREADY;
	else
		import_refuse(item, "sublayout-stamp",
			      "it is a layout for itself, and no version of "
			      "one that is here: git intoto layout import");
	return 0;
}

static int judge_layout(struct judging *work, struct import_item *item,
			struct intoto_error *err)
{
	const struct layout *layout = item->envelope->layout;
	struct intoto_error why = { 0 };
	scoped_text what = NULL;

	if (item->is_root || *layout->stamp.project)
		return judge_root(work, item, err);
	if (bind_sublayout(layout, work->target->facts->project,
			   &work->target->facts->tag.oid, &why) < 0)
		return import_refuse_error(item, &why, err);
	item->signer = sub_signer(work, item->envelope);
	if (item->signer)
		return settle(work, item, err);
	what = layout->sub.step
		       ? xasprintf("a sublayout of step '%s'", layout->sub.step)
		       : xstrdup("a sublayout of any step");
	refuse_unknown(item, what);
	return 0;
}

/* The key of the link that it takes back. */
static const struct key *own_withdrawal(const struct judging *work,
					const struct envelope *withdrawal)
{
	const char *what = bind_revokes(withdrawal->link);

	for (size_t i = 0; i < work->n_all; i++) {
		const struct envelope *other = work->all[i];
		char identity[SHA256_HEX_SIZE];
		const struct key *key;

		envelope_identity(identity, other);
		if (strcmp(identity, what))
			continue;
		key = other->content == CONTENT_LAYOUT
			      ? sub_signer(work, other)
			      : link_signer(work, other);
		if (key && is_signed_by(work, withdrawal, key))
			return key;
	}
	return NULL;
}

static int judge_withdrawal(struct judging *work, struct import_item *item,
			    struct intoto_error *err)
{
	struct intoto_error why = { 0 };
	enum binding binding;

	if (bind_link(&binding, item->envelope->link, work->target->facts,
		      &why) < 0)
		return import_refuse_error(item, &why, err);
	item->signer = trust_owner_once(work->target->trust, item->envelope,
					work->target->now);
	if (!item->signer)
		item->signer = own_withdrawal(work, item->envelope);
	if (item->signer)
		return settle(work, item, err);
	refuse_unknown(item, "a withdrawal");
	return 0;
}

static const char *member(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

/* One of its subjects is the tag, or its commit. */
static bool is_about(bool *of_commit, const struct statement *statement,
		     const struct tag_facts *facts)
{
	char tag[OID_HEX_SIZE], commit[OID_HEX_SIZE];
	const json_t *subject;
	bool about_commit = false;
	size_t i;

	oid_hex(tag, &facts->tag.oid);
	oid_hex(commit, &facts->tag.commit);
	json_array_foreach(statement->subjects, i, subject)
	{
		const json_t *digest = json_object_get(subject, "digest");
		const char *name = member(subject, "name");

		about_commit |= !strcmp(member(digest, "gitCommit"), commit);
		if (!strcmp(member(digest, "gitTag"), tag) &&
		    (strncmp(name, "refs/", 5) || !strcmp(name, facts->ref)))
			return true;
	}
	*of_commit = about_commit;
	return about_commit;
}

static const struct key *any_signer(const struct judging *work,
				    const struct envelope *envelope)
{
	for (size_t i = 0; i < work->n_roots; i++)
		for (size_t j = 0; j < work->roots[i]->n_keys; j++)
			if (is_signed_by(work, envelope,
					 work->roots[i]->keys[j].key))
				return work->roots[i]->keys[j].key;
	return NULL;
}

static int judge_statement(struct judging *work, struct import_item *item,
			   struct intoto_error *err)
{
	const struct import_target *target = work->target;
	scoped(statement) statement = NULL;
	scoped(seal) seal = NULL;
	struct intoto_error why = { 0 };
	bool about;

	if (statement_read(&statement, item->envelope, &why) < 0 ||
	    seal_read(&seal, item->envelope, &why) < 0)
		return import_refuse_error(item, &why, err);
	about = seal ? seal_covers(seal, target->facts)
		     : is_about(&item->of_commit, statement, target->facts);
	if (!about) {
		import_refuse(item, "line-misfiled", "it is not about tag '%s'",
			      target->facts->tag.name);
		return 0;
	}
	item->signer =
		trust_owner_once(target->trust, item->envelope, target->now);
	if (!item->signer && !seal)
		item->signer = any_signer(work, item->envelope);
	if (item->signer)
		return settle(work, item, err);
	refuse_unknown(item, seal ? "a seal" : "a statement");
	return 0;
}

static int judge_item(struct judging *work, struct import_item *item,
		      struct intoto_error *err)
{
	switch (item->envelope->content) {
	case CONTENT_LINK:
		if (!strcmp(item->envelope->link->name, "revoke") &&
		    !bind_revokes(item->envelope->link)) {
			import_refuse(item, "link-environment",
				      "it is named 'revoke' and withdraws "
				      "nothing");
			return 0;
		}
		return bind_revokes(item->envelope->link)
			       ? judge_withdrawal(work, item, err)
			       : judge_link(work, item, err);
	case CONTENT_LAYOUT:
		return judge_layout(work, item, err);
	case CONTENT_STATEMENT:
		return judge_statement(work, item, err);
	case CONTENT_ROOT:
		break;
	}
	import_refuse(item, "line-malformed",
		      "a trust root is no metadata of a tag: git intoto trust");
	return 0;
}

int import_judge(struct import *import, const struct import_target *target,
		 struct intoto_error *err)
{
	scoped_value(judging) work = { .import = import, .target = target };

	find_layouts(&work);
	for (size_t i = 0; i < import->n; i++) {
		struct import_item *item = &import->items[i];

		if (item->envelope && item->envelope->n_signatures &&
		    judge_item(&work, item, err) < 0)
			return intoto_context(err, "'%s': ", item->origin);
	}
	import_leave_others(import);
	return 0;
}
