/* notes.c: names of the notes refs, lines of notes, and their union. */
#include "repo/notes.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "repo/config.h"
#include "repo/notes_internal.h"

#define LINKS "links/"
#define LAYOUTS "layouts/"
#define LAYOUT_NAME_MAX 64

char *notes_links_ref(const struct oid *annotated)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, annotated);
	return xasprintf(NOTES_PREFIX LINKS "%s", hex + strlen(hex) - 2);
}

char *notes_layout_ref(const char *name)
{
	return xasprintf(NOTES_PREFIX LAYOUTS "%s", name);
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

bool notes_layout_name_ok(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > LAYOUT_NAME_MAX || !is_alnum(name[0]))
		return false;
	for (size_t i = 1; i < len; i++) {
		if (!is_alnum(name[i]) && !strchr("._-", name[i]))
			return false;
		if (name[i] == '.' && name[i - 1] == '.')
			return false;
	}
	if (name[len - 1] == '.')
		return false;
	return len < 5 || strcmp(name + len - 5, ".lock") != 0;
}

struct oid notes_empty_tree(const struct repo *repo)
{
	static const char sha1[] = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
	static const char sha256[] = "6ef19b41225c5369f1c104d45d8d85ef"
				     "a9b057b53b14b4b9b939dd74decc5321";
	const char *hex = repo->oid_size == 32 ? sha256 : sha1;
	struct oid oid = oid_null();

	oid_parse(&oid, hex, strlen(hex));
	return oid;
}

void note_release(struct note *note)
{
	for (size_t i = 0; i < note->n; i++)
		free(note->lines[i].text);
	free(note->lines);
	*note = (struct note){ 0 };
}

const char *note_line_problem(const char *text, size_t len)
{
	if (!len || text[0] != '{')
		return "does not start with '{'";
	if (text[len - 1] != '}')
		return "does not end with '}'";
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20)
			return "holds a control character";
	return NULL;
}

static int compare_lines(const void *a, const void *b)
{
	const struct note_line *x = a;
	const struct note_line *y = b;
	int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);

	if (order)
		return order;
	return (x->len > y->len) - (x->len < y->len);
}

void note_sort(struct note *note)
{
	size_t kept = 0;

	if (note->n > 1)
		qsort(note->lines, note->n, sizeof(*note->lines),
		      compare_lines);
	for (size_t i = 0; i < note->n; i++) {
		if (kept &&
		    !compare_lines(&note->lines[kept - 1], &note->lines[i]))
			free(note->lines[i].text);
		else
			note->lines[kept++] = note->lines[i];
	}
	note->n = kept;
}

static void add_line(struct note *note, const char *text, size_t len)
{
	ALLOC_GROW(note->lines, note->n + 1, note->alloc);
	note->lines[note->n++] = (struct note_line){
		.text = xmemdupz(text, len),
		.len = len,
		.problem = note_line_problem(text, len),
	};
}

static bool in_order(const struct note *note)
{
	for (size_t i = 1; i < note->n; i++)
		if (compare_lines(&note->lines[i - 1], &note->lines[i]) >= 0)
			return false;
	return true;
}

int note_split(struct note *out, bool *sorted, const char *text, size_t len,
	       size_t max_line, struct intoto_error *err)
{
	scoped_value(note) note = { 0 };
	bool tidy = !len || text[len - 1] == '\n';
	const char *end = text + len;

	if (len > NOTE_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "a note is larger than %zu bytes", NOTE_MAX);
	while (text < end) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((lf ? lf : end) - text);

		if (n > max_line) {
			intoto_fail(err, INTOTO_ELIMIT,
				    "a line of a note is larger than %zu bytes",
				    max_line);
			return intoto_hint(err, "git config intoto.maxLinkSize "
						"SIZE");
		}
		if (n && note.n >= NOTE_LINES_MAX)
			return intoto_fail(err, INTOTO_ELIMIT,
					   "a note has more than %d lines",
					   NOTE_LINES_MAX);
		if (n)
			add_line(&note, text, n);
		else
			tidy = false;
		text += n + (lf != NULL);
	}
	if (sorted)
		*sorted = tidy && in_order(&note);
	*out = note;
	note = (struct note){ 0 };
	return 0;
}

void note_union(struct note *note, const struct note *other)
{
	size_t n = other->n; /* `other` may be `note` */

	for (size_t i = 0; i < n; i++)
		add_line(note, other->lines[i].text, other->lines[i].len);
	note_sort(note);
}

int note_read_blob(struct note *out, struct repo *repo, const struct oid *blob,
		   size_t max_line, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;

	if (object_read_as(&text, repo, blob, OBJECT_BLOB, NOTE_MAX, err) < 0)
		return -1;
	return note_split(out, NULL, buffer_text(&text), text.len, max_line,
			  err);
}

