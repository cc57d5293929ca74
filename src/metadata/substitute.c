/* substitute.c: `{NAME}` in the words of a layout, replaced by values. */
#include "metadata/substitute.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "metadata/layout_internal.h"

#define GROWTH_MAX ((size_t)64 << 20) /* what all words together may be */

static const char alphabet[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

void parameters_release(struct parameters *parameters)
{
	for (size_t i = 0; i < parameters->n; i++) {
		free(parameters->items[i].name);
		free(parameters->items[i].value);
	}
	free(parameters->items);
	*parameters = (struct parameters){ 0 };
}

/* The value, or NULL. */
static const char *parameter_find(const struct parameters *parameters,
				  const char *name, size_t len)
{
	for (size_t i = 0; i < parameters->n; i++)
		if (strlen(parameters->items[i].name) == len &&
		    !memcmp(parameters->items[i].name, name, len))
			return parameters->items[i].value;
	return NULL;
}

void parameters_set(struct parameters *parameters, const char *name,
		    const char *value)
{
	struct parameter *item = NULL;

	for (size_t i = 0; i < parameters->n && !item; i++)
		if (!strcmp(parameters->items[i].name, name))
			item = &parameters->items[i];
	if (!item) {
		parameters->items =
			xrealloc(parameters->items, parameters->n + 1,
				 sizeof(*parameters->items));
		item = &parameters->items[parameters->n++];
		*item = (struct parameter){ .name = xstrdup(name) };
	}
	free(item->value);
	item->value = xstrdup(value);
}

int parameters_add(struct parameters *parameters, const char *text,
		   struct intoto_error *err)
{
	const char *equals = strchr(text, '=');
	const size_t len = strspn(text, alphabet);
	scoped_text name = NULL;

	if (!equals) {
		intoto_fail(err, INTOTO_EUSAGE,
			    "parameter '%s' is not NAME=VALUE", text);
		return intoto_hint(err, "--param VERSION=1.2");
	}
	name = xmemdupz(text, (size_t)(equals - text));
	/* A number is a place for str.format, and there are none. */
	if (!*name || text + len != equals || strspn(name, "0123456789") == len)
		return intoto_fail(err, INTOTO_EINVALID,
				   "parameter '%s' cannot be a name: letters, "
				   "digits, '_' and '-' make one, and not "
				   "digits alone",
				   name);
	if (!is_utf8(equals, strlen(equals)))
		return intoto_fail(err, INTOTO_EINVALID,
				   "the value of parameter '%s' is not UTF-8",
				   name);
	parameters_set(parameters, name, equals + 1);
	return 0;
}

/* One layout's words on their way. */
struct substitution {
	const struct parameters *parameters;
	size_t total;
};

/* Is there the name of a parameter in braces? */
static bool names_one(const char *word, const struct parameters *parameters)
{
	for (const char *at = strchr(word, '{'); at; at = strchr(at, '{')) {
		const size_t len = strspn(++at, alphabet);

		if (at[len] == '}' && parameter_find(parameters, at, len))
			return true;
	}
	return false;
}

static int refuse_word(const char *word, const char *why,
		       struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID, "'%s' cannot be filled in: %s",
			   word, why);
}

/* `at` is behind a brace that opens; returns what is behind the one that
 * closes it, or NULL. */
static const char *append_value(struct buffer *out, const char *at,
				const char *word,
				const struct parameters *parameters,
				struct intoto_error *err)
{
	const size_t len = strspn(at, alphabet);
	const char *value = parameter_find(parameters, at, len);
	scoped_text name = xmemdupz(at, len);
	scoped_text why = NULL;

	if (at[len] != '}' || len == 0) {
		refuse_word(word,
			    "a brace that is not the start of {NAME}; a brace "
			    "itself is written twice",
			    err);
		return NULL;
	}
	if (!value) {
		why = xasprintf("there is no parameter '%s'", name);
		refuse_word(word, why, err);
		intoto_hint(err, "--param %s=VALUE", name);
		return NULL;
	}
	buffer_puts(out, value);
	return at + len + 1;
}

