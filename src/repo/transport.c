/* transport.c: run git push and git fetch, and read what they say. */
#include "repo/transport.h"

#include <string.h>

#include "base/xalloc.h"
#include "repo/git.h"

#define SAID_MAX 1000

void pushed_release(struct pushed *pushed)
{
	for (size_t i = 0; i < pushed->n; i++) {
		free(pushed->refs[i].name);
		free(pushed->refs[i].why);
	}
	free(pushed->refs);
	strlist_release(&pushed->said);
	*pushed = (struct pushed){ 0 };
}

const struct push_ref *pushed_find(const struct pushed *pushed,
				   const char *name)
{
	for (size_t i = 0; i < pushed->n; i++)
		if (!strcmp(pushed->refs[i].name, name))
			return &pushed->refs[i];
	return NULL;
}

static bool has_any(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

/* The reason of a ref that was not pushed: git's own words, which no locale
 * changes. */
static enum push_fate fate_of(const char *why)
{
	static const char *const races[] = {
		"fetch first",
		"non-fast-forward",
		"stale info",
		"cannot lock ref",
		"failed to lock",
		"failed to update ref",
		"reference already exists",
		"remote ref updated since checkout",
		"incorrect old value provided",
		"atomic transaction failed",
		"transaction failed to start",
	};
	static const char *const followed[] = { "atomic push failed",
						"atomic push failure" };

	if (!strcmp(why, "already exists"))
		return PUSH_TAKEN;
	if (has_any(why, followed, ARRAY_SIZE(followed)))
		return PUSH_FOLLOWED;
	return has_any(why, races, ARRAY_SIZE(races)) ? PUSH_RACE
						      : PUSH_REFUSED;
}

/* "[remote rejected] (hook declined)": what is in the last parentheses. */
static char *reason_in(const char *summary, size_t len)
{
	const char *open = memchr(summary, '(', len);

	if (!open || summary[len - 1] != ')')
		return xmemdupz(summary, len);
	return xmemdupz(open + 1, len - (size_t)(open - summary) - 2);
}

static int fail_line(const char *line, size_t len, struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID, "git push said '%.*s'",
			   len < 200 ? (int)len : 200, line);
}

static void add_ref(struct pushed *out, char *name, enum push_fate fate,
		    char *why)
{
	for (size_t i = 0; i < out->n; i++) {
		struct push_ref *there = &out->refs[i];

		if (strcmp(there->name, name))
			continue;
		free(name);
		if (there->fate >= fate) {
			free(why);
			return;
		}
		free(there->why);
		there->fate = fate;
		there->why = why;
		return;
	}
	ALLOC_GROW(out->refs, out->n + 1, out->alloc);
	out->refs[out->n++] = (struct push_ref){ name, fate, why };
}

/* "<flag> TAB <from>:<to> TAB <summary>" */
static int parse_line(struct pushed *out, const char *line, size_t len,
		      struct intoto_error *err)
{
	const char *end = line + len;
	const char *from = line + 2;
	const char *tab, *colon, *summary;
	enum push_fate fate;
	char *why;

	if (len < 3 || line[1] != '\t')
		return fail_line(line, len, err);
	tab = memchr(from, '\t', (size_t)(end - from));
	colon = tab ? memchr(from, ':', (size_t)(tab - from)) : NULL;
	if (!colon || colon + 1 == tab)
		return fail_line(line, len, err);
	summary = tab + 1;
	why = summary < end ? reason_in(summary, (size_t)(end - summary))
			    : xstrdup("");
	switch (line[0]) {
	case ' ':
	case '*':
		fate = PUSH_DONE;
		break;
	case '=':
		fate = PUSH_SAME;
		break;
	case '!':
		fate = fate_of(why);
		break;
	default: /* forced or deleted: nobody asked for that */
		free(why);
		return fail_line(line, len, err);
	}
	add_ref(out, xmemdupz(colon + 1, (size_t)(tab - colon) - 1), fate, why);
	return 0;
}

