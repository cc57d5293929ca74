/* test_sublayout.c: layouts in the place of links. */
#include <criterion/criterion.h>

#include "base/xalloc.h"
#include "people.h"
#include "verify/sublayout.h"

#define D0                                                                 \
	"{\"sha256\":\"00000000000000000000000000000000000000000000000000" \
	"00000000000000\"}"
#define FILED_MAX 40

/* What is filed where. */
struct filed {
	const char *parent; /* how it begins */
	struct envelope *envelope;
	const char *step;
};

struct scene {
	struct person ann;
	struct person bob;
	struct filed filed[FILED_MAX];
	size_t n;
	size_t n_lists;
	struct chain_link *lists[2000];
	struct sublayout_source source;
	size_t inspected;
	struct report report;
	struct chain *chain;
	struct layout *layout;
	struct intoto_error err;
};

/* All that is filed exactly at `parent`, or, in a circle, wherever. */
static int read_filed(struct chain_link **links, size_t *n, void *data,
		      const char *parent, const struct layout *layout,
		      struct report *report, struct intoto_error *err)
{
	struct scene *scene = data;
	struct chain_link *list = xcalloc(scene->n + 1, sizeof(*list));
	size_t count = 0;

	(void)layout;
	(void)report;
	(void)err;
	for (size_t i = 0; i < scene->n; i++) {
		const struct filed *filed = &scene->filed[i];

		if (strcmp(filed->parent, "*") != 0 &&
		    strcmp(filed->parent, parent) != 0)
			continue;
		list[count++] = (struct chain_link){
			.envelope = filed->envelope,
			.origin = "filed",
			.step = filed->step,
		};
	}
	cr_assert_lt(scene->n_lists, ARRAY_SIZE(scene->lists));
	scene->lists[scene->n_lists++] = list;
	*links = list;
	*n = count;
	return 0;
}

static int count_inspection(void *data, const char *parent,
			    const struct chain *chain, struct report *report,
			    struct intoto_error *err)
{
	struct scene *scene = data;

	(void)err;
	cr_expect(*parent);
	scene->inspected++;
	if (!strcmp(chain->layout->inspections[0].name, "bad"))
		report_refuse(report, "inspection-failed", "it failed");
	return 0;
}

/* A layout whose step (or steps) are Ann's. */
static char *layout_of(struct scene *scene, const char *expires,
		       const char *steps, const char *inspections)
{
	scoped_text listed = person_listed(&scene->ann, key_id(scene->ann.key));
	scoped_value(buffer) items = BUFFER_INIT;

	for (const char *at = steps; *at; at++)
		buffer_printf(&items,
			      "%s{\"name\":\"%c\",\"pubkeys\":[\"%s\"],"
			      "\"expected_products\":[[\"ALLOW\",\"{A}\"],"
			      "[\"DISALLOW\",\"evil\"]]}",
			      items.len ? "," : "", *at,
			      key_id(scene->ann.key));
	return xasprintf("{\"_type\":\"layout\",\"expires\":\"%s\",\"keys\":"
			 "{%s},\"inspect\":[%s],\"steps\":[%s]}",
			 expires, listed, inspections, buffer_text(&items));
}

#define SOON "2030-01-01T00:00:00Z"

static void scene_start(struct scene *scene, const char *steps)
{
	scoped_text text = NULL;

	*scene = (struct scene){ .report = REPORT_INIT };
	scene->ann = person_make(1);
	scene->bob = person_make(2);
	scene->source = (struct sublayout_source){
		.read = read_filed,
		.inspect = count_inspection,
		.data = scene,
	};
	text = layout_of(scene, SOON, steps, "");
	cr_assert_eq(layout_read(&scene->layout, text, strlen(text),
				 &scene->err),
		     0, "%s", scene->err.message);
}

static void scene_file(struct scene *scene, const char *parent,
		       const char *step, const struct person *by, char *text)
{
	cr_assert_lt(scene->n, FILED_MAX);
	scene->filed[scene->n++] = (struct filed){
		.parent = parent,
		.envelope = envelope_of(metablock(text, by, NULL)),
		.step = step,
	};
	free(text);
}

static char *link_text(const char *name, const char *materials,
		       const char *products)
{
	return xasprintf("{\"_type\":\"link\",\"name\":\"%s\",\"materials\":"
			 "{%s},\"products\":{%s},\"command\":[\"%s\"]}",
			 name, materials, products, name);
}

