/* test_filemode.c: a layout and its links as files, and its inspections. */
#include <criterion/criterion.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tempdir.h"
#include "people.h"
#include "verify/filemode.h"

#define D0                                                                 \
	"{\"sha256\":\"00000000000000000000000000000000000000000000000000" \
	"00000000000000\"}"
#define LINK_A "{\"_type\":\"link\",\"name\":\"a\",\"products\":{\"x\":" D0 "}}"

struct scene {
	struct tempdir dir;
	struct person owner;
	struct person ann;
	struct report report;
	struct filemode_result result;
	struct intoto_error err;
	int64_t now;
};

static void scene_write(struct scene *scene, const char *name, char *text)
{
	scoped_text path = path_join(scene->dir.path, name);

	cr_assert_eq(file_write(path, text, strlen(text), 0644, &scene->err), 0,
		     "%s", scene->err.message);
	free(text);
}

/* Step `a` by Ann; her key is listed under its legacy keyid. */
static void scene_start(struct scene *scene, const char *inspections)
{
	scoped_text listed = NULL;
	scoped_text layout = NULL;

	*scene = (struct scene){ .report = REPORT_INIT, .now = 1000 };
	cr_assert_eq(tempdir_make(&scene->dir, "/tmp", "unit", &scene->err), 0);
	scene->owner = person_make(7);
	scene->ann = person_make(1);
	listed = person_listed(&scene->ann, key_id(scene->ann.key));
	layout = xasprintf(
		"{\"_type\":\"layout\",\"expires\":\"2030-01-01T00:00:00Z\","
		"\"readme\":\"\",\"keys\":{%s},\"inspect\":[%s],\"steps\":[{"
		"\"name\":\"a\",\"pubkeys\":[\"%s\"],\"expected_products\":"
		"[[\"REQUIRE\",\"x\"]]}]}",
		listed, inspections, key_id(scene->ann.key));
	scene_write(scene, "root.layout",
		    metablock(layout, &scene->owner, NULL));
}

static void scene_link(struct scene *scene, const char *keyid, char *text)
{
	scoped_text name = xasprintf("a.%.8s.link", keyid);

	scene_write(scene, name, text);
}

static int scene_judge(struct scene *scene, const struct key *owner)
{
	scoped_text layout = path_join(scene->dir.path, "root.layout");
	const struct filemode what = {
		.layout_path = layout,
		.link_dir = scene->dir.path,
		.keys = &owner,
		.n_keys = 1,
		.now = scene->now,
		.max_size = 1 << 20,
	};

	cr_assert_eq(chdir(scene->dir.path), 0);
	return filemode_verify(&scene->result, &what, &scene->report,
			       &scene->err);
}

static void scene_gives(struct scene *scene, const char *reason)
{
	cr_assert_eq(scene_judge(scene, scene->owner.key), 0, "%s",
		     scene->err.message);
	if (!*reason) {
		cr_expect_eq(scene->report.n, 0, "%s",
			     scene->report.n ? scene->report.items[0].message
					     : "");
		return;
	}
	cr_assert_geq(scene->report.n, 1, "nothing refused, not %s", reason);
	cr_expect_str_eq(scene->report.items[0].reason, reason, "%s",
			 scene->report.items[0].message);
}

static void scene_end(struct scene *scene)
{
	cr_assert_eq(chdir("/"), 0);
	filemode_result_release(&scene->result);
	report_release(&scene->report);
	key_free(scene->owner.key);
	key_free(scene->ann.key);
	tempdir_release(&scene->dir);
}

Test(filemode, a_link_filed_under_either_keyid_is_found)
{
	for (int i = 0; i < 2; i++) {
		struct scene scene;
		const char *id = NULL;

		scene_start(&scene, "");
		id = i ? key_id_new(scene.ann.key) : key_id(scene.ann.key);
		scene_link(&scene, id, metablock(LINK_A, &scene.ann, id));
		scene_gives(&scene, "");
		cr_expect_eq(scene.result.folders[0]->n, 1);
		cr_expect_not_null(scene.result.chain->steps[0].reduced);
		scene_end(&scene);
	}
}

Test(filemode, a_missing_link_is_refused_by_its_file_name)
{
	struct scene scene;

	scene_start(&scene, "");
	scene_gives(&scene, "link-missing");
	cr_expect(strstr(scene.report.items[0].expected, ".link"));
	scene_end(&scene);
}

Test(filemode, a_malformed_link_is_a_warning_and_counts_for_nothing)
{
	struct scene scene;

	scene_start(&scene, "");
	scene_link(&scene, key_id(scene.ann.key), xstrdup("{"));
	scene_gives(&scene, "link-missing");
	cr_expect_eq(scene.report.warnings.n, 1);
	scene_end(&scene);
	scene_start(&scene, "");
	scene_link(&scene, key_id(scene.ann.key), xstrdup("{"));
	scene_link(&scene, key_id_new(scene.ann.key),
		   metablock(LINK_A, &scene.ann, NULL));
	scene_gives(&scene, "");
	cr_expect_eq(scene.report.warnings.n, 1);
	scene_end(&scene);
}

