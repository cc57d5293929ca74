/* packs.c: packed objects by libgit2. */
#include "repo/packs.h"

#include <pthread.h>
#include <string.h>

#include <git2.h>
#include <git2/sys/odb_backend.h>

#include "base/xalloc.h"

struct packs {
	const struct repo *repo;
	git_odb *reader;
	git_odb *writer; /* NULL until something is written */
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

static int fail_read(int status, const struct oid *oid,
		     struct intoto_error *err)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, oid);
	if (status != GIT_ENOTFOUND)
		return intoto_fail(err, INTOTO_EINVALID,
				   "object '%s' cannot be read: %s", hex,
				   library_error());
	return intoto_fail(err, INTOTO_ENOTFOUND, "object '%s' is missing",
			   hex);
}

static int add_dir(struct packs *packs, const char *dir,
		   struct intoto_error *err)
{
	git_odb_backend *backend = NULL;

	if (git_odb_backend_pack(&backend, dir) == 0) {
		if (git_odb_add_backend(packs->reader, backend, 1) == 0)
			return 0;
		backend->free(backend);
	}
	return intoto_fail(err, INTOTO_EIO, "cannot open the packs in '%s': %s",
			   dir, library_error());
}

int packs_open(struct packs **out, const struct repo *repo,
	       struct intoto_error *err)
{
	scoped(packs) packs = xcalloc(1, sizeof(*packs));

	pthread_once(&library_once, library_init);
	if (library_status < 0 || git_odb_new(&packs->reader) < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot start libgit2: %s",
				   library_error());
	packs->repo = repo;
	if (add_dir(packs, repo->object_dir, err) < 0)
		return -1;
	for (size_t i = 0; i < repo->object_dirs.n; i++)
		if (add_dir(packs, repo->object_dirs.items[i], err) < 0)
			return -1;
	*out = take(packs);
	return 0;
}

void packs_free(struct packs *packs)
{
	if (!packs)
		return;
	git_odb_free(packs->reader);
	git_odb_free(packs->writer);
	free(packs);
}

int packs_stat(enum object_type *type, size_t *size, struct packs *packs,
	       const struct oid *oid, struct intoto_error *err)
{
	git_oid id = to_git(oid);
	git_object_t found;
	size_t len;
	int status = git_odb_read_header(&len, &found, packs->reader, &id);

	if (status < 0)
		return fail_read(status, oid, err);
	if (to_type(type, found, oid, err) < 0)
		return -1;
	*size = len;
	return 0;
}

void packed_release(struct packed *packed)
{
	git_odb_object_free(packed->held);
}

int packs_read(struct packed *out, struct packs *packs, const struct oid *oid,
	       struct intoto_error *err)
{
	scoped_value(packed) packed = { 0 };
	git_oid id = to_git(oid);
	git_odb_object *object = NULL;
	int status = git_odb_read(&object, packs->reader, &id);

	if (status < 0)
		return fail_read(status, oid, err);
	packed.held = object;
	if (to_type(&packed.type, git_odb_object_type(object), oid, err) < 0)
		return -1;
	packed.data = git_odb_object_data(object);
	packed.size = git_odb_object_size(object);
	*out = packed;
	packed.held = NULL;
	return 0;
}

static int writer_open(struct packs *packs)
{
	git_odb_backend *backend = NULL;

	if (packs->writer)
		return 0;
	if (git_odb_new(&packs->writer) < 0)
		return -1;
	if (git_odb_backend_loose(&backend, packs->repo->object_dir, -1, 1, 0,
				  0) == 0) {
		if (git_odb_add_backend(packs->writer, backend, 1) == 0)
			return 0;
		backend->free(backend);
	}
	git_odb_free(packs->writer);
	packs->writer = NULL;
	return -1;
}

int packs_write(struct oid *out, struct packs *packs, enum object_type type,
		const void *data, size_t len, struct intoto_error *err)
{
	git_oid id;

	if (writer_open(packs) < 0 ||
	    git_odb_write(&id, packs->writer, len ? data : "", len,
			  (git_object_t)type) < 0)
		return intoto_fail(err, INTOTO_EIO,
				   "cannot write an object: %s",
				   library_error());
	*out = (struct oid){ .size = sizeof(id.id) };
	memcpy(out->bytes, id.id, sizeof(id.id));
	return 0;
}
