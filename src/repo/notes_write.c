/* notes_write.c: prepare a notes ref with more lines, from the union of all
 * that is known of it. */
#include "repo/notes_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "repo/config.h"
#include "repo/git.h"

#define FIXED_IDENTITY "git-intoto <git-intoto@localhost>"

/* The tips of a ref without those that others contain. */
struct heads {
	struct oid *items;
	size_t n;
};

static void heads_release(struct heads *heads)
{
	free(heads->items);
}
SCOPED_RELEASE(heads);

static struct heads heads_alloc(size_t n)
{
	return (struct heads){ .items = xcalloc(n + 1, sizeof(struct oid)) };
}

/* The user's committer, else a fixed one; to be freed. */
static char *committer(struct repo *repo)
{
	const char *const args[] = { "var", "GIT_COMMITTER_IDENT", NULL };
	struct intoto_error ignored = { 0 };
	scoped_text line = NULL;

	if (git_line(&line, repo, args, &ignored) == 0 && strstr(line, "> ") &&
	    !strchr(line, '\n'))
		return take(line);
	return xasprintf(FIXED_IDENTITY " %lld +0000", (long long)clock_now());
}

static int write_commit(struct oid *out, struct repo *repo,
			const struct oid *tree, const struct heads *parents,
			const char *message, struct intoto_error *err)
{
	scoped_value(buffer) raw = BUFFER_INIT;
	scoped_text identity = committer(repo);
	char hex[OID_HEX_SIZE];

	oid_hex(hex, tree);
	buffer_printf(&raw, "tree %s\n", hex);
	for (size_t i = 0; i < parents->n; i++) {
		oid_hex(hex, &parents->items[i]);
		buffer_printf(&raw, "parent %s\n", hex);
	}
	buffer_printf(&raw, "author %s\ncommitter %s\n\n", identity, identity);
	buffer_puts(&raw, message);
	if (raw.data[raw.len - 1] != '\n')
		buffer_putc(&raw, '\n');
	if (buffer_check(&raw, "a notes commit", err) < 0)
		return -1;
	return object_write(out, repo, OBJECT_COMMIT, raw.data, raw.len, err);
}

/* Is it reachable from a tip other than itself? */
static int is_contained(bool *out, struct repo *repo, const struct heads *tips,
			const struct oid *oid, struct intoto_error *err)
{
	*out = false;
	for (size_t i = 0; i < tips->n && !*out; i++) {
		if (oid_equal(&tips->items[i], oid))
			continue;
		if (commit_is_ancestor(out, repo, oid, &tips->items[i], err) <
		    0)
			return -1;
	}
	return 0;
}

static int find_heads(struct heads *out, struct repo *repo,
		      const struct heads *tips, struct intoto_error *err)
{
	scoped_value(heads) heads = heads_alloc(tips->n);

	for (size_t i = 0; i < tips->n; i++) {
		const struct oid *oid = &tips->items[i];
		bool known = false;

		for (size_t k = 0; k < heads.n && !known; k++)
			known = oid_equal(&heads.items[k], oid);
		if (!known && is_contained(&known, repo, tips, oid, err) < 0)
			return -1;
		if (!known)
			heads.items[heads.n++] = *oid;
	}
	*out = heads;
	heads = (struct heads){ 0 };
	return 0;
}

/* Two notes on one key become one, as `cat_sort_uniq` does it. */
static int join_blobs(struct note_entry *into, struct repo *repo,
		      const struct oid *other, size_t max_line,
		      struct intoto_error *err)
{
	scoped_value(note) a = { 0 };
	scoped_value(note) b = { 0 };

	if (oid_equal(&into->blob, other))
		return 0;
	if (note_read_blob(&a, repo, &into->blob, max_line, err) < 0 ||
	    note_read_blob(&b, repo, other, max_line, err) < 0)
		return -1;
	note_union(&a, &b);
	return note_write_blob(&into->blob, repo, &a, err);
}

