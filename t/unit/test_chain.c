/* test_chain.c: who may say what of which step, and the artifact rules. */
#include <criterion/criterion.h>

#include "base/file.h"
#include "people.h"
#include "verify/chain.h"

#define HEAD "{\"_type\":\"layout\",\"expires\":\"2030-01-01T00:00:00Z\","
#define D0                                                                 \
	"{\"sha256\":\"00000000000000000000000000000000000000000000000000" \
	"00000000000000\"}"
#define D1                                                                 \
	"{\"sha256\":\"11111111111111111111111111111111111111111111111111" \
	"11111111111111\"}"

static struct layout *layout_text(const char *text)
{
	struct intoto_error err = { 0 };
	struct layout *layout = NULL;

	cr_assert_eq(layout_read(&layout, text, strlen(text), &err), 0, "%s",
		     err.message);
	return layout;
}

/* rules, on links that are taken as good */

static struct link *link_text(const char *name, const char *materials,
			      const char *products)
{
	struct intoto_error err = { 0 };
	struct link *link = NULL;
	scoped_text text =
		xasprintf("{\"name\":\"%s\",\"materials\":%s,\"products\":%s}",
			  name, materials, products);

	cr_assert_eq(link_read(&link, text, strlen(text), &err), 0, "%s",
		     err.message);
	return link;
}

/* A layout with the rules for step `a`, and a step `b` without any. */
static void rules_judge(struct report *report, const char *for_materials,
			const char *for_products, const struct link *a,
			const struct link *b)
{
	scoped_text text =
		xasprintf(HEAD
			  "\"inspect\":[],\"steps\":[{\"name\":\"a\","
			  "\"expected_materials\":%s,\"expected_products\":%s},"
			  "{\"name\":\"b\"}]}",
			  for_materials, for_products);
	scoped(layout) layout = layout_text(text);
	struct chain_step steps[2] = {
		{ .item = &layout->steps[0], .reduced = a },
		{ .item = &layout->steps[1], .reduced = b },
	};
	const struct chain chain = { .layout = layout,
				     .steps = steps,
				     .n_steps = 2 };

	chain_rules(&chain, report);
}

static char *member_text(const json_t *array, size_t index)
{
	return json_dumps(json_array_get(array, index), 0);
}

static struct link *pair_link(const char *name, const json_t *pair)
{
	char *materials = member_text(pair, 0);
	char *products = member_text(pair, 1);
	struct link *link = link_text(name, materials, products);

	free(materials);
	free(products);
	return link;
}

Test(chain, rules_agree_with_python)
{
	FILE *file = fopen("t/data/rules.jsonl", "r");
	char line[8192];
	size_t n = 0;

	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file)) {
		scoped_value(report) report = REPORT_INIT;
		json_t *one = json_loads(line, 0, NULL);
		scoped(link) a = pair_link("a", json_array_get(one, 2));
		scoped(link) b = pair_link("b", json_array_get(one, 3));
		char *for_materials = member_text(one, 0);
		char *for_products = member_text(one, 1);

		rules_judge(&report, for_materials, for_products, a, b);
		cr_expect_eq(report.n == 0,
			     json_is_true(json_array_get(one, 4)), "%s%s", line,
			     report.n ? report.items[0].message : "");
		free(for_materials);
		free(for_products);
		json_decref(one);
		n++;
	}
	fclose(file);
	cr_assert_geq(n, 400);
}

/* Rules for the products of `a`; the reasons of all findings. */
static void products_give(const char *rules, const char *materials,
			  const char *products, const char *others,
			  const char *reasons)
{
	scoped_value(report) report = REPORT_INIT;
	scoped_value(buffer) got = BUFFER_INIT;
	scoped(link) a = link_text("a", materials, products);
	scoped(link) b = link_text("b", "{}", others);

	rules_judge(&report, "[]", rules, a, b);
	for (size_t i = 0; i < report.n; i++)
		buffer_printf(&got, "%s%s", i > 0 ? " " : "",
			      report.items[i].reason);
	cr_expect_str_eq(buffer_text(&got), reasons, "%s", rules);
}

#define TERMINAL ",[\"DISALLOW\",\"*\"]]"

