/* refs.c: list, name and move refs by the git program. */
#include "repo/refs.h"

#include <stdlib.h>
#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "repo/git.h"

#define TAGS "refs/tags/"
#define LOCK_BEFORE "Unable to create '"
#define LOCK_AFTER ".lock': File exists"

void refs_release(struct refs *refs)
{
	for (size_t i = 0; i < refs->n; i++) {
		free(refs->items[i].name);
		free(refs->items[i].type);
	}
	free(refs->items);
	*refs = (struct refs){ 0 };
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ref *)a)->name,
		      ((const struct ref *)b)->name);
}

/* "<object id> SP <type> SP <name>"; the line ends at `len`. */
static int add_line(struct refs *refs, const char *line, size_t len,
		    struct intoto_error *err)
{
	size_t hex = strcspn(line, " \n");
	const char *type = line + hex + 1;
	size_t type_len = hex < len ? strcspn(type, " \n") : 0;
	size_t name_at = hex + 1 + type_len + 1;
	struct oid oid;

	if (!type_len || name_at >= len || !oid_parse(&oid, line, hex))
		return intoto_fail(err, INTOTO_EIO,
				   "git for-each-ref says '%.*s'",
				   len < 200 ? (int)len : 200, line);
	ALLOC_GROW(refs->items, refs->n + 1, refs->alloc);
	refs->items[refs->n++] = (struct ref){
		.name = xmemdupz(line + name_at, len - name_at),
		.oid = oid,
		.type = xmemdupz(type, type_len),
	};
	return 0;
}

/* A ref that git cannot read would be left out of its list without failing. */
static int check_broken(const struct process_result *result,
			struct intoto_error *err)
{
	static const char warning[] = "warning: ignoring broken ref ";
	const char *found = strstr(buffer_text(&result->err), warning);

	if (!found)
		return 0;
	found += strlen(warning);
	return intoto_fail(err, INTOTO_EIO, "ref '%.*s' is broken",
			   (int)strcspn(found, "\n"), found);
}

int refs_list(struct refs *out, struct repo *repo, const char *const *prefixes,
	      struct intoto_error *err)
{
	static const char *const base[] = {
		"for-each-ref",
		"--format=%(objectname) %(objecttype) %(refname)", NULL
	};
	scoped_value(git_command) command;
	scoped_value(process_result) result = { 0 };
	scoped_value(refs) refs = { 0 };

	git_command_init(&command, repo, base);
	for (; *prefixes; prefixes++)
		strlist_add(&command.argv, *prefixes);
	strlist_add(&command.env, "LC_ALL=C");
	command.process.out = PROCESS_CAPTURE;
	command.process.err = PROCESS_CAPTURE;
	if (git_command_run(&result, &command, err) < 0)
		return -1;
	if (result.status)
		return git_fail(err, &result, "list the refs");
	if (check_broken(&result, err) < 0)
		return -1;
	for (const char *line = buffer_text(&result.out); *line;) {
		size_t len = strcspn(line, "\n");

		if (add_line(&refs, line, len, err) < 0)
			return -1;
		line += len + (line[len] == '\n');
	}
	if (refs.n)
		qsort(refs.items, refs.n, sizeof(*refs.items), by_name);
	*out = refs;
	refs = (struct refs){ 0 };
	return 0;
}

const struct ref *refs_find(const struct refs *refs, const char *name)
{
	for (size_t i = 0; i < refs->n; i++)
		if (!strcmp(refs->items[i].name, name))
			return &refs->items[i];
	return NULL;
}

int refs_read(struct oid *out, struct repo *repo, const char *name,
	      struct intoto_error *err)
{
	const char *const prefixes[] = { name, NULL };
	scoped_value(refs) refs = { 0 };
	const struct ref *found;

	if (refs_list(&refs, repo, prefixes, err) < 0)
		return -1;
	found = refs_find(&refs, name);
	if (!found)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "ref '%s' is not there", name);
	*out = found->oid;
	return 0;
}

static bool has_suffix(const char *text, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);

	return len >= n && !memcmp(text + len - n, suffix, n);
}

/* One component of a refname, by the rules of git check-ref-format. */
static bool component_ok(const char *text, size_t len)
{
	if (!len || text[0] == '.' || has_suffix(text, len, ".lock"))
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c <= ' ' || c == 0x7f || strchr("~^:?*[\\", c))
			return false;
		if (i && text[i - 1] == '.' && c == '.')
			return false;
		if (i && text[i - 1] == '@' && c == '{')
			return false;
	}
	return true;
}

