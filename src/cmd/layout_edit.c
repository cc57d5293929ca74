/* The rows of `git intoto layout` that edit keys, thresholds and the rest. */
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/xalloc.h"
#include "cmd/editing.h"
#include "cmd/keys.h"
#include "cmd/layouts.h"
#include "cmd/options.h"
#include "cmd/sealing.h"
#include "cmd/ui.h"
#include "cmd/withdrawing.h"

#define KEYID_PREFIX_MIN 8
#define OPERANDS_MAX 1000
#define UNSET SIZE_MAX

/* UNSET, or from 1 on. */
static int check_threshold(size_t threshold, struct intoto_error *err)
{
	if (threshold)
		return 0;
	return intoto_fail(err, INTOTO_EUSAGE,
			   "option '--threshold': a step needs at least one "
			   "key");
}

static int load_operands(struct keys *keys, char **argv, int argc,
			 struct repo *repo, struct intoto_error *err)
{
	struct key_settings settings = keys_settings(repo);
	scoped_value(strlist) specs = STRLIST_INIT;

	for (int i = 0; i < argc; i++)
		strlist_add(&specs, argv[i]);
	return keys_load(keys, &specs, &settings, err);
}

static int add_key(struct editing *editing, const struct key *key,
		   const struct strlist *steps, struct intoto_error *err)
{
	char who[64];

	key_describe(who, key);
	if (edit_add_key(&editing->edit, key, err) < 0)
		return -1;
	editing_said(editing, "key %s is in layout '%s'", who,
		     editing->edit.name);
	for (size_t i = 0; i < steps->n; i++) {
		if (edit_authorise(&editing->edit, steps->items[i], key, err) <
		    0)
			return -1;
		editing_said(editing, "key %s may do step '%s'", who,
			     steps->items[i]);
	}
	return 0;
}

static int set_threshold(struct editing *editing, const char *step,
			 size_t threshold, struct intoto_error *err)
{
	if (edit_set_threshold(&editing->edit, step, threshold, err) < 0)
		return -1;
	editing_said(editing, "step '%s' needs %zu %s", step, threshold,
		     threshold == 1 ? "key" : "keys");
	return 0;
}

int layout_add_key(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout add-key [OPTION]... NAME KEY...";
	scoped_value(strlist) steps = STRLIST_INIT;
	scoped_value(editing) editing = { 0 };
	scoped_value(keys) keys = { 0 };
	size_t threshold = UNSET;
	const struct option options[] = {
		OPT_LIST(0, "step", &steps, "STEP",
			 "a step that the keys may do (default: none yet)"),
		OPT_NUMBER(0, "threshold", &threshold, "N",
			   "how many keys each of these steps needs"),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 2, OPERANDS_MAX, "a NAME and a KEY", usage,
			     err) < 0 ||
	    check_threshold(threshold, err) < 0)
		return -1;
	if (threshold != UNSET && !steps.n)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--threshold' needs '--step'");
	if (editing_open(&editing, argv[0], err) < 0 ||
	    load_operands(&keys, argv + 1, argc - 1, editing.repo, err) < 0)
		return -1;
	for (size_t i = 0; i < keys.n; i++) {
		if (add_key(&editing, keys.items[i], &steps, err) < 0)
			return -1;
	}
	for (size_t i = 0; threshold != UNSET && i < steps.n; i++) {
		if (set_threshold(&editing, steps.items[i], threshold, err) < 0)
			return -1;
	}
	return editing_finish(&editing, err);
}

/* A key of the layout by its keyid, else any KEY; NULL if it is not there. */
static int find_key(struct key **out, const struct editing *editing,
		    const char *spec, struct intoto_error *err)
{
	const struct key_settings settings = keys_settings(editing->repo);
	const size_t len = strlen(spec);

	if (len >= KEYID_PREFIX_MIN && is_hex(spec, len)) {
		if (edit_find_key(out, &editing->edit, spec, err) < 0)
			return -1;
		if (*out || !file_exists(spec))
			return 0;
	}
	return key_load(out, spec, &settings, err);
}

static int remove_key(struct editing *editing, const char *spec,
		      const struct strlist *steps, struct intoto_error *err)
{
	scoped(key) key = NULL;
	char who[64];

	if (find_key(&key, editing, spec, err) < 0)
		return -1;
	if (!key)
		return 0;
	key_describe(who, key);
	if (!steps->n) {
		if (edit_remove_key(&editing->edit, NULL, key, err) < 0)
			return -1;
		editing_said(editing, "key %s is out of layout '%s'", who,
			     editing->edit.name);
	}
	for (size_t i = 0; i < steps->n; i++) {
		if (edit_remove_key(&editing->edit, steps->items[i], key, err) <
		    0)
			return -1;
		editing_said(editing, "key %s may no longer do step '%s'", who,
			     steps->items[i]);
	}
	return 0;
}

/* Which tags the change would leave unproven, and what is done about them. */
struct caring {
	struct sealing sealing;
	struct key_options key; /* who signs the seals */
	bool compromised;
};

static void caring_release(struct caring *caring)
{
	sealing_release(&caring->sealing);
}
SCOPED_RELEASE(caring);

static int check_caring(const struct caring *caring, struct intoto_error *err)
{
	if (sealing_check(&caring->sealing, err) < 0)
		return -1;
	if (caring->compromised && strlist_has(&caring->sealing.seal, "all"))
		return intoto_fail(err, INTOTO_EUSAGE,
				   "a key that others may have had can have "
				   "made any tag: name those that are good, "
				   "--seal TAG");
	return key_options_check(&caring->key, err);
}

