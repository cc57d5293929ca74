/* options_print.c: a table of options as people read it. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cmd/options.h"

#define LEFT_COLUMN 28
#define LINE_WIDTH 79

static void print_usage(const char *usage)
{
	const char *before = "usage: ";

	while (*usage) {
		size_t len = strcspn(usage, "\n");

		printf("%sgit intoto %.*s\n", before, (int)len, usage);
		before = "   or: ";
		usage += len + (usage[len] == '\n');
	}
}

static void append_names(struct buffer *out, const struct option *option)
{
	const char *arg = option->arg ? option->arg : "VALUE";
	bool maybe = option->type == OPTION_MAYBE;

	buffer_puts(out, "  ");
	if (option->short_name)
		buffer_printf(out, "-%c", option->short_name);
	if (option->short_name && option->long_name)
		buffer_puts(out, ", ");
	if (option->long_name)
		buffer_printf(out, "--%s", option->long_name);
	if (option->type == OPTION_FLAG || option->type == OPTION_CHOICE)
		return;
	if (option->type == OPTION_ANY || (maybe && option->choice))
		buffer_printf(out, " [%s]", arg);
	else if (maybe)
		buffer_printf(out, option->long_name ? "[=%s]" : "[%s]", arg);
	else
		buffer_printf(out, " %s", arg);
	if (option->type == OPTION_LIST || option->type == OPTION_SEVERAL ||
	    option->type == OPTION_ANY)
		buffer_puts(out, "...");
}

static void print_help(const char *help, size_t column)
{
	while (*help) {
		size_t len = strcspn(help, " ");

		if (column + 1 + len > LINE_WIDTH) {
			printf("\n%*s", LEFT_COLUMN, "");
			column = LEFT_COLUMN;
		}
		column += (size_t)printf(" %.*s", (int)len, help);
		help += len;
		help += strspn(help, " ");
	}
	putchar('\n');
}

void options_print(const struct option *options, const char *usage)
{
	print_usage(usage);
	for (; options->type; options++) {
		scoped_value(buffer) left = BUFFER_INIT;
		size_t column;

		if (!options->help)
			continue;
		append_names(&left, options);
		column = left.len;
		printf("%s", buffer_text(&left));
		for (; column < LEFT_COLUMN; column++)
			putchar(' ');
		print_help(options->help, column);
	}
}
