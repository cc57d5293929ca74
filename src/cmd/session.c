/* session.c: open what a command on a tag works with. */
#include <string.h>

#include "base/clock.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/session.h"
#include "crypto/signature.h"
#include "policy/project.h"
#include "policy/seal.h"
#include "repo/config.h"
#include "repo/git.h"
#include "repo/gitname.h"
#include "repo/remote.h"

int session_open(struct session *out, struct intoto_error *err)
{
	scoped(repo) repo = NULL;
	scoped(trust) trust = NULL;
	const char *step;

	if (repo_open(&repo, REPO_OPEN_USER, err) < 0 ||
	    trust_load(&trust, repo, err) < 0)
		return -1;
	step = config_get(repo, "intoto.tagstep");
	*out = (struct session){
		.tag_step = step && *step ? step : "tag",
		.now = clock_now(),
	};
	out->repo = take(repo);
	out->trust = take(trust);
	return 0;
}

void session_release(struct session *session)
{
	inforce_set_release(&session->layouts);
	trust_free(session->trust);
	repo_free(session->repo);
}

int session_layouts(struct session *session, struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	int ret;

	trust_warn_root(&report, session->repo, session->trust);
	ret = inforce_load_all(&session->layouts, session->repo, session->trust,
			       session->now, &report, err);
	say_warnings(&report.warnings);
	return ret;
}

void session_warn(const struct session *session)
{
	const struct trust *trust = session->trust;
	scoped_value(report) report = REPORT_INIT;

	trust_warn_root(&report, session->repo, trust);
	for (size_t i = 0; i < trust->n_layouts; i++) {
		scoped(inforce) inforce = NULL;
		struct intoto_error ignored = { 0 };

		if (!trust_is_empty(trust))
			inforce_load(&inforce, session->repo, trust,
				     trust->layouts[i].name, session->now,
				     &report, &ignored);
	}
	say_warnings(&report.warnings);
}

int session_project(struct session *session, bool may_make,
		    struct intoto_error *err)
{
	char *project = session->layouts.project;

	if (*project)
		return 0;
	if (project_learn(project, session->repo, &session->layouts,
			  session->tag_step, session->now, err) < 0)
		return -1;
	if (!*project && may_make) {
		if (project_new(project, err) < 0)
			return -1;
		say_note("no layout carries the project's id: made '%s'",
			 project);
	}
	if (!*project || trust_is_empty(session->trust))
		return 0;
	return trust_pin_project(session->trust, project, err) < 0 ||
			       trust_save(session->trust, session->repo, err) <
				       0
		       ? -1
		       : 0;
}

int session_resolve(struct oid *out, struct repo *repo, const char *revision,
		    const char *type, struct intoto_error *err)
{
	scoped_text peeled = NULL;
	char hex[OID_HEX_SIZE];
	struct oid oid;

	/* In two steps: in "HEAD:src^{tree}" all would be a path. */
	if (revision_resolve(&oid, repo, revision)) {
		oid_hex(hex, &oid);
		peeled = xasprintf("%s^{%s}", hex, type);
		if (revision_resolve(out, repo, peeled))
			return 0;
		return intoto_fail(err, INTOTO_ENOTFOUND, "'%s' is no %s",
				   revision, type);
	}
	if (strcmp(revision, "HEAD"))
		return intoto_fail(err, INTOTO_ENOTFOUND, "no %s '%s'", type,
				   revision);
	intoto_fail(err, INTOTO_ENOTFOUND, "'HEAD' has no commit yet");
	return intoto_hint(err, "git commit");
}

int session_tag(char **ref, struct oid *oid, struct session *session,
		const char *name, struct intoto_error *err)
{
	scoped_text full = NULL;
	scoped_text remote = NULL;
	scoped_text both = NULL;
	scoped_text from = NULL;
	scoped_text what = NULL;
	struct intoto_error missing = { 0 };

	if (refs_tag_name(&full, name, err) < 0)
		return -1;
	if (refs_read(oid, session->repo, full, &missing) < 0) {
		if (missing.code != INTOTO_ENOTFOUND) {
			*err = missing;
			return -1;
		}
		intoto_fail(err, INTOTO_ENOTFOUND, "no tag '%s'",
			    refs_short(full));
		remote = remote_default(session->repo);
		both = xasprintf("%s:%s", full, full);
		from = quote_word(remote ? remote : "origin");
		what = quote_word(both);
		return intoto_hint(err, "git fetch %s %s", from, what);
	}
	*ref = take(full);
	return 0;
}

int session_links(struct tag_links **links, struct note *note,
		  struct session *session, const struct tag_facts *facts,
		  struct report *warnings, struct intoto_error *err)
{
	scoped_text ref = notes_links_ref(&facts->tag.oid);
	const struct layout **layouts;
	size_t i;
	int ret;

	if (note_read(note, session->repo, ref, &facts->tag.oid, err) < 0)
		return -1;
	layouts = xcalloc(session->layouts.n + 1, sizeof(struct layout *));
	for (i = 0; i < session->layouts.n; i++)
		layouts[i] = session->layouts.items[i]->envelope->layout;
	ret = tag_links_read(links, session->repo, facts, note, layouts,
			     session->layouts.n, session->now, warnings, err);
	free(layouts);
	return ret;
}

