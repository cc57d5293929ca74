/* sync_settle.c: after a push: the refs here, and what is remembered. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/sync_push.h"

/* What was merged for the remote is to be here as well: another process may
 * have added lines meanwhile. */
static int take_merged(struct repo *repo, const char *name,
		       const struct oid *merged, struct intoto_error *err)
{
	scoped_value(note_entries) entries = { 0 };
	int result = -1;

	/* What is taken over as it is, is read here for the first time. */
	if (notes_entries(&entries, repo, merged, err) < 0)
		return -1;
	for (size_t tries = 1; result < 0; tries++) {
		struct ref_update update = { .name = name };
		struct intoto_error why = { 0 };
		struct oid tips[2] = { *merged, oid_null() };

		if (refs_read(&tips[1], repo, name, &why) < 0 &&
		    why.code != INTOTO_ENOTFOUND) {
			*err = why;
			return -1;
		}
		update.old = tips[1];
		if (notes_merge(&update.new_oid, repo, tips, 2,
				"in-toto: merge", err) < 0)
			return -1;
		if (oid_equal(&update.old, &update.new_oid))
			return 0;
		result = refs_transaction(repo, &update, 1, "in-toto: push",
					  err);
		if (result < 0 && tries >= sync_tries(err))
			return -1;
		if (result < 0)
			sync_wait(tries);
	}
	return 0;
}

/* Git moves it as well where the remote's refspec says so. */
static void move_tracking(struct sync_view *view, const struct sync_ref *ref)
{
	scoped_text name = sync_tracking_name(view, ref);
	struct ref_update update = { .name = name, .new_oid = ref->now };
	struct intoto_error ignored = { 0 };

	/* One that moved meanwhile is the matter of whoever moved it. */
	if (refs_read(&update.old, view->repo, name, &ignored) == 0 ||
	    ignored.code == INTOTO_ENOTFOUND)
		refs_transaction(view->repo, &update, 1, "in-toto: push",
				 &ignored);
}

int sync_settle_pushed(struct sync_view *view, const struct sync_plan *plan,
		       enum sync_round round, struct report *report,
		       struct intoto_error *err)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct sync_item *item = &plan->items[i];
		struct intoto_error why = { 0 };
		bool kept = true;

		if (item->round != round || !item->ref)
			continue;
		item->ref->now = item->oid;
		item->ref->pushed = true;
		move_tracking(view, item->ref);
		if (item->ref->kind == SYNC_SET &&
		    take_merged(view->repo, item->name, &item->oid, &why) < 0)
			report_warn(report,
				    "%s is pushed, but not moved here: "
				    "%s",
				    item->name, why.message);
		if (sync_is_kept(&kept, view->repo, &item->ref->lost,
				 &item->oid, err) < 0)
			return -1;
		item->ref->healed = kept;
	}
	return 0;
}

/* Its tracking ref goes back to what it had. */
static void keep_lost(struct sync_view *view, const struct sync_ref *ref)
{
	scoped_text name = sync_tracking_name(view, ref);
	struct ref_update update = { .name = name,
				     .old = ref->now,
				     .new_oid = ref->lost };
	struct intoto_error ignored = { 0 };

	if (sync_has(view->repo, &ref->lost))
		refs_transaction(view->repo, &update, 1, "in-toto: push",
				 &ignored);
}

/* Lines of others that came with what was merged, where there was nothing to
 * push: a push that was killed may have left it at that. */
static void take_unpushed(struct sync_view *view, const struct sync_ref *ref,
			  struct report *report)
{
	scoped_text name = sync_local_name(ref);
	struct intoto_error why = { 0 };

	if (ref->kind == SYNC_SET && !ref->pushed &&
	    !sync_is_null(&ref->local) && !sync_is_null(&ref->now) &&
	    oid_equal(&ref->merged, &ref->now) &&
	    !oid_equal(&ref->local, &ref->now) &&
	    take_merged(view->repo, name, &ref->now, &why) < 0)
		report_warn(report, "%s is not moved here: %s", name,
			    why.message);
}

int sync_settle_view(struct sync_view *view, bool take, struct report *report,
		     struct intoto_error *err)
{
	for (size_t i = 0; i < view->n && view->looked; i++) {
		const struct sync_ref *ref = &view->refs[i];
		const bool rewound = !sync_is_null(&ref->lost);

		if (rewound)
			report_warn(report,
				    "'%s' had gone back: " NOTES_PREFIX
				    "%s lacked what it had before%s",
				    view->remote, ref->name,
				    ref->healed ? "; it is there again" : "");
		if (take)
			take_unpushed(view, ref, report);
		if (!rewound || ref->healed)
			sync_view_know(view, ref->name, &ref->now);
		else
			keep_lost(view, ref);
	}
	return sync_view_save(view, err);
}
