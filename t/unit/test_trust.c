/* test_trust.c: what is believed in a clone, and what was seen there. */
#include <sys/stat.h>

#include "root_tools.h"

#include "policy/trust.h"

static struct repo *repo;

static void setup(void)
{
	scratch_begin();
	make_repo("project");
	repo = open_repo();
}

static void teardown(void)
{
	repo_free(repo);
	scratch_end();
}

TestSuite(trust, .init = setup, .fini = teardown);

#define PROJECT "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"
#define FILE_PATH ".git/intoto/trust.json"

static struct trust *load(void)
{
	struct intoto_error err = { 0 };
	struct trust *trust = NULL;

	cr_assert_eq(trust_load(&trust, repo, &err), 0, "%s", err.message);
	return trust;
}

static void save(const struct trust *trust)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(trust_save(trust, repo, &err), 0, "%s", err.message);
}

static enum intoto_code load_code(void)
{
	struct intoto_error err = { 0 };
	struct trust *trust = NULL;

	cr_assert_eq(trust_load(&trust, repo, &err), -1);
	cr_assert_null(trust);
	return err.code;
}

Test(trust, a_fresh_clone_trusts_nobody_and_says_what_to_do)
{
	struct trust *trust = load();
	struct intoto_error err = { 0 };

	cr_assert(trust_is_empty(trust));
	cr_assert_eq(trust->n_layouts, 1);
	cr_assert_str_eq(trust->layouts[0].name, "release");
	cr_assert_eq(trust_require(trust, &err), -1);
	cr_assert_eq(err.code, INTOTO_ETRUST);
	cr_assert(strstr(err.hint, "git intoto trust add"));
	trust_free(trust);
}

Test(trust, comes_back_as_it_was_saved)
{
	struct person alice = person_make(1);
	struct person bob = person_make(2);
	struct trust *trust = load();
	struct intoto_error err = { 0 };
	bool added = false;

	trust_add_key(&added, trust, alice.key);
	cr_assert(added);
	trust_add_key(&added, trust, bob.key);
	trust_add_key(&added, trust, bob.key);
	cr_assert_not(added);
	cr_assert_eq(trust->threshold, 2);
	cr_assert_eq(trust_set_threshold(trust, 1, &err), 0);
	cr_assert_eq(trust_pin_project(trust, PROJECT, &err), 0);
	save(trust);
	trust_free(trust);

	trust = load();
	cr_assert_eq(trust->n_keys, 2);
	cr_assert(key_same(trust->keys[1], bob.key));
	cr_assert_eq(trust->threshold, 1);
	cr_assert_str_eq(trust->project, PROJECT);
	cr_assert(trust->layouts_default);
	trust_free(trust);
	key_free(alice.key);
	key_free(bob.key);
}

Test(trust, a_named_layout_takes_the_place_of_the_default)
{
	struct trust *trust = load();
	struct intoto_error err = { 0 };
	char digest[65];
	bool added = false;

	memset(digest, 'a', 64);
	digest[64] = '\0';
	cr_assert_eq(trust_add_layout(&added, trust, "docs", digest, &err), 0);
	cr_assert(added);
	cr_assert_not(trust_is_empty(trust));
	cr_assert_null(trust_layout_named(trust, "release"));
	cr_assert_eq(trust_add_layout(&added, trust, "docs", digest, &err), 0);
	cr_assert_not(added);
	cr_assert_eq(trust_add_layout(&added, trust, "docs", NULL, &err), 0);
	cr_assert(added);
	cr_assert_eq(trust_add_layout(&added, trust, "release", "", &err), 0);
	save(trust);
	trust_free(trust);

	trust = load();
	cr_assert_eq(trust->n_layouts, 2);
	cr_assert_str_eq(trust->layouts[0].name, "docs");
	cr_assert_str_eq(trust->layouts[0].digest, "");
	trust_free(trust);
}

