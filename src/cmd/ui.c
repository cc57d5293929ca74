/* ui.c: colours, questions and a progress bar, where there is a terminal. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/ui.h"

#define ANSWER_MAX 4096
#define PROGRESS_AFTER_MS 2000
#define PROGRESS_EVERY_MS 100
#define PROGRESS_WIDTH 30
#define SECONDS_A_DAY 86400
#define EXPIRY_HINT_DAYS 30

const char *ui_colour(FILE *stream, enum ui_colour colour)
{
	static const char *const codes[] = { "\033[m", "\033[1m", "\033[31m",
					     "\033[32m", "\033[33m" };
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if ((no_colour && *no_colour) || !term || !strcmp(term, "dumb") ||
	    !isatty(fileno(stream)))
		return "";
	return codes[colour];
}

static int terminal_open(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

bool ui_can_ask(void)
{
	int fd;

	if (!isatty(STDIN_FILENO))
		return false;
	fd = terminal_open();
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* Prompts are short; a terminal that takes less is not worth a loop. */
static bool terminal_write(int fd, const char *text)
{
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Up to a newline or the end; -1 on an error or an end without any byte. */
static int terminal_read_line(struct buffer *out, int fd)
{
	ssize_t got;
	char c;

	while ((got = read(fd, &c, 1)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (c == '\n')
			return 0;
		buffer_add(out, &c, 1);
	}
	return out->len ? 0 : -1;
}

static char *trimmed(const char *text)
{
	size_t len;

	text += strspn(text, " \t\r");
	len = strlen(text);
	while (len && strchr(" \t\r", text[len - 1]))
		len--;
	return xmemdupz(text, len);
}

int ui_ask(char **out, const char *question, const char *fallback,
	   struct intoto_error *err)
{
	scoped_value(buffer) answer = BUFFER_MAX(ANSWER_MAX);
	scoped_text prompt = NULL;
	scoped_text text = NULL;
	int fd = terminal_open();
	bool asked;

	if (fd < 0)
		return intoto_fail(err, INTOTO_EIO, "no terminal to ask: %s",
				   question);
	if (fallback)
		prompt = xasprintf("%s [%s]: ", question, fallback);
	else
		prompt = xasprintf("%s: ", question);
	asked = terminal_write(fd, prompt) &&
		terminal_read_line(&answer, fd) == 0;
	close(fd);
	if (!asked)
		return intoto_fail(err, INTOTO_EIO, "no answer to '%s'",
				   question);
	if (buffer_check(&answer, "the answer", err) < 0)
		return -1;
	text = trimmed(buffer_text(&answer));
	if (!*text && fallback)
		*out = xstrdup(fallback);
	else
		*out = take(text);
	return 0;
}

int ui_confirm(bool *out, const char *question, bool fallback,
	       struct intoto_error *err)
{
	for (;;) {
		scoped_text answer = NULL;

		if (ui_ask(&answer, question, fallback ? "Y/n" : "y/N", err) <
		    0)
			return -1;
		if (!strcmp(answer, "Y/n") || !strcmp(answer, "y/N")) {
			*out = fallback;
			return 0;
		}
		if (strchr("yYnN", *answer) && *answer) {
			*out = *answer == 'y' || *answer == 'Y';
			return 0;
		}
	}
}

/*
 * Byte by byte without echo and without the terminal's signals, so that
 * nothing but this function has to put the terminal back: an interrupt
 * arrives as a byte and is raised once that is done.
 */
static bool read_secret(struct buffer *out, int fd, bool *interrupted)
{
	ssize_t got;
	char c;

	for (;;) {
		got = read(fd, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		if (c == '\n' || c == '\r' || c == 4)
			return true;
		if (c == 3) {
			*interrupted = true;
			return false;
		}
		if (c == 127 || c == 8) {
			if (out->len)
				out->data[--out->len] = '\0';
		} else if (c == 21) {
			buffer_reset(out);
		} else {
			buffer_add(out, &c, 1);
		}
	}
}

static char *ask_secret(int fd, const char *prompt)
{
	char secret[ANSWER_MAX];
	struct buffer typed = BUFFER_MAX(ANSWER_MAX);
	struct termios before, silent;
	bool interrupted = false;
	char *answer = NULL;

	if (tcgetattr(fd, &before) < 0)
		return NULL;
	/* All memory at once, so that growing leaves no copy behind. */
	memset(secret, 0, sizeof(secret));
	buffer_add(&typed, secret, sizeof(secret) - 1);
	buffer_reset(&typed);
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
	silent.c_cc[VMIN] = 1;
	silent.c_cc[VTIME] = 0;
	if (terminal_write(fd, prompt) &&
	    tcsetattr(fd, TCSAFLUSH, &silent) == 0) {
		if (read_secret(&typed, fd, &interrupted))
			answer = xstrdup(buffer_text(&typed));
		tcsetattr(fd, TCSAFLUSH, &before);
		terminal_write(fd, "\n");
	}
	explicit_bzero(typed.data, typed.alloc);
	buffer_release(&typed);
	if (interrupted)
		raise(SIGINT);
	return answer;
}

char *ui_password(const char *prompt, void *data)
{
	char *answer;
	int fd;

	if (data)
		return xstrdup(data);
	fd = terminal_open();
	if (fd < 0)
		return NULL;
	answer = ask_secret(fd, prompt);
	close(fd);
	return answer;
}

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct ui_progress ui_progress_start(const char *label)
{
	struct ui_progress progress = { label, milliseconds(), 0, false };

	return progress;
}

void ui_progress_show(size_t done, size_t total, void *data)
{
	struct ui_progress *progress = data;
	int64_t now = milliseconds();
	char bar[PROGRESS_WIDTH + 1];
	size_t full;

	if (!total || now - progress->start < PROGRESS_AFTER_MS ||
	    now - progress->last < PROGRESS_EVERY_MS || !isatty(STDERR_FILENO))
		return;
	if (done > total)
		done = total;
	full = (size_t)((double)done / (double)total * PROGRESS_WIDTH);
	memset(bar, ' ', PROGRESS_WIDTH);
	memset(bar, '#', full);
	bar[PROGRESS_WIDTH] = '\0';
	fprintf(stderr, "\r%s [%s] %3zu%% (%zu/%zu)", progress->label, bar,
		(size_t)((double)done / (double)total * 100), done, total);
	fflush(stderr);
	progress->shown = true;
	progress->last = now;
}

void ui_progress_stop(struct ui_progress *progress)
{
	if (progress->shown)
		fprintf(stderr, "\r\033[K");
	progress->shown = false;
}

int64_t ui_days_left(int64_t expires, int64_t now)
{
	int64_t left = expires - now;

	if (left < 0)
		return -((-left + SECONDS_A_DAY - 1) / SECONDS_A_DAY);
	return left / SECONDS_A_DAY;
}

void ui_expiry_hint(const char *layout, int64_t expires, int64_t now)
{
	int64_t days = ui_days_left(expires, now);

	if (days < 0 || days > EXPIRY_HINT_DAYS)
		return;
	say_warning("layout '%s' expires in %lld %s", layout, (long long)days,
		    days == 1 ? "day" : "days");
	say_hint("git intoto layout renew %s", layout);
}
