/* test_promisor.c: which clones are partial, and what they lack at once. */
#include "git_tools.h"

#include "repo/promisor.h"

/* A repository with files, and a clone of it that lacks their content. */
static void make_partial(void)
{
	scratch_begin();
	sh("git init -q origin && cd origin &&"
	   "for i in 1 2 3 4 5; do echo $i >$i || exit 1; done &&"
	   "git add . && git commit -qm first &&"
	   "git config uploadpack.allowFilter true &&"
	   "git config uploadpack.allowAnySHA1InWant true && cd .. &&"
	   "git clone -q --no-checkout --filter=blob:none "
	   "\"file://$PWD/origin\" r");
	cr_assert_eq(chdir("r"), 0);
}

TestSuite(promisor, .init = make_partial, .fini = scratch_end);

static bool is_partial(void)
{
	scoped(repo) repo = open_repo();

	return repo->promisors.n > 0;
}

static size_t count_missing(void)
{
	scoped_text n = sh_out("git rev-list --objects --missing=print HEAD |"
			       "grep -c '^?' || :");

	return (size_t)atoi(n);
}

/* The places of the files "1" and "2", the first of them twice. */
struct wanted {
	struct oid one;
	struct oid two;
	struct pack_place places[3];
};

static void want(struct wanted *out)
{
	out->one = oid_of("HEAD:1");
	out->two = oid_of("HEAD:2");
	for (size_t i = 0; i < 3; i++)
		out->places[i] = (struct pack_place){
			.oid = i < 2 ? &out->one : &out->two,
			.pack = PACK_NONE,
		};
}

Test(promisor, a_clone_is_partial_in_each_way_that_git_says_so)
{
	static const char *const settings[] = {
		"remote.other.promisor true",
		"remote.other.promisor",
		"remote.other.partialclonefilter blob:none",
		"extensions.partialclone other",
	};

	cr_assert(is_partial());
	sh("git config --unset remote.origin.promisor &&"
	   "git config --unset remote.origin.partialclonefilter");
	cr_assert_not(is_partial());
	sh("git config remote.origin.promisor false");
	cr_assert_not(is_partial());
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		if (strchr(settings[i], ' '))
			sh("cp .git/config ../kept && git config %s",
			   settings[i]);
		else
			sh("cp .git/config ../kept &&"
			   "printf '[remote \"other\"]\n\tpromisor\n' "
			   ">>.git/config");
		scoped(repo) repo = open_repo();
		cr_assert_eq(repo->promisors.n, 1, "%s", settings[i]);
		cr_assert_str_eq(repo->promisors.items[0], "other");
		sh("cp ../kept .git/config");
	}
}

Test(promisor, a_setting_that_is_none_is_an_error)
{
	struct intoto_error err = { 0 };
	struct repo *repo = NULL;

	sh("git config remote.origin.promisor perhaps");
	cr_assert_eq(repo_open(&repo, REPO_OPEN_USER, &err), -1);
	cr_assert(strstr(err.message, "perhaps") ||
			  strstr(err.message, "promisor"),
		  "%s", err.message);
}

Test(promisor, what_is_missing_is_fetched_and_no_more)
{
	struct intoto_error err = { 0 };
	struct wanted wanted;
	scoped_text status = NULL;

	want(&wanted);
	cr_assert_eq(count_missing(), 5);
	scoped(repo) repo = open_repo();
	cr_assert_eq(promisor_fetch(repo, wanted.places, 3, &err), 0, "%s",
		     err.message);
	cr_assert_eq(count_missing(), 3);
	status = sh_out("git for-each-ref | wc -l; ls .git | grep -c "
			"FETCH_HEAD || :");
	cr_assert(strstr(status, "\n0"), "%s", status);
}

Test(promisor, what_is_here_is_not_fetched)
{
	struct intoto_error err = { 0 };
	struct wanted wanted;

	sh("cd ../origin && git config remote.origin.promisor true");
	cr_assert_eq(chdir("../origin"), 0);
	want(&wanted);
	scoped(repo) repo = open_repo();
	cr_assert_eq(repo->promisors.n, 1);
	/* No git is run at all. */
	setenv("PATH", "/nowhere", 1);
	cr_assert_eq(promisor_fetch(repo, wanted.places, 3, &err), 0, "%s",
		     err.message);
}

Test(promisor, a_remote_that_has_it_not_is_an_error)
{
	struct intoto_error err = { 0 };
	struct wanted wanted;

	want(&wanted);
	sh("git remote set-url origin /nowhere");
	scoped(repo) repo = open_repo();
	cr_assert_eq(promisor_fetch(repo, wanted.places, 3, &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD);
	cr_assert(strstr(err.message, "cannot fetch 2 objects"), "%s",
		  err.message);
	cr_assert_str_eq(err.hint, "git fetch --refetch --no-filter origin");
}

Test(promisor, of_several_remotes_one_is_enough)
{
	struct intoto_error err = { 0 };
	struct wanted wanted;

	want(&wanted);
	sh("url=$(git remote get-url origin) &&"
	   "git remote set-url origin /nowhere &&"
	   "git remote add second \"$url\" &&"
	   "git config remote.second.promisor true");
	scoped(repo) repo = open_repo();
	cr_assert_eq(repo->promisors.n, 2);
	cr_assert_eq(promisor_fetch(repo, wanted.places, 3, &err), 0, "%s",
		     err.message);
}

Test(promisor, a_server_hook_fetches_nothing)
{
	struct intoto_error err = { 0 };
	struct wanted wanted;
	scoped(repo) repo = NULL;

	want(&wanted);
	cr_assert_eq(repo_open(&repo, REPO_OPEN_SERVER_HOOK, &err), 0, "%s",
		     err.message);
	cr_assert_eq(repo->promisors.n, 1);
	cr_assert_eq(promisor_fetch(repo, wanted.places, 3, &err), 0, "%s",
		     err.message);
	cr_assert_eq(count_missing(), 5);
}
