/* fuzz_openpgp.c: OpenPGP keys, signatures and armor. */
#include "crypto/openpgp.h"
#include "fuzz/fuzz.h"

/* The form in JSON reads back as the same key. */
static void check_json(const struct key *key)
{
	scoped_json json = key_to_json(key);
	scoped(key) again = NULL;
	struct intoto_error err = { 0 };

	must(json && key_from_json(&again, json, &err) == 0);
	must(key_same(key, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_value(openpgp_signature) signature = { 0 };
	scoped_value(buffer) packets = BUFFER_INIT;
	scoped(key) key = NULL;
	struct intoto_error err = { 0 };

	if (openpgp_key_read(&key, data, size, "", &err) == 0)
		check_json(key);
	openpgp_signature_read(&signature, data, size, &err);
	openpgp_dearmor(&packets, "PGP SIGNATURE", (const char *)data, size,
			&err);
	return 0;
}
