/* The project's id: make one, or learn it from the links that are here. */
#include "policy/project.h"

#include <string.h>
#include <sys/random.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "repo/config.h"

int project_new(char out[PROJECT_SIZE], struct intoto_error *err)
{
	uint8_t random[(PROJECT_SIZE - 1) / 2];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return intoto_fail(err, INTOTO_EIO, "cannot get random bytes");
	hex_encode(out, random, sizeof(random));
	return 0;
}

struct learning {
	struct repo *repo;
	const struct inforce_set *layouts;
	const char *tag_step;
	int64_t now;
	size_t max_line;
};

/* Signed by a key of some layout's tag step? */
static bool holds(const struct learning *work, const struct envelope *envelope)
{
	for (size_t i = 0; i < work->layouts->n; i++) {
		const struct layout *layout =
			work->layouts->items[i]->envelope->layout;
		const struct layout_item *step =
			layout_step(layout, work->tag_step);
		struct intoto_error ignored = { 0 };
		const struct key *key;

		if (!step || envelope->n_signatures != 1)
			continue;
		key = layout_step_key(layout, step,
				      envelope->signatures[0].keyid);
		if (key && !envelope_verify(envelope, key, work->now, &ignored))
			return true;
	}
	return false;
}

static bool learn_line(char out[PROJECT_SIZE], const struct learning *work,
		       const struct note_line *line)
{
	struct intoto_error ignored = { 0 };
	scoped(envelope) envelope = NULL;
	const char *project;

	if (line->problem ||
	    envelope_read(&envelope, line->text, line->len, true, &ignored) < 0)
		return false;
	if (envelope->content != CONTENT_LINK ||
	    strcmp(envelope->link->name, work->tag_step))
		return false;
	project = json_string_value(
		json_object_get(json_object_get(envelope->link->environment,
						"git"),
				"project"));
	if (!project || strlen(project) != PROJECT_SIZE - 1 ||
	    !is_lower_hex(project, PROJECT_SIZE - 1) || !holds(work, envelope))
		return false;
	memcpy(out, project, PROJECT_SIZE);
	return true;
}

static int learn_ref(char out[PROJECT_SIZE], const struct learning *work,
		     const struct ref *ref, struct intoto_error *err)
{
	scoped_value(note_entries) entries = { 0 };

	if (notes_entries(&entries, work->repo, &ref->oid, err) < 0)
		return -1;
	for (size_t i = 0; i < entries.n && !*out; i++) {
		scoped_value(note) note = { 0 };

		if (note_read_commit(&note, work->repo, &ref->oid,
				     &entries.items[i].key, work->max_line,
				     err) < 0)
			return -1;
		for (size_t j = 0; j < note.n; j++) {
			if (learn_line(out, work, &note.lines[j]))
				break;
		}
	}
	return 0;
}

int project_learn(char out[PROJECT_SIZE], struct repo *repo,
		  const struct inforce_set *layouts, const char *tag_step,
		  int64_t now, struct intoto_error *err)
{
	const char *const prefixes[] = { NOTES_PREFIX "links/",
					 NOTES_TRACKING_PREFIX, NULL };
	struct learning work = { repo, layouts, tag_step, now, 0 };
	scoped_value(refs) refs = { 0 };

	*out = '\0';
	if (config_max_link_size(&work.max_line, repo, err) < 0 ||
	    refs_list(&refs, repo, prefixes, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n && !*out; i++) {
		if (!strstr(refs.items[i].name, "/links/"))
			continue;
		if (learn_ref(out, &work, &refs.items[i], err) < 0)
			return -1;
	}
	return 0;
}
