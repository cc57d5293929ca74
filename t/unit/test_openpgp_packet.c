#include <criterion/criterion.h>

#include "openpgp_data.h"

static int next_packet(const char *bytes, size_t len, struct intoto_error *err)
{
	struct openpgp_bytes in = { (const uint8_t *)bytes, len };
	struct openpgp_packet packet;

	return openpgp_packet_next(&packet, &in, err);
}

static void packet_refused(const char *bytes, size_t len, const char *why)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(next_packet(bytes, len, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_not_null(strstr(err.message, why), "%s", err.message);
}

#define PACKET_REFUSED(bytes, why) packet_refused(bytes, sizeof(bytes) - 1, why)

Test(openpgp_packet, packets_of_both_formats_are_read)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint8_t tag;
		size_t body;
	} cases[] = {
		{ "\x88\x01"
		  "a",
		  3, 2, 1 },
		{ "\x89\x00\x01"
		  "a",
		  4, 2, 1 },
		{ "\x8a\x00\x00\x00\x01"
		  "a",
		  6, 2, 1 },
		{ "\xc2\x01"
		  "a",
		  3, 2, 1 },
		{ "\xc2\xff\x00\x00\x00\x01"
		  "a",
		  7, 2, 1 },
		{ "\xcd\x00", 2, 13, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct openpgp_bytes in = { (const uint8_t *)cases[i].bytes,
					    cases[i].len };
		struct intoto_error err = { 0 };
		struct openpgp_packet packet;

		cr_assert_eq(openpgp_packet_next(&packet, &in, &err), 0, "%s",
			     err.message);
		cr_assert_eq(packet.tag, cases[i].tag);
		cr_assert_eq(packet.body.left, cases[i].body);
		cr_assert_eq(in.left, 0);
	}
}

Test(openpgp_packet, two_octet_length_of_the_new_format_starts_at_192)
{
	char bytes[3 + 192] = { (char)0xc2, (char)192, 0 };
	struct intoto_error err = { 0 };

	cr_assert_eq(next_packet(bytes, sizeof(bytes), &err), 0);
	cr_assert_eq(next_packet(bytes, sizeof(bytes) - 1, &err), -1);
}

Test(openpgp_packet, packets_of_no_certain_length_are_refused)
{
	PACKET_REFUSED("", "truncated");
	PACKET_REFUSED("\x88", "truncated");
	PACKET_REFUSED("\x89\x01", "truncated");
	PACKET_REFUSED("\x88\x02z", "truncated");
	PACKET_REFUSED("\xc2", "truncated");
	PACKET_REFUSED("\xc2\xc0", "truncated");
	PACKET_REFUSED("\x8a\xff\xff\xff\xffz", "truncated");
	PACKET_REFUSED("\xc2\xff\xff\xff\xff\xffz", "truncated");
	PACKET_REFUSED("\x8bzzzz", "indeterminate");
	PACKET_REFUSED("\xc2\xe0z", "partial");
	PACKET_REFUSED("\xc2\xfez", "partial");
	PACKET_REFUSED("\x80\x01z", "tag 0");
	PACKET_REFUSED("-----BEGIN", "no OpenPGP packet");
}

static int next_mpi(struct openpgp_bytes *out, bool *minimal, const char *bytes,
		    size_t len)
{
	struct openpgp_bytes in = { (const uint8_t *)bytes, len };
	struct intoto_error err = { 0 };

	return openpgp_mpi_next(out, minimal, &in, &err);
}

Test(openpgp_packet, numbers_lose_leading_zeros)
{
	struct openpgp_bytes number;
	bool minimal;

	cr_assert_eq(next_mpi(&number, &minimal, "\0\x11\0\0\x01", 5), 0);
	cr_assert_eq(number.left, 1);
	cr_assert_not(minimal);
	cr_assert_eq(next_mpi(&number, &minimal, "\0\x09\x01\x01", 4), 0);
	cr_assert_eq(number.left, 2);
	cr_assert(minimal);
}

Test(openpgp_packet, numbers_are_no_larger_than_they_claim)
{
	struct openpgp_bytes number;
	bool minimal;

	cr_assert_eq(next_mpi(&number, &minimal, "\xff\xffz", 3), -1);
	cr_assert_eq(next_mpi(&number, &minimal, "\x40\x00z", 3), -1);
	cr_assert_eq(next_mpi(&number, &minimal, "\0\x09z", 3), -1);
	cr_assert_eq(next_mpi(&number, &minimal, "\0", 1), -1);
	cr_assert_eq(next_mpi(&number, &minimal, "\0\0", 2), -1);
	cr_assert_eq(next_mpi(&number, &minimal, "\0\x08\0", 3), -1);
}

static bool subpackets_hold(const char *bytes, size_t len)
{
	struct openpgp_bytes area = { (const uint8_t *)bytes, len };
	struct intoto_error err = { 0 };

	return openpgp_subpackets_check(area, &err) == 0;
}

Test(openpgp_packet, subpackets_stay_inside_of_their_area)
{
	cr_assert(subpackets_hold("", 0));
	cr_assert(subpackets_hold("\x05\x02"
				  "abcd",
				  6));
	cr_assert(subpackets_hold("\xff\0\0\0\x05\x02"
				  "abcd",
				  10));
	cr_assert_not(subpackets_hold("\0", 1));
	cr_assert_not(subpackets_hold("\x05\x02"
				      "abc",
				      5));
	cr_assert_not(subpackets_hold("\xff\xff\xff\xff\xff\x02", 6));
	cr_assert_not(subpackets_hold("\xc0", 1));
}

Test(openpgp_packet, critical_subpackets_must_be_known)
{
	cr_assert(subpackets_hold("\x05\x82"
				  "abcd",
				  6));
	cr_assert_not(subpackets_hold("\x05\xe4"
				      "abcd",
				      6));
	cr_assert(subpackets_hold("\x05\x64"
				  "abcd",
				  6));
	cr_assert_not(subpackets_hold("\x05\x94"
				      "abcd",
				      6),
		      "notation");
}
