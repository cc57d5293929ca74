/* ui.c: colours, questions and a progress bar, where there is a terminal. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
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
	if (!asked)
		terminal_write(fd, "\n");
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

static bool is_word(const char *answer, const char *word)
{
	return !strcasecmp(answer, word) ||
	       (strlen(answer) == 1 && !strncasecmp(answer, word, 1));
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
		if (is_word(answer, "yes") || is_word(answer, "no")) {
			*out = is_word(answer, "yes");
			return 0;
		}
	}
}

/*
 * A terminal without echo and without its own signals. Those of others wait
 * until it has its echo back, so that whatever ends the program leaves a
 * terminal that can be typed on.
 */
struct quiet {
	int fd;
	int signals; /* readable as soon as one waits */
	sigset_t mask_before;
	struct termios before;
};

static int quiet_begin(struct quiet *quiet, int fd)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct termios silent;
	sigset_t set;

	quiet->fd = fd;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		sigaddset(&set, ends[i]);
	if (tcgetattr(fd, &quiet->before) < 0)
		return -1;
	quiet->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (quiet->signals < 0)
		return -1;
	pthread_sigmask(SIG_BLOCK, &set, &quiet->mask_before);
	silent = quiet->before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
	silent.c_cc[VMIN] = 1;
	silent.c_cc[VTIME] = 0;
	/* This throws away what was typed before anything was asked. */
	return tcsetattr(fd, TCSAFLUSH, &silent);
}

static void quiet_end(struct quiet *quiet)
{
	if (quiet->signals < 0)
		return;
	tcsetattr(quiet->fd, TCSAFLUSH, &quiet->before);
	terminal_write(quiet->fd, "\n");
	close(quiet->signals);
	pthread_sigmask(SIG_SETMASK, &quiet->mask_before, NULL);
}

/* false at the end, on an error, or when a signal waits. */
static bool quiet_read(char *c, const struct quiet *quiet)
{
	struct pollfd both[] = { { .fd = quiet->fd, .events = POLLIN },
				 { .fd = quiet->signals, .events = POLLIN } };
	ssize_t got;

	while (poll(both, 2, -1) < 0)
		if (errno != EINTR)
			return false;
	if (both[1].revents)
		return false;
	while ((got = read(quiet->fd, c, 1)) < 0)
		if (errno != EINTR)
			return false;
	return got == 1;
}

/* An interrupt that is typed arrives as a byte. */
static bool read_secret(struct buffer *out, const struct quiet *quiet,
			bool *interrupted)
{
	char c;

	while (quiet_read(&c, quiet)) {
		if (c == '\n' || c == '\r' || c == 4)
			return c != 4 || out->len;
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
	return false;
}

static char *ask_secret(int fd, const char *prompt)
{
	char secret[ANSWER_MAX];
	struct buffer typed = BUFFER_MAX(ANSWER_MAX);
	struct quiet quiet = { .signals = -1 };
	bool interrupted = false;
	char *answer = NULL;

	/* All memory at once, so that growing leaves no copy behind. */
	memset(secret, 0, sizeof(secret));
	buffer_add(&typed, secret, sizeof(secret) - 1);
	buffer_reset(&typed);
	if (quiet_begin(&quiet, fd) == 0 && terminal_write(fd, prompt) &&
	    read_secret(&typed, &quiet, &interrupted))
		answer = xstrdup(buffer_text(&typed));
	explicit_bzero(typed.data, typed.alloc);
	buffer_release(&typed);
	quiet_end(&quiet);
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