Test(chain, each_rule_consumes_what_it_says)
{
	const char *x0 = "{\"x\":" D0 "}";
	const char *x1 = "{\"x\":" D1 "}";

	products_give("[]", "{}", x0, "{}", "");
	products_give("[[\"DISALLOW\",\"*\"]]", "{}", x0, "{}",
		      "rule-disallow");
	products_give("[[\"ALLOW\",\"x\"]" TERMINAL, "{}", x0, "{}", "");
	products_give("[[\"CREATE\",\"*\"]" TERMINAL, "{}", x0, "{}", "");
	products_give("[[\"CREATE\",\"*\"]" TERMINAL, x0, x0, "{}",
		      "rule-disallow");
	products_give("[[\"DELETE\",\"*\"]" TERMINAL, "{}", x0, "{}",
		      "rule-disallow");
	products_give("[[\"MODIFY\",\"*\"]" TERMINAL, x1, x0, "{}", "");
	products_give("[[\"MODIFY\",\"*\"]" TERMINAL, x0, x0, "{}",
		      "rule-disallow");
	products_give("[[\"REQUIRE\",\"x\"]" TERMINAL, "{}", x0, "{}",
		      "rule-disallow");
	products_give("[[\"REQUIRE\",\"y\"]]", "{}", x0, "{}", "rule-require");
	products_give("[[\"REQUIRE\",\"*\"]]", "{}", x0, "{}", "rule-require");
	products_give("[[\"ALLOW\",\"x\"],[\"REQUIRE\",\"x\"]]", "{}", x0, "{}",
		      "rule-require");
	products_give("[[\"MATCH\",\"*\",\"WITH\",\"PRODUCTS\",\"FROM\","
		      "\"b\"]" TERMINAL,
		      "{}", x0, x0, "");
	products_give("[[\"MATCH\",\"*\",\"WITH\",\"PRODUCTS\",\"FROM\","
		      "\"b\"]" TERMINAL,
		      "{}", x0, x1, "rule-disallow");
	products_give("[[\"MATCH\",\"*\",\"WITH\",\"MATERIALS\",\"FROM\","
		      "\"b\"]" TERMINAL,
		      "{}", x0, x0, "rule-disallow");
}

Test(chain, every_failing_rule_is_reported)
{
	products_give("[[\"REQUIRE\",\"y\"],[\"DISALLOW\",\"x\"],"
		      "[\"REQUIRE\",\"z\"]" TERMINAL,
		      "{}", "{\"x\":" D0 "}", "{}",
		      "rule-require rule-disallow rule-require rule-disallow");
}

Test(chain, a_step_may_match_itself)
{
	products_give("[[\"MATCH\",\"*\",\"WITH\",\"MATERIALS\",\"FROM\","
		      "\"a\"]" TERMINAL,
		      "{\"x\":" D0 "}", "{\"x\":" D0 "}", "{}", "");
}

Test(chain, an_unknown_step_consumes_nothing)
{
	products_give("[[\"MATCH\",\"*\",\"WITH\",\"PRODUCTS\",\"FROM\","
		      "\"nobody\"]" TERMINAL,
		      "{}", "{\"x\":" D0 "}", "{\"x\":" D0 "}",
		      "rule-disallow");
}

Test(chain, match_prefixes_end_at_a_slash)
{
	const char *in_d = "[[\"MATCH\",\"*\",\"IN\",\"d\",\"WITH\","
			   "\"PRODUCTS\",\"IN\",\"e/\",\"FROM\","
			   "\"b\"]" TERMINAL;

	products_give(in_d, "{}", "{\"d/x\":" D0 "}", "{\"e/x\":" D0 "}", "");
	products_give(in_d, "{}", "{\"dx\":" D0 "}", "{\"e/x\":" D0 "}",
		      "rule-disallow");
	products_give(in_d, "{}", "{\"d/x\":" D0 "}", "{\"d/x\":" D0 "}",
		      "rule-disallow");
	/* os.path.join drops the prefix before an absolute remainder. */
	products_give(in_d, "{}", "{\"d//x\":" D0 ",\"/x\":" D0 "}",
		      "{\"/x\":" D0 "}", "rule-disallow");
}

Test(chain, digest_sets_are_matched_whole)
{
	products_give("[[\"MATCH\",\"*\",\"WITH\",\"PRODUCTS\",\"FROM\","
		      "\"b\"]" TERMINAL,
		      "{}", "{\"x\":{\"sha256\":\"ab\"}}",
		      "{\"x\":{\"sha256\":\"AB\"}}", "rule-disallow");
	products_give("[[\"MATCH\",\"*\",\"WITH\",\"PRODUCTS\",\"FROM\","
		      "\"b\"]" TERMINAL,
		      "{}", "{\"x\":{\"sha256\":\"ab\",\"sha1\":\"00\"}}",
		      "{\"x\":{\"sha1\":\"00\",\"sha256\":\"ab\"}}", "");
}

