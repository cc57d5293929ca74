/* notes_tree.c: the trees of a notes commit, read strictly and written. */
#include "repo/notes_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/encode.h"
#include "base/xalloc.h"

#define TREE_MAX ((size_t)256 << 20)
#define TREES_MAX 200000
#define ENTRIES_MAX 4000000
#define FIND_TREES_MAX 64
#define FLAT_MAX 64

void note_entries_release(struct note_entries *entries)
{
	free(entries->items);
	*entries = (struct note_entries){ 0 };
}

static int compare_keys(const struct oid *a, const struct oid *b)
{
	return memcmp(a->bytes, b->bytes, OID_MAX_SIZE);
}

static int by_key(const void *a, const void *b)
{
	return compare_keys(&((const struct note_entry *)a)->key,
			    &((const struct note_entry *)b)->key);
}

static bool is_regular(const struct tree_item *item)
{
	return S_ISREG(item->mode);
}

static int read_tree(struct buffer *raw, struct tree_cursor *cursor,
		     struct repo *repo, const struct oid *tree,
		     struct intoto_error *err)
{
	if (object_read_as(raw, repo, tree, OBJECT_TREE, TREE_MAX, err) < 0)
		return -1;
	*cursor = (struct tree_cursor){ .data = raw->data,
					.len = raw->len,
					.oid_size = repo->oid_size };
	return 0;
}

/* Looking for one key. */
struct find {
	struct repo *repo;
	char hex[OID_HEX_SIZE];
	struct oid blob;
	bool found;
	unsigned trees;
};

/* `exact`: every folder above is spelled as it should be. */
static int find_take(struct find *find, const struct tree_item *item,
		     bool exact, struct intoto_error *err)
{
	if (!exact || !is_regular(item) ||
	    !is_lower_hex(item->name, item->name_len))
		return intoto_reject(err, "notes-tree",
				     "the entry of note '%s' is not a regular "
				     "file with a lower-case name",
				     find->hex);
	if (find->found)
		return intoto_reject(err, "notes-tree",
				     "note '%s' is in its tree twice",
				     find->hex);
	find->blob = item->oid;
	find->found = true;
	return 0;
}

static int find_in(struct find *find, const struct oid *tree, unsigned depth,
		   bool exact, struct intoto_error *err)
{
	const char *rest = find->hex + 2 * (size_t)depth;
	size_t rest_len = strlen(rest);
	scoped_value(buffer) raw = BUFFER_INIT;
	struct tree_cursor cursor;
	struct tree_item item;
	int more;

	if (++find->trees > FIND_TREES_MAX)
		return intoto_reject(err, "notes-tree",
				     "note '%s' has too many folders above it",
				     find->hex);
	if (read_tree(&raw, &cursor, find->repo, tree, err) < 0)
		return -1;
	while ((more = tree_next(&item, &cursor, err)) > 0) {
		if (item.name_len == rest_len &&
		    !strncasecmp(item.name, rest, rest_len)) {
			if (find_take(find, &item, exact, err) < 0)
				return -1;
		} else if (item.name_len == 2 && S_ISDIR(item.mode) &&
			   !strncasecmp(item.name, rest, 2)) {
			if (find_in(find, &item.oid, depth + 1,
				    exact && !memcmp(item.name, rest, 2),
				    err) < 0)
				return -1;
		}
	}
	return more;
}

int notes_tree_find(bool *found, struct oid *blob, struct repo *repo,
		    const struct oid *tree, const struct oid *key,
		    struct intoto_error *err)
{
	struct find find = { .repo = repo };

	oid_hex(find.hex, key);
	if (find_in(&find, tree, 0, true, err) < 0)
		return -1;
	*found = find.found;
	if (find.found)
		*blob = find.blob;
	return 0;
}

/* Collecting all keys. */
struct walk {
	struct repo *repo;
	struct note_entries entries;
	struct oid path; /* the bytes that the folders above stand for */
	size_t trees;
};

static int reject_item(const struct walk *walk, unsigned depth,
		       const struct tree_item *item, struct intoto_error *err)
{
	scoped_value(buffer) path = BUFFER_INIT;

	for (unsigned i = 0; i < depth; i++) {
		hex_append(&path, &walk->path.bytes[i], 1);
		buffer_putc(&path, '/');
	}
	buffer_add(&path, item->name, item->name_len);
	return intoto_reject(err, "notes-tree",
			     "the notes tree holds '%s', which is no note",
			     buffer_text(&path));
}

