/* show_vouched.c: seals and withdrawals of a tag, as far as they are signed. */
#include "cmd/show_vouched.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "policy/sublayouts.h"

void vouched_tag_release(struct vouched_tag *tag)
{
	for (size_t i = 0; i < tag->n_withdrawals; i++) {
		free(tag->withdrawals[i].what);
		strlist_release(&tag->withdrawals[i].by);
		strlist_release(&tag->withdrawals[i].missing);
	}
	free(tag->withdrawals);
	free(tag->versions);
	free(tag->below);
	tag_links_free(tag->links);
	seals_release(&tag->seals);
}

static uint64_t version_of(struct repo *repo, const struct seal *seal)
{
	scoped(inforce) version = NULL;
	struct intoto_error ignored = { 0 };

	if (inforce_history_find(&version, repo, seal->layout,
				 seal->layout_digest, &ignored) < 0 ||
	    !version)
		return 0;
	return version->envelope->layout->stamp.version;
}

/* A withdrawal by nobody we know is shown as a line, and counts for nothing. */
static void add_withdrawal(struct vouched_tag *out, const char *what,
			   const struct tag_links *links,
			   const struct trust *trust, int64_t now)
{
	struct withdrawal withdrawal = { .what = xstrdup(what) };
	const size_t n =
		tag_links_withdrawn_by(&withdrawal.by, &withdrawal.missing,
				       links, trust, what, now);

	withdrawal.complete = strlist_has(&links->withdrawn, what) ||
			      (trust->n_keys && n >= trust->threshold);
	out->withdrawals[out->n_withdrawals++] = withdrawal;
	out->revoked |= withdrawal.complete && !strcmp(what, "tag");
}

static void read_withdrawals(struct vouched_tag *out,
			     const struct tag_links *links,
			     const struct trust *trust, int64_t now)
{
	scoped_value(strlist) whats = STRLIST_INIT;

	for (size_t i = 0; i < links->n_withdrawals; i++)
		strlist_add(&whats, bind_revokes(links->withdrawals[i]->link));
	strlist_sort(&whats);
	strlist_uniq(&whats);
	out->withdrawals = xcalloc(whats.n + 1, sizeof(*out->withdrawals));
	for (size_t i = 0; i < whats.n; i++)
		add_withdrawal(out, whats.items[i], links, trust, now);
}

int show_vouched_read(struct vouched_tag *out, struct session *session,
		      const struct tag_facts *facts, const struct note *note,
		      struct intoto_error *err)
{
	const struct trust *trust = session->trust;
	const struct layout **layouts =
		xcalloc(session->layouts.n + 1, sizeof(*layouts));
	struct sublayouts all = { .now = session->now };
	struct tag_links *links;
	int got;

	for (size_t i = 0; i < session->layouts.n; i++)
		layouts[i] = session->layouts.items[i]->envelope->layout;
	got = tag_links_read(&out->links, session->repo, facts, note, layouts,
			     session->layouts.n, session->now, NULL, err);
	links = out->links;
	if (got == 0) {
		all.items = links->envelopes;
		all.n = links->n;
		out->n_below = sublayouts_known(&out->below, &all, layouts,
						session->layouts.n);
	}
	free(layouts);
	if (got < 0)
		return -1;
	out->threshold = trust->threshold;
	seals_collect(&out->seals, links, facts, trust, session->now, NULL);
	out->versions = xcalloc(out->seals.n + 1, sizeof(*out->versions));
	for (size_t i = 0; i < out->seals.n; i++)
		out->versions[i] =
			version_of(session->repo, out->seals.items[i]);
	read_withdrawals(out, links, trust, session->now);
	return 0;
}

const struct seal *show_vouched_seal(const struct vouched_tag *tag,
				     const char *link)
{
	for (size_t i = 0; i < tag->seals.n; i++) {
		const struct seal *seal = tag->seals.items[i];

		if (seal_counts(seal) && strlist_has(&seal->links, link))
			return seal;
	}
	return NULL;
}

