/* sync_seen.c: what each remote had when it was last looked at from here. */
#include "policy/state.h"
#include "policy/sync_internal.h"

#define SEEN_FILE "remotes.json"

/* {"version": 1, "remotes": {<remote>: {<name>: <id>}}} */
static int load(json_t **out, struct repo *repo, struct intoto_error *err)
{
	struct intoto_error found = { 0 };
	scoped_json value = NULL;
	json_t *remotes = NULL;
	const char *track;
	json_t *known;

	if (state_load(&value, repo, SEEN_FILE, &found) < 0) {
		if (found.code != INTOTO_ENOTFOUND) {
			*err = found;
			return -1;
		}
		value = json_pack("{s:i, s:{}}", "version", STATE_VERSION,
				  "remotes");
	}
	if (json_need_object(&remotes, value, "remotes",
			     "the file of what remotes had", err) < 0)
		return -1;
	json_object_foreach(remotes, track, known)
	{
		if (!json_is_object(known))
			return intoto_fail(err, INTOTO_EINVALID,
					   "what remote '%s' had is no object",
					   track);
	}
	*out = take(value);
	return 0;
}

int sync_seen_load(json_t **out, struct repo *repo, const char *track,
		   struct intoto_error *err)
{
	scoped_json value = NULL;
	json_t *known;

	if (load(&value, repo, err) < 0)
		return -1;
	known = json_object_get(json_object_get(value, "remotes"), track);
	*out = known ? json_incref(known) : json_object();
	return 0;
}

int sync_seen_save(struct repo *repo, const char *track, const json_t *known,
		   struct intoto_error *err)
{
	scoped_json value = NULL;

	if (load(&value, repo, err) < 0)
		return -1;
	if (json_equal(json_object_get(json_object_get(value, "remotes"),
				       track),
		       known))
		return 0;
	json_object_set(json_object_get(value, "remotes"), track,
			(json_t *)known);
	return state_save(value, repo, SEEN_FILE, err);
}