Test(chain, a_finding_names_artifact_rule_and_both_digests)
{
	scoped_value(report) report = REPORT_INIT;
	scoped(link) a = link_text("a", "{}",
				   "{\"x\\n\":" D0 ",\"y\":" D0 ",\"z\":" D0
				   ",\"zz\":" D0 "}");
	scoped(link) b = link_text("b", "{}", "{\"x\\n\":" D1 "}");
	const struct finding *finding = NULL;

	rules_judge(&report, "[]",
		    "[[\"MATCH\",\"*\",\"WITH\",\"PRODUCTS\",\"FROM\","
		    "\"b\"]" TERMINAL,
		    a, b);
	cr_assert_eq(report.n, 1);
	finding = &report.items[0];
	cr_expect_str_eq(finding->step, "a");
	cr_expect_str_eq(finding->artifact, "x\\x0a");
	cr_expect_str_eq(finding->rule, "a.expected_products[1]: DISALLOW *");
	cr_expect(strstr(finding->expected, "sha256 1111"));
	cr_expect(strstr(finding->expected, "product of 'b'"));
	cr_expect(strstr(finding->found, "sha256 0000"));
	cr_expect(strstr(finding->message, "and 1 more"));
	cr_expect_null(strchr(finding->message, '\n'));
}

Test(chain, inspections_see_steps_and_each_other)
{
	scoped(layout) layout = layout_text(
		HEAD "\"steps\":[{\"name\":\"a\"}],\"inspect\":[{\"name\":"
		     "\"i\"},{\"name\":\"j\",\"expected_products\":[[\"MATCH\","
		     "\"x\",\"WITH\",\"PRODUCTS\",\"FROM\",\"a\"],[\"MATCH\","
		     "\"y\",\"WITH\",\"PRODUCTS\",\"FROM\",\"i\"],"
		     "[\"DISALLOW\",\"*\"]]}]}");
	scoped(link) a = link_text("a", "{}", "{\"x\":" D0 "}");
	scoped(link) i = link_text("i", "{}", "{\"y\":" D0 "}");
	scoped(link) j = link_text("j", "{}", "{\"x\":" D0 ",\"y\":" D0 "}");
	const struct link *links[] = { i, j };
	struct chain_step step = { .item = &layout->steps[0], .reduced = a };
	const struct chain chain = { .layout = layout,
				     .steps = &step,
				     .n_steps = 1 };
	scoped_value(report) report = REPORT_INIT;

	chain_inspection_rules(&chain, &layout->inspections[1], links, 2, j,
			       &report);
	cr_expect_eq(report.n, 0);
	chain_inspection_rules(&chain, &layout->inspections[1], links + 1, 1, j,
			       &report);
	cr_expect_eq(report.n, 1);
}

Test(chain, steps_do_not_see_inspections)
{
	scoped(layout) layout = layout_text(
		HEAD "\"inspect\":[{\"name\":\"i\"}],\"steps\":[{\"name\":"
		     "\"a\",\"expected_products\":[[\"MATCH\",\"*\",\"WITH\","
		     "\"PRODUCTS\",\"FROM\",\"i\"],[\"DISALLOW\",\"*\"]]}]}");
	scoped(link) a = link_text("a", "{}", "{\"x\":" D0 "}");
	struct chain_step step = { .item = &layout->steps[0], .reduced = a };
	const struct chain chain = { .layout = layout,
				     .steps = &step,
				     .n_steps = 1 };
	scoped_value(report) report = REPORT_INIT;

	chain_rules(&chain, &report);
	cr_expect_eq(report.n, 1);
}

