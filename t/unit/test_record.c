/* test_record.c: a link of a tag is judged before it is signed. */
#include "policy_tools.h"

#include "crypto/signer.h"
#include "policy/record.h"

static struct world world;
static struct layout_text text;
static struct inforce_set set;
static struct signer *signer;
static struct record what;
static struct report report;
static struct intoto_error err;

static struct signer *open_signer(const char *name)
{
	const struct key_settings settings = { 0 };
	struct signer *opened = NULL;

	sh("openssl genpkey -algorithm ed25519 -out ../%s 2>/dev/null", name);
	scoped_text path = xasprintf("../%s", name);
	cr_assert_eq(signer_open(&opened, path, &settings, &err), 0, "%s",
		     err.message);
	return opened;
}

static void put_and_load(void)
{
	inforce_set_release(&set);
	put_layout(&world, layout_line(&world, &text, &world.owner));
	cr_assert_eq(inforce_load_all(&set, world.repo, world.trust,
				      clock_now(), NULL, &err),
		     0, "%s", err.message);
}

static void setup(void)
{
	world = world_make();
	text = (struct layout_text)LAYOUT_TEXT;
	signer = open_signer("alice.pem");
	key_free(world.alice.key);
	world.alice.key = key_ref((struct key *)signer_key(signer));
	put_and_load();
	what = (struct record){
		.repo = world.repo,
		.facts = world.facts,
		.layouts = &set,
		.step = "build",
		.signer = signer,
		.now = clock_now(),
	};
}

static void teardown(void)
{
	inforce_set_release(&set);
	report_release(&report);
	signer_free(signer);
	world_end(&world);
}

TestSuite(record, .init = setup, .fini = teardown);

/* Record and publish; "" or the reason. */
static const char *record(struct link *link)
{
	struct ref_update update;
	scoped_text ref = NULL;

	err = (struct intoto_error){ 0 };
	report_release(&report);
	json_object_clear(link->environment);
	if (record_link(&update, &ref, &link, NULL, &what, &report, &err) < 0) {
		link_free(link);
		return err.code == INTOTO_EREJECTED ? err.reason : err.message;
	}
	cr_assert_null(link);
	publish(&update, world.repo);
	return "";
}

static const char *record_tag(void)
{
	what.step = "tag";
	return record(make_link(&world, "tag"));
}

static const char *record_build(const char *content)
{
	struct link *link = make_link(&world, "build");

	add_product(link, "dist/a", content);
	what.step = "build";
	return record(link);
}

static size_t lines(void)
{
	scoped_value(note) note = { 0 };
	scoped_text ref = notes_links_ref(&world.facts->tag.oid);

	cr_assert_eq(note_read(&note, world.repo, ref, &world.facts->tag.oid,
			       &err),
		     0);
	return note.n;
}

static bool is_accepted(void)
{
	const struct judge_options options = { .trust = world.trust,
					       .now = what.now };
	scoped(judgement) judgement = NULL;

	cr_assert_eq(judge_tag(&judgement, world.repo, TAG, &options, &err), 0,
		     "%s", err.message);
	return judgement_accepts(judgement);
}

Test(record, what_it_records_is_accepted)
{
	cr_assert_str_eq(record_tag(), "", "%s", err.message);
	cr_assert_str_eq(record_build("1"), "", "%s", err.message);
	cr_assert_eq(lines(), 2);
	cr_assert(is_accepted());
}

Test(record, the_same_again_adds_nothing)
{
	cr_assert_str_eq(record_tag(), "");
	cr_assert_str_eq(record_tag(), "");
	cr_assert_eq(lines(), 1);
}

Test(record, a_key_that_no_layout_names_is_refused)
{
	struct signer *other = open_signer("other.pem");

	what.signer = other;
	cr_assert_eq(record_check_key(&what, &err), -1);
	cr_assert_str_eq(err.reason, "key-not-authorised");
	cr_assert(strstr(err.message, "'build'"));
	cr_assert(strstr(err.message, "'release'"));
	cr_assert_str_eq(record_build("1"), "key-not-authorised");
	what.signer = signer;
	what.step = "paint";
	cr_assert_eq(record_check_key(&what, &err), -1);
	cr_assert_str_eq(err.reason, "step-unknown");
	signer_free(other);
}

Test(record, what_the_rules_refuse_is_not_signed)
{
	text.build_rules = "[[\"DISALLOW\",\"*\"]]";
	text.version = 2;
	put_and_load();
	cr_assert_str_eq(record_tag(), "");
	cr_assert_str_eq(record_build("1"), "rule-disallow");
	cr_assert_eq(report.n, 1);
	cr_assert_str_eq(report.items[0].layout, "release");
	cr_assert_eq(lines(), 1);
}

Test(record, a_build_before_the_tag_step_meets_no_rule)
{
	cr_assert_str_eq(record_build("1"), "rule-disallow");
	cr_assert_eq(lines(), 0);
}