/* The reason of the first finding, or "". */
static const char *scene_judge(struct scene *scene,
			       const struct sublayout_source *source)
{
	struct chain_link *links = NULL;
	size_t n = 0;

	read_filed(&links, &n, scene, "", scene->layout, NULL, NULL);
	cr_assert_eq(chain_assign(&scene->chain, scene->layout, links, n,
				  source, 1000, &scene->report, &scene->err),
		     0, "%s", scene->err.message);
	return scene->report.n ? scene->report.items[0].reason : "";
}

static void scene_end(struct scene *scene)
{
	chain_free(scene->chain);
	report_release(&scene->report);
	for (size_t i = 0; i < scene->n; i++)
		envelope_free(scene->filed[i].envelope);
	for (size_t i = 0; i < scene->n_lists; i++)
		free(scene->lists[i]);
	layout_free(scene->layout);
	key_free(scene->ann.key);
	key_free(scene->bob.key);
}

/* The folder of Ann's sublayout for a step of one letter; borrowed. */
static const char *folder(struct scene *scene, const char *steps)
{
	static char path[400];
	size_t len = 0;

	path[0] = 0;
	for (const char *at = steps; *at; at++)
		len += (size_t)snprintf(path + len, sizeof(path) - len,
					"%s%c.%.8s", len ? "/" : "", *at,
					key_id(scene->ann.key));
	return path;
}

Test(sublayout, its_summary_is_the_link_of_the_step)
{
	struct scene scene;
	const struct link *link = NULL;

	scene_start(&scene, "a");
	scene_file(&scene, "", "a", &scene.ann,
		   layout_of(&scene, SOON, "sm", ""));
	scene_file(&scene, folder(&scene, "a"), NULL, &scene.ann,
		   link_text("s", "\"m\":" D0, "\"mid\":" D0));
	scene_file(&scene, folder(&scene, "a"), NULL, &scene.ann,
		   link_text("m", "\"mid\":" D0, "\"p\":" D0));
	cr_expect_str_eq(scene_judge(&scene, &scene.source), "");
	link = scene.chain->steps[0].reduced;
	cr_assert_not_null(link);
	cr_expect_str_eq(link->name, "a");
	cr_expect_eq(artifacts_find(link->materials, "m", 1), 0);
	cr_expect_eq(artifacts_find(link->products, "p", 1), 0);
	cr_expect_str_eq(json_string_value(json_array_get(link->command, 0)),
			 "m");
	scene_end(&scene);
}

Test(sublayout, one_without_steps_is_an_empty_link)
{
	struct scene scene;

	scene_start(&scene, "a");
	scene_file(&scene, "", "a", &scene.ann,
		   layout_of(&scene, SOON, "", ""));
	cr_expect_str_eq(scene_judge(&scene, &scene.source), "");
	cr_assert_not_null(scene.chain->steps[0].reduced);
	cr_expect_eq(artifacts_count(scene.chain->steps[0].reduced->products),
		     0);
	scene_end(&scene);
}

Test(sublayout, what_is_wrong_inside_is_told_with_the_path_of_steps)
{
	struct scene scene;

	scene_start(&scene, "a");
	scene_file(&scene, "", "a", &scene.ann,
		   layout_of(&scene, SOON, "b", ""));
	scene_file(&scene, xstrdup(folder(&scene, "a")), "b", &scene.ann,
		   layout_of(&scene, SOON, "c", ""));
	scene_file(&scene, folder(&scene, "ab"), NULL, &scene.ann,
		   link_text("c", "", "\"evil\":" D0));
	cr_expect_str_eq(scene_judge(&scene, &scene.source), "rule-disallow");
	cr_expect_str_eq(scene.report.items[0].step, "a/b/c");
	cr_expect(strstr(scene.report.items[0].message,
			 "in the sublayout of step 'a/b': "));
	cr_expect_null(scene.chain->steps[0].reduced);
	free((char *)scene.filed[1].parent);
	scene_end(&scene);
}

Test(sublayout, one_by_somebody_else_is_not_looked_at)
{
	struct scene scene;

	scene_start(&scene, "a");
	scene_file(&scene, "", "a", &scene.bob,
		   layout_of(&scene, SOON, "", ""));
	cr_expect_str_eq(scene_judge(&scene, &scene.source), "step-threshold");
	cr_expect_eq(scene.n_lists, 1);
	scene_end(&scene);
}

