/* test_judge.c: is a tag proven, and are these files? */
#include "policy_tools.h"
#include "root_tools.h"

#include "policy/judge_internal.h"
#include "policy/products.h"

static struct world world;
static struct layout_text text;
static struct judge_options options;
static struct intoto_error err;
static struct judgement *judgement;

static void setup(void)
{
	world = world_make();
	text = (struct layout_text)LAYOUT_TEXT;
	options = (struct judge_options){
		.trust = world.trust,
		.now = clock_now(),
	};
}

static void teardown(void)
{
	judgement_free(judgement);
	world_end(&world);
}

TestSuite(judge, .init = setup, .fini = teardown);

static int judge(void)
{
	err = (struct intoto_error){ 0 };
	judgement_free(take(judgement));
	return judge_tag(&judgement, world.repo, TAG, &options, &err);
}

/* "" if accepted, else the first reason. */
static const char *verdict(void)
{
	cr_assert_eq(judge(), 0, "%s", err.message);
	if (judgement_accepts(judgement))
		return "";
	cr_assert_gt(judgement->report.n, 0);
	return judgement->report.items[0].reason;
}

static bool refuses(const char *reason)
{
	const char *first = verdict();

	return *first && report_has(&judgement->report, reason);
}

static const struct finding *finding_of(const char *reason)
{
	for (size_t i = 0; i < judgement->report.n; i++)
		if (!strcmp(judgement->report.items[i].reason, reason))
			return &judgement->report.items[i];
	cr_assert_fail("no finding %s", reason);
	return NULL;
}

static void put_default_layout(void)
{
	put_layout(&world, layout_line(&world, &text, &world.owner));
}

static char *tag_line(const struct person *by)
{
	return link_line(make_link(&world, "tag"), by);
}

static struct link *build_link(const char *content)
{
	struct link *link = make_link(&world, "build");

	add_product(link, "dist/a.tar", content);
	return link;
}

static char *build_line(const struct person *by, const char *content)
{
	return link_line(build_link(content), by);
}

/* Everything that the layout asks for. */
static void prove(void)
{
	put_default_layout();
	add_line(&world, tag_line(&world.alice));
	add_line(&world, build_line(&world.bob, "tar"));
}

static void give_file(const char *const *file)
{
	options.files = file;
	options.n_files = 1;
}

Test(judge, a_proven_tag_is_accepted_and_shown)
{
	const struct judged_layout *layout;

	prove();
	cr_assert_str_eq(verdict(), "", "%s", err.message);
	cr_assert_eq(judgement->report.warnings.n, 0);
	cr_assert_str_eq(judgement->project, PROJECT);
	layout = &judgement->layouts[0];
	cr_assert(layout->holds && layout->demanded && layout->in_force);
	cr_assert_eq(layout->n_steps, 2);
	cr_assert(layout->steps[0].holds);
	cr_assert_str_eq(layout->steps[0].evidence,
			 "tag signature, link, 2 of 2 paths equal the tree");
	cr_assert_eq(layout->steps[0].n_by, 2);
	cr_assert_str_eq(layout->steps[1].evidence, "1 of 1 links, 2 rules");
}

Test(judge, an_acceptance_pins_the_project_and_the_version)
{
	struct trust *stored = NULL;
	uint64_t version = 0;

	prove();
	cr_assert_eq(trust_save(world.trust, world.repo, &err), 0);
	options.no_side_effects = true;
	cr_assert_str_eq(verdict(), "");
	cr_assert_eq(trust_load(&stored, world.repo, &err), 0);
	cr_assert_str_eq(stored->project, "");
	trust_free(take(stored));
	options.no_side_effects = false;
	cr_assert_str_eq(verdict(), "");
	cr_assert_eq(trust_load(&stored, world.repo, &err), 0);
	cr_assert_str_eq(stored->project, PROJECT);
	trust_free(stored);
	cr_assert_eq(seen_version(&version, world.repo, PROJECT, "release",
				  &err),
		     0);
	cr_assert_eq(version, 1);
}

Test(judge, without_trust_nothing_can_be_told)
{
	prove();
	trust_free(world.trust);
	world.trust = trust_new();
	options.trust = world.trust;
	cr_assert_eq(judge(), -1);
	cr_assert_eq(err.code, INTOTO_ETRUST);
	cr_assert(strstr(err.hint, "git intoto trust add"));
}