int note_write_blob(struct oid *out, struct repo *repo, const struct note *note,
		    struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_MAX(NOTE_MAX);

	if (note->n > NOTE_LINES_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "the note would have more than %d lines",
				   NOTE_LINES_MAX);
	for (size_t i = 0; i < note->n; i++) {
		buffer_add(&text, note->lines[i].text, note->lines[i].len);
		buffer_putc(&text, '\n');
	}
	if (buffer_check(&text, "the note", err) < 0)
		return -1;
	return object_write(out, repo, OBJECT_BLOB, buffer_text(&text),
			    text.len, err);
}

/* The same for what may be a commit or a tree. */
static int tree_of(struct oid *tree, struct repo *repo, const struct oid *oid,
		   struct intoto_error *err)
{
	scoped_value(commit_info) info = { 0 };
	enum object_type type;
	size_t size;

	if (object_stat(&type, &size, repo, oid, err) < 0)
		return -1;
	if (type == OBJECT_TREE) {
		*tree = *oid;
		return 0;
	}
	if (commit_read(&info, repo, oid, err) < 0)
		return -1;
	*tree = info.tree;
	return 0;
}

int note_read_commit(struct note *out, struct repo *repo,
		     const struct oid *commit, const struct oid *key,
		     size_t max_line, struct intoto_error *err)
{
	scoped_value(note) note = { 0 };
	struct oid tree;
	struct oid blob;
	bool found;

	if (tree_of(&tree, repo, commit, err) < 0 ||
	    notes_tree_find(&found, &blob, repo, &tree, key, err) < 0)
		return -1;
	if (found && note_read_blob(&note, repo, &blob, max_line, err) < 0)
		return -1;
	note_sort(&note);
	*out = note;
	note = (struct note){ 0 };
	return 0;
}

static int check_ref(const char *ref, struct intoto_error *err)
{
	if (strncmp(ref, NOTES_PREFIX, strlen(NOTES_PREFIX)) ||
	    !ref[strlen(NOTES_PREFIX)])
		return intoto_fail(err, INTOTO_EINVALID,
				   "ref '%s' is not below '%s'", ref,
				   NOTES_PREFIX);
	return 0;
}

/*
 * What refs/in-toto-remotes/<remote>/<this> follows. A remote's name may hold
 * slashes, so it is read from the end: two components for a shard or a layout,
 * one for all else.
 */
static const char *tracked_name(const char *ref)
{
	const char *last = strrchr(ref, '/');
	const char *before = last;

	while (before > ref && before[-1] != '/')
		before--;
	if (!strncmp(before, LINKS, strlen(LINKS)) ||
	    !strncmp(before, LAYOUTS, strlen(LAYOUTS)))
		return before;
	return last + 1;
}

int notes_tips(struct refs *out, struct repo *repo, const char *ref,
	       struct intoto_error *err)
{
	const char *name = ref + strlen(NOTES_PREFIX);
	scoped_text tracking = NULL;
	scoped_value(refs) refs = { 0 };
	size_t kept = 0;

	if (check_ref(ref, err) < 0)
		return -1;
	tracking = xasprintf(NOTES_TRACKING_PREFIX "**/%s", name);
	if (refs_list(&refs, repo, (const char *const[]){ ref, tracking, NULL },
		      err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++) {
		struct ref *item = &refs.items[i];
		const char *below = item->name + strlen(NOTES_TRACKING_PREFIX);

		if (!strcmp(item->name, ref) ||
		    (!strncmp(item->name, NOTES_TRACKING_PREFIX,
			      strlen(NOTES_TRACKING_PREFIX)) &&
		     !strcmp(tracked_name(item->name), name) &&
		     strcmp(below, name) != 0)) {
			refs.items[kept++] = *item;
			continue;
		}
		free(item->name);
		free(item->type);
	}
	refs.n = kept;
	*out = refs;
	refs = (struct refs){ 0 };
	return 0;
}

int note_read(struct note *out, struct repo *repo, const char *ref,
	      const struct oid *key, struct intoto_error *err)
{
	scoped_value(refs) tips = { 0 };
	scoped_value(note) all = { 0 };
	size_t max_line;

	if (config_max_link_size(&max_line, repo, err) < 0 ||
	    notes_tips(&tips, repo, ref, err) < 0)
		return -1;
	for (size_t i = 0; i < tips.n; i++) {
		scoped_value(note) one = { 0 };

		if (note_read_commit(&one, repo, &tips.items[i].oid, key,
				     max_line, err) < 0)
			return intoto_context(err,
					      "'%s': ", tips.items[i].name);
		note_union(&all, &one);
	}
	*out = all;
	all = (struct note){ 0 };
	return 0;
}
