#include <criterion/criterion.h>

#include "openpgp_data.h"

static const char *const vectors[] = { "gpg_eddsa", "gpg_rsa_signed_by_subkey",
				       "gpg_dsa" };

/* --- signatures --- */

static void check_vector(const char *name)
{
	scoped_json object = vector(name);
	json_t *json = json_object_get(object, "signature_json");
	scoped_value(buffer) packet =
		vector_bytes(object, "raw_signature_packet");
	scoped_value(buffer) headers = vector_bytes(json, "other_headers");
	scoped_value(buffer) number = vector_bytes(json, "signature");
	scoped_value(openpgp_signature) sig = { 0 };
	struct intoto_error err = { 0 };

	cr_assert_eq(openpgp_signature_read(&sig, packet.data, packet.len,
					    &err),
		     0, "%s: %s", name, err.message);
	cr_assert_eq(sig.type, 0);
	cr_assert_eq(sig.hash, OPENPGP_SHA256);
	cr_assert_str_eq(sig.fingerprint,
			 json_string_value(json_object_get(json, "keyid")));
	cr_assert_str_eq(sig.short_id, sig.fingerprint + 24);
	cr_assert_eq(sig.headers.len, headers.len);
	cr_assert_arr_eq(sig.headers.data, headers.data, headers.len);
	cr_assert_eq(sig.sig.len, number.len, "%s", name);
	cr_assert_arr_eq(sig.sig.data, number.data, number.len);
}

Test(openpgp, signature_packets_become_in_totos_form)
{
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		check_vector(vectors[i]);
}

static struct signature vector_signature(const json_t *object)
{
	struct signature sig = { 0 };
	struct intoto_error err = { 0 };

	cr_assert_eq(signature_from_json(&sig,
					 json_object_get(object,
							 "signature_json"),
					 &err),
		     0, "%s", err.message);
	return sig;
}

#define VECTOR_DATA "{\"a\":1}"
#define VECTOR_NOW 1795381000LL

Test(openpgp, vectors_of_the_reference_verify)
{
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		scoped_json object = vector(vectors[i]);
		scoped(key) key = vector_key(object);
		scoped_value(signature) sig = vector_signature(object);
		struct intoto_error err = { 0 };

		cr_assert_eq(signature_verify(&sig, key, VECTOR_DATA,
					      strlen(VECTOR_DATA), VECTOR_NOW,
					      &err),
			     0, "%s: %s", vectors[i], err.message);
	}
}

static void rejected(const struct signature *sig, const struct key *key,
		     const char *data, int64_t now, const char *reason)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(signature_verify(sig, key, data, strlen(data), now, &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED, "%s", err.message);
	cr_assert_str_eq(err.reason, reason);
}

Test(openpgp, every_byte_of_headers_and_signature_counts)
{
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		scoped_json object = vector(vectors[i]);
		scoped(key) key = vector_key(object);
		scoped_value(signature) sig = vector_signature(object);

		rejected(&sig, key, "{\"a\":2}", VECTOR_NOW, "signature-bad");
		for (size_t at = 0; at < sig.openpgp_headers.len; at++) {
			sig.openpgp_headers.data[at] ^= 1;
			rejected(&sig, key, VECTOR_DATA, VECTOR_NOW,
				 "signature-bad");
			sig.openpgp_headers.data[at] ^= 1;
		}
		for (size_t at = 0; at < sig.sig.len; at++) {
			sig.sig.data[at] ^= 1;
			rejected(&sig, key, VECTOR_DATA, VECTOR_NOW,
				 "signature-bad");
			sig.sig.data[at] ^= 1;
		}
	}
}

Test(openpgp, headers_end_with_the_hashed_subpackets)
{
	scoped_json object = vector("gpg_eddsa");
	scoped(key) key = vector_key(object);
	scoped_value(signature) sig = vector_signature(object);

	while (sig.openpgp_headers.len > 0) {
		sig.openpgp_headers.len--;
		rejected(&sig, key, VECTOR_DATA, VECTOR_NOW, "signature-bad");
	}
	buffer_release(&sig.openpgp_headers);
	rejected(&sig, key, VECTOR_DATA, VECTOR_NOW, "signature-bad");
}

Test(openpgp, headers_with_something_behind_are_refused)
{
	scoped_json object = vector("gpg_eddsa");
	scoped(key) key = vector_key(object);
	scoped_value(signature) sig = vector_signature(object);

	buffer_putc(&sig.openpgp_headers, 0);
	rejected(&sig, key, VECTOR_DATA, VECTOR_NOW, "signature-bad");
}

Test(openpgp, the_subkey_that_signed_is_the_one_that_verifies)
{
	scoped_json object = vector("gpg_rsa_signed_by_subkey");
	scoped(key) key = vector_key(object);
	scoped_value(signature) sig = vector_signature(object);

	snprintf(sig.keyid, sizeof(sig.keyid), "%s", key_id(key));
	rejected(&sig, key, VECTOR_DATA, VECTOR_NOW, "signature-bad");
}

