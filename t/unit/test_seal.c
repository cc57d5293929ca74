/* test_seal.c: what a seal is, and when a tag may be judged by it. */
#include "seal_tools.h"

#include "policy/vouch.h"

static struct world world;
static struct layout_text text;
static struct judge_options options;
static struct intoto_error err;
static struct judgement *judgement;
static char *first; /* the layout under which the tag was proven */
static char digest[SHA256_HEX_SIZE];
static char *lines[3]; /* tag and build */

static void setup(void)
{
	world = world_make();
	text = (struct layout_text)LAYOUT_TEXT;
	options = (struct judge_options){
		.trust = world.trust,
		.now = clock_now(),
		.no_side_effects = true,
	};
}

static void teardown(void)
{
	judgement_free(judgement);
	free(first);
	free(lines[0]);
	free(lines[1]);
	world_end(&world);
}

TestSuite(seal, .init = setup, .fini = teardown);

/* "" if accepted, else the first reason. */
static const char *verdict(void)
{
	judgement_free(take(judgement));
	cr_assert_eq(judge_tag(&judgement, world.repo, TAG, &options, &err), 0,
		     "%s", err.message);
	if (judgement_accepts(judgement))
		return "";
	cr_assert_gt(judgement->report.n, 0);
	return judgement->report.items[0].reason;
}

static bool refuses(const char *reason)
{
	return *verdict() && report_has(&judgement->report, reason);
}

static char *build_line(const struct person *by, const char *content)
{
	struct link *link = make_link(&world, "build");

	add_product(link, "dist/a.tar", content);
	return link_line(link, by);
}

/* Version 1 proves v1; version 2 asks for what v1 does not have. */
static void prove_and_change(void)
{
	first = layout_line(&world, &text, &world.owner);
	layout_digest_of(digest, first);
	put_layout(&world, xstrdup(first));
	lines[0] = link_line(make_link(&world, "tag"), &world.alice);
	lines[1] = build_line(&world.bob, "tar");
	add_line(&world, xstrdup(lines[0]));
	add_line(&world, xstrdup(lines[1]));
	cr_assert_str_eq(verdict(), "");
	text.version = 2;
	text.tag_threshold = 3;
	put_layout(&world, layout_line(&world, &text, &world.owner));
	cr_assert(*verdict());
}

static json_t *a_seal(void)
{
	return seal_of(&world, digest, (const char *const *)lines,
		       options.now - 10);
}

static void add_seal_by(const json_t *statement, const struct person *by)
{
	scoped_text payload = payload_of(statement);

	add_line(&world, statement_line(payload, by));
}

static void add_seal(const json_t *statement)
{
	add_seal_by(statement, &world.owner);
}

static json_t *predicate(json_t *statement)
{
	return json_object_get(statement, "predicate");
}

/* The identity of a seal as its line has it. */
static void identity_of(char out[SHA256_HEX_SIZE], const json_t *statement)
{
	scoped_text payload = payload_of(statement);
	scoped_text line = statement_line(payload, &world.owner);

	line_identity(out, line);
}

Test(seal, a_sealed_tag_outlives_the_version_that_proved_it)
{
	scoped_json seal = NULL;
	const struct judged_layout *layout;

	prove_and_change();
	seal = a_seal();
	add_seal(seal);
	cr_assert_str_eq(verdict(), "", "%s",
			 judgement->report.n
				 ? judgement->report.items[0].message
				 : "");
	layout = &judgement->layouts[0];
	cr_assert(layout->sealed);
	cr_assert_eq(layout->version, 2);
	cr_assert_eq(layout->sealed_version, 1);
	cr_assert_str_eq(layout->sealed_digest, digest);
	cr_assert_eq(layout->sealed_by.n, 1);
	cr_assert_eq(layout->links.n, 2);
}

Test(seal, without_a_seal_the_layout_in_force_has_the_last_word)
{
	prove_and_change();
	cr_assert(refuses("step-threshold"));
	cr_assert_not(judgement->layouts[0].sealed);
}

