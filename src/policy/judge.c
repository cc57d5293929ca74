/* judge.c: the order in which a tag and its files are judged. */
#include "policy/judge.h"

#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/judge_internal.h"
#include "repo/config.h"
#include "repo/remote.h"

/* An EREJECTED error is a finding (0); any other is the caller's. */
static int to_finding(struct finding **out, struct report *report,
		      const struct intoto_error *why, struct intoto_error *err)
{
	if (why->code == INTOTO_EREJECTED) {
		*out = report_refuse_error(report, why);
		return 0;
	}
	if (err)
		*err = *why;
	return -1;
}

struct trial *trial_new(struct repo *repo, const char *ref,
			const struct judge_options *options)
{
	struct trial *trial = xcalloc(1, sizeof(*trial));
	struct judgement *judgement = xcalloc(1, sizeof(*judgement));
	const char *step = config_get(repo, "intoto.tagstep");

	trial->repo = repo;
	trial->options = options;
	trial->tag_step = step && *step ? step : "tag";
	trial->judgement = judgement;
	judgement->ref = xstrdup(ref);
	judgement->files =
		xcalloc(options->n_files + 1, sizeof(*judgement->files));
	for (; judgement->n_files < options->n_files; judgement->n_files++)
		judgement->files[judgement->n_files].path =
			xstrdup(options->files[judgement->n_files]);
	return trial;
}

static void hint_fetch_tag(struct finding *finding, const char *remote,
			   const char *ref)
{
	scoped_text both = xasprintf("%s:%s", ref, ref);
	scoped_text from = quote_word(remote);
	scoped_text what = quote_word(both);

	finding_set(&finding->hint, "git fetch --force %s %s", from, what);
}

/* Checked-out copies of CI systems hold a commit under the tag's name. Asking
 * the remote is for a person who waits for the answer, and for nobody else. */
static void hint_lightweight(struct trial *trial, struct finding *finding)
{
	const char *ref = trial->judgement->ref;
	scoped_text remote = NULL;

	hint_sign(finding, refs_short(ref));
	if (trial->repo->server || trial->options->no_side_effects)
		return;
	remote = remote_default(trial->repo);
	if (remote && remote_has_tag_object(trial->repo, remote, ref))
		hint_fetch_tag(finding, remote, ref);
}

/* There is no tag object: the ref holds the commit itself, or what is none. */
static void name_commit(struct trial *trial, const struct oid *oid)
{
	struct judgement *judgement = trial->judgement;
	scoped_value(commit_info) info = { 0 };
	struct intoto_error ignored = { 0 };

	judgement->tag[0] = '\0';
	if (commit_read(&info, trial->repo, oid, &ignored) == 0)
		oid_hex(judgement->commit, oid);
}

int trial_read_tag(struct trial *trial, struct intoto_error *err)
{
	struct judgement *judgement = trial->judgement;
	struct intoto_error why = { 0 };
	struct finding *finding;
	struct oid oid;

	if (refs_read(&oid, trial->repo, judgement->ref, &why) < 0) {
		if (why.code != INTOTO_ENOTFOUND) {
			*err = why;
			return -1;
		}
		intoto_fail(err, INTOTO_ENOTFOUND, "no tag '%s'",
			    refs_short(judgement->ref));
		return intoto_hint(err, "git fetch --tags");
	}
	oid_hex(judgement->tag, &oid);
	if (tag_facts_read_tag(&trial->facts, trial->repo, judgement->ref, &oid,
			       trial->options->trust->project, &why) == 0) {
		oid_hex(judgement->commit, &trial->facts->tag.commit);
		return 0;
	}
	if (to_finding(&finding, &judgement->report, &why, err) < 0)
		return -1;
	if (strcmp(why.reason, "tag-lightweight"))
		return 0;
	hint_lightweight(trial, finding);
	name_commit(trial, &oid);
	return 0;
}

static void note_seen(struct trial *trial, const struct inforce *inforce)
{
	const struct layout_stamp *stamp = &inforce->envelope->layout->stamp;
	struct intoto_error why = { 0 };

	if (trial->repo->server || trial->options->no_side_effects ||
	    !*stamp->project)
		return;
	if (seen_raise(trial->repo, stamp->project, inforce->name,
		       stamp->version, &why) < 0)
		report_warn(&trial->judgement->report,
			    "cannot remember version %llu of layout '%s': %s",
			    (unsigned long long)stamp->version, inforce->name,
			    why.message);
}

/* Where no project is pinned, the layouts must at least agree on one. */
static void agree_on_project(struct trial *trial, struct judged_layout *out,
			     const struct inforce *inforce)
{
	const char *project = inforce->envelope->layout->stamp.project;
	struct finding *finding;

	if (!*project || !trial->facts)
		return;
	if (!*trial->facts->project) {
		memcpy(trial->facts->project, project, PROJECT_SIZE);
		return;
	}
	if (!strcmp(trial->facts->project, project))
		return;
	finding = report_refuse(&out->report, "layout-foreign",
				"layout '%s' is of project '%s', expected '%s'",
				out->name, project, trial->facts->project);
	finding_set(&finding->expected, "%s", trial->facts->project);
	finding_set(&finding->found, "%s", project);
}

