/* test_guard_growth.c: what all refs of one push may bring together. */
#include "git_tools.h"

#include "policy/guard_internal.h"
#include "repo/refs.h"

#define REF "refs/notes/in-toto/pending"

TestSuite(guard_growth, .init = scratch_begin, .fini = scratch_end);

static int count_lines(const struct guard_note *note, struct intoto_error *err)
{
	for (size_t i = 0; i < note->note->n; i++) {
		bool is_new;

		if (guard_line_is_new(&is_new, note, &note->note->lines[i],
				      err) < 0)
			return -1;
	}
	return 0;
}

/* A note of the line {} on the first commit, and a push of it. */
static int push_note(struct guard *guard, struct intoto_error *err)
{
	struct guard_update update = { .ref = xstrdup(REF), .old = oid_null() };
	int status;

	cr_assert_eq(refs_read(&update.new_oid, guard->repo, REF, err), 0, "%s",
		     err->message);
	status = guard_judge_growth(guard, &update, count_lines, err);
	free(update.ref);
	return status;
}

static struct guard guard_make(struct repo *repo)
{
	sh("git notes --ref=" REF " add -m '{}' HEAD");
	return (struct guard){ .repo = repo, .max_line = 4096 };
}

Test(guard_growth, a_small_push_is_counted)
{
	struct intoto_error err = { 0 };

	make_repo("r");
	scoped(repo) repo = open_repo();
	struct guard guard = guard_make(repo);

	cr_expect_eq(push_note(&guard, &err), 0, "%s", err.message);
	cr_expect_eq(guard.new_lines, 1);
	cr_expect_eq(guard.new_commits, 1);
	cr_expect_eq(guard.new_bytes, strlen("{}\n"));
	cr_expect_geq(guard.new_work, 1);
}

/* The counter is at its bound before the push, or one below it. */
#define EXPECT_BOUND(member, bound, what)                                     \
	do {                                                                  \
		struct intoto_error err = { 0 };                              \
		make_repo("r");                                               \
		scoped(repo) repo = open_repo();                              \
		struct guard counted = guard_make(repo);                      \
		struct guard guard = counted;                                 \
		cr_assert_eq(push_note(&counted, &err), 0);                   \
		guard.member = (bound)-counted.member;                        \
		cr_expect_eq(push_note(&guard, &err), 0, "%s", err.message);  \
		guard = (struct guard){ .repo = repo,                         \
					.max_line = 4096,                     \
					.member =                             \
						(bound)-counted.member + 1 }; \
		cr_expect_eq(push_note(&guard, &err), -1);                    \
		cr_expect_str_eq(err.reason, "push-too-large");               \
		cr_expect(strstr(err.message, what), "%s", err.message);      \
	} while (0)

Test(guard_growth, a_push_has_so_many_new_lines)
{
	EXPECT_BOUND(new_lines, GUARD_NEW_LINES_MAX, "new lines");
}

Test(guard_growth, a_push_has_so_many_new_commits)
{
	EXPECT_BOUND(new_commits, GUARD_NEW_COMMITS_MAX, "new commits");
}

Test(guard_growth, a_push_has_so_many_bytes_of_notes)
{
	EXPECT_BOUND(new_bytes, GUARD_NEW_BYTES_MAX, "bytes of notes");
}

Test(guard_growth, a_push_has_so_many_notes_in_all_its_commits)
{
	EXPECT_BOUND(new_work, GUARD_NEW_WORK_MAX, "notes in all new commits");
}