static void print_names(const char *before, const struct strlist *names)
{
	printf("%s", before);
	for (size_t i = 0; i < names->n; i++)
		printf("%s%s", i ? ", " : "", names->items[i]);
	if (!names->n)
		printf("nobody");
}

static void print_short(const struct vouched_tag *tag, size_t n_by,
			const struct strlist *missing)
{
	printf(", %zu of %zu owners who must", n_by, tag->threshold);
	print_names("; not yet by ", missing);
}

static void print_seal(const struct vouched_tag *tag, size_t index)
{
	const struct seal *seal = tag->seals.items[index];
	char when[CLOCK_TEXT_SIZE];

	clock_format(when, seal->when);
	printf("seal %.12s for layout '%s'", seal->identity, seal->layout);
	if (tag->versions[index])
		printf(", version %llu",
		       (unsigned long long)tag->versions[index]);
	else
		printf(", a version that is not here");
	printf(", %zu %s, %s", seal->links.n,
	       seal->links.n == 1 ? "link" : "links", when);
	print_names(", by ", &seal->by);
	if (seal->withdrawn)
		printf(", withdrawn");
	else if (!seal->enough)
		print_short(tag, seal->by.n, &seal->missing);
	putchar('\n');
}

void show_vouched_print(const struct vouched_tag *tag)
{
	if (tag->revoked)
		printf("revoked: the owners have withdrawn this tag\n");
	for (size_t i = 0; i < tag->seals.n; i++)
		print_seal(tag, i);
	for (size_t i = 0; i < tag->n_withdrawals; i++) {
		const struct withdrawal *withdrawal = &tag->withdrawals[i];
		const bool of_tag = !strcmp(withdrawal->what, "tag");

		printf("withdrawal of %s%.12s", of_tag ? "the " : "",
		       withdrawal->what);
		if (withdrawal->complete)
			printf(", complete");
		else
			print_short(tag, withdrawal->by.n,
				    &withdrawal->missing);
		putchar('\n');
	}
}

static json_t *names_json(const struct strlist *names)
{
	json_t *array = json_array();

	for (size_t i = 0; i < names->n; i++)
		json_array_append_new(array, json_string(names->items[i]));
	return array;
}

static json_t *seal_json(const struct seal *seal, uint64_t version)
{
	char when[CLOCK_TEXT_SIZE];

	clock_format(when, seal->when);
	return json_pack("{ss ss ss so ss so so so sb sb}", "identity",
			 seal->identity, "layout", seal->layout, "digest",
			 seal->layout_digest, "version",
			 version ? json_integer((json_int_t)version)
				 : json_null(),
			 "time", when, "links", names_json(&seal->links), "by",
			 names_json(&seal->by), "missing",
			 names_json(&seal->missing), "complete",
			 (int)seal->enough, "withdrawn", (int)seal->withdrawn);
}

void show_vouched_json(json_t *object, const struct vouched_tag *tag)
{
	json_t *seals = json_array();
	json_t *withdrawals = json_array();

	for (size_t i = 0; i < tag->seals.n; i++)
		json_array_append_new(seals, seal_json(tag->seals.items[i],
						       tag->versions[i]));
	for (size_t i = 0; i < tag->n_withdrawals; i++) {
		const struct withdrawal *withdrawal = &tag->withdrawals[i];

		json_array_append_new(
			withdrawals,
			json_pack("{ss so so sb}", "revokes", withdrawal->what,
				  "by", names_json(&withdrawal->by), "missing",
				  names_json(&withdrawal->missing), "complete",
				  (int)withdrawal->complete));
	}
	json_object_set_new(object, "revoked", json_boolean(tag->revoked));
	json_object_set_new(object, "seals", seals);
	json_object_set_new(object, "withdrawals", withdrawals);
}
