/* test_api.c: what another program may use. */
#include "policy_tools.h"

#include "intoto/check.h"
#include "intoto/key.h"
#include "intoto/layout.h"
#include "intoto/link.h"
#include "intoto/verify.h"

#define NOW 1000
#define D0                                                                 \
	"{\"sha256\":\"00000000000000000000000000000000000000000000000000" \
	"00000000000000\"}"
#define LINK_A                                                       \
	"{\"_type\":\"link\",\"name\":\"a\",\"command\":[\"make\"]," \
	"\"materials\":{\"m\":{\"sha512\":\"00\"}},"                 \
	"\"products\":{\"x\":" D0 ",\"y\":" D0 "}}"

static struct intoto_error err;

static struct intoto_key *key_of(const struct person *person)
{
	json_t *object = key_to_json(person->key);
	char *text = json_dumps(object, JSON_COMPACT);
	struct intoto_key *key = NULL;

	cr_assert_eq(intoto_key_read(&key, text, strlen(text), &err), 0, "%s",
		     err.message);
	free(text);
	json_decref(object);
	return key;
}

/* Step `a` by Ann, who is number 1. */
static char *layout_text(const char *inspections)
{
	struct person ann = person_make(1);
	scoped_text listed = person_listed(&ann, key_id(ann.key));
	char *text = xasprintf(
		"{\"_type\":\"layout\",\"expires\":\"2030-01-01T00:00:00Z\","
		"\"readme\":\"read\\ngit-intoto-layout: project=" PROJECT
		" name=release version=7\",\"keys\":{%s},\"inspect\":[%s],"
		"\"steps\":[{\"name\":\"a\",\"pubkeys\":[\"%s\"],"
		"\"expected_products\":[[\"REQUIRE\",\"x\"]]}]}",
		listed, inspections, key_id(ann.key));

	key_free(ann.key);
	return text;
}

static struct intoto_envelope *envelope_signed(const char *part,
					       const struct person *by)
{
	scoped_text text = metablock(part, by, NULL);
	struct intoto_envelope *envelope = NULL;

	cr_assert_eq(intoto_envelope_read(&envelope, text, strlen(text), &err),
		     0, "%s", err.message);
	return envelope;
}

TestSuite(api, .timeout = 120);

Test(api, a_key_is_read_from_text_and_from_a_file)
{
	struct intoto_key *a = NULL;
	struct intoto_key *b = NULL;
	scoped_text json = NULL;

	cr_assert_eq(intoto_key_load(&a, "t/data/edk.pub", &err), 0, "%s",
		     err.message);
	cr_assert_str_eq(intoto_key_type(a), "ed25519");
	cr_assert_str_eq(intoto_key_scheme(a), "ed25519");
	json = intoto_key_json(a);
	cr_assert_eq(intoto_key_read(&b, json, strlen(json), &err), 0, "%s",
		     err.message);
	cr_assert(intoto_key_equal(a, b));
	cr_assert_str_eq(intoto_key_id(a), intoto_key_id(b));
	cr_assert_str_eq(intoto_key_id_new(a), intoto_key_id_new(b));
	cr_assert_str_neq(intoto_key_id(a), intoto_key_id_new(a));
	cr_assert_str_eq(intoto_key_material(a), intoto_key_material(b));
	intoto_key_free(a);
	intoto_key_free(b);
	intoto_key_free(NULL);
}

Test(api, of_a_private_key_the_public_half_is_taken)
{
	struct intoto_key *private = NULL;
	struct intoto_key *public = NULL;
	scoped_text json = NULL;

	cr_assert_eq(intoto_key_load(&private, "t/data/rsa.key", &err), 0);
	cr_assert_eq(intoto_key_load(&public, "t/data/rsa.pub", &err), 0);
	cr_assert(intoto_key_equal(private, public));
	json = intoto_key_json(private);
	cr_assert_null(strstr(json, "PRIVATE"));
	intoto_key_free(private);
	intoto_key_free(public);
}

