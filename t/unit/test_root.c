/* test_root.c: root.json of TUF: read strictly, made, and who signed it. */
#include "people.h"
#include "root_tools.h"

#include "json/canonical.h"

static struct person alice, bob, carol, mallory;

static void setup(void)
{
	alice = person_make(1);
	bob = person_make(2);
	carol = person_make(3);
	mallory = person_make(4);
}

static void teardown(void)
{
	key_free(alice.key);
	key_free(bob.key);
	key_free(carol.key);
	key_free(mallory.key);
}

TestSuite(root, .init = setup, .fini = teardown);

#define TWO_OF_THREE                                                           \
	{                                                                      \
		.version = 1, .threshold = 2, .keys = { &alice, &bob, &carol } \
	}

static int read_part(struct root **out, const json_t *part,
		     struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error ignored = { 0 };

	cr_assert_eq(compact_append(&text, part, &ignored), 0);
	return root_read(out, text.data, text.len, err);
}

Test(root, what_is_made_is_what_is_read)
{
	const struct root_text text = TWO_OF_THREE;
	scoped_json part = root_part(&text);
	struct intoto_error err = { 0 };
	scoped(root) root = NULL;

	cr_assert_eq(read_part(&root, part, &err), 0, "%s", err.message);
	cr_assert_eq(root->version, 1);
	cr_assert_eq(root->expires, ROOT_EXPIRES);
	cr_assert_eq(root->root.n_keys, 3);
	cr_assert_eq(root->root.threshold, 2);
	cr_assert_eq(root->owners.n_keys, 3);
	cr_assert(key_same(root->root.keys[1], bob.key));
	cr_assert_str_eq(root->project, ROOT_PROJECT);
	cr_assert_eq(root->layouts.n, 1);
	cr_assert_str_eq(root->layouts.items[0], "release");
}

/* What python-tuf's parser asks for. */
Test(root, has_the_four_roles_and_each_key_once_under_its_new_keyid)
{
	const struct root_text text = TWO_OF_THREE;
	scoped_json part = root_part(&text);
	json_t *keys = json_object_get(part, "keys");
	json_t *roles = json_object_get(part, "roles");
	const char *name;
	json_t *role;

	cr_assert_str_eq(json_string_value(json_object_get(part, "_type")),
			 "root");
	cr_assert_eq(json_object_size(keys), 3);
	cr_assert_not_null(json_object_get(keys, key_id_new(alice.key)));
	cr_assert_null(json_object_get(keys, key_id(alice.key)));
	cr_assert_eq(json_object_size(roles), 4);
	json_object_foreach(roles, name, role)
	{
		cr_assert_eq(json_array_size(json_object_get(role, "keyids")),
			     3);
	}
}

Test(root, a_pem_key_has_its_newline_as_the_new_keyid_has)
{
	static const char pem[] =
		"-----BEGIN PUBLIC KEY-----\n"
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb/A7lJJBzh2t1DUZ5pYOCoW0"
		"Gmmg\n"
		"XDKBA6orzhWUyhY8T3U6Vb8B3FP2wLDH7ueLQMb/fSWpbiKCuYnO9xwUSg==\n"
		"-----END PUBLIC KEY-----\n";
	struct intoto_error err = { 0 };
	struct person ecdsa = { 0 };

	cr_assert_eq(key_from_pem(&ecdsa.key, pem, strlen(pem), NULL, &err), 0,
		     "%s", err.message);

	const struct root_text text = { .version = 1,
					.threshold = 1,
					.keys = { &ecdsa } };
	scoped_json part = root_part(&text);
	const json_t *key = json_object_get(
		json_object_get(part, "keys"),
		"e2e78b13c23ec1e89bb3f64689136e48f97a80f2c9ea24fd758f5f709d7ed"
		"e42");
	const json_t *keyval = json_object_get(key, "keyval");
	scoped(root) root = NULL;

	cr_assert_not_null(key);
	cr_assert_str_eq(json_string_value(json_object_get(keyval, "public")),
			 pem);
	cr_assert_eq(read_part(&root, part, &err), 0, "%s", err.message);
	cr_assert(key_same(root->root.keys[0], ecdsa.key));
	key_free(ecdsa.key);
}

/* The vector of in-toto-wire 16.7. */
#define OPENPGP_ID "90ad3cd395773384673720035cfd481a52cc0ce9"
#define OPENPGP_Q \
	"b415edb7a6d8bc06e2473888b175850587428018a40641230fafd9ee05d8fd99"

