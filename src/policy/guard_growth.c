/*
 * guard_growth.c: notes refs that only go forward and only grow: no commit of
 * the push drops a line of one of its parents, so what stands in the tip is all
 * that the push brings.
 */
#include <inttypes.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/guard_internal.h"
#include "repo/git.h"

/* The notes of one commit's tree. */
struct slot {
	struct oid tree; /* size 0: nothing read yet */
	struct note_entries entries;
};

/* One update of one ref. */
struct growth {
	struct guard *guard;
	const struct guard_update *update;
	const char *shard; /* how its keys end, or NULL: of any */
	guard_note_judge *judge;
	struct slot slots[2]; /* a commit's and one of its parents' */
	size_t last;	      /* which was used last */
};

static void growth_release(struct growth *growth)
{
	note_entries_release(&growth->slots[0].entries);
	note_entries_release(&growth->slots[1].entries);
}
SCOPED_RELEASE(growth);

static int too_large(struct intoto_error *err, const char *what, uint64_t max)
{
	return intoto_reject(err, "push-too-large", "more than %" PRIu64 " %s",
			     max, what);
}

/* Every note of every commit, with the folders above it. */
static int count_work(struct guard *guard, const struct note_entries *entries,
		      struct intoto_error *err)
{
	guard->new_work += entries->n;
	for (size_t i = 0; i < entries->n; i++)
		guard->new_work += entries->items[i].depth;
	return guard->new_work > GUARD_NEW_WORK_MAX
		       ? too_large(err, "notes in all new commits together",
				   GUARD_NEW_WORK_MAX)
		       : 0;
}

static int tree_of(struct oid *out, struct guard *guard,
		   const struct oid *commit, struct intoto_error *err)
{
	scoped_value(commit_info) info = { 0 };

	if (commit_read(&info, guard->repo, commit, err) < 0)
		return -1;
	*out = info.tree;
	return 0;
}

static struct slot *find_slot(struct growth *growth, const struct oid *tree)
{
	for (size_t i = 0; i < ARRAY_SIZE(growth->slots); i++)
		if (growth->slots[i].tree.size &&
		    oid_equal(&growth->slots[i].tree, tree))
			return &growth->slots[i];
	return NULL;
}

/* In a history one is read right after the other. */
static int read_entries(const struct note_entries **out, struct growth *growth,
			const struct oid *commit, struct intoto_error *err)
{
	struct slot *slot;
	struct oid tree;

	if (tree_of(&tree, growth->guard, commit, err) < 0)
		return -1;
	slot = find_slot(growth, &tree);
	if (!slot) {
		slot = &growth->slots[1 - growth->last];
		note_entries_release(&slot->entries);
		slot->tree.size = 0;
		if (notes_entries(&slot->entries, growth->guard->repo, commit,
				  err) < 0 ||
		    count_work(growth->guard, &slot->entries, err) < 0)
			return -1;
		slot->tree = tree;
	}
	growth->last = (size_t)(slot - growth->slots);
	*out = &slot->entries;
	return 0;
}

/* The bytes are counted before they are read. */
static int charge(struct guard *guard, const struct oid *blob,
		  struct intoto_error *err)
{
	enum object_type type;
	size_t size;

	if (object_stat(&type, &size, guard->repo, blob, err) < 0)
		return -1;
	if (type != OBJECT_BLOB)
		return intoto_reject(err, "notes-tree", "a note is no blob");
	if (size > NOTE_MAX)
		return intoto_reject(err, "note-limit",
				     "a note is larger than %zu bytes",
				     NOTE_MAX);
	guard->new_bytes += size;
	if (guard->new_bytes > GUARD_NEW_BYTES_MAX)
		return too_large(err, "bytes of notes to compare",
				 GUARD_NEW_BYTES_MAX);
	return 0;
}

/* The lines sorted and unique; `sorted` (may be NULL) tells whether they were.
 */
static int read_note(struct note *out, bool *sorted, struct guard *guard,
		     const struct oid *blob, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_MAX(NOTE_MAX);
	scoped_value(note) as_written = { 0 };

	if (charge(guard, blob, err) < 0 ||
	    object_read_as(&text, guard->repo, blob, OBJECT_BLOB, NOTE_MAX,
			   err) < 0)
		return -1;
	if (note_split(&as_written, sorted, buffer_text(&text), text.len,
		       guard->max_line, err) < 0) {
		scoped_text why = xstrdup(err->message);

		return err->code == INTOTO_ELIMIT
			       ? intoto_reject(err, "note-limit", "%s", why)
			       : -1;
	}
	note_union(out, &as_written);
	return 0;
}

