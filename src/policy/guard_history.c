/* guard_history.c: histories that are one line of commits, one note in each. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/guard_internal.h"

static void reverse(struct oid *items, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		const struct oid swap = items[i];

		items[i] = items[n - 1 - i];
		items[n - 1 - i] = swap;
	}
}

static int walk_line(struct oid **out, size_t *n, struct guard *guard,
		     const struct oid *old, const struct oid *tip,
		     const char *reason, struct intoto_error *err)
{
	size_t alloc = 0;
	struct oid at = *tip;

	while (oid_is_null(old) || !oid_equal(&at, old)) {
		scoped_value(commit_info) info = { 0 };
		enum object_type type;
		size_t size;

		if (*n >= GUARD_VERSIONS_MAX)
			return intoto_reject(err, "push-too-large",
					     "more than %d versions",
					     GUARD_VERSIONS_MAX);
		if (object_stat(&type, &size, guard->repo, &at, err) < 0)
			return -1;
		if (type != OBJECT_COMMIT)
			return intoto_reject(err, reason, "it is no commit");
		if (commit_read(&info, guard->repo, &at, err) < 0)
			return -1;
		ALLOC_GROW(*out, *n + 1, alloc);
		(*out)[(*n)++] = at;
		if (!info.n_parents && oid_is_null(old))
			break;
		if (info.n_parents != 1)
			return intoto_reject(err, reason,
					     "its history is not one line that "
					     "contains what is there");
		at = info.parents[0];
	}
	return 0;
}

int guard_straight_line(struct oid **out, size_t *n, struct guard *guard,
			const struct oid *old, const struct oid *tip,
			const char *reason, struct intoto_error *err)
{
	struct oid *line = NULL;
	size_t found = 0;

	if (walk_line(&line, &found, guard, old, tip, reason, err) < 0) {
		free(line);
		return -1;
	}
	reverse(line, found);
	*out = line;
	*n = found;
	return 0;
}

int guard_one_note(struct buffer *out, struct guard *guard,
		   const struct oid *commit, size_t max, const char *reason,
		   struct intoto_error *err)
{
	const struct oid empty_tree = notes_empty_tree(guard->repo);
	scoped_value(note_entries) entries = { 0 };
	enum object_type type;
	size_t size;

	if (notes_entries(&entries, guard->repo, commit, err) < 0) {
		scoped_text why = xstrdup(err->message);

		return err->code == INTOTO_EREJECTED
			       ? intoto_reject(err, reason, "%s", why)
			       : -1;
	}
	if (entries.n != 1 || entries.items[0].mode != GUARD_NOTE_MODE ||
	    !oid_equal(&entries.items[0].key, &empty_tree))
		return intoto_reject(err, reason,
				     "expected one note, on the empty tree");
	if (object_stat(&type, &size, guard->repo, &entries.items[0].blob,
			err) < 0)
		return -1;
	if (type != OBJECT_BLOB || size > max)
		return intoto_reject(err, reason,
				     "the note is no blob of at most %zu bytes",
				     max);
	return object_read_as(out, guard->repo, &entries.items[0].blob,
			      OBJECT_BLOB, max, err);
}