Test(trust, refuses_bad_names_digests_and_projects)
{
	struct trust *trust = load();
	struct intoto_error err = { 0 };

	cr_assert_eq(trust_add_layout(NULL, trust, "../x", "", &err), -1);
	cr_assert_eq(trust_add_layout(NULL, trust, "x", "sha256:12", &err), -1);
	cr_assert_eq(trust_pin_project(trust, "12", &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(trust_set_threshold(trust, 1, &err), -1);
	cr_assert_eq(trust_pin_project(trust, PROJECT, &err), 0);
	cr_assert_eq(trust_pin_project(trust, PROJECT, &err), 0);
	cr_assert_eq(trust_pin_project(trust, OTHER, &err), -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED);
	cr_assert_str_eq(err.reason, "trust-project");
	cr_assert_str_eq(trust->project, PROJECT);
	trust_free(trust);
}

Test(trust, removing_a_key_keeps_the_threshold_reachable)
{
	struct person alice = person_make(1);
	struct person bob = person_make(2);
	struct trust *trust = load();
	struct intoto_error err = { 0 };

	trust_add_key(NULL, trust, alice.key);
	trust_add_key(NULL, trust, bob.key);
	cr_assert_eq(trust_remove_key(trust, alice.key, &err), 0);
	cr_assert_eq(trust->threshold, 1);
	cr_assert(key_same(trust->keys[0], bob.key));
	cr_assert_eq(trust_remove_key(trust, alice.key, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	trust_free(trust);
	key_free(alice.key);
	key_free(bob.key);
}

Test(trust, a_file_that_cannot_be_believed_is_an_error)
{
	struct trust *trust = load();

	save(trust);
	trust_free(trust);
	sh("ln -s /etc/passwd x && mv x " FILE_PATH);
	cr_assert_eq(load_code(), INTOTO_EINVALID);
	sh("rm " FILE_PATH " && echo '{' >" FILE_PATH);
	cr_assert_eq(load_code(), INTOTO_EINVALID);
	sh("echo '{\"version\": 2}' >" FILE_PATH);
	cr_assert_eq(load_code(), INTOTO_EUNSUPPORTED);
	sh("echo '{\"version\":1,\"keys\":[],\"threshold\":1,\"project\":\"\"}'"
	   " >" FILE_PATH);
	cr_assert_eq(load_code(), INTOTO_EINVALID);
	sh("echo '{\"version\":1,\"keys\":[],\"threshold\":0,\"project\":\"\","
	   "\"more\":1}' >" FILE_PATH);
	cr_assert_eq(load_code(), INTOTO_EINVALID);
	sh("echo '{\"version\":1,\"keys\":[],\"threshold\":0,\"project\":\"\"}'"
	   " >" FILE_PATH);
	trust_free(load());
	sh("chmod o+w " FILE_PATH);
	cr_assert_eq(load_code(), INTOTO_EINVALID);
}

Test(trust, a_threshold_below_one_in_the_file_is_refused)
{
	struct person alice = person_make(1);
	struct trust *trust = load();

	trust_add_key(NULL, trust, alice.key);
	save(trust);
	trust_free(trust);
	sh("sed -i 's/\"threshold\":1/\"threshold\":0/' " FILE_PATH);
	cr_assert_eq(load_code(), INTOTO_EINVALID);
	key_free(alice.key);
}

Test(trust, versions_seen_only_rise)
{
	struct intoto_error err = { 0 };
	json_t *list = NULL;
	uint64_t version = 9;

	cr_assert_eq(seen_version(&version, repo, PROJECT, "a", &err), 0);
	cr_assert_eq(version, 0);
	cr_assert_eq(seen_raise(repo, PROJECT, "a", 3, &err), 0, "%s",
		     err.message);
	cr_assert_eq(seen_raise(repo, PROJECT, "a", 2, &err), 0);
	cr_assert_eq(seen_raise(repo, PROJECT, "b", 1, &err), 0);
	cr_assert_eq(seen_version(&version, repo, PROJECT, "a", &err), 0);
	cr_assert_eq(version, 3);
	cr_assert_eq(seen_version(&version, repo, OTHER, "a", &err), 0);
	cr_assert_eq(version, 0);
	cr_assert_eq(seen_list(&list, repo, &err), 0);
	cr_assert_eq(json_object_size(list), 2);
	cr_assert_eq(json_integer_value(json_object_get(list, "a")), 3);
	json_decref(list);
}

Test(trust, a_damaged_list_of_versions_is_an_error_and_not_empty)
{
	struct intoto_error err = { 0 };
	uint64_t version = 0;

	sh("mkdir -p .git/intoto && echo '{\"version\":1,\"seen\":"
	   "{\"p\":{\"a\":\"x\"}}}' >.git/intoto/seen.json");
	cr_assert_eq(seen_version(&version, repo, "p", "a", &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
}

Test(trust, a_server_hook_writes_nothing)
{
	struct trust *trust = load();
	struct intoto_error err = { 0 };

	repo->server = true;
	cr_assert_eq(trust_save(trust, repo, &err), -1);
	cr_assert_eq(seen_raise(repo, PROJECT, "a", 3, &err), -1);
	cr_assert_not(file_exists(".git/intoto"));
	trust_free(trust);
}

/* ---- a root in place of keys ---- */

struct rooted {
	struct person alice, bob, carol;
	struct root_text v1, v2;
	char pin[SHA256_HEX_SIZE];
};

/* Version 1: two of Alice and Bob; version 2: Bob alone. */
static struct rooted rooted_make(void)
{
	struct rooted rooted = { .alice = person_make(1),
				 .bob = person_make(2),
				 .carol = person_make(3) };

	return rooted;
}

static void rooted_put(struct rooted *rooted)
{
	const char *lines[2];
	scoped_text one = NULL;
	scoped_text two = NULL;

	rooted->v1 =
		(struct root_text){ .version = 1,
				    .threshold = 2,
				    .project = PROJECT,
				    .keys = { &rooted->alice, &rooted->bob } };
	rooted->v2 = (struct root_text){ .version = 2,
					 .threshold = 1,
					 .project = PROJECT,
					 .keys = { &rooted->bob } };
	lines[0] = one =
		root_line(&rooted->v1, BY(&rooted->alice, &rooted->bob));
	lines[1] = two =
		root_line(&rooted->v2, BY(&rooted->alice, &rooted->bob));
	put_root(repo, ROOT_REF, lines, 2);
	root_digest(rooted->pin, &rooted->v1);
}

static void rooted_end(struct rooted *rooted)
{
	key_free(rooted->alice.key);
	key_free(rooted->bob.key);
	key_free(rooted->carol.key);
}

static void pin(const char *digest)
{
	struct intoto_error err = { 0 };
	struct trust *trust = NULL;

	cr_assert_eq(trust_load_local(&trust, repo, &err), 0, "%s",
		     err.message);
	cr_assert_eq(trust_pin_root(trust, digest, &err), 0, "%s", err.message);
	save(trust);
	trust_free(trust);
}

Test(trust, a_pinned_root_takes_the_place_of_keys)
{
	struct rooted rooted = rooted_make();
	struct trust *trust = load();
	scoped_text kept = NULL;

	trust_add_key(NULL, trust, rooted.carol.key);
	save(trust);
	trust_free(trust);
	rooted_put(&rooted);
	pin(rooted.pin);
	trust = load();
	cr_assert_eq(trust->n_keys, 1);
	cr_assert(key_same(trust->keys[0], rooted.bob.key));
	cr_assert_eq(trust->threshold, 1);
	cr_assert_str_eq(trust->project, PROJECT);
	cr_assert_str_eq(trust->root_pin, rooted.pin);
	cr_assert_eq(root_chain_last(trust->chain)->version, 2);
	cr_assert_eq(trust->n_layouts, 1);
	cr_assert_not(trust->layouts_default);
	/* Saved again, it is the pin that is saved, and not what it stood for.
	 */
	save(trust);
	trust_free(trust);
	kept = sh_out("grep -c '\"keys\"' " FILE_PATH " || true");
	cr_assert_str_eq(kept, "0");
	rooted_end(&rooted);
}

Test(trust, a_pinned_root_that_is_not_here_is_no_trust_in_anybody)
{
	struct rooted rooted = rooted_make();
	struct trust *trust = NULL;
	struct intoto_error err = { 0 };

	rooted_put(&rooted);
	pin(rooted.pin);
	sh("git update-ref -d " ROOT_REF);
	cr_assert_eq(load_code(), INTOTO_ENOTFOUND);
	cr_assert_eq(trust_load_local(&trust, repo, &err), 0);
	cr_assert_eq(trust->n_keys, 0);
	cr_assert_eq(trust->n_layouts, 0);
	cr_assert_not(trust_is_empty(trust));
	trust_free(trust);
	rooted_end(&rooted);
}

Test(trust, a_file_with_a_root_and_keys_is_refused)
{
	struct rooted rooted = rooted_make();

	rooted_put(&rooted);
	pin(rooted.pin);
	sh("cp " FILE_PATH " saved");
	static const char *const beside[] = { "\"keys\":[]", "\"threshold\":0",
					      "\"layouts\":[]" };
	for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
		sh("sed 's/\"root\"/%s,&/' saved >" FILE_PATH, beside[i]);
		cr_assert_eq(load_code(), INTOTO_EINVALID);
	}
	sh("sed 's/\"root\":\"../\"root\":\"/' saved >" FILE_PATH);
	cr_assert_eq(load_code(), INTOTO_EINVALID);
	sh("sed 's/\"root\":\"[0-9a-f]*\"/\"root\":null/' saved >" FILE_PATH);
	cr_assert_eq(load_code(), INTOTO_EINVALID);
	rooted_end(&rooted);
}

Test(trust, another_pin_is_refused_unless_it_is_of_the_same_chain)
{
	struct rooted rooted = rooted_make();
	struct trust *trust;
	struct intoto_error err = { 0 };
	char second[SHA256_HEX_SIZE];
	char wrong[SHA256_HEX_SIZE];

	rooted_put(&rooted);
	pin(rooted.pin);
	trust = load();
	memset(wrong, 'a', sizeof(wrong) - 1);
	wrong[sizeof(wrong) - 1] = '\0';
	cr_assert_eq(trust_pin_root(trust, wrong, &err), -1);
	cr_assert_str_eq(err.reason, "root-pinned");
	cr_assert_str_eq(trust->root_pin, rooted.pin);
	root_digest(second, &rooted.v2);
	cr_assert_eq(trust_pin_root(trust, second, &err), 0, "%s", err.message);
	cr_assert_str_eq(trust->root_pin, second);
	cr_assert_eq(trust_unpin_root(trust, rooted.pin, &err), -1);
	cr_assert_eq(trust_unpin_root(trust, second, &err), 0);
	cr_assert(trust_is_empty(trust));
	cr_assert(trust->layouts_default);
	trust_free(trust);
	rooted_end(&rooted);
}

Test(trust, what_is_no_digest_is_no_pin)
{
	static const char *const bad[] = {
		"", "sha256:", "abcd", "sha512:abcd",
		("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	};
	struct trust *trust = load();
	struct intoto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_eq(trust_pin_root(trust, bad[i], &err), -1);
	cr_assert_str_eq(trust->root_pin, "");
	trust_free(trust);
}

Test(trust, a_root_of_another_project_than_the_pinned_one_is_refused)
{
	struct rooted rooted = rooted_make();
	struct trust *trust = load();
	struct intoto_error err = { 0 };

	cr_assert_eq(trust_pin_project(trust, OTHER, &err), 0);
	save(trust);
	trust_free(trust);
	rooted_put(&rooted);
	pin(rooted.pin);
	cr_assert_eq(trust_load(&trust, repo, &err), -1);
	cr_assert_str_eq(err.reason, "trust-project");
	rooted_end(&rooted);
}

Test(trust, a_chain_without_the_pinned_version_is_not_used)
{
	struct rooted rooted = rooted_make();
	struct trust *trust = trust_new();
	struct root_chain *chain = NULL;
	struct intoto_error err = { 0 };
	char wrong[SHA256_HEX_SIZE];

	rooted_put(&rooted);
	memset(wrong, 'a', sizeof(wrong) - 1);
	wrong[sizeof(wrong) - 1] = '\0';
	cr_assert_eq(trust_pin_root(trust, wrong, &err), 0);
	cr_assert_eq(root_chain_load(&chain, repo, "", NULL, &err), 0);
	cr_assert_eq(trust_use_root(trust, chain, &err), -1);
	cr_assert_str_eq(err.reason, "root-pin");
	cr_assert_eq(trust->n_keys, 0);
	root_chain_free(chain);
	trust_free(trust);
	rooted_end(&rooted);
}

Test(trust, only_the_newest_version_is_asked_whether_it_expired)
{
	struct rooted rooted = rooted_make();
	scoped_text one = NULL;
	scoped_text two = NULL;
	struct intoto_error err = { 0 };
	struct trust *trust;

	rooted_put(&rooted);
	rooted.v1.expires = 1000;
	rooted.v2.expires = 2000;
	one = root_line(&rooted.v1, BY(&rooted.alice, &rooted.bob));
	two = root_line(&rooted.v2, BY(&rooted.alice, &rooted.bob));
	put_root(repo, ROOT_REF, (const char *const[]){ one, two }, 2);
	root_digest(rooted.pin, &rooted.v1);
	pin(rooted.pin);
	trust = load();
	cr_assert_eq(trust_check_expiry(trust, 1999, &err), 0);
	cr_assert_eq(trust_check_expiry(trust, 2000, &err), -1);
	cr_assert_str_eq(err.reason, "root-expired");
	cr_assert(strstr(err.hint, "git intoto trust rotate"));
	trust_free(trust);
	trust = trust_new();
	cr_assert_eq(trust_check_expiry(trust, INT64_MAX, &err), 0);
	trust_free(trust);
	rooted_end(&rooted);
}

Test(trust, owners_of_before_are_known_and_strangers_never_were)
{
	struct rooted rooted = rooted_make();
	const struct root_text any = { .version = 7,
				       .threshold = 1,
				       .keys = { &rooted.carol } };
	struct trust *trust;

	rooted_put(&rooted);
	pin(rooted.pin);
	trust = load();
	/* What is signed matters not here: any envelope will do. */
	scoped(envelope) both =
		root_envelope(&any, BY(&rooted.alice, &rooted.bob));
	scoped(envelope) alice = root_envelope(&any, BY(&rooted.alice));
	scoped(envelope) bob = root_envelope(&any, BY(&rooted.bob));
	scoped(envelope) carol = root_envelope(&any, BY(&rooted.carol));

	cr_assert(trust_signed_once(trust, both, 0));
	cr_assert(trust_signed_once(trust, bob, 0));
	cr_assert_not(trust_signed_once(trust, alice, 0));
	cr_assert_not(trust_signed_once(trust, carol, 0));
	cr_assert(
		key_same(trust_owner_once(trust, alice, 0), rooted.alice.key));
	cr_assert(key_same(trust_owner_once(trust, bob, 0), rooted.bob.key));
	cr_assert_null(trust_owner_once(trust, carol, 0));
	trust_free(trust);
	rooted_end(&rooted);
}

static size_t n_warnings(const struct trust *trust)
{
	scoped_value(report) warnings = REPORT_INIT;

	trust_warn_root(&warnings, repo, trust);
	return warnings.warnings.n;
}

Test(trust, a_root_that_is_not_pinned_is_a_warning_to_who_trusts_keys)
{
	struct rooted rooted = rooted_make();
	struct trust *trust = load();

	cr_assert_eq(n_warnings(trust), 0);
	trust_add_key(NULL, trust, rooted.carol.key);
	cr_assert_eq(n_warnings(trust), 0);
	rooted_put(&rooted);
	cr_assert_eq(n_warnings(trust), 1);
	trust_free(trust);
	pin(rooted.pin);
	trust = load();
	cr_assert_eq(n_warnings(trust), 0);
	trust_free(trust);
	rooted_end(&rooted);
}

Test(trust, a_root_that_was_seen_is_remembered_with_its_digest)
{
	struct rooted rooted = rooted_make();
	char digest[SHA256_HEX_SIZE], second[SHA256_HEX_SIZE];
	struct intoto_error err = { 0 };
	uint64_t version = 9;

	cr_assert_eq(seen_root(&version, digest, repo, PROJECT, &err), 0);
	cr_assert_eq(version, 0);
	rooted_put(&rooted);
	pin(rooted.pin);
	trust_free(load());
	cr_assert_eq(seen_root(&version, digest, repo, PROJECT, &err), 0);
	cr_assert_eq(version, 2);
	root_digest(second, &rooted.v2);
	cr_assert_str_eq(digest, second);
	sh("sed -i 's/\"digest\":\"./\"digest\":\"/' .git/intoto/seen.json");
	cr_assert_eq(load_code(), INTOTO_EINVALID);
	sh("sed -i 's/\"roots\":{/\"roots\":[],\"x\":{/' "
	   ".git/intoto/seen.json");
	cr_assert_eq(load_code(), INTOTO_EINVALID);
	rooted_end(&rooted);
}

/* Who serves a chain can sign a later version as well, and put what they like
 * before it. */
Test(trust, what_is_before_the_pinned_version_vouches_for_nobody)
{
	struct rooted rooted = rooted_make();
	const struct root_text any = { .version = 7,
				       .threshold = 1,
				       .keys = { &rooted.carol } };
	const struct root_text made_up = { .version = 1,
					   .threshold = 1,
					   .project = PROJECT,
					   .keys = { &rooted.carol } };
	scoped(envelope) carol = root_envelope(&any, BY(&rooted.carol));
	scoped_text one = root_line(&made_up, BY(&rooted.carol));
	scoped_text two = NULL;
	struct trust *trust;

	rooted_put(&rooted);
	two = root_line(&rooted.v2,
			BY(&rooted.alice, &rooted.bob, &rooted.carol));
	root_digest(rooted.pin, &rooted.v2);
	put_root(repo, "refs/in-toto-remotes/origin/root",
		 (const char *const[]){ one, two }, 2);
	pin(rooted.pin);
	trust = load();
	cr_assert_null(trust_owner_once(trust, carol, 0));
	cr_assert_not(trust_signed_once(trust, carol, 0));
	trust_free(trust);
	sh("git update-ref -d " ROOT_REF);
	trust = load();
	cr_assert(key_same(trust->keys[0], rooted.bob.key));
	cr_assert_null(trust_owner_once(trust, carol, 0));
	cr_assert_not(trust_signed_once(trust, carol, 0));
	trust_free(trust);
	rooted_end(&rooted);
}
