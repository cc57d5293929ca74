/* fuzz_tagobject.c: tag objects, and the signature at their end. */
#include <string.h>

#include "crypto/signature.h"
#include "fuzz/fuzz.h"
#include "repo/tagobject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_value(tag_object) tag = { 0 };
	const struct oid id = oid_null();
	struct intoto_error err = { 0 };
	char claim[128];

	if (tag_object_parse(&tag, data, size, &id, &err) < 0)
		return 0;
	must(strlen(tag.name) > 0 && !strchr(tag.name, '\n'));
	if (tag.armor)
		tag_signature_claim(claim, tag.armor, tag.armor_len, &err);
	return 0;
}
