/* objects.c: read and write single objects, whatever holds them. */
#include "repo/objects.h"

#include <string.h>

#include "repo/config.h"
#include "repo/git.h"
#include "repo/odb.h"

const char *object_type_name(enum object_type type)
{
	switch (type) {
	case OBJECT_COMMIT:
		return "commit";
	case OBJECT_TREE:
		return "tree";
	case OBJECT_BLOB:
		return "blob";
	case OBJECT_TAG:
		return "tag";
	}
	return "unknown";
}

/* The handle of the thread that owns `repo`. */
static struct objects *repo_objects(struct repo *repo, const struct oid *oid,
				    struct intoto_error *err)
{
	if (oid && oid->size != repo->oid_size) {
		intoto_fail(err, INTOTO_EINVALID,
			    "an object id of %u bytes is none of this "
			    "repository",
			    oid->size);
		return NULL;
	}
	if (!repo->objects && objects_open(&repo->objects, repo, err) < 0)
		return NULL;
	return repo->objects;
}

int object_read(struct buffer *out, enum object_type *type, struct repo *repo,
		const struct oid *oid, size_t max, struct intoto_error *err)
{
	struct objects *objects = repo_objects(repo, oid, err);

	if (!objects)
		return -1;
	return objects_read(out, type, objects, oid, max, err);
}

int object_read_as(struct buffer *out, struct repo *repo, const struct oid *oid,
		   enum object_type type, size_t max, struct intoto_error *err)
{
	scoped_value(buffer) content = BUFFER_MAX(out->max);
	enum object_type found;
	char hex[OID_HEX_SIZE];

	if (object_read(&content, &found, repo, oid, max, err) < 0)
		return -1;
	if (found != type) {
		oid_hex(hex, oid);
		return intoto_fail(err, INTOTO_EINVALID,
				   "object '%s' is a %s, not a %s", hex,
				   object_type_name(found),
				   object_type_name(type));
	}
	if (out->len == 0) {
		struct buffer old = *out;

		*out = content;
		content = old;
		return 0;
	}
	buffer_add(out, content.data, content.len);
	return buffer_check(out, "object", err);
}

int object_stat(enum object_type *type, size_t *size, struct repo *repo,
		const struct oid *oid, struct intoto_error *err)
{
	struct objects *objects = repo_objects(repo, oid, err);

	if (!objects)
		return -1;
	return objects_stat(type, size, objects, oid, err);
}

/* libgit2 writes neither SHA-256 ids nor the second ids of a repository that
 * has both; one that several users share needs git's care for permissions. */
static bool git_must_write(const struct repo *repo)
{
	const char *shared = config_get(repo, "core.sharedrepository");

	if (repo->oid_size != OID_SHA1_SIZE ||
	    config_get(repo, "extensions.compatobjectformat"))
		return true;
	return shared && strcmp(shared, "umask") != 0 &&
	       strcmp(shared, "false") != 0 && strcmp(shared, "0") != 0;
}

static int write_by_git(struct oid *out, struct repo *repo,
			enum object_type type, const void *data, size_t len,
			struct intoto_error *err)
{
	const char *const args[] = {
		"-c", "core.fsync=objects",   "hash-object", "-w", "--stdin",
		"-t", object_type_name(type), NULL
	};
	scoped_value(process_result) result = { 0 };

	if (git_feed(&result, repo, args, data, len, err) < 0)
		return -1;
	if (result.status != 0 || result.out.len == 0 ||
	    !oid_parse(out, result.out.data, result.out.len - 1))
		return git_fail(err, &result, "write an object");
	return 0;
}

int object_write(struct oid *out, struct repo *repo, enum object_type type,
		 const void *data, size_t len, struct intoto_error *err)
{
	struct objects *objects;

	if (repo->server)
		return intoto_fail(err, INTOTO_EIO,
				   "a server hook writes no objects");
	if (git_must_write(repo))
		return write_by_git(out, repo, type, data, len, err);
	objects = repo_objects(repo, NULL, err);
	if (!objects)
		return -1;
	return objects_write(out, objects, type, data, len, err);
}

static int fail_tree(struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID, "malformed tree");
}

/* Octal digits up to a space; *at is moved behind it. */
static bool tree_mode(unsigned *out, struct tree_cursor *cursor, size_t *at)
{
	unsigned mode = 0;
	size_t i = *at;

	for (; i < cursor->len && i < *at + 6; i++) {
		char c = cursor->data[i];

		if (c < '0' || c > '7')
			break;
		mode = mode * 8 + (unsigned)(c - '0');
	}
	if (i == *at || i >= cursor->len || cursor->data[i] != ' ')
		return false;
	*at = i + 1;
	*out = mode;
	return true;
}

int tree_next(struct tree_item *item, struct tree_cursor *cursor,
	      struct intoto_error *err)
{
	size_t at = cursor->at;
	struct tree_item found = { 0 };
	const char *end;

	if (at >= cursor->len)
		return 0;
	if (!tree_mode(&found.mode, cursor, &at))
		return fail_tree(err);
	found.name = cursor->data + at;
	end = memchr(found.name, '\0', cursor->len - at);
	if (!end || end == found.name)
		return fail_tree(err);
	found.name_len = (size_t)(end - found.name);
	at += found.name_len + 1;
	if (cursor->len - at < cursor->oid_size)
		return fail_tree(err);
	found.oid.size = cursor->oid_size;
	memcpy(found.oid.bytes, cursor->data + at, cursor->oid_size);
	cursor->at = at + cursor->oid_size;
	*item = found;
	return 1;
}
