/* pending.c: what is short of its threshold, joined from all that is known. */
#include "policy/pending.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "repo/config.h"
#include "verify/chain.h"

#define NOTES_MAX 100000
#define DIGITS_LEAST 4

static void item_release(struct pending_item *item)
{
	envelope_free(item->envelope);
	strlist_release(&item->doubts);
}

static void items_release(struct pending_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		item_release(&items[i]);
	free(items);
}

void pending_items_release(struct pending_items *items)
{
	items_release(items->items, items->n);
	*items = (struct pending_items){ 0 };
}

void pending_release(struct pending *pending)
{
	items_release(pending->items, pending->n);
	pending_items_release(&pending->refused);
	*pending = (struct pending){ 0 };
}

/* Every key that may have signed something that is pending. */
struct known {
	const struct key **keys; /* borrowed */
	size_t n;
	size_t alloc;
};

static void known_release(struct known *known)
{
	free(known->keys);
}
SCOPED_RELEASE(known);

static void know(struct known *known, struct key *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ALLOC_GROW(known->keys, known->n + 1, known->alloc);
		known->keys[known->n++] = keys[i];
	}
}

static void know_root(struct known *known, const struct root *root)
{
	know(known, root->root.keys, root->root.n_keys);
	know(known, root->owners.keys, root->owners.n_keys);
}

static void know_trust(struct known *known, const struct trust *trust)
{
	know(known, trust->keys, trust->n_keys);
	for (size_t i = 0; trust->chain && i < trust->chain->n; i++)
		know_root(known, trust->chain->versions[i]->root);
}

/* Sorts equal (key, blob) next to each other. */
static int by_key_and_blob(const void *a, const void *b)
{
	const struct note_entry *x = a, *y = b;
	const int order = memcmp(x->key.bytes, y->key.bytes, OID_MAX_SIZE);

	return order ? order
		     : memcmp(x->blob.bytes, y->blob.bytes, OID_MAX_SIZE);
}

/* The notes of all tips. A tip that is no notes tree is nobody's draft. */
static int collect(struct note_entries *out, struct repo *repo,
		   struct report *warnings, struct intoto_error *err)
{
	scoped_value(refs) tips = { 0 };

	if (notes_tips(&tips, repo, PENDING_REF, err) < 0)
		return -1;
	for (size_t i = 0; i < tips.n; i++) {
		scoped_value(note_entries) found = { 0 };
		struct intoto_error why = { 0 };

		if (notes_entries(&found, repo, &tips.items[i].oid, &why) < 0) {
			if (why.code != INTOTO_EREJECTED) {
				*err = why;
				return -1;
			}
			if (warnings)
				report_warn(warnings, "'%s': %s [%s]",
					    tips.items[i].name, why.message,
					    why.reason);
			continue;
		}
		if (found.n > NOTES_MAX - out->n)
			return intoto_fail(err, INTOTO_ELIMIT,
					   "more than %d drafts are pending",
					   NOTES_MAX);
		for (size_t k = 0; k < found.n; k++) {
			ALLOC_GROW(out->items, out->n + 1, out->alloc);
			out->items[out->n++] = found.items[k];
		}
	}
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), by_key_and_blob);
	return 0;
}

static struct pending_item *find_from(struct pending_items *items, size_t first,
				      const struct envelope *envelope)
{
	const struct buffer *wanted = &envelope->signed_bytes;

	for (size_t i = first; i < items->n; i++) {
		const struct buffer *is =
			&items->items[i].envelope->signed_bytes;

		if (is->len == wanted->len &&
		    !memcmp(is->data, wanted->data, is->len))
			return &items->items[i];
	}
	return NULL;
}

/* The lines under one key; items from `first` on are of that key. */
static void take_lines(struct pending_items *items, size_t first,
		       const struct oid *key, const struct note *note,
		       struct report *warnings)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, key);
	for (size_t i = 0; i < note->n; i++) {
		scoped(envelope) envelope = NULL;
		struct intoto_error why = { 0 };
		struct pending_item *item;

		if (pending_check_line(&envelope, key, &note->lines[i], &why) <
		    0) {
			if (warnings)
				report_warn(warnings,
					    "pending draft %.*s: %s [%s]",
					    PENDING_SHORT, hex, why.message,
					    why.reason);
			continue;
		}
		item = find_from(items, first, envelope);
		if (item) {
			pending_join(item->envelope, envelope);
			continue;
		}
		ALLOC_GROW(items->items, items->n + 1, items->alloc);
		item = &items->items[items->n++];
		*item = (struct pending_item){ 0 };
		envelope_digest(item->digest, envelope);
		item->envelope = take(envelope);
	}
}

static int read_blob(struct note *note, struct repo *repo,
		     const struct oid *blob, size_t max_line,
		     struct report *warnings, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_value(note) lines = { 0 };
	struct intoto_error why = { 0 };

	if (object_read_as(&text, repo, blob, OBJECT_BLOB, NOTE_MAX, &why) <
		    0 ||
	    note_split(&lines, NULL, buffer_text(&text), text.len, max_line,
		       &why) < 0) {
		if (why.code != INTOTO_ELIMIT) {
			*err = why;
			return -1;
		}
		if (warnings)
			report_warn(warnings, "pending drafts: %s",
				    why.message);
		return 0;
	}
	note_union(note, &lines);
	return 0;
}