Test(judge, without_a_layout_or_a_tag_nothing_can_be_told)
{
	cr_assert_eq(judge(), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert(strstr(err.message, "no layout 'release'"));
	prove();
	cr_assert_eq(judge_tag(&judgement, world.repo, "refs/tags/none",
			       &options, &err),
		     -1);
	cr_assert_str_eq(err.message, "no tag 'none'");
}

Test(judge, a_tag_without_links_is_refused)
{
	put_default_layout();
	cr_assert_str_eq(verdict(), "tag-unlinked");
	cr_assert(report_has(&judgement->report, "link-missing"));
	cr_assert_eq(judgement->report.n, 2);
}

Test(judge, an_unsigned_tag_is_refused)
{
	prove();
	sh("git tag -d v1 && git tag -a -m v1 v1");
	cr_assert_str_eq(verdict(), "tag-unsigned");
	cr_assert_str_eq(finding_of("tag-unsigned")->message,
			 "tag 'v1' carries no signature");
}

Test(judge, a_lightweight_tag_is_refused)
{
	prove();
	sh("git tag -d v1 && git tag v1");
	cr_assert_str_eq(verdict(), "tag-lightweight");
	cr_assert(strstr(finding_of("tag-lightweight")->hint, "git tag -s"));
}

Test(judge, a_lightweight_copy_of_the_remotes_tag_can_be_fetched)
{
	prove();
	sh("git clone -q --bare . ../server.git && "
	   "git remote add origin ../server.git && "
	   "git tag -d v1 && git tag v1");
	repo_free(world.repo);
	world.repo = open_repo();
	cr_assert_str_eq(verdict(), "tag-lightweight");
	cr_assert_str_eq(finding_of("tag-lightweight")->hint,
			 "git fetch --force origin refs/tags/v1:refs/tags/v1");
	options.no_side_effects = true;
	cr_assert_str_eq(verdict(), "tag-lightweight");
	cr_assert(strstr(finding_of("tag-lightweight")->hint, "git tag -s"));
}

Test(judge, a_tag_signed_by_a_stranger_is_refused)
{
	prove();
	sh("git tag -d v1 && "
	   "git -c user.signingKey=../stranger.pub tag -s -m v1 v1");
	cr_assert_str_eq(verdict(), "tag-signer");
	cr_assert(strstr(finding_of("tag-signer")->found, "ssh SHA256:"));
}

Test(judge, a_tag_that_was_moved_has_no_links)
{
	prove();
	sh("git commit -q --allow-empty -m more && git tag -s -f -m v1 v1");
	cr_assert_str_eq(verdict(), "tag-unlinked");
}

Test(judge, a_link_of_another_tag_is_named_when_it_is_missed)
{
	struct link *link = make_link(&world, "tag");

	put_default_layout();
	set_git(link, "ref", json_string("refs/tags/v2"));
	add_line(&world, link_line(link, &world.alice));
	add_line(&world, build_line(&world.bob, "tar"));
	cr_assert(refuses("link-other-tag"));
	cr_assert(warns_of(&judgement->report, "[link-other-tag]"));

	add_line(&world, tag_line(&world.alice));
	cr_assert_str_eq(verdict(), "");
	cr_assert(warns_of(&judgement->report, "[link-other-tag]"));
}

Test(judge, a_link_of_another_project_is_refused)
{
	struct link *link = make_link(&world, "tag");

	put_default_layout();
	set_git(link, "project", json_string(OTHER_PROJECT));
	add_line(&world, link_line(link, &world.alice));
	add_line(&world, build_line(&world.bob, "tar"));
	cr_assert(refuses("link-other-project"));
}

Test(judge, the_tag_step_must_be_bound_by_name)
{
	struct link *link = make_link(&world, "tag");

	put_default_layout();
	json_object_del(link->environment, "git");
	add_line(&world, link_line(link, &world.alice));
	link = build_link("tar");
	json_object_del(link->environment, "git");
	add_line(&world, link_line(link, &world.bob));
	cr_assert(refuses("link-unbound"));
	cr_assert_eq(judgement->layouts[0].steps[1].n_by, 1);

	add_line(&world, tag_line(&world.alice));
	cr_assert_str_eq(verdict(), "");
}

Test(judge, links_of_the_commit_count_but_not_for_the_tag_step)
{
	static const char *const members[] = { "ref", "tag", "tagSha256" };
	struct link *links[] = { make_link(&world, "tag"), build_link("tar") };

	put_default_layout();
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(members); j++)
			set_git(links[i], members[j], NULL);
		add_line_on(&world, &world.facts->tag.commit,
			    link_line(links[i], &world.alice));
	}
	cr_assert(refuses("link-unbound"));
	cr_assert_eq(judgement->layouts[0].steps[1].n_by, 1);
}

