/* impact.c: the tags that a change of a layout would leave unproven. */
#include "policy/impact.h"

#include "repo/notes.h"

/* Only what has links can have been proven; asking for that costs little. */
static int has_links(bool *out, struct repo *repo, const struct ref *tag,
		     struct intoto_error *err)
{
	scoped_text ref = notes_links_ref(&tag->oid);
	scoped_value(note) note = { 0 };

	if (note_read(&note, repo, ref, &tag->oid, err) < 0)
		return -1;
	*out = note.n > 0;
	return 0;
}

/* Nobody's rules changed: a new expiry, another readme. */
static bool is_same_policy(const struct layout *a, const struct layout *b)
{
	scoped_json one = json_copy(a->signed_part);
	scoped_json two = json_copy(b->signed_part);
	static const char *const free_members[] = { "expires", "readme" };

	for (size_t i = 0; i < ARRAY_SIZE(free_members); i++) {
		json_object_del(one, free_members[i]);
		json_object_del(two, free_members[i]);
	}
	return json_equal(one, two);
}

/* Nothing that verifies now can stop: nothing verifies by a layout that is not
 * in force, and the same rules stop nothing. */
static bool is_harmless(struct repo *repo, const struct trust *trust,
			const char *name, const struct layout *next)
{
	scoped(inforce) inforce = NULL;
	struct intoto_error ignored = { 0 };

	if (trust_is_empty(trust) ||
	    inforce_load(&inforce, repo, trust, name, 0, NULL, &ignored) < 0)
		return true;
	return is_same_policy(inforce->envelope->layout, next);
}

int impact_of_layout(struct strlist *stopping, struct repo *repo,
		     const struct trust *trust, const char *name,
		     const struct layout *next, int64_t now,
		     const struct impact_progress *progress,
		     struct intoto_error *err)
{
	static const char *const prefixes[] = { "refs/tags/", NULL };
	const struct judge_options options = {
		.trust = trust,
		.layouts = &name,
		.n_layouts = 1,
		.now = now,
	};
	scoped_value(refs) refs = { 0 };

	if (is_harmless(repo, trust, name, next))
		return 0;
	if (refs_list(&refs, repo, prefixes, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++) {
		struct intoto_error unjudged = { 0 };
		bool worth = false;
		bool stops = false;

		if (progress)
			progress->show(i, refs.n, progress->data);
		if (has_links(&worth, repo, &refs.items[i], &unjudged) == 0 &&
		    worth &&
		    judge_stops(&stops, repo, refs.items[i].name, &options,
				next, &unjudged) == 0 &&
		    stops)
			strlist_add(stopping, refs.items[i].name);
	}
	strlist_sort(stopping);
	return 0;
}
