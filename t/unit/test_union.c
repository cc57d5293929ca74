#include "notes_tools.h"

#include <inttypes.h>
#include <stdio.h>

/*
 * Random notes, from a seed that is printed: the union of whole refs is that of
 * sets, and git's own.
 */
#define SEED UINT64_C(0x1c6b5f2f7e1d3a97)
#define ROUNDS 12
#define KEYS 90 /* above the number at which a flat tree gets folders */

TestSuite(union, .init = scratch_begin, .fini = scratch_end, .timeout = 300);

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t start(const char *name, int round)
{
	uint64_t state = SEED + (uint64_t)round * 0x9e3779b97f4a7c15;

	fprintf(stderr, "%s: seed %#" PRIx64 "\n", name, state);
	return state;
}

/* Write a script for git fast-import: a commit on `from` ("" for none) whose
 * notes are those of a random subset of keys and lines, in folders of `fan`
 * levels. Lines only ever come from a small set, so that sides overlap. */
struct side {
	bool there[KEYS][8];
	unsigned fan;
};

static void grow(struct side *side, uint64_t *random, unsigned percent)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (next_random(random) % 3)
			continue;
		for (size_t j = 0; j < 8; j++)
			side->there[i][j] |=
				next_random(random) % 100 < percent;
	}
}

static void key_path(char out[64], size_t key, unsigned fan)
{
	char hex[41];
	size_t at = 0;

	/* Spread over the first byte, all of one shard. */
	snprintf(hex, sizeof(hex), "%02zx%036zxab", key * 37 % 256, key);
	for (unsigned i = 0; i < 40; i++) {
		if (i && i % 2 == 0 && i / 2 <= fan)
			out[at++] = '/';
		out[at++] = hex[i];
	}
	out[at] = '\0';
}

static void write_side(const struct side *side, const char *ref,
		       const char *from)
{
	scoped_value(buffer) script = BUFFER_INIT;
	struct intoto_error err = { 0 };

	buffer_printf(&script,
		      "commit %s\ncommitter a <a@b> 1 +0000\ndata 1\nx\n", ref);
	if (*from)
		buffer_printf(&script, "from %s^0\n", from);
	buffer_puts(&script, "deleteall\n");
	for (size_t i = 0; i < KEYS; i++) {
		scoped_value(buffer) note = BUFFER_INIT;
		char path[64];

		for (size_t j = 0; j < 8; j++)
			if (side->there[i][j])
				buffer_printf(&note, "{\"%zu\":%zu}\n", j, i);
		if (!note.len)
			continue;
		key_path(path, i, side->fan);
		buffer_printf(&script, "M 100644 inline %s\ndata %zu\n%s\n",
			      path, note.len, buffer_text(&note));
	}
	buffer_puts(&script, "done\n");
	cr_assert_eq(file_write("script", script.data, script.len, 0600, &err),
		     0);
	sh("git fast-import --quiet --done --force <script");
}

static struct oid merge(struct repo *repo, const char *const *refs, size_t n)
{
	struct intoto_error err = { 0 };
	struct oid tips[4];
	struct oid merged;

	for (size_t i = 0; i < n; i++)
		tips[i] = oid_of(refs[i]);
	cr_assert_eq(notes_merge(&merged, repo, tips, n, "merge", &err), 0,
		     "%s", err.message);
	return merged;
}

static void set_ref(const char *ref, const struct oid *oid)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, oid);
	sh("git update-ref %s %s", ref, hex);
}

/* Every note as "key TAB blob", sorted: the shape of the trees is no matter. */
static char *content(const char *ref)
{
	return sh_out("git ls-tree -r %s | sed 's/^[^ ]* blob //; "
		      "s/\\(.*\\)\\t\\(.*\\)/\\2\\t\\1/' | "
		      "sed ':a;s|^\\([^\\t]*\\)/|\\1|;ta' | sort",
		      ref);
}

static void same_content(const char *a, const char *b, int round)
{
	scoped_text one = content(a);
	scoped_text two = content(b);

	cr_assert_str_eq(one, two, "round %d: %s and %s", round, a, b);
}

#define A "refs/notes/a"
#define B "refs/notes/b"
#define C "refs/notes/c"

/* Three that grew from one base, as full and as folded as it comes. */
static void three_sides(uint64_t *random)
{
	struct side base = { .fan = (unsigned)(next_random(random) % 3) };
	const unsigned percent = (unsigned)(next_random(random) % 40);
	const char *const refs[] = { A, B, C };

	grow(&base, random, percent);
	write_side(&base, "refs/notes/base", "");
	for (size_t i = 0; i < 3; i++) {
		struct side side = base;

		side.fan = (unsigned)(next_random(random) % 3);
		grow(&side, random, percent);
		write_side(&side, refs[i], "refs/notes/base");
	}
}

