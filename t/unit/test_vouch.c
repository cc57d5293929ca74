/* test_vouch.c: an owner's signature under a seal or a withdrawal. */
#include "seal_tools.h"

#include "policy/vouch.h"

static struct world world;
static struct layout_text text;
static struct intoto_error err;
static struct judgement *judgement;
static struct voucher voucher;
static char *lines[3];
static char digest[SHA256_HEX_SIZE];

/* Of a file, made here; it is an owner from now on. */
static struct signer *new_owner(const char *name)
{
	struct signer *signer = NULL;
	scoped_text file = xasprintf("../%s.pem", name);

	sh("openssl genpkey -algorithm ed25519 -out %s 2>/dev/null", file);
	cr_assert_eq(signer_open(&signer, file, NULL, &err), 0, "%s",
		     err.message);
	trust_add_key(NULL, world.trust, (struct key *)signer_key(signer));
	return signer;
}

static void setup(void)
{
	scoped_text layout = NULL;
	struct link *link;

	world = world_make();
	text = (struct layout_text)LAYOUT_TEXT;
	voucher = (struct voucher){
		.repo = world.repo,
		.trust = world.trust,
		.signer = new_owner("one"),
		.now = clock_now(),
		.max_line = 1 << 20,
	};
	layout = layout_line(&world, &text, &world.owner);
	layout_digest_of(digest, layout);
	put_layout(&world, xstrdup(layout));
	link = make_link(&world, "build");
	add_product(link, "dist/a.tar", "tar");
	lines[0] = link_line(make_link(&world, "tag"), &world.alice);
	lines[1] = link_line(link, &world.bob);
	add_line(&world, xstrdup(lines[0]));
	add_line(&world, xstrdup(lines[1]));
	/* The layout has one signature; seals may need more. */
	cr_assert_eq(trust_add_layout(NULL, world.trust, "release", digest,
				      &err),
		     0);
}

static void teardown(void)
{
	judgement_free(judgement);
	signer_free(voucher.signer);
	free(lines[0]);
	free(lines[1]);
	world_end(&world);
}

TestSuite(vouch, .init = setup, .fini = teardown);

/* The line that was made is stored; whether one was. */
static bool seals(size_t threshold, struct vouched *out)
{
	const struct judge_options options = {
		.trust = world.trust,
		.now = voucher.now,
		.no_side_effects = true,
		.try_seals = true,
	};
	scoped_value(strlist) made = STRLIST_INIT;

	judgement_free(take(judgement));
	cr_assert_eq(trust_set_threshold(world.trust, threshold, &err), 0);
	cr_assert_eq(judge_tag(&judgement, world.repo, TAG, &options, &err), 0);
	cr_assert(judgement_accepts(judgement));
	vouched_release(out);
	cr_assert_eq(vouch_seal(out, &made, &voucher, world.facts, judgement,
				&judgement->layouts[0], &err),
		     0, "%s", err.message);
	cr_assert_eq(made.n, out->added ? 1 : 0);
	cr_assert_eq(vouch_publish(world.repo, world.facts, &made, "seal",
				   &err),
		     0, "%s", err.message);
	return out->added;
}

static struct seals stored(void)
{
	struct seals all = { 0 };
	scoped_value(note) note = { 0 };
	scoped(tag_links) links = NULL;
	scoped_text ref = notes_links_ref(&world.facts->tag.oid);

	cr_assert_eq(note_read(&note, world.repo, ref, &world.facts->tag.oid,
			       &err),
		     0);
	cr_assert_eq(tag_links_read(&links, world.repo, world.facts, &note,
				    NULL, 0, voucher.now, NULL, &err),
		     0);
	seals_collect(&all, links, world.facts, world.trust, voucher.now, NULL);
	return all;
}

Test(vouch, an_owner_seals_once)
{
	scoped_value(vouched) vouched = { 0 };
	scoped_value(seals) all = { 0 };

	cr_assert(seals(1, &vouched));
	cr_assert(vouched.complete);
	cr_assert_not(seals(1, &vouched));
	cr_assert(vouched.complete);
	all = stored();
	cr_assert_eq(all.n, 1);
	cr_assert_eq(all.items[0]->links.n, 2);
	cr_assert_str_eq(all.items[0]->layout_digest, digest);
}

Test(vouch, nobody_else_does)
{
	scoped(trust) others = trust_new();

	trust_add_key(NULL, others, world.alice.key);
	voucher.trust = others;
	cr_assert_eq(vouch_check_owner(&voucher, &err), -1);
	cr_assert_str_eq(err.reason, "not-an-owner");
}

