/* odb.c: which way leads to an object; contents compared with their ids. */
#include "repo/odb.h"

#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"
#include "repo/catfile.h"
#include "repo/loose.h"
#include "repo/packread.h"
#include "repo/packs.h"

#define CHUNK ((size_t)64 << 10)
#define HEADER_MAX 40 /* "commit 18446744073709551615" and NUL fit */

struct objects {
	const struct repo *repo;
	struct packs *packs;	    /* NULL: the ids are not libgit2's */
	struct catfile *git;	    /* NULL: what libgit2 lacks is missing */
	struct pack_reader *reader; /* NULL: no places are known */
	struct digest *ids;
	struct digest *sha256;
	char *chunk; /* CHUNK bytes */
};

/* Where the bytes of one object come from, a piece at a time: one of the three
 * is set. */
struct source {
	enum object_type type;
	size_t size;
	struct loose *loose;
	struct catfile *git; /* borrowed */
	struct packed packed;
	bool whole_given; /* packed.data is one piece */
};

static void source_release(struct source *source)
{
	loose_free(source->loose);
	packed_release(&source->packed);
}
SCOPED_RELEASE(source);

int objects_open(struct objects **out, const struct repo *repo,
		 struct intoto_error *err)
{
	scoped(objects) objects = xcalloc(1, sizeof(*objects));
	bool sha1 = repo->oid_size == OID_SHA1_SIZE;

	if (sha1 && packs_open(&objects->packs, repo, err) < 0)
		return -1;
	if (!sha1 || (repo->promisors.n > 0 && !repo->server))
		objects->git = catfile_new(repo);
	objects->repo = repo;
	objects->ids = digest_new(sha1 ? DIGEST_SHA1 : DIGEST_SHA256);
	objects->sha256 = digest_new(DIGEST_SHA256);
	objects->chunk = xmalloc(CHUNK);
	*out = take(objects);
	return 0;
}

void objects_free(struct objects *objects)
{
	if (!objects)
		return;
	packs_free(objects->packs);
	catfile_free(objects->git);
	pack_reader_free(objects->reader);
	digest_free(objects->ids);
	digest_free(objects->sha256);
	free(objects->chunk);
	free(objects);
}

static int fail_missing(const struct objects *objects, const struct oid *oid,
			struct intoto_error *err)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, oid);
	intoto_fail(err, INTOTO_ENOTFOUND, "object '%s' is missing", hex);
	if (objects->repo->promisors.n > 0)
		intoto_hint(err, "git fetch --refetch --no-filter");
	else if (objects->repo->shallow)
		intoto_hint(err, "git fetch --unshallow");
	return -1;
}

/* Neither way led to the object: say what is wrong with the one that is there,
 * if any is. */
static int fail_both(const struct objects *objects, const struct oid *oid,
		     const struct intoto_error *one,
		     const struct intoto_error *other, struct intoto_error *err)
{
	if (one->code == INTOTO_ENOTFOUND)
		one = other;
	if (one->code == INTOTO_ENOTFOUND)
		return fail_missing(objects, oid, err);
	if (err)
		*err = *one;
	return -1;
}

/* What precedes the content in the bytes that an id is the digest of. */
static void id_begin(struct objects *objects, enum object_type type,
		     size_t size)
{
	char header[HEADER_MAX];
	int len = snprintf(header, sizeof(header), "%s %zu",
			   object_type_name(type), size);

	digest_begin(objects->ids);
	digest_add(objects->ids, header, (size_t)len + 1);
}

static int id_end(struct objects *objects, const struct oid *oid,
		  struct intoto_error *err)
{
	uint8_t found[DIGEST_MAX_SIZE];
	char hex[OID_HEX_SIZE];

	digest_end(objects->ids, found);
	if (memcmp(found, oid->bytes, oid->size) == 0)
		return 0;
	oid_hex(hex, oid);
	return intoto_fail(err, INTOTO_EINVALID,
			   "object '%s' is corrupt: its bytes have another id",
			   hex);
}

static int fail_size(const struct oid *oid, size_t size, size_t max,
		     struct intoto_error *err)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, oid);
	return intoto_fail(err, INTOTO_ELIMIT,
			   "object '%s' has %zu bytes, more than %zu", hex,
			   size, max);
}

