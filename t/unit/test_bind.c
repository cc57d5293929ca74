/* test_bind.c: does a link speak of this tag? */
#include "policy_tools.h"

static struct world world;

static void setup(void)
{
	world = world_make();
}

static void teardown(void)
{
	world_end(&world);
}

TestSuite(bind, .init = setup, .fini = teardown);

/* The reason of the refusal, or "" and how it is bound; frees the link. */
static enum binding bound;
static const char *reason(struct link *link)
{
	static struct intoto_error err;

	err = (struct intoto_error){ 0 };
	if (bind_link(&bound, link, world.facts, &err) < 0)
		cr_assert_eq(err.code, INTOTO_EREJECTED, "%s", err.message);
	link_free(link);
	return err.reason;
}

#define ZERO64                             \
	"00000000000000000000000000000000" \
	"00000000000000000000000000000000"
#define ZERO40 "0000000000000000000000000000000000000000"

static struct link *with(const char *name, json_t *value)
{
	struct link *link = make_link(&world, "build");

	set_git(link, name, value);
	return link;
}

Test(bind, a_link_that_names_the_tag_is_bound_by_name)
{
	cr_assert_str_eq(reason(make_link(&world, "build")), "");
	cr_assert_eq(bound, BOUND_BY_NAME);
	cr_assert_str_eq(reason(with("env", json_pack("{s:s}", "TZ", "UTC"))),
			 "");
	cr_assert_str_eq(reason(with("filtered", json_pack("[s]", "a"))), "");
	cr_assert_str_eq(reason(with("layouts",
				     json_pack("{s:s}", "release", ZERO64))),
			 "");
}

Test(bind, each_member_is_compared)
{
	cr_assert_str_eq(reason(with("project", json_string(OTHER_PROJECT))),
			 "link-other-project");
	cr_assert_str_eq(reason(with("ref", json_string("refs/tags/v2"))),
			 "link-other-tag");
	cr_assert_str_eq(reason(with("tag", json_string(ZERO40))),
			 "link-other-tag");
	cr_assert_str_eq(reason(with("tagSha256", json_string(ZERO64))),
			 "link-other-tag");
	cr_assert_str_eq(reason(with("commit", json_string(ZERO40))),
			 "link-other-commit");
	cr_assert_str_eq(reason(with("tree", json_string(ZERO40))),
			 "link-environment");
	cr_assert_str_eq(reason(with("manifestSha256", json_string(ZERO64))),
			 "link-environment");
}

Test(bind, a_missing_extra_or_ill_typed_member_unbinds)
{
	cr_assert_str_eq(reason(with("project", NULL)), "link-environment");
	cr_assert_str_eq(reason(with("tag", NULL)), "link-environment");
	cr_assert_str_eq(reason(with("layouts", NULL)), "link-environment");
	cr_assert_str_eq(reason(with("note", json_string("x"))),
			 "link-environment");
	cr_assert_str_eq(reason(with("commit", json_integer(1))),
			 "link-environment");
	cr_assert_str_eq(reason(with("layouts", json_string("x"))),
			 "link-environment");
	cr_assert_str_eq(reason(with("layouts", json_pack("{s:s}", "a", "b"))),
			 "link-environment");
	cr_assert_str_eq(reason(with("filtered", json_pack("[i]", 1))),
			 "link-environment");
	cr_assert_str_eq(reason(with("revokes", json_string("tag"))),
			 "link-environment");
	cr_assert_str_eq(reason(with("project",
				     json_string("0123456789ABCDEF"
						 "0123456789ABCDEF"))),
			 "link-environment");
}

Test(bind, what_is_no_object_never_falls_back_to_content)
{
	struct link *link = make_link(&world, "build");

	json_object_set_new(link->environment, "git", json_null());
	cr_assert_str_eq(reason(link), "link-environment");
	link = make_link(&world, "build");
	json_object_set_new(link->environment, "git", json_object());
	cr_assert_str_eq(reason(link), "link-environment");
}

