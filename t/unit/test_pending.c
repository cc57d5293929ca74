/* test_pending.c: what is short of its threshold, and who tries to cheat. */
#include "policy_tools.h"

#include "policy/pending.h"

static struct world world;

static void setup(void)
{
	struct intoto_error err = { 0 };

	world = world_make();
	trust_add_key(NULL, world.trust, world.alice.key);
	trust_add_key(NULL, world.trust, world.bob.key);
	cr_assert_eq(trust_save(world.trust, world.repo, &err), 0, "%s",
		     err.message);
}

static void teardown(void)
{
	world_end(&world);
}

TestSuite(pending, .init = setup, .fini = teardown);

/* A draft of that version, signed by one person. */
static struct envelope *draft(int version, const struct person *by)
{
	struct layout_text text = LAYOUT_TEXT;

	text.version = version;
	return envelope_of(layout_line(&world, &text, by));
}

static char *line_of(const struct envelope *envelope)
{
	scoped_value(buffer) line = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(envelope_append_line(&line, envelope, &err), 0);
	return buffer_take(&line);
}

static struct oid key_of(const struct envelope *envelope)
{
	char digest[SHA256_HEX_SIZE];
	struct oid key;

	envelope_digest(digest, envelope);
	cr_assert(oid_parse(&key, digest, 40));
	return key;
}

/* Any text under any key of the pending ref, or of a remote's. */
static void put_text(const char *ref, const struct oid *key, const char *text)
{
	scoped_value(strlist) lines = STRLIST_INIT;
	struct intoto_error err = { 0 };
	struct ref_update update;

	strlist_add(&lines, text);
	cr_assert_eq(notes_prepare(&update, world.repo, PENDING_REF, key,
				   &lines, "test", &err),
		     0, "%s", err.message);
	if (strcmp(ref, PENDING_REF)) {
		update.name = ref;
		update.old = oid_null();
	}
	publish(&update, world.repo);
}

static void put(const struct envelope *envelope)
{
	struct intoto_error err = { 0 };
	struct ref_update update;

	cr_assert_eq(pending_prepare(&update, world.repo, envelope, &err), 0,
		     "%s", err.message);
	publish(&update, world.repo);
}

static struct pending read_pending(struct report *warnings)
{
	struct pending pending = { 0 };
	struct intoto_error err = { 0 };

	cr_assert_eq(pending_read(&pending, world.repo, warnings, &err), 0,
		     "%s", err.message);
	return pending;
}

static const char *check_line(const struct oid *key, const char *text)
{
	static char reason[64];
	struct note_line line = { .text = (char *)text, .len = strlen(text) };
	struct envelope *envelope = NULL;
	struct intoto_error err = { 0 };

	if (pending_check_line(&envelope, key, &line, &err) == 0) {
		envelope_free(envelope);
		return "";
	}
	cr_assert_eq(err.code, INTOTO_EREJECTED, "%s", err.message);
	cr_assert_null(envelope);
	snprintf(reason, sizeof(reason), "%s", err.reason);
	return reason;
}

Test(pending, joins_what_several_owners_signed)
{
	scoped(envelope) alice = draft(1, &world.alice);
	scoped(envelope) bob = draft(1, &world.bob);
	scoped_value(pending) pending = { 0 };
	scoped_value(report) warnings = REPORT_INIT;
	scoped_value(strlist) missing = STRLIST_INIT;
	char digest[SHA256_HEX_SIZE];
	size_t n = 0;

	put(alice);
	put(bob);
	pending = read_pending(&warnings);
	cr_assert_eq(pending.n, 1);
	cr_assert_eq(warnings.warnings.n, 0);
	envelope_digest(digest, alice);
	cr_assert_str_eq(pending.items[0].digest, digest);
	pending_missing(&n, &missing, pending.items[0].envelope,
			world.trust->keys, world.trust->n_keys, 0);
	cr_assert_eq(n, 2);
	cr_assert_eq(missing.n, 1);
	cr_assert(pending_find(&pending, bob) == &pending.items[0]);
}

Test(pending, joins_what_only_a_remote_has)
{
	scoped(envelope) alice = draft(1, &world.alice);
	scoped(envelope) bob = draft(1, &world.bob);
	scoped_text line = line_of(alice);
	const struct oid key = key_of(alice);
	scoped_value(pending) pending = { 0 };

	put_text("refs/in-toto-remotes/origin/pending", &key, line);
	put(bob);
	sh("git update-ref -d " PENDING_REF " && "
	   "git rev-parse refs/in-toto-remotes/origin/pending");
	pending = read_pending(NULL);
	cr_assert_eq(pending.n, 1);
	cr_assert(
		pending_is_signed(pending.items[0].envelope, world.alice.key));
}