/* Git's order: a folder's name counts as if it ended in a slash. */
static int compare_items(const struct tree_item *a, const struct tree_item *b)
{
	size_t n = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(a->name, b->name, n);
	int end_a = S_ISDIR(a->mode) ? '/' : 0;
	int end_b = S_ISDIR(b->mode) ? '/' : 0;

	if (order)
		return order;
	if (a->name_len > n)
		end_a = (unsigned char)a->name[n];
	if (b->name_len > n)
		end_b = (unsigned char)b->name[n];
	return end_a - end_b;
}

static int walk_tree(struct walk *walk, const struct oid *tree, unsigned depth,
		     struct intoto_error *err);

static int walk_item(struct walk *walk, const struct tree_item *item,
		     unsigned depth, struct intoto_error *err)
{
	struct note_entries *entries = &walk->entries;
	size_t rest = walk->repo->oid_size - depth;
	struct oid key = walk->path;

	if (!is_lower_hex(item->name, item->name_len))
		return reject_item(walk, depth, item, err);
	if (S_ISDIR(item->mode) && item->name_len == 2 && rest > 1) {
		hex_decode(&walk->path.bytes[depth], 1, item->name, 2);
		if (walk_tree(walk, &item->oid, depth + 1, err) < 0)
			return -1;
		walk->path.bytes[depth] = 0;
		return 0;
	}
	if (!is_regular(item) ||
	    !hex_decode(&key.bytes[depth], rest, item->name, item->name_len))
		return reject_item(walk, depth, item, err);
	if (entries->n >= ENTRIES_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "the notes tree has more than %d notes",
				   ENTRIES_MAX);
	ALLOC_GROW(entries->items, entries->n + 1, entries->alloc);
	entries->items[entries->n++] =
		(struct note_entry){ .key = key,
				     .blob = item->oid,
				     .depth = depth,
				     .mode = item->mode };
	return 0;
}

static int walk_tree(struct walk *walk, const struct oid *tree, unsigned depth,
		     struct intoto_error *err)
{
	scoped_value(buffer) raw = BUFFER_INIT;
	struct tree_cursor cursor;
	struct tree_item item;
	struct tree_item before = { 0 };
	int more;

	if (++walk->trees > TREES_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "the notes tree has more than %d folders",
				   TREES_MAX);
	if (read_tree(&raw, &cursor, walk->repo, tree, err) < 0)
		return -1;
	if (depth && !raw.len)
		return intoto_reject(err, "notes-tree",
				     "the notes tree holds an empty folder");
	while ((more = tree_next(&item, &cursor, err)) > 0) {
		if (before.name && compare_items(&before, &item) >= 0)
			return intoto_reject(err, "notes-tree",
					     "the notes tree is not sorted");
		if (walk_item(walk, &item, depth, err) < 0)
			return -1;
		before = item;
	}
	return more;
}

static int reject_doubles(const struct note_entries *entries,
			  struct intoto_error *err)
{
	char hex[OID_HEX_SIZE];

	for (size_t i = 1; i < entries->n; i++) {
		if (compare_keys(&entries->items[i - 1].key,
				 &entries->items[i].key))
			continue;
		oid_hex(hex, &entries->items[i].key);
		return intoto_reject(err, "notes-tree",
				     "note '%s' is in its tree twice", hex);
	}
	return 0;
}

int notes_tree_read(struct note_entries *out, struct repo *repo,
		    const struct oid *tree, struct intoto_error *err)
{
	struct walk walk = { .repo = repo, .path = { .size = repo->oid_size } };
	scoped_value(note_entries) entries = { 0 };
	int status = walk_tree(&walk, tree, 0, err);

	entries = walk.entries;
	if (status < 0)
		return -1;
	if (entries.n)
		qsort(entries.items, entries.n, sizeof(*entries.items), by_key);
	if (reject_doubles(&entries, err) < 0)
		return -1;
	*out = entries;
	entries = (struct note_entries){ 0 };
	return 0;
}