static int join_entries(struct note_entries *into, struct repo *repo,
			const struct note_entries *other, size_t max_line,
			struct intoto_error *err)
{
	for (size_t i = 0; i < other->n; i++) {
		const struct note_entry *item = &other->items[i];
		struct note_entry *there = notes_tree_entry(into, &item->key);

		if (!there)
			notes_tree_set(into, &item->key, &item->blob);
		else if (join_blobs(there, repo, &item->blob, max_line, err) <
			 0)
			return -1;
	}
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(((const struct oid *)a)->bytes,
		      ((const struct oid *)b)->bytes, OID_MAX_SIZE);
}

/* In one order of their own, so that the trees are the same whoever merges. */
static int join_heads(struct note_entries *out, struct repo *repo,
		      const struct heads *heads, size_t max_line,
		      struct intoto_error *err)
{
	scoped_value(heads) sorted = heads_alloc(heads->n);

	while (sorted.n < heads->n) {
		sorted.items[sorted.n] = heads->items[sorted.n];
		sorted.n++;
	}
	qsort(sorted.items, sorted.n, sizeof(*sorted.items), by_bytes);
	for (size_t i = 0; i < sorted.n; i++) {
		scoped_value(note_entries) entries = { 0 };

		if (notes_entries(&entries, repo, &sorted.items[i], err) < 0)
			return -1;
		if (i == 0) {
			*out = entries;
			entries = (struct note_entries){ 0 };
		} else if (join_entries(out, repo, &entries, max_line, err) <
			   0) {
			return -1;
		}
	}
	return 0;
}

static int check_lines(struct note *out, const struct strlist *lines,
		       size_t max_line, struct intoto_error *err)
{
	for (size_t i = 0; lines && i < lines->n; i++) {
		const char *text = lines->items[i];
		const char *problem = note_line_problem(text, strlen(text));
		scoped_value(note) one = { 0 };

		if (problem)
			return intoto_fail(err, INTOTO_EINVALID,
					   "a line for a note %s", problem);
		if (note_split(&one, NULL, text, strlen(text), max_line, err) <
		    0)
			return -1;
		note_union(out, &one);
	}
	return 0;
}

static int add_lines(bool *changed, struct note_entries *entries,
		     struct repo *repo, const struct oid *key,
		     const struct note *lines, size_t max_line,
		     struct intoto_error *err)
{
	const struct note_entry *there = notes_tree_entry(entries, key);
	scoped_value(note) note = { 0 };
	struct oid blob;
	size_t before;

	*changed = false;
	if (there &&
	    note_read_blob(&note, repo, &there->blob, max_line, err) < 0)
		return -1;
	note_sort(&note);
	before = note.n;
	note_union(&note, lines);
	if (note.n == before)
		return 0;
	if (note_write_blob(&blob, repo, &note, err) < 0)
		return -1;
	notes_tree_set(entries, key, &blob);
	*changed = true;
	return 0;
}

static struct oid local_tip(const struct refs *tips, const char *ref)
{
	const struct ref *local = refs_find(tips, ref);

	return local ? local->oid : oid_null();
}

static int heads_of_refs(struct heads *out, struct repo *repo,
			 const struct refs *refs, struct intoto_error *err)
{
	scoped_value(heads) tips = heads_alloc(refs->n);

	for (size_t i = 0; i < refs->n; i++)
		tips.items[tips.n++] = refs->items[i].oid;
	return find_heads(out, repo, &tips, err);
}

