/* replay.c: a fuzz target over the files that are named, each once. */
#include "base/file.h"
#include "fuzz/fuzz.h"

#define INPUT_MAX ((size_t)16 << 20)

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		scoped_value(buffer) input = BUFFER_INIT;
		struct intoto_error err = { 0 };

		if (file_read(&input, argv[i], INPUT_MAX, &err) < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], err.message);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)input.data, input.len);
	}
	return 0;
}
