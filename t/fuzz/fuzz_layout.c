/* fuzz_layout.c: layouts, their rules and keys. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "json/canonical.h"
#include "metadata/layout.h"

static void check_canonical(const struct layout *layout)
{
	scoped_value(buffer) canonical = BUFFER_INIT;
	scoped_value(buffer) again = BUFFER_INIT;
	scoped_value(buffer) compact = BUFFER_INIT;
	scoped(layout) read = NULL;
	struct intoto_error err = { 0 };

	if (layout_append_canonical(&canonical, layout, &err) < 0)
		return;
	/* The canonical form itself may be no JSON: it has raw controls. */
	must(compact_append(&compact, layout->signed_part, &err) == 0);
	must(layout_read(&read, compact.data, compact.len, &err) == 0);
	must(layout_append_canonical(&again, read, &err) == 0);
	must(again.len == canonical.len &&
	     !memcmp(again.data, canonical.data, again.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(layout) layout = NULL;
	struct intoto_error err = { 0 };

	if (layout_read(&layout, (const char *)data, size, &err) < 0)
		return 0;
	for (size_t i = 0; i < layout->n_steps; i++) {
		const struct key **keys = NULL;

		layout_step_keys(&keys, layout, &layout->steps[i]);
		free(keys);
		must(layout->steps[i].threshold >= 1);
	}
	check_canonical(layout);
	return 0;
}
