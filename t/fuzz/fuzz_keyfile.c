/* fuzz_keyfile.c: key files of every form, public and private. */
#include "crypto/signer_internal.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_value(key_source) source = { 0 };
	struct intoto_error err = { 0 };
	scoped_json json = NULL;
	scoped(key) again = NULL;

	if (key_source_read(&source, (const char *)data, size, &err) < 0)
		return 0;
	must(source.key);
	json = key_to_json(source.key);
	must(key_from_json(&again, json, &err) == 0);
	must(key_same(again, source.key));
	return 0;
}
