/* odb.c: the object database, packs by libgit2; contents compared with ids. */
#include "repo/odb.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <git2.h>
#include <git2/sys/odb_backend.h>

#include "base/xalloc.h"
#include "repo/config.h"
#include "repo/loose.h"
#include "repo/packread.h"

#define CHUNK ((size_t)64 << 10)
#define HEADER_MAX 40 /* "commit 18446744073709551615" and NUL fit */

struct objects {
	const struct repo *repo;
	git_odb *packs;
	git_odb *writer;	    /* NULL until something is written */
	struct pack_reader *reader; /* NULL: no places are known */
	struct digest *sha1;
	struct digest *sha256;
	char *chunk;  /* CHUNK bytes for loose objects */
	bool partial; /* a promisor remote has what is missing here */
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static int library_status;

/* Once a process, because libgit2's settings belong to the process. It is not
 * called before an object is needed: Debian's libgit2 parses all of the
 * system's CA certificates here. */
static void library_init(void)
{
	library_status = git_libgit2_init();
	if (library_status < 0)
		return;
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
}

static const char *library_error(void)
{
	const git_error *error = git_error_last();

	return error && error->message ? error->message : "unknown error";
}

static git_oid to_git(const struct oid *oid)
{
	git_oid id;

	memcpy(id.id, oid->bytes, sizeof(id.id));
	return id;
}

/* libgit2 numbers the types as we do: both are git's own numbers. */
static int to_type(enum object_type *out, git_object_t type,
		   const struct oid *oid, struct intoto_error *err)
{
	char hex[OID_HEX_SIZE];

	if (type >= GIT_OBJECT_COMMIT && type <= GIT_OBJECT_TAG) {
		*out = (enum object_type)type;
		return 0;
	}
	oid_hex(hex, oid);
	return intoto_fail(err, INTOTO_EINVALID,
			   "object '%s' is of an unknown type", hex);
}

static int fail_read(const struct objects *objects, int status,
		     const struct oid *oid, struct intoto_error *err)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, oid);
	if (status != GIT_ENOTFOUND)
		return intoto_fail(err, INTOTO_EINVALID,
				   "object '%s' cannot be read: %s", hex,
				   library_error());
	intoto_fail(err, INTOTO_ENOTFOUND, "object '%s' is missing", hex);
	if (objects->partial)
		intoto_hint(err, "git fetch --refetch --no-filter");
	else if (objects->repo->shallow)
		intoto_hint(err, "git fetch --unshallow");
	return -1;
}

static bool repo_is_partial(const struct repo *repo)
{
	scoped_value(strlist) remotes = STRLIST_INIT;

	if (config_get(repo, "extensions.partialclone"))
		return true;
	config_subsections(&remotes, repo, "remote");
	for (size_t i = 0; i < remotes.n; i++) {
		scoped_text name =
			xasprintf("remote.%s.promisor", remotes.items[i]);

		if (config_get(repo, name))
			return true;
	}
	return false;
}

static int add_packs(struct objects *objects, const char *dir,
		     struct intoto_error *err)
{
	git_odb_backend *backend = NULL;

	if (git_odb_backend_pack(&backend, dir) == 0) {
		if (git_odb_add_backend(objects->packs, backend, 1) == 0)
			return 0;
		backend->free(backend);
	}
	return intoto_fail(err, INTOTO_EIO, "cannot open the packs in '%s': %s",
			   dir, library_error());
}

int objects_open(struct objects **out, const struct repo *repo,
		 struct intoto_error *err)
{
	scoped(objects) objects = xcalloc(1, sizeof(*objects));

	pthread_once(&library_once, library_init);
	if (library_status < 0 || git_odb_new(&objects->packs) < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot start libgit2: %s",
				   library_error());
	objects->repo = repo;
	objects->sha1 = digest_new(DIGEST_SHA1);
	objects->sha256 = digest_new(DIGEST_SHA256);
	objects->chunk = xmalloc(CHUNK);
	objects->partial = repo_is_partial(repo);
	if (add_packs(objects, repo->object_dir, err) < 0)
		return -1;
	for (size_t i = 0; i < repo->object_dirs.n; i++)
		if (add_packs(objects, repo->object_dirs.items[i], err) < 0)
			return -1;
	*out = take(objects);
	return 0;
}