Test(bind, a_link_of_the_commit_is_bound_by_commit)
{
	struct link *link = with("ref", NULL);

	set_git(link, "tag", NULL);
	set_git(link, "tagSha256", NULL);
	cr_assert_str_eq(reason(link), "");
	cr_assert_eq(bound, BOUND_BY_COMMIT);

	link = with("ref", NULL);
	set_git(link, "tag", NULL);
	set_git(link, "tagSha256", NULL);
	set_git(link, "commit", json_string(ZERO40));
	cr_assert_str_eq(reason(link), "link-other-commit");

	link = with("ref", NULL);
	set_git(link, "tag", NULL);
	set_git(link, "tagSha256", NULL);
	set_git(link, "env", json_object());
	cr_assert_str_eq(reason(link), "link-environment");
}

Test(bind, without_environment_the_materials_must_be_the_trees)
{
	struct link *link = make_link(&world, "build");
	struct intoto_error err = { 0 };
	uint8_t sum[SHA256_SIZE] = { 0 };

	json_object_del(link->environment, "git");
	cr_assert_str_eq(reason(link), "");
	cr_assert_eq(bound, BOUND_BY_CONTENT);

	cr_assert_str_eq(reason(link_new("build")), "link-unbound");

	link = link_new("build");
	artifacts_add(link->materials, "file", 4, sum);
	artifacts_finish(link->materials, &err);
	cr_assert_str_eq(reason(link), "link-unbound");

	link = link_new("build");
	sha256(sum, "hello\n", 6);
	artifacts_add(link->materials, "file", 4, sum);
	artifacts_finish(link->materials, &err);
	cr_assert_str_eq(reason(link), "");

	link = link_new("build");
	artifacts_add(link->materials, "file", 4, sum);
	artifacts_add(link->materials, "other", 5, sum);
	artifacts_finish(link->materials, &err);
	cr_assert_str_eq(reason(link), "link-unbound");
}

Test(bind, only_modes_that_differ_are_told_so)
{
	struct link *link = with("manifestSha256", json_string(ZERO64));
	struct intoto_error err = { 0 };
	enum binding binding;

	cr_assert_eq(bind_link(&binding, link, world.facts, &err), -1);
	cr_assert(strstr(err.message, "modes"), "%s", err.message);
	cr_assert(strstr(err.message, ZERO64));
	link_free(link);
}

Test(bind, a_withdrawal_says_what_it_takes_back)
{
	struct link *link = link_new("revoke");

	cr_assert_null(bind_revokes(link));
	json_object_set_new(link->environment, "git",
			    bind_environment(world.facts, NULL));
	cr_assert_null(bind_revokes(link));
	set_git(link, "revokes", json_string("tag"));
	cr_assert_str_eq(bind_revokes(link), "tag");
	set_git(link, "revokes", json_string(ZERO64));
	cr_assert_str_eq(bind_revokes(link), ZERO64);
	cr_assert_str_eq(reason(link), "");

	link = with("revokes", json_string("tag"));
	cr_assert_null(bind_revokes(link));
	link_free(link);
	link = link_new("revoke");
	json_object_set_new(link->environment, "git",
			    bind_environment(world.facts, NULL));
	set_git(link, "revokes", json_string("everything"));
	cr_assert_null(bind_revokes(link));
	link_free(link);
}

static const char *facts_reason(const char *ref)
{
	static struct intoto_error err;
	struct tag_facts *facts = NULL;

	err = (struct intoto_error){ 0 };
	cr_assert_eq(tag_facts_read(&facts, world.repo, ref, NULL, NULL, NULL,
				    &err),
		     -1);
	cr_assert_null(facts);
	return err.code == INTOTO_EREJECTED ? err.reason : "not rejected";
}

Test(bind, a_tag_under_another_name_is_refused)
{
	sh("git update-ref refs/tags/v2 refs/tags/v1");
	cr_assert_str_eq(facts_reason("refs/tags/v2"), "tag-renamed");
	sh("git tag light");
	cr_assert_str_eq(facts_reason("refs/tags/light"), "tag-lightweight");
	cr_assert_str_eq(facts_reason("refs/tags/none"), "not rejected");
}