static struct key *openpgp_key(void)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;
	scoped_json object =
		json_pack("{s:s, s:s, s:[s], s:s, s:i, s:i, s:{s:s, s:{s:s}}}",
			  "method", "pgp+eddsa-ed25519", "type", "eddsa",
			  "hashes", "pgp+SHA2", "keyid", OPENPGP_ID,
			  "creation_time", 1795380252, "validity_period", 60,
			  "keyval", "private", "", "public", "q", OPENPGP_Q);

	cr_assert_eq(key_from_json(&key, object, &err), 0, "%s", err.message);
	return key;
}

Test(root, openpgp_keys_are_in_securesystemslibs_form)
{
	struct person gpg = { .key = openpgp_key() };
	const struct root_text text = { .version = 1,
					.threshold = 1,
					.keys = { &gpg } };
	scoped_json part = root_part(&text);
	const json_t *key =
		json_object_get(json_object_get(part, "keys"), OPENPGP_ID);
	scoped_json expect =
		json_pack("{s:s, s:s, s:i, s:{s:s, s:{s:s}}}", "keytype",
			  "eddsa", "scheme", "pgp+eddsa-ed25519",
			  "creation_time", 1795380252, "keyval", "private", "",
			  "public", "q", OPENPGP_Q);
	struct intoto_error err = { 0 };
	scoped(root) root = NULL;

	cr_assert(json_equal(key, expect));
	cr_assert_eq(read_part(&root, part, &err), 0, "%s", err.message);
	cr_assert_str_eq(key_id(root->root.keys[0]), OPENPGP_ID);
	key_free(gpg.key);
}

Test(root, an_openpgp_signature_has_the_member_sig)
{
	struct person gpg = { .key = openpgp_key() };
	const struct root_text text = { .version = 1,
					.threshold = 1,
					.keys = { &gpg } };
	scoped(envelope) envelope =
		root_envelope(&text, (const struct person *const[]){ NULL });
	scoped_value(buffer) line = BUFFER_INIT;
	scoped(envelope) again = NULL;
	struct intoto_error err = { 0 };
	struct signature *sig;

	envelope->signatures = xcalloc(1, sizeof(*envelope->signatures));
	envelope->n_signatures = 1;
	sig = &envelope->signatures[0];
	snprintf(sig->keyid, sizeof(sig->keyid), "%s", OPENPGP_ID);
	sig->openpgp = true;
	buffer_add(&sig->sig, "\x01\x02", 2);
	buffer_add(&sig->openpgp_headers, "\x03", 1);
	cr_assert_eq(envelope_append_line(&line, envelope, &err), 0);
	cr_assert(strstr(line.data, "{\"keyid\":\"" OPENPGP_ID
				    "\",\"other_headers\":\"03\",\"sig\":"
				    "\"0102\"}"),
		  "%s", line.data);
	cr_assert_eq(envelope_read(&again, line.data, line.len, true, &err), 0,
		     "%s", err.message);
	cr_assert(again->signatures[0].openpgp);
	cr_assert_eq(again->signatures[0].sig.len, 2);
	key_free(gpg.key);
}

/* ---- what is refused ---- */

/* The part with one thing changed by a JSON pointer of three names at most;
 * value NULL deletes. */
static void expect_refused(const char *a, const char *b, const char *c,
			   json_t *value, const char *message)
{
	const struct root_text text = TWO_OF_THREE;
	scoped_json part = root_part(&text);
	struct intoto_error err = { 0 };
	struct root *root = NULL;
	json_t *at = part;

	if (b)
		at = json_object_get(at, a);
	if (c)
		at = json_object_get(at, b);
	cr_assert_not_null(at);
	if (value)
		json_object_set_new(at, c ? c : b ? b : a, value);
	else
		json_object_del(at, c ? c : b ? b : a);
	cr_assert_eq(read_part(&root, part, &err), -1, "%s", message);
	cr_assert_null(root);
	cr_assert_neq(err.code, INTOTO_EREJECTED);
	cr_assert(strstr(err.message, message), "'%s' is not in '%s'", message,
		  err.message);
}

Test(root, refuses_thresholds_that_no_keys_can_meet)
{
	expect_refused("roles", "root", "threshold", json_integer(4),
		       "there are 3");
	expect_refused("roles", "root", "threshold", json_integer(0),
		       "no number from 1");
	expect_refused("roles", "targets", "threshold", json_integer(-1),
		       "no number from 1");
	expect_refused("roles", "targets", "threshold", json_string("1"),
		       "no number from 1");
}

Test(root, refuses_roles_that_are_missing_or_unknown)
{
	expect_refused("roles", "snapshot", NULL, NULL, "snapshot");
	expect_refused("roles", "targets", NULL, NULL, "targets");
	expect_refused("roles", "mirrors", NULL,
		       json_pack("{s:[], s:i}", "keyids", "threshold", 1),
		       "beside root");
}

