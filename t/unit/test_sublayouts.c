/* test_sublayouts.c: which layout of a note stands for which step. */
#include "people.h"

#include "policy/sublayouts.h"

#define PROJECT "0123456789abcdef0123456789abcdef"
#define STAMP "git-intoto-layout: project=" PROJECT " name="

static struct person alice;
static struct person bob;
static struct person carl;

static void setup(void)
{
	alice = person_make(1);
	bob = person_make(2);
	carl = person_make(3);
}

static void teardown(void)
{
	key_free(alice.key);
	key_free(bob.key);
	key_free(carl.key);
}

TestSuite(sublayouts, .init = setup, .fini = teardown);

/* A layout with one step that one person may do, signed by somebody. */
static struct envelope *layout_by(const struct person *signer,
				  const char *readme, const char *step,
				  const struct person *who)
{
	struct envelope *envelope = NULL;
	struct intoto_error err = { 0 };
	scoped_text listed = person_listed(who, key_id(who->key));
	scoped_text part = xasprintf(
		"{\"_type\":\"layout\",\"expires\":\"2099-01-01T00:00:00Z\","
		"\"readme\":\"%s\",\"keys\":{%s},\"inspect\":[],\"steps\":["
		"{\"_type\":\"step\",\"name\":\"%s\",\"threshold\":1,"
		"\"expected_command\":[],\"expected_materials\":[],"
		"\"expected_products\":[],\"pubkeys\":[\"%s\"]}]}",
		readme, listed, step, key_id(who->key));
	scoped_text text = metablock(part, signer, NULL);

	cr_assert_eq(envelope_read(&envelope, text, strlen(text), true, &err),
		     0, "%s", err.message);
	return envelope;
}

static char *place_of(const char *step, const struct person *who)
{
	return xasprintf("%s.%.8s", step, key_id(who->key));
}

static size_t count_at(struct envelope *const *notes, size_t n,
		       const struct envelope *root, const char *parent)
{
	const struct sublayouts all = { notes, n, 0 };
	const struct layout *const roots[] = { root->layout };
	const struct layout **found = NULL;
	const size_t count = sublayouts_at(&found, &all, roots, 1, parent);

	free(found);
	return count;
}

static size_t count_known(struct envelope *const *notes, size_t n,
			  const struct envelope *root)
{
	const struct sublayouts all = { notes, n, 0 };
	const struct layout *const roots[] = { root->layout };
	const struct layout **found = NULL;
	const size_t count = sublayouts_known(&found, &all, roots, 1);

	free(found);
	return count;
}

Test(sublayouts, one_that_is_stamped_stands_for_its_step_and_layout_only)
{
	scoped(envelope) root =
		layout_by(&alice, STAMP "release version=1", "build", &bob);
	scoped(envelope) good =
		layout_by(&bob, STAMP "release version=1 step=build", "make",
			  &carl);
	scoped(envelope) step =
		layout_by(&bob, STAMP "release version=1 step=other", "make",
			  &carl);
	scoped(envelope) name =
		layout_by(&bob, STAMP "another version=1 step=build", "make",
			  &carl);
	scoped(envelope) own =
		layout_by(&bob, STAMP "release version=2", "make", &carl);
	scoped(envelope) plain = layout_by(&bob, "", "make", &carl);

	cr_expect(sublayout_fits(good->layout, root->layout, "build"));
	cr_expect_not(sublayout_fits(good->layout, root->layout, "make"));
	cr_expect_not(sublayout_fits(step->layout, root->layout, "build"));
	cr_expect_not(sublayout_fits(name->layout, root->layout, "build"));
	cr_expect_not(sublayout_fits(own->layout, root->layout, "build"));
	cr_expect(sublayout_fits(plain->layout, root->layout, "build"));
}

Test(sublayouts, its_signer_must_be_named_for_the_step)
{
	scoped(envelope) root =
		layout_by(&alice, STAMP "release version=1", "build", &bob);
	scoped(envelope) good =
		layout_by(&bob, STAMP "release version=1 step=build", "make",
			  &carl);
	scoped(envelope) bad =
		layout_by(&carl, STAMP "release version=1 step=build", "make",
			  &carl);
	struct envelope *const notes[] = { good, bad };
	scoped_text place = place_of("build", &bob);
	scoped_text other = place_of("build", &carl);

	cr_expect_eq(count_at(notes, 2, root, place), 1);
	cr_expect_eq(count_at(notes, 2, root, other), 0);
	cr_expect_eq(count_at(notes, 2, root, "build.00000000"), 0);
	cr_expect_eq(count_at(notes, 2, root, "build"), 0);
	cr_expect_eq(count_at(notes, 2, root, ""), 1);
	cr_expect_eq(count_known(notes, 2, root), 1);
	cr_expect_eq(count_known(notes + 1, 1, root), 0);
}

Test(sublayouts, each_is_let_in_by_the_one_above_it)
{
	scoped(envelope) root =
		layout_by(&alice, STAMP "release version=1", "build", &bob);
	scoped(envelope) outer =
		layout_by(&bob, STAMP "release version=1 step=build", "make",
			  &carl);
	scoped(envelope) inner =
		layout_by(&carl, STAMP "release version=1 step=make", "cc",
			  &alice);
	struct envelope *const notes[] = { inner, outer };
	scoped_text above = place_of("build", &bob);
	scoped_text below = place_of("make", &carl);
	scoped_text both = xasprintf("%s/%s", above, below);

	cr_expect_eq(count_at(notes, 2, root, both), 1);
	cr_expect_eq(count_at(notes, 1, root, both), 0);
	cr_expect_eq(count_at(notes, 2, root, below), 0);
	cr_expect_eq(count_known(notes, 2, root), 2);
	cr_expect_eq(count_known(notes, 1, root), 0);
}

Test(sublayouts, none_lets_itself_in)
{
	scoped(envelope) root =
		layout_by(&alice, STAMP "release version=1", "build", &bob);
	scoped(envelope) own =
		layout_by(&carl, STAMP "release version=1 step=make", "make",
			  &carl);
	struct envelope *const notes[] = { own };

	cr_expect_eq(count_known(notes, 1, root), 0);
}
