/* chain.c: links assigned to the steps that they may speak for. */
#include "verify/chain.h"

#include <stdarg.h>
#include <string.h>

#include "base/xalloc.h"
#include "verify/chain_internal.h"

void chain_free(struct chain *chain)
{
	if (!chain)
		return;
	for (size_t i = 0; i < chain->n_steps; i++) {
		free(chain->steps[i].good);
		free(chain->steps[i].by);
	}
	free(chain->steps);
	free(chain);
}

const struct chain_step *chain_find_step(const struct chain *chain,
					 const char *name)
{
	for (size_t i = 0; i < chain->n_steps; i++)
		if (!strcmp(chain->steps[i].item->name, name))
			return &chain->steps[i];
	return NULL;
}

struct finding *chain_refuse(struct report *report, const struct layout *layout,
			     const char *item, const char *reason,
			     const char *fmt, ...)
{
	struct finding *finding = NULL;
	scoped_text text = NULL;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	finding = report_refuse(report, reason, "%s", text);
	finding_set(&finding->step, "%s", item);
	if (layout->stamp.name)
		finding_set(&finding->layout, "%s", layout->stamp.name);
	return finding;
}

/* The work on one step: the links that name it, and what became of them. */
struct assignment {
	struct chain_step *step;
	const struct layout *layout;
	struct chain_link **links;
	bool *taken;	     /* good for a key, or its contradiction */
	struct strlist *bad; /* what was wrong, for messages; by link */
	size_t n;
	int64_t now;
	struct report *report;
};

/* A link's claim about who signed it, for messages. */
static const char *first_keyid(const struct envelope *envelope)
{
	if (envelope->n_signatures == 0 || !envelope->signatures[0].keyid[0])
		return "nobody";
	return envelope->signatures[0].keyid;
}

/* 1: signed by the key; 0: not; -1: could not tell. */
static int is_signed(struct assignment *work, size_t index,
		     const struct key *key, const char *as,
		     struct intoto_error *err)
{
	const struct chain_link *link = work->links[index];
	struct intoto_error why = { 0 };

	if (link->skip_verify)
		return link->signer && key_same(link->signer, key);
	if (envelope_verify_as(link->envelope, key, as, work->now, &why) == 0)
		return 1;
	if (why.code != INTOTO_EREJECTED && why.code != INTOTO_EINVALID &&
	    why.code != INTOTO_ELIMIT && why.code != INTOTO_EUNSUPPORTED) {
		*err = why;
		return -1;
	}
	if (strcmp(why.reason, "signature-missing") != 0) {
		strlist_addf(&work->bad[index], "%s", why.message);
		report_warn(work->report, "%s: %s", link->origin, why.message);
	}
	return 0;
}

static void refuse_contradiction(const struct assignment *work,
				 const struct chain_link *first,
				 const struct chain_link *second,
				 const struct key *key)
{
	const char *name = work->step->item->name;
	char who[64];
	struct finding *finding = NULL;

	key_describe(who, key);
	finding = chain_refuse(work->report, work->layout, name,
			       "link-contradicts",
			       "step '%s': two links of %s contradict each "
			       "other: %s and %s",
			       name, who, first->origin, second->origin);
	finding_set(&finding->expected, "%s", first->origin);
	finding_set(&finding->found, "%s", second->origin);
}

/* Find the link of one authorised key, and every other one that it signed. */
static int assign_key(struct assignment *work, const struct key *key,
		      const char *as, struct intoto_error *err)
{
	struct chain_step *step = work->step;
	struct chain_link *good = NULL;

	if (key_overlaps_any(key, step->by, step->n_good))
		return 0;
	for (size_t i = 0; i < work->n; i++) {
		struct chain_link *link = work->links[i];
		int got = work->taken[i] ? 0 : is_signed(work, i, key, as, err);

		if (got < 0) {
			intoto_context(err, "%s: ", link->origin);
			return -1;
		}
		if (got == 0)
			continue;
		work->taken[i] = true;
		if (!link->skip_verify)
			link->signer = key;
		if (good) {
			if (link_contradicts(good->link, link->link))
				refuse_contradiction(work, good, link, key);
			continue;
		}
		good = link;
		step->by[step->n_good] = key;
		step->good[step->n_good++] = link;
	}
	return 0;
}

