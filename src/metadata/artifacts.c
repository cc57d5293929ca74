/* artifacts.c: the table behind a link's materials and products. */
#include "metadata/artifacts.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"

#define ARENA_MAX ((size_t)1 << 30)
#define SHA256_HEX_LEN (SHA256_HEX_SIZE - 1)

/* Offsets, not pointers: the arena moves while it grows. */
struct entry {
	size_t name;
	size_t len;
	bool other;
	union {
		uint8_t sha256[SHA256_SIZE];
		size_t canonical; /* NUL-terminated in the arena */
	} digests;
};

struct artifacts {
	struct buffer arena;
	struct entry *entries;
	size_t n;
	size_t alloc;
	bool unsorted;
	bool too_many;
};

struct artifacts *artifacts_new(void)
{
	struct artifacts *set = xcalloc(1, sizeof(*set));

	set->arena.max = ARENA_MAX;
	return set;
}

void artifacts_free(struct artifacts *set)
{
	if (!set)
		return;
	buffer_release(&set->arena);
	free(set->entries);
	free(set);
}

static int names_compare(const char *a, size_t a_len, const char *b,
			 size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	if (order)
		return order;
	return a_len < b_len ? -1 : a_len > b_len;
}

static int entries_compare(const void *a, const void *b, void *data)
{
	const struct entry *left = a;
	const struct entry *right = b;
	const char *arena = data;

	return names_compare(arena + left->name, left->len, arena + right->name,
			     right->len);
}

/* Room for one more, its name stored; NULL once the set is over a limit. */
static struct entry *entry_add(struct artifacts *set, const char *name,
			       size_t len)
{
	struct entry *entry = NULL;

	if (set->n >= ARTIFACTS_MAX)
		set->too_many = true;
	if (set->too_many || set->arena.overflow)
		return NULL;
	ALLOC_GROW(set->entries, set->n + 1, set->alloc);
	entry = &set->entries[set->n];
	entry->name = set->arena.len;
	entry->len = len;
	buffer_add(&set->arena, name, len);
	buffer_putc(&set->arena, '\0');
	if (set->arena.overflow)
		return NULL;
	if (set->n > 0 &&
	    entries_compare(entry - 1, entry, set->arena.data) >= 0)
		set->unsorted = true;
	set->n++;
	return entry;
}

void artifacts_add(struct artifacts *set, const char *name, size_t len,
		   const uint8_t sha256[SHA256_SIZE])
{
	struct entry *entry = entry_add(set, name, len);

	if (!entry)
		return;
	entry->other = false;
	memcpy(entry->digests.sha256, sha256, SHA256_SIZE);
}

void artifacts_add_other(struct artifacts *set, const char *name, size_t len,
			 const char *canonical, size_t canonical_len)
{
	struct entry *entry = entry_add(set, name, len);

	if (!entry)
		return;
	entry->other = true;
	entry->digests.canonical = set->arena.len;
	buffer_add(&set->arena, canonical, canonical_len);
	buffer_putc(&set->arena, '\0');
}

int artifacts_finish(struct artifacts *set, struct intoto_error *err)
{
	if (set->too_many)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "more than %d artifacts in one set",
				   ARTIFACTS_MAX);
	if (buffer_check(&set->arena, "set of artifacts", err) < 0)
		return -1;
	if (!set->unsorted)
		return 0;
	qsort_r(set->entries, set->n, sizeof(*set->entries), entries_compare,
		set->arena.data);
	set->unsorted = false;
	for (size_t i = 1; i < set->n; i++) {
		const struct entry *entry = &set->entries[i];

		if (!entries_compare(entry - 1, entry, set->arena.data))
			return intoto_fail(err, INTOTO_EINVALID,
					   "artifact '%s' is there twice",
					   set->arena.data + entry->name);
	}
	return 0;
}

size_t artifacts_count(const struct artifacts *set)
{
	return set->n;
}

struct artifact artifacts_at(const struct artifacts *set, size_t index)
{
	const struct entry *entry = &set->entries[index];
	struct artifact artifact = {
		.name = set->arena.data + entry->name,
		.len = entry->len,
	};

	if (entry->other)
		artifact.canonical = set->arena.data + entry->digests.canonical;
	else
		artifact.sha256 = entry->digests.sha256;
	return artifact;
}

static int entry_order(const struct artifacts *set, size_t index,
		       const char *name, size_t len)
{
	const struct entry *entry = &set->entries[index];

	return names_compare(set->arena.data + entry->name, entry->len, name,
			     len);
}

ptrdiff_t artifacts_find(const struct artifacts *set, const char *name,
			 size_t len)
{
	size_t low = 0;
	size_t high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = entry_order(set, middle, name, len);

		if (!order)
			return (ptrdiff_t)middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

ptrdiff_t artifacts_find_next(const struct artifacts *set, const char *name,
			      size_t len, size_t *hint)
{
	ptrdiff_t found = -1;

	if (*hint < set->n && !entry_order(set, *hint, name, len))
		found = (ptrdiff_t)*hint;
	else
		found = artifacts_find(set, name, len);
	if (found >= 0)
		*hint = (size_t)found + 1;
	return found;
}

bool artifact_equal(const struct artifact *a, const struct artifact *b)
{
	if (a->sha256 && b->sha256)
		return !memcmp(a->sha256, b->sha256, SHA256_SIZE);
	return a->canonical && b->canonical &&
	       !strcmp(a->canonical, b->canonical);
}

bool artifacts_equal(const struct artifacts *a, const struct artifacts *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct artifact left = artifacts_at(a, i);
		const struct artifact right = artifacts_at(b, i);

		if (names_compare(left.name, left.len, right.name, right.len) ||
		    !artifact_equal(&left, &right))
			return false;
	}
	return true;
}

void artifact_describe(struct buffer *out, const struct artifact *artifact)
{
	if (!artifact->sha256) {
		buffer_puts(out, artifact->canonical);
		return;
	}
	buffer_puts(out, "sha256 ");
	hex_append(out, artifact->sha256, SHA256_SIZE);
}

static void artifacts_append(struct buffer *out, const struct artifacts *set,
			     void (*append_name)(struct buffer *out,
						 const char *text, size_t len))
{
	static const char open[] = ":{\"sha256\":\"";
	static const char close[] = "\"}";

	buffer_putc(out, '{');
	for (size_t i = 0; i < set->n; i++) {
		const struct artifact artifact = artifacts_at(set, i);
		char hex[SHA256_HEX_SIZE];

		if (i > 0)
			buffer_putc(out, ',');
		append_name(out, artifact.name, artifact.len);
		if (!artifact.sha256) {
			buffer_putc(out, ':');
			buffer_puts(out, artifact.canonical);
			continue;
		}
		hex_encode(hex, artifact.sha256, SHA256_SIZE);
		buffer_add(out, open, sizeof(open) - 1);
		buffer_add(out, hex, SHA256_HEX_LEN);
		buffer_add(out, close, sizeof(close) - 1);
	}
	buffer_putc(out, '}');
}

void artifacts_append_canonical(struct buffer *out, const struct artifacts *set)
{
	artifacts_append(out, set, canonical_append_string);
}

/* Digest maps are the same in both forms: artifacts_scan() takes no control
 * character in them. */
void artifacts_append_compact(struct buffer *out, const struct artifacts *set)
{
	artifacts_append(out, set, compact_append_string);
}
