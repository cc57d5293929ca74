/* What `git intoto layout` says of drafts that are short of their threshold. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"
#include "cmd/layouts.h"
#include "policy/changes.h"

static void print_owners(const struct envelope *envelope,
			 const struct trust *trust, int64_t now)
{
	scoped_value(strlist) missing = STRLIST_INIT;
	size_t n = 0;

	pending_missing(&n, &missing, envelope, trust->keys, trust->n_keys,
			now);
	printf("signed by %zu of %zu owners, %zu must\n", n, trust->n_keys,
	       trust->threshold);
	for (size_t i = 0; i < trust->n_keys; i++) {
		struct intoto_error ignored = { 0 };
		char who[64];

		if (envelope_verify(envelope, trust->keys[i], now, &ignored) <
		    0)
			continue;
		key_describe(who, trust->keys[i]);
		printf("  by       %s\n", who);
	}
	for (size_t i = 0; i < missing.n; i++)
		printf("  not yet  %s\n", missing.items[i]);
}

static void print_changes(const struct layout *layout,
			  const struct inforce *before)
{
	scoped_value(strlist) changes = STRLIST_INIT;

	if (!before) {
		layouts_print(layout);
		return;
	}
	layout_changes(&changes, before->envelope->layout, layout);
	printf("changes to version %" PRIu64 ":\n",
	       before->envelope->layout->stamp.version);
	for (size_t i = 0; i < changes.n; i++)
		printf("  %s\n", changes.items[i]);
	if (!changes.n)
		puts("  none");
}

static void print_one(const struct envelope *envelope, const char *digest,
		      const struct inforce *before, const struct trust *trust,
		      int64_t now)
{
	const struct layout *layout = envelope->layout;

	printf("pending layout '%s', to be version %" PRIu64 "\n",
	       layout->stamp.name, layout->stamp.version);
	printf("digest sha256:%s\n", digest);
	layouts_print_expiry(layout->expires, now);
	print_owners(envelope, trust, now);
	print_changes(layout, before);
}

void layouts_print_offer(const struct layout_draft *draft,
			 const struct trust *trust, int64_t now)
{
	print_one(draft->envelope, draft->digest, draft->before, trust, now);
}

void layouts_pending_release(struct layouts_pending *pending)
{
	free(pending->items);
	pending_release(&pending->all);
	*pending = (struct layouts_pending){ 0 };
}

int layouts_pending_read(struct layouts_pending *out, struct session *session,
			 struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	const int got = pending_read(&out->all, session->repo, &report, err);

	say_warnings(&report.warnings);
	return got;
}

void layouts_pending_of(struct layouts_pending *pending, const char *name,
			const struct session *session,
			const struct inforce *before)
{
	scoped_value(report) report = REPORT_INIT;

	free(pending->items);
	pending->n =
		draft_candidates(&pending->items, &pending->all, name,
				 session->trust, before, session->now, &report);
	say_warnings(&report.warnings);
}

void layouts_print_missing(const struct envelope *envelope,
			   const struct session *session)
{
	const struct trust *trust = session->trust;
	scoped_value(strlist) missing = STRLIST_INIT;
	size_t n = 0;

	pending_missing(&n, &missing, envelope, trust->keys, trust->n_keys,
			session->now);
	for (size_t i = 0; i < missing.n; i++)
		printf("%-16s  not yet signed by %s\n", "", missing.items[i]);
}

void layouts_note_pending(struct session *session, const char *name,
			  const struct inforce *before)
{
	scoped_value(layouts_pending) pending = { 0 };
	struct intoto_error why = { 0 };

	if (layouts_pending_read(&pending, session, &why) < 0) {
		say_warning("%s", why.message);
		return;
	}
	layouts_pending_of(&pending, name, session, before);
	if (pending.n)
		say_note("a draft of version %" PRIu64
			 " is pending: git intoto layout show --pending %s",
			 pending.items[0]->envelope->layout->stamp.version,
			 name);
}

static int print_json(const struct pending_item *item, struct intoto_error *err)
{
	scoped_value(buffer) line = BUFFER_INIT;

	if (envelope_append_line(&line, item->envelope, err) < 0)
		return -1;
	puts(buffer_text(&line));
	return 0;
}

/* NULL, without an error, where no layout is. */
static int load_before(struct inforce **out, struct session *session,
		       const char *name, struct intoto_error *err)
{
	struct intoto_error why = { 0 };

	if (draft_published(out, session->repo, session->trust, name, &why) ==
		    0 ||
	    why.code == INTOTO_ENOTFOUND)
		return 0;
	*err = why;
	return -1;
}

int layouts_show_pending(struct session *session, const char *name, bool json,
			 struct intoto_error *err)
{
	scoped_value(layouts_pending) pending = { 0 };
	scoped(inforce) before = NULL;

	if (load_before(&before, session, name, err) < 0 ||
	    layouts_pending_read(&pending, session, err) < 0)
		return -1;
	layouts_pending_of(&pending, name, session, before);
	if (!pending.n) {
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "no draft of layout '%s' is pending", name);
		return intoto_hint(err, "git intoto fetch");
	}
	for (size_t i = 0; i < pending.n; i++) {
		const struct pending_item *item = pending.items[i];

		if (json && print_json(item, err) < 0)
			return -1;
		if (json)
			continue;
		if (i)
			putchar('\n');
		print_one(item->envelope, item->digest, before, session->trust,
			  session->now);
	}
	if (!json)
		printf("next:\n  git intoto layout sign %s --digest "
		       "sha256:%.*s\n",
		       name, PENDING_SHORT, pending.items[0]->digest);
	return 0;
}
