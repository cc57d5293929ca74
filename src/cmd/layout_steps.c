/* The rows of `git intoto layout` that add and remove steps. */
#include <string.h>

#include "base/encode.h"
#include "cmd/editing.h"
#include "cmd/keys.h"
#include "cmd/layouts.h"
#include "cmd/options.h"
#include "base/quote.h"

#define OPERANDS_MAX 1000
#define UNSET SIZE_MAX

/* The rules of one option, as a JSON list. */
static int rules_json(json_t **out, const struct strlist *texts,
		      const char *option, struct intoto_error *err)
{
	scoped_json rules = json_array();

	for (size_t i = 0; i < texts->n; i++) {
		const char *text = texts->items[i];
		struct rule rule = { 0 };
		int got = is_utf8(text, strlen(text))
				  ? rule_from_text(&rule, text, err)
				  : intoto_fail(err, INTOTO_EINVALID,
						"'%s' is no UTF-8", text);

		if (got < 0) {
			err->code = INTOTO_EUSAGE;
			return intoto_context(err, "option '%s': ", option);
		}
		json_array_append_new(rules, rule_to_json(&rule));
		rule_release(&rule);
	}
	*out = take(rules);
	return 0;
}

/* What a step and an inspection have in common on the command line. */
struct item_words {
	struct strlist materials;
	struct strlist products;
	const char *command;
	struct strlist argv;
	json_t *rules[2];
};

static void item_words_release(struct item_words *words)
{
	strlist_release(&words->materials);
	strlist_release(&words->products);
	strlist_release(&words->argv);
	json_decref(words->rules[0]);
	json_decref(words->rules[1]);
}
SCOPED_RELEASE(item_words);

static int item_read(struct edit_item *out, struct item_words *words,
		     const char *name, const char *command_option,
		     struct intoto_error *err)
{
	if (words->command &&
	    quote_split(&words->argv, words->command, err) < 0) {
		err->code = INTOTO_EUSAGE;
		return intoto_context(err, "option '%s': ", command_option);
	}
	if (rules_json(&words->rules[0], &words->materials, "--material", err) <
		    0 ||
	    rules_json(&words->rules[1], &words->products, "--product", err) <
		    0)
		return -1;
	*out = (struct edit_item){
		.name = name,
		.materials = words->rules[0],
		.products = words->rules[1],
		.command = &words->argv,
		.threshold = 1,
	};
	return 0;
}

/* --by and --threshold agree, as far as the command line can tell. */
static int check_by(size_t threshold, size_t n, struct intoto_error *err)
{
	if (!n) {
		intoto_fail(err, INTOTO_EUSAGE,
			    "option '--by' is missing: who does this step?");
		return intoto_hint(err, "git intoto layout add-step -h");
	}
	if (threshold == UNSET || (threshold >= 1 && threshold <= n))
		return 0;
	return intoto_fail(err, INTOTO_EUSAGE,
			   "option '--threshold' is between 1 and %zu, the "
			   "number of keys",
			   n);
}

int layout_add_step(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout add-step [OPTION]... NAME STEP";
	scoped_value(item_words) words = { 0 };
	scoped_value(strlist) by = STRLIST_INIT;
	scoped_value(editing) editing = { 0 };
	scoped_value(keys) keys = { 0 };
	struct edit_item item;
	struct key_settings settings;
	size_t threshold = UNSET;
	const struct option options[] = {
		OPT_LIST(0, "by", &by, "KEY", "a key that may do the step"),
		OPT_NUMBER(0, "threshold", &threshold, "N",
			   "how many of them must (default: 1)"),
		OPT_LIST(0, "material", &words.materials, "RULE",
			 "a rule for what goes in: 'MATCH * WITH MATERIALS "
			 "FROM tag', 'DISALLOW *'"),
		OPT_LIST(0, "product", &words.products, "RULE",
			 "a rule for what comes out: 'CREATE dist/*'"),
		OPT_STRING(0, "command", &words.command, "CMD",
			   "the command that is expected"),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 2, 2, "a NAME and a STEP", usage, err) < 0 ||
	    check_by(threshold, by.n, err) < 0 ||
	    item_read(&item, &words, argv[1], "--command", err) < 0 ||
	    editing_open(&editing, argv[0], err) < 0)
		return -1;
	settings = keys_settings(editing.repo);
	if (keys_load(&keys, &by, &settings, err) < 0)
		return -1;
	item.by = keys.items;
	item.n_by = keys.n;
	if (threshold != UNSET)
		item.threshold = threshold;
	if (edit_add_step(&editing.edit, &item, err) < 0)
		return -1;
	editing_said(&editing, "step '%s': %zu of %zu %s", item.name,
		     item.threshold, keys.n, keys.n == 1 ? "key" : "keys");
	return editing_finish(&editing, err);
}

int layout_remove_step(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout remove-step NAME STEP...";
	const struct option options[] = { OPT_END };
	scoped_value(editing) editing = { 0 };

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 2, OPERANDS_MAX, "a NAME and a STEP", usage,
			     err) < 0 ||
	    editing_open(&editing, argv[0], err) < 0)
		return -1;
	for (int i = 1; i < argc; i++) {
		edit_remove_item(&editing.edit, argv[i]);
		editing_said(&editing, "'%s' is removed", argv[i]);
	}
	return editing_finish(&editing, err);
}

int layout_add_inspection(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] =
		"layout add-inspection [OPTION]... NAME INSPECTION";
	scoped_value(item_words) words = { 0 };
	scoped_value(editing) editing = { 0 };
	struct edit_item item;
	const struct option options[] = {
		OPT_LIST(0, "material", &words.materials, "RULE",
			 "a rule for what is there before: 'MATCH * WITH "
			 "PRODUCTS FROM build'"),
		OPT_LIST(0, "product", &words.products, "RULE",
			 "a rule for what is there after"),
		OPT_STRING(0, "run", &words.command, "CMD",
			   "the command that verification runs"),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 2, 2, "a NAME and an INSPECTION", usage,
			     err) < 0 ||
	    item_read(&item, &words, argv[1], "--run", err) < 0)
		return -1;
	if (!words.argv.n)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--run' is missing: what does the "
				   "inspection run?");
	if (editing_open(&editing, argv[0], err) < 0 ||
	    edit_add_inspection(&editing.edit, &item, err) < 0)
		return -1;
	editing_said(&editing, "inspection '%s' runs %s", item.name,
		     words.command);
	return editing_finish(&editing, err);
}
