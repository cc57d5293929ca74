/* Layouts refs: linear, only forward, each version signed by the trusted. */
#include <inttypes.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/guard_internal.h"

static void layouts_add(struct guard *guard, const char *name,
			struct envelope *envelope, bool pushed)
{
	ALLOC_GROW(guard->layouts, guard->n_layouts + 1, guard->alloc_layouts);
	if (guard->n_layouts &&
	    !strcmp(guard->layouts[guard->n_layouts - 1].name, name) &&
	    guard->layouts[guard->n_layouts - 1].pushed == pushed)
		guard->layouts[guard->n_layouts - 1].tip = false;
	guard->layouts[guard->n_layouts++] = (struct guard_layout){
		.name = xstrdup(name),
		.envelope = envelope,
		.pushed = pushed,
		.tip = true,
	};
}

/* The one line of a layout's commit; strict about tree and note. */
static int layout_at(struct envelope **out, struct guard *guard,
		     const struct oid *commit, struct intoto_error *err)
{
	const struct oid empty_tree = notes_empty_tree(guard->repo);
	scoped_value(note_entries) entries = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_value(note) note = { 0 };
	bool sorted;

	if (notes_entries(&entries, guard->repo, commit, err) < 0)
		return -1;
	if (entries.n != 1 || !oid_equal(&entries.items[0].key, &empty_tree))
		return intoto_reject(err, "layout-malformed",
				     "expected one note, on the empty tree");
	if (object_read_as(&text, guard->repo, &entries.items[0].blob,
			   OBJECT_BLOB, guard->max_line + 1, err) < 0 ||
	    note_split(&note, &sorted, buffer_text(&text), text.len,
		       guard->max_line, err) < 0)
		return -1;
	if (note.n != 1 || !sorted || note.lines[0].problem)
		return intoto_reject(err, "layout-malformed",
				     "expected one well-formed line");
	if (envelope_read(out, note.lines[0].text, note.lines[0].len, true,
			  err) < 0) {
		if (err->code != INTOTO_EINVALID)
			return -1;
		scoped_text why = xstrdup(err->message);

		return intoto_reject(err, "layout-malformed", "%s", why);
	}
	if ((*out)->content == CONTENT_LAYOUT)
		return 0;
	envelope_free(take(*out));
	return intoto_reject(err, "layout-malformed", "the note is no layout");
}

static int signed_by_trusted(const struct guard *guard,
			     const struct envelope *envelope,
			     struct intoto_error *err)
{
	return layout_check_owners(
		NULL, envelope, (const struct key *const *)guard->trust->keys,
		guard->trust->n_keys, guard->trust->threshold, guard->now, err);
}

/* The commits from `old` (left out; null: the very first) to `tip`, oldest
 * first. EREJECTED if the line is not straight or never meets `old`. */
static int straight_line(struct oid **out, size_t *n, struct guard *guard,
			 const struct oid *old, const struct oid *tip,
			 struct intoto_error *err)
{
	size_t alloc = 0;
	struct oid at = *tip;

	*out = NULL;
	*n = 0;
	while (oid_is_null(old) || !oid_equal(&at, old)) {
		scoped_value(commit_info) info = { 0 };

		if (*n >= GUARD_LAYOUT_VERSIONS_MAX)
			return intoto_fail(err, INTOTO_ELIMIT,
					   "more than %d versions",
					   GUARD_LAYOUT_VERSIONS_MAX);
		if (commit_read(&info, guard->repo, &at, err) < 0)
			return -1;
		ALLOC_GROW(*out, *n + 1, alloc);
		(*out)[(*n)++] = at;
		if (!info.n_parents && oid_is_null(old))
			break;
		if (info.n_parents != 1)
			return intoto_reject(
				err, "layout-not-linear",
				"its history is not one line that contains "
				"what is there");
		at = info.parents[0];
	}
	for (size_t i = 0; i < *n / 2; i++) {
		struct oid swap = (*out)[i];

		(*out)[i] = (*out)[*n - 1 - i];
		(*out)[*n - 1 - i] = swap;
	}
	return 0;
}

/* A layout of that name and of this project, as `verify` demands it. */
static bool is_ours(const struct guard *guard, const char *name,
		    const struct layout *layout)
{
	const struct layout_stamp *stamp = &layout->stamp;

	return *stamp->project && !strcmp(stamp->name, name) &&
	       (!*guard->project || !strcmp(stamp->project, guard->project));
}

