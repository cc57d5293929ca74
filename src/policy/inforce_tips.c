/* inforce_tips.c: read the tips of a layout's ref, and choose among them. */
#include <inttypes.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/inforce_internal.h"
#include "repo/config.h"

#define HISTORY_MAX 10000

void inforce_free(struct inforce *inforce)
{
	if (!inforce)
		return;
	free(inforce->name);
	envelope_free(inforce->envelope);
	free(inforce->line);
	free(inforce->ref);
	free(inforce);
}

void tips_release(struct tips *tips)
{
	for (size_t i = 0; i < tips->n; i++)
		inforce_free(tips->items[i]);
	free(tips->items);
	*tips = (struct tips){ 0 };
}

/* Whoever wrote the ref chose these bytes: that they are no layout is a "no".
 */
static int malformed(struct intoto_error *err)
{
	scoped_text why = xstrdup(err->message);

	return intoto_reject(err, "layout-malformed", "%s", why);
}

static int read_line(struct note *note, struct repo *repo,
		     const struct oid *commit, struct intoto_error *err)
{
	const struct oid key = notes_empty_tree(repo);
	size_t max;

	if (config_max_link_size(&max, repo, err) < 0)
		return -1;
	if (note_read_commit(note, repo, commit, &key, max, err) < 0)
		return err->code == INTOTO_ELIMIT ? malformed(err) : -1;
	if (note->n != 1)
		return intoto_reject(err, "layout-malformed",
				     "expected one line, found %zu", note->n);
	if (note->lines[0].problem)
		return intoto_reject(err, "layout-malformed", "the line %s",
				     note->lines[0].problem);
	return 0;
}

/* `revoke` names withdrawals, and nothing else may. */
static int check_reserved(const struct layout *layout, struct intoto_error *err)
{
	bool found = layout_step(layout, "revoke") != NULL;

	for (size_t i = 0; i < layout->n_inspections; i++)
		found |= !strcmp(layout->inspections[i].name, "revoke");
	return found ? intoto_reject(err, "layout-malformed",
				     "the name 'revoke' is reserved")
		     : 0;
}

int tip_read(struct inforce **out, struct repo *repo, const char *name,
	     const char *ref, const struct oid *commit,
	     struct intoto_error *err)
{
	scoped(inforce) inforce = xcalloc(1, sizeof(*inforce));
	scoped_value(note) note = { 0 };

	if (read_line(&note, repo, commit, err) < 0)
		return -1;
	if (envelope_read(&inforce->envelope, note.lines[0].text,
			  note.lines[0].len, true, err) < 0)
		return malformed(err);
	if (inforce->envelope->content != CONTENT_LAYOUT)
		return intoto_reject(err, "layout-malformed",
				     "the line is no layout");
	if (check_reserved(inforce->envelope->layout, err) < 0)
		return -1;
	if (inforce->envelope->layout->sub.step)
		return intoto_reject(err, "layout-malformed",
				     "it is a sublayout, for step '%s'",
				     inforce->envelope->layout->sub.step);
	inforce->name = xstrdup(name);
	inforce->ref = xstrdup(ref);
	inforce->commit = *commit;
	inforce->line = xmemdupz(note.lines[0].text, note.lines[0].len);
	envelope_digest(inforce->digest, inforce->envelope);
	*out = take(inforce);
	return 0;
}

static void tips_failed(struct tips *tips, const char *name, const char *ref,
			struct intoto_error *why, struct report *warnings)
{
	const bool judged = why->code == INTOTO_EREJECTED;
	struct intoto_error *kept = judged ? &tips->rejected : &tips->broken;

	if (warnings)
		report_warn(warnings, "layout '%s' at %s: %s%s%s%s", name, ref,
			    why->message, judged ? " [" : "", why->reason,
			    judged ? "]" : "");
	if (kept->code)
		return;
	*kept = *why;
	intoto_context(kept, "layout '%s' at %s: ", name, ref);
}

int tips_load(struct tips *out, struct repo *repo, const char *name,
	      tip_judge *judge, const void *data, struct report *warnings,
	      struct intoto_error *err)
{
	scoped_text ref = notes_layout_ref(name);
	scoped_value(refs) refs = { 0 };

