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

Test(bind, a_parent_is_a_path_of_steps_and_keyids)
{
	static const char *const good[] = {
		"build.01234567",
		"a.b c.89abcdef",
		"build.01234567/inner.89abcdef",
	};
	static const char *const bad[] = {
		"",
		"build",
		".01234567",
		"build.0123456",
		"build.012345678",
		"build.0123456G",
		"build.ABCDEF01",
		"build.01234567/",
		"/build.01234567",
		"../build.01234567/..",
		"a/b.01234567",
		"..01234567/build",
		"...01234567",
		"build.01234567//inner.89abcdef",
		"\x01.01234567",
	};
	scoped_value(buffer) deep = BUFFER_INIT;
	enum binding binding;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct link *link = with("parent", json_string(good[i]));
		struct intoto_error err = { 0 };

		cr_expect(bind_parent_ok(good[i]), "%s", good[i]);
		cr_expect_eq(bind_link(&binding, link, world.facts, &err), 0,
			     "%s", err.message);
		cr_expect_str_eq(bind_parent(link), good[i]);
		link_free(link);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_expect_not(bind_parent_ok(bad[i]), "%s", bad[i]);
		cr_expect_str_eq(reason(with("parent", json_string(bad[i]))),
				 "link-environment", "%s", bad[i]);
	}
	for (size_t i = 0; i < 17; i++)
		buffer_printf(&deep, "%sa.01234567", i ? "/" : "");
	cr_expect_not(bind_parent_ok(buffer_text(&deep)));
	cr_expect(bind_parent_ok(buffer_text(&deep) + strlen("a.01234567/")));
}

static const char *value_of(const struct parameters *parameters,
			    const char *name)
{
	for (size_t i = 0; i < parameters->n; i++)
		if (!strcmp(parameters->items[i].name, name))
			return parameters->items[i].value;
	return NULL;
}

Test(bind, the_parameters_are_the_tags_own)
{
	struct intoto_error err = { 0 };
	scoped_value(parameters) own = { 0 };
	scoped_value(parameters) given = { 0 };
	scoped_value(parameters) both = { 0 };
	scoped_value(parameters) wrong = { 0 };
	char commit[OID_HEX_SIZE];

	oid_hex(commit, &world.facts->tag.commit);
	cr_assert_eq(bind_parameters(&own, world.facts, NULL, &err), 0);
	cr_expect_str_eq(value_of(&own, "TAG"), "v1");
	cr_expect_str_eq(value_of(&own, "VERSION"), "1");
	cr_expect_str_eq(value_of(&own, "COMMIT"), commit);
	cr_expect_not(own.strict);
	parameters_set(&given, "FLAVOUR", "x");
	cr_assert_eq(bind_parameters(&both, world.facts, &given, &err), 0);
	cr_expect_str_eq(value_of(&both, "FLAVOUR"), "x");
	cr_expect(both.strict);
	parameters_set(&given, "VERSION", "2");
	cr_expect_eq(bind_parameters(&wrong, world.facts, &given, &err), -1);
	cr_expect_eq(err.code, INTOTO_EINVALID);
}

Test(bind, only_a_v_before_a_digit_is_no_part_of_the_version)
{
	static const char *const names[][2] = {
		{ "v1.2", "1.2" },    { "1.2", "1.2" },
		{ "vault", "vault" }, { "v", "v" },
		{ "vv1", "vv1" },     { "release-v1", "release-v1" },
	};
	char *name = world.facts->tag.name;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		scoped_value(parameters) parameters = { 0 };
		struct intoto_error err = { 0 };

		world.facts->tag.name = (char *)names[i][0];
		cr_assert_eq(bind_parameters(&parameters, world.facts, NULL,
					     &err),
			     0);
		cr_expect_str_eq(value_of(&parameters, "VERSION"), names[i][1]);
	}
	world.facts->tag.name = name;
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

Test(bind, of_a_commit_alone_only_its_own_links_are_bound)
{
	struct intoto_error err = { 0 };
	scoped(tag_facts) facts = NULL;
	scoped(link) of_commit = make_link(&world, "review");
	scoped(link) of_tag = make_link(&world, "review");
	json_t *git;

	cr_assert_eq(tag_facts_read_commit(&facts, world.repo,
					   &world.facts->tag.commit,
					   world.facts->project, NULL, &err),
		     0, "%s", err.message);
	cr_expect_null(facts->ref);
	git = bind_environment(facts, NULL);
	cr_expect_eq(json_object_size(git), 5);
	cr_expect_null(json_object_get(git, "tag"));
	json_object_set_new(of_commit->environment, "git", git);
	json_object_set_new(of_tag->environment, "git",
			    bind_environment(world.facts, NULL));
	cr_assert_eq(bind_link(&bound, of_commit, facts, &err), 0, "%s",
		     err.message);
	cr_expect_eq(bound, BOUND_BY_COMMIT);
	cr_assert_eq(bind_link(&bound, of_commit, world.facts, &err), 0);
	cr_expect_eq(bound, BOUND_BY_COMMIT);
	cr_assert_eq(bind_link(&bound, of_tag, facts, &err), -1);
	cr_expect_str_eq(err.reason, "link-other-tag");
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
