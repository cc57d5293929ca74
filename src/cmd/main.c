/* main.c: the table of commands, and the one place that reports failures. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/compat.h"
#include "cmd/options.h"
#include "cmd/ui.h"

#define COMMANDS_MAX 64
#define EXIT_BROKEN 128
#define EXIT_USAGE 129

static const struct command commands[] = {
	{ NULL, NULL, "set up" },
	{ "init", cmd_init, "layout, trust and refspec in one go" },
	{ "key", cmd_key, "a key as in-toto sees it" },
	{ "layout", cmd_layout, "who does which step, and what may change" },
	{ "trust", cmd_trust, "whose layouts are believed here" },
	{ NULL, NULL, "record" },
	{ "tag", cmd_tag, "make a signed tag and record the tag step" },
	{ "build", cmd_build, "build a tag from a clean tree and record it" },
	{ "run", cmd_run, "run a command and record files around it" },
	{ "record", cmd_record, "record files before and after some work" },
	{ "mock", cmd_mock, "try a command out: an unsigned link of it" },
	{ "sign", cmd_sign, "sign a link or layout file, or check one" },
	{ "seal", cmd_seal, "vouch for a tag beyond a change of policy" },
	{ "revoke", cmd_revoke, "withdraw a tag, or a link of one" },
	{ NULL, NULL, "judge" },
	{ "verify", cmd_verify, "a tag and the files built from it" },
	{ "match-products", cmd_match_products,
	  "are these files what a link says it made?" },
	{ NULL, NULL, "look" },
	{ "log", cmd_log, "every tag with its state" },
	{ "show", cmd_show, "what is recorded for a tag" },
	{ "export", cmd_export, "layout and links as in-toto's files" },
	{ NULL, NULL, "share" },
	{ "push", cmd_push, "share the proof, and tags with it" },
	{ "fetch", cmd_fetch, "bring the proof here" },
	{ "import", cmd_import, "links made elsewhere, into the notes" },
	{ NULL, NULL, "guard" },
	{ "hooks", cmd_hooks, "install what guards pushes" },
	{ "check", cmd_check, "what a hook calls" },
	{ NULL, NULL, "low level" },
	{ "record-tree", cmd_record_tree,
	  "the digest of every path of a tree" },
	{ NULL, NULL, NULL },
};

static void say(enum ui_colour colour, const char *word, const char *text,
		const char *reason)
{
	scoped_text shown = escape_text(text);

	fflush(stdout);
	fprintf(stderr, "%s%s:%s %s", ui_colour(stderr, colour), word,
		ui_colour(stderr, UI_PLAIN), shown);
	if (reason && *reason)
		fprintf(stderr, " [%s]", reason);
	fputc('\n', stderr);
}

void say_error(const struct intoto_error *err)
{
	say(UI_RED, "error",
	    *err->message ? err->message : "failed without a reason",
	    err->reason);
	if (*err->hint)
		say(UI_YELLOW, "hint", err->hint, NULL);
}

void say_refusals(const struct report *report)
{
	size_t i;

	for (i = 0; i < report->n; i++) {
		const struct finding *finding = &report->items[i];

		say(UI_RED, "error", finding->message, finding->reason);
		for (size_t j = 0; j < finding->trace.n; j++)
			fprintf(stderr, "  %s\n", finding->trace.items[j]);
		if (finding->hint && *finding->hint)
			say(UI_YELLOW, "hint", finding->hint, NULL);
	}
}

void say_warnings(const struct strlist *warnings)
{
	size_t i;

	for (i = 0; i < warnings->n; i++)
		say(UI_YELLOW, "warning", warnings->items[i], NULL);
}

#define SAY(colour, word)                      \
	do {                                   \
		scoped_text text = NULL;       \
		va_list args;                  \
                                               \
		va_start(args, fmt);           \
		text = xvasprintf(fmt, args);  \
		va_end(args);                  \
		say(colour, word, text, NULL); \
	} while (0)

void say_warning(const char *fmt, ...)
{
	SAY(UI_YELLOW, "warning");
}

void say_hint(const char *fmt, ...)
{
	SAY(UI_YELLOW, "hint");
}

void say_note(const char *fmt, ...)
{
	SAY(UI_BOLD, "note");
}

static void print_table(FILE *stream, const struct command *table,
			const char *parent)
{
	const struct command *row;

	fprintf(stream, "usage: git intoto%s%s COMMAND [ARGUMENT]...\n",
		parent ? " " : "", parent ? parent : "");
	for (row = table; row->summary; row++) {
		if (row->name)
			fprintf(stream, "  %-14s %s\n", row->name,
				row->summary);
		else
			fprintf(stream, "%s\n", row->summary);
	}
	fprintf(stream, "`git intoto%s%s COMMAND -h` shows the options.\n",
		parent ? " " : "", parent ? parent : "");
}

static const struct command *find_command(const struct command *table,
					  const char *name)
{
	for (; table->summary; table++)
		if (table->name && !strcmp(table->name, name))
			return table;
	return NULL;
}

static int unknown_command(const struct command *table, const char *parent,
			   const char *name, struct intoto_error *err)
{
	const char *names[COMMANDS_MAX] = { NULL };
	const char *gap = parent ? " " : "";
	const char *meant;
	size_t n = 0;

	parent = parent ? parent : "";
	for (; table->summary && n + 1 < COMMANDS_MAX; table++)
		if (table->name)
			names[n++] = table->name;
	meant = options_closest(name, names);
	intoto_fail(err, INTOTO_EUSAGE, "unknown command '%s%s%s'", parent, gap,
		    name);
	if (meant)
		return intoto_hint(err, "git intoto %s%s%s", parent, gap,
				   meant);
	return intoto_hint(err, "git intoto %s%s-h", parent, gap);
}

int command_dispatch(const struct command *table, const char *parent, int argc,
		     char **argv, struct intoto_error *err)
{
	const struct command *row;

	if (argc < 2) {
		intoto_fail(err, INTOTO_EUSAGE, "'%s' needs a command", parent);
		return intoto_hint(err, "git intoto %s -h", parent);
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		print_table(stdout, table, parent);
		return 0;
	}
	row = find_command(table, argv[1]);
	if (!row)
		return unknown_command(table, parent, argv[1], err);
	return row->fn(argc - 1, argv + 1, err);
}

/* A code that is not known here means "could not tell": fail closed. */
static int exit_status(enum intoto_code code)
{
	switch (code) {
	case INTOTO_EREJECTED:
		return CMD_REJECTED;
	case INTOTO_EUSAGE:
		return EXIT_USAGE;
	default:
		return EXIT_BROKEN;
	}
}