Test(sublayout, one_for_another_step_is_not_looked_at)
{
	struct scene scene;

	scene_start(&scene, "a");
	scene_file(&scene, "", "b", &scene.ann,
		   layout_of(&scene, SOON, "", ""));
	cr_expect_str_eq(scene_judge(&scene, &scene.source), "link-missing");
	scene_end(&scene);
}

Test(sublayout, an_expired_one_is_refused)
{
	struct scene scene;

	scene_start(&scene, "a");
	scene_file(&scene, "", "a", &scene.ann,
		   layout_of(&scene, "1970-01-01T00:00:00Z", "", ""));
	cr_expect_str_eq(scene_judge(&scene, &scene.source), "layout-expired");
	scene_end(&scene);
}

Test(sublayout, without_a_source_it_is_a_finding)
{
	struct scene scene;

	scene_start(&scene, "a");
	scene_file(&scene, "", "a", &scene.ann,
		   layout_of(&scene, SOON, "", ""));
	cr_expect_str_eq(scene_judge(&scene, NULL), "sublayout-unjudged");
	scene_end(&scene);
}

Test(sublayout, one_that_fails_refuses_whoever_else_did_the_step)
{
	struct scene scene;
	scoped_text a = NULL;
	scoped_text b = NULL;
	scoped_text text = NULL;

	scene_start(&scene, "a");
	layout_free(scene.layout);
	a = person_listed(&scene.ann, key_id(scene.ann.key));
	b = person_listed(&scene.bob, key_id(scene.bob.key));
	text = xasprintf("{\"_type\":\"layout\",\"expires\":\"" SOON
			 "\",\"keys\":{%s,%s},\"inspect\":[],\"steps\":[{"
			 "\"name\":\"a\",\"pubkeys\":[\"%s\",\"%s\"]}]}",
			 a, b, key_id(scene.ann.key), key_id(scene.bob.key));
	cr_assert_eq(layout_read(&scene.layout, text, strlen(text), &scene.err),
		     0);
	scene_file(&scene, "", NULL, &scene.bob, link_text("a", "", ""));
	scene_file(&scene, "", "a", &scene.ann,
		   layout_of(&scene, SOON, "s", ""));
	cr_expect_str_eq(scene_judge(&scene, &scene.source), "link-missing");
	cr_expect_eq(scene.chain->steps[0].n_good, 1);
	scene_end(&scene);
}

Test(sublayout, one_in_itself_is_refused)
{
	struct scene scene;

	scene_start(&scene, "a");
	scene_file(&scene, "*", "a", &scene.ann,
		   layout_of(&scene, SOON, "a", ""));
	cr_expect_str_eq(scene_judge(&scene, &scene.source), "sublayout-cycle");
	cr_expect_eq(scene.n_lists, 2);
	scene_end(&scene);
}

/* A tower of layouts that differ: the last one has a link, or no steps. */
static const char *tower(struct scene *scene, size_t height)
{
	char *parents[20] = { NULL };
	char steps[20] = "";
	const char *got = NULL;

	for (size_t i = 0; i < height; i++) {
		scoped_text expires =
			xasprintf("20%zu-01-01T00:00:00Z", i + 30);

		parents[i] = xstrdup(folder(scene, steps));
		scene_file(scene, parents[i], "a", &scene->ann,
			   layout_of(scene, expires, i + 1 < height ? "a" : "",
				     ""));
		steps[i] = 'a';
	}
	got = scene_judge(scene, &scene->source);
	for (size_t i = 0; i < height; i++)
		free(parents[i]);
	return got;
}

Test(sublayout, sixteen_in_each_other_are_judged_and_no_more)
{
	struct scene scene;

	scene_start(&scene, "a");
	cr_expect_str_eq(tower(&scene, 16), "");
	scene_end(&scene);
	scene_start(&scene, "a");
	cr_expect_str_eq(tower(&scene, 17), "sublayout-limit");
	scene_end(&scene);
}

