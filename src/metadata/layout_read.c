/* layout_read.c: a layout from its JSON text, by the reference's projection. */
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "metadata/layout.h"
#include "metadata/layout_internal.h"
#include "metadata/link.h"

#define PUBKEYS_MAX 10000 /* of one step */
#define RULES_MAX 100000  /* of one list */

static int member_or_default(json_t *projection, const json_t *object,
			     const char *name, json_t *otherwise,
			     struct intoto_error *err)
{
	scoped_json fallback = otherwise;
	json_t *value = json_object_get(object, name);

	if (!value)
		value = fallback;
	if (json_typeof(value) != json_typeof(fallback))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is of the wrong type", name);
	json_object_set(projection, name, value);
	return 0;
}

/* The fields that the reference knows of a step or inspection, and no other;
 * what is missing gets its default. A new reference. */
static int item_project(json_t **out, const json_t *object, bool is_step,
			struct intoto_error *err)
{
	scoped_json projection = json_object();
	const char *name = NULL;

	if (!json_is_object(object))
		return intoto_fail(err, INTOTO_EINVALID, "not an object");
	if (json_need_string(&name, object, "name", "item", err) < 0 ||
	    member_or_default(projection, object, "expected_materials",
			      json_array(), err) < 0 ||
	    member_or_default(projection, object, "expected_products",
			      json_array(), err) < 0)
		return -1;
	json_object_set(projection, "name", json_object_get(object, "name"));
	json_object_set_new(projection, "_type",
			    json_string(is_step ? "step" : "inspection"));
	if (!is_step) {
		if (member_or_default(projection, object, "run", json_array(),
				      err) < 0)
			return -1;
	} else if (member_or_default(projection, object, "pubkeys",
				     json_array(), err) < 0 ||
		   member_or_default(projection, object, "expected_command",
				     json_array(), err) < 0 ||
		   member_or_default(projection, object, "threshold",
				     json_integer(1), err) < 0) {
		return -1;
	}
	*out = take(projection);
	return 0;
}

static int strings_read(struct strlist *out, const json_t *object,
			const char *name, struct intoto_error *err)
{
	const json_t *array = json_object_get(object, name);
	size_t i = 0;
	json_t *value = NULL;

	if (json_array_size(array) > PUBKEYS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "more than %d entries in '%s'", PUBKEYS_MAX,
				   name);
	json_array_foreach(array, i, value)
	{
		const char *text = json_string_value(value);

		if (!text || strlen(text) != json_string_length(value))
			return intoto_fail(
				err, INTOTO_EINVALID,
				"entry %zu of '%s' is not plain text", i, name);
		strlist_add(out, text);
	}
	return 0;
}

static int rules_read(struct rules *out, const json_t *object, const char *name,
		      struct intoto_error *err)
{
	const json_t *array = json_object_get(object, name);
	const size_t n = json_array_size(array);

	if (n > RULES_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "more than %d rules in '%s'", RULES_MAX,
				   name);
	out->items = xcalloc(n + 1, sizeof(*out->items));
	for (; out->n < n; out->n++) {
		if (rule_from_json(&out->items[out->n],
				   json_array_get(array, out->n), err) < 0) {
			intoto_context(err, "%s[%zu]: ", name, out->n);
			return -1;
		}
	}
	return 0;
}

static int step_read(struct layout_item *item, const json_t *object,
		     struct intoto_error *err)
{
	if (strings_read(&item->command, object, "expected_command", err) < 0 ||
	    strings_read(&item->pubkeys, object, "pubkeys", err) < 0)
		return -1;
	for (size_t i = 0; i < item->pubkeys.n; i++) {
		const char *keyid = item->pubkeys.items[i];

		if (!is_hex(keyid, strlen(keyid)))
			return intoto_fail(err, INTOTO_EINVALID,
					   "pubkey '%s' is not hex digits",
					   keyid);
	}
	item->threshold =
		json_integer_value(json_object_get(object, "threshold"));
	if (item->threshold < 1)
		return intoto_fail(err, INTOTO_EINVALID,
				   "threshold %lld is below 1",
				   (long long)item->threshold);
	return 0;
}

static int item_read(struct layout_item *item, const json_t *object,
		     bool is_step, struct intoto_error *err)
{
	const json_t *name = json_object_get(object, "name");

	item->name = xstrdup(json_string_value(name));
	item->threshold = 1;
	if (name_check(item->name, json_string_length(name), "name", err) < 0 ||
	    rules_read(&item->materials, object, "expected_materials", err) <
		    0 ||
	    rules_read(&item->products, object, "expected_products", err) < 0)
		return -1;
	if (is_step)
		return step_read(item, object, err);
	return strings_read(&item->command, object, "run", err);
}

/* The list of steps or inspections, projected and read. */
static int items_read(struct layout_item **out, size_t *n, json_t *projection,
		      const json_t *object, bool is_step,
		      struct intoto_error *err)
{
	const char *member = is_step ? "steps" : "inspect";
	size_t n_pubkeys = 0;
	json_t *projected = json_array();
	json_t *array = NULL;

