/* quote.c: words as one would type them. */
#include "base/quote.h"

#include <string.h>

#define BLANKS " \t\r\n"
#define WORD_MAX ((size_t)64 << 10)

void quote_append(struct buffer *out, const char *word, const char *special)
{
	if (*word && !word[strcspn(word, special)]) {
		buffer_puts(out, word);
		return;
	}
	buffer_putc(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buffer_puts(out, "'\\''");
		else
			buffer_putc(out, *word);
	}
	buffer_putc(out, '\'');
}

char *quote_word(const char *word)
{
	scoped_value(buffer) text = BUFFER_INIT;

	quote_append(&text, word, QUOTE_SHELL);
	return buffer_take(&text);
}

/* One word; `*at` moves behind it. False if a quote stays open. */
static bool word_read(struct buffer *word, const char **at)
{
	const char *p = *at;
	char quote = '\0';

	for (; *p && (quote || !strchr(BLANKS, *p)); p++) {
		if (quote ? *p == quote : *p == '\'' || *p == '"') {
			quote = quote ? '\0' : *p;
		} else if (*p == '\\' && (!quote || (quote == '"' && p[1] &&
						     strchr("\"\\", p[1])))) {
			if (!*++p)
				return false;
			buffer_putc(word, *p);
		} else {
			buffer_putc(word, *p);
		}
	}
	*at = p;
	return !quote;
}

int quote_split(struct strlist *out, const char *text, struct intoto_error *err)
{
	const char *at = text + strspn(text, BLANKS);

	while (*at) {
		scoped_value(buffer) word = BUFFER_MAX(WORD_MAX);

		if (!word_read(&word, &at))
			return intoto_fail(err, INTOTO_EINVALID,
					   "'%s' has an open quote or a "
					   "backslash at its end",
					   text);
		if (buffer_check(&word, "a word", err) < 0)
			return -1;
		strlist_add(out, buffer_text(&word));
		at += strspn(at, BLANKS);
	}
	return 0;
}