void objects_free(struct objects *objects)
{
	if (!objects)
		return;
	git_odb_free(objects->packs);
	git_odb_free(objects->writer);
	pack_reader_free(objects->reader);
	digest_free(objects->sha1);
	digest_free(objects->sha256);
	free(objects->chunk);
	free(objects);
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
		return fail_read(objects, GIT_ENOTFOUND, oid, err);
	if (err)
		*err = *one;
	return -1;
}

/* What precedes the content in the bytes that an id is the SHA-1 of. */
static void id_begin(struct objects *objects, enum object_type type,
		     size_t size)
{
	char header[HEADER_MAX];
	int len = snprintf(header, sizeof(header), "%s %zu",
			   object_type_name(type), size);

	digest_begin(objects->sha1);
	digest_add(objects->sha1, header, (size_t)len + 1);
}

static int id_end(struct objects *objects, const struct oid *oid,
		  struct intoto_error *err)
{
	uint8_t found[DIGEST_MAX_SIZE];
	char hex[OID_HEX_SIZE];

	digest_end(objects->sha1, found);
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

static int stat_packed(enum object_type *type, size_t *size,
		       struct objects *objects, const struct oid *oid,
		       struct intoto_error *err)
{
	git_oid id = to_git(oid);
	git_object_t found;
	size_t len;
	int status = git_odb_read_header(&len, &found, objects->packs, &id);

	if (status < 0)
		return fail_read(objects, status, oid, err);
	if (to_type(type, found, oid, err) < 0)
		return -1;
	*size = len;
	return 0;
}

int objects_stat(enum object_type *type, size_t *size, struct objects *objects,
		 const struct oid *oid, struct intoto_error *err)
{
	struct intoto_error loose_err;
	struct intoto_error pack_err;
	scoped(loose) loose = NULL;

	if (loose_open(&loose, objects->repo, oid, &loose_err) == 0) {
		*type = loose_type(loose);
		*size = loose_size(loose);
		return 0;
	}
	if (stat_packed(type, size, objects, oid, &pack_err) == 0)
		return 0;
	return fail_both(objects, oid, &loose_err, &pack_err, err);
}

static int read_loose(struct buffer *out, enum object_type *type,
		      struct objects *objects, const struct oid *oid,
		      size_t max, struct intoto_error *err)
{
	scoped(loose) loose = NULL;
	scoped_value(buffer) content = BUFFER_MAX(out->max);
	size_t len;

	if (loose_open(&loose, objects->repo, oid, err) < 0)
		return -1;
	if (loose_size(loose) > max)
		return fail_size(oid, loose_size(loose), max, err);
	id_begin(objects, loose_type(loose), loose_size(loose));
	do {
		if (loose_read(&len, loose, objects->chunk, CHUNK, err) < 0)
			return -1;
		digest_add(objects->sha1, objects->chunk, len);
		buffer_add(&content, objects->chunk, len);
	} while (len > 0);
	if (id_end(objects, oid, err) < 0 ||
	    buffer_check(&content, "object", err) < 0)
		return -1;
	buffer_add(out, content.data, content.len);
	*type = loose_type(loose);
	return buffer_check(out, "object", err);
}

static int use_packed(struct buffer *out, enum object_type *type,
		      struct objects *objects, const struct oid *oid,
		      git_odb_object *object, struct intoto_error *err)
{
	const void *data = git_odb_object_data(object);
	size_t size = git_odb_object_size(object);
	enum object_type found = OBJECT_BLOB;

	if (to_type(&found, git_odb_object_type(object), oid, err) < 0)
		return -1;
	id_begin(objects, found, size);
	digest_add(objects->sha1, data, size);
	if (id_end(objects, oid, err) < 0)
		return -1;
	buffer_add(out, data, size);
	*type = found;
	return buffer_check(out, "object", err);
}

static int read_packed(struct buffer *out, enum object_type *type,
		       struct objects *objects, const struct oid *oid,
		       size_t max, struct intoto_error *err)
{
	git_oid id = to_git(oid);
	git_odb_object *object = NULL;
	size_t size;
	int status;

	if (stat_packed(type, &size, objects, oid, err) < 0)
		return -1;
	if (size > max)
		return fail_size(oid, size, max, err);
	status = git_odb_read(&object, objects->packs, &id);
	if (status < 0)
		return fail_read(objects, status, oid, err);
	status = use_packed(out, type, objects, oid, object, err);
	git_odb_object_free(object);
	return status;
}

int objects_read(struct buffer *out, enum object_type *type,
		 struct objects *objects, const struct oid *oid, size_t max,
		 struct intoto_error *err)
{
	struct intoto_error loose_err;
	struct intoto_error pack_err;