Test(api, what_is_no_key_is_refused)
{
	static const char *const texts[] = { "", "hello", "{}",
					     "ssh-ed25519 AAAA" };
	struct intoto_key *key = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cr_assert_eq(intoto_key_read(&key, texts[i], strlen(texts[i]),
					     &err),
			     -1);
		cr_assert_eq(err.code, INTOTO_EINVALID);
	}
	cr_assert_eq(intoto_key_read(&key, "a\0b", 3, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(intoto_key_read(&key, texts[0], (size_t)2 << 20, &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_eq(intoto_key_load(&key, "no-such-file", &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_null(key);
}

Test(api, nothing_is_read_out_of_an_envelope_before_a_signature_held)
{
	struct person owner = person_make(7);
	struct person other = person_make(8);
	struct intoto_key *right = key_of(&owner);
	struct intoto_key *wrong = key_of(&other);
	scoped_text part = layout_text("");
	struct intoto_envelope *envelope = envelope_signed(part, &owner);
	struct intoto_layout *layout = NULL;
	struct intoto_link *link = NULL;

	cr_assert_eq(intoto_envelope_content(envelope), INTOTO_CONTENT_LAYOUT);
	cr_assert_not(intoto_envelope_is_dsse(envelope));
	cr_assert_str_eq(intoto_envelope_keyid(envelope, 0),
			 intoto_key_id(right));
	cr_assert_null(intoto_envelope_keyid(envelope, 1));
	cr_assert_eq(intoto_layout_read(&layout, envelope, NOW, &err), -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED);
	cr_assert_str_eq(err.reason, "signature-missing");
	cr_assert_eq(intoto_envelope_verify(envelope, wrong, NOW, &err), -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED);
	cr_assert_eq(intoto_layout_read(&layout, envelope, NOW, &err), -1);
	cr_assert_eq(intoto_envelope_verify(envelope, right, NOW, &err), 0);
	cr_assert_eq(intoto_link_read(&link, envelope, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(intoto_layout_read(&layout, envelope, NOW, &err), 0, "%s",
		     err.message);
	cr_assert_null(link);
	intoto_layout_free(layout);
	intoto_envelope_free(envelope);
	intoto_key_free(right);
	intoto_key_free(wrong);
	key_free(owner.key);
	key_free(other.key);
}

Test(api, a_layout_outlives_its_envelope_and_tells_its_policy)
{
	struct person owner = person_make(7);
	struct person ann = person_make(1);
	struct intoto_key *by = key_of(&owner);
	struct intoto_key *ann_key = key_of(&ann);
	scoped_text part = layout_text("{\"name\":\"look\",\"run\":[\"ls\"]}");
	struct intoto_envelope *envelope = envelope_signed(part, &owner);
	struct intoto_layout *layout = NULL;
	struct intoto_key *key;
	char digest[INTOTO_DIGEST_SIZE], same[INTOTO_DIGEST_SIZE];

	cr_assert_eq(intoto_envelope_verify(envelope, by, NOW, &err), 0);
	intoto_envelope_digest(same, envelope);
	cr_assert_eq(intoto_layout_read(&layout, envelope, 1893456000, &err),
		     -1);
	cr_assert_str_eq(err.reason, "layout-expired");
	cr_assert_eq(intoto_layout_read(&layout, envelope, NOW, &err), 0);
	intoto_envelope_free(envelope);
	cr_assert_eq(intoto_layout_expires(layout), 1893456000);
	cr_assert_eq(strncmp(intoto_layout_readme(layout), "read\n", 5), 0);
	cr_assert_str_eq(intoto_layout_project(layout), PROJECT);
	cr_assert_str_eq(intoto_layout_name(layout), "release");
	cr_assert_eq(intoto_layout_version(layout), 7);
	intoto_layout_digest(digest, layout);
	cr_assert_str_eq(digest, same);
	cr_assert_eq(intoto_layout_step_count(layout), 1);
	cr_assert_str_eq(intoto_layout_step_name(layout, 0), "a");
	cr_assert_eq(intoto_layout_step_threshold(layout, 0), 1);
	key = intoto_layout_step_key(layout, 0, 0);
	cr_assert(intoto_key_equal(key, ann_key));
	cr_assert_null(intoto_layout_step_key(layout, 0, 1));
	cr_assert_null(intoto_layout_step_key(layout, 1, 0));
	cr_assert_null(intoto_layout_step_name(layout, 1));
	cr_assert_eq(intoto_layout_step_threshold(layout, 1), 0);
	cr_assert_eq(intoto_layout_inspection_count(layout), 1);
	cr_assert_str_eq(intoto_layout_inspection_name(layout, 0), "look");
	cr_assert_null(intoto_layout_inspection_name(layout, 1));
	intoto_layout_free(layout);
	intoto_layout_free(NULL);
	/* A key is of its own. */
	cr_assert_str_eq(intoto_key_type(key), "ed25519");
	intoto_key_free(key);
	intoto_key_free(by);
	intoto_key_free(ann_key);
	key_free(owner.key);
	key_free(ann.key);
}

Test(api, a_link_tells_its_artifacts)
{
	struct person ann = person_make(1);
	struct intoto_key *by = key_of(&ann);
	struct intoto_envelope *envelope = envelope_signed(LINK_A, &ann);
	struct intoto_link *link = NULL;
	scoped_text command = NULL;
	char sum[INTOTO_DIGEST_SIZE];
	size_t index = 9;

	cr_assert_eq(intoto_link_read(&link, envelope, &err), -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED);
	cr_assert_eq(intoto_envelope_verify(envelope, by, NOW, &err), 0);
	cr_assert_eq(intoto_link_read(&link, envelope, &err), 0);
	intoto_envelope_free(envelope);
	cr_assert_str_eq(intoto_link_step(link), "a");
	command = intoto_link_command(link);
	cr_assert_str_eq(command, "make");
	cr_assert_eq(intoto_link_artifact_count(link, INTOTO_MATERIALS), 1);
	cr_assert_eq(intoto_link_artifact_count(link, INTOTO_PRODUCTS), 2);
	cr_assert(intoto_link_find(&index, link, INTOTO_PRODUCTS, "y"));
	cr_assert_eq(index, 1);
	cr_assert_str_eq(intoto_link_artifact_name(link, INTOTO_PRODUCTS, 1),
			 "y");
	cr_assert(intoto_link_artifact_sha256(sum, link, INTOTO_PRODUCTS, 1));
	cr_assert_eq(strspn(sum, "0"), 64);
	cr_assert_not(
		intoto_link_artifact_sha256(sum, link, INTOTO_MATERIALS, 0));
	cr_assert_str_eq(sum, "");
	cr_assert_not(intoto_link_find(&index, link, INTOTO_MATERIALS, "y"));
	cr_assert_null(intoto_link_artifact_name(link, INTOTO_PRODUCTS, 2));
	cr_assert_not(
		intoto_link_artifact_sha256(sum, link, INTOTO_PRODUCTS, 2));
	intoto_link_free(link);
	intoto_link_free(NULL);
	intoto_key_free(by);
	key_free(ann.key);
}

struct folder {
	struct tempdir dir;
	struct person owner;
	struct person ann;
	struct intoto_key *key;
	char *layout;
};

static void put_file(const struct folder *folder, const char *name, char *text)
{
	scoped_text path = path_join(folder->dir.path, name);

	write_file(path, text);
	free(text);
}

static struct folder folder_make(const char *inspections)
{
	struct folder folder = { .dir = { NULL } };
	scoped_text part = layout_text(inspections);

	cr_assert_eq(tempdir_make(&folder.dir, "/tmp", "unit", &err), 0);
	folder.owner = person_make(7);
	folder.ann = person_make(1);
	folder.key = key_of(&folder.owner);
	folder.layout = path_join(folder.dir.path, "root.layout");
	put_file(&folder, "root.layout", metablock(part, &folder.owner, NULL));
	return folder;
}

static void put_link(const struct folder *folder, const struct person *by)
{
	scoped_text name = xasprintf("a.%.8s.link", key_id(by->key));

	put_file(folder, name, metablock(LINK_A, by, NULL));
}

static int judge_folder(struct intoto_verdict **out,
			const struct folder *folder,
			const struct intoto_key *key, unsigned flags)
{
	const struct intoto_key *const keys[] = { key };

	return intoto_verify_layout(out, folder->layout, folder->dir.path, keys,
				    key ? 1 : 0, NOW, flags, &err);
}

static void folder_end(struct folder *folder)
{
	intoto_key_free(folder->key);
	key_free(folder->owner.key);
	key_free(folder->ann.key);
	free(folder->layout);
	tempdir_release(&folder->dir);
}

Test(api, a_layout_file_with_its_link_is_accepted)
{
	struct folder folder = folder_make("");
	struct intoto_verdict *verdict = NULL;

	put_link(&folder, &folder.ann);
	cr_assert_eq(judge_folder(&verdict, &folder, folder.key, 0), 0, "%s",
		     err.message);
	cr_assert(intoto_verdict_accepts(verdict));
	cr_assert_eq(intoto_verdict_finding_count(verdict), 0);
	cr_assert_null(intoto_verdict_finding(verdict, 0));
	cr_assert_null(intoto_verdict_warning(verdict, 0));
	cr_assert_null(intoto_verdict_tag(verdict));
	cr_assert_null(intoto_verdict_commit(verdict));
	cr_assert_eq(intoto_verdict_file_count(verdict), 0);
	cr_assert_null(intoto_verdict_file_path(verdict, 0));
	intoto_verdict_free(verdict);
	folder_end(&folder);
}

Test(api, a_missing_link_is_a_finding)
{
	struct folder folder = folder_make("");
	struct intoto_verdict *verdict = NULL;
	const struct intoto_finding *finding;

	cr_assert_eq(judge_folder(&verdict, &folder, folder.key, 0), 0);
	cr_assert_not(intoto_verdict_accepts(verdict));
	cr_assert_geq(intoto_verdict_finding_count(verdict), 1);
	finding = intoto_verdict_finding(verdict, 0);
	cr_assert_str_eq(intoto_finding_reason(finding), "link-missing");
	cr_assert_str_eq(intoto_finding_step(finding), "a");
	cr_assert_gt(strlen(intoto_finding_message(finding)), 0);
	cr_assert_not_null(intoto_finding_expected(finding));
	cr_assert_null(intoto_finding_artifact(finding));
	cr_assert_null(intoto_finding_rule(finding));
	intoto_verdict_free(verdict);
	folder_end(&folder);
}

Test(api, a_layout_of_another_owner_is_a_finding)
{
	struct folder folder = folder_make("");
	struct intoto_key *ann = key_of(&folder.ann);
	struct intoto_verdict *verdict = NULL;

	put_link(&folder, &folder.ann);
	cr_assert_eq(judge_folder(&verdict, &folder, ann, 0), 0);
	cr_assert_not(intoto_verdict_accepts(verdict));
	cr_assert_eq(intoto_verdict_finding_count(verdict), 1);
	intoto_verdict_free(verdict);
	intoto_key_free(ann);
	folder_end(&folder);
}

Test(api, a_layout_file_is_not_judged_without_keys_or_a_layout)
{
	struct folder folder = folder_make("");
	struct intoto_verdict *verdict = NULL;

	cr_assert_eq(judge_folder(&verdict, &folder, NULL, 0), -1);
	cr_assert_eq(err.code, INTOTO_ETRUST);
	cr_assert_eq(judge_folder(&verdict, &folder, folder.key, 2), -1);
	cr_assert_eq(err.code, INTOTO_EUSAGE);
	write_file(folder.layout, "{");
	cr_assert_eq(judge_folder(&verdict, &folder, folder.key, 0), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(unlink(folder.layout), 0);
	cr_assert_eq(judge_folder(&verdict, &folder, folder.key, 0), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_null(verdict);
	cr_assert_not(intoto_verdict_accepts(NULL));
	intoto_verdict_free(NULL);
	folder_end(&folder);
}

Test(api, no_inspection_runs_unless_it_was_asked_for)
{
	struct folder folder = folder_make(
		"{\"name\":\"look\",\"run\":[\"touch\",\"it-ran\"]}");
	struct intoto_verdict *verdict = NULL;

	cr_assert_eq(chdir(folder.dir.path), 0);
	put_link(&folder, &folder.ann);
	cr_assert_eq(judge_folder(&verdict, &folder, folder.key, 0), -1);
	cr_assert_eq(err.code, INTOTO_EUNSUPPORTED);
	cr_assert_null(verdict);
	cr_assert_not(file_exists("it-ran"));
	cr_assert_eq(judge_folder(&verdict, &folder, folder.key,
				  INTOTO_RUN_INSPECTIONS),
		     0, "%s", err.message);
	cr_assert(intoto_verdict_accepts(verdict));
	cr_assert(file_exists("it-ran"));
	intoto_verdict_free(verdict);
	cr_assert_eq(chdir("/"), 0);
	folder_end(&folder);
}

/* A proven tag in the repository of the current folder. */
static struct world world;
static struct layout_text policy;
static struct intoto_repo *repo;
static struct intoto_check_options *options;
static struct intoto_verdict *verdict;

static void put_proof(void)
{
	struct link *link = make_link(&world, "build");

	put_layout(&world, layout_line(&world, &policy, &world.owner));
	add_line(&world, link_line(make_link(&world, "tag"), &world.alice));
	add_product(link, "dist/a.tar", "tar");
	add_line(&world, link_line(link, &world.bob));
	write_file("a.tar", "tar");
}

static void check_begin(void)
{
	struct intoto_key *owner;

	world = world_make();
	policy = (struct layout_text)LAYOUT_TEXT;
	owner = key_of(&world.owner);
	options = intoto_check_options_new();
	intoto_check_options_add_key(options, owner);
	intoto_key_free(owner);
	cr_assert_eq(intoto_repo_open(&repo, &err), 0, "%s", err.message);
}

static void check_end(void)
{
	intoto_verdict_free(verdict);
	intoto_check_options_free(options);
	intoto_check_options_free(NULL);
	intoto_repo_free(repo);
	intoto_repo_free(NULL);
	world_end(&world);
}

TestSuite(api_check, .init = check_begin, .fini = check_end, .timeout = 120);

static int check(const char *tag, const char *file)
{
	const char *const files[] = { file };

	intoto_verdict_free(verdict);
	verdict = NULL;
	return intoto_check_tag(&verdict, repo, tag, files, file ? 1 : 0,
				options, &err);
}

/* "" if accepted, else the first reason. */
static const char *reason(const char *tag, const char *file)
{
	cr_assert_eq(check(tag, file), 0, "%s", err.message);
	if (intoto_verdict_accepts(verdict))
		return "";
	return intoto_finding_reason(intoto_verdict_finding(verdict, 0));
}

Test(api_check, the_repository_is_that_of_the_folder)
{
	scoped_text here = sh_out("git rev-parse --absolute-git-dir");

	cr_assert_str_eq(intoto_repo_git_dir(repo), here);
	cr_assert_not(intoto_repo_is_bare(repo));
}

Test(api_check, no_repository_is_not_found)
{
	struct intoto_repo *none = NULL;

	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(intoto_repo_open(&none, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_null(none);
}

Test(api_check, a_proven_tag_and_its_file_are_accepted)
{
	char commit[OID_HEX_SIZE];

	put_proof();
	cr_assert_str_eq(reason("v1", NULL), "");
	cr_assert_eq(intoto_verdict_file_count(verdict), 0);
	cr_assert_str_eq(reason("refs/tags/v1", "a.tar"), "");
	oid_hex(commit, &world.facts->tag.commit);
	cr_assert_str_eq(intoto_verdict_commit(verdict), commit);
	oid_hex(commit, &world.facts->tag.oid);
	cr_assert_str_eq(intoto_verdict_tag(verdict), commit);
	cr_assert_eq(intoto_verdict_file_count(verdict), 1);
	cr_assert_str_eq(intoto_verdict_file_path(verdict, 0), "a.tar");
	cr_assert_str_eq(intoto_verdict_file_product(verdict, 0), "dist/a.tar");
	cr_assert_str_eq(intoto_verdict_file_step(verdict, 0), "build");
	cr_assert_eq(strlen(intoto_verdict_file_sha256(verdict, 0)), 64);
	cr_assert_null(intoto_verdict_file_path(verdict, 1));
}

Test(api_check, a_replaced_file_is_refused_with_its_name)
{
	bool told = false;

	put_proof();
	write_file("a.tar", "trojan");
	cr_assert_str_neq(reason("v1", "a.tar"), "");
	for (size_t i = 0; i < intoto_verdict_finding_count(verdict); i++) {
		const char *artifact = intoto_finding_artifact(
			intoto_verdict_finding(verdict, i));

		told |= artifact && strstr(artifact, "a.tar");
	}
	cr_assert(told);
	cr_assert_null(intoto_verdict_file_product(verdict, 0));
}

Test(api_check, a_name_stands_for_what_a_file_is_called)
{
	put_proof();
	write_file("other", "tar");
	cr_assert_str_neq(reason("v1", "other"), "");
	intoto_check_options_set_name(options, "dist/a.tar");
	cr_assert_str_eq(reason("v1", "other"), "");
	cr_assert_eq(check("v1", NULL), -1);
	cr_assert_eq(err.code, INTOTO_EUSAGE);
}

Test(api_check, an_unproven_tag_is_refused)
{
	put_layout(&world, layout_line(&world, &policy, &world.owner));
	cr_assert_str_neq(reason("v1", NULL), "");
	cr_assert_geq(intoto_verdict_finding_count(verdict), 1);
}

Test(api_check, a_layout_of_another_owner_is_not_believed)
{
	put_layout(&world, layout_line(&world, &policy, &world.mallory));
	add_line(&world, link_line(make_link(&world, "tag"), &world.alice));
	cr_assert_str_eq(reason("v1", NULL), "layout-threshold");
}

Test(api_check, every_key_given_must_have_signed)
{
	struct intoto_key *bob = key_of(&world.bob);

	put_proof();
	intoto_check_options_add_key(options, bob);
	intoto_key_free(bob);
	cr_assert_str_eq(reason("v1", NULL), "layout-threshold");
}

Test(api_check, the_layouts_that_must_hold_can_be_named)
{
	put_proof();
	intoto_check_options_add_layout(options, "release");
	cr_assert_str_eq(reason("v1", NULL), "");
	intoto_check_options_add_layout(options, "audit");
	cr_assert_eq(check("v1", NULL), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_null(verdict);
}

Test(api_check, expiry_is_judged_as_of_the_time_given)
{
	policy.expires = "2020-01-01T00:00:00Z";
	put_proof();
	cr_assert_str_eq(reason("v1", NULL), "layout-expired");
	intoto_check_options_set_time(options, 1500000000);
	cr_assert_str_eq(reason("v1", NULL), "");
}

Test(api_check, inspections_have_to_be_decided)
{
	policy.inspections = "[{\"_type\":\"inspection\",\"name\":\"look\","
			     "\"run\":[\"true\"],\"expected_materials\":[],"
			     "\"expected_products\":[]}]";
	put_proof();
	cr_assert_eq(check("v1", NULL), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID, "%s", err.message);
	intoto_check_options_set_inspections(options, INTOTO_INSPECTIONS_SKIP);
	cr_assert_str_eq(reason("v1", NULL), "");
	intoto_check_options_set_inspections(options, INTOTO_INSPECTIONS_RUN);
	cr_assert_str_eq(reason("v1", "a.tar"), "");
}

Test(api_check, what_cannot_be_judged_has_no_verdict)
{
	put_proof();
	cr_assert_eq(check("v2", NULL), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_eq(check("..", NULL), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(check("v1", "no-such-file"), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_eq(intoto_check_tag(&verdict, repo, "v1", NULL, 0, NULL,
				      &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ETRUST);
	cr_assert_null(verdict);
}

Test(api_check, the_clones_own_trust_is_the_default_and_remembers)
{
	scoped(trust) after = NULL;

	put_proof();
	cr_assert_eq(trust_save(world.trust, world.repo, &err), 0);
	cr_assert_str_eq(reason("v1", NULL), "");
	cr_assert_eq(trust_load(&after, world.repo, &err), 0);
	cr_assert_str_eq(after->project, "", "a key was given");
	intoto_verdict_free(take(verdict));
	cr_assert_eq(intoto_check_tag(&verdict, repo, "v1", NULL, 0, NULL,
				      &err),
		     0, "%s", err.message);
	cr_assert(intoto_verdict_accepts(verdict));
	trust_free(take(after));
	cr_assert_eq(trust_load(&after, world.repo, &err), 0);
	cr_assert_str_eq(after->project, PROJECT);
}
