/* sync_plan.c: what a push has to bring to the remote, in which order. */
#include <string.h>

#include "base/clock.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/publish.h"
#include "policy/sync_push.h"

void sync_plan_forget(struct sync_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		free(plan->items[i].name);
	plan->n = 0;
}

void sync_plan_release(struct sync_plan *plan)
{
	sync_plan_forget(plan);
	free(plan->items);
	*plan = (struct sync_plan){ 0 };
}

static void add_item(struct sync_plan *plan, char *name, enum sync_round round,
		     struct sync_ref *ref, const struct oid *oid,
		     const struct oid *theirs)
{
	ALLOC_GROW(plan->items, plan->n + 1, plan->alloc);
	plan->items[plan->n++] = (struct sync_item){
		.name = name,
		.round = round,
		.ref = ref,
		.oid = *oid,
		.theirs = *theirs,
	};
}

/* The tips that other remotes were seen with. */
static int other_tips(struct oid **out, size_t *n, const struct sync_view *view,
		      const struct sync_ref *ref, struct intoto_error *err)
{
	scoped_text local = sync_local_name(ref);
	scoped_text tracking = sync_tracking_name(view, ref);
	scoped_value(refs) tips = { 0 };

	if (notes_tips(&tips, view->repo, local, err) < 0)
		return -1;
	*out = xcalloc(tips.n + 1, sizeof(**out));
	*n = 0;
	for (size_t i = 0; i < tips.n; i++)
		if (strcmp(tips.items[i].name, local) != 0 &&
		    strcmp(tips.items[i].name, tracking) != 0)
			(*out)[(*n)++] = tips.items[i].oid;
	return 0;
}

/* Without a ref of our own: what the other remotes agree on. */
static int find_mine(struct oid *out, const struct sync_view *view,
		     const struct sync_ref *ref, struct intoto_error *err)
{
	struct oid *others = NULL;
	size_t n = 0;
	int result = 0;

	*out = ref->local;
	if (!sync_is_null(out))
		return 0;
	if (other_tips(&others, &n, view, ref, err) < 0)
		return -1;
	for (size_t i = 0; i < n && !result; i++) {
		bool older = sync_is_null(out);

		if (!older && !oid_equal(out, &others[i]))
			result = commit_is_ancestor(&older, view->repo, out,
						    &others[i], err);
		if (older)
			*out = others[i];
	}
	free(others);
	return result;
}

static void refuse_diverged(struct report *report, const struct sync_view *view,
			    const char *name, const struct oid *theirs)
{
	char hex[OID_HEX_SIZE];
	struct finding *finding = report_refuse(
		report, "push-diverged",
		"somebody has published another version of '%s' at '%s': it is "
		"a line of versions, and yours does not continue that one; "
		"take theirs, and make your change on top of it",
		name, view->remote);

	oid_hex(hex, theirs);
	finding_set(&finding->hint, "git update-ref %s %s", name, hex);
}

/* Another owner completed the same draft first: theirs differs in nothing but
 * the signatures, and is taken over here. */
static int follow_twin(bool *followed, const struct sync_view *view,
		       const struct sync_ref *ref, struct intoto_error *err)
{
	static const char layouts[] = "layouts/";

	*followed = false;
	if (strncmp(ref->name, layouts, strlen(layouts)))
		return 0;
	return publish_follow(followed, view->repo, ref->name + strlen(layouts),
			      NULL, &ref->now, clock_now(), err);
}

/* A layout or the root: pushed where it continues what is there. */
static int plan_linear(struct sync_plan *plan, struct report *report,
		       struct sync_view *view, struct sync_ref *ref,
		       struct intoto_error *err)
{
	scoped_text name = sync_local_name(ref);
	bool older = true, newer = true, followed = false;
	struct oid mine;