Test(union, is_commutative_associative_and_idempotent)
{
	make_repo("r");
	scoped(repo) repo = open_repo();
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t random = start("laws", round);
		struct oid ab, ba, ab_c, bc, a_bc, all, again;

		three_sides(&random);
		ab = merge(repo, (const char *[]){ A, B }, 2);
		ba = merge(repo, (const char *[]){ B, A }, 2);
		set_ref("refs/notes/ab", &ab);
		set_ref("refs/notes/ba", &ba);
		same_content("refs/notes/ab", "refs/notes/ba", round);
		sh("test $(git rev-parse refs/notes/ab^{tree}) = "
		   "$(git rev-parse refs/notes/ba^{tree})");

		ab_c = merge(repo, (const char *[]){ "refs/notes/ab", C }, 2);
		bc = merge(repo, (const char *[]){ B, C }, 2);
		set_ref("refs/notes/bc", &bc);
		a_bc = merge(repo, (const char *[]){ A, "refs/notes/bc" }, 2);
		all = merge(repo, (const char *[]){ C, A, B }, 3);
		set_ref("refs/notes/ab_c", &ab_c);
		set_ref("refs/notes/a_bc", &a_bc);
		set_ref("refs/notes/all", &all);
		same_content("refs/notes/ab_c", "refs/notes/a_bc", round);
		same_content("refs/notes/ab_c", "refs/notes/all", round);

		again = merge(repo,
			      (const char *[]){ "refs/notes/all", A,
						"refs/notes/all", B },
			      4);
		cr_assert(oid_equal(&again, &all));
		again = merge(repo, (const char *[]){ A, A }, 2);
		set_ref("refs/notes/again", &again);
		same_content("refs/notes/again", A, round);
	}
	sh("git fsck --strict");
}

Test(union, equals_git_notes_merge)
{
	make_repo("r");
	scoped(repo) repo = open_repo();
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t random = start("git", round);
		struct oid ours;

		three_sides(&random);
		ours = merge(repo, (const char *[]){ A, B }, 2);
		set_ref("refs/notes/ours", &ours);
		sh("git notes --ref=a merge -q -s cat_sort_uniq b");
		same_content("refs/notes/ours", A, round);
		sh("test \"$(git log -1 --format=%%P refs/notes/ours)\" = "
		   "\"$(git log -1 --format=%%P refs/notes/a)\"");
	}
}

/* Nothing of a side is lost, and nothing comes from nowhere. */
Test(union, has_the_lines_of_both_and_no_others)
{
	make_repo("r");
	scoped(repo) repo = open_repo();
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t random = start("lines", round);
		struct side sides[2] = { { .fan = 1 }, { .fan = 0 } };
		struct side both = { .fan = 2 };
		struct oid ours;

		for (size_t i = 0; i < 2; i++) {
			grow(&sides[i], &random, 30);
			for (size_t k = 0; k < KEYS * 8; k++)
				both.there[k / 8][k % 8] |=
					sides[i].there[k / 8][k % 8];
		}
		write_side(&sides[0], A, "");
		write_side(&sides[1], B, "");
		write_side(&both, C, "");
		ours = merge(repo, (const char *[]){ A, B }, 2);
		set_ref("refs/notes/ours", &ours);
		same_content("refs/notes/ours", C, round);
	}
}

Test(union, one_that_contains_the_others_is_taken_as_it_is)
{
	struct oid key = key_oid();
	struct intoto_error err = { 0 };
	struct oid tips[3], merged;

	make_repo("r");
	scoped(repo) repo = open_repo();
	add(repo, REF, &key, "{\"a\":1}");
	tips[0] = oid_of(REF);
	add(repo, REF, &key, "{\"b\":1}");
	tips[1] = oid_of(REF);
	tips[2] = oid_null();
	cr_assert_eq(notes_merge(&merged, repo, tips, 3, "x", &err), 0);
	cr_assert(oid_equal(&merged, &tips[1]));
	cr_assert_eq(notes_merge(&merged, repo, &tips[2], 1, "x", &err), 0);
	cr_assert(oid_is_null(&merged));
	cr_assert_eq(notes_merge(&merged, repo, NULL, 0, "x", &err), 0);
	cr_assert(oid_is_null(&merged));
}

/* A tree that holds what is no note, or one key twice, is dropped by git's
 * merge in part; here it is refused. */
Test(union, a_hostile_tree_is_refused)
{
	static const char *const bad[] = {
		"100644 blob $b\\t" KEY "\\n040000 tree $t\\t12\\n",
		"100644 blob $b\\tREADME\\n",
		"120000 blob $b\\t" KEY "\\n",
		"100644 blob $b\\t1234567890123456789012345678901234567AAB\\n",
	};
	struct oid key = key_oid();
	struct intoto_error err = { 0 };
	struct oid tips[2], merged;

	make_repo("r");
	scoped(repo) repo = open_repo();
	add(repo, "refs/notes/in-toto/links/cd", &key, "{\"a\":1}");
	tips[0] = oid_of("refs/notes/in-toto/links/cd");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		hostile(bad[i]);
		tips[1] = oid_of(REF);
		cr_assert_eq(notes_merge(&merged, repo, tips, 2, "x", &err), -1,
			     "%s", bad[i]);
		cr_assert_eq(err.code, INTOTO_EREJECTED);
		cr_assert_str_eq(err.reason, "notes-tree");
	}
}
