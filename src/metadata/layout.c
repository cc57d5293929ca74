/* layout.c: a layout's parts: life, digest, and who may do which step. */
#include "metadata/layout.h"

#include <string.h>

#include "base/xalloc.h"
#include "json/canonical.h"
#include "metadata/layout_internal.h"

static void rules_free(struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		rule_release(&rules->items[i]);
	free(rules->items);
}

static void items_free(struct layout_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(items[i].name);
		rules_free(&items[i].materials);
		rules_free(&items[i].products);
		strlist_release(&items[i].command);
		strlist_release(&items[i].pubkeys);
	}
	free(items);
}

void layout_free(struct layout *layout)
{
	if (!layout)
		return;
	for (size_t i = 0; i < layout->n_keys; i++) {
		free(layout->keys[i].listed_as);
		key_free(layout->keys[i].key);
	}
	free(layout->keys);
	items_free(layout->steps, layout->n_steps);
	items_free(layout->inspections, layout->n_inspections);
	free(layout->readme);
	layout_stamp_release(&layout->stamp);
	layout_stamp_release(&layout->sub);
	json_decref(layout->signed_part);
	free(layout);
}

struct layout *layout_copy_head(const struct layout *layout)
{
	struct layout *copy = xcalloc(1, sizeof(*copy));

	copy->expires = layout->expires;
	copy->readme = xstrdup(layout->readme);
	copy->stamp = layout->stamp;
	copy->stamp.name = xstrdup(layout->stamp.name);
	copy->stamp.step = xstrdup(layout->stamp.step);
	copy->sub = layout->sub;
	copy->sub.name = xstrdup(layout->sub.name);
	copy->sub.step = xstrdup(layout->sub.step);
	copy->keys = xcalloc(layout->n_keys + 1, sizeof(*copy->keys));
	for (size_t i = 0; i < layout->n_keys; i++) {
		copy->keys[i].listed_as = xstrdup(layout->keys[i].listed_as);
		copy->keys[i].key = key_ref(layout->keys[i].key);
		copy->n_keys++;
	}
	copy->signed_part = json_incref(layout->signed_part);
	return copy;
}

int layout_append_canonical(struct buffer *out, const struct layout *layout,
			    struct intoto_error *err)
{
	if (canonical_append(out, layout->signed_part, err) < 0)
		return -1;
	return buffer_check(out, "layout", err);
}

int layout_digest(char out[SHA256_HEX_SIZE], const struct layout *layout,
		  struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;

	if (layout_append_canonical(&text, layout, err) < 0)
		return -1;
	sha256_hex(out, text.data, text.len);
	return 0;
}

const struct layout_item *layout_step(const struct layout *layout,
				      const char *name)
{
	for (size_t i = 0; i < layout->n_steps; i++)
		if (!strcmp(layout->steps[i].name, name))
			return &layout->steps[i];
	return NULL;
}

int layout_key_compare(const void *a, const void *b)
{
	const struct layout_key *left = a;
	const struct layout_key *right = b;

	return strcmp(left->listed_as, right->listed_as);
}

/* By the id that the layout lists, else by any that a key answers to. */
static const struct layout_key *layout_find_key(const struct layout *layout,
						const char *keyid)
{
	const struct layout_key wanted = { .listed_as = (char *)keyid };
	const struct layout_key *listed =
		bsearch(&wanted, layout->keys, layout->n_keys, sizeof(wanted),
			layout_key_compare);

	if (listed)
		return listed;
	for (size_t i = 0; i < layout->n_keys; i++)
		if (key_answers_to(layout->keys[i].key, keyid))
			return &layout->keys[i];
	return NULL;
}

static bool is_subkey_id(const struct key *key, const char *keyid)
{
	return key_type(key) == KEY_OPENPGP && key_answers_to(key, keyid) &&
	       strcmp(key_id(key), keyid) != 0;
}

const struct key *layout_pubkey(const char **as, const struct layout *layout,
				const struct layout_item *step, size_t index)
{
	const char *listed = step->pubkeys.items[index];
	const struct layout_key *found = layout_find_key(layout, listed);

	if (!found)
		return NULL;
	*as = is_subkey_id(found->key, listed) ? listed : found->listed_as;
	return found->key;
}

const struct key *layout_step_key(const struct layout *layout,
				  const struct layout_item *step,
				  const char *keyid)
{
	for (size_t i = 0; i < step->pubkeys.n; i++) {
		const char *as = NULL;
		const struct key *key = layout_pubkey(&as, layout, step, i);

		if (!key)
			continue;
		if (!strcmp(as, keyid) ||
		    (!is_subkey_id(key, as) && key_answers_to(key, keyid)))
			return key;
	}
	return NULL;
}

size_t layout_step_keys(const struct key ***out, const struct layout *layout,
			const struct layout_item *step)
{
	const struct key **keys = xcalloc(step->pubkeys.n + 1, sizeof(*keys));
	size_t n = 0;

	for (size_t i = 0; i < step->pubkeys.n; i++) {
		const char *as = NULL;
		const struct key *key = layout_pubkey(&as, layout, step, i);
		bool known = !key;

		for (size_t j = 0; j < n && !known; j++)
			known = key_same(keys[j], key);
		if (!known)
			keys[n++] = key;
	}
	*out = keys;
	return n;
}
