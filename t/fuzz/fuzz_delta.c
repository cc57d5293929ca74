/* fuzz_delta.c: deltas of packs, against a base from the input as well. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "repo/packread.h"

/* The first byte says how much of the rest is the base. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *out = NULL;
	size_t len = 0;
	size_t base;

	if (!size)
		return 0;
	base = (size - 1) * data[0] / 256;
	if (pack_delta_apply(&out, &len, data + 1, base, data + 1 + base,
			     size - 1 - base)) {
		must(len <= PACK_OBJECT_MAX);
		free(out);
	}
	return 0;
}
