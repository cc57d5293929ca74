/* guard_layouts.c: layouts refs: linear, only forward, each version signed by
 * the owners of before this push. */
#include <inttypes.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/guard_internal.h"

static int malformed(struct intoto_error *err)
{
	scoped_text why = xstrdup(err->message);

	if (err->code != INTOTO_EINVALID && err->code != INTOTO_ELIMIT)
		return -1;
	return intoto_reject(err, "layout-malformed", "%s", why);
}

/* The one line of a layout's commit; strict about tree and note. */
static int layout_at(struct envelope **out, struct guard *guard,
		     const struct oid *commit, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_value(note) note = { 0 };
	scoped(envelope) envelope = NULL;
	bool sorted;

	if (guard_one_note(&text, guard, commit, guard->max_line + 1,
			   "layout-malformed", err) < 0)
		return -1;
	if (note_split(&note, &sorted, buffer_text(&text), text.len,
		       guard->max_line, err) < 0)
		return malformed(err);
	if (note.n != 1 || !sorted || note.lines[0].problem)
		return intoto_reject(err, "layout-malformed",
				     "expected one well-formed line");
	if (envelope_read(&envelope, note.lines[0].text, note.lines[0].len,
			  true, err) < 0)
		return malformed(err);
	if (envelope->content != CONTENT_LAYOUT)
		return intoto_reject(err, "layout-malformed",
				     "the note is no layout");
	*out = take(envelope);
	return 0;
}

static int signed_by_owners(const struct guard *guard,
			    const struct envelope *envelope,
			    struct intoto_error *err)
{
	return layout_check_owners(
		NULL, envelope, (const struct key *const *)guard->trust->keys,
		guard->trust->n_keys, guard->trust->threshold, guard->now, err);
}

static void layouts_add(struct guard *guard, const char *name,
			struct envelope *envelope, bool pushed, bool tip)
{
	struct intoto_error ignored = { 0 };

	for (size_t i = 0; pushed && i < guard->n_layouts; i++)
		if (guard->layouts[i].pushed &&
		    !strcmp(guard->layouts[i].name, name))
			guard->layouts[i].tip = false;
	ALLOC_GROW(guard->layouts, guard->n_layouts + 1, guard->alloc_layouts);
	guard->layouts[guard->n_layouts++] = (struct guard_layout){
		.name = xstrdup(name),
		.envelope = envelope,
		.in_force =
			pushed || !signed_by_owners(guard, envelope, &ignored),
		.pushed = pushed,
		.tip = tip,
	};
}

/* A layout of that name and of this project, as `verify` demands it. */
static bool is_ours(const struct guard *guard, const char *name,
		    const struct layout *layout)
{
	const struct layout_stamp *stamp = &layout->stamp;

	return *stamp->project && !strcmp(stamp->name, name) &&
	       (!*guard->project || !strcmp(stamp->project, guard->project));
}

static void hold(struct guard *guard, const char *name,
		 const struct envelope *envelope)
{
	char digest[SHA256_HEX_SIZE];

	envelope_digest(digest, envelope);
	strlist_addf(&guard->held, "%s %s", name, digest);
}

/* What was there before the guard may be anything: what no owners ever signed
 * names no keys. */
static int load_version(struct guard *guard, const char *name,
			const struct oid *commit, bool pushed, bool tip,
			struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;
	struct intoto_error why = { 0 };

	if (layout_at(&envelope, guard, commit, &why) < 0) {
		if (why.code == INTOTO_EREJECTED)
			return 0;
		*err = why;
		return -1;
	}
	hold(guard, name, envelope);
	if (!trust_signed_once(guard->trust, envelope, guard->now) ||
	    !is_ours(guard, name, envelope->layout))
		return 0;
	if (!*guard->project)
		snprintf(guard->project, sizeof(guard->project), "%s",
			 envelope->layout->stamp.project);
	layouts_add(guard, name, take(envelope), pushed, tip);
	return 0;
}

static int load_history(struct guard *guard, const char *name,
			const struct oid *tip, struct intoto_error *err)
{
	const struct oid none = oid_null();
	struct intoto_error why = { 0 };
	struct oid *line = NULL;
	size_t n = 0;
	int got = 0;

	if (guard_straight_line(&line, &n, guard, &none, tip,
				"layout-not-linear", &why) < 0) {
		if (why.code == INTOTO_EREJECTED) {
			report_warn(guard->report, "layout '%s': %s", name,
				    why.message);
			return 0;
		}
		*err = why;
		return -1;
	}
	for (size_t i = 0; !got && i < n; i++)
		got = load_version(guard, name, &line[i], false, i + 1 == n,
				   err);
	free(line);
	return got;
}