	if (find_mine(&mine, view, ref, err) < 0)
		return -1;
	if (sync_is_null(&mine) || oid_equal(&mine, &ref->now))
		return 0;
	if (!sync_is_null(&ref->now) &&
	    (commit_is_ancestor(&older, view->repo, &mine, &ref->now, err) <
		     0 ||
	     commit_is_ancestor(&newer, view->repo, &ref->now, &mine, err) < 0))
		return -1;
	if (!sync_is_null(&ref->now) && older)
		return 0;
	if (newer)
		add_item(plan, take(name),
			 strcmp(ref->name, "root") ? SYNC_ROUND_POLICY
						   : SYNC_ROUND_ROOT,
			 ref, &mine, &ref->now);
	else if (follow_twin(&followed, view, ref, err) < 0)
		return -1;
	else if (!followed)
		refuse_diverged(report, view, name, &ref->now);
	return 0;
}

static int tree_of(struct oid *out, struct repo *repo, const struct oid *commit,
		   struct intoto_error *err)
{
	scoped_value(commit_info) info = { 0 };

	if (commit_read(&info, repo, commit, err) < 0)
		return -1;
	*out = info.tree;
	return 0;
}

/* Every line there already, though by another history? */
static int is_same(bool *out, struct repo *repo, const struct oid *a,
		   const struct oid *b, struct intoto_error *err)
{
	struct oid trees[2];

	*out = oid_equal(a, b);
	if (*out || sync_is_null(b))
		return 0;
	if (tree_of(&trees[0], repo, a, err) < 0 ||
	    tree_of(&trees[1], repo, b, err) < 0)
		return -1;
	*out = oid_equal(&trees[0], &trees[1]);
	return 0;
}

/* Links or pending: the union of what is there and what is here. */
static int plan_set(struct sync_plan *plan, struct sync_view *view,
		    struct sync_ref *ref, bool with_others,
		    struct intoto_error *err)
{
	scoped_text message =
		xasprintf("in-toto: merge %s for %s", ref->name, view->track);
	struct oid *tips = NULL;
	size_t n = 0;
	bool same = true;
	int result = 0;

	if (with_others && other_tips(&tips, &n, view, ref, err) < 0)
		return -1;
	tips = xrealloc(tips, n + 4, sizeof(*tips));
	tips[n++] = ref->local;
	tips[n++] = ref->now;
	if (sync_has(view->repo, &ref->before))
		tips[n++] = ref->before;
	if (sync_has(view->repo, &ref->seen))
		tips[n++] = ref->seen;
	result = notes_merge(&ref->merged, view->repo, tips, n, message, err);
	free(tips);
	if (!result && !sync_is_null(&ref->merged))
		result = is_same(&same, view->repo, &ref->merged, &ref->now,
				 err);
	if (result < 0)
		return intoto_context(err, NOTES_PREFIX "%s: ", ref->name);
	if (!same)
		add_item(plan, sync_local_name(ref),
			 strcmp(ref->name, "pending") ? SYNC_ROUND_PROOF
						      : SYNC_ROUND_POLICY,
			 ref, &ref->merged, &ref->now);
	return 0;
}

int sync_plan_make(struct sync_plan *plan, struct report *report,
		   struct sync_view *view, const struct sync_tag *tags,
		   size_t n_tags, struct intoto_error *err)
{
	const struct oid none = oid_null();

	sync_plan_forget(plan);
	for (size_t i = 0; i < view->n; i++) {
		struct sync_ref *ref = &view->refs[i];

		if (!sync_is_null(&ref->now) &&
		    !sync_has(view->repo, &ref->now))
			return intoto_reject(err, "notes-tree",
					     NOTES_PREFIX
					     "%s at '%s' is no commit",
					     ref->name, view->remote);
		if (ref->kind == SYNC_LINEAR
			    ? plan_linear(plan, report, view, ref, err) < 0
			    : plan_set(plan, view, ref, n_tags > 0, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < n_tags; i++)
		add_item(plan, xstrdup(tags[i].ref), SYNC_ROUND_PROOF, NULL,
			 &tags[i].oid, &none);
	return 0;
}
