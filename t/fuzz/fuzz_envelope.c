/* fuzz_envelope.c: Metablocks and DSSE envelopes of any content. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "metadata/envelope.h"
#include "metadata/statement.h"

/* What we write of it says the same, and is a line of a note. */
static void check_line(const struct envelope *envelope)
{
	scoped_value(buffer) line = BUFFER_INIT;
	scoped(envelope) again = NULL;
	struct intoto_error err = { 0 };
	char before[SHA256_HEX_SIZE];
	char after[SHA256_HEX_SIZE];

	if (envelope_append_line(&line, envelope, &err) < 0)
		return;
	for (size_t i = 0; i < line.len; i++)
		must((uint8_t)line.data[i] >= 0x20);
	must(envelope_read(&again, line.data, line.len, true, &err) == 0);
	must(again->content == envelope->content);
	envelope_identity(before, envelope);
	envelope_identity(after, again);
	must(!strcmp(before, after));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(envelope) strict = NULL;
	scoped(envelope) loose = NULL;
	scoped(statement) statement = NULL;
	struct intoto_error err = { 0 };
	const char *text = (const char *)data;

	if (envelope_read(&loose, text, size, false, &err) < 0) {
		must(envelope_read(&strict, text, size, true, &err) < 0);
		return 0;
	}
	check_line(loose);
	if (loose->content == CONTENT_STATEMENT)
		statement_read(&statement, loose, &err);
	return 0;
}