Test(root, refuses_a_key_that_is_missing_or_counts_twice)
{
	const char *id = key_id_new(alice.key);

	expect_refused("roles", "root", "keyids",
		       json_pack("[s, s]", id, "abcd"), "not among the keys");
	expect_refused("roles", "root", "keyids", json_pack("[s, s]", id, id),
		       "there twice");
	expect_refused("roles", "root", "keyids", json_pack("[i]", 1),
		       "not among the keys");
	expect_refused("keys", id, NULL, NULL, "not among the keys");
}

/* A second keyid for one key would let one person be two. */
Test(root, refuses_one_key_under_both_of_its_keyids)
{
	const struct root_text text = TWO_OF_THREE;
	scoped_json part = root_part(&text);
	json_t *keys = json_object_get(part, "keys");
	json_t *role = json_object_get(json_object_get(part, "roles"), "root");
	struct intoto_error err = { 0 };
	struct root *root = NULL;

	json_object_set(keys, key_id(alice.key),
			json_object_get(keys, key_id_new(alice.key)));
	json_array_append_new(json_object_get(role, "keyids"),
			      json_string(key_id(alice.key)));
	cr_assert_eq(read_part(&root, part, &err), -1);
	cr_assert(strstr(err.message, "there twice"), "%s", err.message);
}

Test(root, refuses_a_key_under_the_id_of_another)
{
	const struct root_text text = TWO_OF_THREE;
	scoped_json part = root_part(&text);
	json_t *keys = json_object_get(part, "keys");
	struct intoto_error err = { 0 };
	struct root *root = NULL;

	json_object_set(keys, key_id_new(alice.key),
			json_object_get(keys, key_id_new(bob.key)));
	cr_assert_eq(read_part(&root, part, &err), -1);
	cr_assert(strstr(err.message, "another key"), "%s", err.message);
}

Test(root, refuses_what_is_malformed_in_its_head)
{
	expect_refused("_type", NULL, NULL, json_string("layout"), "_type");
	expect_refused("version", NULL, NULL, json_integer(0), "version");
	expect_refused("version", NULL, NULL, json_string("1"), "version");
	expect_refused("spec_version", NULL, NULL, json_string("2.0.0"),
		       "spec_version");
	expect_refused("spec_version", NULL, NULL, json_string("1.0/x"),
		       "spec_version");
	expect_refused("expires", NULL, NULL, json_string("tomorrow"), "root");
	expect_refused("expires", NULL, NULL, NULL, "expires");
}

Test(root, refuses_projects_and_names_that_are_none)
{
	expect_refused("x-git-intoto", NULL, NULL, NULL, "x-git-intoto");
	expect_refused("x-git-intoto", "project", NULL, json_string("abc"),
		       "project");
	expect_refused("x-git-intoto", "project", NULL,
		       json_string("0123456789ABCDEF0123456789abcdef"),
		       "project");
	expect_refused("x-git-intoto", "layouts", NULL, json_array(),
		       "names 0 layouts");
	expect_refused("x-git-intoto", "layouts", NULL,
		       json_pack("[s, s]", "b", "a"), "not sorted");
	expect_refused("x-git-intoto", "layouts", NULL,
		       json_pack("[s, s]", "a", "a"), "twice");
	expect_refused("x-git-intoto", "layouts", NULL,
		       json_pack("[s]", "../x"), "not a name");
}

Test(root, is_no_dsse_and_takes_no_second_signature_of_a_key)
{
	const struct root_text text = TWO_OF_THREE;
	scoped_text line = root_line(&text, BY(&alice, &bob, &alice));
	scoped_json part = root_part(&text);
	scoped_value(buffer) payload = BUFFER_INIT;
	scoped_value(buffer) dsse = BUFFER_INIT;
	struct intoto_error err = { 0 };
	struct envelope *envelope = NULL;

	cr_assert_eq(envelope_read(&envelope, line, strlen(line), true, &err),
		     -1);
	cr_assert(strstr(err.message, "a second one"), "%s", err.message);
	compact_append(&payload, part, &err);
	buffer_puts(&dsse, "{\"payload\":\"");
	base64_append(&dsse, payload.data, payload.len);
	buffer_puts(&dsse, "\",\"payloadType\":\"" INTOTO_PAYLOAD_TYPE
			   "\",\"signatures\":[]}");
	cr_assert_eq(envelope_read(&envelope, dsse.data, dsse.len, true, &err),
		     -1);
	cr_assert(strstr(err.message, "only be in a metablock"), "%s",
		  err.message);
}

/* ---- who signed ---- */

