/* manifest_walk.c: every path of a tree, by its raw tree objects. */
#include "repo/manifest_internal.h"

#include <string.h>
#include <sys/stat.h>

#include "base/xalloc.h"

#define TREE_MAX ((size_t)128 << 20)
#define PATHS_MAX ((size_t)512 << 20)
/* Of trees held at one time, and of trees read in all: a small pack can
 * describe a tree of any size by naming the same subtree again and again. */
#define HELD_MAX ((size_t)256 << 20)
#define READ_MAX ((size_t)1 << 30)
#define TREES_MAX ARTIFACTS_MAX

struct frame {
	struct buffer raw;
	struct tree_cursor cursor;
	size_t prefix_len; /* of walk->path, with its slash */
};

struct walk {
	struct repo *repo;
	struct manifest *manifest;
	size_t alloc; /* of manifest->entries */
	struct buffer paths;
	struct buffer path; /* of the folder that is being read */
	struct frame *frames;
	size_t depth;
	size_t frames_alloc;
	size_t held;
	size_t read;
	size_t trees;
};

static void walk_release(struct walk *walk)
{
	for (size_t i = 0; i < walk->depth; i++)
		buffer_release(&walk->frames[i].raw);
	free(walk->frames);
	buffer_release(&walk->paths);
	buffer_release(&walk->path);
}
SCOPED_RELEASE(walk);

/* git's order: a folder's name ends in a slash, any other in a NUL. */
static int item_compare(const struct tree_item *a, const struct tree_item *b)
{
	size_t len = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(a->name, b->name, len);
	unsigned char end_a = S_ISDIR(a->mode) ? '/' : '\0';
	unsigned char end_b = S_ISDIR(b->mode) ? '/' : '\0';

	if (order)
		return order;
	if (a->name_len > len)
		end_a = (unsigned char)a->name[len];
	if (b->name_len > len)
		end_b = (unsigned char)b->name[len];
	return end_a - end_b;
}

static bool is_prefix(const struct tree_item *a, const struct tree_item *b)
{
	return a->name_len <= b->name_len &&
	       memcmp(a->name, b->name, a->name_len) == 0;
}

static bool name_ok(const struct tree_item *item)
{
	if (item->name_len > MANIFEST_PATH_MAX)
		return false;
	if (item->name[0] == '.' &&
	    (item->name_len == 1 ||
	     (item->name_len == 2 && item->name[1] == '.')))
		return false;
	return !memchr(item->name, '/', item->name_len);
}

static int fail_name(const struct tree_item *item, const char *problem,
		     struct intoto_error *err)
{
	int len = item->name_len < 256 ? (int)item->name_len : 256;

	return intoto_fail(err, INTOTO_EINVALID, "name '%.*s' in a tree %s",
			   len, item->name, problem);
}

/*
 * A file and a folder of one name need not be neighbours: "a" < "a-b" < "a/".
 * What lies between them starts with that name, so the files that are a prefix
 * of all that followed are kept, the shortest first.
 */
struct open_names {
	struct tree_item *items;
	size_t n;
	size_t alloc;
};

static void open_names_release(struct open_names *names)
{
	free(names->items);
}
SCOPED_RELEASE(open_names);

static int open_names_add(struct open_names *names,
			  const struct tree_item *item,
			  struct intoto_error *err)
{
	while (names->n > 0 && !is_prefix(&names->items[names->n - 1], item))
		names->n--;
	if (names->n > 0 &&
	    names->items[names->n - 1].name_len == item->name_len)
		return fail_name(item, "is there twice", err);
	if (S_ISDIR(item->mode))
		return 0;
	ALLOC_GROW(names->items, names->n + 1, names->alloc);
	names->items[names->n++] = *item;
	return 0;
}

int tree_check(const char *data, size_t len, unsigned oid_size,
	       struct intoto_error *err)
{
	scoped_value(open_names) names = { 0 };
	struct tree_cursor cursor = { data, len, 0, oid_size };
	struct tree_item before = { 0 };
	struct tree_item item;
	int status;

	while ((status = tree_next(&item, &cursor, err)) > 0) {
		int order = before.name ? item_compare(&before, &item) : -1;

		if (!name_ok(&item))
			return fail_name(&item, "is not allowed", err);
		if (order == 0)
			return fail_name(&item, "is there twice", err);
		if (order > 0)
			return fail_name(&item, "is not in order", err);
		if (open_names_add(&names, &item, err) < 0)
			return -1;
		before = item;
	}
	return status;
}

/* "tree 'src/lib': ", or the id where there is no path. */
static int fail_in_tree(const struct walk *walk, const struct oid *oid,
			struct intoto_error *err)
{
	char hex[OID_HEX_SIZE];

