/* packdelta.c: apply a delta of a pack. */
#include "repo/packread.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

struct delta {
	const uint8_t *at;
	const uint8_t *end;
};

/* Seven bits a byte, the lowest first. */
static bool read_size(size_t *out, struct delta *delta)
{
	size_t value = 0;

	for (unsigned shift = 0; shift < 56; shift += 7) {
		uint8_t byte;

		if (delta->at == delta->end)
			return false;
		byte = *delta->at++;
		value |= (size_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*out = value;
			return true;
		}
	}
	return false;
}

/* Those of `count` bytes whose bit in `bits` is set, the lowest first. */
static bool read_bytes(size_t *out, struct delta *delta, unsigned bits,
		       unsigned count)
{
	size_t value = 0;

	for (unsigned i = 0; i < count; i++) {
		if (!(bits & (1u << i)))
			continue;
		if (delta->at == delta->end)
			return false;
		value |= (size_t)*delta->at++ << (8 * i);
	}
	*out = value;
	return true;
}

/* One instruction, that writes at most `room` bytes to `to`; *len of them. */
static bool delta_step(size_t *len, uint8_t *to, size_t room,
		       struct delta *delta, const uint8_t *base,
		       size_t base_len)
{
	unsigned op = *delta->at++;
	size_t from = 0;
	size_t n = op;

	if (op & 0x80) {
		if (!read_bytes(&from, delta, op & 0x0f, 4) ||
		    !read_bytes(&n, delta, (op >> 4) & 0x07, 3))
			return false;
		if (n == 0)
			n = 0x10000;
		if (from > base_len || n > base_len - from || n > room)
			return false;
		memcpy(to, base + from, n);
	} else {
		if (n == 0 || n > (size_t)(delta->end - delta->at) || n > room)
			return false;
		memcpy(to, delta->at, n);
		delta->at += n;
	}
	*len = n;
	return true;
}

bool pack_delta_apply(uint8_t **out, size_t *out_len, const uint8_t *base,
		      size_t base_len, const uint8_t *delta_data,
		      size_t delta_len)
{
	struct delta delta = { delta_data, delta_data + delta_len };
	size_t base_size;
	size_t size;
	size_t done = 0;
	uint8_t *data;

	if (!read_size(&base_size, &delta) || !read_size(&size, &delta) ||
	    base_size != base_len || size > PACK_OBJECT_MAX)
		return false;
	data = xmalloc(size + 1);
	while (delta.at < delta.end) {
		size_t len;

		if (!delta_step(&len, data + done, size - done, &delta, base,
				base_len))
			break;
		done += len;
	}
	if (delta.at < delta.end || done != size) {
		free(data);
		return false;
	}
	*out = data;
	*out_len = size;
	return true;
}