/* Behind the last line that starts with "To "; NULL if there is none. */
static const char *after_destination(const char *text, const char *end)
{
	const char *found = NULL;

	while (text < end) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		const char *next = lf ? lf + 1 : end;

		if (end - text > 3 && !memcmp(text, "To ", 3))
			found = next;
		text = next;
	}
	return found;
}

int transport_parse_push(struct pushed *out, const char *text, size_t len,
			 struct intoto_error *err)
{
	scoped_value(pushed) pushed = { 0 };
	const char *end = text + len;
	const char *line = after_destination(text, end);

	while (line && line < end) {
		const char *lf = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((lf ? lf : end) - line);

		if (memchr(line, '\0', n))
			return fail_line(line, n, err);
		if (n && !(n == 4 && !memcmp(line, "Done", 4)) &&
		    parse_line(&pushed, line, n, err) < 0)
			return -1;
		line += n + (lf != NULL);
	}
	*out = pushed;
	pushed = (struct pushed){ 0 };
	return 0;
}

bool transport_is_transient(const char *text)
{
	static const char *const words[] = {
		"kex_exchange_identification",
		"ssh_exchange_identification",
		"Connection reset by",
		"Connection closed by",
		"banner exchange",
		"returned error: 429",
		"returned error: 502",
		"returned error: 503",
		"returned error: 504",
	};

	return has_any(text, words, ARRAY_SIZE(words));
}

/* Everything but what git itself has to say of the push and its refs. */
static void keep_said(struct strlist *out, const char *text)
{
	static const char *const own[] = { "error: failed to push some refs",
					   "error: atomic push failed",
					   "fatal: the remote end hung up",
					   "hint: ", "send-pack: " };

	while (*text && out->n < SAID_MAX) {
		size_t len = strcspn(text, "\n");
		bool skip = !len;

		for (size_t i = 0; i < ARRAY_SIZE(own) && !skip; i++)
			skip = !strncmp(text, own[i], strlen(own[i]));
		if (!skip)
			strlist_take(out, xmemdupz(text, len));
		text += len + (text[len] == '\n');
	}
}

/* The server's own words on a race that is none: these stay as they are. */
static bool is_hopeless(const char *text)
{
	static const char *const words[] = {
		"exists; cannot create",
		"aborted by hook",
		"aborted by the reference-transaction hook",
	};

	return has_any(text, words, ARRAY_SIZE(words));
}

static bool all_expected(const struct pushed *pushed,
			 const struct push_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct push_ref *ref = pushed_find(pushed, items[i].name);

		if (!ref || ref->fate > PUSH_SAME)
			return false;
	}
	return true;
}

static int fail_push(const char *text, struct intoto_error *err)
{
	const struct process_result said = {
		.status = 128,
		.err = { .data = (char *)text, .len = strlen(text) },
	};

	return git_fail(err, &said, "push");
}

int transport_judge_push(struct pushed *pushed, int status, const char *text,
			 const struct push_item *items, size_t n,
			 struct intoto_error *err)
{
	size_t races = 0, refused = 0, followed = 0;

	for (size_t i = 0; i < pushed->n; i++) {
		const enum push_fate fate = pushed->refs[i].fate;

		races += fate == PUSH_RACE;
		followed += fate == PUSH_FOLLOWED;
		refused += fate == PUSH_REFUSED || fate == PUSH_TAKEN;
	}
	keep_said(&pushed->said, text);
	if (refused || ((races || followed) && is_hopeless(text))) {
		pushed->end = PUSH_END_REFUSED;
	} else if (races || followed) {
		pushed->end = PUSH_END_AGAIN;
	} else if (!status) {
		if (!all_expected(pushed, items, n))
			return intoto_fail(err, INTOTO_ECHILD,
					   "git push does not say what became "
					   "of the refs");
		pushed->end = PUSH_END_DONE;
	} else if (transport_is_transient(text)) {
		pushed->end = PUSH_END_OFFLINE;
	} else if (status == 1 && !pushed->n && !strstr(text, "fatal: ")) {
		pushed->end = PUSH_END_REFUSED; /* by the hook here */
	} else {
		return fail_push(text, err);
	}
	return 0;
}

