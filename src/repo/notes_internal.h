/*
 * notes_internal.h: notes trees and the text of notes; for notes*.c only.
 */
#ifndef REPO_NOTES_INTERNAL_H
#define REPO_NOTES_INTERNAL_H

#include "repo/notes.h"

/* notes_tree.c: the blob of one note, without looking at unrelated entries;
 * `*found` is false if there is none. */
int notes_tree_find(bool *found, struct oid *blob, struct repo *repo,
		    const struct oid *tree, const struct oid *key,
		    struct intoto_error *err);

/* Every note of a tree, sorted by key; strict. */
int notes_tree_read(struct note_entries *out, struct repo *repo,
		    const struct oid *tree, struct intoto_error *err);

/* The entry of a key, or NULL. */
struct note_entry *notes_tree_entry(struct note_entries *entries,
				    const struct oid *key);

/* Replace or insert; a new key goes as deep as its nearest neighbour. */
void notes_tree_set(struct note_entries *entries, const struct oid *key,
		    const struct oid *blob);

/* Write the trees; entries are as deep as they say, but a flat tree of 64 gets
 * one level of folders. */
int notes_tree_write(struct oid *out, struct repo *repo,
		     const struct note_entries *entries,
		     struct intoto_error *err);

/* notes.c: NULL, or what is wrong with a line. */
const char *note_line_problem(const char *text, size_t len);

/* Sorted by bytes, each line once. */
void note_sort(struct note *note);

/* Append the text of a note blob to `out`, as note_split() has it. */
int note_read_blob(struct note *out, struct repo *repo, const struct oid *blob,
		   size_t max_line, struct intoto_error *err);

/* A blob with the lines, each with its LF. */
int note_write_blob(struct oid *out, struct repo *repo, const struct note *note,
		    struct intoto_error *err);

#endif
