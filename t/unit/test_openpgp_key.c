#include <criterion/criterion.h>

#include "openpgp_data.h"

#define PACKETS_MAX 16
#define YEAR (365LL * 86400)

static int read_key(struct key **out, const struct buffer *packets,
		    const char *id, struct intoto_error *err)
{
	return openpgp_key_read(out, packets->data, packets->len, id, err);
}

static void refused(const struct buffer *packets, const char *id,
		    enum intoto_code code, const char *why)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(read_key(&key, packets, id, &err), -1);
	cr_assert_null(key);
	cr_assert_eq(err.code, code, "%s", err.message);
	cr_assert_not_null(strstr(err.message, why), "%s", err.message);
}

static struct key *read_ok(const struct buffer *packets, const char *id)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(read_key(&key, packets, id, &err), 0, "%s", err.message);
	return key;
}

/* --- exports --- */

Test(openpgp_key, exports_become_the_reference_s_key_objects)
{
	static const char *const names[] = { "gpg_eddsa",
					     "gpg_rsa_signed_by_subkey",
					     "gpg_dsa" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		scoped_json object = vector(names[i]);
		scoped_value(buffer) packets =
			vector_bytes(object, "exported_pubkey");
		scoped(key) key = read_ok(&packets, "");
		scoped_json json = key_to_json(key);

		cr_assert(json_equal(json, json_object_get(object, "key_json")),
			  "%s", names[i]);
	}
}

Test(openpgp_key, ids_are_suffixes_in_either_case)
{
	scoped_json object = vector("gpg_rsa_signed_by_subkey");
	scoped_value(buffer) packets = vector_bytes(object, "exported_pubkey");
	static const char *const ids[] = {
		"dc4d5e63a26096f6329a6073359d1b500c0d47d1",
		"359D1B500C0D47D1",
		"d0ea88fb17b491526cd6b9bb5ada9dc412c2e729",
		"12c2e729",
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		scoped(key) key = read_ok(&packets, ids[i]);

		cr_assert_str_eq(key_id(key), ids[0]);
		cr_assert(key_answers_to(key, ids[2]));
	}
	refused(&packets, "00000000", INTOTO_ENOTFOUND, "00000000");
	refused(&packets, "xyz", INTOTO_EINVALID, "no OpenPGP fingerprint");
	refused(&packets, "0123456789012345678901234567890123456789a",
		INTOTO_EINVALID, "no OpenPGP fingerprint");
}

/* Where the reference hashes the packet's own header and finds nothing. */
Test(openpgp_key, short_packets_are_hashed_as_rfc_4880_says)
{
	scoped(key) key = data_key("ed25519.gpg", "");
	const struct openpgp_key *openpgp = key->openpgp;

	cr_assert_eq(openpgp->primary.validity_period, 10 * YEAR);
	cr_assert_eq(openpgp->n_subkeys, 1);
	cr_assert_eq(openpgp->subkeys[0].validity_period, YEAR);
	cr_assert_str_eq(key_comment(key), "Ed <ed@example.org>");
}

Test(openpgp_key, a_subkey_of_another_type_stands_alone)
{
	scoped_value(buffer) packets = data_file("mixed.gpg");
	struct test_packet split[PACKETS_MAX];
	struct intoto_error err = { 0 };
	scoped_value(openpgp_part) sub = { 0 };
	scoped(key) whole = read_ok(&packets, "");
	scoped(key) lone = NULL;

	cr_assert_eq(split_packets(split, PACKETS_MAX, &packets), 7);
	cr_assert_eq(openpgp_part_read(&sub, split[3].packet.body, &err), 0);
	lone = read_ok(&packets, sub.fingerprint);
	cr_assert_str_eq(key_id(lone), sub.fingerprint);
	cr_assert_str_eq(key_scheme(lone), "pgp+eddsa-ed25519");
	cr_assert_eq(lone->openpgp->n_subkeys, 0);
	cr_assert_str_eq(key_scheme(whole), "pgp+rsa-pkcsv1.5");
	cr_assert_not(key_answers_to(whole, sub.fingerprint));
	cr_assert_not(key_same(whole, lone));
}

