/* options.c: parse a command line by its table. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/scoped.h"
#include "base/xalloc.h"
#include "cmd/options.h"

#define KEYID_MIN 8
#define LONG_NAMES_MAX 64

/* What is still to be read, and the operands so far (in place, in front). */
struct parser {
	char **argv;
	int argc;
	int at;
	int operands;
	const struct option *options;
	const char *usage;
};

static int usage_hint(const char *usage, struct intoto_error *err)
{
	return intoto_hint(err, "git intoto %.*s -h", (int)strcspn(usage, " ["),
			   usage);
}

static int unknown_option(const struct parser *parser, const char *shown,
			  const char *name, struct intoto_error *err)
{
	const char *names[LONG_NAMES_MAX] = { NULL };
	const struct option *option;
	const char *meant;
	size_t n = 0;

	for (option = parser->options; option->type; option++)
		if (option->long_name && n + 1 < LONG_NAMES_MAX)
			names[n++] = option->long_name;
	meant = name ? options_closest(name, names) : NULL;
	if (meant)
		intoto_fail(err, INTOTO_EUSAGE,
			    "unknown option '%s'; did you mean '--%s'?", shown,
			    meant);
	else
		intoto_fail(err, INTOTO_EUSAGE, "unknown option '%s'", shown);
	return usage_hint(parser->usage, err);
}

static int bad_value(const struct parser *parser, const char *shown,
		     const char *problem, struct intoto_error *err)
{
	intoto_fail(err, INTOTO_EUSAGE, "option '%s' %s", shown, problem);
	return usage_hint(parser->usage, err);
}

static bool wants_value(const struct option *option)
{
	return option->type != OPTION_FLAG && option->type != OPTION_CHOICE;
}

static bool is_keyid(const char *word)
{
	size_t len;

	if (!word)
		return false;
	if (!strncmp(word, "0x", 2))
		word += 2;
	len = strlen(word);
	return len >= KEYID_MIN && is_hex(word, len);
}

static int parse_number(size_t *out, const struct parser *parser,
			const char *shown, const char *value,
			struct intoto_error *err)
{
	char *end = NULL;
	unsigned long number;

	if (!*value || strspn(value, "0123456789") != strlen(value) ||
	    strlen(value) > 9)
		return bad_value(parser, shown, "takes a number", err);
	number = strtoul(value, &end, 10);
	*out = number;
	return 0;
}

static int store(struct parser *parser, const struct option *option,
		 const char *shown, const char *value, struct intoto_error *err)
{
	switch (option->type) {
	case OPTION_FLAG:
		*(bool *)option->value = true;
		return 0;
	case OPTION_CHOICE:
		*(int *)option->value = option->choice;
		return 0;
	case OPTION_NUMBER:
		return parse_number(option->value, parser, shown, value, err);
	case OPTION_LIST:
		strlist_add(option->value, value);
		return 0;
	case OPTION_SEVERAL:
	case OPTION_ANY:
		strlist_add(option->value, value);
		while (parser->at < parser->argc &&
		       *parser->argv[parser->at] != '-')
			strlist_add(option->value, parser->argv[parser->at++]);
		return 0;
	default:
		*(const char **)option->value = value;
		return 0;
	}
}

/* `glued` is what stood in the same word, or NULL. */
static int take_value(struct parser *parser, const struct option *option,
		      const char *shown, const char *glued,
		      struct intoto_error *err)
{
	const char *next =
		parser->at < parser->argc ? parser->argv[parser->at] : NULL;

	if (!wants_value(option)) {
		if (glued)
			return bad_value(parser, shown, "takes no value", err);
		return store(parser, option, shown, NULL, err);
	}
	if (glued)
		return store(parser, option, shown, glued, err);
	if (option->type == OPTION_MAYBE) {
		if (!is_keyid(next) &&
		    !(option->choice && next && *next != '-'))
			return store(parser, option, shown, option->fallback,
				     err);
	} else if (option->type == OPTION_ANY && (!next || *next == '-')) {
		return store(parser, option, shown, option->fallback, err);
	} else if (!next) {
		return bad_value(parser, shown, "needs a value", err);
	}
	parser->at++;
	return store(parser, option, shown, next, err);
}

