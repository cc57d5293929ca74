/* git intoto check: what a hook calls; judges a push and changes nothing. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "policy/guard.h"
#include "policy/guard_quick.h"
#include "repo/config.h"

#define STDIN_MAX ((size_t)64 << 20)

static const char usage[] = "check pre-receive [--report-only]\n"
			    "check update [--report-only] REF OLD NEW\n"
			    "check pre-push [--report-only] REMOTE URL";

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

/* How refusals are said. */
struct saying {
	bool report_only;     /* they are none: the push goes ahead */
	const char *prefix;   /* of each line */
	struct strlist hints; /* each is said once */
};

static void saying_release(struct saying *saying)
{
	strlist_release(&saying->hints);
}
SCOPED_RELEASE(saying);

static void say_refusal(struct saying *saying, const char *ref,
			const char *message, const char *reason,
			const char *hint)
{
	scoped_text shown_ref = escape_text(ref);
	scoped_text shown = escape_text(message);

	fprintf(stderr, "%s%s: %s [%s]\n", saying->prefix, shown_ref, shown,
		reason);
	if (hint && *hint && !strlist_has(&saying->hints, hint)) {
		scoped_text shown_hint = escape_text(hint);

		fprintf(stderr, "hint: %s\n", shown_hint);
		strlist_add(&saying->hints, hint);
	}
}

/* Nothing is known: what is guarded does not get in, all else does. */
static int say_unjudged(struct saying *saying, const struct repo *repo,
			const struct guard_push *push,
			const struct intoto_error *err)
{
	bool guarded = false;

	for (size_t i = 0; i < push->n; i++) {
		if (!guard_concerns(repo, push->updates[i].ref))
			continue;
		guarded = true;
		say_refusal(saying, push->updates[i].ref, err->message,
			    "policy-unreadable", err->hint);
	}
	if (!guarded)
		say_warning("%s", err->message);
	return guarded && !saying->report_only ? 128 : 0;
}

/* A warning in place of a refusal is what the person who pushes has set. */
static struct saying saying_for(const struct repo *repo,
				const struct guard_push *push, bool report_only)
{
	const char *setting = config_get(repo, "intoto.prepush");
	struct saying saying = { .report_only = report_only,
				 .prefix = "in-toto: " };

	if (push->event == GUARD_PRE_PUSH && setting) {
		if (!strcmp(setting, "warn"))
			saying.report_only = true;
		else if (strcmp(setting, "refuse"))
			say_warning("intoto.prePush is '%s', neither 'warn' "
				    "nor 'refuse'",
				    setting);
	}
	if (saying.report_only)
		saying.prefix = report_only ? "in-toto: report only: "
					    : "warning: in-toto: ";
	return saying;
}

/* Ids of another length are not this repository's. */
static int check_sizes(const struct repo *repo, const struct guard_push *push,
		       struct intoto_error *err)
{
	for (size_t i = 0; i < push->n; i++) {
		const struct guard_update *update = &push->updates[i];

		if (update->old.size != repo->oid_size ||
		    update->new_oid.size != repo->oid_size)
			return intoto_fail(err, INTOTO_EINVALID,
					   "not an update of a ref of this "
					   "repository: '%s'",
					   update->ref);
	}
	return 0;
}

static int judge(struct repo *repo, const struct guard_push *push,
		 bool report_only)
{
	scoped_value(saying) saying = saying_for(repo, push, report_only);
	scoped_value(report) report = REPORT_INIT;
	struct intoto_error err = { 0 };
	bool touched = false;

	for (size_t i = 0; i < push->n; i++)
		touched |= guard_touches(repo, &push->updates[i]);
	if (!touched) {
		if (guard_check_config(repo, &err) < 0)
			say_warning("%s", err.message);
		return 0;
	}
	if (check_sizes(repo, push, &err) < 0 ||
	    guard_judge(&report, repo, push, clock_now(), &err) < 0)
		return say_unjudged(&saying, repo, push, &err);
	say_warnings(&report.warnings);
	for (size_t i = 0; i < report.n; i++) {
		const struct finding *finding = &report.items[i];

		say_refusal(&saying,
			    finding->artifact ? finding->artifact : "?",
			    finding->message, finding->reason, finding->hint);
	}
	return report.n && !saying.report_only ? CMD_REJECTED : 0;
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

/* The remote of that URL, if one is configured: of it something is known. */
static const char *remote_of(const struct strlist *remotes,
			     const struct repo *repo, const char *remote,
			     const char *url)
{
	for (size_t i = 0; !strlist_has(remotes, remote) && i < remotes->n;
	     i++) {
		scoped_text name =
			xasprintf("remote.%s.url", remotes->items[i]);
		const char *known = config_get(repo, name);

		if (known && !strcmp(known, url))
			return remotes->items[i];
	}
	return remote;
}

/* `*quick`: plainly nothing to judge, so that nothing need be opened. */
static int read_updates(struct updates *out, bool *quick,
			enum guard_event event, char **argv,
			struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_MAX(STDIN_MAX);

	if (event == GUARD_UPDATE) {
		*quick = guard_quick_ref(argv[1]);
		return add(out, argv[1], argv[2], argv[3], err);
	}
	if (read_stdin(&text, err) < 0)
		return -1;
	*quick = event == GUARD_PRE_RECEIVE &&
		 guard_quick_push(buffer_text(&text), text.len);
	if (text.len &&
	    parse_lines(out, text.data, event == GUARD_PRE_PUSH, err) < 0)
		return -1;
	return !out->n && event == GUARD_PRE_RECEIVE ? refuse_silence(err) : 0;
}

static int check(enum guard_event event, char **argv, bool report_only,
		 struct intoto_error *err)
{
	scoped_value(strlist) remotes = STRLIST_INIT;
	scoped_value(updates) updates = { 0 };
	scoped(repo) repo = NULL;
	struct guard_push push = { .event = event };
	const bool client = event == GUARD_PRE_PUSH;

	bool quick = false;

	if (read_updates(&updates, &quick, event, argv, err) < 0)
		return -1;
	push.updates = updates.items;
	push.n = updates.n;
	if (!push.n || quick)
		return 0;
	if (repo_open(&repo,
		      client ? REPO_OPEN_CLIENT_HOOK : REPO_OPEN_SERVER_HOOK,
		      err) < 0)
		return -1;
	config_subsections(&remotes, repo, "remote");
	if (client)
		push.remote = remote_of(&remotes, repo, argv[1], argv[2]);
	return judge(repo, &push, report_only);
}

int cmd_check(int argc, char **argv, struct intoto_error *err)
{
	bool report_only = false;
	enum guard_event event;
	const struct option options[] = {
		OPT_FLAG(0, "report-only", &report_only,
			 "say what would be refused, and refuse nothing"),
		OPT_END
	};
	int got;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    parse_event(&event, argc, argv, err) < 0)
		return -1;
	got = check(event, argv, report_only, err);
	if (got >= 0 || !report_only)
		return got;
	say_warning("%s", err->message);
	return 0;
}
