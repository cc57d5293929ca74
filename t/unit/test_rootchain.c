/* test_rootchain.c: chains of trust roots: which is gone by, and which not. */
#include "root_tools.h"

#include "policy/trust.h"
#include "repo/notes.h"

static struct repo *repo;
static struct person alice, bob, carol, mallory;

static void setup(void)
{
	scratch_begin();
	make_repo("project");
	repo = open_repo();
	alice = person_make(1);
	bob = person_make(2);
	carol = person_make(3);
	mallory = person_make(4);
}

static void teardown(void)
{
	key_free(alice.key);
	key_free(bob.key);
	key_free(carol.key);
	key_free(mallory.key);
	repo_free(repo);
	scratch_end();
}

TestSuite(rootchain, .init = setup, .fini = teardown);

#define TRACKING "refs/in-toto-remotes/origin/root"

/* Alice founds; Bob joins; Alice leaves. */
#define V1                                                       \
	{                                                        \
		.version = 1, .threshold = 1, .keys = { &alice } \
	}
#define V2                                                             \
	{                                                              \
		.version = 2, .threshold = 2, .keys = { &alice, &bob } \
	}
#define V3                                                             \
	{                                                              \
		.version = 3, .threshold = 1, .keys = { &bob, &carol } \
	}

static const struct root_text v1 = V1, v2 = V2, v3 = V3;

struct lines {
	char *items[8];
	size_t n;
};
static void lines_release(struct lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->items[i]);
}
SCOPED_RELEASE(lines);

static void add(struct lines *lines, const struct root_text *text,
		const struct person *const *by)
{
	lines->items[lines->n++] = root_line(text, by);
}

static struct lines good_lines(void)
{
	struct lines lines = { 0 };

	add(&lines, &v1, BY(&alice));
	add(&lines, &v2, BY(&alice, &bob));
	add(&lines, &v3, BY(&alice, &bob));
	return lines;
}

static void put(const char *ref, const struct lines *lines, size_t n)
{
	put_root(repo, ref, (const char *const *)lines->items, n);
}

/* The version that is gone by, as text, or why none is. */
static const char *load(const char *pin)
{
	static char out[64];
	struct intoto_error err = { 0 };
	scoped(root_chain) chain = NULL;

	if (root_chain_load(&chain, repo, pin, NULL, &err) == 0)
		snprintf(out, sizeof(out), "%d",
			 (int)root_chain_last(chain)->version);
	else if (err.code == INTOTO_EREJECTED)
		snprintf(out, sizeof(out), "%s", err.reason);
	else
		snprintf(out, sizeof(out), "code %d", (int)err.code);
	return out;
}

static const char *load_from(const struct root_text *pinned)
{
	char digest[SHA256_HEX_SIZE];

	root_digest(digest, pinned);
	return load(digest);
}

Test(rootchain, any_version_may_be_pinned)
{
	scoped_value(lines) lines = good_lines();

	put(ROOT_REF, &lines, 3);
	cr_assert_str_eq(load_from(&v1), "3");
	cr_assert_str_eq(load_from(&v2), "3");
	cr_assert_str_eq(load_from(&v3), "3");
	cr_assert_str_eq(load(""), "3");
}