Test(chain, a_link_is_judged_before_it_is_signed)
{
	scoped(layout) layout = layout_text(
		HEAD "\"inspect\":[],\"steps\":[{\"name\":\"a\"},{\"name\":"
		     "\"b\",\"expected_command\":[\"make\"],"
		     "\"expected_materials\":[[\"MATCH\",\"*\",\"WITH\","
		     "\"MATERIALS\",\"FROM\",\"a\"],[\"DISALLOW\",\"*\"]]}]}");
	scoped(link) a = link_text("a", "{\"x\":" D0 "}", "{}");
	scoped(link) good = link_text("b", "{\"x\":" D0 "}", "{}");
	scoped(link) bad = link_text("b", "{\"y\":" D0 "}", "{}");
	scoped(link) unknown = link_text("c", "{}", "{}");
	struct chain_step steps[] = {
		{ .item = &layout->steps[0], .reduced = a },
		{ .item = &layout->steps[1] },
	};
	const struct chain chain = { .layout = layout,
				     .steps = steps,
				     .n_steps = 2 };
	scoped_value(report) report = REPORT_INIT;

	chain_judge_link(&chain, good, &report);
	cr_expect_eq(report.n, 0);
	cr_expect_eq(report.warnings.n, 1);
	chain_judge_link(&chain, bad, &report);
	cr_expect_eq(report.n, 1);
	chain_judge_link(&chain, unknown, &report);
	cr_expect_eq(report.n, 2);
	cr_expect_str_eq(report.items[1].reason, "step-unknown");
}

/* links and signatures */

#define LINKS_MAX 4

/* Ann and Bob may do step `a`, twice together if the threshold asks so. */
struct scene {
	struct person ann;
	struct person bob;
	struct person eve;
	struct layout *layout;
	struct envelope *envelopes[LINKS_MAX];
	struct chain_link links[LINKS_MAX];
	size_t n;
	struct report report;
	struct chain *chain;
};

static void scene_start(struct scene *scene, int threshold)
{
	scoped_text a = NULL;
	scoped_text b = NULL;
	scoped_text e = NULL;
	scoped_text second = NULL;
	scoped_text text = NULL;

	*scene = (struct scene){ .report = REPORT_INIT };
	scene->ann = person_make(1);
	scene->bob = person_make(2);
	scene->eve = person_make(3);
	a = person_listed(&scene->ann, key_id(scene->ann.key));
	second = person_listed(&scene->ann, key_id_new(scene->ann.key));
	b = person_listed(&scene->bob, key_id(scene->bob.key));
	e = person_listed(&scene->eve, key_id(scene->eve.key));
	text = xasprintf(HEAD
			 "\"keys\":{%s,%s,%s,%s},\"inspect\":[],\"steps\":[{"
			 "\"name\":\"a\",\"threshold\":%d,\"pubkeys\":[\"%s\","
			 "\"%s\",\"%s\"]},{\"name\":\"other\",\"pubkeys\":["
			 "\"%s\"]}]}",
			 a, second, b, e, threshold, key_id(scene->ann.key),
			 key_id_new(scene->ann.key), key_id(scene->bob.key),
			 key_id(scene->eve.key));
	scene->layout = layout_text(text);
}

static void scene_add(struct scene *scene, const struct person *by,
		      const char *keyid, const char *signed_part)
{
	struct envelope *envelope =
		envelope_of(metablock(signed_part, by, keyid));
	static const char *const origins[] = { "link 1", "link 2", "link 3",
					       "link 4" };

	scene->envelopes[scene->n] = envelope;
	scene->links[scene->n] = (struct chain_link){
		.envelope = envelope,
		.origin = origins[scene->n],
	};
	scene->n++;
}

/* The reason of the finding about step `a`, or "". */
static const char *scene_judge(struct scene *scene)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(chain_assign(&scene->chain, scene->layout, scene->links,
				  scene->n, NULL, 0, &scene->report, &err),
		     0, "%s", err.message);
	for (size_t i = 0; i < scene->report.n; i++)
		if (!strcmp(scene->report.items[i].step, "a"))
			return scene->report.items[i].reason;
	return "";
}

static void scene_end(struct scene *scene)
{
	chain_free(scene->chain);
	report_release(&scene->report);
	for (size_t i = 0; i < scene->n; i++)
		envelope_free(scene->envelopes[i]);
	layout_free(scene->layout);
	key_free(scene->ann.key);
	key_free(scene->bob.key);
	key_free(scene->eve.key);
}

#define LINK_A "{\"_type\":\"link\",\"name\":\"a\"}"
#define LINK_X "{\"_type\":\"link\",\"name\":\"a\",\"products\":{\"x\":" D0 "}}"

