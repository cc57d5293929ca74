/* The layout that `init` writes: a tag step, then the steps that build. */
#include "policy/template.h"

#include <string.h>

#include "policy/draft.h"

static json_t *disallow_rest(void)
{
	return json_pack("[s, s]", "DISALLOW", "*");
}

static json_t *step_new(const char *name, json_t *materials, json_t *products,
			json_t *pubkeys)
{
	json_array_append_new(materials, disallow_rest());
	json_array_append_new(products, disallow_rest());
	return json_pack("{s:s, s:s, s:o, s:o, s:O, s:[], s:i}", "_type",
			 "step", "name", name, "expected_materials", materials,
			 "expected_products", products, "pubkeys", pubkeys,
			 "expected_command", "threshold", 1);
}

static json_t *build_step(const struct template *what, const char *name,
			  json_t *pubkeys)
{
	json_t *materials =
		json_pack("[[s, s, s, s, s, s]]", "MATCH", "*", "WITH",
			  "MATERIALS", "FROM", what->tag_step);
	json_t *products = json_array();

	for (size_t i = 0; i < what->products->n; i++)
		json_array_append_new(products,
				      json_pack("[s, s]", "CREATE",
						what->products->items[i]));
	return step_new(name, materials, products, pubkeys);
}

json_t *template_layout(const struct template *what)
{
	json_t *layout = draft_new(what->expires);
	json_t *keys = json_object_get(layout, "keys");
	json_t *steps = json_object_get(layout, "steps");
	scoped_json pubkeys = json_array();

	for (size_t i = 0; i < what->n_keys; i++) {
		json_object_set_new(keys, key_id(what->keys[i]),
				    key_to_json(what->keys[i]));
		json_array_append_new(pubkeys,
				      json_string(key_id(what->keys[i])));
	}
	/* What is tagged is the start: all of it is allowed, and verification
	 * holds it against the tree itself. */
	json_array_append_new(steps,
			      step_new(what->tag_step,
				       json_pack("[[s, s]]", "ALLOW", "*"),
				       json_array(), pubkeys));
	for (size_t i = 0; i < what->steps->n; i++) {
		if (strcmp(what->steps->items[i], what->tag_step))
			json_array_append_new(steps,
					      build_step(what,
							 what->steps->items[i],
							 pubkeys));
	}
	return layout;
}
