/* tally: count the lines, words and bytes of standard input. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#ifndef TALLY_VERSION
#define TALLY_VERSION "unknown"
#endif

struct tally {
	unsigned long lines, words, bytes;
};

static struct tally count(FILE *in)
{
	struct tally tally = { 0, 0, 0 };
	int in_word = 0;

	for (int c; (c = getc(in)) != EOF;) {
		tally.bytes++;
		tally.lines += c == '\n';
		if (isspace(c)) {
			in_word = 0;
		} else if (!in_word) {
			in_word = 1;
			tally.words++;
		}
	}
	return tally;
}

int main(int argc, char **argv)
{
	struct tally tally;

	if (argc == 2 && !strcmp(argv[1], "--version"))
		return puts("tally " TALLY_VERSION) < 0;
	if (argc != 1) {
		fputs("usage: tally [--version] <file\n", stderr);
		return 2;
	}
	tally = count(stdin);
	printf("%lu %lu %lu\n", tally.lines, tally.words, tally.bytes);
	return ferror(stdin) || fflush(stdout);
}