Test(chain, a_link_by_an_authorised_key_is_good)
{
	struct scene scene;

	scene_start(&scene, 1);
	scene_add(&scene, &scene.bob, NULL, LINK_A);
	cr_expect_str_eq(scene_judge(&scene), "");
	cr_assert_eq(scene.chain->steps[0].n_good, 1);
	cr_expect(key_same(scene.chain->steps[0].by[0], scene.bob.key));
	cr_expect(key_same(scene.links[0].signer, scene.bob.key));
	cr_expect_eq(scene.chain->steps[0].reduced, scene.envelopes[0]->link);
	/* and the step without any link is a finding of its own */
	cr_expect_eq(scene.report.n, 1);
	cr_expect_str_eq(scene.report.items[0].reason, "link-missing");
	cr_expect_str_eq(scene.report.items[0].step, "other");
	scene_end(&scene);
}

Test(chain, the_key_of_another_step_is_not_authorised)
{
	struct scene scene;

	scene_start(&scene, 1);
	scene_add(&scene, &scene.eve, NULL, LINK_A);
	cr_expect_str_eq(scene_judge(&scene), "step-threshold");
	cr_expect(strstr(scene.report.items[0].found, "may not do"));
	cr_expect_null(scene.links[0].signer);
	scene_end(&scene);
}

Test(chain, a_link_counts_for_the_step_that_it_names)
{
	struct scene scene;

	scene_start(&scene, 1);
	scene_add(&scene, &scene.ann, NULL,
		  "{\"_type\":\"link\",\"name\":\"other\"}");
	cr_expect_str_eq(scene_judge(&scene), "link-missing");
	scene_end(&scene);
}

Test(chain, a_forged_signature_is_a_warning_and_never_counted)
{
	struct scene scene;

	scene_start(&scene, 1);
	scene_add(&scene, &scene.eve, key_id(scene.ann.key), LINK_A);
	cr_expect_str_eq(scene_judge(&scene), "step-threshold");
	cr_expect_geq(scene.report.warnings.n, 1);
	scene_end(&scene);
}

Test(chain, one_key_under_two_keyids_counts_once)
{
	struct scene scene;

	scene_start(&scene, 2);
	scene_add(&scene, &scene.ann, key_id(scene.ann.key), LINK_A);
	scene_add(&scene, &scene.ann, key_id_new(scene.ann.key), LINK_A);
	cr_expect_str_eq(scene_judge(&scene), "step-threshold");
	cr_expect_eq(scene.chain->steps[0].n_good, 1);
	scene_end(&scene);
}

Test(chain, two_keys_meet_a_threshold_of_two)
{
	struct scene scene;

	scene_start(&scene, 2);
	scene_add(&scene, &scene.bob, NULL, LINK_A);
	scene_add(&scene, &scene.ann, key_id_new(scene.ann.key), LINK_A);
	cr_expect_str_eq(scene_judge(&scene), "");
	cr_assert_eq(scene.chain->steps[0].n_good, 2);
	/* in the order of pubkeys */
	cr_expect(key_same(scene.chain->steps[0].by[0], scene.ann.key));
	scene_end(&scene);
}

Test(chain, links_that_make_a_threshold_must_agree)
{
	struct scene scene;

	scene_start(&scene, 2);
	scene_add(&scene, &scene.ann, NULL, LINK_A);
	scene_add(&scene, &scene.bob, NULL, LINK_X);
	cr_expect_str_eq(scene_judge(&scene), "step-disagree");
	cr_expect_str_eq(scene.report.items[0].artifact, "x");
	cr_expect_str_eq(scene.report.items[0].expected, "not there");
	scene_end(&scene);
}

Test(chain, with_a_threshold_of_one_the_first_key_is_used)
{
	struct scene scene;

	scene_start(&scene, 1);
	scene_add(&scene, &scene.bob, NULL, LINK_X);
	scene_add(&scene, &scene.ann, NULL, LINK_A);
	cr_expect_str_eq(scene_judge(&scene), "");
	cr_expect_eq(scene.chain->steps[0].reduced, scene.envelopes[1]->link);
	scene_end(&scene);
}

Test(chain, one_key_must_not_contradict_itself)
{
	struct scene scene;

	scene_start(&scene, 1);
	scene_add(&scene, &scene.ann, NULL, LINK_A);
	scene_add(&scene, &scene.ann, NULL, LINK_X);
	cr_expect_str_eq(scene_judge(&scene), "link-contradicts");
	cr_expect_str_eq(scene.report.items[0].expected, "link 1");
	cr_expect_str_eq(scene.report.items[0].found, "link 2");
	scene_end(&scene);
}