static int unauthorised(const struct session *session,
			const struct tag_facts *facts,
			const struct intoto_error *last,
			struct intoto_error *err)
{
	const char *layout = session->layouts.n
				     ? session->layouts.items[0]->name
				     : "release";
	char claim[128] = "somebody unknown";
	struct intoto_error ignored = { 0 };

	tag_signature_claim(claim, facts->tag.armor, facts->tag.armor_len,
			    &ignored);
	if (strcmp(last->reason, "signature-unknown-key")) {
		*err = *last;
		return intoto_context(err, "tag '%s', signed by %s: ",
				      facts->tag.name, claim);
	}
	intoto_reject(err, "tag-signer",
		      "tag '%s' is signed by %s, which step '%s' of layout "
		      "'%s' does not authorise",
		      facts->tag.name, claim, session->tag_step, layout);
	return intoto_hint(err, "git intoto layout add-key %s KEY --step %s",
			   layout, session->tag_step);
}

int session_check_tagger(const struct session *session,
			 const struct tag_facts *facts,
			 struct intoto_error *err)
{
	scoped_text commit = NULL;
	scoped_text name = NULL;
	scoped_text target = NULL;
	struct intoto_error last = { 0 };
	size_t i;

	if (!facts->tag.armor) {
		intoto_reject(err, "tag-unsigned",
			      "tag '%s' carries no signature", facts->tag.name);
		commit = xasprintf("%s^{}", facts->tag.name);
		name = quote_word(facts->tag.name);
		target = quote_word(commit);
		return intoto_hint(err, "git tag -s -f %s %s", name, target);
	}
	intoto_reject(&last, "signature-unknown-key", "no layout has step '%s'",
		      session->tag_step);
	for (i = 0; i < session->layouts.n; i++) {
		const struct layout *layout =
			session->layouts.items[i]->envelope->layout;
		const struct layout_item *step =
			layout_step(layout, session->tag_step);
		const struct key **keys = NULL;
		size_t match, n;
		int ret;

		if (!step)
			continue;
		n = layout_step_keys(&keys, layout, step);
		ret = tag_signature_verify(&match, facts->tag.armor,
					   facts->tag.armor_len, keys, n,
					   facts->tag.payload.data,
					   facts->tag.payload.len, session->now,
					   &last);
		free(keys);
		if (ret == 0)
			return 0;
	}
	return unauthorised(session, facts, &last, err);
}

static bool is_sealed(const struct session *session,
		      const struct tag_facts *facts,
		      const struct tag_links *links)
{
	scoped_value(seals) seals = { 0 };

	seals_collect(&seals, links, facts, session->trust, session->now, NULL);
	for (size_t i = 0; i < seals.n; i++)
		if (seal_counts(seals.items[i]))
			return true;
	return false;
}

/* No seal vouches for what comes after it. */
static int refuse_sealed(const struct tag_facts *facts,
			 struct intoto_error *err)
{
	scoped_text commit = xasprintf("%s^{}", facts->tag.name);
	scoped_text word = quote_word(commit);

	intoto_reject(err, "tag-sealed",
		      "tag '%s' is sealed under an earlier layout; a link made "
		      "now is judged by the one in force, which refuses the "
		      "tag: make a new tag of its commit",
		      facts->tag.name);
	return intoto_hint(err, "git intoto tag NAME %s", word);
}

int session_check_addable(struct session *session,
			  const struct tag_facts *facts,
			  struct intoto_error *err)
{
	scoped_value(report) ignored = REPORT_INIT;
	scoped(tag_links) links = NULL;
	scoped_value(note) note = { 0 };
	struct intoto_error why = { 0 };

	if (session_check_tagger(session, facts, err) == 0)
		return 0;
	if (err->code != INTOTO_EREJECTED ||
	    session_links(&links, &note, session, facts, &ignored, &why) < 0 ||
	    !is_sealed(session, facts, links))
		return -1;
	return refuse_sealed(facts, err);
}

int session_judge_tag_step(struct report *report, struct session *session,
			   const struct tag_facts *facts, enum judge_need need,
			   struct intoto_error *err)
{
	scoped_value(report) refused = REPORT_INIT;
	scoped(tag_links) links = NULL;
	scoped_value(note) note = { 0 };
	struct intoto_error why = { 0 };
	size_t i;

	if (session_links(&links, &note, session, facts, &refused, err) < 0)
		return -1;
	for (i = 0; i < session->layouts.n; i++) {
		const struct layout *layout =
			session->layouts.items[i]->envelope->layout;
		size_t before = refused.n;

		if (!layout_step(layout, session->tag_step))
			continue;
		if (judge_tag_step(&refused, layout, session->tag_step, facts,
				   links, need, session->now, err) < 0)
			return -1;
		if (refused.n == before)
			return 0;
	}
	if (is_sealed(session, facts, links)) {
		refuse_sealed(facts, &why);
		report_refuse_error(&refused, &why);
	}
	report_append(report, &refused);
	return 0;
}