static int line_order(const struct note_line *a, const struct note_line *b)
{
	const int order =
		memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static bool has_line(const struct note *note, const struct note_line *line)
{
	size_t low = 0, high = note->n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		const int order = line_order(&note->lines[mid], line);

		if (!order)
			return true;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

int guard_line_is_new(bool *out, const struct guard_note *note,
		      const struct note_line *line, struct intoto_error *err)
{
	*out = !has_line(note->old_note, line);
	if (*out && ++note->guard->new_lines > GUARD_NEW_LINES_MAX)
		return too_large(err, "new lines", GUARD_NEW_LINES_MAX);
	return 0;
}

static int check_contains(const struct note *before, const struct note *after,
			  struct intoto_error *err)
{
	for (size_t i = 0; i < before->n; i++)
		if (!has_line(after, &before->lines[i]))
			return intoto_reject(err, "notes-shrunk",
					     "a line that was there is gone");
	return 0;
}

/* At the tip: what was there is there still, and what is new is judged. */
static int judge_tip_note(struct growth *growth,
			  const struct note_entry *before,
			  const struct note_entry *entry,
			  struct intoto_error *err)
{
	struct guard *guard = growth->guard;
	scoped_value(note) old_note = { 0 };
	scoped_value(note) note = { 0 };
	const struct guard_note what = { guard, growth->update->ref,
					 &entry->key, &old_note, &note };
	bool sorted = false;

	if ((before &&
	     read_note(&old_note, NULL, guard, &before->blob, err) < 0) ||
	    read_note(&note, &sorted, guard, &entry->blob, err) < 0)
		return -1;
	if (!sorted)
		return intoto_reject(err, "line-malformed",
				     "its lines are not sorted, unique and "
				     "ended by a line feed");
	if (check_contains(&old_note, &note, err) < 0)
		return -1;
	return growth->judge(&what, err);
}

/* Between two commits of the push. */
static int compare_notes(struct growth *growth, const struct note_entry *before,
			 const struct note_entry *entry,
			 struct intoto_error *err)
{
	scoped_value(note) old_note = { 0 };
	scoped_value(note) note = { 0 };

	if (!before)
		return 0;
	if (read_note(&old_note, NULL, growth->guard, &before->blob, err) < 0 ||
	    read_note(&note, NULL, growth->guard, &entry->blob, err) < 0)
		return -1;
	return check_contains(&old_note, &note, err);
}

static int key_order(const struct note_entry *a, const struct note_entry *b)
{
	return memcmp(a->key.bytes, b->key.bytes, OID_MAX_SIZE);
}

typedef int pair_judge(struct growth *growth, const struct note_entry *before,
		       const struct note_entry *entry,
		       struct intoto_error *err);

/* Each note that differs; both lists are sorted by key. */
static int each_changed(struct growth *growth, const struct note_entries *old,
			const struct note_entries *entries, pair_judge *judge,
			struct intoto_error *err)
{
	size_t j = 0;

	for (size_t i = 0; i < entries->n; i++) {
		const struct note_entry *entry = &entries->items[i];
		const struct note_entry *before = NULL;
		char key[OID_HEX_SIZE];
		int order = 1;

		if (j < old->n)
			order = key_order(&old->items[j], entry);
		if (order < 0)
			break;
		if (!order)
			before = &old->items[j++];
		if (before && oid_equal(&before->blob, &entry->blob))
			continue;
		oid_hex(key, &entry->key);
		if (judge(growth, before, entry, err) < 0)
			return intoto_context(err, "note on %s: ", key);
	}
	if (j < old->n)
		return intoto_reject(err, "notes-shrunk",
				     "a note that was there is gone");
	return 0;
}

static int check_entries(const struct growth *growth,
			 const struct note_entries *entries,
			 struct intoto_error *err)
{
	char key[OID_HEX_SIZE];

	for (size_t i = 0; i < entries->n; i++) {
		const struct note_entry *entry = &entries->items[i];

		oid_hex(key, &entry->key);
		if (entry->mode != GUARD_NOTE_MODE)
			return intoto_reject(err, "notes-tree",
					     "the note on %s has the mode %o",
					     key, entry->mode);
		if (growth->shard &&
		    strcmp(key + strlen(key) - 2, growth->shard))
			return intoto_reject(err, "notes-tree",
					     "object %s belongs to another "
					     "shard",
					     key);
	}
	return 0;
}

/* The tip is compared with what is there by itself. */
static bool is_done(const struct growth *growth, const struct oid *commit,
		    const struct oid *parent)
{
	return oid_equal(commit, &growth->update->new_oid) &&
	       oid_equal(parent, &growth->update->old);
}

static int judge_parent(struct growth *growth, const struct oid *commit,
			const struct oid *parent, struct intoto_error *err)
{
	const struct note_entries *entries, *before;
	struct oid tree, old_tree;

	if (is_done(growth, commit, parent))
		return 0;
	if (tree_of(&tree, growth->guard, commit, err) < 0 ||
	    tree_of(&old_tree, growth->guard, parent, err) < 0)
		return -1;
	if (oid_equal(&tree, &old_tree))
		return 0;
	if (read_entries(&before, growth, parent, err) < 0 ||
	    read_entries(&entries, growth, commit, err) < 0)
		return -1;
	return each_changed(growth, before, entries, compare_notes, err);
}

static int judge_commit(struct growth *growth, const struct oid *commit,
			struct intoto_error *err)
{
	scoped_value(commit_info) info = { 0 };
	const struct note_entries *entries;

	if (commit_read(&info, growth->guard->repo, commit, err) < 0 ||
	    read_entries(&entries, growth, commit, err) < 0 ||
	    check_entries(growth, entries, err) < 0)
		return -1;
	growth->guard->new_commits += info.n_parents ? info.n_parents : 1;
	if (growth->guard->new_commits > GUARD_NEW_COMMITS_MAX)
		return too_large(err, "new commits", GUARD_NEW_COMMITS_MAX);
	for (size_t i = 0; i < info.n_parents; i++)
		if (judge_parent(growth, commit, &info.parents[i], err) < 0)
			return -1;
	return 0;
}

/* The commits that come with the push, children first: whatever a parent holds
 * is in the tip then, or nothing more is read. */
static int list_commits(struct buffer *out, const struct growth *growth,
			struct intoto_error *err)
{
	const struct guard_update *update = growth->update;
	char limit[64], old[OID_HEX_SIZE], tip[OID_HEX_SIZE];
	const char *args[] = {
		"rev-list", "--topo-order", limit, tip, "--not", old, NULL,
	};
	scoped_value(process_result) result = { 0 };
	scoped_value(git_command) command = { 0 };

	snprintf(limit, sizeof(limit), "--max-count=%d",
		 GUARD_NEW_COMMITS_MAX + 1);
	oid_hex(old, &update->old);
	oid_hex(tip, &update->new_oid);
	if (oid_is_null(&update->old))
		args[4] = NULL;
	git_command_init(&command, growth->guard->repo, args);
	/* A history ends where the repository says, and nobody else. */
	if (growth->guard->repo->server)
		strlist_add(&command.env, "GIT_SHALLOW_FILE");
	command.process.out = PROCESS_CAPTURE;
	command.process.err = PROCESS_CAPTURE;
	if (git_command_run(&result, &command, err) < 0)
		return -1;
	if (result.status)
		return git_fail(err, &result, "list the commits of '%s'", tip);
	buffer_add(out, buffer_text(&result.out), result.out.len);
	return buffer_check(out, "the list of commits", err);
}

static int judge_history(struct growth *growth, const char *commits,
			 struct intoto_error *err)
{
	for (const char *at = commits, *end; *at; at = end + 1) {
		struct oid commit;
		char hex[OID_HEX_SIZE];

		end = strchrnul(at, '\n');
		if (!*end || !oid_parse(&commit, at, (size_t)(end - at)))
			return intoto_fail(err, INTOTO_ECHILD,
					   "cannot read the answer of 'git "
					   "rev-list'");
		if (judge_commit(growth, &commit, err) < 0) {
			oid_hex(hex, &commit);
			return oid_equal(&commit, &growth->update->new_oid)
				       ? -1
				       : intoto_context(err,
							"commit %.12s: ", hex);
		}
	}
	return 0;
}

static int judge_tip(struct growth *growth, struct intoto_error *err)
{
	const struct guard_update *update = growth->update;
	scoped_value(note_entries) none = { 0 };
	const struct note_entries *before = &none, *entries;

	if (!oid_is_null(&update->old) &&
	    read_entries(&before, growth, &update->old, err) < 0)
		return intoto_context(err, "what is there: ");
	if (read_entries(&entries, growth, &update->new_oid, err) < 0 ||
	    check_entries(growth, entries, err) < 0)
		return -1;
	return each_changed(growth, before, entries, judge_tip_note, err);
}

static int check_forward(struct guard *guard, const struct guard_update *update,
			 struct intoto_error *err)
{
	enum object_type type;
	bool forward = true;
	size_t size;

	if (object_stat(&type, &size, guard->repo, &update->new_oid, err) < 0)
		return -1;
	if (type != OBJECT_COMMIT)
		return intoto_reject(err, "notes-tree", "it is no commit");
	if (!oid_is_null(&update->old) &&
	    commit_is_ancestor(&forward, guard->repo, &update->old,
			       &update->new_oid, err) < 0)
		return -1;
	return forward ? 0
		       : intoto_reject(err, "notes-rewritten",
				       "the push does not contain what is "
				       "there");
}

int guard_judge_growth(struct guard *guard, const struct guard_update *update,
		       guard_note_judge *judge, struct intoto_error *err)
{
	static const char links[] = NOTES_PREFIX "links/";
	scoped_value(buffer) commits = BUFFER_INIT;
	scoped_value(growth)
		growth = { .guard = guard, .update = update, .judge = judge };

	if (!strncmp(update->ref, links, strlen(links)))
		growth.shard = update->ref + strlen(links);
	/* The tip first: who signs nothing makes nobody read a history. */
	if (check_forward(guard, update, err) < 0 ||
	    judge_tip(&growth, err) < 0 ||
	    list_commits(&commits, &growth, err) < 0)
		return -1;
	return judge_history(&growth, buffer_text(&commits), err);
}
