/* quote.h: words as one would type them. */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

#include "base/buffer.h"
#include "base/strlist.h"

/* What a shell does not take for a plain letter. */
#define QUOTE_SHELL " \t\r\n'\"\\$`*?[]{}()<>|&;#~!"

/* Append a word, in single quotes if it is empty or holds one of `special`. */
void quote_append(struct buffer *out, const char *word, const char *special);

/* A word as a shell takes it, for hints that are pasted; to be freed. */
char *quote_word(const char *word);

/* Split a line as a POSIX shell would (blanks, quotes, backslash; nothing is
 * expanded), as Python's shlex does; appends. EINVALID for an open quote or a
 * backslash at the end; ELIMIT for a word over 64 KiB. */
int quote_split(struct strlist *out, const char *text,
		struct intoto_error *err);

#endif
