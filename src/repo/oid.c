/* oid.c: object ids as bytes and as lower-case hex. */
#include "repo/repo.h"

#include <string.h>

#include "base/encode.h"

bool oid_parse(struct oid *out, const char *hex, size_t len)
{
	struct oid oid = { .size = (unsigned)(len / 2) };

	if (len != 2 * OID_SHA1_SIZE && len != 2 * OID_MAX_SIZE)
		return false;
	if (!is_lower_hex(hex, len) ||
	    !hex_decode(oid.bytes, oid.size, hex, len))
		return false;
	*out = oid;
	return true;
}

void oid_hex(char out[OID_HEX_SIZE], const struct oid *oid)
{
	hex_encode(out, oid->bytes, oid->size);
}

bool oid_equal(const struct oid *a, const struct oid *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

bool oid_is_null(const struct oid *oid)
{
	for (unsigned i = 0; i < oid->size; i++)
		if (oid->bytes[i])
			return false;
	return true;
}

struct oid oid_null(void)
{
	return (struct oid){ .size = OID_SHA1_SIZE };
}
