/*
 * packread.h: blobs out of packs at known offsets, by zlib. It keeps what it
 * read, so that a delta finds its base unpacked, whatever the base's size;
 * libgit2 keeps none over 1 MiB. Only what is common is done here: the caller
 * goes another way for the rest, and checks the id of what came out.
 *
 * One reader belongs to one thread.
 */
#ifndef REPO_PACKREAD_H
#define REPO_PACKREAD_H

#include "repo/packorder.h"

#define PACK_OBJECT_MAX ((size_t)64 << 20)

struct pack_reader;

/* `packs` is borrowed; at most `cache_max` bytes are kept. */
struct pack_reader *pack_reader_new(const struct strlist *packs,
				    size_t cache_max);
void pack_reader_free(struct pack_reader *reader);
SCOPED_TYPE(pack_reader);

enum pack_result {
	PACK_READ,    /* *data is valid until the next call */
	PACK_UNUSUAL, /* a thin delta, over PACK_OBJECT_MAX, damaged, gone ...
		       */
	PACK_OUTSIDE, /* the index names a place that the pack does not have */
};
enum pack_result pack_reader_blob(const void **data, size_t *size,
				  struct pack_reader *reader,
				  const struct pack_place *place);

/*
 * Apply a delta: `*out_len` bytes to be freed. false unless it fits `base` and
 * makes exactly what it says, at most PACK_OBJECT_MAX.
 */
bool pack_delta_apply(uint8_t **out, size_t *out_len, const uint8_t *base,
		      size_t base_len, const uint8_t *delta, size_t delta_len);

#endif