/* Where the key is, or where it would have to be. */
static size_t position(const struct note_entries *entries,
		       const struct oid *key)
{
	size_t low = 0;
	size_t high = entries->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_keys(&entries->items[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct note_entry *notes_tree_entry(struct note_entries *entries,
				    const struct oid *key)
{
	size_t at = position(entries, key);

	if (at < entries->n && !compare_keys(&entries->items[at].key, key))
		return &entries->items[at];
	return NULL;
}

static unsigned common_bytes(const struct oid *a, const struct oid *b)
{
	unsigned n = 0;

	while (n < OID_MAX_SIZE && a->bytes[n] == b->bytes[n])
		n++;
	return n;
}

static unsigned depth_at(const struct note_entries *entries, size_t at,
			 const struct oid *key)
{
	const struct note_entry *items = entries->items;

	if (!entries->n)
		return 0;
	if (at == 0)
		return items[0].depth;
	if (at == entries->n || common_bytes(&items[at - 1].key, key) >=
					common_bytes(&items[at].key, key))
		return items[at - 1].depth;
	return items[at].depth;
}

void notes_tree_set(struct note_entries *entries, const struct oid *key,
		    const struct oid *blob)
{
	struct note_entry *there = notes_tree_entry(entries, key);
	size_t at = position(entries, key);
	unsigned depth = depth_at(entries, at, key);

	if (there) {
		there->blob = *blob;
		return;
	}
	ALLOC_GROW(entries->items, entries->n + 1, entries->alloc);
	memmove(&entries->items[at + 1], &entries->items[at],
		(entries->n - at) * sizeof(*entries->items));
	entries->n++;
	entries->items[at] = (struct note_entry){ .key = *key,
						  .blob = *blob,
						  .depth = depth };
}

static void add_item(struct buffer *raw, const char *mode, const uint8_t *name,
		     size_t name_size, const struct oid *oid)
{
	buffer_puts(raw, mode);
	buffer_putc(raw, ' ');
	hex_append(raw, name, name_size);
	buffer_putc(raw, '\0');
	buffer_add(raw, oid->bytes, oid->size);
}

/*
 * The tree of items[0..n), whose keys agree in the first `depth` bytes. Those
 * that agree in one more, and of which one is deeper, share a folder. Sorted by
 * key is git's order: a folder `ab` comes before a file `ab...`, and there
 * never are both.
 */
static int write_tree(struct oid *out, struct repo *repo,
		      const struct note_entry *items, size_t n, unsigned depth,
		      unsigned least, struct intoto_error *err)
{
	scoped_value(buffer) raw = BUFFER_MAX(TREE_MAX);
	size_t end;

	for (size_t at = 0; at < n; at = end) {
		const uint8_t *byte = &items[at].key.bytes[depth];
		bool deeper = depth < least;
		struct oid folder;

		for (end = at; end < n; end++) {
			if (items[end].key.bytes[depth] != *byte)
				break;
			deeper = deeper || items[end].depth > depth;
		}
		if (!deeper) {
			for (size_t i = at; i < end; i++)
				add_item(&raw, "100644",
					 &items[i].key.bytes[depth],
					 repo->oid_size - depth,
					 &items[i].blob);
			continue;
		}
		if (write_tree(&folder, repo, items + at, end - at, depth + 1,
			       least, err) < 0)
			return -1;
		add_item(&raw, "40000", byte, 1, &folder);
	}
	if (buffer_check(&raw, "a notes tree", err) < 0)
		return -1;
	return object_write(out, repo, OBJECT_TREE, buffer_text(&raw), raw.len,
			    err);
}

int notes_tree_write(struct oid *out, struct repo *repo,
		     const struct note_entries *entries,
		     struct intoto_error *err)
{
	bool flat = true;

	for (size_t i = 0; i < entries->n && flat; i++)
		flat = entries->items[i].depth == 0;
	return write_tree(out, repo, entries->items, entries->n, 0,
			  flat && entries->n >= FLAT_MAX ? 1 : 0, err);
}

int notes_entries(struct note_entries *out, struct repo *repo,
		  const struct oid *commit, struct intoto_error *err)
{
	scoped_value(commit_info) info = { 0 };

	if (commit_read(&info, repo, commit, err) < 0)
		return -1;
	return notes_tree_read(out, repo, &info.tree, err);
}