Test(openpgp, an_expired_subkey_is_rejected_an_expired_primary_beside_it_not)
{
	scoped_json object = vector("gpg_rsa_signed_by_subkey");
	scoped(key) key = vector_key(object);
	scoped_value(signature) sig = vector_signature(object);
	struct openpgp_part *subkey = &key->openpgp->subkeys[0];
	int64_t end = subkey->creation_time + subkey->validity_period;
	struct intoto_error err = { 0 };

	cr_assert_eq(subkey->validity_period, 94608000);
	cr_assert_eq(key->openpgp->primary.validity_period, 157680000);
	cr_assert_eq(signature_verify(&sig, key, VECTOR_DATA,
				      strlen(VECTOR_DATA), end, &err),
		     0, "%s", err.message);
	rejected(&sig, key, VECTOR_DATA, end + 1, "key-expired");
	key->openpgp->primary.validity_period = 1;
	cr_assert_eq(signature_verify(&sig, key, VECTOR_DATA,
				      strlen(VECTOR_DATA), end, &err),
		     0, "%s", err.message);
	subkey->validity_period = 0;
	cr_assert_eq(signature_verify(&sig, key, VECTOR_DATA,
				      strlen(VECTOR_DATA), end + 1, &err),
		     0, "%s", err.message);
}

static int read_signature(const struct buffer *packet, struct intoto_error *err)
{
	scoped_value(openpgp_signature) sig = { 0 };

	return openpgp_signature_read(&sig, packet->data, packet->len, err);
}

static void signature_refused(const struct buffer *packet, const char *why)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(read_signature(packet, &err), -1);
	cr_assert_neq(err.code, INTOTO_EREJECTED);
	cr_assert_not_null(strstr(err.message, why), "%s", err.message);
}

Test(openpgp, truncated_signatures_are_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		scoped_json object = vector(vectors[i]);
		scoped_value(buffer) packet =
			vector_bytes(object, "raw_signature_packet");

		while (packet.len > 0) {
			packet.len--;
			signature_refused(&packet, "truncated");
		}
	}
}

/* The body cut short, and the packet's length honest about it. */
Test(openpgp, truncated_bodies_are_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		scoped_json object = vector(vectors[i]);
		scoped_value(buffer) packet =
			vector_bytes(object, "raw_signature_packet");
		struct test_packet one[1];
		struct intoto_error err = { 0 };

		split_packets(one, 1, &packet);
		for (size_t len = 0; len < one->packet.body.left; len++) {
			scoped_value(buffer) cut = BUFFER_INIT;

			buffer_putc(&cut, (char)0x89);
			buffer_putc(&cut, (char)(len >> 8));
			buffer_putc(&cut, (char)len);
			buffer_add(&cut, one->packet.body.at, len);
			cr_assert_eq(read_signature(&cut, &err), -1);
		}
	}
}

Test(openpgp, a_second_signature_is_refused)
{
	scoped_json object = vector("gpg_eddsa");
	scoped_value(buffer) packet =
		vector_bytes(object, "raw_signature_packet");
	scoped_value(buffer) two = BUFFER_INIT;

	buffer_add(&two, packet.data, packet.len);
	buffer_add(&two, packet.data, packet.len);
	signature_refused(&two, "follows");
	buffer_putc(&packet, 0);
	signature_refused(&packet, "follows");
}

Test(openpgp, other_packets_and_versions_are_refused)
{
	scoped_json object = vector("gpg_eddsa");
	scoped_value(buffer) packet =
		vector_bytes(object, "raw_signature_packet");
	scoped_value(buffer) key = vector_bytes(object, "exported_pubkey");

	signature_refused(&key, "where a signature should be");
	packet.data[2] = 3;
	signature_refused(&packet, "version 3");
	packet.data[2] = 6;
	signature_refused(&packet, "version 6");
	packet.data[2] = 4;
	packet.data[4] = 27;
	signature_refused(&packet, "algorithm 27");
	packet.data[4] = 1;
	signature_refused(&packet, "goes on");
}

Test(openpgp, a_huge_number_in_a_signature_is_refused)
{
	scoped_json object = vector("gpg_rsa_signed_by_subkey");
	scoped_value(buffer) packet =
		vector_bytes(object, "raw_signature_packet");
	size_t mpi = packet.len - 256 - 2;

	packet.data[mpi] = (char)0xff;
	packet.data[mpi + 1] = (char)0xff;
	signature_refused(&packet, "too large");
}

Test(openpgp, a_signature_that_names_two_keys_is_refused)
{
	scoped_json object = vector("gpg_eddsa");
	scoped_value(buffer) packet =
		vector_bytes(object, "raw_signature_packet");
	char *id = memmem(packet.data, packet.len, "\x09\x10", 2);

	cr_assert_not_null(id);
	id[9] ^= 1;
	signature_refused(&packet, "two keys");
}

/* --- signatures of tags --- */