Test(judge, materials_that_differ_from_the_tree_are_named)
{
	struct link *link = make_link(&world, "tag");
	uint8_t sum[SHA256_SIZE] = { 0 };

	put_default_layout();
	artifacts_free(link->materials);
	link->materials = artifacts_new();
	artifacts_add(link->materials, "file", 4, sum);
	artifacts_add(link->materials, "new", 3, sum);
	cr_assert_eq(artifacts_finish(link->materials, &err), 0);
	add_line(&world, link_line(link, &world.alice));
	add_line(&world, build_line(&world.bob, "tar"));
	cr_assert(refuses("tree-changed"));
	cr_assert_str_eq(finding_of("tree-changed")->artifact, "file");
	cr_assert_str_eq(finding_of("tree-missing")->artifact, "src/a");
	cr_assert_str_eq(finding_of("tree-extra")->artifact, "new");
	cr_assert(strstr(finding_of("tree-changed")->expected, "sha256 "));

	/* It stays a refusal beside a good link of somebody else. */
	add_line(&world, tag_line(&world.bob));
	cr_assert(refuses("tree-changed"));
}

Test(judge, what_a_stranger_says_of_the_tree_is_no_matter)
{
	struct link *link = make_link(&world, "tag");

	prove();
	artifacts_free(link->materials);
	link->materials = artifacts_new();
	cr_assert_eq(artifacts_finish(link->materials, &err), 0);
	add_line(&world, link_line(link, &world.mallory));
	cr_assert_str_eq(verdict(), "");
}

Test(judge, a_threshold_is_met_by_different_keys_that_saw_the_tree)
{
	text.tag_threshold = 2;
	prove();
	cr_assert(refuses("step-threshold"));
	add_line(&world, link_line(make_link(&world, "tag"), &world.mallory));
	cr_assert(refuses("step-threshold"));
	add_line(&world, tag_line(&world.bob));
	cr_assert_str_eq(verdict(), "");
	cr_assert_str_eq(judgement->layouts[0].steps[0].evidence,
			 "tag signature, 2 of 2 links, 2 of 2 paths equal the "
			 "tree");
}

Test(judge, a_link_filed_under_another_step_is_refused)
{
	put_default_layout();
	add_line(&world, tag_line(&world.alice));
	add_line(&world, link_line(make_link(&world, "build"), &world.mallory));
	cr_assert(refuses("step-threshold"));
}

Test(judge, two_links_of_one_key_contradict_until_one_is_withdrawn)
{
	scoped_text first = NULL;
	char identity[SHA256_HEX_SIZE];

	prove();
	first = build_line(&world.bob, "tar");
	line_identity(identity, first);
	add_line(&world, build_line(&world.bob, "another"));
	cr_assert(refuses("link-contradicts"));
	cr_assert_not(judgement->layouts[0].steps[1].holds);

	add_line(&world, revoke_line(&world, identity, &world.mallory));
	cr_assert(refuses("link-contradicts"));
	add_line(&world, revoke_line(&world, identity, &world.alice));
	cr_assert(refuses("link-contradicts"));
	add_line(&world, revoke_line(&world, identity, &world.bob));
	cr_assert_str_eq(verdict(), "");
}

Test(judge, owners_withdraw_the_link_of_anybody)
{
	scoped_text line = NULL;
	char identity[SHA256_HEX_SIZE];

	prove();
	line = build_line(&world.bob, "tar");
	line_identity(identity, line);
	trust_add_key(NULL, world.trust, world.mallory.key);
	cr_assert_eq(trust_set_threshold(world.trust, 1, &err), 0);
	cr_assert_str_eq(verdict(), "");
	add_line(&world, revoke_line(&world, identity, &world.owner));
	cr_assert(refuses("link-missing"));
}