static const char *check(const struct envelope *before,
			 const struct envelope *next)
{
	static struct intoto_error err;

	err = (struct intoto_error){ 0 };
	if (root_check_next(before, next, &err) == 0)
		return "";
	return err.code == INTOTO_EREJECTED ? err.reason : err.message;
}

Test(root, the_first_needs_a_threshold_of_its_own_keys_alone)
{
	const struct root_text text = TWO_OF_THREE;
	scoped(envelope) good = root_envelope(&text, BY(&alice, &carol));
	scoped(envelope) one = root_envelope(&text, BY(&alice));
	scoped(envelope) other = root_envelope(&text, BY(&alice, &mallory));

	cr_assert_str_eq(check(NULL, good), "");
	cr_assert_str_eq(check(NULL, one), "root-threshold");
	cr_assert_str_eq(check(NULL, other), "root-threshold");
}

Test(root, a_signature_over_another_version_does_not_count)
{
	const struct root_text text = TWO_OF_THREE;
	const struct root_text later = { .version = 1,
					 .threshold = 1,
					 .keys = { &alice, &bob } };
	scoped(envelope) good = root_envelope(&text, BY(&alice, &bob));
	scoped(envelope) forged = root_envelope(&later, BY(&mallory));
	struct signature moved = forged->signatures[0];

	forged->signatures[0] = good->signatures[0];
	cr_assert_str_eq(check(NULL, forged), "root-threshold");
	good->signatures[0] = moved;
}

Test(root, the_next_needs_both_thresholds)
{
	const struct root_text first = TWO_OF_THREE;
	const struct root_text second = { .version = 2,
					  .threshold = 2,
					  .keys = { &carol, &mallory } };
	scoped(envelope) one = root_envelope(&first, BY(&alice, &bob));
	scoped(envelope) good =
		root_envelope(&second, BY(&alice, &carol, &mallory));
	scoped(envelope) old = root_envelope(&second, BY(&alice, &bob));
	scoped(envelope) own = root_envelope(&second, BY(&carol, &mallory));
	scoped(envelope) self = root_envelope(&second, BY(&mallory));

	cr_assert_str_eq(check(one, good), "");
	cr_assert_str_eq(check(one, old), "root-threshold");
	cr_assert_str_eq(check(one, own), "root-threshold");
	cr_assert_str_eq(check(one, self), "root-threshold");
}

Test(root, versions_are_counted_up_by_one)
{
	const struct root_text first = TWO_OF_THREE;
	struct root_text next = TWO_OF_THREE;
	scoped(envelope) one = root_envelope(&first, BY(&alice, &bob));

	for (uint64_t version = 1; version < 5; version++) {
		next.version = version;
		scoped(envelope) two = root_envelope(&next, BY(&alice, &bob));

		cr_assert_str_eq(check(one, two),
				 version == 2 ? "" : "root-gap");
		cr_assert_str_eq(check(NULL, two),
				 version == 1 ? "" : "root-gap");
	}
}

Test(root, the_project_stays)
{
	const struct root_text first = TWO_OF_THREE;
	const struct root_text next = {
		.version = 2,
		.threshold = 2,
		.project = "fedcba9876543210fedcba9876543210",
		.keys = { &alice, &bob }
	};
	scoped(envelope) one = root_envelope(&first, BY(&alice, &bob));
	scoped(envelope) two = root_envelope(&next, BY(&alice, &bob));

	cr_assert_str_eq(check(one, two), "root-project");
}

Test(root, a_co_signature_does_not_change_the_digest)
{
	const struct root_text text = TWO_OF_THREE;
	scoped(envelope) two = root_envelope(&text, BY(&alice, &bob));
	scoped(envelope) three = root_envelope(&text, BY(&alice, &bob, &carol));
	char a[SHA256_HEX_SIZE], b[SHA256_HEX_SIZE];

	envelope_digest(a, two);
	envelope_digest(b, three);
	cr_assert_str_eq(a, b);
}

/* No byte of a root can be changed and its signatures hold. */
Test(root, every_changed_byte_is_noticed)
{
	const struct root_text text = { .version = 1,
					.threshold = 1,
					.keys = { &alice } };
	scoped_text line = root_line(&text, BY(&alice));
	const char *part = strstr(line, "\"signed\":");

	for (size_t i = (size_t)(part - line) + 9; line[i + 2]; i++) {
		scoped(envelope) envelope = NULL;
		struct intoto_error err = { 0 };

		line[i] ^= 1;
		if (envelope_read(&envelope, line, strlen(line), true, &err) ==
		    0)
			cr_assert_neq(root_check_next(NULL, envelope, &err), 0,
				      "byte %zu", i);
		line[i] ^= 1;
	}
}
