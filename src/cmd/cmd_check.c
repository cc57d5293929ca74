/* git intoto check: what a hook calls; judges a push and changes nothing. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "policy/guard.h"

#define STDIN_MAX ((size_t)64 << 20)

static const char usage[] = "check pre-receive\n"
			    "check update REF OLD NEW\n"
			    "check pre-push REMOTE URL";

struct updates {
	struct guard_update *items;
	size_t n;
	size_t alloc;
};

static void updates_release(struct updates *updates)
{
	for (size_t i = 0; i < updates->n; i++)
		free(updates->items[i].ref);
	free(updates->items);
}
SCOPED_RELEASE(updates);

static int add(struct updates *out, const char *ref, const char *old,
	       const char *new_oid, struct intoto_error *err)
{
	struct guard_update update = { 0 };

	if (!oid_parse(&update.old, old, strlen(old)) ||
	    !oid_parse(&update.new_oid, new_oid, strlen(new_oid)) ||
	    strncmp(ref, "refs/", 5))
		return intoto_fail(err, INTOTO_EINVALID,
				   "not an update of a ref: '%s %s %s'", old,
				   new_oid, ref);
	update.ref = xstrdup(ref);
	ALLOC_GROW(out->items, out->n + 1, out->alloc);
	out->items[out->n++] = update;
	return 0;
}

static int read_stdin(struct buffer *out, struct intoto_error *err)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		buffer_add(out, chunk, (size_t)n);
	if (n < 0)
		return intoto_fail(err, INTOTO_EIO,
				   "cannot read the list of refs");
	/* What stands behind a NUL would not be judged. */
	if (strlen(buffer_text(out)) != out->len)
		return intoto_fail(err, INTOTO_EINVALID,
				   "the list of refs holds a NUL");
	return buffer_check(out, "the list of refs", err);
}

/* Git never runs this hook for no ref: somebody else has read our stdin, and
 * what he read is not judged. */
static int refuse_silence(struct intoto_error *err)
{
	intoto_fail(err, INTOTO_EINVALID,
		    "no list of refs on stdin: has another part of the hook "
		    "read it?");
	return intoto_hint(err, "give each its own copy: list=$(cat); "
				"echo \"$list\" | git intoto check "
				"pre-receive");
}

/* Lines of `fields` words: OLD NEW REF, or LOCAL-REF NEW REF OLD in pre-push.
 */
static int parse_lines(struct updates *out, char *text, bool pre_push,
		       struct intoto_error *err)
{
	const size_t fields = pre_push ? 4 : 3;

	for (char *line = text, *end; *line; line = end + 1) {
		char *word[4] = { NULL };
		size_t n = 0;

		end = strchr(line, '\n');
		if (!end)
			return intoto_fail(err, INTOTO_EINVALID,
					   "the list of refs is cut short");
		*end = '\0';
		for (char *at = line; at && n < fields; n++) {
			word[n] = at;
			at = n + 1 < fields ? strchr(at, ' ') : NULL;
			if (at)
				*at++ = '\0';
		}
		if (n < fields)
			return intoto_fail(err, INTOTO_EINVALID,
					   "not an update of a ref: '%s'",
					   line);
		if ((pre_push ? add(out, word[2], word[3], word[1], err)
			      : add(out, word[2], word[0], word[1], err)) < 0)
			return -1;
	}
	return 0;
}

static void print_refusal(const char *ref, const char *message,
			  const char *reason, const char *hint)
{
	scoped_text shown_ref = escape_text(ref);
	scoped_text shown = escape_text(message);

	fprintf(stderr, "in-toto: %s: %s [%s]\n", shown_ref, shown, reason);
	if (hint && *hint) {
		scoped_text shown_hint = escape_text(hint);

		fprintf(stderr, "hint: %s\n", shown_hint);
	}
}

/* Nothing is known: what is guarded does not get in. */
static int refuse_unjudged(const struct repo *repo,
			   const struct guard_push *push,
			   const struct intoto_error *err)
{
	for (size_t i = 0; i < push->n; i++) {
		if (guard_concerns(repo, push->updates[i].ref))
			print_refusal(push->updates[i].ref, err->message,
				      "policy-unreadable", err->hint);
	}
	return 128;
}

static int judge(struct repo *repo, const struct guard_push *push)
{
	scoped_value(report) report = REPORT_INIT;
	struct intoto_error err = { 0 };
	bool concerned = false;

	for (size_t i = 0; i < push->n; i++)
		concerned |= guard_concerns(repo, push->updates[i].ref);
	if (!concerned) {
		if (guard_check_config(repo, &err) < 0)
			say_warning("%s", err.message);
		return 0;
	}
	if (guard_judge(&report, repo, push, clock_now(), &err) < 0)
		return refuse_unjudged(repo, push, &err);
	say_warnings(&report.warnings);
	for (size_t i = 0; i < report.n; i++) {
		const struct finding *finding = &report.items[i];

		print_refusal(finding->artifact ? finding->artifact : "?",
			      finding->message, finding->reason, finding->hint);
	}
	return report.n ? CMD_REJECTED : 0;
}

static int parse_event(enum guard_event *event, int argc, char **argv,
		       struct intoto_error *err)
{
	static const struct {
		const char *name;
		enum guard_event event;
		int operands;
	} events[] = {
		{ "pre-receive", GUARD_PRE_RECEIVE, 1 },
		{ "update", GUARD_UPDATE, 4 },
		{ "pre-push", GUARD_PRE_PUSH, 3 },
	};

	for (size_t i = 0; argc && i < ARRAY_SIZE(events); i++) {
		if (strcmp(argv[0], events[i].name))
			continue;
		*event = events[i].event;
		return options_operands(argc, events[i].operands,
					events[i].operands,
					"what git gives the hook", usage, err);
	}
	intoto_fail(err, INTOTO_EUSAGE, "'check' needs the name of a hook");
	return intoto_hint(err, "git intoto check -h");
}

int cmd_check(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(updates) updates = { 0 };
	scoped_value(buffer) text = BUFFER_MAX(STDIN_MAX);
	scoped(repo) repo = NULL;
	struct guard_push push = { 0 };
	const struct option options[] = { OPT_END };

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    parse_event(&push.event, argc, argv, err) < 0)
		return -1;
	if (push.event == GUARD_UPDATE) {
		if (add(&updates, argv[1], argv[2], argv[3], err) < 0)
			return -1;
	} else if (read_stdin(&text, err) < 0 ||
		   (text.len &&
		    parse_lines(&updates, text.data,
				push.event == GUARD_PRE_PUSH, err) < 0)) {
		return -1;
	}
	if (push.event == GUARD_PRE_PUSH)
		push.remote = argv[1];
	push.updates = updates.items;
	push.n = updates.n;
	if (!push.n)
		return push.event == GUARD_PRE_RECEIVE ? refuse_silence(err)
						       : 0;
	if (repo_open(&repo,
		      push.event == GUARD_PRE_PUSH ? REPO_OPEN_CLIENT_HOOK
						   : REPO_OPEN_SERVER_HOOK,
		      err) < 0)
		return -1;
	return judge(repo, &push);
}
