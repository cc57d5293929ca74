/* verify_print.c: a judgement as a table. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/session.h"
#include "cmd/ui.h"
#include "cmd/verify_output.h"

#define STEP_COLUMN 8
#define BY_COLUMN 30
#define FILE_COLUMN 25
#define GAP 2

/* Left-aligned in a column of at least `width`, which a longer text moves. */
static void print_cell(const char *text, size_t width)
{
	scoped_text shown = escape_text(text);

	printf("%-*s", (int)width, shown);
}

static size_t wider(size_t width, const char *text)
{
	scoped_text shown = escape_text(text);
	size_t need = strlen(shown) + GAP;

	return need > width ? need : width;
}

static void print_expiry(const struct verify_output *output, int64_t expires)
{
	int64_t days = ui_days_left(expires, output->now);
	const char *unit = days == 1 || days == -1 ? "day" : "days";

	if (days < 0)
		printf(", expired %lld %s ago", (long long)-days, unit);
	else
		printf(", expires in %lld %s", (long long)days, unit);
}

static void print_layout_line(const struct verify_output *output,
			      const struct judged_layout *layout)
{
	scoped_text name = escape_text(layout->name);

	printf("layout %s", name);
	if (!layout->in_force) {
		printf(", not in force here");
	} else {
		if (layout->version)
			printf(", version %llu",
			       (unsigned long long)layout->version);
		print_expiry(output, layout->expires);
		printf(", signed by %zu of %zu %s", layout->signed_by,
		       layout->owners, output->file ? "keys" : "owners");
	}
	if (!layout->demanded)
		printf(", not asked for: %s",
		       layout->holds ? "holds" : "does not hold");
	putchar('\n');
}

/* The one in force refuses the tag; this is why it is proven all the same. */
static void print_sealed(const struct judged_layout *layout)
{
	scoped_text name = escape_text(layout->name);

	if (!layout->sealed)
		return;
	printf("  sealed: version %llu of layout '%s', by ",
	       (unsigned long long)layout->sealed_version, name);
	for (size_t i = 0; i < layout->sealed_by.n; i++)
		printf("%s%s", i ? ", " : "", layout->sealed_by.items[i]);
	putchar('\n');
}

static void print_step(const struct judged_step *step, size_t step_width,
		       size_t by_width)
{
	size_t i;

	printf("  ");
	print_cell(step->name, step_width);
	print_cell(step->n_by ? step->by[0] : "nobody", by_width);
	print_cell(step->evidence ? step->evidence : "", 0);
	putchar('\n');
	for (i = 1; i < step->n_by; i++) {
		printf("  %*s", (int)step_width, "");
		print_cell(step->by[i], 0);
		putchar('\n');
	}
}

static void print_steps(const struct judged_layout *layout)
{
	size_t step_width = STEP_COLUMN;
	size_t by_width = BY_COLUMN;
	size_t i, j;

	if (!layout->n_steps)
		return;
	for (i = 0; i < layout->n_steps; i++) {
		const struct judged_step *step = &layout->steps[i];

		step_width = wider(step_width, step->name);
		for (j = 0; j < step->n_by; j++)
			by_width = wider(by_width, step->by[j]);
	}
	printf("  %-*s%-*s%s\n", (int)step_width, "step", (int)by_width, "by",
	       "evidence");
	for (i = 0; i < layout->n_steps; i++)
		print_step(&layout->steps[i], step_width, by_width);
}

static void print_file(const struct judged_file *file, size_t width)
{
	scoped_text step = NULL;
	scoped_text by = NULL;

	printf("  ");
	print_cell(file->path, width);
	if (!file->product) {
		printf("nothing\n");
		return;
	}
	step = escape_text(file->step ? file->step : "");
	by = escape_text(file->by ? file->by : "");
	printf("%s (%s)\n", step, by);
}

static void print_files(const struct judgement *judgement)
{
	size_t width = FILE_COLUMN;
	size_t i;

	if (!judgement->n_files)
		return;
	for (i = 0; i < judgement->n_files; i++)
		width = wider(width, judgement->files[i].path);
	printf("  %-*s%s\n", (int)width, "file", "from");
	for (i = 0; i < judgement->n_files; i++)
		print_file(&judgement->files[i], width);
}

/* "layout 'a'", "layouts 'a', 'b' and 'c'" */
static char *layouts_text(const struct judgement *judgement)
{
	scoped_value(buffer) text = BUFFER_INIT;
	size_t n = 0, seen = 0, i;

	for (i = 0; i < judgement->n_layouts; i++)
		n += judgement->layouts[i].demanded;
	buffer_puts(&text, n == 1 ? "layout " : "layouts ");
	for (i = 0; i < judgement->n_layouts; i++) {
		scoped_text name = NULL;

		if (!judgement->layouts[i].demanded)
			continue;
		if (seen++)
			buffer_puts(&text, seen == n ? " and " : ", ");
		name = escape_text(judgement->layouts[i].name);
		buffer_printf(&text, "'%s'", name);
	}
	return buffer_take(&text);
}

static void print_accepted(const struct verify_output *output)
{
	const struct judgement *judgement = output->judgement;
	scoped_text layouts = layouts_text(judgement);
	scoped_text tag = NULL;

	printf("%saccepted:%s ", ui_colour(stdout, UI_GREEN),
	       ui_colour(stdout, UI_PLAIN));
	if (output->file) {
		printf("the people and steps of %s\n", layouts);
		return;
	}
	tag = escape_text(refs_short(judgement->ref));
	if (judgement->n_files)
		printf("%zu %s from %s, by the people and steps of %s\n",
		       judgement->n_files,
		       judgement->n_files == 1 ? "file comes" : "files come",
		       tag, layouts);
	else
		printf("%s, by the people and steps of %s; no file was "
		       "compared\n",
		       tag, layouts);
}

void verify_print(const struct verify_output *output)
{
	const struct judgement *judgement = output->judgement;
	size_t i;

	if (output->now_given) {
		char when[CLOCK_TEXT_SIZE];

		clock_format(when, output->now);
		printf("judged as of %s\n", when);
	}
	if (!output->file) {
		scoped_text tag = escape_text(refs_short(judgement->ref));

		printf("%s%s%s", ui_colour(stdout, UI_BOLD), tag,
		       ui_colour(stdout, UI_PLAIN));
		if (*judgement->tag)
			printf("   tag %.*s", SHORT_ID, judgement->tag);
		if (*judgement->commit)
			printf("   commit %.*s", SHORT_ID, judgement->commit);
		putchar('\n');
	}
	for (i = 0; i < judgement->n_layouts; i++) {
		print_layout_line(output, &judgement->layouts[i]);
		print_sealed(&judgement->layouts[i]);
		print_steps(&judgement->layouts[i]);
	}
	print_files(judgement);
	for (i = 0; output->explained && i < output->explained->n; i++)
		printf("%s\n", output->explained->items[i]);
	if (judgement_accepts(judgement))
		print_accepted(output);
}