static int load_layout(struct trial *trial, size_t index,
		       struct intoto_error *err)
{
	struct judged_layout *out = &trial->judgement->layouts[index];
	struct inforce *inforce = NULL;
	struct intoto_error why = { 0 };
	struct finding *finding;

	if (inforce_load(&inforce, trial->repo, trial->options->trust,
			 out->name, trial->any_expiry ? 0 : trial->options->now,
			 &trial->judgement->report, &why) < 0)
		return to_finding(&finding, &out->report, &why, err);
	trial->layouts[index].inforce = inforce;
	out->in_force = true;
	out->version = inforce->envelope->layout->stamp.version;
	out->expires = inforce->envelope->layout->expires;
	out->signed_by = inforce->signed_by;
	out->owners = inforce->owners;
	memcpy(out->digest, inforce->digest, sizeof(out->digest));
	note_seen(trial, inforce);
	agree_on_project(trial, out, inforce);
	return 0;
}

int trial_load_layouts(struct trial *trial, struct intoto_error *err)
{
	const struct judge_options *options = trial->options;
	struct judgement *judgement = trial->judgement;
	const size_t n = options->layouts ? options->n_layouts
					  : options->trust->n_layouts;

	judgement->layouts = xcalloc(n + 1, sizeof(*judgement->layouts));
	trial->layouts = xcalloc(n + 1, sizeof(*trial->layouts));
	trial->n_layouts = n;
	for (; judgement->n_layouts < n; judgement->n_layouts++) {
		const size_t i = judgement->n_layouts;

		judgement->layouts[i].name = xstrdup(
			options->layouts ? options->layouts[i]
					 : options->trust->layouts[i].name);
		judgement->layouts[i].demanded = true;
	}
	for (size_t i = 0; i < n; i++)
		if (load_layout(trial, i, err) < 0)
			return -1;
	return 0;
}

static bool any_in_force(const struct trial *trial)
{
	for (size_t i = 0; i < trial->judgement->n_layouts; i++)
		if (trial->layouts[i].inforce)
			return true;
	return false;
}

/* What owners withdrew counts whatever the layouts say. */
static void withdraw(struct trial *trial)
{
	struct judgement *judgement = trial->judgement;
	scoped_text name = NULL;
	struct finding *finding;
	bool tag = false;

	tag_links_withdraw(&tag, trial->links, trial->options->trust,
			   trial->options->now);
	tag_links_withdrawn_by(&judgement->revoked_by,
			       &judgement->revoked_missing, trial->links,
			       trial->options->trust, "tag",
			       trial->options->now);
	if (!tag && judgement->revoked_by.n)
		report_warn(&judgement->report,
			    "tag '%s': %zu of the %zu owners who must have "
			    "withdrawn it",
			    trial->facts->tag.name, judgement->revoked_by.n,
			    trial->options->trust->threshold);
	if (!tag)
		return;
	judgement->revoked = true;
	finding = report_refuse(&judgement->report, "tag-revoked",
				"tag '%s' was withdrawn by the owners",
				trial->facts->tag.name);
	name = quote_word(trial->facts->tag.name);
	finding_set(&finding->hint, "git intoto show %s", name);
}

int trial_read_links(struct trial *trial, struct intoto_error *err)
{
	const size_t n = trial->judgement->n_layouts;
	const struct layout **layouts = xcalloc(n + 1, sizeof(*layouts));
	const struct note nothing = { 0 };
	struct report *report = &trial->judgement->report;
	struct intoto_error why = { 0 };
	struct finding *finding;
	size_t n_layouts = 0;
	int got;

	for (size_t i = 0; i < n; i++)
		if (trial->layouts[i].inforce)
			layouts[n_layouts++] =
				trial->layouts[i].inforce->envelope->layout;
	got = tag_links_read(&trial->links, trial->repo, trial->facts, NULL,
			     layouts, n_layouts, trial->options->now, report,
			     &why);
	/* A note that is refused as a whole is as good as none. */
	if (got < 0 && to_finding(&finding, report, &why, err) == 0)
		got = tag_links_read(&trial->links, trial->repo, trial->facts,
				     &nothing, layouts, n_layouts,
				     trial->options->now, report, err);
	free(layouts);
	if (got < 0)
		return -1;
	withdraw(trial);
	trial->judgement->seals = xcalloc(1, sizeof(struct seals));
	seals_collect(trial->judgement->seals, trial->links, trial->facts,
		      trial->options->trust, trial->options->now,
		      &trial->seal_warnings);
	return 0;
}

static const char *project_of(const struct chain_link *link)
{
	const json_t *git = json_object_get(link->link->environment, "git");

	return json_string_value(json_object_get(git, "project"));
}