	if (!notes_layout_name_ok(name))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not a name for a layout", name);
	if (notes_tips(&refs, repo, ref, err) < 0)
		return -1;
	out->seen = refs.n;
	for (size_t i = 0; i < refs.n; i++) {
		const struct ref *tip = &refs.items[i];
		scoped(inforce) inforce = NULL;
		struct intoto_error why = { 0 };

		if (tip_read(&inforce, repo, name, tip->name, &tip->oid, &why) <
			    0 ||
		    judge(inforce, data, &why) < 0) {
			tips_failed(out, name, tip->name, &why, warnings);
			continue;
		}
		ALLOC_GROW(out->items, out->n + 1, out->alloc);
		out->items[out->n++] = take(inforce);
	}
	return 0;
}

static const struct layout_stamp *stamp_of(const struct inforce *inforce)
{
	return &inforce->envelope->layout->stamp;
}

static bool is_better(const struct inforce *a, const struct inforce *b)
{
	if (stamp_of(a)->version != stamp_of(b)->version)
		return stamp_of(a)->version > stamp_of(b)->version;
	return a->signed_by > b->signed_by;
}

static int conflict(const struct inforce *a, const struct inforce *b,
		    struct intoto_error *err)
{
	intoto_reject(err, "layout-conflict",
		      "layout '%s' is two things: version %" PRIu64
		      " of project %s, sha256:%s, at %s; and version %" PRIu64
		      " of project %s, sha256:%s, at %s",
		      a->name, stamp_of(a)->version, stamp_of(a)->project,
		      a->digest, a->ref, stamp_of(b)->version,
		      stamp_of(b)->project, b->digest, b->ref);
	return intoto_hint(err,
			   "git intoto trust add KEY --layout %s=sha256:%s",
			   a->name, a->digest);
}

int tips_choose(struct inforce **out, struct tips *tips, const char *name,
		struct intoto_error *err)
{
	size_t best = 0;

	if (!tips->seen) {
		intoto_fail(err, INTOTO_ENOTFOUND, "no layout '%s' here", name);
		return intoto_hint(err, "git fetch");
	}
	if (!tips->n) {
		*err = tips->broken.code ? tips->broken : tips->rejected;
		return -1;
	}
	for (size_t i = 1; i < tips->n; i++)
		if (is_better(tips->items[i], tips->items[best]))
			best = i;
	for (size_t i = 0; i < tips->n; i++) {
		const struct inforce *a = tips->items[best];
		const struct inforce *b = tips->items[i];

		if (strcmp(stamp_of(a)->project, stamp_of(b)->project) ||
		    (stamp_of(a)->version == stamp_of(b)->version &&
		     strcmp(a->digest, b->digest)))
			return conflict(a, b, err);
	}
	*out = take(tips->items[best]);
	return 0;
}

/* Any layout will do: only its digest is looked at. */
static bool commit_has(struct inforce **out, struct repo *repo,
		       const char *name, const struct ref *tip,
		       const struct oid *commit, const char *digest)
{
	scoped(inforce) inforce = NULL;
	struct intoto_error ignored = { 0 };

	if (tip_read(&inforce, repo, name, tip->name, commit, &ignored) < 0 ||
	    strcmp(inforce->digest, digest))
		return false;
	*out = take(inforce);
	return true;
}

/* A history that is cut off here ends there. */
static void search_history(struct inforce **out, size_t *left,
			   struct repo *repo, const char *name,
			   const struct ref *tip, const char *digest)
{
	struct oid at = tip->oid;

	for (; *left; (*left)--) {
		scoped_value(commit_info) info = { 0 };
		struct intoto_error ignored = { 0 };

		if (commit_has(out, repo, name, tip, &at, digest) ||
		    commit_read(&info, repo, &at, &ignored) < 0 ||
		    !info.n_parents)
			return;
		at = info.parents[0];
	}
}

int inforce_history_find(struct inforce **out, struct repo *repo,
			 const char *name, const char *digest,
			 struct intoto_error *err)
{
	scoped_text ref = notes_layout_ref(name);
	scoped_value(refs) refs = { 0 };
	size_t left = HISTORY_MAX;

	if (!notes_layout_name_ok(name))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not a name for a layout", name);
	if (notes_tips(&refs, repo, ref, err) < 0)
		return -1;
	*out = NULL;
	for (size_t i = 0; i < refs.n && !*out; i++)
		search_history(out, &left, repo, name, &refs.items[i], digest);
	return 0;
}

int inforce_history_has(bool *out, struct repo *repo, const char *name,
			const char *digest, struct intoto_error *err)
{
	scoped(inforce) found = NULL;

	if (inforce_history_find(&found, repo, name, digest, err) < 0)
		return -1;
	*out = found != NULL;
	return 0;
}
