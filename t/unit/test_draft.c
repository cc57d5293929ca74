/* test_draft.c: drafts that are chosen, signed, imported and published. */
#include "policy_tools.h"

#include "policy/draft.h"
#include "policy/publish.h"

#define RELEASE_REF NOTES_PREFIX "layouts/release"
#define TRACKING_REF NOTES_TRACKING_PREFIX "origin/layouts/release"

static struct world world;

/* owner, alice and bob own the layouts; two of them must sign. */
static void setup(void)
{
	struct intoto_error err = { 0 };

	world = world_make();
	trust_add_key(NULL, world.trust, world.alice.key);
	trust_add_key(NULL, world.trust, world.bob.key);
	cr_assert_eq(trust_set_threshold(world.trust, 2, &err), 0);
	cr_assert_eq(trust_pin_project(world.trust, PROJECT, &err), 0);
	cr_assert_eq(trust_save(world.trust, world.repo, &err), 0, "%s",
		     err.message);
}

static void teardown(void)
{
	world_end(&world);
}

TestSuite(draft, .init = setup, .fini = teardown);

/* A person's key as a file, and who signs with it. */
static struct signer *signer_of(uint8_t number)
{
	/* PKCS#8 of an ed25519 seed. */
	uint8_t der[48] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
			    0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
	const struct key_settings settings = { 0 };
	scoped_value(buffer) pem = BUFFER_INIT;
	struct intoto_error err = { 0 };
	struct signer *signer = NULL;

	memset(der + 16, number, 32);
	buffer_puts(&pem, "-----BEGIN PRIVATE KEY-----\n");
	base64_append(&pem, der, sizeof(der));
	buffer_puts(&pem, "\n-----END PRIVATE KEY-----\n");
	cr_assert_eq(file_write("key.pem", pem.data, pem.len, 0600, &err), 0);
	cr_assert_eq(signer_open(&signer, "key.pem", &settings, &err), 0, "%s",
		     err.message);
	return signer;
}

static struct envelope *layout_by(int version, const char *rules,
				  const struct person *by)
{
	struct layout_text text = LAYOUT_TEXT;

	text.version = version;
	text.build_rules = rules;
	return envelope_of(layout_line(&world, &text, by));
}

/* The signed part of a version with those rules, as a draft of it. */
static void save_draft(const char *rules)
{
	scoped(envelope) envelope = layout_by(1, rules, &world.owner);
	struct intoto_error err = { 0 };
	scoped_json part = json_deep_copy(envelope->layout->signed_part);
	bool changed = false;

	json_object_set_new(part, "readme", json_string("made elsewhere"));
	cr_assert_eq(draft_save(&changed, world.repo, "release", part, &err), 0,
		     "%s", err.message);
	cr_assert(changed);
}

static void pend(const struct envelope *envelope)
{
	struct intoto_error err = { 0 };
	struct ref_update update;

	cr_assert_eq(pending_prepare(&update, world.repo, envelope, &err), 0,
		     "%s", err.message);
	publish(&update, world.repo);
}

/* Signed by two, and in force. */
static void put_in_force(const char *ref, int version,
			 const struct person *first,
			 const struct person *second)
{
	scoped(envelope) one = layout_by(version, "[]", first);
	scoped(envelope) two = layout_by(version, "[]", second);
	scoped_value(buffer) line = BUFFER_INIT;
	struct intoto_error err = { 0 };

	pending_join(one, two);
	cr_assert_eq(envelope_append_line(&line, one, &err), 0);
	put_layout_at(&world, ref, buffer_take(&line));
}

static struct layout_draft *choose(const char *wanted)
{
	struct layout_draft *draft = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(draft_choose(&draft, world.repo, "release", world.trust,
				  PROJECT, wanted, clock_now(), NULL, &err),
		     0, "%s", err.message);
	return draft;
}

static struct intoto_error not_chosen(const char *wanted)
{
	struct layout_draft *draft = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(draft_choose(&draft, world.repo, "release", world.trust,
				  PROJECT, wanted, clock_now(), NULL, &err),
		     -1);
	cr_assert_null(draft);
	return err;
}