static int word_fill(char **out, const char *word, struct substitution *work,
		     struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_MAX(GROWTH_MAX + 1 - work->total);
	const char *at = word;

	if (!work->parameters->strict && !names_one(word, work->parameters)) {
		*out = xstrdup(word);
		return 0;
	}
	while (*at) {
		const size_t plain = strcspn(at, "{}");
		const char brace = at[plain];

		buffer_add(&text, at, plain);
		at += plain;
		if (brace && at[1] == brace) {
			buffer_putc(&text, brace);
			at += 2;
		} else if (brace == '}') {
			return refuse_word(word,
					   "a closing brace by itself is "
					   "written twice",
					   err);
		} else if (brace) {
			at = append_value(&text, at + 1, word, work->parameters,
					  err);
			if (!at)
				return -1;
		}
	}
	work->total += text.len;
	if (text.overflow || work->total > GROWTH_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "the parameters make more than %zu bytes",
				   GROWTH_MAX);
	*out = text.len ? buffer_take(&text) : xstrdup("");
	return 0;
}

static int words_fill(struct strlist *out, const struct strlist *from,
		      struct substitution *work, struct intoto_error *err)
{
	for (size_t i = 0; i < from->n; i++) {
		char *word = NULL;

		if (word_fill(&word, from->items[i], work, err) < 0)
			return -1;
		strlist_take(out, word);
	}
	return 0;
}

/* Braces can only stand where no keyword does: what parsed parses again. */
static int rule_fill(struct rule *out, const struct rule *from,
		     struct substitution *work, struct intoto_error *err)
{
	struct rule rule = { .type = from->type,
			     .from_products = from->from_products };
	const char *const words[] = { from->pattern, from->source,
				      from->destination, from->step };
	char **const filled[] = { &rule.pattern, &rule.source,
				  &rule.destination, &rule.step };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i] && word_fill(filled[i], words[i], work, err) < 0) {
			rule_release(&rule);
			return -1;
		}
	}
	*out = rule;
	return 0;
}

static int rules_fill(struct rules *out, const struct rules *from,
		      struct substitution *work, struct intoto_error *err)
{
	out->items = xcalloc(from->n + 1, sizeof(*out->items));
	for (; out->n < from->n; out->n++)
		if (rule_fill(&out->items[out->n], &from->items[out->n], work,
			      err) < 0)
			return -1;
	return 0;
}

static int items_fill(struct layout_item **out, size_t *n,
		      const struct layout_item *from, size_t count,
		      struct substitution *work, struct intoto_error *err)
{
	*out = xcalloc(count + 1, sizeof(**out));
	while (*n < count) {
		struct layout_item *item = &(*out)[*n];
		const struct layout_item *old = &from[(*n)++];

		item->name = xstrdup(old->name);
		item->threshold = old->threshold;
		strlist_add_all(&item->pubkeys, &old->pubkeys);
		if (rules_fill(&item->materials, &old->materials, work, err) <
			    0 ||
		    rules_fill(&item->products, &old->products, work, err) <
			    0 ||
		    words_fill(&item->command, &old->command, work, err) < 0)
			return intoto_context(err, "'%s': ", item->name);
	}
	return 0;
}

int layout_substitute(struct layout **out, const struct layout *layout,
		      const struct parameters *parameters,
		      struct intoto_error *err)
{
	static const struct parameters none = { 0 };
	struct substitution work = { .parameters = parameters };
	scoped(layout) copy = layout_copy_head(layout);

	/* As there: an empty set of parameters is none at all. */
	if (!parameters || parameters->n == 0)
		work.parameters = &none;
	if (items_fill(&copy->steps, &copy->n_steps, layout->steps,
		       layout->n_steps, &work, err) < 0 ||
	    items_fill(&copy->inspections, &copy->n_inspections,
		       layout->inspections, layout->n_inspections, &work,
		       err) < 0)
		return -1;
	*out = take(copy);
	return 0;
}