Test(seal, a_seal_that_is_not_needed_changes_nothing)
{
	scoped_json seal = NULL;

	prove_and_change();
	seal = a_seal();
	add_seal(seal);
	text.version = 3;
	text.tag_threshold = 1;
	put_layout(&world, layout_line(&world, &text, &world.owner));
	cr_assert_str_eq(verdict(), "");
	cr_assert_not(judgement->layouts[0].sealed);
}

Test(seal, a_seal_by_somebody_who_is_no_owner_is_none)
{
	scoped_json seal = NULL;

	prove_and_change();
	seal = a_seal();
	add_seal_by(seal, &world.mallory);
	add_seal_by(seal, &world.alice);
	cr_assert(refuses("step-threshold"));
	cr_assert(warns_of(&judgement->report, "signed by 0 of the 1 owners"));
}

Test(seal, one_of_two_owners_is_not_enough_and_two_are)
{
	scoped_json seal = NULL;

	trust_add_key(NULL, world.trust, world.bob.key);
	cr_assert_eq(trust_set_threshold(world.trust, 1, &err), 0);
	prove_and_change();
	cr_assert_eq(trust_set_threshold(world.trust, 2, &err), 0);
	seal = a_seal();
	add_seal(seal);
	/* The layouts themselves have one signature. */
	cr_assert(*verdict());
	cr_assert_eq(trust_set_threshold(world.trust, 1, &err), 0);
	cr_assert_str_eq(verdict(), "");
}

Test(seal, several_lines_count_together_over_one_payload_only)
{
	scoped_value(seals) seals = { 0 };
	scoped_value(report) report = REPORT_INIT;
	scoped_value(note) note = { 0 };
	scoped_json one = NULL;
	scoped_json two = NULL;
	scoped_text ref = notes_links_ref(&world.facts->tag.oid);

	trust_add_key(NULL, world.trust, world.bob.key);
	cr_assert_eq(trust_set_threshold(world.trust, 1, &err), 0);
	prove_and_change();
	cr_assert_eq(trust_set_threshold(world.trust, 2, &err), 0);
	one = a_seal();
	two = seal_of(&world, digest, (const char *const *)lines, options.now);
	add_seal(one);
	add_seal_by(two, &world.bob);
	cr_assert_eq(note_read(&note, world.repo, ref, &world.facts->tag.oid,
			       &err),
		     0);
	cr_assert_eq(seals_read(&seals, world.facts, &note, world.trust,
				options.now, &report, &err),
		     0);
	cr_assert_eq(seals.n, 0);
	cr_assert_eq(report.warnings.n, 2);
	add_seal_by(one, &world.bob);
	note_release(&note);
	note = (struct note){ 0 };
	cr_assert_eq(note_read(&note, world.repo, ref, &world.facts->tag.oid,
			       &err),
		     0);
	cr_assert_eq(seals_read(&seals, world.facts, &note, world.trust,
				options.now, NULL, &err),
		     0);
	cr_assert_eq(seals.n, 1);
	cr_assert_eq(seals.items[0]->n_lines, 2);
	cr_assert_eq(seals.items[0]->by.n, 2);
}

Test(seal, a_seal_of_another_tag_does_not_count_here)
{
	scoped_json seal = NULL;
	json_t *subject;

	prove_and_change();
	seal = a_seal();
	subject = json_array_get(json_object_get(seal, "subject"), 0);
	json_object_set_new(subject, "name", json_string("refs/tags/v2"));
	add_seal(seal);
	cr_assert(refuses("step-threshold"));
	cr_assert(warns_of(&judgement->report, "another tag"));
}

Test(seal, a_seal_of_another_object_of_that_name_does_not_count)
{
	scoped_json seal = NULL;
	json_t *digests;

	prove_and_change();
	seal = a_seal();
	digests = json_object_get(
		json_array_get(json_object_get(seal, "subject"), 0), "digest");
	json_object_set_new(
		digests, "gitTag",
		json_string("0123456789012345678901234567890123456789"));
	add_seal(seal);
	cr_assert(refuses("step-threshold"));
}

Test(seal, a_seal_with_other_bytes_of_the_tag_does_not_count)
{
	scoped_json seal = NULL;
	json_t *digests;

	prove_and_change();
	seal = a_seal();
	digests = json_object_get(
		json_array_get(json_object_get(seal, "subject"), 0), "digest");
	json_object_set_new(digests, "sha256", json_string(digest));
	add_seal(seal);
	cr_assert(refuses("step-threshold"));
}