int transport_push(struct pushed *out, struct repo *repo, const char *remote,
		   const struct push_item *items, size_t n,
		   struct intoto_error *err)
{
	static const char *const base[] = { "push",
					    "--porcelain",
					    "--atomic",
					    "--no-follow-tags",
					    "--no-force",
					    "--recurse-submodules=no",
					    "--end-of-options",
					    NULL };
	scoped_value(git_command) command;
	scoped_value(process_result) result = { 0 };
	scoped_value(pushed) pushed = { 0 };

	git_command_init(&command, repo, base);
	strlist_add(&command.argv, remote);
	for (size_t i = 0; i < n; i++) {
		char hex[OID_HEX_SIZE];

		oid_hex(hex, &items[i].oid);
		strlist_addf(&command.argv, "%s:%s", hex, items[i].name);
	}
	strlist_add(&command.env, "LC_ALL=C");
	command.process.inherit_stdin = true;
	command.process.out = PROCESS_CAPTURE;
	command.process.err = PROCESS_CAPTURE;
	if (git_command_run(&result, &command, err) < 0 ||
	    transport_parse_push(&pushed, buffer_text(&result.out),
				 result.out.len, err) < 0 ||
	    transport_judge_push(&pushed, result.status,
				 buffer_text(&result.err), items, n, err) < 0)
		return -1;
	*out = pushed;
	pushed = (struct pushed){ 0 };
	return 0;
}

static int judge_fetch(enum fetch_end *end, const struct process_result *result,
		       const char *remote, struct intoto_error *err)
{
	static const char missing[] = "couldn't find remote ref ";
	static const char *const races[] = {
		"cannot lock ref",
		"unable to update local ref",
		"reference already exists",
		"not our ref",
	};
	const char *text = buffer_text(&result->err);
	const char *found = strstr(text, missing);

	if (found)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "'%s' has no ref '%.*s'", remote,
				   (int)strcspn(found + strlen(missing), "\n"),
				   found + strlen(missing));
	git_fail(err, result, "fetch from '%s'", remote);
	if (has_any(text, races, ARRAY_SIZE(races)) && !is_hopeless(text))
		*end = FETCH_AGAIN;
	else if (transport_is_transient(text))
		*end = FETCH_OFFLINE;
	else
		return -1;
	return 0;
}

int transport_fetch(enum fetch_end *end, struct repo *repo, const char *remote,
		    const struct strlist *refspecs, bool show,
		    struct intoto_error *err)
{
	static const char *const base[] = { "fetch",
					    "--no-recurse-submodules",
					    "--no-write-fetch-head",
					    "--no-auto-maintenance",
					    "--no-filter",
					    "--no-tags",
					    "--prune",
					    NULL };
	scoped_value(git_command) command;
	scoped_value(process_result) result = { 0 };

	git_command_init(&command, repo, base);
	strlist_add(&command.argv, show ? "--progress" : "--quiet");
	strlist_add(&command.argv, "--end-of-options");
	strlist_add(&command.argv, remote);
	strlist_add_all(&command.argv, refspecs);
	strlist_add(&command.env, "LC_ALL=C");
	command.process.inherit_stdin = true;
	command.process.out = PROCESS_TO_STDERR;
	command.process.err = show ? PROCESS_TEE : PROCESS_CAPTURE;
	if (git_command_run(&result, &command, err) < 0)
		return -1;
	*end = FETCH_DONE;
	return result.status ? judge_fetch(end, &result, remote, err) : 0;
}
