/* judge_replaced.c: say where refs/replace shows git another history. */
#include <string.h>

#include "policy/judge_internal.h"

#define REPLACE_PREFIX "refs/replace/"
#define TREE_MAX ((size_t)256 << 20)

/* Is `wanted` a tree below `tree`? The manifest has been read, so depth and
 * entries are within bounds. */
static int tree_holds(bool *out, struct repo *repo, const struct oid *tree,
		      const struct oid *wanted, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_MAX(TREE_MAX);
	struct tree_cursor cursor;
	struct tree_item item;
	int more;

	if (oid_equal(tree, wanted)) {
		*out = true;
		return 0;
	}
	if (object_read_as(&text, repo, tree, OBJECT_TREE, TREE_MAX, err) < 0)
		return -1;
	cursor = (struct tree_cursor){ text.data, text.len, 0, tree->size };
	while ((more = tree_next(&item, &cursor, err)) > 0 && !*out)
		if (item.mode == 040000 &&
		    tree_holds(out, repo, &item.oid, wanted, err) < 0)
			return -1;
	return more < 0 ? -1 : 0;
}

static bool manifest_holds(const struct manifest *manifest,
			   const struct oid *oid)
{
	for (size_t i = 0; i < manifest->n; i++)
		if (manifest->entries[i].mode != 0160000 &&
		    oid_equal(&manifest->entries[i].oid, oid))
			return true;
	return false;
}

static int was_read(bool *out, struct trial *trial, const struct oid *oid,
		    struct intoto_error *err)
{
	const struct tag_facts *facts = trial->facts;
	struct intoto_error ignored = { 0 };
	enum object_type type;
	size_t size;

	*out = oid_equal(oid, &facts->tag.oid) ||
	       oid_equal(oid, &facts->tag.commit) ||
	       manifest_holds(facts->manifest, oid);
	if (*out || object_stat(&type, &size, trial->repo, oid, &ignored) < 0 ||
	    type != OBJECT_TREE)
		return 0;
	return tree_holds(out, trial->repo, &facts->tree, oid, err);
}

int judge_replaced(struct trial *trial, struct intoto_error *err)
{
	static const char *const prefixes[] = { REPLACE_PREFIX, NULL };
	scoped_value(refs) refs = { 0 };

	if (refs_list(&refs, trial->repo, prefixes, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++) {
		const char *hex = refs.items[i].name + strlen(REPLACE_PREFIX);
		struct oid oid;
		bool found = false;

		if (!oid_parse(&oid, hex, strlen(hex)))
			continue;
		if (was_read(&found, trial, &oid, err) < 0)
			return -1;
		if (found)
			report_warn(&trial->judgement->report,
				    REPLACE_PREFIX "%s is ignored here: git "
						   "shows you something else "
						   "than what was judged",
				    hex);
	}
	return 0;
}
