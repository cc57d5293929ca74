/* commit.c: what a commit object says, and which commit is whose ancestor. */
#include "repo/objects.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "repo/git.h"

#define COMMIT_MAX ((size_t)16 << 20)
#define COMMIT_PARENTS_MAX 100000

/* So many commits are read before git is asked, which may have a commit graph;
 * to start it costs about as much as reading some hundred. */
#define WALK_MAX ((size_t)1024)
#define WALK_SLOTS (4 * WALK_MAX)

void commit_info_release(struct commit_info *info)
{
	free(info->parents);
	*info = (struct commit_info){ 0 };
}

/* `<word> <id>LF` at *text; moved behind it. */
static bool header_oid(struct oid *out, const char **text, const char *word,
		       unsigned oid_size)
{
	size_t len = strlen(word);
	size_t hex_len = 2 * (size_t)oid_size;
	const char *at = *text;

	if (strncmp(at, word, len) != 0 || at[len] != ' ')
		return false;
	at += len + 1;
	if (strnlen(at, hex_len) < hex_len || at[hex_len] != '\n' ||
	    !oid_parse(out, at, hex_len))
		return false;
	*text = at + hex_len + 1;
	return true;
}

/* `<word> ...LF` at *text; the line without `word` and LF, or NULL. */
static const char *header_line(size_t *line_len, const char **text,
			       const char *word)
{
	size_t len = strlen(word);
	const char *at = *text;
	const char *end;

	if (strncmp(at, word, len) != 0 || at[len] != ' ')
		return NULL;
	at += len + 1;
	end = strchr(at, '\n');
	if (!end)
		return NULL;
	*line_len = (size_t)(end - at);
	*text = end + 1;
	return at;
}

/* The number after the last '>'. Old histories hold all sorts of dates, and
 * none of them decides anything: what cannot be read is 0, as for git. */
static int64_t line_time(const char *line, size_t len)
{
	int64_t time = 0;
	size_t at = len;

	while (at > 0 && line[at - 1] != '>')
		at--;
	if (at == 0 || at >= len || line[at] != ' ')
		return 0;
	for (at++; at < len && line[at] >= '0' && line[at] <= '9'; at++) {
		if (time > (INT64_MAX - 9) / 10)
			return 0;
		time = time * 10 + (line[at] - '0');
	}
	return time;
}

static bool commit_parse(struct commit_info *info, const char *text,
			 unsigned oid_size)
{
	size_t alloc = 0;
	struct oid parent;
	const char *line;
	size_t len;

	if (!header_oid(&info->tree, &text, "tree", oid_size))
		return false;
	while (header_oid(&parent, &text, "parent", oid_size)) {
		if (info->n_parents >= COMMIT_PARENTS_MAX)
			return false;
		ALLOC_GROW(info->parents, info->n_parents + 1, alloc);
		info->parents[info->n_parents++] = parent;
	}
	if (!header_line(&len, &text, "author"))
		return false;
	line = header_line(&len, &text, "committer");
	if (!line)
		return false;
	info->time = line_time(line, len);
	return true;
}

int commit_read(struct commit_info *out, struct repo *repo,
		const struct oid *oid, struct intoto_error *err)
{
	scoped_value(buffer) raw = BUFFER_INIT;
	scoped_value(commit_info) info = { 0 };
	char hex[OID_HEX_SIZE];

	if (object_read_as(&raw, repo, oid, OBJECT_COMMIT, COMMIT_MAX, err) < 0)
		return -1;
	/* The header ends before the first NUL, if there is one at all. */
	if (!commit_parse(&info, buffer_text(&raw), repo->oid_size)) {
		oid_hex(hex, oid);
		return intoto_fail(err, INTOTO_EINVALID,
				   "commit '%s' is malformed", hex);
	}
	*out = info;
	info.parents = NULL;
	return 0;
}

/* Commits that were met, in the order in which they are looked at. */
struct walk {
	struct oid *met;
	size_t n;
	size_t next;
	uint16_t *slots; /* open addressing: place in `met` and one; 0: none */
};

static void walk_release(struct walk *walk)
{
	free(walk->met);
	free(walk->slots);
}
SCOPED_RELEASE(walk);

/* False where there is no more room. */
static bool walk_add(struct walk *walk, const struct oid *oid)
{
	size_t slot = 0;

	memcpy(&slot, oid->bytes, sizeof(slot));
	for (slot %= WALK_SLOTS; walk->slots[slot];
	     slot = (slot + 1) % WALK_SLOTS)
		if (oid_equal(&walk->met[walk->slots[slot] - 1], oid))
			return true;
	if (walk->n == WALK_MAX)
		return false;
	walk->met[walk->n++] = *oid;
	walk->slots[slot] = (uint16_t)walk->n;
	return true;
}

/* Without git: false if that cannot be told, as what is missing, damaged or
 * very long is for git to judge, and where a shallow clone ends it knows. */
static bool walk_ancestors(bool *out, struct repo *repo,
			   const struct oid *ancestor,
			   const struct oid *descendant)
{
	scoped_value(walk) walk = {
		.met = xcalloc(WALK_MAX, sizeof(struct oid)),
		.slots = xcalloc(WALK_SLOTS, sizeof(uint16_t)),
	};

	scoped_value(commit_info) wanted = { 0 };
	struct intoto_error ignored = { 0 };

	if (repo->shallow || commit_read(&wanted, repo, ancestor, &ignored) < 0)
		return false;
	walk_add(&walk, descendant);
	while (walk.next < walk.n) {
		const struct oid *oid = &walk.met[walk.next++];
		scoped_value(commit_info) info = { 0 };

		if (oid_equal(oid, ancestor)) {
			*out = true;
			return true;
		}
		if (commit_read(&info, repo, oid, &ignored) < 0)
			return false;
		for (size_t i = 0; i < info.n_parents; i++)
			if (!walk_add(&walk, &info.parents[i]))
				return false;
	}
	*out = false;
	return true;
}

static int ask_git(bool *out, struct repo *repo, const struct oid *ancestor,
		   const struct oid *descendant, struct intoto_error *err)
{
	scoped_value(process_result) result = { 0 };
	char old[OID_HEX_SIZE];
	char tip[OID_HEX_SIZE];
	const char *const args[] = { "merge-base", "--is-ancestor", old, tip,
				     NULL };

	oid_hex(old, ancestor);
	oid_hex(tip, descendant);
	if (git_capture(&result, repo, args, err) < 0)
		return -1;
	if (result.status > 1)
		return git_fail(err, &result, "compare commits '%s' and '%s'",
				old, tip);
	*out = result.status == 0;
	return 0;
}

int commit_is_ancestor(bool *out, struct repo *repo, const struct oid *ancestor,
		       const struct oid *descendant, struct intoto_error *err)
{
	if (oid_equal(ancestor, descendant)) {
		*out = true;
		return 0;
	}
	if (walk_ancestors(out, repo, ancestor, descendant))
		return 0;
	return ask_git(out, repo, ancestor, descendant, err);
}