Test(openpgp_key, rsa_subkeys_for_encryption_stay_as_in_the_reference)
{
	scoped(key) key = data_key("mixed.gpg", "");

	cr_assert_eq(key->openpgp->n_subkeys, 1);
	cr_assert_eq(key->openpgp->subkeys[0].algorithm, OPENPGP_RSA);
}

Test(openpgp_key, the_latest_binding_counts_in_any_order)
{
	scoped_value(buffer) old = data_file("ed25519.gpg");
	scoped_value(buffer) renewed = data_file("ed25519-renewed.gpg");
	struct test_packet a[PACKETS_MAX];
	struct test_packet b[PACKETS_MAX];

	cr_assert_eq(split_packets(a, PACKETS_MAX, &old), 5);
	cr_assert_eq(split_packets(b, PACKETS_MAX, &renewed), 5);
	for (int swap = 0; swap < 2; swap++) {
		const struct test_packet *first = swap ? &b[4] : &a[4];
		const struct test_packet *second = swap ? &a[4] : &b[4];
		scoped_value(buffer) both = BUFFER_INIT;
		scoped(key) key = NULL;

		buffer_add(&both, old.data, (size_t)(a[4].start - old.data));
		buffer_add(&both, first->start, first->len);
		buffer_add(&both, second->start, second->len);
		key = read_ok(&both, "");
		cr_assert_eq(key->openpgp->n_subkeys, 1);
		cr_assert_gt(key->openpgp->subkeys[0].validity_period,
			     5 * YEAR);
	}
}

/* --- attacks --- */

Test(openpgp_key, a_subkey_without_its_binding_is_left_out)
{
	scoped_json object = vector("gpg_rsa_signed_by_subkey");
	scoped_value(buffer) packets = vector_bytes(object, "exported_pubkey");
	struct test_packet split[PACKETS_MAX];
	size_t n = split_packets(split, PACKETS_MAX, &packets);
	scoped(key) key = NULL;

	packets.len -= split[n - 1].len;
	key = read_ok(&packets, "");
	cr_assert_eq(key->openpgp->n_subkeys, 0);
	refused(&packets, "12c2e729", INTOTO_EINVALID, "not bound");
}

/* The last subkey with its binding of one export behind another primary. */
static struct buffer graft(const struct buffer *onto, const struct buffer *from)
{
	struct test_packet split[PACKETS_MAX];
	size_t n = split_packets(split, PACKETS_MAX, from);
	struct buffer out = BUFFER_INIT;

	cr_assert_eq(split[n - 2].packet.tag, PACKET_PUBLIC_SUBKEY);
	buffer_add(&out, onto->data, onto->len);
	buffer_add(&out, split[n - 2].start,
		   split[n - 2].len + split[n - 1].len);
	return out;
}

Test(openpgp_key, a_subkey_bound_by_another_primary_is_left_out)
{
	scoped_value(buffer) onto = data_file("revoked-subkey.gpg");
	scoped_value(buffer) from = data_file("ed25519.gpg");
	scoped_value(buffer) grafted = graft(&onto, &from);
	scoped(key) key = read_ok(&grafted, "");

	cr_assert_eq(key->openpgp->n_subkeys, 0);
}

Test(openpgp_key, every_byte_of_a_binding_counts)
{
	scoped_value(buffer) packets = data_file("ed25519.gpg");
	struct test_packet split[PACKETS_MAX];
	const uint8_t *body;
	size_t hashed;

	cr_assert_eq(split_packets(split, PACKETS_MAX, &packets), 5);
	body = split[4].packet.body.at;
	hashed = 6 + ((size_t)body[4] << 8 | body[5]);
	for (size_t i = 0; i < hashed; i++) {
		size_t at = (size_t)((const char *)body - packets.data) + i;
		scoped(key) key = NULL;

		packets.data[at] ^= 1;
		key = read_ok(&packets, "");
		cr_assert_eq(key->openpgp->n_subkeys, 0, "byte %zu", i);
		packets.data[at] ^= 1;
	}
}

