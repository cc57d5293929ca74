/* compat.c: command lines of in-toto's tools, read as they read them. */
#include "cmd/compat.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/compat_tools.h"

#define EXIT_ARGUMENTS 2

/* A command line that is being read, and what it becomes. */
struct reading {
	const struct compat_tool *tool;
	char **argv;
	int argc;
	int at;
	struct strlist words; /* for our command */
	struct strlist operands;
	size_t given[COMPAT_FLAGS_MAX]; /* how often */
	const char *missing;		/* a file */
	bool help;
	bool version;
	struct compat compat;
};

static void reading_release(struct reading *reading)
{
	strlist_release(&reading->words);
	strlist_release(&reading->operands);
}
SCOPED_RELEASE(reading);

const struct compat_tool *compat_find(const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *name = slash ? slash + 1 : program;

	for (size_t i = 0; compat_tools[i].name; i++)
		if (!strcmp(compat_tools[i].name, name))
			return &compat_tools[i];
	return NULL;
}

void compat_recorder(struct recorder *recording, const struct compat *compat)
{
	if (!compat)
		return;
	recording->as_reference = true;
	recording->quiet = !compat->verbose;
	recording->new_keyid = compat->new_keyid;
}

static int bad(const char *option, const char *problem,
	       struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EUSAGE, "option '%s' %s", option,
			   problem);
}

static bool is_number(const char *word)
{
	const size_t digits = strspn(word, "0123456789");

	return (digits > 0 && !word[digits]) ||
	       (word[digits] == '.' && word[digits + 1] &&
		!word[digits + 1 + strspn(word + digits + 1, "0123456789")]);
}

/* What argparse does not take for an option. */
static bool is_value(const char *word)
{
	return word[0] != '-' || !word[1] || is_number(word + 1) ||
	       strchr(word, ' ');
}

static const char *next_value(const struct reading *reading)
{
	const char *word =
		reading->at < reading->argc ? reading->argv[reading->at] : NULL;

	return word && is_value(word) ? word : NULL;
}

static int check_choice(const struct compat_flag *flag, const char *shown,
			const char *value, struct intoto_error *err)
{
	const char *choice = flag->choices;

	while (choice && *choice) {
		const size_t len = strcspn(choice, " ");

		if (strlen(value) == len && !strncmp(choice, value, len))
			return 0;
		choice += len + (choice[len] == ' ');
	}
	return flag->choices ? bad(shown, "takes another value", err) : 0;
}

static int add_value(struct reading *reading, const struct compat_flag *flag,
		     const char *shown, const char *value,
		     struct intoto_error *err)
{
	if (check_choice(flag, shown, value, err) < 0)
		return -1;
	if (flag->must_exist && !file_exists(value))
		reading->missing = value;
	strlist_addf(&reading->words, "%s=%s", flag->ours, value);
	return 0;
}

static void set_flag(struct reading *reading, const struct compat_flag *flag)
{
	switch (flag->kind) {
	case COMPAT_VERBOSE:
		reading->compat.verbose = true;
		break;
	case COMPAT_QUIET:
		reading->compat.quiet = true;
		break;
	case COMPAT_VERSION:
		reading->version = true;
		break;
	case COMPAT_HELP:
		reading->help = true;
		break;
	case COMPAT_DROPPED:
		break;
	default:
		strlist_add(&reading->words, flag->ours);
	}
}

static bool takes_value(const struct compat_flag *flag)
{
	return flag->kind == COMPAT_ONE || flag->kind == COMPAT_MAYBE ||
	       flag->kind == COMPAT_SOME || flag->kind == COMPAT_ANY;
}

/* Of a flag that is given twice the last one counts, with all its values. */
static void drop_words(struct strlist *words, const struct compat_flag *flag)
{
	const size_t len = strlen(flag->ours);
	size_t kept = 0;

	for (size_t i = 0; i < words->n; i++) {
		char *word = words->items[i];

		if (!strncmp(word, flag->ours, len) && word[len] == '=')
			free(word);
		else
			words->items[kept++] = word;
	}
	words->n = kept;
	words->items[kept] = NULL;
}

/* `glued` stood in the same word, or is NULL. */
static int take_flag(struct reading *reading, const struct compat_flag *flag,
		     const char *shown, const char *glued,
		     struct intoto_error *err)
{
	const bool several =
		flag->kind == COMPAT_SOME || flag->kind == COMPAT_ANY;
	const char *value = glued ? glued : next_value(reading);

