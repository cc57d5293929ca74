/* fuzz_notes.c: the trees of a notes commit, and the lines of a note. */
#include <string.h>

#include "base/xalloc.h"
#include "fuzz/fuzz.h"
#include "repo/notes_internal.h"

/*
 * The object that is asked for is taken from the input: two bytes of length,
 * then a tree. So the trees are what the input says, to any depth.
 */
static struct {
	const uint8_t *at;
	size_t left;
} trees;

int __wrap_object_read_as(struct buffer *out, struct repo *repo,
			  const struct oid *oid, enum object_type type,
			  size_t max, struct intoto_error *err);

int __wrap_object_read_as(struct buffer *out, struct repo *repo,
			  const struct oid *oid, enum object_type type,
			  size_t max, struct intoto_error *err)
{
	size_t len;

	must(repo && oid && type == OBJECT_TREE);
	if (trees.left < 2)
		return intoto_fail(err, INTOTO_ENOTFOUND, "no more trees");
	len = (size_t)trees.at[0] << 8 | trees.at[1];
	if (len > trees.left - 2)
		len = trees.left - 2;
	must(len <= max);
	buffer_add(out, trees.at + 2, len);
	trees.at += 2 + len;
	trees.left -= 2 + len;
	return 0;
}

static void fuzz_trees(const uint8_t *data, size_t size)
{
	struct repo repo = { .oid_size = OID_SHA1_SIZE };
	scoped_value(note_entries) entries = { 0 };
	struct intoto_error err = { 0 };
	struct oid tree = oid_null();
	struct oid blob;
	bool found = false;

	trees.at = data;
	trees.left = size;
	if (notes_tree_read(&entries, &repo, &tree, &err) == 0)
		for (size_t i = 1; i < entries.n; i++)
			must(memcmp(entries.items[i - 1].key.bytes,
				    entries.items[i].key.bytes,
				    OID_MAX_SIZE) < 0);
	trees.at = data;
	trees.left = size;
	notes_tree_find(&found, &blob, &repo, &tree, &tree, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_value(note) note = { 0 };
	struct intoto_error err = { 0 };
	bool sorted = false;

	if (note_split(&note, &sorted, (const char *)data, size, 1 << 16,
		       &err) == 0)
		for (size_t i = 0; i < note.n; i++)
			must(note.lines[i].problem ||
			     !memchr(note.lines[i].text, '\n',
				     note.lines[i].len));
	fuzz_trees(data, size);
	return 0;
}