Test(vouch, the_second_owner_signs_what_the_first_began)
{
	scoped_value(vouched) vouched = { 0 };
	scoped_value(seals) all = { 0 };
	struct signer *first = voucher.signer;

	cr_assert(seals(2, &vouched));
	cr_assert_not(vouched.complete);
	cr_assert_eq(vouched.missing.n, 1);
	voucher.signer = new_owner("two");
	voucher.now += 1000;
	cr_assert(seals(2, &vouched));
	cr_assert(vouched.complete);
	all = stored();
	cr_assert_eq(all.n, 1);
	cr_assert_eq(all.items[0]->n_lines, 2);
	signer_free(first);
}

Test(vouch, of_two_that_were_begun_all_end_with_the_same)
{
	scoped_value(vouched) vouched = { 0 };
	scoped_value(seals) all = { 0 };
	struct signer *first = voucher.signer;
	struct signer *second = new_owner("two");
	scoped_json other = seal_of(&world, digest, (const char *const *)lines,
				    voucher.now - 5);
	scoped(envelope) begun = NULL;
	scoped_value(buffer) line = BUFFER_INIT;

	cr_assert_eq(statement_sign(&begun, other, second, 1 << 20, &err), 0);
	cr_assert(seals(3, &vouched));
	cr_assert_eq(envelope_append_line(&line, begun, &err), 0);
	add_line(&world, buffer_take(&line));
	for (int i = 0; i < 2; i++) {
		voucher.signer = i ? second : first;
		seals(3, &vouched);
	}
	all = stored();
	cr_assert_eq(all.n, 2);
	cr_assert(all.items[0]->by.n == 2 || all.items[1]->by.n == 2);
	voucher.signer = first;
	signer_free(second);
}

Test(vouch, a_payload_from_the_far_future_is_not_signed)
{
	scoped_value(vouched) vouched = { 0 };
	scoped_value(seals) all = { 0 };
	scoped_json later = seal_of(&world, digest, (const char *const *)lines,
				    voucher.now + 90 * 24 * 60 * 60);
	scoped_text payload = payload_of(later);

	add_line(&world, statement_line(payload, &world.owner));
	cr_assert(seals(2, &vouched));
	all = stored();
	cr_assert_eq(all.n, 2);
}

Test(vouch, a_payload_that_would_not_carry_the_tag_is_not_signed)
{
	scoped_value(vouched) vouched = { 0 };
	scoped_json weak = NULL;
	scoped_text payload = NULL;
	scoped_value(seals) all = { 0 };
	char *build = lines[1];

	lines[1] = NULL;
	weak = seal_of(&world, digest, (const char *const *)lines, voucher.now);
	lines[1] = build;
	payload = payload_of(weak);
	add_line(&world, statement_line(payload, &world.owner));
	cr_assert(seals(2, &vouched));
	all = stored();
	cr_assert_eq(all.n, 2);
}

Test(vouch, what_was_withdrawn_is_made_anew_and_not_again)
{
	scoped_value(vouched) vouched = { 0 };
	scoped_value(seals) all = { 0 };
	scoped_value(seals) before = { 0 };

	cr_assert(seals(1, &vouched));
	before = stored();
	add_line(&world,
		 revoke_line(&world, before.items[0]->identity, &world.owner));
	cr_assert(seals(1, &vouched));
	all = stored();
	cr_assert_eq(all.n, 2);
	cr_assert_neq(all.items[0]->withdrawn, all.items[1]->withdrawn);
}

Test(vouch, owners_withdraw_with_the_same_bytes)
{
	scoped_value(vouched) vouched = { 0 };
	scoped_value(strlist) first = STRLIST_INIT;
	scoped_value(strlist) second = STRLIST_INIT;
	scoped(tag_links) links = NULL;
	const struct note nothing = { 0 };
	struct signer *one = voucher.signer;
	char a[SHA256_HEX_SIZE], b[SHA256_HEX_SIZE];

	cr_assert_eq(tag_links_read(&links, world.repo, world.facts, &nothing,
				    NULL, 0, voucher.now, NULL, &err),
		     0);
	cr_assert_eq(vouch_withdraw(&vouched, &first, &voucher, world.facts,
				    links, "tag", false, &err),
		     0, "%s", err.message);
	voucher.signer = new_owner("two");
	vouched_release(&vouched);
	cr_assert_eq(vouch_withdraw(&vouched, &second, &voucher, world.facts,
				    links, "tag", false, &err),
		     0);
	cr_assert_not(vouched.complete);
	line_identity(a, first.items[0]);
	line_identity(b, second.items[0]);
	cr_assert_str_eq(a, b);
	signer_free(one);
}
