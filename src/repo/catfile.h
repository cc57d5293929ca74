/*
 * catfile.h: objects by one `git cat-file --batch` child: whatever git itself
 * can read, in repositories that libgit2 cannot, such as those with SHA-256
 * ids. In a partial clone git then fetches what is missing, but never for a
 * server hook. A command waits for git as long as it takes, as git does itself
 * and a user can end it; a server hook, for which a push waits, gives up after
 * a minute without a byte.
 *
 * What the child says is not believed: an answer must be in its exact form and
 * name the object asked for, and the caller compares the bytes with the id.
 *
 * One handle belongs to one thread.
 */
#ifndef REPO_CATFILE_H
#define REPO_CATFILE_H

#include "repo/objects.h"

struct catfile;

/* Starts nothing yet; `repo` is borrowed and must outlive it. */
struct catfile *catfile_new(const struct repo *repo);
void catfile_free(struct catfile *catfile);
SCOPED_TYPE(catfile);

/* How long the child may say nothing; below 0: for ever. */
void catfile_set_patience(struct catfile *catfile, int milliseconds);

/*
 * What is left of the answer before is skipped. ENOTFOUND if git says that it
 * is missing and nothing here looks as if it were there; EINVALID if git cannot
 * read what is there; ECHILD if the child died or does not answer as git does:
 * the next call then starts another.
 */
int catfile_ask(enum object_type *type, size_t *size, struct catfile *catfile,
		const struct oid *oid, struct intoto_error *err);

/* The next bytes of the content, at most `size`; *len is 0 at its end, and then
 * it had as many as catfile_ask() said. ECHILD. */
int catfile_next(size_t *len, struct catfile *catfile, void *data, size_t size,
		 struct intoto_error *err);

#endif