/* "ed25519 9c1f2ab3, gpg 4AEE..D2F1" */
static size_t describe_keys(struct buffer *out, const struct assignment *work)
{
	const struct key **keys = NULL;
	const size_t n =
		layout_step_keys(&keys, work->layout, work->step->item);

	for (size_t i = 0; i < n; i++) {
		char who[64];

		key_describe(who, keys[i]);
		buffer_printf(out, "%s%s", i > 0 ? ", " : "", who);
	}
	free(keys);
	return n;
}

static void describe_links(struct buffer *out, const struct assignment *work)
{
	buffer_printf(out, "%zu", work->step->n_good);
	for (size_t i = 0; i < work->n; i++) {
		const struct chain_link *link = work->links[i];

		if (work->taken[i])
			continue;
		if (work->bad[i].n > 0)
			buffer_printf(out, "; %s: %s", link->origin,
				      work->bad[i].items[0]);
		else
			buffer_printf(out,
				      "; %s: signed by %.8s, who may not do "
				      "this step",
				      link->origin,
				      first_keyid(link->envelope));
	}
}

static void check_threshold(const struct assignment *work)
{
	const struct chain_step *step = work->step;
	const struct layout_item *item = step->item;
	const long long need = item->threshold;
	const bool missing = work->n == 0;
	scoped_value(buffer) keys = BUFFER_INIT;
	scoped_value(buffer) links = BUFFER_INIT;
	struct finding *finding = NULL;
	size_t n_keys = 0;

	if ((uint64_t)item->threshold <= step->n_good)
		return;
	n_keys = describe_keys(&keys, work);
	describe_links(&links, work);
	if (missing)
		finding = chain_refuse(work->report, work->layout, item->name,
				       "link-missing",
				       "step '%s': no link; %lld needed, by %s",
				       item->name, need,
				       n_keys ? buffer_text(&keys) : "nobody");
	else
		finding = chain_refuse(work->report, work->layout, item->name,
				       "step-threshold",
				       "step '%s': %lld needed, by different "
				       "keys of %s, found %s",
				       item->name, need,
				       n_keys ? buffer_text(&keys) : "nobody",
				       buffer_text(&links));
	finding_set(&finding->expected, "%lld of %zu: %s", need, n_keys,
		    buffer_text(&keys));
	finding_set(&finding->found, "%s", buffer_text(&links));
}

/* The first name that the sets do not agree on, and both its digests. */
static bool find_difference(struct finding *out, const struct artifacts *a,
			    const struct artifacts *b)
{
	const struct artifacts *sets[] = { a, b };

	for (size_t which = 0; which < ARRAY_SIZE(sets); which++) {
		const struct artifacts *mine = sets[which];
		const struct artifacts *theirs = sets[!which];
		char **here = which ? &out->found : &out->expected;
		char **there = which ? &out->expected : &out->found;
		size_t hint = 0;

		for (size_t i = 0; i < artifacts_count(mine); i++) {
			const struct artifact x = artifacts_at(mine, i);
			const ptrdiff_t at = artifacts_find_next(theirs, x.name,
								 x.len, &hint);
			scoped_value(buffer) text = BUFFER_INIT;
			struct artifact y = { 0 };

			if (at >= 0)
				y = artifacts_at(theirs, (size_t)at);
			if (at >= 0 && artifact_equal(&x, &y))
				continue;
			artifact_describe(&text, &x);
			finding_set(here, "%s", buffer_text(&text));
			buffer_reset(&text);
			if (at >= 0)
				artifact_describe(&text, &y);
			finding_set(there, "%s",
				    at < 0 ? "not there" : buffer_text(&text));
			finding_set(&out->artifact, "%s", x.name);
			return true;
		}
	}
	return false;
}

