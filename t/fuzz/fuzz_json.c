/* fuzz_json.c: two parsers of JSON agree, and the canonical form is stable. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "json/canonical.h"
#include "json/scan.h"

/* What can be written canonically reads back as the same value. */
static void check_forms(const json_t *value)
{
	scoped_value(buffer) canonical = BUFFER_INIT;
	scoped_value(buffer) compact = BUFFER_INIT;
	scoped_value(buffer) again = BUFFER_INIT;
	struct intoto_error err = { 0 };
	scoped_json read = NULL;

	if (canonical_append(&canonical, value, &err) < 0)
		return;
	must(compact_append(&compact, value, &err) == 0);
	for (size_t i = 0; i < compact.len; i++)
		must((uint8_t)compact.data[i] >= 0x20);
	must(json_load_strict(&read, compact.data, compact.len, &err) == 0);
	must(canonical_append(&again, read, &err) == 0);
	must(again.len == canonical.len &&
	     !memcmp(again.data, canonical.data, again.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_json value = NULL;
	struct intoto_error err = { 0 };

	if (json_load_strict(&value, (const char *)data, size, &err) == 0)
		check_forms(value);
	return 0;
}