/* Each has both steps done by the next one: 2^12 sublayouts. */
Test(sublayout, many_are_refused_and_not_judged_for_ever)
{
	struct scene scene;

	scene_start(&scene, "a");
	layout_free(scene.layout);
	scoped_text text = layout_of(&scene, SOON, "01", "");
	cr_assert_eq(layout_read(&scene.layout, text, strlen(text), &scene.err),
		     0);
	for (size_t i = 0; i < 12; i++) {
		static const char *const steps[] = { "01", "23", "45", "67",
						     "89", "AB", "CD", "EF",
						     "GH", "IJ", "KL", "MN",
						     "OP" };
		static char names[24][2];

		for (size_t j = 0; j < 2; j++) {
			names[2 * i + j][0] = steps[i][j];
			scene_file(&scene, "*", names[2 * i + j], &scene.ann,
				   layout_of(&scene, SOON,
					     i < 11 ? steps[i + 1] : "", ""));
		}
	}
	scene_judge(&scene, &scene.source);
	cr_assert_geq(scene.report.n, 1);
	cr_expect_str_eq(scene.report.items[0].reason, "sublayout-limit");
	scene_end(&scene);
}

Test(sublayout, parameters_hold_inside)
{
	struct scene scene;
	scoped_value(parameters) parameters = { .strict = true };

	scene_start(&scene, "a");
	parameters_set(&parameters, "A", "evil");
	scene.source.parameters = &parameters;
	scene_file(&scene, "", "a", &scene.ann,
		   layout_of(&scene, SOON, "s", ""));
	scene_file(&scene, folder(&scene, "a"), NULL, &scene.ann,
		   link_text("s", "", "\"evil\":" D0));
	cr_expect_str_eq(scene_judge(&scene, &scene.source), "");
	scene_end(&scene);
	scene_start(&scene, "a");
	parameters_release(&parameters);
	parameters.strict = true;
	parameters_set(&parameters, "B", "evil");
	scene.source.parameters = &parameters;
	scene_file(&scene, "", "a", &scene.ann,
		   layout_of(&scene, SOON, "s", ""));
	cr_expect_str_eq(scene_judge(&scene, &scene.source),
			 "layout-parameter");
	scene_end(&scene);
}

#define INSPECTION(name) "{\"name\":\"" name "\",\"run\":[\"true\"]}"

Test(sublayout, inspections_run_when_asked_for_the_innermost_first)
{
	struct scene scene;

	scene_start(&scene, "a");
	scene_file(&scene, "", "a", &scene.ann,
		   layout_of(&scene, SOON, "b", INSPECTION("good")));
	scene_file(&scene, folder(&scene, "a"), "b", &scene.ann,
		   layout_of(&scene, SOON, "", INSPECTION("bad")));
	cr_expect_str_eq(scene_judge(&scene, &scene.source), "");
	cr_expect_eq(scene.inspected, 0);
	cr_assert_eq(sublayout_inspections(scene.chain, &scene.source,
					   &scene.report, &scene.err),
		     0);
	cr_expect_eq(scene.inspected, 2);
	cr_assert_eq(scene.report.n, 1);
	cr_expect_str_eq(scene.report.items[0].step, "a/b");
	scene_end(&scene);
}

Test(sublayout, inspections_that_nobody_runs_are_a_finding)
{
	struct scene scene;

	scene_start(&scene, "a");
	scene.source.inspect = NULL;
	scene_file(&scene, "", "a", &scene.ann,
		   layout_of(&scene, SOON, "", INSPECTION("good")));
	cr_expect_str_eq(scene_judge(&scene, &scene.source),
			 "sublayout-unjudged");
	scene_end(&scene);
}

Test(sublayout, a_command_inside_is_checked_where_that_is_asked_for)
{
	struct scene scene;
	scoped_text text = NULL;
	scoped_text listed = NULL;

	scene_start(&scene, "a");
	listed = person_listed(&scene.ann, key_id(scene.ann.key));
	text = xasprintf("{\"_type\":\"layout\",\"expires\":\"" SOON
			 "\",\"keys\":{%s},\"inspect\":[],\"steps\":[{"
			 "\"name\":\"s\",\"pubkeys\":[\"%s\"],"
			 "\"expected_command\":[\"make\"]}]}",
			 listed, key_id(scene.ann.key));
	scene_file(&scene, "", "a", &scene.ann, take(text));
	scene_file(&scene, folder(&scene, "a"), NULL, &scene.ann,
		   link_text("s", "", ""));
	cr_expect_str_eq(scene_judge(&scene, &scene.source), "");
	chain_commands(scene.chain, &scene.report);
	cr_assert_eq(scene.report.n, 1);
	cr_expect_str_eq(scene.report.items[0].reason, "step-command");
	cr_expect_str_eq(scene.report.items[0].step, "a/s");
	scene_end(&scene);
}
