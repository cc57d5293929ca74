/* files_hash.h: the SHA-256 of many files, by all cores. */
#ifndef VERIFY_FILES_HASH_H
#define VERIFY_FILES_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/digest.h"

struct files_hash_item {
	const char *path; /* borrowed */
	bool unreadable;  /* set with `ignore_unreadable` */
	uint8_t sha256[SHA256_SIZE];
};

struct files_hashing {
	int base; /* an open folder; paths are relative to it */
	bool normalize_line_endings; /* CRLF and CR are hashed as LF */
	bool ignore_unreadable;
	unsigned workers; /* 0: one a core */
	void (*progress)(void *data, size_t done, size_t total);
	void *progress_data; /* called by the calling thread alone */
};

/* EIO names the first file, in the order of the items, that cannot be read or
 * is no regular file any more. Links are followed. */
int files_hash(struct files_hash_item *items, size_t n,
	       const struct files_hashing *hashing, struct intoto_error *err);

#endif