Test(seal, a_version_that_was_never_in_force_cannot_be_sealed_for)
{
	scoped_json seal = NULL;
	char *other;

	prove_and_change();
	/* Signed by the owner, and never in the history of the ref. */
	text.tag_threshold = 1;
	text.version = 7;
	other = layout_line(&world, &text, &world.owner);
	layout_digest_of(digest, other);
	free(other);
	seal = a_seal();
	add_seal(seal);
	cr_assert(refuses("seal-layout"));
}

Test(seal, a_seal_for_another_layout_does_not_help_this_one)
{
	scoped_json seal = NULL;

	prove_and_change();
	seal = a_seal();
	json_object_set_new(json_object_get(predicate(seal), "policy"), "uri",
			    json_string("git-intoto:layout/nightly"));
	add_seal(seal);
	cr_assert(refuses("step-threshold"));
}

Test(seal, a_new_link_of_a_sealed_tag_is_passed_over)
{
	scoped_json seal = NULL;

	prove_and_change();
	seal = a_seal();
	add_seal(seal);
	/* It contradicts the one that is listed. */
	add_line(&world, build_line(&world.bob, "other"));
	cr_assert_str_eq(verdict(), "");
	cr_assert_eq(judgement->layouts[0].links.n, 2);
}

Test(seal, a_listed_link_that_is_withdrawn_breaks_the_seal)
{
	scoped_json seal = NULL;
	char identity[SHA256_HEX_SIZE];

	prove_and_change();
	seal = a_seal();
	add_seal(seal);
	line_identity(identity, lines[1]);
	add_line(&world, revoke_line(&world, identity, &world.owner));
	cr_assert(refuses("seal-link"));
}

Test(seal, a_seal_of_links_that_are_not_enough_does_not_help)
{
	scoped_json seal = NULL;

	prove_and_change();
	free(take(lines[1]));
	seal = a_seal();
	add_seal(seal);
	cr_assert(refuses("seal-refused"));
}

Test(seal, a_link_that_nobody_has_makes_a_seal_void)
{
	scoped_json seal = NULL;

	prove_and_change();
	seal = a_seal();
	json_array_append_new(json_object_get(predicate(seal),
					      "inputAttestations"),
			      json_pack("{s:{s:s}}", "digest", "sha256",
					digest));
	add_seal(seal);
	cr_assert(refuses("seal-link"));
}

Test(seal, a_withdrawn_seal_stays_withdrawn_also_if_it_comes_again)
{
	scoped_json seal = NULL;
	char identity[SHA256_HEX_SIZE];

	prove_and_change();
	seal = a_seal();
	add_seal(seal);
	identity_of(identity, seal);
	cr_assert_str_eq(verdict(), "");
	add_line(&world, revoke_line(&world, identity, &world.owner));
	cr_assert(refuses("step-threshold"));
	add_seal_by(seal, &world.owner);
	cr_assert(refuses("step-threshold"));
}

Test(seal, nobody_but_the_owners_withdraws_a_seal)
{
	scoped_json seal = NULL;
	char identity[SHA256_HEX_SIZE];

	prove_and_change();
	seal = a_seal();
	add_seal(seal);
	identity_of(identity, seal);
	add_line(&world, revoke_line(&world, identity, &world.mallory));
	add_line(&world, revoke_line(&world, identity, &world.alice));
	cr_assert_str_eq(verdict(), "");
}

Test(seal, a_revoked_tag_is_refused_however_well_it_is_sealed)
{
	scoped_json seal = NULL;

	prove_and_change();
	seal = a_seal();
	add_seal(seal);
	add_line(&world, revoke_line(&world, "tag", &world.owner));
	cr_assert(refuses("tag-revoked"));
	cr_assert(judgement->revoked);
}

Test(seal, an_expired_layout_in_force_is_not_helped_by_a_seal)
{
	scoped_json seal = NULL;

	prove_and_change();
	seal = a_seal();
	add_seal(seal);
	text.version = 3;
	text.expires = "2001-01-01T00:00:00Z";
	put_layout(&world, layout_line(&world, &text, &world.owner));
	cr_assert(refuses("layout-expired"));
}