static bool sign(struct layout_draft *draft, uint8_t number)
{
	scoped(signer) signer = number ? signer_of(number) : NULL;
	scoped_value(strlist) missing = STRLIST_INIT;
	struct intoto_error err = { 0 };
	bool in_force = false;

	cr_assert_eq(draft_sign(&in_force, &missing, world.repo, draft,
				world.trust, &signer, signer ? 1 : 0,
				clock_now(), &err),
		     0, "%s", err.message);
	cr_assert_eq(missing.n, in_force ? 0 : 3 - draft->signed_by);
	return in_force;
}

static struct inforce *in_force(void)
{
	struct intoto_error err = { 0 };
	struct inforce *inforce = NULL;

	if (inforce_load(&inforce, world.repo, world.trust, "release", 0, NULL,
			 &err) < 0)
		return NULL;
	return inforce;
}

Test(draft, is_in_force_with_the_second_signature_and_not_before)
{
	scoped(layout_draft) first = NULL;
	scoped(layout_draft) second = NULL;
	scoped(inforce) layout = NULL;

	save_draft("[]");
	first = choose(NULL);
	cr_assert(first->local);
	cr_assert_not(sign(first, 1));
	cr_assert_null(in_force());
	second = choose(NULL);
	cr_assert_str_eq(second->digest, first->digest);
	cr_assert(sign(second, 2));
	layout = in_force();
	cr_assert_not_null(layout);
	cr_assert_eq(layout->signed_by, 2);
	cr_assert_str_eq(layout->digest, first->digest);
	cr_assert_not(draft_exists(world.repo, "release"));
}

Test(draft, signed_twice_by_one_owner_counts_once)
{
	scoped(layout_draft) draft = NULL;

	save_draft("[]");
	for (int i = 0; i < 3; i++) {
		layout_draft_free(draft);
		draft = choose(NULL);
		cr_assert_not(sign(draft, 1));
		cr_assert_eq(draft->signed_by, 1);
	}
	cr_assert_null(in_force());
}

Test(draft, a_stranger_signs_nothing)
{
	scoped(layout_draft) draft = NULL;
	struct intoto_error err = { 0 };
	struct oid oid;

	save_draft("[]");
	draft = choose(NULL);
	cr_assert_not(sign(draft, 4));
	cr_assert_eq(draft->envelope->n_signatures, 0);
	cr_assert_eq(refs_read(&oid, world.repo, PENDING_REF, &err), -1);
}

Test(draft, a_pending_one_is_signed_as_it_is_without_a_file)
{
	scoped(envelope) pending = layout_by(1, "[]", &world.owner);
	scoped(layout_draft) draft = NULL;

	pend(pending);
	draft = choose(NULL);
	cr_assert_not(draft->local);
	cr_assert(sign(draft, 2));
	cr_assert_not(draft_exists(world.repo, "release"));
}

Test(draft, enough_pending_signatures_need_no_further_one)
{
	scoped(envelope) one = layout_by(1, "[]", &world.owner);
	scoped(envelope) two = layout_by(1, "[]", &world.bob);
	scoped(layout_draft) draft = NULL;

	pend(one);
	pend(two);
	draft = choose(NULL);
	cr_assert(sign(draft, 0));
}

Test(draft, several_of_one_version_must_be_chosen_among)
{
	scoped(envelope) one = layout_by(1, "[]", &world.owner);
	scoped(envelope) two = layout_by(1, "[[\"ALLOW\",\"*\"]]", &world.bob);
	scoped(layout_draft) draft = NULL;
	char digest[SHA256_HEX_SIZE];
	struct intoto_error err;

	pend(one);
	pend(two);
	err = not_chosen(NULL);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	envelope_digest(digest, two);
	cr_assert(strstr(err.message, digest) != NULL);
	draft = choose(digest);
	cr_assert_str_eq(draft->digest, digest);
	cr_assert_eq(draft->others.n, 1);
	cr_assert_eq(not_chosen("sha256:0000").code, INTOTO_ENOTFOUND);
}