	json_object_set_new(projection, member, projected);
	if (json_need_array(&array, object, member, "layout", err) < 0)
		return -1;
	if (json_array_size(array) > LAYOUT_STEPS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "layout: more than %d entries in '%s'",
				   LAYOUT_STEPS_MAX, member);
	*out = xcalloc(json_array_size(array) + 1, sizeof(**out));
	for (size_t i = 0; i < json_array_size(array); i++) {
		scoped_json item = NULL;
		int got = item_project(&item, json_array_get(array, i), is_step,
				       err);

		if (got == 0) {
			json_array_append(projected, item);
			got = item_read(&(*out)[(*n)++], item, is_step, err);
			n_pubkeys += (*out)[*n - 1].pubkeys.n;
		}
		if (got == 0 && n_pubkeys > LAYOUT_PUBKEYS_MAX)
			got = intoto_fail(err, INTOTO_ELIMIT,
					  "more than %d pubkeys in all",
					  LAYOUT_PUBKEYS_MAX);
		if (got < 0) {
			intoto_context(err, "layout: %s[%zu]: ", member, i);
			return -1;
		}
	}
	return 0;
}

static int layout_check_names(const struct layout *layout,
			      struct intoto_error *err)
{
	scoped_value(strlist) names = STRLIST_INIT;

	for (size_t i = 0; i < layout->n_steps; i++)
		strlist_add(&names, layout->steps[i].name);
	for (size_t i = 0; i < layout->n_inspections; i++)
		strlist_add(&names, layout->inspections[i].name);
	strlist_sort(&names);
	for (size_t i = 1; i < names.n; i++)
		if (!strcmp(names.items[i - 1], names.items[i]))
			return intoto_fail(err, INTOTO_EINVALID,
					   "layout: two steps or inspections "
					   "are called '%s'",
					   names.items[i]);
	return 0;
}

static int keys_read(struct layout *layout, const json_t *object,
		     struct intoto_error *err)
{
	json_t *keys = json_object_get(object, "keys");
	const char *keyid = NULL;
	json_t *value = NULL;

	if (json_object_size(keys) > LAYOUT_KEYS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "layout: more than %d keys",
				   LAYOUT_KEYS_MAX);
	layout->keys =
		xcalloc(json_object_size(keys) + 1, sizeof(*layout->keys));
	json_object_foreach(keys, keyid, value)
	{
		struct layout_key *key = &layout->keys[layout->n_keys];

		if (!is_hex(keyid, strlen(keyid)))
			return intoto_fail(err, INTOTO_EINVALID,
					   "layout: keyid '%s' is not hex "
					   "digits",
					   keyid);
		if (key_from_json(&key->key, value, err) < 0) {
			intoto_context(err, "layout: key '%s': ", keyid);
			return -1;
		}
		key->listed_as = xstrdup(keyid);
		layout->n_keys++;
	}
	qsort(layout->keys, layout->n_keys, sizeof(*layout->keys),
	      layout_key_compare);
	return 0;
}

static int layout_read_head(struct layout *layout, const json_t *object,
			    struct intoto_error *err)
{
	json_t *projection = layout->signed_part;
	const char *type = NULL;
	const char *expires = NULL;
	const char *readme = NULL;

	if (json_need_string(&type, object, "_type", "layout", err) < 0)
		return -1;
	if (strcmp(type, "layout") != 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "layout: '_type' is not 'layout'");
	json_object_set_new(projection, "_type", json_string("layout"));
	if (json_need_string(&expires, object, "expires", "layout", err) < 0)
		return -1;
	if (clock_parse(&layout->expires, expires, err) < 0 ||
	    member_or_default(projection, object, "readme", json_string(""),
			      err) < 0 ||
	    member_or_default(projection, object, "keys", json_object(), err) <
		    0) {
		intoto_context(err, "layout: ");
		return -1;
	}
	json_object_set(projection, "expires",
			json_object_get(object, "expires"));
	if (json_need_string(&readme, projection, "readme", "layout", err) < 0)
		return -1;
	layout->readme = xstrdup(readme);
	return layout_stamp_read(layout, err);
}

int layout_read(struct layout **out, const char *text, size_t len,
		struct intoto_error *err)
{
	scoped(layout) layout = xcalloc(1, sizeof(*layout));
	scoped_json object = NULL;

	if (json_load_strict(&object, text, len, err) < 0)
		return -1;
	if (!json_is_object(object))
		return intoto_fail(err, INTOTO_EINVALID,
				   "a layout is not an object");
	layout->signed_part = json_object();
	if (layout_read_head(layout, object, err) < 0 ||
	    keys_read(layout, layout->signed_part, err) < 0 ||
	    items_read(&layout->steps, &layout->n_steps, layout->signed_part,
		       object, true, err) < 0 ||
	    items_read(&layout->inspections, &layout->n_inspections,
		       layout->signed_part, object, false, err) < 0 ||
	    layout_check_names(layout, err) < 0)
		return -1;
	*out = take(layout);
	return 0;
}
