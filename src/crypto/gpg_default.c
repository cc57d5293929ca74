/* gpg_default.c: which key gpg signs with when it is told none. */
#include <string.h>

#include "base/process.h"
#include "base/xalloc.h"
#include "crypto/gpg_keyring.h"

#define OPTIONS_MAX ((size_t)1 << 20)
#define VALUE_FIELD 9 /* of name:flags:level:...:argdef:value */

/* %3a is a colon, in the lists of gpgconf. */
static char *unescaped(const char *text, size_t len)
{
	char *out = xcalloc(1, len + 1);
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned code;

		if (text[i] == '%' && i + 2 < len &&
		    sscanf(text + i + 1, "%2x", &code) == 1 && code) {
			out[used++] = (char)code;
			i += 2;
		} else {
			out[used++] = text[i];
		}
	}
	return out;
}

/* A text has a quote in front; of a list ("A,"B) the last one counts. */
static char *value_of(const char *line)
{
	const char *value = line;
	const char *last;

	for (size_t i = 0; i < VALUE_FIELD; i++) {
		value += strcspn(value, ":\n");
		if (*value != ':')
			return NULL;
		value++;
	}
	last = memrchr(value, '"', strcspn(value, ":\n"));
	if (!last || !last[1] || last[1] == ':')
		return NULL;
	return unescaped(last + 1, strcspn(last + 1, ":,\n"));
}

int gpg_default_key(char **out, const struct key_settings *settings,
		    struct intoto_error *err)
{
	static const char name[] = "\ndefault-key:";
	const char *const argv[] = {
		"gpgconf",
		settings->gpg_home ? "--homedir" : "--list-options",
		settings->gpg_home ? settings->gpg_home : "gpg",
		settings->gpg_home ? "--list-options" : NULL,
		"gpg",
		NULL,
	};
	const struct process what = { .argv = argv,
				      .out = PROCESS_CAPTURE,
				      .err = PROCESS_DISCARD,
				      .max_output = OPTIONS_MAX };
	scoped_value(process_result) result = { 0 };
	scoped_text text = NULL;
	const char *line;
	char *value = NULL;

	if (process_run(&result, &what, err) < 0)
		return -1;
	text = xasprintf("\n%s", buffer_text(&result.out));
	line = result.status ? NULL : strstr(text, name);
	if (line)
		value = value_of(line + 1);
	*out = value ? value : xstrdup("");
	return 0;
}
