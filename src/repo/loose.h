/*
 * loose.h: loose objects by zlib, as a stream. libgit2 1.5 is not used for
 * them: it never returns from one that is cut short.
 */
#ifndef REPO_LOOSE_H
#define REPO_LOOSE_H

#include "repo/objects.h"

struct loose;

/*
 * The first folder that has a file of that name decides. ENOTFOUND if none
 * has, EINVALID if its header is none, EIO.
 */
int loose_open(struct loose **out, const struct repo *repo,
	       const struct oid *oid, struct intoto_error *err);
/* Is there a file of that name, whatever it holds? */
bool loose_exists(const struct repo *repo, const struct oid *oid);
void loose_free(struct loose *loose);
SCOPED_TYPE(loose);

enum object_type loose_type(const struct loose *loose);
size_t loose_size(const struct loose *loose);

/*
 * The next bytes of the content, at most `size`; *len is 0 at its end, and then
 * it had loose_size() bytes and nothing followed. EINVALID, EIO.
 */
int loose_read(size_t *len, struct loose *loose, void *data, size_t size,
	       struct intoto_error *err);

#endif