int guard_load_layouts(struct guard *guard, struct intoto_error *err)
{
	scoped_text receiver =
		guard_receiver_ref(guard, NOTES_PREFIX "layouts/");
	const char *prefix = receiver ? receiver : NOTES_PREFIX "layouts/";
	const char *const prefixes[] = { prefix, NULL };
	scoped_value(refs) refs = { 0 };

	if (refs_list(&refs, guard->repo, prefixes, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++) {
		const char *name = refs.items[i].name + strlen(prefix);

		if (!notes_layout_name_ok(name))
			continue;
		if (load_history(guard, name, &refs.items[i].oid, err) < 0)
			return intoto_context(err, "%s: ", refs.items[i].name);
	}
	return 0;
}

/* Did any commit that is there, or came earlier in this push, hold the very
 * same signed part? */
static bool seen_before(const struct guard *guard, const char *name,
			const struct envelope *envelope)
{
	scoped_text this = NULL;
	char digest[SHA256_HEX_SIZE];

	envelope_digest(digest, envelope);
	this = xasprintf("%s %s", name, digest);
	return strlist_has(&guard->held, this);
}

static uint64_t version_before(const struct guard *guard, const char *name)
{
	uint64_t version = 0;

	for (size_t i = 0; i < guard->n_layouts; i++) {
		const struct layout_stamp *stamp =
			&guard->layouts[i].envelope->layout->stamp;

		if (!strcmp(guard->layouts[i].name, name) &&
		    stamp->version > version)
			version = stamp->version;
	}
	return version;
}

bool guard_names_revoke(const struct layout *layout)
{
	for (size_t i = 0; i < layout->n_inspections; i++)
		if (!strcmp(layout->inspections[i].name, "revoke"))
			return true;
	return layout_step(layout, "revoke") != NULL;
}

static int judge_stamp(const struct guard *guard, const char *name,
		       const struct layout_stamp *stamp,
		       struct intoto_error *err)
{
	/* A sublayout's is not there either. */
	if (!*stamp->project || !stamp->name)
		return intoto_reject(err, "layout-malformed",
				     "the readme does not end with the "
				     "git-intoto-layout line");
	if (strcmp(stamp->name, name))
		return intoto_reject(err, "layout-name",
				     "the layout is named '%s'", stamp->name);
	if (*guard->project && strcmp(guard->project, stamp->project))
		return intoto_reject(err, "layout-foreign",
				     "the layout is of project %s, expected %s",
				     stamp->project, guard->project);
	return 0;
}

/* By the owners of before; those of a root that comes along are asked only for
 * the hint. */
static int judge_owners(const struct guard *guard,
			const struct envelope *envelope,
			struct intoto_error *err)
{
	const struct root_role *owners;
	struct intoto_error ignored = { 0 };

	if (signed_by_owners(guard, envelope, err) == 0)
		return 0;
	if (err->code != INTOTO_EREJECTED || !guard->pushed_root)
		return -1;
	owners = &root_chain_last(guard->pushed_root)->owners;
	if (layout_check_owners(NULL, envelope,
				(const struct key *const *)owners->keys,
				owners->n_keys, owners->threshold, guard->now,
				&ignored) == 0)
		intoto_hint(err, "git push REMOTE " ROOT_REF
				 "   # counts from the next push on");
	return -1;
}

static int judge_version(struct guard *guard, const char *name,
			 const struct oid *commit, struct intoto_error *err)
{
	const uint64_t before = version_before(guard, name);
	scoped(envelope) envelope = NULL;
	const struct layout_stamp *stamp;

	if (layout_at(&envelope, guard, commit, err) < 0)
		return -1;
	stamp = &envelope->layout->stamp;
	if (judge_stamp(guard, name, stamp, err) < 0)
		return -1;
	if (seen_before(guard, name, envelope))
		return intoto_reject(err, "layout-rollback",
				     "version %" PRIu64 " was there before",
				     stamp->version);
	if (stamp->version <= before)
		return intoto_reject(err, "layout-rollback",
				     "version %" PRIu64
				     " does not follow version %" PRIu64,
				     stamp->version, before);
	if (judge_owners(guard, envelope, err) < 0)
		return -1;
	if (guard_names_revoke(envelope->layout))
		return intoto_reject(err, "layout-reserved",
				     "'revoke' is reserved, and no step or "
				     "inspection");
	if (!*guard->project)
		snprintf(guard->project, sizeof(guard->project), "%s",
			 stamp->project);
	hold(guard, name, envelope);
	layouts_add(guard, name, take(envelope), true, true);
	return 0;
}

/* Where there was none of that name, all but the tip is history as any that was
 * there before the guard. */
static int judge_versions(struct guard *guard,
			  const struct guard_update *update, const char *name,
			  const struct oid *line, size_t n,
			  struct intoto_error *err)
{
	const bool first = oid_is_null(&update->old);

	for (size_t i = 0; i < n; i++)
		if ((first && i + 1 < n
			     ? load_version(guard, name, &line[i], true, false,
					    err)
			     : judge_version(guard, name, &line[i], err)) < 0)
			return -1;
	return 0;
}

void guard_judge_layout(struct guard *guard, const struct guard_update *update)
{
	const char *name = update->ref + strlen(NOTES_PREFIX "layouts/");
	struct intoto_error err = { 0 };
	struct oid *line = NULL;
	size_t n = 0;

	if (guard_skips(guard, update, "a layout is never deleted"))
		return;
	if (guard_straight_line(&line, &n, guard, &update->old,
				&update->new_oid, "layout-not-linear",
				&err) < 0 ||
	    judge_versions(guard, update, name, line, n, &err) < 0)
		guard_refuse_error(guard, update->ref, &err);
	free(line);
}
