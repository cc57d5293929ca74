/* The rows of `git intoto layout` that show layouts as people read them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/layouts.h"
#include "cmd/options.h"
#include "cmd/ui.h"
#include "base/quote.h"
#include "verify/chain.h"

void layouts_print_expiry(int64_t expires, int64_t now)
{
	const int64_t days = ui_days_left(expires, now);
	char when[CLOCK_TEXT_SIZE];

	clock_format(when, expires);
	if (expires <= now)
		printf("expired %s\n", when);
	else
		printf("expires %s, in %" PRId64 " %s\n", when, days,
		       days == 1 ? "day" : "days");
}

static void print_rules(const char *label, const struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		scoped_text text = rule_to_text(&rules->items[i]);
		scoped_text shown = escape_text(text);

		printf("  %-10s%s\n", i ? "" : label, shown);
	}
	if (!rules->n)
		printf("  %-10sno rule: all is allowed\n", label);
}

static void print_command(const char *label, const struct strlist *command)
{
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_text shown = NULL;

	if (!command->n)
		return;
	for (size_t i = 0; i < command->n; i++) {
		if (i)
			buffer_putc(&text, ' ');
		quote_append(&text, command->items[i], QUOTE_SHELL);
	}
	shown = escape_text(buffer_text(&text));
	printf("  %-10s%s\n", label, shown);
}

static void print_step(const struct layout *layout,
		       const struct layout_item *step)
{
	scoped_text name = escape_text(step->name);
	const struct key **keys = NULL;
	const size_t n = layout_step_keys(&keys, layout, step);

	printf("\nstep '%s', by %lld of %zu %s\n", name,
	       (long long)step->threshold, n, n == 1 ? "key" : "keys");
	for (size_t i = 0; i < n; i++) {
		char who[64];

		key_describe(who, keys[i]);
		printf("  %-10s%s  %s\n", i ? "" : "by", who, key_id(keys[i]));
	}
	free(keys);
	for (size_t i = 0; i < step->pubkeys.n; i++) {
		const char *as = NULL;

		if (!layout_pubkey(&as, layout, step, i))
			printf("  %-10sunknown key %s\n", "by",
			       step->pubkeys.items[i]);
	}
	print_command("command", &step->command);
	print_rules("materials", &step->materials);
	print_rules("products", &step->products);
}

static void print_readme(const char *readme)
{
	scoped_text text = draft_readme_text(readme);

	for (const char *at = text; *at;) {
		const size_t len = strcspn(at, "\n");
		scoped_text line = xmemdupz(at, len);
		scoped_text shown = escape_text(line);

		printf("  %s\n", shown);
		at += len + (at[len] == '\n');
	}
}

static bool is_used(const struct layout *layout, const struct key *key)
{
	bool used = false;

	for (size_t i = 0; i < layout->n_steps && !used; i++) {
		const struct key **keys = NULL;
		const size_t n =
			layout_step_keys(&keys, layout, &layout->steps[i]);

		for (size_t j = 0; j < n; j++)
			used |= key_same(keys[j], key);
		free(keys);
	}
	return used;
}

void layouts_print(const struct layout *layout)
{
	print_readme(layout->readme);
	for (size_t i = 0; i < layout->n_steps; i++)
		print_step(layout, &layout->steps[i]);
	for (size_t i = 0; i < layout->n_inspections; i++) {
		const struct layout_item *item = &layout->inspections[i];
		scoped_text name = escape_text(item->name);

		printf("\ninspection '%s'\n", name);
		print_command("runs", &item->command);
		print_rules("materials", &item->materials);
		print_rules("products", &item->products);
	}
	for (size_t i = 0; i < layout->n_keys; i++) {
		const struct key *key = layout->keys[i].key;
		char who[64];

		key_describe(who, key);
		if (!is_used(layout, key))
			printf("\nkey %s  %s may do no step yet\n", who,
			       key_id(key));
	}
}

/* How many owners signed it. */
static size_t count_owners(const struct envelope *envelope,
			   const struct session *session)
{
	const struct trust *trust = session->trust;
	scoped_value(strlist) missing = STRLIST_INIT;
	size_t n = 0;

	pending_missing(&n, &missing, envelope, trust->keys, trust->n_keys,
			session->now);
	return n;
}