/* Somebody takes another's signing subkey: bound well, but not signed back. */
Test(openpgp_key, a_signing_subkey_must_sign_back)
{
	scoped_value(buffer) packets = data_file("ed25519.gpg");
	struct test_packet split[PACKETS_MAX];
	char *embedded;
	scoped(key) key = NULL;

	cr_assert_eq(split_packets(split, PACKETS_MAX, &packets), 5);
	/* type 32, then version 4 and type 0x19 of the embedded one */
	embedded = memmem(split[4].start, split[4].len, "\x20\x04\x19", 3);
	cr_assert_not_null(embedded);
	embedded[2] = 0x18;
	key = read_ok(&packets, "");
	cr_assert_eq(key->openpgp->n_subkeys, 0);
}

Test(openpgp_key, a_validity_period_needs_a_signature_that_holds)
{
	scoped_value(buffer) packets = data_file("ed25519.gpg");
	char *name = memmem(packets.data, packets.len, "Ed <", 4);
	scoped(key) key = NULL;

	cr_assert_not_null(name);
	name[0] = 'e';
	key = read_ok(&packets, "");
	cr_assert_eq(key->openpgp->primary.validity_period, 0);
	cr_assert_eq(key->openpgp->n_subkeys, 1);
}

Test(openpgp_key, what_is_revoked_is_not_taken)
{
	scoped_value(buffer) subkey = data_file("revoked-subkey.gpg");
	scoped_value(buffer) primary = data_file("revoked.gpg");
	struct test_packet split[PACKETS_MAX];
	struct intoto_error err = { 0 };
	scoped_value(openpgp_part) sub = { 0 };
	scoped(key) key = read_ok(&subkey, "");

	cr_assert_eq(key->openpgp->n_subkeys, 0);
	split_packets(split, PACKETS_MAX, &subkey);
	cr_assert_eq(openpgp_part_read(&sub, split[3].packet.body, &err), 0);
	refused(&subkey, sub.fingerprint, INTOTO_EINVALID, "revoked");
	refused(&primary, "", INTOTO_EINVALID, "revoked");
}

Test(openpgp_key, truncated_exports_are_refused_or_lose_what_is_cut)
{
	scoped_value(buffer) packets = data_file("mixed.gpg");

	while (packets.len > 0) {
		struct intoto_error err = { 0 };
		scoped(key) key = NULL;

		packets.len--;
		if (read_key(&key, &packets, "", &err) == 0)
			cr_assert_str_eq(key_scheme(key), "pgp+rsa-pkcsv1.5");
		else
			cr_assert_neq(err.code, INTOTO_OK);
	}
}

Test(openpgp_key, no_key_and_secret_keys_are_refused)
{
	scoped_value(buffer) packets = data_file("ed25519.gpg");
	scoped_value(buffer) none = BUFFER_INIT;

	refused(&none, "", INTOTO_ENOTFOUND, "no OpenPGP key at all");
	packets.data[0] = (char)0x94; /* tag 5 */
	refused(&packets, "", INTOTO_EINVALID, "packet 5");
}

Test(openpgp_key, an_id_that_fits_two_keys_is_refused)
{
	scoped_value(buffer) one = data_file("ed25519.gpg");
	scoped_value(buffer) two = data_file("mixed.gpg");
	scoped_value(buffer) both = BUFFER_INIT;
	scoped(key) first = read_ok(&one, "");
	scoped(key) found = NULL;

	buffer_add(&both, two.data, two.len);
	buffer_add(&both, one.data, one.len);
	refused(&both, "", INTOTO_EINVALID, "more than one");
	found = read_ok(&both, key_id(first));
	cr_assert_str_eq(key_id(found), key_id(first));
	cr_assert_eq(found->openpgp->n_subkeys, 1);
}

Test(openpgp_key, unsupported_keys_say_so)
{
	scoped_value(buffer) packets = data_file("ed25519.gpg");

	packets.data[7] = 19; /* ECDSA */
	refused(&packets, "", INTOTO_EUNSUPPORTED, "algorithm 19");
	packets.data[7] = 22;
	packets.data[2] = 3;
	refused(&packets, "", INTOTO_EUNSUPPORTED, "version 3");
}

Test(openpgp_key, a_key_with_a_huge_number_is_refused)
{
	scoped_value(buffer) packets = data_file("mixed.gpg");

	packets.data[9] = (char)0xff; /* 99 LLLL 04 time4 01 | bits */
	packets.data[10] = (char)0xff;
	refused(&packets, "", INTOTO_EINVALID, "too large");
}
