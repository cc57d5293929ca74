/* test_trust.c: what is believed in a clone, and what was seen there. */
#include <sys/stat.h>

#include "git_tools.h"
#include "people.h"

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
