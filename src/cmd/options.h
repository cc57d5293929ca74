/*
 * options.h: a command's options as a table on its stack, which both parses
 * them and prints `-h`.
 *
 *	const struct option options[] = {
 *		OPT_STRING('m', "message", &message, "TEXT", "the message"),
 *		OPT_FLAG(0, "force", &force, "overwrite"),
 *		OPT_END,
 *	};
 *
 *	options_parse(&argc, &argv, options, "tag [OPTION]... NAME", err)
 *
 * Taken: -x, -xVALUE, -x VALUE, -xy for flags, --long, --long=VALUE, --long
 * VALUE; operands and options mixed; all after `--` is an operand. A value may
 * start with a dash. An option of one value that is given twice: the last one
 * counts. `-h` and `--help` print the usage on stdout and exit 0.
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strlist.h"
#include "intoto/error.h"

enum option_type {
	OPTION_END = 0,
	OPTION_FLAG,	/* bool *: set to true */
	OPTION_CHOICE,	/* int *: set to `choice` */
	OPTION_STRING,	/* const char **, borrowed from argv */
	OPTION_NUMBER,	/* size_t *: decimal digits */
	OPTION_LIST,	/* struct strlist *: one value each time, repeatable */
	OPTION_SEVERAL, /* the same, and takes further words up to the next that
			   starts with a dash: in-toto's own option names */
	OPTION_ANY,	/* the same; alone it adds `fallback` */
	OPTION_MAYBE, /* const char **: VALUE, or `fallback` if it stands alone.
			 The next word is its value if it is a hexadecimal key
			 id or, with `choice`, anything without a dash */
};

struct option {
	enum option_type type;
	char short_name;       /* 0: none */
	const char *long_name; /* NULL: none */
	void *value;
	const char *arg;  /* "FILE" in the usage */
	const char *help; /* NULL: an alias, not shown */
	int choice;
	const char *fallback;
};

#define OPT_FLAG(s, l, v, h)                           \
	{                                              \
		OPTION_FLAG, s, l, v, NULL, h, 0, NULL \
	}
#define OPT_CHOICE(s, l, v, number, h)                        \
	{                                                     \
		OPTION_CHOICE, s, l, v, NULL, h, number, NULL \
	}
#define OPT_STRING(s, l, v, a, h)                     \
	{                                             \
		OPTION_STRING, s, l, v, a, h, 0, NULL \
	}
#define OPT_NUMBER(s, l, v, a, h)                     \
	{                                             \
		OPTION_NUMBER, s, l, v, a, h, 0, NULL \
	}
#define OPT_LIST(s, l, v, a, h)                     \
	{                                           \
		OPTION_LIST, s, l, v, a, h, 0, NULL \
	}
#define OPT_SEVERAL(s, l, v, a, h)                     \
	{                                              \
		OPTION_SEVERAL, s, l, v, a, h, 0, NULL \
	}
#define OPT_ANY(s, l, v, f, a, h)               \
	{                                       \
		OPTION_ANY, s, l, v, a, h, 0, f \
	}
#define OPT_MAYBE(s, l, v, f, a, h)               \
	{                                         \
		OPTION_MAYBE, s, l, v, a, h, 0, f \
	}
#define OPT_MAYBE_WORD(s, l, v, f, a, h)          \
	{                                         \
		OPTION_MAYBE, s, l, v, a, h, 1, f \
	}
#define OPT_END                                                \
	{                                                      \
		OPTION_END, 0, NULL, NULL, NULL, NULL, 0, NULL \
	}

/*
 * argv[0], the command's name, is skipped. On success argc and argv are the
 * operands, argv[argc] is NULL. EUSAGE names the option and has a hint.
 * `usage` starts after "git intoto "; several forms are separated by a newline.
 */
int options_parse(int *argc, char ***argv, const struct option *options,
		  const char *usage, struct intoto_error *err);

/* EUSAGE unless min <= argc <= max; `what` names the operands: "a TAG". */
int options_operands(int argc, int min, int max, const char *what,
		     const char *usage, struct intoto_error *err);

/* The usage as `-h` shows it. */
void options_print(const struct option *options, const char *usage);

/* The one of `names` (ends with NULL) that `word` was perhaps meant to be, or
 * NULL. */
const char *options_closest(const char *word, const char *const *names);

#endif
