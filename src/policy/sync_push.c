/* sync_push.c: push the proof, again and again while others are faster. */
#include "policy/sync_push.h"

#include <string.h>

#include "base/quote.h"
#include "base/xalloc.h"
#include "policy/inforce.h"
#include "repo/remote.h"

#define BROKEN_MAX 10 /* connections in a row, or locked refs here */

enum outcome {
	PUSHED,
	LOST,	 /* to somebody faster */
	DOUBTED, /* refused, perhaps only because somebody was faster */
	REFUSED,
};

struct pushing {
	struct sync_view view;
	const struct sync_options *options;
	struct sync_result *result;
	struct strlist parts; /* what to look at */
	struct sync_tag *tags;
	size_t n_tags;
	struct sync_plan plan;
	struct sync_plan refused; /* what the server refused last, and why */
	struct report reasons;
	struct strlist said;
	size_t broken; /* so many times in a row nothing could be told */
};

static void pushing_release(struct pushing *pushing)
{
	sync_view_release(&pushing->view);
	strlist_release(&pushing->parts);
	for (size_t i = 0; i < pushing->n_tags; i++)
		free(pushing->tags[i].ref);
	free(pushing->tags);
	sync_plan_release(&pushing->plan);
	sync_plan_release(&pushing->refused);
	report_release(&pushing->reasons);
	strlist_release(&pushing->said);
}
SCOPED_RELEASE(pushing);