Test(draft, the_file_here_is_meant_and_others_are_named)
{
	scoped(envelope) other =
		layout_by(1, "[[\"ALLOW\",\"*\"]]", &world.bob);
	scoped(layout_draft) draft = NULL;

	pend(other);
	save_draft("[]");
	draft = choose(NULL);
	cr_assert(draft->local);
	cr_assert_eq(draft->others.n, 1);
}

Test(draft, what_nobody_trusted_signed_is_no_choice)
{
	scoped(envelope) forged = layout_by(1, "[]", &world.mallory);
	scoped_value(report) warnings = REPORT_INIT;
	struct layout_draft *draft = NULL;
	struct intoto_error err = { 0 };

	pend(forged);
	cr_assert_eq(draft_choose(&draft, world.repo, "release", world.trust,
				  PROJECT, NULL, clock_now(), &warnings, &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert(warns_of(&warnings, "no owner who is trusted here"));
}

Test(draft, a_version_that_was_taken_is_stale)
{
	scoped(envelope) late =
		layout_by(2, "[[\"ALLOW\",\"*\"]]", &world.alice);
	char digest[SHA256_HEX_SIZE];
	struct intoto_error err;

	pend(late);
	put_in_force(RELEASE_REF, 2, &world.owner, &world.bob);
	cr_assert_eq(not_chosen(NULL).code, INTOTO_ENOTFOUND);
	envelope_digest(digest, late);
	err = not_chosen(digest);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert(strstr(err.message, "version 2 is in force") != NULL);
}

Test(draft, a_file_that_was_overtaken_is_refused)
{
	struct intoto_error err;

	put_in_force(RELEASE_REF, 1, &world.owner, &world.bob);
	save_draft("[[\"ALLOW\",\"*\"]]");
	sh("cp .git/intoto/drafts/release.json draft.json");
	put_in_force(RELEASE_REF, 2, &world.owner, &world.bob);
	err = not_chosen(NULL);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert(strstr(err.hint, "git intoto layout discard release"));
}

Test(draft, a_file_that_another_owner_put_in_force_goes)
{
	scoped(layout_draft) draft = NULL;
	scoped(envelope) same = NULL;
	scoped_value(buffer) line = BUFFER_INIT;
	struct intoto_error err = { 0 };

	save_draft("[]");
	draft = choose(NULL);
	cr_assert_not(sign(draft, 1));
	same = take(draft->envelope);
	{
		scoped(signer) bob = signer_of(3);

		cr_assert_eq(envelope_add_signature(same, bob, &err), 0);
	}
	cr_assert_not(draft_tidy(world.repo, "release", world.trust));
	cr_assert_eq(envelope_append_line(&line, same, &err), 0);
	put_layout_at(&world, TRACKING_REF, buffer_take(&line));
	cr_assert(draft_tidy(world.repo, "release", world.trust));
	cr_assert_not(draft_exists(world.repo, "release"));
}

Test(draft, a_tip_short_of_the_threshold_takes_no_draft_away)
{
	scoped(layout_draft) draft = NULL;
	scoped_value(buffer) line = BUFFER_INIT;
	struct intoto_error err = { 0 };

	save_draft("[]");
	draft = choose(NULL);
	cr_assert_not(sign(draft, 1));
	cr_assert_eq(envelope_append_line(&line, draft->envelope, &err), 0);
	put_layout_at(&world, TRACKING_REF, buffer_take(&line));
	cr_assert_not(draft_tidy(world.repo, "release", world.trust));
	cr_assert(draft_exists(world.repo, "release"));
}

static struct oid tip(const char *ref)
{
	struct intoto_error err = { 0 };
	struct oid oid;

	cr_assert_eq(refs_read(&oid, world.repo, ref, &err), 0);
	return oid;
}

static bool adopts(void)
{
	struct intoto_error err = { 0 };
	bool moved = false;

	cr_assert_eq(publish_adopt(&moved, world.repo, "release", world.trust,
				   clock_now(), &err),
		     0, "%s", err.message);
	return moved;
}

Test(draft, of_two_completions_at_once_the_remotes_stays)
{
	struct oid here, there;

	put_in_force(RELEASE_REF, 1, &world.owner, &world.alice);
	put_in_force(TRACKING_REF, 1, &world.owner, &world.bob);
	here = tip(RELEASE_REF);
	there = tip(TRACKING_REF);
	cr_assert_not(oid_equal(&here, &there));
	cr_assert(adopts());
	here = tip(RELEASE_REF);
	cr_assert(oid_equal(&here, &there));
	cr_assert_not(adopts());
}

Test(draft, a_remotes_copy_short_of_the_threshold_is_not_followed)
{
	put_in_force(RELEASE_REF, 1, &world.owner, &world.alice);
	put_in_force(TRACKING_REF, 1, &world.owner, &world.mallory);
	cr_assert_not(adopts());
}

Test(draft, another_layout_of_a_remote_is_not_followed)
{
	put_in_force(RELEASE_REF, 1, &world.owner, &world.alice);
	put_in_force(TRACKING_REF, 2, &world.owner, &world.bob);
	cr_assert_not(adopts());
}

static struct layout_draft *import(bool *changed, const struct envelope *from)
{
	scoped_value(buffer) text = BUFFER_INIT;
	struct layout_draft *draft = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(envelope_append_file(&text, from, &err), 0);
	cr_assert_eq(draft_import(&draft, changed, world.repo, "release",
				  world.trust, buffer_text(&text), text.len,
				  clock_now(), &err),
		     0, "%s", err.message);
	return draft;
}

Test(draft, an_import_with_owners_signatures_keeps_its_bytes)
{
	scoped(envelope) one = layout_by(3, "[]", &world.owner);
	scoped(envelope) two = layout_by(3, "[]", &world.bob);
	scoped(layout_draft) draft = NULL;
	bool changed = false;

	draft = import(&changed, one);
	cr_assert_not_null(draft);
	cr_assert_not(sign(draft, 0));
	cr_assert(draft_exists(world.repo, "release"));
	layout_draft_free(draft);
	pending_join(one, two);
	draft = import(&changed, one);
	cr_assert_not_null(draft);
	cr_assert(sign(draft, 0));
	cr_assert_not(draft_exists(world.repo, "release"));
}

Test(draft, an_import_by_nobody_or_of_another_project_loses_its_signatures)
{
	struct layout_text text = LAYOUT_TEXT;
	scoped(envelope) forged = layout_by(1, "[]", &world.mallory);
	scoped(envelope) foreign = NULL;
	struct intoto_error err = { 0 };
	bool changed = false;

	text.project = OTHER_PROJECT;
	foreign = envelope_of(layout_line(&world, &text, &world.owner));
	for (int i = 0; i < 2; i++) {
		scoped(envelope) stored = NULL;

		cr_assert_null(import(&changed, i ? foreign : forged));
		cr_assert(changed);
		cr_assert_eq(draft_load(&stored, world.repo, "release", &err),
			     0);
		cr_assert_eq(stored->n_signatures, 0);
		cr_assert_eq(stored->layout->stamp.version, 0);
		cr_assert_null(import(&changed, i ? foreign : forged));
		cr_assert_not(changed);
		cr_assert_eq(draft_discard(world.repo, "release", &err), 0);
	}
}

Test(draft, an_import_of_a_layout_with_a_reserved_name_is_refused)
{
	struct layout_text text = LAYOUT_TEXT;
	scoped(envelope) envelope = NULL;
	scoped_value(buffer) line = BUFFER_INIT;
	struct layout_draft *draft = NULL;
	struct intoto_error err = { 0 };
	bool changed;

	text.inspections = "[{\"_type\":\"inspection\",\"name\":\"revoke\","
			   "\"run\":[\"true\"],\"expected_materials\":[],"
			   "\"expected_products\":[]}]";
	envelope = envelope_of(layout_line(&world, &text, &world.owner));
	cr_assert_eq(envelope_append_line(&line, envelope, &err), 0);
	cr_assert_eq(draft_import(&draft, &changed, world.repo, "release",
				  world.trust, line.data, line.len, clock_now(),
				  &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	pend(envelope);
	cr_assert_eq(not_chosen(NULL).code, INTOTO_EINVALID);
}
