/* test_impact.c: which tags a change of a layout leaves unproven. */
#include "seal_tools.h"

#include "policy/impact.h"

static struct world world;
static struct layout_text text;
static struct intoto_error err;
static struct strlist stopping;
static char digest[SHA256_HEX_SIZE];
static char *lines[3];

static void setup(void)
{
	world = world_make();
	text = (struct layout_text)LAYOUT_TEXT;
}

static void teardown(void)
{
	strlist_release(&stopping);
	free(lines[0]);
	free(lines[1]);
	world_end(&world);
}

TestSuite(impact, .init = setup, .fini = teardown);

static void prove(void)
{
	scoped_text layout = layout_line(&world, &text, &world.owner);
	struct link *link = make_link(&world, "build");

	layout_digest_of(digest, layout);
	put_layout(&world, xstrdup(layout));
	add_product(link, "dist/a.tar", "tar");
	lines[0] = link_line(make_link(&world, "tag"), &world.alice);
	lines[1] = link_line(link, &world.bob);
	add_line(&world, xstrdup(lines[0]));
	add_line(&world, xstrdup(lines[1]));
}

/* How many tags the layout as `text` has it would stop. */
static size_t stops(void)
{
	scoped(envelope) next =
		envelope_of(layout_line(&world, &text, &world.owner));

	strlist_release(&stopping);
	stopping = (struct strlist)STRLIST_INIT;
	cr_assert_eq(impact_of_layout(&stopping, world.repo, world.trust,
				      "release", next->layout, clock_now(),
				      NULL, &err),
		     0, "%s", err.message);
	return stopping.n;
}

Test(impact, the_same_rules_stop_nothing)
{
	prove();
	text.version = 2;
	cr_assert_eq(stops(), 0);
}

Test(impact, a_stricter_layout_stops_what_it_would_refuse)
{
	prove();
	text.tag_threshold = 3;
	cr_assert_eq(stops(), 1);
	cr_assert_str_eq(stopping.items[0], TAG);
}

Test(impact, a_tag_that_is_sealed_does_not_stop)
{
	scoped_json seal = NULL;
	scoped_text payload = NULL;

	prove();
	text.tag_threshold = 3;
	cr_assert_eq(stops(), 1);
	seal = seal_of(&world, digest, (const char *const *)lines, clock_now());
	payload = payload_of(seal);
	add_line(&world, statement_line(payload, &world.alice));
	cr_assert_eq(stops(), 1);
	add_line(&world, statement_line(payload, &world.owner));
	cr_assert_eq(stops(), 0);
}

Test(impact, what_does_not_verify_now_cannot_stop)
{
	prove();
	add_line(&world, revoke_line(&world, "tag", &world.owner));
	text.tag_threshold = 3;
	cr_assert_eq(stops(), 0);
}

Test(impact, a_layout_that_expired_is_judged_as_if_it_had_not)
{
	text.expires = "2001-01-01T00:00:00Z";
	prove();
	text.tag_threshold = 3;
	cr_assert_eq(stops(), 1);
}

Test(impact, where_nobody_is_trusted_nothing_is_proven)
{
	prove();
	trust_free(world.trust);
	world.trust = trust_new();
	text.tag_threshold = 3;
	cr_assert_eq(stops(), 0);
}

Test(impact, unsigned_and_lightweight_tags_are_passed_over)
{
	prove();
	sh("git tag light && git tag -a -m x unsigned");
	text.tag_threshold = 3;
	cr_assert_eq(stops(), 1);
}

Test(impact, a_link_that_lies_of_the_tree_hides_nothing)
{
	struct link *lie = make_link(&world, "tag");

	prove();
	set_git(lie, "manifestSha256", json_string(digest));
	add_line(&world, link_line(lie, &world.bob));
	text.tag_threshold = 3;
	cr_assert_eq(stops(), 1);
	text.tag_threshold = 1;
	text.build_rules = "[[\"ALLOW\",\"*\"]]";
	cr_assert_eq(stops(), 0);
}

Test(impact, links_that_all_lie_prove_nothing_that_could_stop)
{
	scoped_text layout = layout_line(&world, &text, &world.owner);
	struct link *tag = make_link(&world, "tag");
	struct link *build = make_link(&world, "build");

	put_layout(&world, xstrdup(layout));
	set_git(tag, "manifestSha256",
		json_string("00000000000000000000000000000000000000000000000000"
			    "00000000000000"));
	set_git(build, "manifestSha256",
		json_string("00000000000000000000000000000000000000000000000000"
			    "00000000000000"));
	add_line(&world, link_line(tag, &world.alice));
	add_line(&world, link_line(build, &world.bob));
	text.tag_threshold = 3;
	cr_assert_eq(stops(), 0);
}