Test(rootchain, a_root_that_is_not_here_is_could_not_tell)
{
	struct intoto_error err = { 0 };
	struct root_chain *chain = NULL;
	char digest[SHA256_HEX_SIZE];

	root_digest(digest, &v1);
	cr_assert_eq(root_chain_load(&chain, repo, digest, NULL, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert(strstr(err.hint, "git fetch"));
	cr_assert_not(root_chain_is_there(repo));
}

Test(rootchain, another_projects_root_is_not_gone_by)
{
	const struct root_text other = { .version = 1,
					 .threshold = 1,
					 .keys = { &mallory } };
	scoped_value(lines) lines = { 0 };

	add(&lines, &other, BY(&mallory));
	put(ROOT_REF, &lines, 1);
	cr_assert_str_eq(load_from(&v1), "root-pin");
}

Test(rootchain, gaps_rollbacks_and_order_are_refused)
{
	scoped_value(lines) good = good_lines();
	const struct root_text *const all[] = { &v1, &v2, &v3 };
	const struct {
		size_t order[4];
		size_t n;
	} bad[] = {
		{ { 1 }, 1 },	    { { 0, 2 }, 2 },	{ { 1, 2 }, 2 },
		{ { 0, 1, 1 }, 3 }, { { 1, 0 }, 2 },	{ { 0, 0 }, 2 },
		{ { 2, 1, 0 }, 3 }, { { 0, 2, 1 }, 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct lines lines = { .n = bad[i].n };

		for (size_t k = 0; k < bad[i].n; k++)
			lines.items[k] = good.items[bad[i].order[k]];
		put(ROOT_REF, &lines, lines.n);
		cr_assert_str_eq(load_from(all[bad[i].order[0]]), "root-gap",
				 "case %zu", i);
	}
}

Test(rootchain, each_step_is_signed_by_the_keys_before_and_its_own)
{
	const struct {
		const struct root_text *text;
		const struct person *const *by;
	} bad[] = {
		{ &v2, BY(&alice) },	     /* short of its own */
		{ &v2, BY(&bob, &mallory) }, /* not by the one before */
		{ &v2, BY(&bob) },	     /* self-signed */
		{ &v2, BY(&mallory) },	     /* by a stranger */
		{ &v2, BY(&alice, &mallory) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		scoped_value(lines) lines = { 0 };

		add(&lines, &v1, BY(&alice));
		add(&lines, bad[i].text, bad[i].by);
		put(ROOT_REF, &lines, 2);
		cr_assert_str_eq(load_from(&v1), "root-threshold", "case %zu",
				 i);
	}
}

Test(rootchain, a_tip_that_fails_never_hides_a_good_one_and_is_named)
{
	scoped_value(lines) good = good_lines();
	scoped_value(lines) forged = { 0 };
	scoped_value(report) warnings = REPORT_INIT;
	scoped(root_chain) chain = NULL;
	struct intoto_error err = { 0 };
	char digest[SHA256_HEX_SIZE];

	add(&forged, &v1, BY(&alice));
	add(&forged, &v2, BY(&mallory, &bob));
	put(ROOT_REF, &forged, 2);
	put(TRACKING, &good, 3);
	root_digest(digest, &v1);
	cr_assert_eq(root_chain_load(&chain, repo, digest, &warnings, &err), 0,
		     "%s", err.message);
	cr_assert_eq(root_chain_last(chain)->version, 3);
	cr_assert_eq(warnings.warnings.n, 1);
	cr_assert(strstr(warnings.warnings.items[0], "[root-threshold]"));
}

Test(rootchain, the_longest_of_chains_that_agree)
{
	scoped_value(lines) good = good_lines();

	put(ROOT_REF, &good, 1);
	put(TRACKING, &good, 3);
	cr_assert_str_eq(load_from(&v1), "3");
}

Test(rootchain, two_versions_of_one_number_are_a_refusal)
{
	const struct root_text fork = { .version = 2,
					.threshold = 1,
					.keys = { &alice } };
	scoped_value(lines) good = good_lines();
	scoped_value(lines) forked = { 0 };

	add(&forked, &v1, BY(&alice));
	add(&forked, &fork, BY(&alice));
	put(ROOT_REF, &good, 3);
	put(TRACKING, &forked, 2);
	cr_assert_str_eq(load_from(&v1), "root-conflict");
	/* Who is pinned past the fork is not in doubt. */
	cr_assert_str_eq(load_from(&v2), "3");
}

Test(rootchain, what_was_seen_is_never_gone_back_from)
{
	const struct root_text fork = { .version = 2,
					.threshold = 1,
					.keys = { &alice } };
	const struct root_text fork3 = { .version = 3,
					 .threshold = 1,
					 .keys = { &alice } };
	scoped_value(lines) good = good_lines();
	scoped_value(lines) forked = { 0 };
	scoped(root_chain) chain = NULL;
	struct intoto_error err = { 0 };

	put(TRACKING, &good, 2);
	cr_assert_eq(root_chain_load(&chain, repo, "", NULL, &err), 0);
	cr_assert_eq(seen_root_raise(repo, chain, &err), 0, "%s", err.message);
	/* The remote goes back. */
	put(TRACKING, &good, 1);
	cr_assert_str_eq(load_from(&v1), "root-rollback");
	/* It takes another way, with keys that were stolen since. */
	add(&forked, &v1, BY(&alice));
	add(&forked, &fork, BY(&alice));
	add(&forked, &fork3, BY(&alice));
	put(TRACKING, &forked, 3);
	cr_assert_str_eq(load_from(&v1), "root-conflict");
	/* It goes on. */
	put(TRACKING, &good, 3);
	cr_assert_str_eq(load_from(&v1), "3");
}

Test(rootchain, two_owners_who_publish_at_once_say_the_same)
{
	scoped_value(lines) here = { 0 };
	scoped_value(lines) there = { 0 };
	scoped(root_chain) chain = NULL;
	struct intoto_error err = { 0 };
	struct oid at, tracking;

	add(&here, &v1, BY(&alice));
	add(&here, &v2, BY(&alice, &bob));
	add(&here, &v3, BY(&alice, &bob));
	add(&there, &v1, BY(&alice));
	add(&there, &v2, BY(&bob, &alice));
	add(&there, &v3, BY(&alice, &bob, &carol));
	put(ROOT_REF, &here, 3);
	put(TRACKING, &there, 3);
	cr_assert_str_eq(load_from(&v1), "3");
	cr_assert_eq(root_chain_load(&chain, repo, "", NULL, &err), 0);
	cr_assert_eq(root_chain_adopt(repo, chain, &err), 0, "%s", err.message);
	cr_assert_eq(refs_read(&at, repo, ROOT_REF, &err), 0);
	cr_assert_eq(refs_read(&tracking, repo, TRACKING, &err), 0);
	cr_assert(oid_equal(&at, &tracking));
}

Test(rootchain, adopting_never_loses_a_version)
{
	scoped_value(lines) here = good_lines();
	scoped_value(lines) there = good_lines();
	scoped(root_chain) chain = NULL;
	struct intoto_error err = { 0 };
	struct oid at;

	put(TRACKING, &there, 2);
	cr_assert_eq(refs_read(&at, repo, TRACKING, &err), 0);
	cr_assert_eq(root_chain_read(&chain, repo, &at, 1 << 20, &err), 0);
	put(ROOT_REF, &here, 3);
	cr_assert_eq(root_chain_adopt(repo, chain, &err), -1);
	cr_assert_str_eq(err.reason, "root-conflict");
}

static const char *read_ref(void)
{
	static char out[64];
	struct intoto_error err = { 0 };
	scoped(root_chain) chain = NULL;
	struct oid at;

	cr_assert_eq(refs_read(&at, repo, ROOT_REF, &err), 0);
	if (root_chain_read(&chain, repo, &at, 1 << 20, &err) == 0)
		return "";
	snprintf(out, sizeof(out), "%s", err.reason);
	return out;
}

Test(rootchain, a_note_that_is_no_chain_is_malformed)
{
	scoped_value(lines) good = good_lines();
	static const char *const bad[] = { "{}", "{\"a\":1}", "x",
					   ("{\"signatures\":[],\"signed\":{"
					    "\"_type\":\"root\"}}") };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put_root(repo, ROOT_REF, &bad[i], 1);
		cr_assert_str_eq(read_ref(), "root-malformed", "%s", bad[i]);
	}
	put_root(repo, ROOT_REF, NULL, 0);
	cr_assert_str_eq(read_ref(), "root-malformed");
	put(ROOT_REF, &good, 3);
	cr_assert_str_eq(read_ref(), "");
}

Test(rootchain, a_tree_with_anything_beside_the_note_is_malformed)
{
	static const char *const beside[] = {
		"1234567890123456789012345678901234567890",
		"f234567890123456789012345678901234567890",
	};
	scoped_value(lines) good = good_lines();

	/* Before the note in git's order, and behind it. */
	for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
		put(ROOT_REF, &good, 3);
		sh("set -- $(git ls-tree " ROOT_REF ") && tree=$(printf "
		   "'100644 blob %%s\\t%%s\\n' $3 $4 $3 %s | git mktree) && "
		   "git update-ref " ROOT_REF " $(git commit-tree -m x $tree)",
		   beside[i]);
		cr_assert_str_eq(read_ref(), "root-malformed", "%s", beside[i]);
	}
	sh("blob=$(git ls-tree -r " ROOT_REF " | head -n 1 | "
	   "cut -d ' ' -f 3 | cut -f 1) &&"
	   "tree=$(printf '100644 blob %%s\\t%%s\\n' "
	   "$blob 1234567890123456789012345678901234567890 | git mktree) &&"
	   "git update-ref " ROOT_REF " $(git commit-tree -m x $tree)");
	cr_assert_str_eq(read_ref(), "root-malformed");
}

Test(rootchain, a_line_over_the_limit_is_malformed)
{
	scoped_value(lines) good = good_lines();
	struct intoto_error err = { 0 };
	struct root_chain *chain = NULL;
	struct oid at;

	put(ROOT_REF, &good, 3);
	cr_assert_eq(refs_read(&at, repo, ROOT_REF, &err), 0);
	cr_assert_eq(root_chain_read(&chain, repo, &at, 100, &err), -1);
	cr_assert_str_eq(err.reason, "root-malformed");
}

Test(rootchain, the_newest_says_who_owns)
{
	scoped_value(lines) good = good_lines();
	scoped(root_chain) chain = NULL;
	struct intoto_error err = { 0 };

	put(ROOT_REF, &good, 3);
	cr_assert_eq(root_chain_load(&chain, repo, "", NULL, &err), 0);
	cr_assert_eq(root_chain_last(chain)->owners.n_keys, 2);
	cr_assert(key_same(root_chain_last(chain)->owners.keys[0], bob.key));
}
