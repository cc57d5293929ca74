/*
 * gate.c: git-intoto-gate PROGRAM check ..., what a server's hooks start first:
 * most pushes touch nothing guarded, and loading the libraries of the program
 * would cost more than all the rest of such a push. Anything else is left to
 * PROGRAM, with the same arguments and stdin.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "policy/guard_quick.h"

#define STDIN_MAX ((size_t)64 << 20)
#define EXIT_BROKEN 128

static int fail(const char *what)
{
	fprintf(stderr, "error: cannot %s\n", what);
	return EXIT_BROKEN;
}

static bool read_stdin(struct buffer *out)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		buffer_add(out, chunk, (size_t)n);
	return n == 0 && !out->overflow;
}

/* What was read, from the start. */
static bool give_back(const struct buffer *text)
{
	const int fd = memfd_create("git-intoto-stdin", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < text->len) {
		const ssize_t n =
			write(fd, text->data + done, text->len - done);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return fd >= 0 && lseek(fd, 0, SEEK_SET) == 0 &&
	       dup2(fd, STDIN_FILENO) == STDIN_FILENO;
}

static bool has_word(char *const *argv, const char *word)
{
	for (; *argv; argv++)
		if (!strcmp(*argv, word))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	scoped_value(buffer) text = BUFFER_MAX(STDIN_MAX);

	if (argc < 3) {
		fputs("usage: git-intoto-gate PROGRAM check EVENT [ARG]...\n",
		      stderr);
		return 129;
	}
	if (strcmp(argv[2], "check") != 0) {
		; /* hooks of others run as well */
	} else if (has_word(argv + 3, "pre-receive")) {
		if (!read_stdin(&text))
			return fail("read the list of refs");
		if (guard_quick_push(buffer_text(&text), text.len))
			return 0;
		if (!give_back(&text))
			return fail("pass the list of refs on");
	} else if (has_word(argv + 3, "update") && argc > 6 &&
		   guard_quick_ref(argv[argc - 3])) {
		return 0;
	}
	execv(argv[1], argv + 1);
	return fail("start the program");
}
