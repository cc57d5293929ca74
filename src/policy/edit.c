/* Changes to a layout's signed part: its keys, and what holds for all of it. */
#include "policy/edit.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "metadata/envelope.h"
#include "policy/draft.h"
#include "policy/edit_internal.h"

#define STAMP_START "git-intoto-layout:"

int edit_text_check(const char *text, const char *what,
		    struct intoto_error *err)
{
	if (is_utf8(text, strlen(text)))
		return 0;
	return intoto_fail(err, INTOTO_EINVALID, "%s '%s' is no UTF-8", what,
			   text);
}

json_t *edit_item_find(const struct edit *edit, const char *list,
		       const char *name)
{
	json_t *item = NULL;
	size_t i;

	json_array_foreach(json_object_get(edit->layout, list), i, item)
	{
		const char *is =
			json_string_value(json_object_get(item, "name"));

		if (is && !strcmp(is, name))
			return item;
	}
	return NULL;
}

static int need_step(json_t **out, const struct edit *edit, const char *name,
		     struct intoto_error *err)
{
	*out = edit_item_find(edit, "steps", name);
	if (*out)
		return 0;
	intoto_fail(err, INTOTO_ENOTFOUND, "layout '%s' has no step '%s'",
		    edit->name, name);
	return intoto_hint(err, "git intoto layout show %s", edit->name);
}

static int hint_add_key(const struct edit *edit, const char *step,
			struct intoto_error *err)
{
	scoped_text word = quote_word(step);

	return intoto_hint(err, "git intoto layout add-key %s KEY --step %s",
			   edit->name, word);
}

/* The id under which the layout lists the key, or NULL; borrowed. */
static int listed_id(const char **out, const struct edit *edit,
		     const struct key *key, struct intoto_error *err)
{
	const char *id = NULL;
	json_t *object = NULL;

	*out = NULL;
	json_object_foreach(json_object_get(edit->layout, "keys"), id, object)
	{
		scoped(key) listed = NULL;

		if (key_from_json(&listed, object, err) < 0)
			return intoto_context(err, "key '%s': ", id);
		if (key_same(listed, key)) {
			*out = id;
			return 0;
		}
	}
	return 0;
}

static bool is_outdated(const json_t *listed, const struct key *key)
{
	struct intoto_error ignored = { 0 };
	scoped(key) old = NULL;
	scoped_json before = NULL;
	scoped_json after = NULL;

	if (key_type(key) != KEY_OPENPGP ||
	    key_from_json(&old, listed, &ignored) < 0)
		return false;
	before = key_to_json(old);
	after = key_to_json(key);
	return !json_equal(before, after);
}

int edit_add_key(struct edit *edit, const struct key *key,
		 struct intoto_error *err)
{
	json_t *keys = json_object_get(edit->layout, "keys");
	const char *id = NULL;

	if (listed_id(&id, edit, key, err) < 0)
		return -1;
	if (id && !is_outdated(json_object_get(keys, id), key))
		return 0;
	json_object_set_new(keys, id ? id : key_id(key), key_to_json(key));
	edit->changed = true;
	return 0;
}

int edit_authorise(struct edit *edit, const char *step, const struct key *key,
		   struct intoto_error *err)
{
	json_t *item = NULL;
	json_t *pubkeys = NULL;
	json_t *value = NULL;
	const char *id = NULL;
	size_t i;

	if (need_step(&item, edit, step, err) < 0 ||
	    listed_id(&id, edit, key, err) < 0)
		return -1;
	if (!id)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "layout '%s' has no key '%s'", edit->name,
				   key_id(key));
	pubkeys = json_object_get(item, "pubkeys");
	json_array_foreach(pubkeys, i, value)
	{
		const char *at = json_string_value(value);

		if (!strcmp(at, id) || !strcmp(at, key_id(key)) ||
		    !strcmp(at, key_id_new(key)))
			return 0;
	}
	json_array_append_new(pubkeys, json_string(id));
	edit->changed = true;
	return 0;
}

/* How many distinct keys may do a step, as verification counts them. */
static int count_keys(size_t *out, const struct edit *edit, const char *step,
		      struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;
	const struct key **keys = NULL;
	const struct layout_item *item;

	if (envelope_from_json(&envelope, edit->layout, err) < 0)
		return -1;
	item = layout_step(envelope->layout, step);
	*out = item ? layout_step_keys(&keys, envelope->layout, item) : 0;
	free(keys);
	return 0;
}

static int too_few(size_t *left, const struct edit *edit, const char *step,
		   const json_t *item, struct intoto_error *err)
{
	const json_int_t threshold =
		json_integer_value(json_object_get(item, "threshold"));

	if (count_keys(left, edit, step, err) < 0)
		return -1;
	if (threshold < 1 || (uint64_t)threshold <= *left)
		return 0;
	return intoto_fail(err, INTOTO_EINVALID,
			   "step '%s' needs %lld keys, and %zu would be left",
			   step, (long long)threshold, *left);
}