static int verify_file(const char *name, const struct key *key,
		       const char *data, int64_t now, struct intoto_error *err)
{
	scoped_value(buffer) packet = data_file(name);
	scoped_value(openpgp_signature) sig = { 0 };

	if (openpgp_signature_read(&sig, packet.data, packet.len, err) < 0)
		return -1;
	return openpgp_verify_packet(&sig, key, data, strlen(data), now, err);
}

static void file_rejected(const char *name, const struct key *key, int64_t now,
			  const char *reason)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(verify_file(name, key, SIGNED_DATA, now, &err), -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED, "%s", err.message);
	cr_assert_str_eq(err.reason, reason, "%s", err.message);
}

Test(openpgp, tags_may_be_signed_with_any_sha2)
{
	static const char *const names[] = { "rsa-SHA256.sig", "rsa-SHA384.sig",
					     "rsa-SHA512.sig" };
	scoped(key) key = data_key("mixed.gpg", "");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct intoto_error err = { 0 };

		cr_assert_eq(verify_file(names[i], key, SIGNED_DATA, SIGNED_AT,
					 &err),
			     0, "%s: %s", names[i], err.message);
		cr_assert_eq(verify_file(names[i], key, "date", SIGNED_AT,
					 &err),
			     -1);
		cr_assert_str_eq(err.reason, "signature-bad");
	}
}

Test(openpgp, sha1_is_weak)
{
	scoped(key) key = data_key("mixed.gpg", "");

	file_rejected("rsa-SHA1.sig", key, SIGNED_AT, "signature-weak-hash");
}

Test(openpgp, a_text_signature_is_rejected)
{
	scoped(key) key = data_key("mixed.gpg", "");

	file_rejected("rsa-text.sig", key, SIGNED_AT, "signature-bad");
}

Test(openpgp, a_signature_may_expire_by_itself)
{
	scoped(key) key = data_key("mixed.gpg", "");
	int64_t end = SIGNED_AT + 30LL * 86400;
	struct intoto_error err = { 0 };

	cr_assert_eq(verify_file("rsa-expires.sig", key, SIGNED_DATA, end,
				 &err),
		     0, "%s", err.message);
	file_rejected("rsa-expires.sig", key, end + 1, "signature-expired");
}

Test(openpgp, another_key_is_named)
{
	scoped(key) other = data_key("ed25519.gpg", "");
	scoped(key) mixed = data_key("mixed.gpg", "");

	file_rejected("rsa-SHA256.sig", other, SIGNED_AT, "signature-bad");
	file_rejected("mixed-subkey.sig", mixed, SIGNED_AT, "signature-bad");
}

Test(openpgp, primary_and_subkey_of_one_type_both_verify)
{
	scoped(key) key = data_key("ed25519.gpg", "");
	struct intoto_error err = { 0 };

	cr_assert_eq(verify_file("ed25519.sig", key, SIGNED_DATA, SIGNED_AT,
				 &err),
		     0, "%s", err.message);
	cr_assert_eq(verify_file("ed25519-primary.sig", key, SIGNED_DATA,
				 SIGNED_AT, &err),
		     0, "%s", err.message);
	file_rejected("ed25519.sig", key, SIGNED_AT + 366LL * 86400,
		      "key-expired");
}

Test(openpgp, metadata_is_signed_with_sha256_only)
{
	scoped_value(buffer) packet = data_file("rsa-SHA512.sig");
	scoped(key) key = data_key("mixed.gpg", "");
	scoped_value(openpgp_signature) read = { 0 };
	scoped_value(signature) sig = { .keyid = "", .openpgp = true };
	struct intoto_error err = { 0 };

	cr_assert_eq(openpgp_signature_read(&read, packet.data, packet.len,
					    &err),
		     0, "%s", err.message);
	snprintf(sig.keyid, sizeof(sig.keyid), "%s", read.fingerprint);
	buffer_add(&sig.sig, read.sig.data, read.sig.len);
	buffer_add(&sig.openpgp_headers, read.headers.data, read.headers.len);
	rejected(&sig, key, SIGNED_DATA, SIGNED_AT, "signature-bad");
}

Test(openpgp, an_armored_signature_finds_its_key_among_several)
{
	scoped_value(buffer) armor = data_file("rsa-SHA512.asc");
	scoped(key) other = data_key("ed25519.gpg", "");
	scoped(key) right = data_key("mixed.gpg", "");
	const struct key *const keys[] = { other, right };
	struct intoto_error err = { 0 };
	size_t match = 9;

	cr_assert_eq(tag_signature_verify(&match, armor.data, armor.len, keys,
					  2, SIGNED_DATA, strlen(SIGNED_DATA),
					  SIGNED_AT, &err),
		     0, "%s", err.message);
	cr_assert_eq(match, 1);
	cr_assert_eq(tag_signature_verify(&match, armor.data, armor.len, keys,
					  1, SIGNED_DATA, strlen(SIGNED_DATA),
					  SIGNED_AT, &err),
		     -1);
	cr_assert_str_eq(err.reason, "signature-unknown-key");
}