Test(record, a_contradiction_is_refused_or_superseded)
{
	cr_assert_str_eq(record_tag(), "");
	cr_assert_str_eq(record_build("1"), "");
	cr_assert_str_eq(record_build("2"), "link-contradicts");
	cr_assert(strstr(err.hint, "--supersede"));
	cr_assert_eq(lines(), 2);
	what.supersede = true;
	cr_assert_str_eq(record_build("2"), "", "%s", err.message);
	cr_assert_eq(lines(), 4);
	cr_assert(is_accepted());
	cr_assert_str_eq(record_build("1"), "link-withdrawn");
}

Test(record, a_project_must_be_known)
{
	world.facts->project[0] = '\0';
	cr_assert(strstr(record_tag(), "no layout carries a project id"));
}

Test(record, the_push_command_names_what_the_remote_lacks)
{
	scoped_text ref = notes_links_ref(&world.facts->tag.oid);
	scoped_text push = NULL;
	scoped_text merge = NULL;
	scoped_text again = NULL;
	char *hint = NULL;

	cr_assert_eq(record_push_hint(&hint, world.repo, ref, TAG, true, &set,
				      &err),
		     0);
	cr_assert_str_eq(hint, "");
	free(hint);
	sh("git remote add origin /nowhere");
	repo_free(world.repo);
	world.repo = open_repo();
	cr_assert_eq(record_push_hint(&hint, world.repo, ref, TAG, true, &set,
				      &err),
		     0);
	push = xasprintf("git push --atomic origin "
			 "refs/notes/in-toto/layouts/release %s " TAG "\n",
			 ref);
	merge = xasprintf("git notes --ref=%s merge -s cat_sort_uniq "
			  "refs/in-toto-remotes/origin/%s",
			  ref + strlen("refs/notes/"),
			  ref + strlen(NOTES_PREFIX));
	cr_assert(strstr(hint, push), "%s", hint);
	cr_assert(strstr(hint, "git fetch origin\n"), "%s", hint);
	cr_assert(strstr(hint, merge), "%s", hint);
	cr_assert(strstr(hint, "\n  git intoto push origin v1"), "%s", hint);
	free(hint);
	sh("git update-ref refs/in-toto-remotes/origin/layouts/release "
	   "refs/notes/in-toto/layouts/release");
	cr_assert_eq(record_push_hint(&hint, world.repo, ref, "refs/tags/a$(b)",
				      true, &set, &err),
		     0);
	again = xasprintf("git push --atomic origin %s 'refs/tags/a$(b)'\n",
			  ref);
	cr_assert(strstr(hint, again), "%s", hint);
	cr_assert(strstr(hint, "\n  git intoto push origin 'a$(b)'"), "%s",
		  hint);
	free(hint);
	again[strlen("git push --atomic origin ") + strlen(ref)] = '\n';
	again[strlen("git push --atomic origin ") + strlen(ref) + 1] = '\0';
	cr_assert_eq(record_push_hint(&hint, world.repo, ref, TAG, false, &set,
				      &err),
		     0);
	cr_assert(strstr(hint, again), "%s", hint);
	free(hint);
}

static size_t lines_of_commit(const struct oid *commit)
{
	scoped_value(note) note = { 0 };
	scoped_text ref = notes_links_ref(commit);

	cr_assert_eq(note_read(&note, world.repo, ref, commit, &err), 0);
	return note.n;
}

Test(record, a_link_of_a_commit_is_kept_by_the_commit)
{
	scoped(tag_facts) facts = NULL;
	const struct oid *commit = &world.facts->tag.commit;

	cr_assert_eq(tag_facts_read_commit(&facts, world.repo, commit,
					   world.facts->project, NULL, &err),
		     0, "%s", err.message);
	what.facts = facts;
	cr_assert_str_eq(record_build("1"), "", "%s", err.message);
	cr_assert_str_eq(record_build("1"), "", "%s", err.message);
	cr_assert_eq(lines_of_commit(commit), 1);
	cr_assert_str_eq(record_build("2"), "link-contradicts");
	cr_assert_str_eq(err.hint, "");

	/* It counts for a tag of that commit. */
	what.facts = world.facts;
	cr_assert_str_eq(record_tag(), "", "%s", err.message);
	cr_assert(is_accepted());
	cr_assert_str_eq(record_build("2"), "link-contradicts");
}

Test(record, a_commit_has_no_link_of_the_tag_step)
{
	scoped(tag_facts) facts = NULL;

	cr_assert_eq(tag_facts_read_commit(&facts, world.repo,
					   &world.facts->tag.commit,
					   world.facts->project, NULL, &err),
		     0, "%s", err.message);
	what.facts = facts;
	record_tag();
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(lines_of_commit(&facts->tag.commit), 0);
}