/* Every shard that is here. */
static int add_shards(struct pushing *pushing, struct intoto_error *err)
{
	static const char *const prefixes[] = { NOTES_PREFIX "links/", NULL };
	scoped_value(refs) refs = { 0 };

	if (refs_list(&refs, pushing->view.repo, prefixes, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++)
		strlist_add(&pushing->parts,
			    refs.items[i].name + strlen(NOTES_PREFIX));
	return 0;
}

static int find_tags(struct pushing *pushing, struct intoto_error *err)
{
	char *const *names = pushing->options->tags;
	scoped_value(strlist) refs = STRLIST_INIT;
	size_t n = 0;

	strlist_add(&pushing->parts, "root");
	strlist_add(&pushing->parts, "layouts/");
	strlist_add(&pushing->parts, "pending");
	while (names && names[n])
		n++;
	if (!n)
		return add_shards(pushing, err);
	pushing->tags = xcalloc(n, sizeof(*pushing->tags));
	for (; pushing->n_tags < n; pushing->n_tags++) {
		struct sync_tag *tag = &pushing->tags[pushing->n_tags];

		if (refs_tag_name(&tag->ref, names[pushing->n_tags], err) < 0)
			return -1;
		strlist_add(&refs, tag->ref);
	}
	if (sync_view_list(&pushing->view, &refs, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct sync_tag *tag = &pushing->tags[i];
		const struct ref *found =
			refs_find(&pushing->view.listed, tag->ref);

		if (!found)
			return intoto_fail(err, INTOTO_ENOTFOUND,
					   "no tag '%s' here",
					   refs_short(tag->ref));
		tag->oid = found->oid;
		sync_tag_parts(&pushing->parts, pushing->view.repo, &tag->oid);
	}
	return 0;
}

/* A tag that nothing is recorded for is not worth sharing. */
static int check_linked(struct pushing *pushing, struct intoto_error *err)
{
	for (size_t i = 0; i < pushing->n_tags; i++) {
		const struct sync_tag *tag = &pushing->tags[i];
		scoped_text ref = notes_links_ref(&tag->oid);
		scoped_text word = quote_word(refs_short(tag->ref));
		scoped_value(note) note = { 0 };

		if (note_read(&note, pushing->view.repo, ref, &tag->oid, err) <
		    0)
			return -1;
		if (note.n)
			continue;
		intoto_reject(err, "tag-unlinked",
			      "nothing is recorded for tag '%s'",
			      refs_short(tag->ref));
		return intoto_hint(err, "git intoto tag --existing %s", word);
	}
	return 0;
}

/* The server's state is another one than what it refused on top of. */
static bool has_moved(const struct pushing *pushing)
{
	const struct sync_plan *plan = &pushing->plan;

	for (size_t i = 0; i < pushing->refused.n; i++) {
		const struct sync_item *then = &pushing->refused.items[i];
		bool same = false;

		for (size_t j = 0; j < plan->n && !same; j++)
			same = !strcmp(plan->items[j].name, then->name) &&
			       oid_equal(&plan->items[j].theirs, &then->theirs);
		if (!same)
			return true;
	}
	return false;
}

static void keep_refused(struct pushing *pushing, enum sync_round round)
{
	const struct sync_plan *plan = &pushing->plan;
	struct sync_plan *refused = &pushing->refused;

	sync_plan_forget(refused);
	for (size_t i = 0; i < plan->n; i++) {
		struct sync_item item = plan->items[i];

		if (item.round != round)
			continue;
		item.name = xstrdup(item.name);
		ALLOC_GROW(refused->items, refused->n + 1, refused->alloc);
		refused->items[refused->n++] = item;
	}
}

/* A refusal stands if nobody has changed what it is a refusal of; one more look
 * tells. */
static enum outcome refuse(struct pushing *pushing, struct pushed *pushed,
			   enum sync_round round)
{
	const char *remote = pushing->view.remote;
	struct report *report = &pushing->reasons;
	bool final = !pushed->n;

	for (size_t i = 0; i < pushed->n; i++) {
		const struct push_ref *ref = &pushed->refs[i];

		final |= ref->fate == PUSH_TAKEN;
		if (ref->fate == PUSH_TAKEN)
			report_refuse(report, "tag-taken",
				      "'%s' has another tag '%s'", remote,
				      refs_short(ref->name));
		else if (ref->fate == PUSH_REFUSED)
			report_refuse(report, "push-refused",
				      "'%s' refuses %s: %s", remote, ref->name,
				      ref->why);
	}
	if (!report->n)
		report_refuse(report, "push-refused",
			      pushed->n ? "'%s' refuses the push"
					: "the pre-push hook refuses the push "
					  "to '%s'",
			      remote);
	strlist_add_all(&pushing->said, &pushed->said);
	keep_refused(pushing, round);
	return final ? REFUSED : DOUBTED;
}

/* One of the pushes. */
static int push_round(enum outcome *out, struct pushing *pushing,
		      enum sync_round round, struct intoto_error *err)
{
	struct sync_plan *plan = &pushing->plan;
	struct push_item *items = xcalloc(plan->n + 1, sizeof(*items));
	scoped_value(pushed) pushed = { 0 };
	size_t n = 0;
	int result = 0;

	for (size_t i = 0; i < plan->n; i++)
		if (plan->items[i].round == round)
			items[n++] = (struct push_item){ plan->items[i].name,
							 plan->items[i].oid };
	*out = PUSHED;
	if (n)
		result = transport_push(&pushed, pushing->view.repo,
					pushing->view.remote, items, n, err);
	free(items);
	if (!n || result < 0)
		return result;
	if (pushed.end == PUSH_END_OFFLINE)
		intoto_fail(err, INTOTO_ECHILD, "cannot push to '%s': %s",
			    pushing->view.remote,
			    pushed.said.n ? pushed.said.items[0]
					  : "the connection breaks");
	pushing->broken =
		pushed.end == PUSH_END_OFFLINE ? pushing->broken + 1 : 0;
	*out = LOST;
	if (pushed.end == PUSH_END_REFUSED)
		*out = refuse(pushing, &pushed, round);
	if (pushed.end != PUSH_END_DONE)
		return 0;
	*out = PUSHED;
	strlist_add_all(&pushing->result->said, &pushed.said);
	for (size_t i = 0; i < pushed.n; i++)
		if (pushed.refs[i].fate == PUSH_DONE)
			strlist_add(&pushing->result->refs,
				    pushed.refs[i].name);
	return sync_settle_pushed(&pushing->view, plan, round,
				  &pushing->result->report, err);
}

/* The tags that are there already are asked for: a push would tell. */
static void say_would_push(struct pushing *pushing)
{
	const struct sync_plan *plan = &pushing->plan;

	for (size_t i = 0; i < plan->n; i++) {
		const struct sync_item *item = &plan->items[i];
		struct oid there;

		if (item->ref ||
		    !remote_read_ref(&there, pushing->view.repo,
				     pushing->view.remote, item->name) ||
		    !oid_equal(&there, &item->oid))
			strlist_add(&pushing->result->refs, item->name);
	}
}

static int look(enum fetch_end *end, struct pushing *pushing,
		struct intoto_error *err)
{
	struct sync_view *view = &pushing->view;
	scoped_value(strlist) names = STRLIST_INIT;

	sync_view_forget(view);
	if (sync_view_look(end, view, &pushing->parts, NULL, false, err) < 0)
		return -1;
	if (*end != FETCH_DONE)
		return 0;
	/* What only another remote was seen with. */
	if (inforce_names(&names, view->repo, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		scoped_text name = xasprintf("layouts/%s", names.items[i]);

		sync_view_ref(view, name);
	}
	for (size_t i = 0; i < pushing->parts.n; i++)
		if (strcmp(pushing->parts.items[i], "layouts/") != 0)
			sync_view_ref(view, pushing->parts.items[i]);
	return 0;
}

/* Is what was refused before still what it was, on top of the same? */
static bool still_refused(struct pushing *pushing)
{
	bool still = pushing->refused.n && !has_moved(pushing);

	if (still)
		return true;
	sync_plan_forget(&pushing->refused);
	report_release(&pushing->reasons);
	strlist_release(&pushing->said);
	pushing->reasons = (struct report)REPORT_INIT;
	pushing->said = (struct strlist)STRLIST_INIT;
	return false;
}

/* Look, plan, push. LOST: `err` may say why. */
static int attempt(enum outcome *out, struct pushing *pushing,
		   struct intoto_error *err)
{
	struct report *report = &pushing->result->report;
	enum fetch_end end;

	if (look(&end, pushing, err) < 0)
		return -1;
	*out = LOST;
	if (end != FETCH_DONE) {
		pushing->broken++;
		return 0;
	}
	if (check_linked(pushing, err) < 0 ||
	    sync_plan_make(&pushing->plan, report, &pushing->view,
			   pushing->tags, pushing->n_tags, err) < 0)
		return -1;
	*out = REFUSED;
	if (report->n || still_refused(pushing))
		return 0;
	*out = PUSHED;
	if (pushing->options->dry_run) {
		say_would_push(pushing);
		return 0;
	}
	for (int round = SYNC_ROUND_ROOT;
	     round <= SYNC_ROUND_PROOF && *out == PUSHED; round++)
		if (push_round(out, pushing, (enum sync_round)round, err) < 0)
			return -1;
	return 0;
}

static void give_up(struct pushing *pushing)
{
	report_refuse(&pushing->result->report, "push-contended",
		      "others were faster %d times: gave up pushing to '%s'; "
		      "nothing is lost here, push again later",
		      SYNC_ATTEMPTS_MAX, pushing->view.remote);
}

/* Until it is pushed, refused, or was lost too often. */
static int push_until(struct pushing *pushing, struct intoto_error *err)
{
	struct sync_result *result = pushing->result;
	enum outcome outcome = LOST;

	while (outcome == LOST || outcome == DOUBTED) {
		struct intoto_error why = { 0 };

		if (result->attempts == SYNC_ATTEMPTS_MAX) {
			give_up(pushing);
			return 0;
		}
		if (result->attempts && outcome == LOST)
			sync_wait(result->attempts);
		result->attempts++;
		if (attempt(&outcome, pushing, &why) < 0 ||
		    (outcome == LOST && pushing->broken >= BROKEN_MAX)) {
			*err = why;
			return -1;
		}
	}
	if (outcome == REFUSED) {
		report_append(&result->report, &pushing->reasons);
		strlist_add_all(&result->said, &pushing->said);
	}
	return 0;
}

int sync_push(struct sync_result *out, struct repo *repo,
	      const struct sync_options *options, struct intoto_error *err)
{
	scoped_value(sync_result) result = { 0 };
	scoped_value(pushing)
		pushing = { .options = options, .result = &result };

	if (sync_view_open(&pushing.view, repo, options->remote, true, err) <
		    0 ||
	    find_tags(&pushing, err) < 0)
		return -1;
	result.remote = xstrdup(pushing.view.remote);
	if (push_until(&pushing, err) < 0 ||
	    sync_settle_view(&pushing.view, !options->dry_run, &result.report,
			     err) < 0)
		return -1;
	*out = result;
	result = (struct sync_result){ 0 };
	return 0;
}