	if (read_loose(out, type, objects, oid, max, &loose_err) == 0 ||
	    read_packed(out, type, objects, oid, max, &pack_err) == 0)
		return 0;
	return fail_both(objects, oid, &loose_err, &pack_err, err);
}

static int fail_no_blob(const struct oid *oid, struct intoto_error *err)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, oid);
	return intoto_fail(err, INTOTO_EINVALID, "object '%s' is no blob", hex);
}

static int hash_loose(struct objects *objects, const struct oid *oid,
		      bool check, struct intoto_error *err)
{
	scoped(loose) loose = NULL;
	size_t len;

	if (loose_open(&loose, objects->repo, oid, err) < 0)
		return -1;
	if (loose_type(loose) != OBJECT_BLOB)
		return fail_no_blob(oid, err);
	digest_begin(objects->sha256);
	if (check)
		id_begin(objects, OBJECT_BLOB, loose_size(loose));
	do {
		if (loose_read(&len, loose, objects->chunk, CHUNK, err) < 0)
			return -1;
		digest_add(objects->sha256, objects->chunk, len);
		if (check)
			digest_add(objects->sha1, objects->chunk, len);
	} while (len > 0);
	return check ? id_end(objects, oid, err) : 0;
}

static int hash_bytes(struct objects *objects, const struct oid *oid,
		      const void *data, size_t size, bool check,
		      struct intoto_error *err)
{
	digest_begin(objects->sha256);
	digest_add(objects->sha256, data, size);
	if (!check)
		return 0;
	id_begin(objects, OBJECT_BLOB, size);
	digest_add(objects->sha1, data, size);
	return id_end(objects, oid, err);
}

static int hash_packed(struct objects *objects, const struct oid *oid,
		       bool check, struct intoto_error *err)
{
	git_oid id = to_git(oid);
	git_odb_object *object = NULL;
	int status = git_odb_read(&object, objects->packs, &id);

	if (status < 0)
		return fail_read(objects, status, oid, err);
	if (git_odb_object_type(object) == GIT_OBJECT_BLOB)
		status = hash_bytes(objects, oid, git_odb_object_data(object),
				    git_odb_object_size(object), check, err);
	else
		status = fail_no_blob(oid, err);
	git_odb_object_free(object);
	return status;
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
	const void *data;
	size_t size;
	char hex[OID_HEX_SIZE];

	if (!objects->reader || place->pack == PACK_NONE)
		return 0;
	switch (pack_reader_blob(&data, &size, objects->reader, place)) {
	case PACK_READ:
		return hash_bytes(objects, place->oid, data, size, check,
				  err) == 0;
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

/* Only loose objects, synced to disk before they get their names. */
static int writer_open(struct objects *objects)
{
	git_odb_backend *backend = NULL;

	if (objects->writer)
		return 0;
	if (git_odb_new(&objects->writer) < 0)
		return -1;
	if (git_odb_backend_loose(&backend, objects->repo->object_dir, -1, 1, 0,
				  0) == 0) {
		if (git_odb_add_backend(objects->writer, backend, 1) == 0)
			return 0;
		backend->free(backend);
	}
	git_odb_free(objects->writer);
	objects->writer = NULL;
	return -1;
}

int objects_write(struct oid *out, struct objects *objects,
		  enum object_type type, const void *data, size_t len,
		  struct intoto_error *err)
{
	git_oid id;

	if (writer_open(objects) < 0 ||
	    git_odb_write(&id, objects->writer, len ? data : "", len,
			  (git_object_t)type) < 0)
		return intoto_fail(err, INTOTO_EIO,
				   "cannot write an object: %s",
				   library_error());
	*out = oid_null();
	memcpy(out->bytes, id.id, sizeof(id.id));
	return 0;
}