/* Whoever has the key can have made them all, so none is vouched for. */
static int list_unproven(struct session *session, const char *name,
			 const struct layout *next, struct intoto_error *err)
{
	scoped_value(strlist) stopping = STRLIST_INIT;

	if (sealing_list(&stopping, session, name, next, err) < 0)
		return -1;
	if (stopping.n)
		printf("nothing is sealed; of those that you know to be good, "
		       "before the change is in force:\n"
		       "  git intoto seal TAG\n");
	return 0;
}

static int care(const struct caring *caring, const struct editing *editing,
		struct intoto_error *err)
{
	const struct sealing_keys keys = { .options = &caring->key };
	const char *name = editing->edit.name;
	scoped_value(session) session = { 0 };
	scoped(envelope) next = NULL;

	if (!editing->said.n && !caring->sealing.seal.n)
		return 0;
	if (session_open(&session, err) < 0 ||
	    envelope_from_json(&next, editing->layout, err) < 0)
		return -1;
	if (caring->compromised && !caring->sealing.seal.n)
		return list_unproven(&session, name, next->layout, err);
	return sealing_before(&caring->sealing, &session, name, next->layout,
			      &keys, err);
}

int layout_remove_key(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout remove-key [OPTION]... NAME KEY...";
	scoped_value(strlist) steps = STRLIST_INIT;
	scoped_value(editing) editing = { 0 };
	scoped_value(caring) caring = { 0 };
	const struct option options[] = {
		OPT_LIST(0, "step", &steps, "STEP",
			 "a step that the keys may no longer do (default: all, "
			 "and the keys leave the layout)"),
		OPT_FLAG(0, "compromised", &caring.compromised,
			 "others may have it: list what loses its proof"),
		SEALING_OPTIONS(&caring.sealing),
		OWNER_KEY_OPTIONS(&caring.key), OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 2, OPERANDS_MAX, "a NAME and a KEY", usage,
			     err) < 0 ||
	    check_caring(&caring, err) < 0 ||
	    editing_open(&editing, argv[0], err) < 0)
		return -1;
	for (int i = 1; i < argc; i++) {
		if (remove_key(&editing, argv[i], &steps, err) < 0)
			return -1;
	}
	if (care(&caring, &editing, err) < 0)
		return -1;
	return editing_finish(&editing, err);
}

/* STEP=N */
static int set_threshold_word(struct editing *editing, const char *word,
			      struct intoto_error *err)
{
	const char *equals = strrchr(word, '=');
	const char *digits = equals ? equals + 1 : "";
	scoped_text step = NULL;

	if (!equals || equals == word || !*digits || strlen(digits) > 9 ||
	    strspn(digits, "0123456789") != strlen(digits))
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--threshold': '%s' is not STEP=N",
				   word);
	step = xmemdupz(word, (size_t)(equals - word));
	if (check_threshold(strtoul(digits, NULL, 10), err) < 0)
		return -1;
	return set_threshold(editing, step, strtoul(digits, NULL, 10), err);
}

static int set_all(struct editing *editing, const char *expires,
		   const char *readme, const struct strlist *thresholds,
		   struct intoto_error *err)
{
	const int64_t now = clock_now();
	int64_t until = 0;

	if (expires && layouts_expires(&until, expires, now, err) < 0)
		return -1;
	if (expires) {
		edit_set_expires(&editing->edit, until);
		editing_said(editing, "layout '%s' expires %s",
			     editing->edit.name,
			     json_string_value(json_object_get(editing->layout,
							       "expires")));
		ui_expiry_hint(editing->edit.name, until, now);
	}
	if (readme && edit_set_readme(&editing->edit, readme, err) < 0)
		return -1;
	editing_said(editing, "layout '%s' has another readme",
		     editing->edit.name);
	for (size_t i = 0; i < thresholds->n; i++) {
		if (set_threshold_word(editing, thresholds->items[i], err) < 0)
			return -1;
	}
	return 0;
}

int layout_set(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout set [OPTION]... NAME";
	scoped_value(strlist) thresholds = STRLIST_INIT;
	scoped_value(editing) editing = { 0 };
	scoped_value(caring) caring = { 0 };
	const char *expires = NULL;
	const char *readme = NULL;
	const struct option options[] = {
		OPT_STRING(0, "expires", &expires, "SPAN",
			   "when it must be renewed: 90d, 1y, a date"),
		OPT_LIST(0, "threshold", &thresholds, "STEP=N",
			 "how many keys a step needs"),
		OPT_STRING(0, "readme", &readme, "TEXT",
			   "what people should know of it"),
		SEALING_OPTIONS(&caring.sealing),
		OWNER_KEY_OPTIONS(&caring.key),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a NAME", usage, err) < 0 ||
	    check_caring(&caring, err) < 0)
		return -1;
	if (!expires && !readme && !thresholds.n) {
		intoto_fail(err, INTOTO_EUSAGE, "nothing to set");
		return intoto_hint(err, "git intoto layout set -h");
	}
	if (editing_open(&editing, argv[0], err) < 0 ||
	    set_all(&editing, expires, readme, &thresholds, err) < 0 ||
	    care(&caring, &editing, err) < 0)
		return -1;
	return editing_finish(&editing, err);
}
