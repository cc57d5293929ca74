/* notes_tools.h: for tests: notes that are written and read back. */
#ifndef UNIT_NOTES_TOOLS_H
#define UNIT_NOTES_TOOLS_H

#include "git_tools.h"

#include "repo/notes.h"
#include "repo/refs.h"

#define REF "refs/notes/in-toto/links/ab"
#define KEY "1234567890123456789012345678901234567aab"
#define LINE_MAX_SIZE ((size_t)1 << 20)

static inline struct oid key_oid(void)
{
	struct oid oid;

	cr_assert(oid_parse(&oid, KEY, strlen(KEY)));
	return oid;
}

/* The lines of a note, LF-terminated, to be freed. */
static inline char *note_text(const struct note *note)
{
	struct buffer out = BUFFER_INIT;

	for (size_t i = 0; i < note->n; i++)
		buffer_printf(&out, "%s\n", note->lines[i].text);
	return buffer_take(&out);
}

static inline void publish(struct repo *repo, const struct ref_update *update)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(refs_transaction(repo, update, 1, "in-toto: add", &err), 0,
		     "%s", err.message);
}

/* Add one line to the note on `key` and publish it. */
static inline void add(struct repo *repo, const char *ref,
		       const struct oid *key, const char *line)
{
	struct intoto_error err = { 0 };
	struct ref_update update;
	scoped_value(strlist) lines = STRLIST_INIT;

	strlist_add(&lines, line);
	cr_assert_eq(notes_prepare(&update, repo, ref, key, &lines,
				   "in-toto: add", &err),
		     0, "%s", err.message);
	cr_assert_str_eq(update.name, ref);
	publish(repo, &update);
}

/* Read the note; the refusal's reason, or its text. To be freed. */
static inline char *read_back(struct repo *repo, const char *ref,
			      const struct oid *key)
{
	struct intoto_error err = { 0 };
	scoped_value(note) note = { 0 };

	if (note_read(&note, repo, ref, key, &err) < 0)
		return xasprintf("%d %s", err.code, err.reason);
	return note_text(&note);
}

/* Make REF a tree of these mktree lines; $b is a blob, $t a tree with one
 * file named as the key without its first byte. */
static inline void hostile(const char *entries)
{
	sh("b=$(echo '{\"a\":1}' | git hash-object -w --stdin);"
	   "t=$(printf '100644 blob %%s\\t%%s\\n' $b "
	   "34567890123456789012345678901234567aab | git mktree);"
	   "tree=$(printf \"%s\" | git mktree --missing) &&"
	   "git update-ref " REF " $(git commit-tree -m x $tree)",
	   entries);
}

#endif