static int open_loose(struct source *out, struct objects *objects,
		      const struct oid *oid, struct intoto_error *err)
{
	if (loose_open(&out->loose, objects->repo, oid, err) < 0)
		return -1;
	out->type = loose_type(out->loose);
	out->size = loose_size(out->loose);
	return 0;
}

/* Not read at all where it is longer than `max`. */
static int open_by_libgit2(struct source *out, struct objects *objects,
			   const struct oid *oid, size_t max,
			   struct intoto_error *err)
{
	enum object_type type;
	size_t size;

	if (max < SIZE_MAX) {
		if (packs_stat(&type, &size, objects->packs, oid, err) < 0)
			return -1;
		if (size > max)
			return fail_size(oid, size, max, err);
	}
	if (packs_read(&out->packed, objects->packs, oid, err) < 0)
		return -1;
	out->type = out->packed.type;
	out->size = out->packed.size;
	return 0;
}

static int open_by_git(struct source *out, struct objects *objects,
		       const struct oid *oid, struct intoto_error *err)
{
	if (catfile_ask(&out->type, &out->size, objects->git, oid, err) < 0)
		return -1;
	out->git = objects->git;
	return 0;
}

/* In whatever git has, but for loose objects. */
static int open_packed(struct source *out, struct objects *objects,
		       const struct oid *oid, size_t max,
		       struct intoto_error *err)
{
	if (objects->packs) {
		int status = open_by_libgit2(out, objects, oid, max, err);

		if (status == 0 || !objects->git ||
		    err->code != INTOTO_ENOTFOUND)
			return status;
	}
	return open_by_git(out, objects, oid, err);
}

/* The next piece, valid until the next call; *len is 0 at the end. */
static int source_next(const void **data, size_t *len, struct source *source,
		       struct objects *objects, struct intoto_error *err)
{
	*data = objects->chunk;
	if (source->loose)
		return loose_read(len, source->loose, objects->chunk, CHUNK,
				  err);
	if (source->git)
		return catfile_next(len, source->git, objects->chunk, CHUNK,
				    err);
	*data = source->packed.data;
	*len = source->whole_given ? 0 : source->size;
	source->whole_given = true;
	return 0;
}

static int stat_packed(enum object_type *type, size_t *size,
		       struct objects *objects, const struct oid *oid,
		       struct intoto_error *err)
{
	if (objects->packs) {
		int status = packs_stat(type, size, objects->packs, oid, err);

		if (status == 0 || !objects->git ||
		    err->code != INTOTO_ENOTFOUND)
			return status;
	}
	return catfile_ask(type, size, objects->git, oid, err);
}

int objects_stat(enum object_type *type, size_t *size, struct objects *objects,
		 const struct oid *oid, struct intoto_error *err)
{
	struct intoto_error loose_err;
	struct intoto_error pack_err;
	scoped_value(source) loose = { 0 };

	if (open_loose(&loose, objects, oid, &loose_err) == 0) {
		*type = loose.type;
		*size = loose.size;
		return 0;
	}
	if (stat_packed(type, size, objects, oid, &pack_err) == 0)
		return 0;
	return fail_both(objects, oid, &loose_err, &pack_err, err);
}

static int read_source(struct buffer *out, enum object_type *type,
		       struct source *source, struct objects *objects,
		       const struct oid *oid, size_t max,
		       struct intoto_error *err)
{
	scoped_value(buffer) content = BUFFER_MAX(out->max);
	const void *data;
	size_t len;

	if (source->size > max)
		return fail_size(oid, source->size, max, err);
	id_begin(objects, source->type, source->size);
	do {
		if (source_next(&data, &len, source, objects, err) < 0)
			return -1;
		digest_add(objects->ids, data, len);
		buffer_add(&content, data, len);
	} while (len > 0);
	if (id_end(objects, oid, err) < 0 ||
	    buffer_check(&content, "object", err) < 0)
		return -1;
	buffer_add(out, content.data, content.len);
	*type = source->type;
	return buffer_check(out, "object", err);
}

int objects_read(struct buffer *out, enum object_type *type,
		 struct objects *objects, const struct oid *oid, size_t max,
		 struct intoto_error *err)
{
	struct intoto_error loose_err;
	struct intoto_error pack_err;
	scoped_value(source) loose = { 0 };
	scoped_value(source) packed = { 0 };