	if (reading->given[flag - reading->tool->flags]++ &&
	    takes_value(flag)) {
		drop_words(&reading->words, flag);
		reading->missing = NULL;
	}
	reading->compat.new_keyid |= flag->new_keyid;
	if (!takes_value(flag)) {
		if (glued)
			return bad(shown, "takes no value", err);
		set_flag(reading, flag);
		return 0;
	}
	if (!value && (flag->kind == COMPAT_ONE || flag->kind == COMPAT_SOME))
		return bad(shown, "needs a value", err);
	if (!value && flag->bare) {
		strlist_add(&reading->words, flag->bare);
		return 0;
	}
	if (!value)
		return add_value(reading, flag, shown, "", err);
	reading->at += glued ? 0 : 1;
	if (add_value(reading, flag, shown, value, err) < 0)
		return -1;
	while (several && !glued && (value = next_value(reading))) {
		reading->at++;
		if (add_value(reading, flag, shown, value, err) < 0)
			return -1;
	}
	return 0;
}

/* By its whole name, or by a beginning that no other has. */
static const struct compat_flag *find_long(const struct reading *reading,
					   const char *name, size_t len,
					   bool *ambiguous)
{
	const struct compat_flag *found = NULL;

	*ambiguous = false;
	for (const struct compat_flag *flag = reading->tool->flags; flag->kind;
	     flag++) {
		if (!flag->long_name || strncmp(flag->long_name, name, len))
			continue;
		if (strlen(flag->long_name) == len) {
			*ambiguous = false;
			return flag;
		}
		*ambiguous |= found != NULL;
		found = flag;
	}
	return found;
}

static int read_long(struct reading *reading, const char *word,
		     struct intoto_error *err)
{
	const size_t len = strcspn(word + 2, "=");
	scoped_text shown = xmemdupz(word, len + 2);
	const char *glued = word[len + 2] ? word + len + 3 : NULL;
	const struct compat_flag *flag;
	bool ambiguous;

	flag = find_long(reading, word + 2, len, &ambiguous);
	if (ambiguous)
		return bad(shown, "may be several", err);
	if (!flag)
		return bad(shown, "is unknown", err);
	return take_flag(reading, flag, shown, glued, err);
}

static const struct compat_flag *find_short(const struct reading *reading,
					    char name)
{
	for (const struct compat_flag *flag = reading->tool->flags; flag->kind;
	     flag++)
		if (flag->short_name == name)
			return flag;
	return NULL;
}

