/* hooktext.c: write the text of a hook, and recognise one. */
#include "policy/hooktext.h"

#include <string.h>

#include "base/quote.h"
#include "base/strlist.h"
#include "base/xalloc.h"
#include "crypto/digest.h"
#include "policy/hook_texts.h"

#define MARKER "# git-intoto hook v"
#define PROGRAM "@PROGRAM@"
#define CHECK "@CHECK@"
#define PROGRAM_LINE "\nprogram="
#define SHEBANG "#!/bin/sh\n"
#define ARGUMENTS " \"$@\""

/* What earlier versions installed, with PROGRAM in place of the program. */
static const struct {
	const char *event;
	const char *sha256;
} old_texts[] = {
	{ "pre-push", "234815cc9ed2d1f26dd60c391db1624804f32e25c671ab44f3be95b2"
		      "de9b18d5" },
	{ "pre-receive",
	  "2ca21a4c16fbe99da7e2ca5e2db0027c43a42c951b82e3257ebbd8"
	  "64664c8f84" },
	{ "update", "fb6c888d733b69e479911cab4103be9c6b7767cba36addd035d41e0bef"
		    "15d8d9" },
};

void hook_found_release(struct hook_found *found)
{
	free(found->program);
	found->program = NULL;
}

/* Append `text` up to `place`, then `word`; what comes after `place`. */
static const char *fill(struct buffer *out, const char *text, const char *place,
			const char *word)
{
	const char *at = strstr(text, place);

	if (!at)
		return text;
	buffer_add(out, text, (size_t)(at - text));
	buffer_puts(out, word);
	return at + strlen(place);
}

static const char *check_of(const struct hook_wish *wish)
{
	if (wish->chained)
		return wish->report_only
			       ? "hooks run --report-only "
				 "--before \"$0" HOOK_KEPT_SUFFIX "\""
			       : "hooks run --before \"$0" HOOK_KEPT_SUFFIX
				 "\"";
	return wish->report_only ? "check --report-only" : "check";
}

/* `word`: the program as it stands there, quoted. */
static char *make(const char *event, const char *word,
		  const struct hook_wish *wish)
{
	scoped_value(buffer) out = BUFFER_INIT;
	const char *rest;

	for (const struct hook_text *hook = hook_texts; hook->event; hook++) {
		if (strcmp(hook->event, event))
			continue;
		rest = fill(&out, hook->text, PROGRAM, word);
		rest = fill(&out, rest, CHECK, check_of(wish));
		buffer_puts(&out, rest);
		return buffer_take(&out);
	}
	return NULL;
}

char *hooktext_make(const char *event, const struct hook_wish *wish)
{
	scoped_text word = quote_word(wish->program);

	return make(event, word, wish);
}

static bool takes_arguments(const char *text)
{
	static const char end[] = ARGUMENTS "\n";
	const size_t len = strlen(text);

	return len >= strlen(end) && !strcmp(text + len - strlen(end), end);
}

/* Without the first line, and without the arguments, which git adds. */
char *hooktext_command(const char *event, const struct hook_wish *wish)
{
	scoped_text text = hooktext_make(event, wish);
	size_t len;

	if (!text)
		return NULL;
	len = strlen(text) - strlen("\n");
	if (takes_arguments(text))
		len -= strlen(ARGUMENTS);
	return xmemdupz(text + strlen(SHEBANG), len - strlen(SHEBANG));
}

/* The quoted program in the text; NULL if there is none. To be freed. */
static char *program_word(const char *text)
{
	const char *line = strstr(text, PROGRAM_LINE);
	const char *word = line ? line + strlen(PROGRAM_LINE) : NULL;
	const char *end = word ? strchr(word, '\n') : NULL;

	return end ? xmemdupz(word, (size_t)(end - word)) : NULL;
}

static bool is_old(const char *event, const char *text, const char *word)
{
	scoped_value(buffer) plain = BUFFER_INIT;
	scoped_text line = xasprintf("%s%s\n", PROGRAM_LINE, word);
	char hex[SHA256_HEX_SIZE];

	buffer_puts(&plain,
		    fill(&plain, text, line, PROGRAM_LINE PROGRAM "\n"));
	sha256_hex(hex, buffer_text(&plain), plain.len);
	for (size_t i = 0; i < ARRAY_SIZE(old_texts); i++)
		if (!strcmp(old_texts[i].event, event) &&
		    !strcmp(old_texts[i].sha256, hex))
			return true;
	return false;
}

/* Is the text what we write today, for one wish or another? */
static bool is_current(struct hook_found *out, const char *event,
		       const char *text, const char *word)
{
	for (unsigned i = 0; i < 4; i++) {
		const struct hook_wish wish = { .report_only = i & 1,
						.chained = i & 2 };
		scoped_text expected = make(event, word, &wish);

		if (!expected || strcmp(expected, text))
			continue;
		out->report_only = wish.report_only;
		out->chained = wish.chained;
		return true;
	}
	return false;
}

/* The program of a word, if the word is how we would write it: what a shell
 * would do besides setting the variable is not ours. To be freed. */
static char *unquoted(const char *word)
{
	scoped_value(strlist) words = STRLIST_INIT;
	scoped_text again = NULL;
	struct intoto_error ignored = { 0 };

	if (quote_split(&words, word, &ignored) < 0 || words.n != 1 ||
	    *words.items[0] != '/')
		return NULL;
	again = quote_word(words.items[0]);
	return strcmp(again, word) ? NULL : xstrdup(words.items[0]);
}

void hooktext_read(struct hook_found *out, const char *event, const char *text)
{
	scoped_text word = program_word(text);

	*out = (struct hook_found){ .author = HOOK_BY_OTHERS };
	if (!strstr(text, "\n" MARKER))
		return;
	out->author = HOOK_BY_US_EDITED;
	out->program = word ? unquoted(word) : NULL;
	if (!out->program)
		return;
	if (is_current(out, event, text, word))
		out->author = HOOK_BY_US;
	else if (is_old(event, text, word))
		out->author = HOOK_BY_US_OLD;
}

void hooktext_read_command(struct hook_found *out, const char *event,
			   const char *command)
{
	const struct hook_wish wish = { .program = "/" };
	scoped_text sample = hooktext_make(event, &wish);
	scoped_text text =
		xasprintf("%s%s%s\n", SHEBANG, command,
			  sample && takes_arguments(sample) ? ARGUMENTS : "");

	hooktext_read(out, event, text);
}