int notes_prepare(struct ref_update *update, struct repo *repo, const char *ref,
		  const struct oid *key, const struct strlist *lines,
		  const char *message, struct intoto_error *err)
{
	scoped_value(refs) tips = { 0 };
	scoped_value(heads) heads = { 0 };
	scoped_value(note_entries) entries = { 0 };
	scoped_value(note) wanted = { 0 };
	struct ref_update result = { .name = ref };
	struct oid tree;
	size_t max_line;
	bool changed;

	if (config_max_link_size(&max_line, repo, err) < 0 ||
	    check_lines(&wanted, lines, max_line, err) < 0 ||
	    notes_tips(&tips, repo, ref, err) < 0 ||
	    heads_of_refs(&heads, repo, &tips, err) < 0 ||
	    join_heads(&entries, repo, &heads, max_line, err) < 0 ||
	    add_lines(&changed, &entries, repo, key, &wanted, max_line, err) <
		    0)
		return -1;
	result.old = local_tip(&tips, ref);
	result.new_oid = heads.n ? heads.items[0] : result.old;
	if ((changed || heads.n > 1) &&
	    (notes_tree_write(&tree, repo, &entries, err) < 0 ||
	     write_commit(&result.new_oid, repo, &tree, &heads, message, err) <
		     0))
		return -1;
	*update = result;
	return 0;
}

int notes_merge(struct oid *out, struct repo *repo, const struct oid *commits,
		size_t n, const char *message, struct intoto_error *err)
{
	scoped_value(heads) tips = heads_alloc(n);
	scoped_value(heads) heads = { 0 };
	scoped_value(note_entries) entries = { 0 };
	struct oid tree;
	size_t max_line;

	for (size_t i = 0; i < n; i++)
		if (commits[i].size && !oid_is_null(&commits[i]))
			tips.items[tips.n++] = commits[i];
	if (config_max_link_size(&max_line, repo, err) < 0 ||
	    find_heads(&heads, repo, &tips, err) < 0)
		return -1;
	if (heads.n < 2) {
		*out = heads.n ? heads.items[0] : oid_null();
		return 0;
	}
	if (join_heads(&entries, repo, &heads, max_line, err) < 0 ||
	    notes_tree_write(&tree, repo, &entries, err) < 0)
		return -1;
	return write_commit(out, repo, &tree, &heads, message, err);
}

/* Where the ref is now; null if it is not there. */
static int read_local(struct oid *out, struct repo *repo, const char *ref,
		      struct intoto_error *err)
{
	scoped_value(refs) tips = { 0 };

	if (notes_tips(&tips, repo, ref, err) < 0)
		return -1;
	*out = local_tip(&tips, ref);
	return 0;
}

static int check_linear(struct repo *repo, const char *ref,
			const struct oid *local, const struct oid *parent,
			struct intoto_error *err)
{
	char hex[OID_HEX_SIZE] = "";
	bool follows = false;

	if (oid_is_null(local))
		return 0;
	if (parent &&
	    commit_is_ancestor(&follows, repo, local, parent, err) < 0)
		return -1;
	if (follows)
		return 0;
	intoto_fail(err, INTOTO_EINVALID,
		    "ref '%s' has gone another way here, it cannot be "
		    "continued",
		    ref);
	if (parent) {
		oid_hex(hex, parent);
		intoto_hint(err, "git update-ref %s %s", ref, hex);
	}
	return -1;
}

int notes_prepare_replace(struct ref_update *update, struct repo *repo,
			  const char *ref, const struct oid *parent,
			  const struct oid *key, const char *content,
			  size_t len, const char *message,
			  struct intoto_error *err)
{
	scoped_value(note_entries) entries = { 0 };
	scoped_value(heads) parents = { 0 };
	struct ref_update result = { .name = ref };
	struct oid blob;
	struct oid tree;

	if (parent && oid_is_null(parent))
		parent = NULL;
	if (len > NOTE_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "the note would be larger than %zu bytes",
				   NOTE_MAX);
	if (read_local(&result.old, repo, ref, err) < 0 ||
	    check_linear(repo, ref, &result.old, parent, err) < 0 ||
	    object_write(&blob, repo, OBJECT_BLOB, content, len, err) < 0)
		return -1;
	notes_tree_set(&entries, key, &blob);
	if (notes_tree_write(&tree, repo, &entries, err) < 0)
		return -1;
	parents.items = xcalloc(1, sizeof(*parents.items));
	if (parent)
		parents.items[parents.n++] = *parent;
	if (write_commit(&result.new_oid, repo, &tree, &parents, message, err) <
	    0)
		return -1;
	*update = result;
	return 0;
}
