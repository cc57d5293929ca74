/* changes.c: the difference of two layouts in words. */
#include "policy/changes.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/draft.h"

/* What lines start with: "step 'build': ". */
struct changes {
	struct strlist *out;
	char *subject;
};

__attribute__((format(printf, 2, 3))) static void
say(const struct changes *changes, const char *fmt, ...)
{
	scoped_text text = NULL;
	scoped_text line = NULL;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	line = xasprintf("%s%s", changes->subject, text);
	strlist_take(changes->out, escape_text(line));
}

static const struct layout_item *item_named(const struct layout_item *items,
					    size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(items[i].name, name))
			return &items[i];
	return NULL;
}

static bool has_key(const struct key *const *keys, size_t n,
		    const struct key *key)
{
	for (size_t i = 0; i < n; i++)
		if (key_same(keys[i], key))
			return true;
	return false;
}

struct who {
	const struct key **keys;
	size_t n;
};

static void who_release(struct who *who)
{
	free(who->keys);
}
SCOPED_RELEASE(who);

static struct who who_does(const struct layout *layout,
			   const struct layout_item *step)
{
	struct who who = { 0 };

	if (step)
		who.n = layout_step_keys(&who.keys, layout, step);
	return who;
}

static void say_keys(const struct changes *changes, const struct who *of,
		     const struct who *against, const char *what)
{
	for (size_t i = 0; i < of->n; i++) {
		char text[64];

		if (has_key(against->keys, against->n, of->keys[i]))
			continue;
		key_describe(text, of->keys[i]);
		say(changes, "%s %s  (%s)", text, what, key_id(of->keys[i]));
	}
}

static char *command_text(const struct strlist *command)
{
	scoped_value(buffer) text = BUFFER_INIT;

	for (size_t i = 0; i < command->n; i++) {
		if (i)
			buffer_putc(&text, ' ');
		quote_append(&text, command->items[i], QUOTE_SHELL);
	}
	return xstrdup(buffer_text(&text));
}

static void say_command(const struct changes *changes,
			const struct strlist *before,
			const struct strlist *after)
{
	scoped_text was = command_text(before);
	scoped_text is = command_text(after);

	if (strlist_equal(before, after))
		return;
	if (before->n)
		say(changes, "- command %s", was);
	if (after->n)
		say(changes, "+ command %s", is);
}

static struct strlist rule_texts(const struct rules *rules)
{
	struct strlist texts = STRLIST_INIT;

	for (size_t i = 0; i < rules->n; i++)
		strlist_take(&texts, rule_to_text(&rules->items[i]));
	return texts;
}

/* Rules are read in order, so a list that differs at all is shown whole. */
static void say_rules(const struct changes *changes, const char *label,
		      const struct rules *before, const struct rules *after)
{
	scoped_value(strlist) was = rule_texts(before);
	scoped_value(strlist) is = rule_texts(after);

	if (strlist_equal(&was, &is))
		return;
	for (size_t i = 0; i < was.n; i++)
		say(changes, "- %s %s", label, was.items[i]);
	for (size_t i = 0; i < is.n; i++)
		say(changes, "+ %s %s", label, is.items[i]);
	if (!is.n)
		say(changes, "no rule on %s is left: all is allowed", label);
}

static void say_item(struct changes *changes, const char *kind,
		     const struct layout *before, const struct layout_item *was,
		     const struct layout *after, const struct layout_item *is)
{
	static const struct layout_item empty = { .name = NULL };
	const bool is_step = !strcmp(kind, "step");
	scoped_value(who) then = who_does(before, is_step ? was : NULL);
	scoped_value(who) now = who_does(after, is_step ? is : NULL);
	scoped_text subject =
		xasprintf("%s '%s': ", kind, is ? is->name : was->name);
	const struct layout_item *from = was ? was : &empty;
	const size_t said = changes->out->n;

	changes->subject = subject;
	if (!was)
		say(changes, "is new");
	if (!is) {
		say(changes, "is gone");
		return;
	}
	say_keys(changes, &now, &then, "may do it now");
	say_keys(changes, &then, &now, "may do it no more");
	if (was && changes->out->n == said &&
	    !strlist_equal(&was->pubkeys, &is->pubkeys))
		say(changes, "names its keys in another way");
	if (is_step && (!was || was->threshold != is->threshold))
		say(changes, "needs %lld of %zu %s%s", (long long)is->threshold,
		    now.n, now.n == 1 ? "key" : "keys",
		    was ? ", another number than before" : "");
	say_command(changes, &from->command, &is->command);
	say_rules(changes, "materials", &from->materials, &is->materials);
	say_rules(changes, "products", &from->products, &is->products);
}

