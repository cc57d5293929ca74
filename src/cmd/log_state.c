/* log_state.c: judge how far a tag has come. */
#include <string.h>

#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/log_state.h"
#include "policy/seal.h"
#include "repo/config.h"
#include "repo/remote.h"

const char *log_state_text(enum log_state state)
{
	static const char *const texts[] = {
		[LOG_UNSIGNED] = "unsigned", [LOG_SIGNED] = "signed",
		[LOG_TAGGED] = "tagged",     [LOG_BUILT] = "built",
		[LOG_COMPLETE] = "complete", [LOG_REVOKED] = "revoked",
	};

	return texts[state];
}

void log_row_release(struct log_row *row)
{
	free(row->ref);
	strlist_release(&row->seal_missing);
	strlist_release(&row->revoke_missing);
}

void log_view_release(struct log_view *view)
{
	free(view->remote);
	strlist_release(&view->layouts_lacking);
}

/* refs/in-toto-remotes/<remote>/X for refs/notes/in-toto/X; to be freed. */
static char *tracking_ref(const struct log_view *view, const char *ref)
{
	return xasprintf(NOTES_TRACKING_PREFIX "%s/%s", view->remote,
			 ref + strlen(NOTES_PREFIX));
}

/* 0 and `*found` false if the ref is not there. */
static int read_ref(bool *found, struct oid *oid, struct repo *repo,
		    const char *ref, struct intoto_error *err)
{
	struct intoto_error missing = { 0 };

	*found = refs_read(oid, repo, ref, &missing) == 0;
	if (*found || missing.code == INTOTO_ENOTFOUND)
		return 0;
	*err = missing;
	return -1;
}

static int find_layouts_lacking(struct log_view *view, struct intoto_error *err)
{
	static const char *const prefix[] = { NOTES_PREFIX "layouts/", NULL };
	struct repo *repo = view->session->repo;
	scoped_value(refs) refs = { 0 };
	size_t i;

	if (refs_list(&refs, repo, prefix, err) < 0)
		return -1;
	for (i = 0; i < refs.n; i++) {
		const struct ref *ref = &refs.items[i];
		scoped_text theirs = tracking_ref(view, ref->name);
		bool found, known = false;
		struct oid oid;

		if (read_ref(&found, &oid, repo, theirs, err) < 0)
			return -1;
		if (found &&
		    commit_is_ancestor(&known, repo, &ref->oid, &oid, err) < 0)
			return -1;
		if (!known)
			strlist_add(&view->layouts_lacking,
				    ref->name + strlen(prefix[0]));
	}
	return 0;
}

int log_view_open(struct log_view *out, struct session *session,
		  struct intoto_error *err)
{
	out->session = session;
	out->remote = remote_default(session->repo);
	return out->remote ? find_layouts_lacking(out, err) : 0;
}

static int read_note(struct note *out, struct log_view *view, const char *ref,
		     const struct oid *key, struct intoto_error *err)
{
	struct repo *repo = view->session->repo;
	struct oid commit;
	size_t max;
	bool found;

	if (read_ref(&found, &commit, repo, ref, err) < 0)
		return -1;
	if (!found)
		return 0;
	return config_max_link_size(&max, repo, err) < 0
		       ? -1
		       : note_read_commit(out, repo, &commit, key, max, err);
}

/* Both notes are sorted by bytes. */
static size_t count_lacking(const struct note *ours, const struct note *theirs)
{
	size_t lacking = 0, i, j = 0;

	for (i = 0; i < ours->n; i++) {
		while (j < theirs->n &&
		       strcmp(theirs->lines[j].text, ours->lines[i].text) < 0)
			j++;
		if (j == theirs->n ||
		    strcmp(theirs->lines[j].text, ours->lines[i].text))
			lacking++;
	}
	return lacking;
}

static int find_lacking(size_t *lacking, struct log_view *view,
			const struct oid *key, struct intoto_error *err)
{
	scoped_text ref = notes_links_ref(key);
	scoped_value(note) ours = { 0 };
	scoped_value(note) theirs = { 0 };
	scoped_text tracking = NULL;

	*lacking = 0;
	if (!view->remote)
		return 0;
	tracking = tracking_ref(view, ref);
	if (read_note(&ours, view, ref, key, err) < 0 ||
	    read_note(&theirs, view, tracking, key, err) < 0)
		return -1;
	*lacking = count_lacking(&ours, &theirs);
	return 0;
}