Test(judge, one_key_does_not_withdraw_what_another_signed_alike)
{
	scoped_text line = NULL;
	char identity[SHA256_HEX_SIZE];

	prove();
	add_line(&world, build_line(&world.alice, "tar"));
	line = build_line(&world.bob, "tar");
	line_identity(identity, line);
	add_line(&world, revoke_line(&world, identity, &world.alice));
	cr_assert_str_eq(verdict(), "");
	add_line(&world, revoke_line(&world, identity, &world.bob));
	cr_assert(refuses("link-missing"));
}

Test(judge, a_tag_is_withdrawn_by_the_threshold_of_owners)
{
	prove();
	trust_add_key(NULL, world.trust, world.alice.key);
	put_layout(&world, layout_line(&world, &text, &world.owner));
	cr_assert_eq(trust_set_threshold(world.trust, 1, &err), 0);
	add_line(&world, revoke_line(&world, "tag", &world.bob));
	cr_assert_str_eq(verdict(), "");
	add_line(&world, revoke_line(&world, "tag", &world.owner));
	cr_assert_str_eq(verdict(), "tag-revoked");
}

Test(judge, malformed_lines_are_named_and_never_counted)
{
	prove();
	add_line(&world, xstrdup("{\"a\":1,\"a\":2}"));
	add_line(&world, xstrdup("{\"signatures\":[],\"signed\":1.5}"));
	cr_assert_str_eq(verdict(), "");
	cr_assert_eq(judgement->report.warnings.n, 2);
	cr_assert(warns_of(&judgement->report, "malformed"));
}

/* The `first` line with the signatures of both; both are freed. */
static char *signed_by_both(char *first, char *second)
{
	static const char start[] = "{\"signatures\": [";
	const char *end = strstr(second, "],");
	char *both;

	cr_assert(end && !strncmp(first, start, strlen(start)));
	both = xasprintf("%.*s,%s", (int)(end - second), second,
			 first + strlen(start));
	free(first);
	free(second);
	return both;
}

Test(judge, a_root_and_a_link_with_two_signatures_are_never_counted)
{
	const struct root_text root = { .version = 1,
					.threshold = 1,
					.keys = { &world.owner } };

	put_default_layout();
	add_line(&world, build_line(&world.bob, "tar"));
	add_line(&world,
		 signed_by_both(tag_line(&world.alice), tag_line(&world.bob)));
	add_line(&world, root_line(&root, BY(&world.owner)));
	cr_assert(refuses("tag-unlinked"));
	cr_assert(warns_of(&judgement->report, "not exactly one signature"));
	cr_assert(warns_of(&judgement->report, "in a note of links"));
}

Test(judge, an_expired_or_foreign_layout_is_refused)
{
	text.expires = "2001-01-01T00:00:00Z";
	prove();
	cr_assert_str_eq(verdict(), "layout-expired");
	cr_assert_not(judgement->layouts[0].in_force);
	options.now = 900000000;
	cr_assert_str_eq(verdict(), "");
}

Test(judge, a_digest_that_the_layout_never_had_is_a_warning)
{
	struct link *link = make_link(&world, "tag");
	char digest[65];

	memset(digest, '1', 64);
	digest[64] = '\0';
	prove();
	set_git(link, "layouts", json_pack("{s:s}", "release", digest));
	add_line(&world, link_line(link, &world.bob));
	cr_assert_str_eq(verdict(), "");
	cr_assert(warns_of(&judgement->report, digest));
}

Test(judge, replaced_objects_are_warned_of_and_ignored)
{
	prove();
	sh("git commit -q --allow-empty -m other && "
	   "git replace v1^{commit} HEAD");
	cr_assert_str_eq(verdict(), "");
	cr_assert(warns_of(&judgement->report, "refs/replace"));
	sh("git replace -d v1^{commit} && mkdir ../t && cd ../t && "
	   "git init -q && echo x >x && git add x && git commit -qm x && "
	   "cd ../project && git fetch -q ../t main:other && "
	   "git update-ref refs/replace/$(git rev-parse v1:src) "
	   "$(git rev-parse other^{tree})");
	cr_assert_str_eq(verdict(), "");
	cr_assert(warns_of(&judgement->report, "refs/replace"));
	sh("git update-ref -d refs/replace/$(git rev-parse v1:src) && "
	   "git replace $(git rev-parse other) HEAD");
	cr_assert_str_eq(verdict(), "");
	cr_assert_not(warns_of(&judgement->report, "refs/replace"));
}