Test(filemode, a_link_of_another_step_counts_for_nothing)
{
	struct scene scene;

	scene_start(&scene, "");
	scene_link(&scene, key_id(scene.ann.key),
		   metablock("{\"_type\":\"link\",\"name\":\"b\"}", &scene.ann,
			     NULL));
	scene_gives(&scene, "link-missing");
	cr_expect_eq(scene.report.warnings.n, 1);
	scene_end(&scene);
}

Test(filemode, a_forged_link_is_refused)
{
	struct scene scene;

	scene_start(&scene, "");
	scene_link(&scene, key_id(scene.ann.key),
		   metablock(LINK_A, &scene.owner, key_id(scene.ann.key)));
	scene_gives(&scene, "step-threshold");
	scene_end(&scene);
}

Test(filemode, the_rules_are_judged)
{
	struct scene scene;

	scene_start(&scene, "");
	scene_link(&scene, key_id(scene.ann.key),
		   metablock("{\"_type\":\"link\",\"name\":\"a\"}", &scene.ann,
			     NULL));
	scene_gives(&scene, "rule-require");
	scene_end(&scene);
}

Test(filemode, every_key_given_must_have_signed)
{
	struct scene scene;

	scene_start(&scene, "");
	cr_assert_eq(scene_judge(&scene, scene.ann.key), 0);
	cr_assert_eq(scene.report.n, 1);
	cr_expect_str_eq(scene.report.items[0].reason, "signature-missing");
	cr_expect_null(scene.result.chain);
	scene_end(&scene);
}

Test(filemode, without_a_key_nothing_is_judged)
{
	struct intoto_error err = { 0 };
	scoped_value(report) report = REPORT_INIT;
	scoped_value(filemode_result) result = { 0 };
	const struct filemode what = { .layout_path = "/dev/null" };

	cr_expect_eq(filemode_verify(&result, &what, &report, &err), -1);
	cr_expect_eq(err.code, INTOTO_ETRUST);
}

Test(filemode, an_expired_layout_is_refused)
{
	struct scene scene;

	scene_start(&scene, "");
	scene_link(&scene, key_id(scene.ann.key),
		   metablock(LINK_A, &scene.ann, NULL));
	scene.now = 1893456000;
	scene_gives(&scene, "layout-expired");
	scene_end(&scene);
}

/* Ann's layout in the place of her link, whose step `s` is hers as well. */
static void scene_sublayout(struct scene *scene, const char *inspections)
{
	scoped_text listed = person_listed(&scene->ann, key_id(scene->ann.key));
	scoped_text sub = xasprintf(
		"{\"_type\":\"layout\",\"expires\":\"2030-01-01T00:00:00Z\","
		"\"keys\":{%s},\"inspect\":[%s],\"steps\":[{\"name\":\"s\","
		"\"pubkeys\":[\"%s\"]}]}",
		listed, inspections, key_id(scene->ann.key));
	const char *id = key_id(scene->ann.key);
	scoped_text dir = xasprintf("%s/a.%.8s", scene->dir.path, id);
	scoped_text name = xasprintf("a.%.8s/s.%.8s.link", id, id);

	scene_link(scene, id, metablock(sub, &scene->ann, NULL));
	mkdir(dir, 0755);
	scene_write(scene, name,
		    metablock("{\"_type\":\"link\",\"name\":\"s\","
			      "\"products\":{\"x\":" D0 "}}",
			      &scene->ann, NULL));
}

Test(filemode, a_sublayout_is_judged_with_the_links_in_its_folder)
{
	struct scene scene;
	scoped_text gone = NULL;

	scene_start(&scene, "");
	scene_sublayout(&scene, "");
	scene_gives(&scene, "");
	cr_expect_eq(scene.result.n_folders, 2);
	scene_end(&scene);
	scene_start(&scene, "");
	scene_sublayout(&scene, "");
	gone = xasprintf("%s/a.%.8s/s.%.8s.link", scene.dir.path,
			 key_id(scene.ann.key), key_id(scene.ann.key));
	unlink(gone);
	scene_gives(&scene, "link-missing");
	cr_expect_str_eq(scene.report.items[0].step, "a/s");
	scene_end(&scene);
}

Test(filemode, a_sublayouts_inspections_run)
{
	struct scene scene;

	scene_start(&scene, "");
	scene_sublayout(&scene, "{\"name\":\"i\",\"run\":[\"false\"]}");
	scene_gives(&scene, "inspection-failed");
	cr_expect_str_eq(scene.report.items[0].step, "a/i");
	scene_end(&scene);
}

Test(filemode, a_file_counts_only_for_the_key_that_it_is_named_by)
{
	struct scene scene;
	scoped_text name = NULL;

	scene_start(&scene, "");
	name = xasprintf("a.%.8s.link", key_id(scene.owner.key));
	scene_write(&scene, name, metablock(LINK_A, &scene.ann, NULL));
	scene_gives(&scene, "link-missing");
	scene_end(&scene);
}