static int read_all(struct pending_items *out, struct repo *repo,
		    struct report *warnings, struct intoto_error *err)
{
	scoped_value(note_entries) entries = { 0 };
	size_t max_line;
	size_t end;

	if (config_max_link_size(&max_line, repo, err) < 0 ||
	    collect(&entries, repo, warnings, err) < 0)
		return -1;
	for (size_t at = 0; at < entries.n; at = end) {
		const struct note_entry *first = &entries.items[at];
		scoped_value(note) note = { 0 };

		for (end = at; end < entries.n; end++) {
			const struct note_entry *item = &entries.items[end];

			if (!oid_equal(&item->key, &first->key))
				break;
			if (end > at && oid_equal(&item->blob, &item[-1].blob))
				continue;
			if (read_blob(&note, repo, &item->blob, max_line,
				      warnings, err) < 0)
				return -1;
		}
		take_lines(out, out->n, &first->key, &note, warnings);
	}
	return 0;
}

static void settle(struct pending_item *item, const struct known *trusted)
{
	scoped_value(known) known = { 0 };

	if (item->envelope->content == CONTENT_ROOT)
		know_root(&known, item->envelope->root);
	else if (!trusted->n)
		return;
	for (size_t i = 0; i < trusted->n; i++) {
		ALLOC_GROW(known.keys, known.n + 1, known.alloc);
		known.keys[known.n++] = trusted->keys[i];
	}
	pending_settle(item->envelope, &item->doubts, known.keys, known.n);
}

static int by_digest(const void *a, const void *b)
{
	const struct pending_item *x = a, *y = b;

	return strcmp(x->digest, y->digest);
}

/* Trust that cannot be used now (its root is not here yet) knows nobody. */
static struct trust *trust_here(struct repo *repo)
{
	struct intoto_error ignored = { 0 };
	struct trust *trust = NULL;

	if (trust_load(&trust, repo, &ignored) < 0 &&
	    trust_load_local(&trust, repo, &ignored) < 0)
		return trust_new();
	return trust;
}

int pending_read(struct pending *out, struct repo *repo,
		 struct report *warnings, struct intoto_error *err)
{
	scoped_value(pending_items) found = { 0 };
	scoped_value(pending) pending = { 0 };
	scoped_value(known) known = { 0 };
	scoped(trust) trust = NULL;
	struct pending_items *refused = &pending.refused;

	if (read_all(&found, repo, warnings, err) < 0)
		return -1;
	trust = trust_here(repo);
	know_trust(&known, trust);
	pending.items = xcalloc(found.n + 1, sizeof(*pending.items));
	for (size_t i = 0; i < found.n; i++) {
		settle(&found.items[i], &known);
		if (found.items[i].envelope->n_signatures) {
			pending.items[pending.n++] = found.items[i];
			continue;
		}
		ALLOC_GROW(refused->items, refused->n + 1, refused->alloc);
		refused->items[refused->n++] = found.items[i];
	}
	found.n = 0;
	if (pending.n)
		qsort(pending.items, pending.n, sizeof(*pending.items),
		      by_digest);
	*out = pending;
	pending = (struct pending){ 0 };
	return 0;
}

const struct pending_item *pending_find(const struct pending *pending,
					const struct envelope *envelope)
{
	struct pending_items all = { .items = pending->items, .n = pending->n };

	return find_from(&all, 0, envelope);
}

void pending_missing(size_t *n, struct strlist *missing,
		     const struct envelope *envelope, struct key *const *keys,
		     size_t n_keys, int64_t now)
{
	const struct key *const *owners = (const struct key *const *)keys;
	bool *by = xcalloc(n_keys + 1, sizeof(*by));
	struct known counted = { 0 };

	*n = 0;
	for (size_t i = 0; i < n_keys; i++) {
		struct intoto_error ignored = { 0 };

		by[i] = envelope_verify(envelope, keys[i], now, &ignored) == 0;
		if (!by[i] ||
		    key_overlaps_any(keys[i], counted.keys, counted.n))
			continue;
		know(&counted, &keys[i], 1);
		(*n)++;
	}
	for (size_t i = 0; i < n_keys; i++) {
		char who[64];

		if (key_overlaps_any(keys[i], counted.keys, counted.n))
			continue;
		know(&counted, &keys[i], 1);
		key_describe(who, owners[i]);
		strlist_add(missing, who);
	}
	free(by);
	known_release(&counted);
}

bool pending_is_named(const char *digest, const char *text)
{
	static const char prefix[] = "sha256:";
	const size_t skip =
		strncmp(text, prefix, strlen(prefix)) ? 0 : strlen(prefix);
	const size_t len = strlen(text + skip);

	return len >= DIGITS_LEAST && !strncmp(digest, text + skip, len);
}
