#include <criterion/criterion.h>

#include "openpgp_data.h"

static json_t *vector_json(const char *name)
{
	scoped_json object = vector(name);

	return json_deep_copy(json_object_get(object, "key_json"));
}

static void json_refused(json_t *object, enum intoto_code code, const char *why)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_from_json(&key, object, &err), -1);
	cr_assert_null(key);
	cr_assert_eq(err.code, code, "%s", err.message);
	cr_assert_not_null(strstr(err.message, why), "%s", err.message);
	json_decref(object);
}

/* A vector with one member replaced, or removed. */
static json_t *changed(const char *name, const char *member, json_t *value)
{
	json_t *object = vector_json(name);

	if (value)
		json_object_set_new(object, member, value);
	else
		json_object_del(object, member);
	return object;
}

static json_t *changed_number(const char *name, const char *member,
			      const char *hex)
{
	json_t *object = vector_json(name);
	json_t *keyval = json_object_get(object, "keyval");

	json_object_set_new(json_object_get(keyval, "public"), member,
			    json_string(hex));
	return object;
}

Test(openpgp_json, json_survives_a_round_trip)
{
	static const char *const names[] = { "ed25519.gpg", "mixed.gpg" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		scoped(key) key = data_key(names[i], "");
		scoped_json json = key_to_json(key);
		struct intoto_error err = { 0 };
		scoped(key) again = NULL;
		scoped_json json_again = NULL;

		cr_assert_eq(key_from_json(&again, json, &err), 0, "%s",
			     err.message);
		json_again = key_to_json(again);
		cr_assert(json_equal(json, json_again));
		cr_assert_str_eq(key_material(key), key_material(again));
	}
}

Test(openpgp_json, json_must_have_every_member)
{
	static const char *const members[] = { "type", "hashes", "keyid",
					       "keyval" };

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		json_refused(changed("gpg_eddsa", members[i], NULL),
			     INTOTO_EINVALID, members[i]);
}

Test(openpgp_json, json_members_must_fit_together)
{
	json_refused(changed("gpg_eddsa", "type", json_string("rsa")),
		     INTOTO_EUNSUPPORTED, "not supported");
	json_refused(changed("gpg_eddsa", "method", json_string("pgp+x")),
		     INTOTO_EUNSUPPORTED, "not supported");
	json_refused(changed("gpg_eddsa", "hashes", json_pack("[s]", "md5")),
		     INTOTO_EINVALID, "hashes");
	json_refused(changed("gpg_eddsa", "hashes",
			     json_pack("[s,s]", "pgp+SHA2", "pgp+SHA1")),
		     INTOTO_EINVALID, "hashes");
	json_refused(changed("gpg_eddsa", "keyid", json_string("abcd")),
		     INTOTO_EINVALID, "keyid");
}

Test(openpgp_json, a_private_part_in_json_is_refused)
{
	json_t *keyval = json_pack("{s:s,s:{s:s}}", "private", "secret",
				   "public", "q", "00");

	json_refused(changed("gpg_eddsa", "keyval", keyval), INTOTO_EINVALID,
		     "private");
}

Test(openpgp_json, times_in_json_are_seconds_of_32_bits)
{
	static const char *const members[] = { "creation_time",
					       "validity_period" };

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		json_refused(changed("gpg_eddsa", members[i], json_integer(-1)),
			     INTOTO_EINVALID, members[i]);
		json_refused(changed("gpg_eddsa", members[i],
				     json_integer(0x100000000LL)),
			     INTOTO_EINVALID, members[i]);
		json_refused(changed("gpg_eddsa", members[i], json_true()),
			     INTOTO_EINVALID, members[i]);
		json_refused(changed("gpg_eddsa", members[i], json_string("1")),
			     INTOTO_EINVALID, members[i]);
	}
}

