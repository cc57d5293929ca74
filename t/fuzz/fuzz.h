/*
 * fuzz.h: a fuzz target, one for each parser of foreign bytes.
 *
 * Built with libFuzzer (`make fuzz`), or with replay.c, which gives it the
 * files of t/fuzz/seeds and t/fuzz/found one after the other. A target aborts
 * where something that must hold for every input does not.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(condition)                                                    \
	do {                                                               \
		if (!(condition)) {                                        \
			fprintf(stderr, "%s:%d: does not hold: %s\n",      \
				__FILE__, __LINE__, #condition);           \
			abort();                                           \
		}                                                          \
	} while (0)

#endif