static int load_history(struct guard *guard, const char *name,
			const struct oid *tip, struct intoto_error *err)
{
	const struct oid none = oid_null();
	struct intoto_error why = { 0 };
	struct oid *line = NULL;
	size_t n = 0;
	int result = straight_line(&line, &n, guard, &none, tip, err);

	for (size_t i = 0; !result && i < n; i++) {
		scoped(envelope) envelope = NULL;

		/* What was there before the guard may be anything: what the
		 * trusted did not sign names no keys. */
		if (layout_at(&envelope, guard, &line[i], &why) < 0 ||
		    signed_by_trusted(guard, envelope, &why) < 0) {
			if (why.code == INTOTO_EREJECTED)
				continue;
			*err = why;
			result = -1;
			break;
		}
		if (!is_ours(guard, name, envelope->layout))
			continue;
		if (!*guard->project)
			snprintf(guard->project, sizeof(guard->project), "%s",
				 envelope->layout->stamp.project);
		layouts_add(guard, name, take(envelope), false);
	}
	free(line);
	return result;
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

/* Did any version that is there, or came earlier in this push, hold the very
 * same signed part? */
static bool seen_before(const struct guard *guard, const char *name,
			const struct envelope *envelope)
{
	char digest[SHA256_HEX_SIZE], other[SHA256_HEX_SIZE];

	envelope_digest(digest, envelope);
	for (size_t i = 0; i < guard->n_layouts; i++) {
		envelope_digest(other, guard->layouts[i].envelope);
		if (!strcmp(guard->layouts[i].name, name) &&
		    !strcmp(digest, other))
			return true;
	}
	return false;
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

static bool has_reserved_name(const struct layout *layout)
{
	for (size_t i = 0; i < layout->n_inspections; i++)
		if (!strcmp(layout->inspections[i].name, "revoke"))
			return true;
	return layout_step(layout, "revoke") != NULL;
}

/* One new version on top of those before it. */
static int judge_version(struct guard *guard, const char *name,
			 const struct oid *commit, struct intoto_error *err)
{
	const uint64_t before = version_before(guard, name);
	scoped(envelope) envelope = NULL;
	const struct layout_stamp *stamp;

	if (layout_at(&envelope, guard, commit, err) < 0)
		return -1;
	stamp = &envelope->layout->stamp;
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
	if (seen_before(guard, name, envelope))
		return intoto_reject(err, "layout-rollback",
				     "version %" PRIu64 " was there before",
				     stamp->version);
	if (stamp->version <= before)
		return intoto_reject(err, "layout-rollback",
				     "version %" PRIu64
				     " does not follow version %" PRIu64,
				     stamp->version, before);
	if (signed_by_trusted(guard, envelope, err) < 0)
		return -1;
	if (has_reserved_name(envelope->layout))
		return intoto_reject(err, "layout-reserved",
				     "'revoke' is reserved, and no step or "
				     "inspection");
	if (!*guard->project)
		snprintf(guard->project, sizeof(guard->project), "%s",
			 stamp->project);
	layouts_add(guard, name, take(envelope), true);
	return 0;
}

void guard_judge_layout(struct guard *guard, const struct guard_update *update)
{
	const char *name = update->ref + strlen(NOTES_PREFIX "layouts/");
	struct intoto_error err = { 0 };
	struct oid *line = NULL;
	size_t n = 0;
	int result;

	if (!guard_knows_receiver(guard))
		return;
	if (oid_is_null(&update->new_oid)) {
		guard_refuse(guard, update->ref, "ref-deleted",
			     "a layout is never deleted");
		return;
	}
	if (guard_leaves_to_pre_receive(guard))
		return;
	result = straight_line(&line, &n, guard, &update->old, &update->new_oid,
			       &err);
	for (size_t i = 0; !result && i < n; i++)
		result = judge_version(guard, name, &line[i], &err);
	free(line);
	if (result < 0)
		guard_refuse_error(guard, update->ref, &err);
}

/* The version that judges new tags, or NULL: the tip from before this push; the
 * pushed tip where there was none. */
static const struct envelope *policy_of(const struct guard *guard,
					const char *name)
{
	const struct envelope *before = NULL, *pushed = NULL;

	for (size_t i = 0; i < guard->n_layouts; i++) {
		const struct guard_layout *layout = &guard->layouts[i];

		if (!layout->tip || strcmp(layout->name, name))
			continue;
		if (layout->pushed)
			pushed = layout->envelope;
		else
			before = layout->envelope;
	}
	return before ? before : pushed;
}

size_t guard_policy(const struct layout ***out, struct guard *guard,
		    const char *ref)
{
	const struct trust *trust = guard->trust;
	struct intoto_error err = { 0 };
	size_t n = 0;

	*out = xcalloc(trust->n_layouts + 1, sizeof(**out));
	for (size_t i = 0; i < trust->n_layouts; i++) {
		const char *name = trust->layouts[i].name;
		const char *pinned = trust->layouts[i].digest;
		const struct envelope *envelope = policy_of(guard, name);
		char digest[SHA256_HEX_SIZE];

		if (!envelope) {
			guard_refuse(guard, ref, "no-layout",
				     "there is no layout '%s' that the trusted "
				     "keys signed; push it first",
				     name);
			continue;
		}
		envelope_digest(digest, envelope);
		if (*pinned && strcmp(pinned, digest)) {
			guard_refuse(guard, ref, "layout-digest",
				     "layout '%s': expected sha256:%s, which "
				     "is pinned here, found sha256:%s",
				     name, pinned, digest);
			continue;
		}
		if (layout_check_expiry(envelope->layout, guard->now, &err) <
		    0) {
			intoto_context(&err, "layout '%s': ", name);
			intoto_hint(&err, "git intoto layout renew %s", name);
			guard_refuse_error(guard, ref, &err);
			continue;
		}
		(*out)[n++] = envelope->layout;
	}
	return n;
}