Test(chain, a_signature_judged_before_is_held_against_the_step_alone)
{
	struct scene scene;

	scene_start(&scene, 1);
	scene_add(&scene, &scene.ann, NULL, LINK_A);
	scene.links[0].skip_verify = true;
	scene.links[0].signer = scene.eve.key;
	cr_expect_str_eq(scene_judge(&scene), "step-threshold");
	scene_end(&scene);
}

#define OPENPGP_PRIMARY "be32fe67eee0edd491ed3c455f4440893f6f66c3"
#define OPENPGP_SIGNER "2aa90cd518c120c24e7fe506e5ac69546eaa0e86"
#define OPENPGP_OTHER "a4b4ddc8fcece2c2560be6db1c594adece5da57c"

/* A link made by in-toto-run --gpg, signed by the second of two subkeys. */
static void openpgp_gives(const char *pubkey, size_t n_good)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) key = BUFFER_INIT;
	scoped_value(buffer) link = BUFFER_INIT;
	scoped_value(report) report = REPORT_INIT;
	scoped_text text = NULL;
	scoped(layout) layout = NULL;
	scoped(envelope) envelope = NULL;
	scoped(chain) chain = NULL;
	struct chain_link candidate = { .origin = "link" };

	file_read(&key, "t/data/openpgp/subkeys.json", 1 << 20, &err);
	file_read(&link, "t/data/openpgp/subkey.link", 1 << 20, &err);
	text = xasprintf(HEAD "\"keys\":{\"" OPENPGP_PRIMARY "\":%s},"
			      "\"inspect\":[],\"steps\":[{\"name\":\"a\","
			      "\"pubkeys\":[\"%s\"]}]}",
			 buffer_text(&key), pubkey);
	layout = layout_text(text);
	cr_assert_eq(envelope_read(&envelope, link.data, link.len, true, &err),
		     0, "%s", err.message);
	candidate.envelope = envelope;
	cr_assert_eq(chain_assign(&chain, layout, &candidate, 1, NULL, 0,
				  &report, &err),
		     0);
	cr_expect_eq(chain->steps[0].n_good, n_good, "%s", pubkey);
	cr_expect_eq(report.n, n_good ? 0 : 1);
}

Test(chain, an_openpgp_key_stands_for_its_subkeys_and_a_subkey_for_itself)
{
	openpgp_gives(OPENPGP_PRIMARY, 1);
	openpgp_gives(OPENPGP_SIGNER, 1);
	openpgp_gives(OPENPGP_OTHER, 0);
}

/* the layout's own */

Test(chain, a_layout_expires_at_the_second_it_names)
{
	scoped(layout) layout =
		layout_text(HEAD "\"steps\":[],\"inspect\":[]}");
	struct intoto_error err = { 0 };

	cr_expect_eq(layout_check_expiry(layout, 1893455999, &err), 0);
	cr_expect_eq(layout_check_expiry(layout, 1893456000, &err), -1);
	cr_expect_eq(err.code, INTOTO_EREJECTED);
	cr_expect_str_eq(err.reason, "layout-expired");
}

Test(chain, owners_are_counted_by_key_material)
{
	struct person ann = person_make(1);
	struct person bob = person_make(2);
	struct person again = person_make(1);
	const struct key *owners[] = { ann.key, again.key, bob.key };
	scoped(envelope) envelope = envelope_of(
		metablock(HEAD "\"steps\":[],\"inspect\":[]}", &ann, NULL));
	struct intoto_error err = { 0 };
	bool by[3];

	cr_expect_eq(layout_check_owners(by, envelope, owners, 3, 1, 0, &err),
		     0);
	cr_expect(by[0] && by[1] && !by[2]);
	cr_expect_eq(layout_check_owners(by, envelope, owners, 3, 2, 0, &err),
		     -1);
	cr_expect_str_eq(err.reason, "layout-threshold");
	cr_expect(strstr(err.message, "1 of the 2"));
	cr_expect_eq(layout_check_owners(NULL, envelope, owners + 2, 1, 1, 0,
					 &err),
		     -1);
	cr_expect_eq(layout_check_owners(NULL, envelope, owners, 0, 1, 0, &err),
		     -1);
	cr_expect_eq(err.code, INTOTO_EREJECTED);
	cr_expect_eq(layout_check_owners(NULL, envelope, owners, 3, 0, 0, &err),
		     -1);
	cr_expect_eq(err.code, INTOTO_EINVALID);
	key_free(ann.key);
	key_free(bob.key);
	key_free(again.key);
}