static void print_head(const struct envelope *envelope, const char *signers,
		       int64_t now)
{
	const struct layout *layout = envelope->layout;
	char digest[SHA256_HEX_SIZE];

	envelope_digest(digest, envelope);
	layouts_print_expiry(layout->expires, now);
	printf("%s\n", signers);
	if (*layout->stamp.project)
		printf("project %s\n", layout->stamp.project);
	printf("digest sha256:%s\n", digest);
}

static int print_line(const struct envelope *envelope, struct intoto_error *err)
{
	scoped_value(buffer) line = BUFFER_INIT;

	if (envelope_append_line(&line, envelope, err) < 0)
		return -1;
	puts(buffer_text(&line));
	return 0;
}

static int show_draft(struct session *session, const char *name, bool json,
		      struct intoto_error *err)
{
	scoped(envelope) draft = NULL;
	scoped_text signers = NULL;

	if (draft_load_joined(&draft, session->repo, name, session->trust,
			      err) < 0)
		return -1;
	if (json)
		return print_line(draft, err);
	if (session->trust->n_keys)
		signers = xasprintf("signed by %zu of %zu owners, %zu must",
				    count_owners(draft, session),
				    session->trust->n_keys,
				    session->trust->threshold);
	else
		signers = xstrdup("not signed");
	printf("draft of layout '%s'", name);
	if (draft->layout->stamp.version)
		printf(", %s version %" PRIu64,
		       draft->n_signatures ? "to be" : "made from",
		       draft->layout->stamp.version);
	putchar('\n');
	print_head(draft, signers, session->now);
	layouts_print(draft->layout);
	return 0;
}

static int show_in_force(struct session *session, const char *name, bool json,
			 struct intoto_error *err)
{
	scoped(inforce) inforce = NULL;
	scoped_text signers = NULL;

	if (layouts_load(&inforce, session, name, err) < 0)
		return -1;
	if (json) {
		puts(inforce->line);
		return 0;
	}
	if (inforce->owners)
		signers = xasprintf("signed by %zu of %zu %s",
				    inforce->signed_by, inforce->owners,
				    inforce->owners == 1 ? "owner" : "owners");
	else if (inforce->checked)
		signers = xstrdup("believed by its pinned digest");
	else
		signers = xstrdup("owners not checked: no trust configured");
	printf("layout '%s'", name);
	if (inforce->envelope->layout->stamp.version)
		printf(", version %" PRIu64,
		       inforce->envelope->layout->stamp.version);
	printf(", %s\n", inforce->checked ? "in force" : "unchecked");
	print_head(inforce->envelope, signers, session->now);
	layouts_print(inforce->envelope->layout);
	if (draft_exists(session->repo, name))
		say_note("there is a draft as well: git intoto layout show "
			 "--draft %s",
			 name);
	layouts_note_pending(session, name, inforce);
	ui_expiry_hint(name, inforce->envelope->layout->expires, session->now);
	return 0;
}

int layout_show(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout show [OPTION]... NAME";
	bool draft = false, pending = false, json = false;
	const struct option options[] = {
		OPT_FLAG(0, "draft", &draft,
			 "the draft (default: what is in "
			 "force, if there is one)"),
		OPT_FLAG(0, "pending", &pending,
			 "the drafts that owners have signed, and who has "
			 "not"),
		OPT_FLAG(0, "json", &json, "the stored bytes"), OPT_END
	};
	scoped_value(session) session = { 0 };
	struct intoto_error why = { 0 };
	int got;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a NAME", usage, err) < 0 ||
	    session_open(&session, err) < 0)
		return -1;
	if (draft && pending)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "--draft and --pending exclude each other");
	draft_tidy(session.repo, argv[0], session.trust);
	if (pending)
		return layouts_show_pending(&session, argv[0], json, err);
	if (draft)
		return show_draft(&session, argv[0], json, err);
	got = show_in_force(&session, argv[0], json, &why);
	if (got < 0 && why.code == INTOTO_ENOTFOUND &&
	    draft_exists(session.repo, argv[0]))
		return show_draft(&session, argv[0], json, err);
	if (got < 0)
		*err = why;
	return got;
}

/* An unsigned draft has the version that it was made from: "3+". */
static void print_row(const char *name, const struct envelope *envelope,
		      const char *signers, const char *state, int64_t now)
{
	const struct layout *layout = envelope->layout;
	char when[CLOCK_TEXT_SIZE];
	char version[32] = "-";

	if (layout->stamp.version)
		snprintf(version, sizeof(version), "%" PRIu64 "%s",
			 layout->stamp.version,
			 envelope->n_signatures ? "" : "+");
	clock_format(when, layout->expires);
	printf("%-16s  version %-4s  %s %s  %-18s  %s\n", name, version,
	       layout->expires <= now ? "expired" : "expires", when, signers,
	       state);
}

