/* commit.c: what a commit object says, and which commit is whose ancestor. */
#include "repo/objects.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "repo/git.h"

#define COMMIT_MAX ((size_t)16 << 20)
#define COMMIT_PARENTS_MAX 100000

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

int commit_is_ancestor(bool *out, struct repo *repo, const struct oid *ancestor,
		       const struct oid *descendant, struct intoto_error *err)
{
	scoped_value(process_result) result = { 0 };
	char old[OID_HEX_SIZE];
	char tip[OID_HEX_SIZE];
	const char *const args[] = { "merge-base", "--is-ancestor", old, tip,
				     NULL };

	if (oid_equal(ancestor, descendant)) {
		*out = true;
		return 0;
	}
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