Test(judge, a_missing_blob_cannot_be_told)
{
	scoped_text path = NULL;

	prove();
	path = sh_out("git rev-parse v1:src/a | sed 's,^..,.git/objects/&/,'");
	cr_assert_eq(unlink(path), 0);
	repo_free(world.repo);
	world.repo = open_repo();
	cr_assert_eq(judge(), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
}

Test(judge, a_file_that_was_built_is_accepted_by_path_or_name)
{
	static const char *const names[] = { "dist/a.tar", "./dist//a.tar",
					     "a.tar" };

	prove();
	sh("mkdir -p dist x && printf tar >dist/a.tar && cp dist/a.tar a.tar");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		give_file(&names[i]);
		cr_assert_str_eq(verdict(), "", "%s", names[i]);
		cr_assert_str_eq(judgement->files[0].product, "dist/a.tar");
		cr_assert_str_eq(judgement->files[0].step, "build");
		cr_assert_str_eq(judgement->files[0].layout, "release");
	}
}

Test(judge, a_replaced_file_is_refused)
{
	static const char *const name = "dist/a.tar";

	prove();
	sh("mkdir dist && printf evil >dist/a.tar");
	give_file(&name);
	cr_assert_str_eq(verdict(), "file-changed");
	cr_assert_str_eq(finding_of("file-changed")->artifact, name);
	cr_assert_null(judgement->files[0].product);
}

Test(judge, a_renamed_file_is_refused_unless_as_says_what_it_is)
{
	static const char *const name = "b.tar";

	prove();
	sh("printf tar >b.tar");
	give_file(&name);
	cr_assert_str_eq(verdict(), "file-renamed");
	cr_assert_str_eq(finding_of("file-renamed")->expected, "dist/a.tar");
	options.as = "dist/a.tar";
	cr_assert_str_eq(verdict(), "");
	options.as = "c.tar";
	cr_assert_str_eq(verdict(), "file-renamed");
}

Test(judge, an_unknown_file_is_refused)
{
	static const char *const name = "README";

	prove();
	sh("printf hi >README");
	give_file(&name);
	cr_assert_str_eq(verdict(), "file-unknown");
}