	if (walk->path.len > 0)
		return intoto_context(err, "tree '%.1024s': ",
				      buffer_text(&walk->path));
	oid_hex(hex, oid);
	return intoto_context(err, "tree '%s': ", hex);
}

/* Read the tree of the folder walk->path. */
static int walk_enter(struct walk *walk, const struct oid *oid,
		      struct intoto_error *err)
{
	struct frame frame = { .raw = BUFFER_MAX(TREE_MAX) };

	if (walk->depth >= MANIFEST_DEPTH_MAX || walk->trees >= TREES_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "the tree has more than %d %s",
				   walk->depth >= MANIFEST_DEPTH_MAX
					   ? MANIFEST_DEPTH_MAX
					   : TREES_MAX,
				   walk->depth >= MANIFEST_DEPTH_MAX
					   ? "levels"
					   : "folders");
	if (object_read_as(&frame.raw, walk->repo, oid, OBJECT_TREE, TREE_MAX,
			   err) < 0 ||
	    tree_check(frame.raw.data, frame.raw.len, oid->size, err) < 0) {
		buffer_release(&frame.raw);
		return fail_in_tree(walk, oid, err);
	}
	frame.prefix_len = walk->path.len;
	frame.cursor = (struct tree_cursor){ frame.raw.data, frame.raw.len, 0,
					     oid->size };
	walk->held += frame.raw.len;
	walk->read += frame.raw.len;
	walk->trees++;
	ALLOC_GROW(walk->frames, walk->depth + 1, walk->frames_alloc);
	walk->frames[walk->depth++] = frame;
	if (walk->held > HELD_MAX || walk->read > READ_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "the trees are larger than %zu bytes",
				   walk->held > HELD_MAX ? HELD_MAX : READ_MAX);
	return 0;
}

static void walk_leave(struct walk *walk)
{
	struct frame *frame = &walk->frames[--walk->depth];

	walk->held -= frame->raw.len;
	buffer_release(&frame->raw);
}

static int walk_add(struct walk *walk, const struct tree_item *item,
		    struct intoto_error *err)
{
	struct manifest *manifest = walk->manifest;

	if (manifest->n >= ARTIFACTS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "the tree has more than %d paths",
				   ARTIFACTS_MAX);
	ALLOC_GROW(manifest->entries, manifest->n + 1, walk->alloc);
	manifest->entries[manifest->n++] = (struct manifest_entry){
		.path_len = walk->path.len,
		/* old gits wrote 100664, which git prints as 100644 */
		.mode = item->mode == 0100664 ? 0100644 : item->mode,
		.oid = item->oid,
	};
	buffer_add(&walk->paths, walk->path.data, walk->path.len);
	buffer_putc(&walk->paths, '\0');
	return buffer_check(&walk->paths, "the list of paths", err);
}

/* walk->path is the item's. */
static int walk_item(struct walk *walk, const struct tree_item *item,
		     struct intoto_error *err)
{
	if (walk->path.len > MANIFEST_PATH_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "a path has more than %d bytes: '%.256s...'",
				   MANIFEST_PATH_MAX, walk->path.data);
	switch (item->mode) {
	case 0100644:
	case 0100664:
	case 0100755:
	case 0120000:
	case 0160000:
		return walk_add(walk, item, err);
	case 0040000:
		buffer_putc(&walk->path, '/');
		return walk_enter(walk, &item->oid, err);
	default:
		return intoto_fail(err, INTOTO_EINVALID,
				   "mode %06o of '%s' is none that git writes",
				   item->mode, walk->path.data);
	}
}

static int walk_run(struct walk *walk, struct intoto_error *err)
{
	while (walk->depth > 0) {
		struct frame *frame = &walk->frames[walk->depth - 1];
		struct tree_item item;
		int status = tree_next(&item, &frame->cursor, err);

		if (status < 0)
			return -1;
		if (status == 0) {
			walk_leave(walk);
			continue;
		}
		walk->path.len = frame->prefix_len;
		buffer_add(&walk->path, item.name, item.name_len);
		if (walk_item(walk, &item, err) < 0)
			return -1;
	}
	return 0;
}

int manifest_walk(struct manifest *manifest, struct repo *repo,
		  const struct oid *tree, struct intoto_error *err)
{
	scoped_value(walk) walk = {
		.repo = repo,
		.manifest = manifest,
		.paths = BUFFER_MAX(PATHS_MAX),
	};
	char *at;

	if (walk_enter(&walk, tree, err) < 0 || walk_run(&walk, err) < 0)
		return -1;
	manifest->paths = buffer_take(&walk.paths);
	at = manifest->paths;
	for (size_t i = 0; i < manifest->n; i++) {
		manifest->entries[i].path = at;
		at += manifest->entries[i].path_len + 1;
	}
	return 0;
}