static bool refname_ok(const char *name)
{
	size_t len = strlen(name);

	if (!len || name[len - 1] == '.')
		return false;
	for (const char *at = name;; at++) {
		size_t n = strcspn(at, "/");

		if (!component_ok(at, n))
			return false;
		at += n;
		if (!*at)
			return true;
	}
}

int refs_tag_name(char **out, const char *name, struct intoto_error *err)
{
	const char *short_name = name;

	if (!strncmp(name, TAGS, strlen(TAGS)))
		short_name = name + strlen(TAGS);
	else if (!strncmp(name, "refs/", 5))
		return intoto_fail(err, INTOTO_EINVALID,
				   "ref '%s' is not a tag's", name);
	if (short_name[0] == '-' || !refname_ok(short_name))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not a valid tag name", short_name);
	*out = xasprintf(TAGS "%s", short_name);
	return 0;
}

const char *refs_short(const char *name)
{
	static const char *const prefixes[] = { TAGS, "refs/heads/",
						"refs/remotes/", "refs/" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return name + strlen(prefixes[i]);
	return name;
}

/* Zeros in the length of the repository's ids, whatever length they have. */
static struct oid sized(const struct oid *oid, const struct repo *repo)
{
	return oid_is_null(oid) ? (struct oid){ .size = repo->oid_size } : *oid;
}

/* The lines of `git update-ref --stdin`; one that changes nothing still
 * checks. */
static void write_update(struct buffer *script, const struct repo *repo,
			 const struct ref_update *update)
{
	char old_hex[OID_HEX_SIZE];
	char new_hex[OID_HEX_SIZE];
	struct oid old = sized(&update->old, repo);
	struct oid new_oid = sized(&update->new_oid, repo);

	oid_hex(old_hex, &old);
	oid_hex(new_hex, &new_oid);
	if (oid_equal(&old, &new_oid))
		buffer_printf(script, "verify %s %s\n", update->name, old_hex);
	else if (oid_is_null(&old))
		buffer_printf(script, "create %s %s\n", update->name, new_hex);
	else
		buffer_printf(script, "update %s %s %s\n", update->name,
			      new_hex, old_hex);
}

/* The path of a lock file that another git holds, or that one left behind; to
 * be freed, or NULL. */
static char *stale_lock(const char *said)
{
	const char *start = strstr(said, LOCK_BEFORE);
	const char *end = start ? strstr(start, LOCK_AFTER) : NULL;

	if (!end)
		return NULL;
	start += strlen(LOCK_BEFORE);
	return xasprintf("%.*s.lock", (int)(end - start), start);
}

int refs_fail_locked(struct intoto_error *err, const char *lock)
{
	scoped_text quoted = quote_word(lock);

	intoto_fail(err, INTOTO_EIO,
		    "cannot write the refs: '%s' exists: another git command "
		    "is running here, or one was killed",
		    lock);
	return intoto_hint(err, "rm %s   # if no git command is running",
			   quoted);
}

static int fail_transaction(const struct process_result *result,
			    struct intoto_error *err)
{
	scoped_text said = git_complaint(result);
	scoped_text lock = stale_lock(said);
	const char *words = said;

	if (lock)
		return refs_fail_locked(err, lock);
	for (const char *step = "prepare: ";
	     !strncmp(words, step, strlen(step));)
		words += strlen(step);
	return intoto_fail(err, INTOTO_EIO, "cannot write the refs: %s", words);
}

int refs_transaction(struct repo *repo, const struct ref_update *updates,
		     size_t n, const char *message, struct intoto_error *err)
{
	static const char *const base[] = { "update-ref", NULL };
	scoped_value(git_command) command;
	scoped_value(process_result) result = { 0 };
	scoped_value(buffer) script = BUFFER_INIT;

	git_command_init(&command, repo, base);
	if (message && *message) {
		strlist_add(&command.argv, "-m");
		strlist_add(&command.argv, message);
	}
	strlist_add(&command.argv, "--stdin");
	strlist_add(&command.env, "LC_ALL=C");
	buffer_puts(&script, "start\n");
	for (size_t i = 0; i < n; i++) {
		if (strncmp(updates[i].name, "refs/", 5) ||
		    !refname_ok(updates[i].name))
			return intoto_fail(err, INTOTO_EINVALID,
					   "'%s' is not a valid full refname",
					   updates[i].name);
		write_update(&script, repo, &updates[i]);
	}
	buffer_puts(&script, "prepare\ncommit\n");
	if (buffer_check(&script, "a ref transaction", err) < 0)
		return -1;
	command.process.input = script.data;
	command.process.input_len = script.len;
	command.process.out = PROCESS_CAPTURE;
	command.process.err = PROCESS_CAPTURE;
	if (git_command_run(&result, &command, err) < 0)
		return -1;
	return result.status ? fail_transaction(&result, err) : 0;
}
