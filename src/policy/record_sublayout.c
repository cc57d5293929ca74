/* record_sublayout.c: a layout signed in the place of a link, as a line of the
 * tag's note. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/draft.h"
#include "policy/record_internal.h"
#include "policy/sublayouts.h"
#include "repo/config.h"
#include "verify/chain.h"

/* What it takes to make one. */
struct making {
	const struct record *what;
	const char *parent; /* "" for the layouts' own steps */
	struct tag_links *links;
	const struct layout **above; /* that have the step */
	size_t n_above;
	const struct layout *chosen; /* of them, that names the signer */
	const char *as;		     /* how it lists the signer's key */
};

static void making_release(struct making *making)
{
	tag_links_free(making->links);
	free(making->above);
}
SCOPED_RELEASE(making);

static int read_above(struct making *making, struct intoto_error *err)
{
	const struct record *what = making->what;
	const struct inforce_set *set = what->layouts;
	const struct layout **roots = xcalloc(set->n + 1, sizeof(*roots));
	struct sublayouts all = { 0 };
	int got;

	for (size_t i = 0; i < set->n; i++)
		roots[i] = set->items[i]->envelope->layout;
	got = tag_links_read(&making->links, what->repo, what->facts, NULL,
			     roots, set->n, what->now, NULL, err);
	if (got == 0) {
		all = (struct sublayouts){ making->links->envelopes,
					   making->links->n, what->now };
		making->n_above = sublayouts_at(&making->above, &all, roots,
						set->n, making->parent);
	}
	free(roots);
	return got;
}

/* The first that names the key for the step; how it lists it names the folder.
 */
static void choose(struct making *making)
{
	const struct record *what = making->what;
	const struct key *signer = signer_key(what->signer);

	for (size_t i = 0; i < making->n_above && !making->chosen; i++) {
		const struct layout *layout = making->above[i];
		const struct layout_item *step =
			layout_step(layout, what->step);

		for (size_t j = 0; step && j < step->pubkeys.n; j++) {
			const char *as = NULL;
			const struct key *key =
				layout_pubkey(&as, layout, step, j);

			if (!key || !key_same(key, signer))
				continue;
			making->chosen = layout;
			making->as = as;
			break;
		}
	}
}

/* What is signed, as that version. */
static int stamp(struct envelope **out, const struct making *making,
		 const json_t *signed_part, uint64_t version,
		 struct intoto_error *err)
{
	const struct layout *above = making->chosen;
	const char *name =
		above->stamp.name ? above->stamp.name : above->sub.name;
	struct layout_stamp line = {
		.name = (char *)(name ? name
				      : making->what->layouts->items[0]->name),
		.version = version,
		.step = (char *)making->what->step,
	};
	const char *readme =
		json_string_value(json_object_get(signed_part, "readme"));
	scoped_text text = draft_readme_text(readme ? readme : "");
	scoped_json part = json_deep_copy(signed_part);
	scoped_text last = NULL;
	scoped_text stamped = NULL;

	oid_hex(line.tag, &making->what->facts->tag.oid);
	memcpy(line.project, making->what->facts->project, PROJECT_SIZE);
	last = layout_stamp_text(&line);
	stamped = xasprintf("%s%s%s", text, *text ? "\n" : "", last);
	json_object_set_new(part, "readme", json_string(stamped));
	return envelope_from_json(out, part, err);
}

static bool is_ours(const struct making *making,
		    const struct envelope *envelope)
{
	struct intoto_error ignored = { 0 };

	return envelope->content == CONTENT_LAYOUT &&
	       envelope->layout->sub.step &&
	       !strcmp(envelope->layout->sub.step, making->what->step) &&
	       envelope_verify(envelope, signer_key(making->what->signer),
			       making->what->now, &ignored) == 0;
}

/* The last that this key signed for the step, or NULL. */
static const struct envelope *last_of(const struct making *making)
{
	const struct tag_links *links = making->links;
	const struct envelope *last = NULL;

	for (size_t i = 0; i < links->n; i++)
		if (is_ours(making, links->envelopes[i]) &&
		    (!last || links->envelopes[i]->layout->sub.version >
				      last->layout->sub.version))
			last = links->envelopes[i];
	return last;
}

/* A line has one signature, under one keyid. */
static int sign(struct strlist *lines, struct envelope *envelope,
		const struct record *what, struct intoto_error *err)
{
	scoped_value(buffer) line = BUFFER_INIT;
	size_t max;

	if (config_max_link_size(&max, what->repo, err) < 0 ||
	    envelope_add_signature(envelope, what->signer, err) < 0)
		return -1;
	while (envelope->n_signatures > 1)
		signature_release(
			&envelope->signatures[--envelope->n_signatures]);
	line.max = max;
	if (envelope_append_line(&line, envelope, err) < 0 ||
	    buffer_check(&line, "the sublayout (intoto.maxLinkSize)", err) < 0)
		return -1;
	strlist_take(lines, buffer_take(&line));
	return 0;
}

static int make(struct recorded_sublayout *out, struct strlist *lines,
		const struct making *making, const json_t *signed_part,
		struct intoto_error *err)
{
	const struct record *what = making->what;
	const struct envelope *last = last_of(making);
	const uint64_t version = last ? last->layout->sub.version : 0;
	scoped(envelope) same = NULL;
	scoped(envelope) envelope = NULL;

	out->place =
		xasprintf("%s%s%s.%.8s", making->parent,
			  *making->parent ? "/" : "", what->step, making->as);
	if (last && stamp(&same, making, signed_part, version, err) < 0)
		return -1;
	if (same &&
	    json_equal(same->layout->signed_part, last->layout->signed_part)) {
		out->version = version;
		return 0;
	}
	out->version = version + 1;
	out->added = true;
	if (stamp(&envelope, making, signed_part, version + 1, err) < 0 ||
	    bind_sublayout(envelope->layout, what->facts->project,
			   &what->facts->tag.oid, err) < 0 ||
	    layout_check_expiry(envelope->layout, what->now, err) < 0)
		return -1;
	return sign(lines, envelope, what, err);
}

void recorded_sublayout_release(struct recorded_sublayout *recorded)
{
	free(recorded->place);
}

int record_sublayout(struct recorded_sublayout *out, struct strlist *lines,
		     const json_t *signed_part, const struct record *what,
		     struct intoto_error *err)
{
	const char *tag_step = config_get(what->repo, "intoto.tagstep");
	scoped_value(making) making = {
		.what = what,
		.parent = what->parent ? what->parent : "",
	};

	if (!*making.parent &&
	    !strcmp(what->step, tag_step && *tag_step ? tag_step : "tag"))
		return intoto_fail(err, INTOTO_EINVALID,
				   "step '%s' is the tag itself, and no "
				   "sublayout can do it",
				   what->step);
	if (!*what->facts->project)
		return intoto_fail(
			err, INTOTO_ENOTFOUND,
			"no layout carries a project id, and none is "
			"pinned here");
	if (record_check_key(what, err) < 0 || read_above(&making, err) < 0)
		return -1;
	choose(&making);
	if (!making.chosen)
		return intoto_reject(err, "key-not-authorised",
				     "no layout names the key for step '%s'",
				     what->step);
	return make(out, lines, &making, signed_part, err);
}
