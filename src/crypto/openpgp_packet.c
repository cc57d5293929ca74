/* openpgp_packet.c: headers, numbers and subpackets of OpenPGP, bounded. */
#include "crypto/openpgp_internal.h"

bool openpgp_take(struct openpgp_bytes *out, struct openpgp_bytes *in, size_t n)
{
	if (in->left < n)
		return false;
	out->at = in->at;
	out->left = n;
	if (n > 0)
		in->at += n;
	in->left -= n;
	return true;
}

bool openpgp_take_number(uint32_t *out, struct openpgp_bytes *in, size_t octets)
{
	struct openpgp_bytes bytes;
	uint32_t value = 0;

	if (!openpgp_take(&bytes, in, octets))
		return false;
	for (size_t i = 0; i < octets; i++)
		value = value << 8 | bytes.at[i];
	*out = value;
	return true;
}

static int truncated(struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID, "OpenPGP packet is truncated");
}

static int old_length(uint32_t *out, struct openpgp_bytes *in, uint8_t first,
		      struct intoto_error *err)
{
	unsigned kind = first & 3;

	if (kind == 3)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP packet of indeterminate length");
	if (!openpgp_take_number(out, in, (size_t)1 << kind))
		return truncated(err);
	return 0;
}

static int new_length(uint32_t *out, struct openpgp_bytes *in,
		      struct intoto_error *err)
{
	uint32_t first;
	uint32_t second;

	if (!openpgp_take_number(&first, in, 1))
		return truncated(err);
	if (first < 192) {
		*out = first;
		return 0;
	}
	if (first < 224) {
		if (!openpgp_take_number(&second, in, 1))
			return truncated(err);
		*out = ((first - 192) << 8) + second + 192;
		return 0;
	}
	if (first < 255)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP packet of partial length");
	if (!openpgp_take_number(out, in, 4))
		return truncated(err);
	return 0;
}

int openpgp_packet_next(struct openpgp_packet *out, struct openpgp_bytes *in,
			struct intoto_error *err)
{
	struct openpgp_bytes rest = *in;
	struct openpgp_packet packet;
	uint32_t first;
	uint32_t len;

	if (!openpgp_take_number(&first, &rest, 1))
		return truncated(err);
	if (!(first & 0x80))
		return intoto_fail(err, INTOTO_EINVALID,
				   "no OpenPGP packet: first byte is %02x",
				   (unsigned)first);
	if (first & 0x40) {
		packet.tag = first & 0x3f;
		if (new_length(&len, &rest, err) < 0)
			return -1;
	} else {
		packet.tag = (first >> 2) & 0x0f;
		if (old_length(&len, &rest, (uint8_t)first, err) < 0)
			return -1;
	}
	if (packet.tag == 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP packet with the reserved tag 0");
	if (!openpgp_take(&packet.body, &rest, len))
		return truncated(err);
	*out = packet;
	*in = rest;
	return 0;
}

static unsigned bit_length(struct openpgp_bytes number)
{
	unsigned bits = (unsigned)number.left * 8;

	for (unsigned mask = 0x80; mask && !(number.at[0] & mask); mask >>= 1)
		bits--;
	return bits;
}

int openpgp_mpi_next(struct openpgp_bytes *out, bool *minimal,
		     struct openpgp_bytes *in, struct intoto_error *err)
{
	struct openpgp_bytes rest = *in;
	struct openpgp_bytes number;
	uint32_t bits;

	if (!openpgp_take_number(&bits, &rest, 2))
		return truncated(err);
	if (bits > RSA_MAX_BITS)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP number of %u bits is too large",
				   (unsigned)bits);
	if (!openpgp_take(&number, &rest, (bits + 7) / 8))
		return truncated(err);
	while (number.left > 0 && number.at[0] == 0) {
		number.at++;
		number.left--;
	}
	if (number.left == 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP number is zero");
	*minimal = bit_length(number) == bits;
	*out = number;
	*in = rest;
	return 0;
}

struct subpacket {
	uint8_t type;
	bool critical;
	struct openpgp_bytes content;
};

static bool subpacket_next(struct subpacket *out, struct openpgp_bytes *in)
{
	uint32_t len;
	uint32_t second;
	uint32_t type;

	if (!openpgp_take_number(&len, in, 1))
		return false;
	if (len == 255) {
		if (!openpgp_take_number(&len, in, 4))
			return false;
	} else if (len >= 192) {
		if (!openpgp_take_number(&second, in, 1))
			return false;
		len = ((len - 192) << 8) + second + 192;
	}
	if (len == 0 || !openpgp_take_number(&type, in, 1) ||
	    !openpgp_take(&out->content, in, len - 1))
		return false;
	out->type = type & 0x7f;
	out->critical = (type & 0x80) != 0;
	return true;
}

/* The registered types up to 39 that only inform, and those we act on. A
 * critical notation is one that we would have to understand by its name. */
static bool subpacket_is_known(uint8_t type)
{
	static const uint8_t known[] = { 2,  3,	 4,  5,	 6,  7,	 9,  11, 12,
					 16, 21, 22, 23, 24, 25, 26, 27, 28,
					 29, 30, 31, 32, 33, 34, 35, 37, 39 };

	return memchr(known, type, sizeof(known)) != NULL;
}

int openpgp_subpackets_check(struct openpgp_bytes area,
			     struct intoto_error *err)
{
	struct subpacket subpacket;

	while (area.left > 0) {
		if (!subpacket_next(&subpacket, &area))
			return intoto_fail(err, INTOTO_EINVALID,
					   "OpenPGP signature has a malformed "
					   "subpacket");
		if (subpacket.critical && !subpacket_is_known(subpacket.type))
			return intoto_fail(err, INTOTO_EINVALID,
					   "OpenPGP signature has a critical "
					   "subpacket of unknown type %u",
					   (unsigned)subpacket.type);
	}
	return 0;
}

bool openpgp_subpacket_find(struct openpgp_bytes *out,
			    struct openpgp_bytes area, uint8_t type)
{
	struct subpacket subpacket;
	bool found = false;

	while (area.left > 0 && subpacket_next(&subpacket, &area)) {
		if (subpacket.type != type)
			continue;
		*out = subpacket.content;
		found = true;
	}
	return found;
}

bool openpgp_subpacket_time(int64_t *out, struct openpgp_bytes area,
			    uint8_t type)
{
	struct openpgp_bytes content;
	uint32_t value;

	if (!openpgp_subpacket_find(&content, area, type) ||
	    content.left != 4 || !openpgp_take_number(&value, &content, 4))
		return false;
	*out = value;
	return true;
}