static enum log_state state_of_steps(const struct judgement *judgement,
				     const char *tag_step)
{
	bool tagged = false, built = false;
	size_t i, j;

	if (judgement->revoked)
		return LOG_REVOKED;
	if (judgement_accepts(judgement))
		return LOG_COMPLETE;
	for (i = 0; i < judgement->n_layouts; i++) {
		const struct judged_layout *layout = &judgement->layouts[i];

		for (j = 0; j < layout->n_steps; j++) {
			const struct judged_step *step = &layout->steps[j];

			if (!strcmp(step->name, tag_step))
				tagged = tagged || step->holds;
			else
				built = built || step->n_by;
		}
	}
	if (!tagged)
		return LOG_SIGNED;
	return built ? LOG_BUILT : LOG_TAGGED;
}

/* A seal that is there beside one that is short of its owners is enough. */
static bool has_seal(const struct judgement *judgement, const char *layout)
{
	for (size_t i = 0; i < judgement->seals->n; i++)
		if (seal_counts(judgement->seals->items[i]) &&
		    !strcmp(judgement->seals->items[i]->layout, layout))
			return true;
	return false;
}

static void fill_vouched(struct log_row *row, const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->n_layouts; i++)
		row->sealed |= judgement->layouts[i].sealed;
	if (!judgement->revoked && judgement->revoked_by.n)
		strlist_add_all(&row->revoke_missing,
				&judgement->revoked_missing);
	for (size_t i = 0; judgement->seals && i < judgement->seals->n; i++) {
		const struct seal *seal = judgement->seals->items[i];

		if (seal->by.n && !seal->enough && !seal->withdrawn &&
		    !has_seal(judgement, seal->layout))
			strlist_add_all(&row->seal_missing, &seal->missing);
	}
	strlist_sort(&row->seal_missing);
	strlist_uniq(&row->seal_missing);
}

static int judge(struct log_row *row, struct log_view *view, const char *ref,
		 struct intoto_error *err)
{
	struct session *session = view->session;
	const struct judge_options options = {
		.trust = session->trust,
		.now = session->now,
		.inspect = INSPECT_NO,
		.no_side_effects = true,
	};
	scoped(judgement) judgement = NULL;
	struct intoto_error why = { 0 };

	if (judge_tag(&judgement, session->repo, ref, &options, &why) == 0) {
		row->state = state_of_steps(judgement, session->tag_step);
		fill_vouched(row, judgement);
		return 0;
	}
	if (why.code != INTOTO_ETRUST && why.code != INTOTO_ENOTFOUND) {
		*err = why;
		return -1;
	}
	/* Nobody is trusted or a layout is missing: then it is signed, and
	 * what was recorded for it cannot be told. */
	row->state = LOG_SIGNED;
	return 0;
}

int log_state_of(struct log_row *row, struct log_view *view, const char *ref,
		 const struct oid *oid, bool is_tag_object,
		 struct intoto_error *err)
{
	struct repo *repo = view->session->repo;
	scoped_text links_ref = NULL;
	scoped_value(tag_object) tag = { 0 };
	scoped_value(note) note = { 0 };
	struct intoto_error why = { 0 };

	row->state = LOG_UNSIGNED;
	row->lacking = 0;
	if (!is_tag_object)
		return 0;
	if (tag_object_read(&tag, repo, oid, &why) < 0) {
		if (why.code == INTOTO_EREJECTED)
			return 0;
		*err = why;
		return -1;
	}
	if (!tag.armor)
		return 0;
	row->state = LOG_SIGNED;
	links_ref = notes_links_ref(oid);
	if (find_lacking(&row->lacking, view, oid, err) < 0 ||
	    note_read(&note, repo, links_ref, oid, err) < 0)
		return -1;
	return note.n ? judge(row, view, ref, err) : 0;
}