Test(pending, the_same_once_more_changes_nothing)
{
	scoped(envelope) alice = draft(1, &world.alice);
	struct intoto_error err = { 0 };
	struct ref_update update;

	put(alice);
	cr_assert_eq(pending_prepare(&update, world.repo, alice, &err), 0);
	cr_assert(oid_equal(&update.old, &update.new_oid));
}

Test(pending, each_line_has_one_owner_under_both_keyids)
{
	scoped(envelope) both = draft(1, &world.alice);
	scoped(envelope) bob = draft(1, &world.bob);
	const struct oid key = key_of(both);
	scoped_value(note) note = { 0 };
	struct intoto_error err = { 0 };

	pending_join(both, bob);
	put(both);
	cr_assert_eq(note_read(&note, world.repo, PENDING_REF, &key, &err), 0);
	cr_assert_eq(note.n, 2);
	for (size_t i = 0; i < note.n; i++)
		cr_assert_str_eq(check_line(&key, note.lines[i].text), "");
}

/* The attack: the victim's keyid in front of rubbish. */
static void forge_in_the_name_of(const struct person *victim)
{
	scoped(envelope) forged = draft(1, &world.mallory);
	scoped_text line = NULL;
	const struct oid key = key_of(forged);

	snprintf(forged->signatures[0].keyid,
		 sizeof(forged->signatures[0].keyid), "%s",
		 key_id(victim->key));
	line = line_of(forged);
	put_text(PENDING_REF, &key, line);
}

Test(pending, a_forged_signature_hides_no_true_one)
{
	scoped(envelope) alice = draft(1, &world.alice);
	scoped_value(pending) pending = { 0 };

	put(alice);
	for (int i = 0; i < 2; i++) {
		forge_in_the_name_of(i ? &world.bob : &world.alice);
		pending_release(&pending);
		pending = read_pending(NULL);
		cr_assert_eq(pending.n, 1);
		cr_assert_eq(pending.items[0].envelope->n_signatures, 1);
		cr_assert(pending_is_signed(pending.items[0].envelope,
					    world.alice.key));
		cr_assert_eq(pending.items[0].doubts.n, (size_t)i + 1);
	}
}

Test(pending, what_nobody_known_signed_is_set_apart)
{
	scoped(envelope) mallory = draft(1, &world.mallory);
	scoped_value(pending) pending = { 0 };

	put(mallory);
	forge_in_the_name_of(&world.alice);
	pending = read_pending(NULL);
	cr_assert_eq(pending.n, 0);
	cr_assert_eq(pending.refused.n, 1);
	cr_assert_eq(pending.refused.items[0].doubts.n, 2);
	cr_assert_null(pending_find(&pending, mallory));
}

Test(pending, a_signature_of_another_draft_does_not_count)
{
	scoped(envelope) first = draft(1, &world.alice);
	scoped(envelope) second = draft(2, &world.bob);
	scoped_value(pending) pending = { 0 };

	pending_join(second, first);
	put(second);
	pending = read_pending(NULL);
	cr_assert_eq(pending.n, 1);
	cr_assert_eq(pending.items[0].envelope->n_signatures, 1);
	cr_assert_not(
		pending_is_signed(pending.items[0].envelope, world.alice.key));
}

Test(pending, a_clone_that_trusts_nobody_judges_no_layout)
{
	scoped(envelope) mallory = draft(1, &world.mallory);
	scoped_value(pending) pending = { 0 };

	put(mallory);
	sh("rm .git/intoto/trust.json");
	pending = read_pending(NULL);
	cr_assert_eq(pending.n, 1);
	cr_assert_eq(pending.items[0].doubts.n, 0);
}

Test(pending, lines_that_are_none_are_named_and_left_out)
{
	scoped(envelope) alice = draft(1, &world.alice);
	scoped(envelope) other = draft(2, &world.alice);
	scoped_text line = line_of(alice);
	const struct oid wrong = key_of(other);
	const struct oid right = key_of(alice);
	scoped_value(pending) pending = { 0 };
	scoped_value(report) warnings = REPORT_INIT;

	put_text(PENDING_REF, &wrong, line);
	put_text(PENDING_REF, &right, "{\"signed\": 1}");
	put(other);
	pending = read_pending(&warnings);
	cr_assert_eq(pending.n, 1);
	cr_assert(pending_find(&pending, other) != NULL);
	cr_assert(warns_of(&warnings, "[line-misfiled]"));
	cr_assert(warns_of(&warnings, "[line-malformed]"));
}

Test(pending, a_tip_that_is_no_notes_tree_hides_no_other)
{
	scoped(envelope) alice = draft(1, &world.alice);
	scoped_value(pending) pending = { 0 };
	scoped_value(report) warnings = REPORT_INIT;

	put(alice);
	sh("git update-ref refs/in-toto-remotes/evil/pending "
	   "HEAD");
	pending = read_pending(&warnings);
	cr_assert_eq(pending.n, 1);
	cr_assert(warns_of(&warnings, "evil"));
}