/* Only where layouts without a stamp are pinned by digest and no project is:
 * the links that count say which it is, all the same one. */
static void learn_project(struct trial *trial, size_t index)
{
	const struct chain *chain = trial->layouts[index].chain->chain;
	struct judged_layout *out = &trial->judgement->layouts[index];
	char *known = trial->facts->project;

	for (size_t i = 0; i < chain->n_steps; i++) {
		const struct chain_step *step = &chain->steps[i];

		for (size_t j = 0; j < step->n_good; j++) {
			const char *project = project_of(step->good[j]);

			if (!project || !strcmp(known, project))
				continue;
			if (!*known) {
				snprintf(known, PROJECT_SIZE, "%s", project);
				continue;
			}
			report_refuse(&out->report, "link-other-project",
				      "step '%s': %s is of project '%s', "
				      "expected '%s'",
				      step->item->name, step->good[j]->origin,
				      project, known);
		}
	}
}

static int judge_layouts(struct trial *trial, struct intoto_error *err)
{
	for (size_t i = 0; i < trial->judgement->n_layouts; i++) {
		if (!trial->layouts[i].inforce)
			continue;
		if (judge_layout(trial, i, err) < 0)
			return -1;
		learn_project(trial, i);
	}
	return 0;
}

/* Owners whose own word has ended vouch for nothing. */
static int judge_trust(struct trial *trial, struct intoto_error *err)
{
	struct intoto_error why = { 0 };
	struct finding *finding;

	trust_warn_root(&trial->judgement->report, trial->repo,
			trial->options->trust);
	if (trial->any_expiry ||
	    trust_check_expiry(trial->options->trust, trial->options->now,
			       &why) == 0)
		return 0;
	return to_finding(&finding, &trial->judgement->report, &why, err);
}

/* Everything after the tag object, if that is one to go on with. */
static int judge_proof(struct trial *trial, struct intoto_error *err)
{
	if (judge_trust(trial, err) < 0 || trial_load_layouts(trial, err) < 0)
		return -1;
	if (!any_in_force(trial)) {
		if (!trial->facts->tag.armor)
			refuse_unsigned(&trial->judgement->report,
					trial->facts);
		return 0;
	}
	if (tag_facts_read_tree(trial->facts, trial->repo,
				trial->options->hashing, err) < 0 ||
	    trial_read_links(trial, err) < 0 || judge_layouts(trial, err) < 0 ||
	    judge_files(trial, err) < 0 || judge_inspections(trial, err) < 0 ||
	    (trial->options->try_seals && judge_all_seals(trial, err) < 0))
		return -1;
	return judge_replaced(trial, err);
}

static void pin_project(struct trial *trial)
{
	struct judgement *judgement = trial->judgement;
	scoped(trust) trust = NULL;
	struct intoto_error why = { 0 };

	if (trial->repo->server || trial->options->no_side_effects ||
	    *trial->options->trust->project || !*judgement->project)
		return;
	if (trust_load(&trust, trial->repo, &why) == 0 &&
	    (trust_is_empty(trust) || *trust->project))
		return;
	if (!trust || trust_pin_project(trust, judgement->project, &why) < 0 ||
	    trust_save(trust, trial->repo, &why) < 0)
		report_warn(&judgement->report,
			    "cannot pin the project '%s' here: %s",
			    judgement->project, why.message);
}

/* What counts, in one list: of the tag, of the demanded layouts, of the files;
 * and the warnings of all. */
static void conclude(struct trial *trial)
{
	struct judgement *judgement = trial->judgement;

	if (trial->facts)
		memcpy(judgement->project, trial->facts->project, PROJECT_SIZE);
	for (size_t i = 0; i < judgement->n_layouts; i++) {
		struct judged_layout *layout = &judgement->layouts[i];
		scoped_value(report) only_warnings = REPORT_INIT;

		report_set_layout(&layout->report, layout->name);
		layout->holds = layout->in_force && !layout->report.n;
		strlist_add_all(&only_warnings.warnings,
				&layout->report.warnings);
		report_copy(&judgement->report, layout->demanded
							? &layout->report
							: &only_warnings);
	}
	report_append(&judgement->report, &trial->files);
	if (judgement_accepts(judgement))
		pin_project(trial);
}

int judge_tag(struct judgement **out, struct repo *repo, const char *ref,
	      const struct judge_options *options, struct intoto_error *err)
{
	scoped(trial) trial = NULL;

	if (options->as && options->n_files != 1)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "--as names one file, %zu are given",
				   options->n_files);
	if (trust_require(options->trust, err) < 0)
		return -1;
	trial = trial_new(repo, ref, options);
	if (trial_read_tag(trial, err) < 0 ||
	    (trial->facts && judge_proof(trial, err) < 0))
		return -1;
	conclude(trial);
	if (options->name_commits && trial->facts)
		judge_name_commits(trial);
	*out = take(trial->judgement);
	return 0;
}
