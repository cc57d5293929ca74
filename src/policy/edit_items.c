/* Add and remove a layout's steps and inspections. */
#include <string.h>

#include "base/quote.h"
#include "metadata/link.h"
#include "policy/edit.h"
#include "policy/edit_internal.h"

static int command_json(json_t **out, const struct strlist *command,
			struct intoto_error *err)
{
	scoped_json words = json_array();

	for (size_t i = 0; i < command->n; i++) {
		if (edit_text_check(command->items[i], "command", err) < 0)
			return -1;
		json_array_append_new(words, json_string(command->items[i]));
	}
	*out = take(words);
	return 0;
}

/* The ids of the step's keys in `keys`, each material once, in the order in
 * which they were named: a step of its own collects them. */
static int step_keys(json_t *step, struct edit *edit,
		     const struct edit_item *item, struct intoto_error *err)
{
	scoped_json alone =
		json_pack("{s:O, s:[O]}", "keys",
			  json_object_get(edit->layout, "keys"), "steps", step);
	struct edit collect = { edit->name, alone, false };

	for (size_t i = 0; i < item->n_by; i++) {
		if (edit_add_key(edit, item->by[i], err) < 0 ||
		    edit_authorise(&collect, item->name, item->by[i], err) < 0)
			return -1;
	}
	if (item->threshold < 1 ||
	    item->threshold > json_array_size(json_object_get(step, "pubkeys")))
		return intoto_fail(
			err, INTOTO_EINVALID,
			"step '%s' has %zu different keys, so its threshold "
			"cannot be %zu",
			item->name,
			json_array_size(json_object_get(step, "pubkeys")),
			item->threshold);
	return 0;
}

/* The same again is no change; anything else of that name stands in the way. */
static int put_item(struct edit *edit, const char *list, json_t *made,
		    struct intoto_error *err)
{
	const char *name = json_string_value(json_object_get(made, "name"));
	const json_t *step = edit_item_find(edit, "steps", name);
	const json_t *inspection = edit_item_find(edit, "inspect", name);
	scoped_text word = NULL;

	if (!step && !inspection) {
		json_array_append(json_object_get(edit->layout, list), made);
		edit->changed = true;
		return 0;
	}
	if (json_equal(strcmp(list, "steps") ? inspection : step, made))
		return 0;
	intoto_fail(err, INTOTO_EINVALID,
		    "layout '%s' has another %s '%s' already", edit->name,
		    step ? "step" : "inspection", name);
	word = quote_word(name);
	return intoto_hint(err, "git intoto layout remove-step %s %s",
			   edit->name, word);
}

int edit_add_step(struct edit *edit, const struct edit_item *item,
		  struct intoto_error *err)
{
	scoped_json command = NULL;
	scoped_json step = NULL;

	if (name_check(item->name, strlen(item->name), "name", err) < 0 ||
	    command_json(&command, item->command, err) < 0)
		return -1;
	step = json_pack("{s:s, s:s, s:O, s:O, s:[], s:O, s:I}", "_type",
			 "step", "name", item->name, "expected_materials",
			 item->materials, "expected_products", item->products,
			 "pubkeys", "expected_command", command, "threshold",
			 (json_int_t)item->threshold);
	if (step_keys(step, edit, item, err) < 0)
		return -1;
	return put_item(edit, "steps", step, err);
}

int edit_add_inspection(struct edit *edit, const struct edit_item *item,
			struct intoto_error *err)
{
	scoped_json command = NULL;
	scoped_json inspection = NULL;

	if (name_check(item->name, strlen(item->name), "name", err) < 0 ||
	    command_json(&command, item->command, err) < 0)
		return -1;
	inspection =
		json_pack("{s:s, s:s, s:O, s:O, s:O}", "_type", "inspection",
			  "name", item->name, "expected_materials",
			  item->materials, "expected_products", item->products,
			  "run", command);
	return put_item(edit, "inspect", inspection, err);
}

void edit_remove_item(struct edit *edit, const char *name)
{
	static const char *const lists[] = { "steps", "inspect" };

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		json_t *list = json_object_get(edit->layout, lists[i]);
		json_t *item = edit_item_find(edit, lists[i], name);

		for (size_t j = 0; item && j < json_array_size(list); j++) {
			if (json_array_get(list, j) != item)
				continue;
			json_array_remove(list, j);
			edit->changed = true;
			break;
		}
	}
}
