/*
 * ui.h: the terminal, if there is one.
 */
#ifndef CMD_UI_H
#define CMD_UI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "intoto/error.h"

enum ui_colour { UI_PLAIN, UI_BOLD, UI_RED, UI_GREEN, UI_YELLOW };

/* The escape sequence that starts a colour (UI_PLAIN ends it); "" unless
 * `stream` is a terminal, NO_COLOR is unset and TERM is not "dumb". */
const char *ui_colour(FILE *stream, enum ui_colour colour);

/* May a person be asked? stdin and /dev/tty are terminals. */
bool ui_can_ask(void);
/* One line, white space cut; `fallback` (may be NULL) is shown and stands for
 * an empty answer. To be freed. EIO if nobody is there. */
int ui_ask(char **out, const char *question, const char *fallback,
	   struct intoto_error *err);
int ui_confirm(bool *out, const char *question, bool fallback,
	       struct intoto_error *err);

/* For key_settings.ask_password: /dev/tty without echo. To be freed; NULL
 * without a terminal. `data` may be a password to use instead. */
char *ui_password(const char *prompt, void *data);

/*
 * A bar on stderr once two seconds have passed and stderr is a terminal.
 * ui_progress_show() has the type of manifest_options.progress; data is the
 * ui_progress.
 */
struct ui_progress {
	const char *label;
	int64_t start; /* milliseconds */
	int64_t last;
	bool shown;
};
struct ui_progress ui_progress_start(const char *label);
void ui_progress_show(size_t done, size_t total, void *data);
void ui_progress_stop(struct ui_progress *progress); /* wipes the line */

/* Days until `expires`, rounded down; negative once it has passed. */
int64_t ui_days_left(int64_t expires, int64_t now);
/* A hint to renew on stderr if that is 30 days or less. */
void ui_expiry_hint(const char *layout, int64_t expires, int64_t now);

#endif