Test(pending, a_line_is_checked_by_itself)
{
	scoped(envelope) alice = draft(1, &world.alice);
	scoped(envelope) two = draft(1, &world.bob);
	scoped(envelope) none = draft(1, &world.bob);
	const struct oid key = key_of(alice);
	const struct oid other = { .bytes = { 1 }, .size = 20 };
	scoped_text line = line_of(alice);
	scoped_text spaced = xasprintf("{ %s", line + 1);
	scoped_text longer =
		xasprintf("%.*s,\"x\":1}", (int)strlen(line) - 1, line);
	scoped_text both = NULL;
	scoped_text unsigned_line = NULL;

	pending_join(two, alice);
	both = line_of(two);
	signature_release(&none->signatures[0]);
	none->n_signatures = 0;
	unsigned_line = line_of(none);
	cr_assert_str_eq(check_line(&key, line), "");
	cr_assert_str_eq(check_line(&other, line), "line-misfiled");
	cr_assert_str_eq(check_line(&key, spaced), "line-malformed");
	cr_assert_str_eq(check_line(&key, longer), "line-malformed");
	cr_assert_str_eq(check_line(&key, both), "line-malformed");
	cr_assert_str_eq(check_line(&key, unsigned_line), "line-malformed");
	cr_assert_str_eq(check_line(&key, "{}"), "line-malformed");
	cr_assert_str_eq(check_line(&key, "[]"), "line-malformed");
}

Test(pending, one_signature_twice_under_one_keyid_is_no_line)
{
	scoped(envelope) alice = draft(1, &world.alice);
	scoped(envelope) again = draft(1, &world.alice);
	const struct oid key = key_of(alice);
	scoped_text line = NULL;

	pending_join(alice, again);
	line = line_of(alice);
	cr_assert_str_eq(check_line(&key, line), "line-malformed");
	snprintf(alice->signatures[1].keyid, sizeof(alice->signatures[1].keyid),
		 "%s", key_id_new(world.alice.key));
	free(line);
	line = line_of(alice);
	cr_assert_str_eq(check_line(&key, line), "");
}

Test(pending, a_link_or_an_unstamped_layout_is_never_pending)
{
	struct layout_text text = LAYOUT_TEXT;
	scoped(envelope) link =
		envelope_of(link_line(make_link(&world, "tag"), &world.alice));
	scoped(envelope) layout = NULL;
	scoped_text line = line_of(link);
	struct oid key = key_of(link);

	cr_assert_str_eq(check_line(&key, line), "line-malformed");
	text.project = NULL;
	layout = envelope_of(layout_line(&world, &text, &world.alice));
	free(line);
	line = line_of(layout);
	key = key_of(layout);
	cr_assert_str_eq(check_line(&key, line), "line-malformed");
}

Test(pending, keys_count_by_their_material)
{
	scoped(envelope) alice = draft(1, &world.alice);
	struct key *const keys[] = { world.alice.key, world.alice.key,
				     world.bob.key, world.bob.key };
	scoped_value(strlist) missing = STRLIST_INIT;
	size_t n = 0;

	pending_missing(&n, &missing, alice, keys, ARRAY_SIZE(keys), 0);
	cr_assert_eq(n, 1);
	cr_assert_eq(missing.n, 1);
}

Test(pending, settling_keeps_each_keys_first_under_both_keyids)
{
	scoped(envelope) alice = draft(1, &world.alice);
	scoped(envelope) again = draft(1, &world.alice);
	const struct key *const keys[] = { world.bob.key, world.alice.key };
	scoped_value(strlist) doubts = STRLIST_INIT;

	pending_join(alice, again);
	pending_join(alice, again);
	snprintf(alice->signatures[2].keyid, sizeof(alice->signatures[2].keyid),
		 "%s", key_id_new(world.alice.key));
	pending_settle(alice, &doubts, keys, ARRAY_SIZE(keys));
	cr_assert_eq(alice->n_signatures, 2);
	cr_assert_eq(doubts.n, 0);
	cr_assert_str_eq(alice->signatures[0].keyid, key_id(world.alice.key));
	cr_assert_str_eq(alice->signatures[1].keyid,
			 key_id_new(world.alice.key));
}

Test(pending, a_digest_is_named_by_its_beginning)
{
	const char *digest = "0123456789abcdef0123456789abcdef"
			     "0123456789abcdef0123456789abcdef";

	cr_assert(pending_is_named(digest, digest));
	cr_assert(pending_is_named(digest, "0123"));
	cr_assert(pending_is_named(digest, "sha256:01234"));
	cr_assert_not(pending_is_named(digest, "012"));
	cr_assert_not(pending_is_named(digest, "sha256:"));
	cr_assert_not(pending_is_named(digest, ""));
	cr_assert_not(pending_is_named(digest, "1234"));
	cr_assert_not(pending_is_named(digest, "sha512:0123"));
}