static void say_items(struct changes *changes, const char *kind,
		      const struct layout *before,
		      const struct layout_item *was, size_t n_was,
		      const struct layout *after, const struct layout_item *is,
		      size_t n_is)
{
	size_t last = 0;
	bool moved = false;

	for (size_t i = 0; i < n_was; i++)
		if (!item_named(is, n_is, was[i].name))
			say_item(changes, kind, before, &was[i], after, NULL);
	for (size_t i = 0; i < n_is; i++) {
		const struct layout_item *old =
			item_named(was, n_was, is[i].name);

		say_item(changes, kind, before, old, after, &is[i]);
		if (!old)
			continue;
		moved |= (size_t)(old - was) < last;
		last = (size_t)(old - was);
	}
	changes->subject = NULL;
	if (moved) {
		scoped_text subject = xasprintf("every %s: ", kind);

		changes->subject = subject;
		say(changes, "they are in another order");
		changes->subject = NULL;
	}
}

static void say_head(struct changes *changes, const struct layout *before,
		     const struct layout *after)
{
	scoped_text was = draft_readme_text(before->readme);
	scoped_text is = draft_readme_text(after->readme);
	char when[2][CLOCK_TEXT_SIZE];

	changes->subject = xstrdup("");
	if (before->expires != after->expires) {
		clock_format(when[0], before->expires);
		clock_format(when[1], after->expires);
		say(changes, "expires %s, before: %s", when[1], when[0]);
	}
	if (strcmp(was, is) != 0)
		say(changes, "another readme: %s", is);
	free(take(changes->subject));
}

static struct who all_keys(const struct layout *layout)
{
	struct who who = { .keys = xcalloc(layout->n_keys + 1,
					   sizeof(*who.keys)) };

	for (size_t i = 0; i < layout->n_keys; i++)
		who.keys[who.n++] = layout->keys[i].key;
	return who;
}

/* Without its stamp, which always differs. */
static json_t *plain(const struct layout *layout)
{
	scoped_text readme = draft_readme_text(layout->readme);
	json_t *part = json_deep_copy(layout->signed_part);

	json_object_set_new(part, "readme", json_string(readme));
	return part;
}

void layout_changes(struct strlist *out, const struct layout *before,
		    const struct layout *after)
{
	struct changes changes = { .out = out };
	scoped_value(who) then = all_keys(before);
	scoped_value(who) now = all_keys(after);
	scoped_json was = plain(before);
	scoped_json is = plain(after);
	const size_t n = out->n;
	size_t before_keys;
	scoped_text key_subject = xstrdup("key ");

	if (json_equal(was, is))
		return;
	say_head(&changes, before, after);
	changes.subject = key_subject;
	before_keys = out->n;
	say_keys(&changes, &now, &then, "is new in the layout");
	say_keys(&changes, &then, &now, "is out of the layout");
	if (out->n == before_keys && !json_equal(json_object_get(was, "keys"),
						 json_object_get(is, "keys")))
		say(&changes, "objects are described in another way");
	say_items(&changes, "step", before, before->steps, before->n_steps,
		  after, after->steps, after->n_steps);
	say_items(&changes, "inspection", before, before->inspections,
		  before->n_inspections, after, after->inspections,
		  after->n_inspections);
	if (out->n == n)
		strlist_add(out, "the same keys and rules, spelled otherwise");
}