static char *signers_text(const struct envelope *envelope,
			  const struct session *session)
{
	if (!session->trust->n_keys)
		return xstrdup("");
	return xasprintf("signed by %zu of %zu",
			 count_owners(envelope, session),
			 session->trust->n_keys);
}

/* The rows of what is not in force: this clone's draft, and what is pending. */
static int list_drafts(struct session *session, const char *name,
		       struct layouts_pending *pending, bool only_pending,
		       struct intoto_error *err)
{
	const struct pending_item *own = NULL;
	scoped(envelope) draft = NULL;
	scoped_text signers = NULL;

	if (draft_exists(session->repo, name)) {
		if (draft_load_joined(&draft, session->repo, name,
				      session->trust, err) < 0)
			return -1;
		own = pending_find(&pending->all, draft);
		signers = signers_text(draft, session);
		if (own || !only_pending)
			print_row(name, draft, signers,
				  own ? "pending draft" : "draft",
				  session->now);
		if (own)
			layouts_print_missing(draft, session);
	}
	for (size_t i = 0; i < pending->n; i++) {
		const struct envelope *envelope = pending->items[i]->envelope;
		scoped_text by = signers_text(envelope, session);

		if (pending->items[i] == own)
			continue;
		print_row(name, envelope, by, "pending", session->now);
		layouts_print_missing(envelope, session);
	}
	return 0;
}

static int list_one(struct session *session, const char *name,
		    struct layouts_pending *pending, bool only_pending,
		    struct intoto_error *err)
{
	struct intoto_error why = { 0 };
	scoped(inforce) inforce = NULL;
	scoped_text signers = NULL;
	bool judged = true;

	if (layouts_load(&inforce, session, name, &why) == 0) {
		signers = inforce->owners ? xasprintf("signed by %zu of %zu",
						      inforce->signed_by,
						      inforce->owners)
					  : xstrdup("");
		if (!only_pending)
			print_row(name, inforce->envelope, signers,
				  inforce->checked ? "in force" : "unchecked",
				  session->now);
	} else if (why.code == INTOTO_EREJECTED) {
		printf("%-16s  refused [%s]\n", name, why.reason);
		say_warning("%s", why.message);
		why = (struct intoto_error){ 0 };
		judged = draft_published(&inforce, session->repo,
					 session->trust, name, &why) == 0;
	} else if (why.code != INTOTO_ENOTFOUND) {
		*err = why;
		return -1;
	}
	draft_tidy(session->repo, name, session->trust);
	/* Above which version would a draft have to be? */
	pending->n = 0;
	if (judged)
		layouts_pending_of(pending, name, session, inforce);
	return list_drafts(session, name, pending, only_pending, err);
}

/* Of every layout that is in force, or being edited, or pending. */
static int find_names(struct strlist *names, struct session *session,
		      const struct pending *pending, struct intoto_error *err)
{
	if (inforce_names(names, session->repo, err) < 0 ||
	    draft_names(names, session->repo, err) < 0)
		return -1;
	for (size_t i = 0; i < pending->n; i++) {
		const struct envelope *envelope = pending->items[i].envelope;

		if (envelope->content == CONTENT_LAYOUT &&
		    notes_layout_name_ok(envelope->layout->stamp.name))
			strlist_add(names, envelope->layout->stamp.name);
	}
	strlist_sort(names);
	strlist_uniq(names);
	return 0;
}

int layout_list(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout list [--pending]";
	bool only_pending = false;
	const struct option options[] = {
		OPT_FLAG(0, "pending", &only_pending,
			 "only what owners have still to sign"),
		OPT_END
	};
	scoped_value(session) session = { 0 };
	scoped_value(strlist) names = STRLIST_INIT;
	scoped_value(layouts_pending) pending = { 0 };

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "layout list", usage, err) < 0 ||
	    session_open(&session, err) < 0 ||
	    layouts_pending_read(&pending, &session, err) < 0 ||
	    find_names(&names, &session, &pending.all, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (list_one(&session, names.items[i], &pending, only_pending,
			     err) < 0)
			return -1;
	}
	if (!names.n) {
		say_note("no layout here");
		say_hint("git intoto init");
	}
	return 0;
}