Test(seal, the_expiry_of_the_sealed_version_is_not_asked)
{
	scoped_json seal = NULL;

	text.expires = "2099-01-01T00:00:00Z";
	prove_and_change();
	seal = a_seal();
	add_seal(seal);
	text.version = 3;
	text.expires = "2199-01-01T00:00:00Z";
	put_layout(&world, layout_line(&world, &text, &world.owner));
	cr_assert_eq(clock_parse(&options.now, "2150-01-01T00:00:00Z", &err),
		     0);
	options.now_given = true;
	cr_assert_str_eq(verdict(), "");
	cr_assert_eq(judgement->layouts[0].sealed_version, 1);
}

static int reads(json_t *statement, struct seal **out)
{
	scoped_text payload = payload_of(statement);
	scoped(envelope) envelope =
		envelope_of(statement_line(payload, &world.owner));

	err = (struct intoto_error){ 0 };
	return seal_read(out, envelope, &err);
}

static int breaks(const char *name, json_t *value)
{
	scoped_json seal = a_seal();
	scoped(seal) read = NULL;

	json_object_set_new(predicate(seal), name, value);
	return reads(seal, &read);
}

Test(seal, malformed_seals_are_named)
{
	scoped_json seal = NULL;
	scoped(seal) read = NULL;

	prove_and_change();
	seal = a_seal();
	cr_assert_eq(reads(seal, &read), 0, "%s", err.message);
	cr_assert_str_eq(read->layout, "release");
	cr_assert_eq(read->links.n, 2);
	cr_assert(seal_covers(read, world.facts));
	cr_assert_eq(breaks("inputAttestations", json_array()), -1);
	cr_assert_eq(breaks("inputAttestations", json_null()), -1);
	cr_assert_eq(breaks("verificationResult", json_string("FAILED")), -1);
	cr_assert_eq(breaks("timeVerified", json_string("yesterday")), -1);
	cr_assert_eq(breaks("policy", json_object()), -1);
	cr_assert_eq(breaks("policy", json_pack("{s:s, s:{s:s}}", "uri",
						"git-intoto:layout/../x",
						"digest", "sha256", digest)),
		     -1);
	cr_assert_eq(breaks("policy", json_pack("{s:s, s:{s:s}}", "uri",
						"git-intoto:layout/release",
						"digest", "sha256", "ABC")),
		     -1);
	json_array_append(json_object_get(seal, "subject"),
			  json_array_get(json_object_get(seal, "subject"), 0));
	seal_free(take(read));
	cr_assert_eq(reads(seal, &read), -1);
}

Test(seal, another_verification_summary_is_no_seal)
{
	scoped_json seal = NULL;
	scoped(seal) read = NULL;

	prove_and_change();
	seal = a_seal();
	json_object_set_new(json_object_get(predicate(seal), "verifier"), "id",
			    json_string("https://example.com/ci"));
	cr_assert_eq(reads(seal, &read), 0);
	cr_assert_null(read);
	add_seal(seal);
	cr_assert(refuses("step-threshold"));
}

Test(seal, without_the_tree_seals_are_not_read)
{
	scoped(tag_facts) facts = NULL;
	scoped_value(seals) seals = { 0 };
	const struct note note = { 0 };

	prove_and_change();
	cr_assert_eq(tag_facts_read_tag(&facts, world.repo, TAG, NULL, PROJECT,
					&err),
		     0);
	cr_assert_eq(seals_read(&seals, facts, &note, world.trust, options.now,
				NULL, &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
}

Test(seal, who_pins_a_version_of_the_layout_is_served_no_other)
{
	scoped_json seal = NULL;
	scoped_text line = NULL;
	char now[SHA256_HEX_SIZE];

	prove_and_change();
	seal = a_seal();
	add_seal(seal);
	line = layout_line(&world, &text, &world.owner);
	layout_digest_of(now, line);
	cr_assert_str_eq(verdict(), "");
	cr_assert_eq(trust_add_layout(NULL, world.trust, "release", now, &err),
		     0, "%s", err.message);
	cr_assert(refuses("step-threshold"));
}