static int parse_long(struct parser *parser, const char *word,
		      struct intoto_error *err)
{
	const char *name = word + 2;
	size_t len = strcspn(name, "=");
	scoped_text shown = xmemdupz(word, len + 2);
	const struct option *option;

	for (option = parser->options; option->type; option++) {
		if (!option->long_name || strlen(option->long_name) != len ||
		    memcmp(option->long_name, name, len))
			continue;
		return take_value(parser, option, shown,
				  name[len] == '=' ? name + len + 1 : NULL,
				  err);
	}
	return unknown_option(parser, shown, shown + 2, err);
}

static const struct option *find_short(const struct parser *parser, char c)
{
	const struct option *option;

	for (option = parser->options; option->type; option++)
		if (option->short_name == c)
			return option;
	return NULL;
}

static int parse_short(struct parser *parser, const char *word,
		       struct intoto_error *err)
{
	for (word++; *word; word++) {
		char shown[3] = { '-', *word, '\0' };
		const struct option *option = find_short(parser, *word);
		const char *glued = word[1] ? word + 1 : NULL;

		if (*word == 'h' && !option) {
			options_print(parser->options, parser->usage);
			exit(fflush(stdout) ? 128 : 0);
		}
		if (!option)
			return unknown_option(parser, shown, NULL, err);
		if (wants_value(option))
			return take_value(parser, option, shown, glued, err);
		if (store(parser, option, shown, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static int parse_word(struct parser *parser, struct intoto_error *err)
{
	char *word = parser->argv[parser->at++];

	if (!strcmp(word, "--")) {
		while (parser->at < parser->argc)
			parser->argv[parser->operands++] =
				parser->argv[parser->at++];
		return 0;
	}
	if (!strcmp(word, "--help")) {
		options_print(parser->options, parser->usage);
		exit(fflush(stdout) ? 128 : 0);
	}
	if (!strncmp(word, "--", 2))
		return parse_long(parser, word, err);
	if (word[0] == '-' && word[1])
		return parse_short(parser, word, err);
	parser->argv[parser->operands++] = word;
	return 0;
}

int options_parse(int *argc, char ***argv, const struct option *options,
		  const char *usage, struct intoto_error *err)
{
	struct parser parser = { *argv, *argc, 1, 1, options, usage };

	while (parser.at < parser.argc)
		if (parse_word(&parser, err) < 0)
			return -1;
	(*argv)[parser.operands] = NULL;
	*argc = parser.operands - 1;
	(*argv)++;
	return 0;
}

int options_operands(int argc, int min, int max, const char *what,
		     const char *usage, struct intoto_error *err)
{
	if (argc >= min && argc <= max)
		return 0;
	intoto_fail(err, INTOTO_EUSAGE,
		    argc < min ? "%s is missing" : "too many words after %s",
		    what);
	return usage_hint(usage, err);
}

/* Distance with insertions, deletions, changes; words of the command line are
 * short, longer ones are never close. */
#define WORD_MAX 32

static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);
	size_t i, j;

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return SIZE_MAX;
	for (j = 0; j <= b_len; j++)
		row[j] = j;
	for (i = 1; i <= a_len; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (j = 1; j <= b_len; j++) {
			size_t change = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			row[j] = change;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			if (corner + 1 < row[j])
				row[j] = corner + 1;
		}
	}
	return row[b_len];
}

const char *options_closest(const char *word, const char *const *names)
{
	const char *closest = NULL;
	size_t best = strlen(word) / 3 + 1;

	if (!*word)
		return NULL;
	for (; *names; names++) {
		size_t d = distance(word, *names);

		if (!strncmp(word, *names, strlen(word)))
			d = 1;
		if (d <= best && (!closest || d < best)) {
			best = d;
			closest = *names;
		}
	}
	return closest;
}
