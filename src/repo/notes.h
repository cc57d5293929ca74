/*
 * notes.h: the store under refs/notes/in-toto/ (Documentation/technical/
 * notes-format.adoc): JSON Lines in notes on objects, a grow-only set.
 *
 * Read strictly: only regular-file entries with lower-case hex names of the
 * right length count; an entry that, case folded, is the key looked for and is
 * something else, or a key that is there twice (flat and fanned), is EREJECTED
 * "notes-tree".
 */
#ifndef REPO_NOTES_H
#define REPO_NOTES_H

#include "repo/objects.h"
#include "repo/refs.h"

#define NOTES_PREFIX "refs/notes/in-toto/"
#define NOTES_TRACKING_PREFIX "refs/in-toto-remotes/"
#define NOTE_MAX ((size_t)256 << 20)
#define NOTE_LINES_MAX 10000

/* refs/notes/in-toto/links/<xx> for an annotated object; to be freed. */
char *notes_links_ref(const struct oid *annotated);
char *notes_layout_ref(const char *name);
/* Layout names: [A-Za-z0-9][A-Za-z0-9._-]{0,63}, valid in a ref. */
bool notes_layout_name_ok(const char *name);

struct oid notes_empty_tree(const struct repo *repo);

/* One line, LF cut off. */
struct note_line {
	char *text;
	size_t len;
	const char *problem; /* NULL, or why it must not be counted: it breaks
				the line format; static text */
};
struct note {
	struct note_line *lines; /* sorted by bytes, unique */
	size_t n;
	size_t alloc;
};
void note_release(struct note *note);
SCOPED_RELEASE(note);

/* The lines of one note in one notes commit (or tree); an absent note is
 * empty, exit 0. */
int note_read_commit(struct note *out, struct repo *repo,
		     const struct oid *commit, const struct oid *key,
		     size_t max_line, struct intoto_error *err);

/* Add to `note` the lines that it lacks. */
void note_union(struct note *note, const struct note *other);

/*
 * The union over `ref` here and below every refs/in-toto-remotes/<remote>/ of
 * the note on `key`. `ref` starts with refs/notes/in-toto/.
 */
int note_read(struct note *out, struct repo *repo, const char *ref,
	      const struct oid *key, struct intoto_error *err);

/* The refs that hold `ref`: itself and the tracking refs, those that exist. */
int notes_tips(struct refs *out, struct repo *repo, const char *ref,
	       struct intoto_error *err);

/*
 * Prepare `ref` with `lines` added to the note on `key` (the set only grows):
 * starts from the union of the local ref and the tracking refs (fast-forward
 * where one contains the others, else a commit with all tips as parents and the
 * union of all notes), appends, writes blob, trees (the fan-out is kept as
 * found; a flat tree gets one level when it has 64 entries) and commit. Nothing
 * is published: put the result into refs_transaction(). `update->name` is `ref`
 * (borrowed). With lines already there and the ref up to date old equals new.
 *
 * EREJECTED "notes-tree" if a tip's tree holds what is no note, rather than
 * dropping it; EINVALID for a line that breaks the line format; ELIMIT.
 */
int notes_prepare(struct ref_update *update, struct repo *repo, const char *ref,
		  const struct oid *key, const struct strlist *lines,
		  const char *message, struct intoto_error *err);

/*
 * The union of whole notes refs: a commit whose every note has the lines of
 * that note in all `commits` (null ones are left out), as `git notes merge -s
 * cat_sort_uniq` makes it from refs that only grew. One of them if it contains
 * the others, null if there is none; else a new commit whose parents are those
 * that no other contains, in the order given. The tree does not depend on the
 * order. Errors as in notes_prepare().
 */
int notes_merge(struct oid *out, struct repo *repo, const struct oid *commits,
		size_t n, const char *message, struct intoto_error *err);

/* As notes_prepare() for a layout or root ref: the tree has this one note, the
 * commit one parent. `parent` null (or NULL): a first commit. EINVALID if the
 * ref as it is here is no ancestor of `parent`. */
int notes_prepare_replace(struct ref_update *update, struct repo *repo,
			  const char *ref, const struct oid *parent,
			  const struct oid *key, const char *content,
			  size_t len, const char *message,
			  struct intoto_error *err);

/* Every (key, blob) of a notes tree, sorted by key; strict: any entry that is
 * no note is EREJECTED "notes-tree". For servers and listings. */
struct note_entry {
	struct oid key;
	struct oid blob;
	unsigned depth; /* folders above it in the tree */
	unsigned mode;	/* as read: any regular file's */
};
struct note_entries {
	struct note_entry *items;
	size_t n;
	size_t alloc;
};
void note_entries_release(struct note_entries *entries);
SCOPED_RELEASE(note_entries);
int notes_entries(struct note_entries *out, struct repo *repo,
		  const struct oid *commit, struct intoto_error *err);

/* Split and check the text of a note; lines in the order they have, without
 * empty ones. `sorted` (may be NULL) tells whether they are sorted, unique,
 * LF-terminated and none is empty. ELIMIT over the bounds. */
int note_split(struct note *out, bool *sorted, const char *text, size_t len,
	       size_t max_line, struct intoto_error *err);

#endif
