/*
 * artifacts.h: a set of artifacts, name -> digests, as one compact sorted
 * table: names in one arena, 32 bytes a SHA-256. 100,000 paths are normal.
 *
 * A digest set other than exactly {"sha256": 64 lower-case digits} (gitCommit,
 * sha512, upper-case hex...) is kept as its canonical JSON text and compares
 * as that, because in-toto compares digest sets whole.
 */
#ifndef METADATA_ARTIFACTS_H
#define METADATA_ARTIFACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/digest.h"
#include "json/canonical.h"
#include "json/scan.h"

#define ARTIFACTS_MAX 1000000

struct artifacts;
struct artifacts *artifacts_new(void);
void artifacts_free(struct artifacts *set);
SCOPED_TYPE(artifacts);

/* Names are UTF-8 without NUL, not empty: the caller checks where bytes come
 * from outside. Appending is cheap in any order; artifacts_finish() sorts by
 * bytes and refuses a name that is there twice (EINVALID) or too many
 * (ELIMIT). Everything below artifacts_finish() needs a finished set. */
void artifacts_add(struct artifacts *set, const char *name, size_t len,
		   const uint8_t sha256[SHA256_SIZE]);
/* `canonical` is the canonical JSON of the digest map. */
void artifacts_add_other(struct artifacts *set, const char *name, size_t len,
			 const char *canonical, size_t canonical_len);
int artifacts_finish(struct artifacts *set, struct intoto_error *err);

struct artifact {
	const char *name; /* NUL-terminated, borrowed from the set */
	size_t len;
	const uint8_t *sha256; /* NULL if the digest set is another */
	const char *canonical; /* then its canonical JSON; else NULL */
};
size_t artifacts_count(const struct artifacts *set);
struct artifact artifacts_at(const struct artifacts *set, size_t index);
/* The index, or -1. */
ptrdiff_t artifacts_find(const struct artifacts *set, const char *name,
			 size_t len);
/* The same for names that are asked for in order: tries `*hint` first, and
 * leaves the place after what it found there. Start with 0. */
ptrdiff_t artifacts_find_next(const struct artifacts *set, const char *name,
			      size_t len, size_t *hint);
bool artifact_equal(const struct artifact *a, const struct artifact *b);
bool artifacts_equal(const struct artifacts *a, const struct artifacts *b);

/* "sha256 1234abcd..." or the canonical text, for messages. */
void artifact_describe(struct buffer *out, const struct artifact *artifact);

/* {"name":{"sha256":"..."},...}; compact: control characters escaped. */
void artifacts_append_canonical(struct buffer *out,
				const struct artifacts *set);
void artifacts_append_compact(struct buffer *out, const struct artifacts *set);

/* Read the object at the cursor; finished. */
int artifacts_scan(struct artifacts **out, struct scan *scan,
		   struct intoto_error *err);

#endif