Test(judge, a_file_that_is_not_there_cannot_be_told)
{
	static const char *const name = "dist/a.tar";

	prove();
	give_file(&name);
	cr_assert_eq(judge(), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
}

Test(judge, two_products_of_one_name_need_the_longer_path)
{
	static const char *const name = "a.tar";
	static const char *const longer = "dist/a.tar";
	struct link *link = build_link("tar");

	put_default_layout();
	add_line(&world, tag_line(&world.alice));
	add_product(link, "other/a.tar", "tar");
	add_line(&world, link_line(link, &world.bob));
	sh("mkdir dist && printf tar >a.tar && cp a.tar dist/a.tar");
	give_file(&name);
	cr_assert_str_eq(verdict(), "file-ambiguous");
	options.as = "other/a.tar";
	cr_assert_str_eq(verdict(), "");
	options.as = NULL;
	give_file(&longer);
	cr_assert_str_eq(verdict(), "");
}

Test(judge, only_the_layouts_that_own_the_file_are_demanded)
{
	static const char *const name = "a.tar";

	prove();
	text.name = "docs";
	text.tag_threshold = 3;
	put_layout_at(&world, "refs/notes/in-toto/layouts/docs",
		      layout_line(&world, &text, &world.owner));
	trust_add_layout(NULL, world.trust, "release", "", &err);
	trust_add_layout(NULL, world.trust, "docs", "", &err);
	cr_assert(refuses("step-threshold"));
	sh("printf tar >a.tar");
	give_file(&name);
	/* docs has the build step as well, so it owns the product. */
	cr_assert(refuses("step-threshold"));
	cr_assert(judgement->layouts[0].holds);
	cr_assert_not(judgement->layouts[1].holds);
}

Test(judge, a_layout_that_owns_no_file_is_shown_and_not_demanded)
{
	static const char *const name = "a.tar";
	struct person somebody = person_make(9);
	struct person builder = world.bob;

	prove();
	world.bob = somebody; /* docs is built by somebody else, who has not */
	text.name = "docs";
	put_layout_at(&world, "refs/notes/in-toto/layouts/docs",
		      layout_line(&world, &text, &world.owner));
	world.bob = builder;
	trust_add_layout(NULL, world.trust, "release", "", &err);
	trust_add_layout(NULL, world.trust, "docs", "", &err);
	cr_assert(refuses("step-threshold"));
	sh("printf tar >a.tar");
	give_file(&name);
	cr_assert_str_eq(verdict(), "");
	cr_assert(judgement->layouts[0].demanded);
	cr_assert_not(judgement->layouts[1].demanded);
	cr_assert_not(judgement->layouts[1].holds);
	key_free(somebody.key);
}

Test(judge, inspections_run_only_when_asked_for)
{
	static const char *const name = "a.tar";

	text.inspections =
		"[{\"_type\":\"inspection\",\"name\":\"look\",\"run\":"
		"[\"sh\",\"-c\",\"test -f dist/a.tar && ! test -e file\"],"
		"\"expected_materials\":[[\"MATCH\",\"*\",\"WITH\","
		"\"PRODUCTS\","
		"\"FROM\",\"build\"],[\"DISALLOW\",\"*\"]],"
		"\"expected_products\":[]}]";
	prove();
	sh("printf tar >a.tar");
	give_file(&name);
	cr_assert_eq(judge(), -1);
	cr_assert(strstr(err.message, "--inspect"));
	cr_assert(strstr(err.message, "--no-inspect"));
	options.inspect = INSPECT_NO;
	cr_assert_str_eq(verdict(), "");
	options.inspect = INSPECT_YES;
	cr_assert_str_eq(verdict(), "");
	options.n_files = 0;
	cr_assert_str_eq(verdict(), "inspection-failed");
}

Test(judge, the_guard_is_content_with_one_link)
{
	struct envelope *layout;
	struct tag_links *links = NULL;
	struct report report = REPORT_INIT;
	const struct layout *layouts[1];

	text.tag_threshold = 2;
	layout = envelope_of(layout_line(&world, &text, &world.owner));
	layouts[0] = layout->layout;
	cr_assert_eq(tag_links_read(&links, world.repo, world.facts, NULL,
				    layouts, 1, options.now, &report, &err),
		     0);
	cr_assert_eq(judge_tag_step(&report, layouts[0], "tag", world.facts,
				    links, JUDGE_ONE_LINK, options.now, &err),
		     0);
	cr_assert(report_has(&report, "tag-unlinked"));
	cr_assert_eq(report.n, 1);
	report_release(&report);
	tag_links_free(take(links));

	add_line(&world, tag_line(&world.alice));
	cr_assert_eq(tag_links_read(&links, world.repo, world.facts, NULL,
				    layouts, 1, options.now, &report, &err),
		     0);
	cr_assert_eq(judge_tag_step(&report, layouts[0], "tag", world.facts,
				    links, JUDGE_ONE_LINK, options.now, &err),
		     0);
	cr_assert_eq(report.n, 0);
	cr_assert_eq(judge_tag_step(&report, layouts[0], "tag", world.facts,
				    links, JUDGE_THRESHOLD, options.now, &err),
		     0);
	cr_assert(report_has(&report, "step-threshold"));
	report_release(&report);
	cr_assert_eq(judge_tag_step(&report, layouts[0], "sign", world.facts,
				    links, JUDGE_ONE_LINK, options.now, &err),
		     0);
	cr_assert(report_has(&report, "no-tag-step"));
	report_release(&report);
	tag_links_free(links);
	envelope_free(layout);
}

Test(judge, paths_are_compared_by_their_last_components)
{
	size_t agreed = 0;

	cr_assert_eq(path_match(&agreed, "a/b", "a/b"), PATH_EQUAL);
	cr_assert_eq(path_match(&agreed, "a/b", "./a//b"), PATH_EQUAL);
	cr_assert_eq(path_match(&agreed, "a/b", "b"), PATH_LONGER);
	cr_assert_eq(path_match(&agreed, "b", "/x/b"), PATH_SHORTER);
	cr_assert_eq(path_match(&agreed, "a/b", "x/b"), PATH_OTHER);
	cr_assert_eq(path_match(&agreed, "ab", "b"), PATH_OTHER);
	cr_assert_eq(path_match(&agreed, "a/b", "../b"), PATH_LONGER);
	cr_assert_eq(path_match(&agreed, "a", "/"), PATH_OTHER);
	cr_assert_eq(path_match(&agreed, "a", ".."), PATH_OTHER);
}