Test(filemode, a_link_that_cannot_be_read_counts_for_nothing)
{
	struct scene scene;
	scoped_text name = NULL;

	scene_start(&scene, "");
	name = xasprintf("%s/a.%.8s.link", scene.dir.path,
			 key_id(scene.ann.key));
	mkdir(name, 0755);
	scene_gives(&scene, "link-missing");
	cr_expect_eq(scene.report.warnings.n, 1);
	scene_end(&scene);
}

Test(filemode, what_is_no_layout_could_not_be_judged)
{
	struct scene scene;

	scene_start(&scene, "");
	scene_write(&scene, "root.layout",
		    metablock(LINK_A, &scene.owner, NULL));
	cr_expect_eq(scene_judge(&scene, scene.owner.key), -1);
	cr_expect_eq(scene.err.code, INTOTO_EINVALID);
	scene_end(&scene);
}

#define INSPECTION(run, products)                                            \
	"{\"name\":\"i\",\"run\":[" run "],\"expected_products\":[" products \
	"]}"

Test(filemode, an_inspection_sees_the_files)
{
	struct scene scene;

	scene_start(&scene,
		    INSPECTION("\"touch\",\"made\"",
			       "[\"REQUIRE\",\"made\"],[\"CREATE\",\"made\"],"
			       "[\"ALLOW\",\"root.layout\"],"
			       "[\"DISALLOW\",\"*\"]"));
	scene_write(&scene, "x.pyc", xstrdup(""));
	scene_write(&scene, "x~", xstrdup(""));
	scene_link(&scene, key_id(scene.ann.key),
		   metablock(LINK_A, &scene.ann, NULL));
	/* what tempdir.h keeps in the folder is no file of ours */
	cr_assert_eq(chdir(scene.dir.path), 0);
	unlink("pid");
	unlink(".pid");
	scene_gives(&scene, "");
	scene_end(&scene);
}

Test(filemode, a_failing_inspection_is_refused)
{
	struct scene scene;

	scene_start(&scene, INSPECTION("\"false\"", ""));
	scene_link(&scene, key_id(scene.ann.key),
		   metablock(LINK_A, &scene.ann, NULL));
	scene_gives(&scene, "inspection-failed");
	scene_end(&scene);
	scene_start(&scene, INSPECTION("", ""));
	scene_link(&scene, key_id(scene.ann.key),
		   metablock(LINK_A, &scene.ann, NULL));
	scene_gives(&scene, "inspection-failed");
	scene_end(&scene);
}

Test(filemode, no_inspection_runs_when_something_is_refused)
{
	struct scene scene;

	scene_start(&scene, INSPECTION("\"touch\",\"made\"", ""));
	scene_gives(&scene, "link-missing");
	cr_expect_not(file_exists("made"));
	scene_end(&scene);
}

Test(filemode, an_inspections_missing_program_could_not_be_judged)
{
	struct scene scene;

	scene_start(&scene, INSPECTION("\"/nonexistent/program\"", ""));
	scene_link(&scene, key_id(scene.ann.key),
		   metablock(LINK_A, &scene.ann, NULL));
	cr_expect_eq(scene_judge(&scene, scene.owner.key), -1);
	scene_end(&scene);
}

Test(filemode, links_to_files_and_folders_are_followed)
{
	struct intoto_error err = { 0 };
	scoped_value(tempdir) dir = { 0 };
	scoped(artifacts) set = NULL;

	cr_assert_eq(tempdir_make(&dir, "/tmp", "unit", &err), 0);
	cr_assert_eq(chdir(dir.path), 0);
	mkdir("files", 0755);
	mkdir("files/d", 0755);
	mkdir("files/.git", 0755);
	mkdir("files/x.linkdir", 0755);
	file_write("files/d/f", "x", 1, 0644, &err);
	file_write("files/.git/f", "x", 1, 0644, &err);
	file_write("files/x.linkdir/f", "x", 1, 0644, &err);
	cr_assert_eq(symlink("d/f", "files/l"), 0);
	cr_assert_eq(symlink("d", "files/e"), 0);
	cr_assert_eq(symlink("nowhere", "files/dead"), 0);
	cr_assert_eq(mkfifo("files/fifo", 0644), 0);
	cr_assert_eq(inspect_record(&set, "files", &err), 0, "%s", err.message);
	cr_expect_eq(artifacts_count(set), 3);
	cr_expect_geq(artifacts_find(set, "d/f", 3), 0);
	cr_expect_geq(artifacts_find(set, "e/f", 3), 0);
	cr_expect_geq(artifacts_find(set, "l", 1), 0);
	cr_assert_eq(symlink("..", "files/d/up"), 0);
	artifacts_free(take(set));
	cr_expect_eq(inspect_record(&set, "files", &err), -1);
	cr_expect_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(chdir("/"), 0);
}
