/* build_run.c: run a command whose work is recorded. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/build_env.h"
#include "cmd/build_run.h"
#include "cmd/built.h"

int build_run(struct process_result *out, const struct build_run *what,
	      struct intoto_error *err)
{
	const enum process_stream stream = what->record_streams ? PROCESS_TEE
					   : what->silent ? PROCESS_DISCARD
							  : PROCESS_INHERIT;
	const struct process process = {
		.argv = (const char *const *)what->command,
		.cwd = what->dir,
		.env = what->variables
			       ? (const char *const *)what->variables->items
			       : NULL,
		.inherit_stdin = true,
		.out = stream,
		.err = stream,
		.max_output = what->max_output,
		.timeout = what->timeout,
		.outlive = true,
	};
	mode_t before = umask(BUILD_UMASK);
	int ret;

	if (what->keep_umask)
		umask(before);
	fflush(stdout);
	ret = process_run(out, &process, err);
	umask(before);
	return ret;
}

char **build_run_split(int *argc, char **argv)
{
	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		*argc = i;
		argv[i] = NULL;
		return argv[i + 1] ? argv + i + 1 : NULL;
	}
	return NULL;
}

static void append_lines(struct buffer *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')
			continue;
		buffer_putc(out, (char)(text[i] == '\r' ? '\n' : text[i]));
	}
}

json_t *build_run_text(const struct buffer *stream, bool newlines)
{
	scoped_value(buffer) lines = BUFFER_MAX(stream->max);
	scoped_value(buffer) text = BUFFER_INIT;

	if (newlines)
		append_lines(&lines, stream->data, stream->len);
	if (newlines)
		stream = &lines;
	utf8_append_replaced(&text, stream->data, stream->len);
	return json_stringn(buffer_text(&text), text.len);
}

int build_run_words(json_t *array, char *const *command,
		    struct intoto_error *err)
{
	for (; *command; command++)
		if (json_array_append_new(array, json_string(*command)) < 0)
			return intoto_fail(err, INTOTO_EINVALID,
					   "word '%s' of the command is no "
					   "UTF-8",
					   *command);
	return 0;
}
