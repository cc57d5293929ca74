/* record_parent.c: a link for a step of a sublayout, judged before it is
 * signed.
 */
#include <string.h>

#include "base/xalloc.h"
#include "policy/record_internal.h"
#include "policy/sublayouts.h"

/* The sublayouts at the parent, which belong to the links. */
struct parents {
	const struct layout **layouts;
	size_t n;
};

static void parents_release(struct parents *parents)
{
	free(parents->layouts);
}
SCOPED_RELEASE(parents);

bool record_is_below(const struct record *what)
{
	return what->parent && *what->parent;
}

static int check_parent(const struct record *what, struct intoto_error *err)
{
	if (!bind_parent_ok(what->parent)) {
		intoto_fail(err, INTOTO_EINVALID,
			    "'%s' is no place of a sublayout: STEP, a dot and "
			    "eight digits of its signer's keyid, levels "
			    "separated by '/'",
			    what->parent);
		return intoto_hint(err, "git intoto layout sub --help");
	}
	if (!what->facts->ref)
		return intoto_fail(err, INTOTO_EINVALID,
				   "only a tag has sublayouts, a commit has "
				   "none");
	return 0;
}

static const struct layout **roots_of(const struct record *what)
{
	const struct inforce_set *set = what->layouts;
	const struct layout **roots = xcalloc(set->n + 1, sizeof(*roots));

	for (size_t i = 0; i < set->n; i++)
		roots[i] = set->items[i]->envelope->layout;
	return roots;
}

static struct parents find_parents(const struct record *what,
				   const struct tag_links *links)
{
	const struct sublayouts all = { links->envelopes, links->n, what->now };
	const struct layout **roots = roots_of(what);
	struct parents parents = { 0 };

	parents.n = sublayouts_at(&parents.layouts, &all, roots,
				  what->layouts->n, what->parent);
	free(roots);
	return parents;
}

/* Without those that were withdrawn. */
static int read_links(struct tag_links **out, const struct record *what,
		      struct intoto_error *err)
{
	const struct layout **roots = roots_of(what);
	const int got =
		tag_links_read(out, what->repo, what->facts, NULL, roots,
			       what->layouts->n, what->now, NULL, err);

	free(roots);
	return got;
}

static int no_such_parent(const struct record *what, struct intoto_error *err)
{
	intoto_fail(err, INTOTO_ENOTFOUND,
		    "tag '%s' has no sublayout at '%s' by a key that may write "
		    "one",
		    what->facts->tag.name, what->parent);
	return intoto_hint(err, "git intoto layout sub TAG --step STEP FILE");
}

static int not_authorised(const struct record *what,
			  const struct parents *parents,
			  struct intoto_error *err)
{
	const struct key *key = signer_key(what->signer);
	char who[64];

	for (size_t i = 0; i < parents->n; i++) {
		if (!layout_step(parents->layouts[i], what->step))
			continue;
		key_describe(who, key);
		return intoto_reject(err, "key-not-authorised",
				     "key '%s' (keyid %s) is not authorised "
				     "for step '%s' of the sublayout at '%s'",
				     who, key_id(key), what->step,
				     what->parent);
	}
	return intoto_reject(err, "step-unknown",
			     "the sublayout at '%s' has no step '%s'",
			     what->parent, what->step);
}

int record_parent_check_key(const struct record *what, struct intoto_error *err)
{
	scoped(tag_links) links = NULL;
	scoped_value(parents) parents = { 0 };

	if (check_parent(what, err) < 0 || read_links(&links, what, err) < 0)
		return -1;
	parents = find_parents(what, links);
	if (!parents.n)
		return no_such_parent(what, err);
	for (size_t i = 0; i < parents.n; i++)
		if (record_is_authorised(parents.layouts[i], what))
			return 0;
	return not_authorised(what, &parents, err);
}

/* What is missing of other steps is no matter. */
static int judge_by(struct report *report, const struct record *what,
		    const struct layout *parent, const struct tag_links *links,
		    const struct link *link, struct intoto_error *err)
{
	scoped_value(parameters) parameters = { 0 };
	scoped_value(report) ignored = REPORT_INIT;
	scoped_value(tag_source) source = { 0 };
	struct chain_link *candidates = NULL;
	scoped(layout) layout = NULL;
	scoped(chain) chain = NULL;
	size_t n;
	int got;

	if (bind_parameters(&parameters, what->facts, NULL, err) < 0 ||
	    layout_substitute(&layout, parent, &parameters, err) < 0)
		return -1;
	tag_source_init(&source, links, &parameters, what->now);
	n = tag_source_links(&candidates, &source, what->parent, layout);
	got = chain_assign(&chain, layout, candidates, n, &source.source,
			   what->now, &ignored, err);
	if (got == 0)
		chain_judge_link(chain, link, report);
	chain_free(take(chain));
	free(candidates);
	return got;
}

int record_parent_judge(struct report *report, const struct record *what,
			const struct tag_links *links, const struct link *link,
			struct intoto_error *err)
{
	scoped_value(parents) parents = find_parents(what, links);

	if (!parents.n)
		return no_such_parent(what, err);
	for (size_t i = 0; i < parents.n; i++)
		if (record_is_authorised(parents.layouts[i], what) &&
		    judge_by(report, what, parents.layouts[i], links, link,
			     err) < 0)
			return -1;
	return 0;
}