Test(openpgp_json, numbers_in_json_are_bounded_hex)
{
	scoped_text huge = xmalloc(2 * OPENPGP_MPI_MAX + 3);

	memset(huge, 'f', 2 * OPENPGP_MPI_MAX + 2);
	huge[2 * OPENPGP_MPI_MAX + 2] = '\0';
	json_refused(changed_number("gpg_dsa", "p", huge), INTOTO_EINVALID,
		     "'p'");
	json_refused(changed_number("gpg_dsa", "q", "zz"), INTOTO_EINVALID,
		     "'q'");
	json_refused(changed_number("gpg_dsa", "y", ""), INTOTO_EINVALID,
		     "'y'");
	json_refused(changed_number("gpg_dsa", "y", "01"), INTOTO_EINVALID,
		     "impossible");
	json_refused(changed_number("gpg_dsa", "g", "01"), INTOTO_EINVALID,
		     "impossible");
	json_refused(changed_number("gpg_eddsa", "q", "00ff"), INTOTO_EINVALID,
		     "'q'");
	json_refused(changed_number("gpg_rsa_signed_by_subkey", "e", "01"),
		     INTOTO_EINVALID, "impossible");
	json_refused(changed_number("gpg_rsa_signed_by_subkey", "n", "00"),
		     INTOTO_EINVALID, "RSA");
}

Test(openpgp_json, a_keyid_in_json_is_the_fingerprint)
{
	json_refused(changed("gpg_eddsa", "keyid",
			     json_string("00ad3cd395773384673720035cfd481a52cc"
					 "0ce9")),
		     INTOTO_EINVALID, "fingerprint");
	json_refused(changed("gpg_eddsa", "creation_time", json_integer(1)),
		     INTOTO_EINVALID, "fingerprint");
}

Test(openpgp_json, old_json_without_a_creation_time_is_read)
{
	scoped_json object = changed("gpg_eddsa", "creation_time", NULL);
	struct intoto_error err = { 0 };
	scoped(key) key = NULL;

	cr_assert_eq(key_from_json(&key, object, &err), 0, "%s", err.message);
	cr_assert_eq(key->openpgp->primary.creation_time, 0);
}

Test(openpgp_json, unknown_members_of_json_are_ignored)
{
	scoped_json object =
		changed("gpg_eddsa", "x", json_pack("{s:i}", "y", 1));
	struct intoto_error err = { 0 };
	scoped(key) key = NULL;

	cr_assert_eq(key_from_json(&key, object, &err), 0, "%s", err.message);
}

Test(openpgp_json, a_subkey_in_json_stands_under_its_keyid)
{
	json_t *object = vector_json("gpg_rsa_signed_by_subkey");
	json_t *subkeys = json_object_get(object, "subkeys");
	json_t *subkey = json_incref(
		json_object_get(subkeys, "d0ea88fb17b491526cd6b9bb5ada9dc4"
					 "12c2e729"));

	json_object_clear(subkeys);
	json_object_set_new(subkeys, "d0ea88fb17b491526cd6b9bb5ada9dc412c2e720",
			    subkey);
	json_refused(object, INTOTO_EINVALID, "another name");
}

Test(openpgp_json, subkeys_in_json_of_another_type_are_left_out)
{
	scoped_json object = vector_json("gpg_rsa_signed_by_subkey");
	json_t *eddsa = vector_json("gpg_eddsa");
	struct intoto_error err = { 0 };
	scoped(key) key = NULL;

	json_object_set_new(json_object_get(object, "subkeys"),
			    json_string_value(json_object_get(eddsa, "keyid")),
			    eddsa);
	cr_assert_eq(key_from_json(&key, object, &err), 0, "%s", err.message);
	cr_assert_eq(key->openpgp->n_subkeys, 1);
}

Test(openpgp_json, subkeys_in_json_are_counted)
{
	json_t *object = vector_json("gpg_rsa_signed_by_subkey");
	json_t *subkeys = json_object_get(object, "subkeys");

	for (int i = 0; i <= OPENPGP_SUBKEYS_MAX; i++) {
		scoped_text name = xasprintf("%d", i);

		json_object_set_new(subkeys, name, json_object());
	}
	json_refused(object, INTOTO_ELIMIT, "256");
	json_refused(changed("gpg_rsa_signed_by_subkey", "subkeys",
			     json_array()),
		     INTOTO_EINVALID, "subkeys");
}
