/* judge_seal.c: a tag judged by the version of a layout it was sealed for. */
#include <inttypes.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/judge_internal.h"

void sealed_free(struct sealed *sealed)
{
	if (!sealed)
		return;
	tag_chain_free(sealed->chain);
	inforce_free(sealed->version);
	report_release(&sealed->report);
	free(sealed);
}

/* Some of a tag's links; what they are is borrowed. */
struct selection {
	struct tag_links links;
};

static void selection_release(struct selection *selection)
{
	free(selection->links.envelopes);
	free(selection->links.bindings);
	free(selection->links.candidates);
}
SCOPED_RELEASE(selection);

/* The links that the seal lists, every one of them; false if one of them is
 * not there or was withdrawn: `*lacking` names it. */
static bool select_links(struct selection *out, const char **lacking,
			 const struct tag_links *links, const struct seal *seal)
{
	struct tag_links *chosen = &out->links;
	bool *found = xcalloc(seal->links.n + 1, sizeof(*found));
	bool complete = true;

	chosen->envelopes = xcalloc(links->n + 1, sizeof(*chosen->envelopes));
	chosen->bindings = xcalloc(links->n + 1, sizeof(*chosen->bindings));
	chosen->candidates = xcalloc(links->n + 1, sizeof(*chosen->candidates));
	for (size_t i = 0; i < links->n; i++) {
		char identity[SHA256_HEX_SIZE];
		size_t at = 0;

		envelope_identity(identity, links->envelopes[i]);
		while (at < seal->links.n &&
		       strcmp(seal->links.items[at], identity))
			at++;
		if (at == seal->links.n)
			continue;
		found[at] = true;
		chosen->envelopes[chosen->n] = links->envelopes[i];
		chosen->bindings[chosen->n] = links->bindings[i];
		chosen->candidates[chosen->n++] = links->candidates[i];
	}
	for (size_t i = 0; i < seal->links.n && complete; i++) {
		complete = found[i];
		*lacking = seal->links.items[i];
	}
	free(found);
	return complete;
}

/* The version it names, which must have been one of this ref and project. */
static int find_version(struct inforce **out, const struct trial *trial,
			const struct seal *seal, struct report *report,
			struct intoto_error *err)
{
	scoped(inforce) version = NULL;
	const struct layout_stamp *stamp;

	if (inforce_history_find(&version, trial->repo, seal->layout,
				 seal->layout_digest, err) < 0)
		return -1;
	stamp = version ? &version->envelope->layout->stamp : NULL;
	if (stamp && (!*stamp->project ||
		      (!strcmp(stamp->name, seal->layout) &&
		       !strcmp(stamp->project, trial->facts->project)))) {
		*out = take(version);
		return 0;
	}
	finding_set(&report_refuse(report, "seal-layout",
				   "seal %.12s is for a layout '%s' that its "
				   "history here does not hold: sha256:%s",
				   seal->identity, seal->layout,
				   seal->layout_digest)
			     ->hint,
		    "git fetch");
	return 0;
}

/* The keys are judged as of when the owners judged: a key that ended since
 * takes nothing away. A seal from tomorrow is one from now. */
static int64_t time_of(const struct trial *trial, const struct seal *seal)
{
	const int64_t now = trial->options->now;

	return seal->when < now ? seal->when : now;
}

static int try_seal(struct sealed **out, struct trial *trial,
		    const struct seal *seal, struct report *report,
		    struct intoto_error *err)
{
	scoped(sealed) sealed = xcalloc(1, sizeof(*sealed));
	scoped_value(selection) selection = { 0 };
	const char *lacking = NULL;

	sealed->seal = seal;
	if (find_version(&sealed->version, trial, seal, report, err) < 0)
		return -1;
	if (!sealed->version)
		return 0;
	if (!select_links(&selection, &lacking, trial->links, seal)) {
		report_refuse(report, "seal-link",
			      "seal %.12s lists the link %.12s, which is not "
			      "here or was withdrawn",
			      seal->identity, lacking);
		return 0;
	}
	if (judge_chain(&sealed->chain, &sealed->report, trial, sealed->version,
			&selection.links, time_of(trial, seal), err) < 0)
		return -1;
	/* The selection ends here; all that the chain needs of it is read. */
	sealed->chain->source.links = NULL;
	if (!sealed->report.n) {
		*out = take(sealed);
		return 0;
	}
	report_refuse(report, "seal-refused",
		      "seal %.12s does not help: version %" PRIu64
		      " of layout '%s' refuses the tag too: %s",
		      seal->identity,
		      sealed->version->envelope->layout->stamp.version,
		      seal->layout, sealed->report.items[0].message);
	return 0;
}

int judge_sealed(struct sealed **out, struct trial *trial, const char *name,
		 struct report *report, struct intoto_error *err)
{
	const struct seals *seals = trial->judgement->seals;
	const struct trust_layout *named =
		trust_layout_named(trial->options->trust, name);

	/* Who pins a version wants that one and no other. */
	if (named && *named->digest)
		return 0;

	for (size_t i = 0; i < seals->n && !*out; i++) {
		const struct seal *seal = seals->items[i];

		if (seal_counts(seal) && !strcmp(seal->layout, name) &&
		    try_seal(out, trial, seal, report, err) < 0)
			return -1;
	}
	if (!*out)
		strlist_add_all(&report->warnings,
				&trial->seal_warnings.warnings);
	return 0;
}

int judge_all_seals(struct trial *trial, struct intoto_error *err)
{
	const struct seals *seals = trial->judgement->seals;

	for (size_t i = 0; i < seals->n; i++) {
		scoped_value(report) ignored = REPORT_INIT;
		scoped(sealed) sealed = NULL;

		if (!seals->items[i]->by.n)
			continue;
		if (try_seal(&sealed, trial, seals->items[i], &ignored, err) <
		    0)
			return -1;
		seals->items[i]->holds = sealed != NULL;
	}
	return 0;
}