/* A result that did not reach its reader is no result. */
static int finish(int status)
{
	bool broken = ferror(stdout) != 0;

	if (fclose(stdout) || broken) {
		struct intoto_error err = { 0 };

		intoto_fail(&err, INTOTO_EIO, "cannot write the result");
		fprintf(stderr, "error: %s\n", err.message);
		return EXIT_BROKEN;
	}
	return status;
}

static int run(int argc, char **argv)
{
	struct intoto_error err = { 0 };
	const struct command *row;
	int ret;

	row = find_command(commands, argv[1]);
	ret = row ? row->fn(argc - 1, argv + 1, &err)
		  : unknown_command(commands, NULL, argv[1], &err);
	if (ret >= 0)
		return ret;
	say_error(&err);
	return exit_status(err.code);
}

int main(int argc, char **argv)
{
	const struct compat_tool *tool = argc ? compat_find(argv[0]) : NULL;

	if (tool)
		return finish(compat_run(tool, argc, argv));
	if (argc < 2) {
		print_table(stderr, commands, NULL);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		print_table(stdout, commands, NULL);
		return finish(0);
	}
	if (!strcmp(argv[1], "--version")) {
		printf("git-intoto %s\n", INTOTO_VERSION);
		return finish(0);
	}
	return finish(run(argc, argv));
}