	if (open_loose(&loose, objects, oid, &loose_err) == 0 &&
	    read_source(out, type, &loose, objects, oid, max, &loose_err) == 0)
		return 0;
	if (open_packed(&packed, objects, oid, max, &pack_err) == 0 &&
	    read_source(out, type, &packed, objects, oid, max, &pack_err) == 0)
		return 0;
	return fail_both(objects, oid, &loose_err, &pack_err, err);
}

static int hash_source(struct source *source, struct objects *objects,
		       const struct oid *oid, bool check,
		       struct intoto_error *err)
{
	char hex[OID_HEX_SIZE];
	const void *data;
	size_t len;

	if (source->type != OBJECT_BLOB) {
		oid_hex(hex, oid);
		return intoto_fail(err, INTOTO_EINVALID,
				   "object '%s' is no blob", hex);
	}
	digest_begin(objects->sha256);
	if (check)
		id_begin(objects, OBJECT_BLOB, source->size);
	do {
		if (source_next(&data, &len, source, objects, err) < 0)
			return -1;
		digest_add(objects->sha256, data, len);
		if (check)
			digest_add(objects->ids, data, len);
	} while (len > 0);
	return check ? id_end(objects, oid, err) : 0;
}

void objects_use_packs(struct objects *objects, const struct strlist *packs,
		       size_t cache_max)
{
	pack_reader_free(objects->reader);
	objects->reader = pack_reader_new(packs, cache_max);
}

/* 1: hashed, 0: another way may lead to it, -1: none should be tried. */
static int hash_place(struct objects *objects, const struct pack_place *place,
		      bool check, struct intoto_error *err)
{
	struct source source = { .type = OBJECT_BLOB };
	char hex[OID_HEX_SIZE];

	if (!objects->reader || place->pack == PACK_NONE)
		return 0;
	switch (pack_reader_blob(&source.packed.data, &source.size,
				 objects->reader, place)) {
	case PACK_READ:
		return hash_source(&source, objects, place->oid, check, err) ==
		       0;
	case PACK_OUTSIDE:
		/* libgit2 would read there, and crash. */
		oid_hex(hex, place->oid);
		return intoto_fail(err, INTOTO_EINVALID,
				   "object '%s' cannot be read: a pack index "
				   "places it outside of its pack",
				   hex);
	case PACK_UNUSUAL:
		break;
	}
	return 0;
}

static int hash_loose(struct objects *objects, const struct oid *oid,
		      bool check, struct intoto_error *err)
{
	scoped_value(source) source = { 0 };

	if (open_loose(&source, objects, oid, err) < 0)
		return -1;
	return hash_source(&source, objects, oid, check, err);
}

static int hash_packed(struct objects *objects, const struct oid *oid,
		       bool check, struct intoto_error *err)
{
	scoped_value(source) source = { 0 };

	if (open_packed(&source, objects, oid, SIZE_MAX, err) < 0)
		return -1;
	return hash_source(&source, objects, oid, check, err);
}

typedef int hash_function(struct objects *objects, const struct oid *oid,
			  bool check, struct intoto_error *err);

static int hash_anywhere(struct objects *objects,
			 const struct pack_place *place, bool check,
			 struct intoto_error *err)
{
	bool packed = place->pack != PACK_NONE;
	hash_function *first = packed ? hash_packed : hash_loose;
	hash_function *second = packed ? hash_loose : hash_packed;
	struct intoto_error first_err;
	struct intoto_error second_err;

	if (first(objects, place->oid, check, &first_err) == 0 ||
	    second(objects, place->oid, check, &second_err) == 0)
		return 0;
	return fail_both(objects, place->oid, &first_err, &second_err, err);
}

int objects_hash(uint8_t out[SHA256_SIZE], struct objects *objects,
		 const struct pack_place *place, bool check,
		 struct intoto_error *err)
{
	uint8_t sum[DIGEST_MAX_SIZE];
	int status = hash_place(objects, place, check, err);

	if (status < 0 ||
	    (status == 0 && hash_anywhere(objects, place, check, err) < 0))
		return -1;
	digest_end(objects->sha256, sum);
	memcpy(out, sum, SHA256_SIZE);
	return 0;
}

int objects_write(struct oid *out, struct objects *objects,
		  enum object_type type, const void *data, size_t len,
		  struct intoto_error *err)
{
	return packs_write(out, objects->packs, type, data, len, err);
}