/* Every id in the step that stands for the key. */
static int remove_from(struct edit *edit, json_t *item, const char *listed,
		       const struct key *key, struct intoto_error *err)
{
	const char *step = json_string_value(json_object_get(item, "name"));
	json_t *pubkeys = json_object_get(item, "pubkeys");
	scoped_text word = NULL;
	bool removed = false;
	size_t left = 0;

	for (size_t i = json_array_size(pubkeys); i-- > 0;) {
		const char *id = json_string_value(json_array_get(pubkeys, i));

		if (strcmp(id, listed) && !key_answers_to(key, id))
			continue;
		json_array_remove(pubkeys, i);
		removed = true;
	}
	if (!removed)
		return 0;
	edit->changed = true;
	if (too_few(&left, edit, step, item, err) == 0)
		return 0;
	if (!left)
		return hint_add_key(edit, step, err);
	word = quote_word(step);
	return intoto_hint(err, "git intoto layout set %s --threshold %s=%zu",
			   edit->name, word, left);
}

int edit_remove_key(struct edit *edit, const char *step, const struct key *key,
		    struct intoto_error *err)
{
	const char *listed = NULL;
	json_t *item = NULL;
	scoped_text id = NULL;
	size_t i;

	if ((step && need_step(&item, edit, step, err) < 0) ||
	    listed_id(&listed, edit, key, err) < 0)
		return -1;
	if (!listed)
		return 0;
	id = xstrdup(listed);
	if (step)
		return remove_from(edit, item, id, key, err);
	json_array_foreach(json_object_get(edit->layout, "steps"), i, item)
	{
		if (remove_from(edit, item, id, key, err) < 0)
			return -1;
	}
	/* Key material that is listed twice goes as a whole. */
	while (listed) {
		scoped_text gone = xstrdup(listed);

		json_object_del(json_object_get(edit->layout, "keys"), gone);
		edit->changed = true;
		if (listed_id(&listed, edit, key, err) < 0)
			return -1;
	}
	return 0;
}

int edit_find_key(struct key **out, const struct edit *edit, const char *prefix,
		  struct intoto_error *err)
{
	const size_t len = strlen(prefix);
	scoped(key) found = NULL;
	const char *id = NULL;
	json_t *object = NULL;

	json_object_foreach(json_object_get(edit->layout, "keys"), id, object)
	{
		scoped(key) key = NULL;

		if (key_from_json(&key, object, err) < 0)
			return intoto_context(err, "key '%s': ", id);
		if (strncmp(id, prefix, len) &&
		    strncmp(key_id(key), prefix, len) &&
		    strncmp(key_id_new(key), prefix, len))
			continue;
		if (found && !key_same(found, key))
			return intoto_fail(err, INTOTO_EINVALID,
					   "'%s' begins several keyids",
					   prefix);
		if (!found)
			found = take(key);
	}
	*out = take(found);
	return 0;
}

int edit_set_threshold(struct edit *edit, const char *step, size_t threshold,
		       struct intoto_error *err)
{
	json_t *item = NULL;
	size_t keys = 0;

	if (need_step(&item, edit, step, err) < 0 ||
	    count_keys(&keys, edit, step, err) < 0)
		return -1;
	if (threshold < 1 || threshold > keys) {
		intoto_fail(err, INTOTO_EINVALID,
			    "step '%s' has %zu %s, so its threshold cannot be "
			    "%zu",
			    step, keys, keys == 1 ? "key" : "keys", threshold);
		return hint_add_key(edit, step, err);
	}
	if (json_integer_value(json_object_get(item, "threshold")) ==
	    (json_int_t)threshold)
		return 0;
	json_object_set_new(item, "threshold",
			    json_integer((json_int_t)threshold));
	edit->changed = true;
	return 0;
}

static void set_string(struct edit *edit, const char *member, const char *text)
{
	const char *before =
		json_string_value(json_object_get(edit->layout, member));

	if (before && !strcmp(before, text))
		return;
	json_object_set_new(edit->layout, member, json_string(text));
	edit->changed = true;
}

void edit_set_expires(struct edit *edit, int64_t expires)
{
	char when[CLOCK_TEXT_SIZE];

	clock_format(when, expires);
	set_string(edit, "expires", when);
}

int edit_set_readme(struct edit *edit, const char *text,
		    struct intoto_error *err)
{
	const char *before =
		json_string_value(json_object_get(edit->layout, "readme"));
	scoped_text old = draft_readme_text(before ? before : "");
	const char *stamp = before ? before + strlen(old) : "";
	scoped_text readme = NULL;

	if (edit_text_check(text, "readme", err) < 0)
		return -1;
	if (strstr(text, STAMP_START))
		return intoto_fail(err, INTOTO_EINVALID,
				   "the line '" STAMP_START "' of a readme is "
				   "written by git intoto");
	/* A stamp that stood alone has no newline before it yet. */
	readme = xasprintf("%s%s%s", text,
			   *text && *stamp && *stamp != '\n' ? "\n" : "",
			   !*text && *stamp == '\n' ? stamp + 1 : stamp);
	set_string(edit, "readme", readme);
	return 0;
}