static int read_short(struct reading *reading, const char *word,
		      struct intoto_error *err)
{
	for (word++; *word; word++) {
		const char shown[3] = { '-', *word, '\0' };
		const struct compat_flag *flag = find_short(reading, *word);
		const char *glued = word[1] ? word + 1 : NULL;

		if (!flag)
			return bad(shown, "is unknown", err);
		if (takes_value(flag))
			return take_flag(reading, flag, shown,
					 glued && *glued == '=' ? glued + 1
								: glued,
					 err);
		if (take_flag(reading, flag, shown, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static int read_words(struct reading *reading, struct intoto_error *err)
{
	while (reading->at < reading->argc) {
		const char *word = reading->argv[reading->at++];
		int got = 0;

		if (!strcmp(word, "--")) {
			while (reading->at < reading->argc)
				strlist_add(&reading->operands,
					    reading->argv[reading->at++]);
		} else if (is_value(word)) {
			strlist_add(&reading->operands, word);
		} else if (word[1] == '-') {
			got = read_long(reading, word, err);
		} else {
			got = read_short(reading, word, err);
		}
		if (got < 0)
			return -1;
		if (reading->help || reading->version)
			return 0;
	}
	return 0;
}

/* Exactly one of the flags of a group, or at least one. */
static int check_group(const struct reading *reading, enum compat_group group,
		       bool only_one, struct intoto_error *err)
{
	scoped_value(buffer) names = BUFFER_INIT;
	size_t given = 0;
	bool any = false;

	for (size_t i = 0; reading->tool->flags[i].kind; i++) {
		const struct compat_flag *flag = &reading->tool->flags[i];

		if (flag->group != group)
			continue;
		buffer_printf(&names, "%s--%s", any ? ", " : "",
			      flag->long_name);
		any = true;
		given += reading->given[i] > 0;
	}
	if (!any || given == 1 || (given > 1 && !only_one))
		return 0;
	return intoto_fail(err, INTOTO_EUSAGE, "%s of these is needed: %s",
			   only_one ? "exactly one" : "one",
			   buffer_text(&names));
}

static int check_flags(const struct reading *reading, struct intoto_error *err)
{
	for (size_t i = 0; reading->tool->flags[i].kind; i++) {
		const struct compat_flag *flag = &reading->tool->flags[i];

		if (flag->required && !reading->given[i])
			return intoto_fail(err, INTOTO_EUSAGE,
					   "option '--%s' is missing",
					   flag->long_name);
	}
	if (reading->compat.verbose && reading->compat.quiet)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "options '-v' and '-q' exclude each other");
	if (reading->operands.n && !reading->tool->takes_command)
		return intoto_fail(err, INTOTO_EUSAGE, "unexpected word '%s'",
				   reading->operands.items[0]);
	if (check_group(reading, COMPAT_GROUP_ONE, true, err) < 0)
		return -1;
	return check_group(reading, COMPAT_GROUP_SOME, false, err);
}

static void print_help(const struct compat_tool *tool)
{
	printf("usage: %s%s%s [OPTION]...%s\n", tool->name,
	       tool->below ? " " : "", tool->below ? tool->below : "",
	       tool->takes_command ? " -- CMD [ARG]..." : "");
	for (const struct compat_flag *flag = tool->flags; flag->kind; flag++) {
		printf("  ");
		if (flag->short_name)
			printf("-%c%s", flag->short_name,
			       flag->long_name ? ", " : "");
		printf("%s%s%s\n", flag->long_name ? "--" : "",
		       flag->long_name ? flag->long_name : "",
		       takes_value(flag) ? " VALUE" : "");
	}
	printf("as `git intoto %s`, by the rules of in-toto's own tool: see "
	       "git-intoto(1)\n",
	       tool->command[0]);
}

/* Our words for what was read: the command's name, options, `--`, operands. */
static void finish_words(struct reading *reading)
{
	const struct compat_tool *tool = reading->tool;
	const struct compat_flag *other;
	bool no_command = false;

	for (size_t i = 0; tool->flags[i].kind; i++) {
		const struct compat_flag *flag = &tool->flags[i];

		if (flag->fallback && !reading->given[i])
			strlist_addf(&reading->words, "%s=%s", flag->ours,
				     flag->fallback);
		no_command |= flag->no_command && reading->given[i];
		other = flag->only_with ? find_short(reading, flag->only_with)
					: NULL;
		if (other && !reading->given[other - tool->flags])
			drop_words(&reading->words, flag);
	}
	if (!reading->operands.n || no_command)
		return;
	strlist_add(&reading->words, "--");
	strlist_add_all(&reading->words, &reading->operands);
}

static int call(struct reading *reading, struct intoto_error *err)
{
	const struct compat_tool *tool = reading->tool;
	char **argv;
	int argc;
	int got;

	if (reading->missing)
		return intoto_fail(err, INTOTO_ENOTFOUND, "no file '%s'",
				   reading->missing);
	finish_words(reading);
	argc = (int)reading->words.n;
	/* What it prints is not what scripts expect of the tool. */
	if (tool->mute && !reading->compat.verbose &&
	    !freopen("/dev/null", "w", stdout))
		return intoto_fail(err, INTOTO_EIO, "cannot open '/dev/null'");
	/* A command moves its operands about. */
	argv = xcalloc(reading->words.n + 1, sizeof(*argv));
	memcpy(argv, reading->words.items, reading->words.n * sizeof(*argv));
	got = tool->as ? tool->as(argc, argv, &reading->compat, err)
		       : tool->fn(argc, argv, err);
	free(argv);
	return got;
}

/* The subcommand of in-toto-record; the table of the tool itself has the flags
 * in front of it. */
static const struct compat_tool *choose(const struct compat_tool *tool,
					int argc, char **argv, int *at)
{
	*at = 1;
	if (!tool->below)
		return tool;
	for (const struct compat_tool *one = tool; one->name; one++)
		if (argc > 1 && !strcmp(one->name, tool->name) &&
		    !strcmp(one->below, argv[1])) {
			*at = 2;
			return one;
		}
	return NULL;
}

static int run(struct reading *reading, const struct compat_tool *tool,
	       struct intoto_error *err)
{
	const char *first = reading->argc > 1 ? reading->argv[1] : "";

	reading->tool =
		choose(tool, reading->argc, reading->argv, &reading->at);
	if (!reading->tool) {
		reading->tool = tool;
		reading->help =
			!strcmp(first, "-h") || !strcmp(first, "--help");
		reading->version = !strcmp(first, "--version");
		if (!reading->help && !reading->version)
			return intoto_fail(err, INTOTO_EUSAGE,
					   "'start' or 'stop' is missing");
	}
	for (size_t i = 0; i < 2 && reading->tool->command[i]; i++)
		strlist_add(&reading->words, reading->tool->command[i]);
	if (!reading->help && !reading->version && read_words(reading, err) < 0)
		return -1;
	if (reading->help) {
		print_help(reading->tool);
		return 0;
	}
	if (reading->version) {
		printf("%s (git-intoto %s)\n", tool->name, INTOTO_VERSION);
		return 0;
	}
	return check_flags(reading, err) < 0 ? -1 : call(reading, err);
}

int compat_run(const struct compat_tool *tool, int argc, char **argv)
{
	scoped_value(reading) reading = { .argv = argv, .argc = argc };
	struct intoto_error err = { 0 };
	int got = run(&reading, tool, &err);

	if (got < 0 && (!reading.compat.quiet || err.code == INTOTO_EUSAGE))
		say_error(&err);
	if (got >= 0)
		return got > 1 ? tool->broken : got;
	if (err.code == INTOTO_EUSAGE)
		return EXIT_ARGUMENTS;
	return err.code == INTOTO_EREJECTED ? CMD_REJECTED : tool->broken;
}