/* Links that together make a threshold tell of the same artifacts. */
static void check_agreement(const struct assignment *work)
{
	const struct chain_step *step = work->step;
	const char *name = step->item->name;

	if (step->item->threshold < 2)
		return;
	for (size_t i = 1; i < step->n_good; i++) {
		const struct chain_link *first = step->good[0];
		const struct chain_link *other = step->good[i];
		struct finding detail = { 0 };
		struct finding *finding = NULL;

		if (!find_difference(&detail, first->link->materials,
				     other->link->materials) &&
		    !find_difference(&detail, first->link->products,
				     other->link->products))
			continue;
		finding = chain_refuse(
			work->report, work->layout, name, "step-disagree",
			"step '%s': %s and %s do not agree about '%s': %s "
			"and %s",
			name, first->origin, other->origin, detail.artifact,
			detail.expected, detail.found);
		finding->artifact = detail.artifact;
		finding->expected = detail.expected;
		finding->found = detail.found;
	}
}

static int assign_step(struct assignment *work, struct intoto_error *err)
{
	struct chain_step *step = work->step;
	const struct layout_item *item = step->item;

	step->good = xcalloc(item->pubkeys.n + 1, sizeof(*step->good));
	step->by = xcalloc(item->pubkeys.n + 1, sizeof(*step->by));
	for (size_t i = 0; i < item->pubkeys.n; i++) {
		const char *as = NULL;
		const struct key *key =
			layout_pubkey(&as, work->layout, item, i);

		if (key && assign_key(work, key, as, err) < 0)
			return -1;
	}
	if (step->n_good > 0)
		step->reduced = step->good[0]->link;
	check_threshold(work);
	check_agreement(work);
	return 0;
}

/* Start with the links that name the step. */
static int assign(struct chain_step *step, const struct layout *layout,
		  struct chain_link *links, size_t n, int64_t now,
		  struct report *report, struct intoto_error *err)
{
	struct assignment work = {
		.step = step,
		.layout = layout,
		.links = xcalloc(n + 1, sizeof(*work.links)),
		.taken = xcalloc(n + 1, sizeof(*work.taken)),
		.bad = xcalloc(n + 1, sizeof(*work.bad)),
		.now = now,
		.report = report,
	};
	int got = 0;

	for (size_t i = 0; i < n; i++)
		if (links[i].link &&
		    !strcmp(links[i].link->name, step->item->name))
			work.links[work.n++] = &links[i];
	got = assign_step(&work, err);
	for (size_t i = 0; i < work.n; i++)
		strlist_release(&work.bad[i]);
	free(work.links);
	free(work.taken);
	free(work.bad);
	return got;
}

int chain_assign(struct chain **out, const struct layout *layout,
		 struct chain_link *links, size_t n, int64_t now,
		 struct report *report, struct intoto_error *err)
{
	scoped(chain) chain = xcalloc(1, sizeof(*chain));

	chain->layout = layout;
	chain->steps = xcalloc(layout->n_steps + 1, sizeof(*chain->steps));
	for (size_t i = 0; i < n; i++) {
		const struct envelope *envelope = links[i].envelope;

		links[i].link = envelope->content == CONTENT_LINK
					? envelope->link
					: NULL;
		if (!links[i].skip_verify)
			links[i].signer = NULL;
	}
	for (; chain->n_steps < layout->n_steps; chain->n_steps++) {
		struct chain_step *step = &chain->steps[chain->n_steps];

		step->item = &layout->steps[chain->n_steps];
		if (assign(step, layout, links, n, now, report, err) < 0) {
			chain->n_steps++;
			return -1;
		}
	}
	*out = take(chain);
	return 0;
}
