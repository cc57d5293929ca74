/* guard.c: judge a push: which refs concern us, then one kind after the other.
 */
#include "policy/guard.h"

#include <stdarg.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/guard_internal.h"
#include "policy/hookfile.h"
#include "repo/config.h"

struct finding *guard_refuse(struct guard *guard, const char *ref,
			     const char *reason, const char *fmt, ...)
{
	scoped_text text = NULL;
	struct finding *finding;
	va_list args;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	finding = report_refuse(guard->report, reason, "%s", text);
	finding_set(&finding->artifact, "%s", ref);
	return finding;
}

void guard_refuse_error(struct guard *guard, const char *ref,
			const struct intoto_error *err)
{
	struct finding *finding =
		guard_refuse(guard, ref,
			     err->code == INTOTO_EREJECTED && *err->reason
				     ? err->reason
				     : "guard-unjudged",
			     "%s", err->message);

	if (*err->hint)
		finding_set(&finding->hint, "%s", err->hint);
}

bool guard_leaves_to_pre_receive(const struct guard *guard)
{
	return guard->push->event == GUARD_UPDATE &&
	       hookfile_is_active(guard->repo, "pre-receive");
}

bool guard_knows_receiver(const struct guard *guard)
{
	scoped_value(strlist) remotes = STRLIST_INIT;

	if (guard->push->event != GUARD_PRE_PUSH)
		return true;
	config_subsections(&remotes, guard->repo, "remote");
	return strlist_has(&remotes, guard->push->remote);
}

char *guard_receiver_ref(const struct guard *guard, const char *ref)
{
	if (guard->push->event != GUARD_PRE_PUSH)
		return xstrdup(ref);
	if (!guard_knows_receiver(guard))
		return NULL;
	return xasprintf(NOTES_TRACKING_PREFIX "%s/%s", guard->push->remote,
			 ref + strlen(NOTES_PREFIX));
}

/* In a namespace the names that a hook is given are not those of the refs: the
 * policy that is read would be another one than what is pushed to. */
static int check_namespace(const struct repo *repo, struct intoto_error *err)
{
	const char *name = getenv("GIT_NAMESPACE");

	if (!repo->server || !name || !*name)
		return 0;
	return intoto_fail(err, INTOTO_EUNSUPPORTED,
			   "a namespace (GIT_NAMESPACE) cannot be guarded");
}

static int guard_start(struct guard *guard, struct intoto_error *err)
{
	const char *step = config_get(guard->repo, "intoto.tagstep");

	guard->tag_step = step && *step ? step : "tag";
	if (check_namespace(guard->repo, err) < 0 ||
	    guard_check_config(guard->repo, err) < 0 ||
	    config_max_link_size(&guard->max_line, guard->repo, err) < 0 ||
	    guard_load_trust(guard, err) < 0)
		return -1;
	snprintf(guard->project, sizeof(guard->project), "%s",
		 guard->trust->project);
	return 0;
}

static void guard_finish(struct guard *guard)
{
	for (size_t i = 0; i < guard->n_layouts; i++) {
		free(guard->layouts[i].name);
		envelope_free(guard->layouts[i].envelope);
	}
	free(guard->layouts);
	strlist_release(&guard->held);
	root_chain_free(guard->pushed_root);
	trust_free(guard->trust);
}

bool guard_skips(struct guard *guard, const struct guard_update *update,
		 const char *what)
{
	struct intoto_error ignored = { 0 };
	enum object_type type;
	size_t size;

	if (!guard_knows_receiver(guard))
		return true;
	if (oid_is_null(&update->new_oid)) {
		guard_refuse(guard, update->ref, "ref-deleted", "%s", what);
		return true;
	}
	/* Git itself says "fetch first" then. */
	if (guard->push->event == GUARD_PRE_PUSH &&
	    !oid_is_null(&update->old) &&
	    object_stat(&type, &size, guard->repo, &update->old, &ignored) < 0)
		return true;
	return guard_leaves_to_pre_receive(guard);
}

static void refuse_reserved(struct guard *guard, const char *ref)
{
	const bool tracking = !strncmp(ref, NOTES_TRACKING_PREFIX,
				       strlen(NOTES_TRACKING_PREFIX));
	struct finding *finding = guard_refuse(
		guard, ref, "ref-reserved",
		tracking ? "what a clone remembers of its remotes is pushed "
			   "nowhere; `git push --mirror` would"
			 : "this name is reserved and holds nothing that can "
			   "be pushed");

	if (tracking)
		finding_set(&finding->hint, "git push REMOTE 'refs/heads/*' "
					    "'refs/tags/*' 'refs/notes/*'");
}

static void judge_update(struct guard *guard, const struct guard_update *update,
			 enum guard_kind kind)
{
	/* Nobody is known then who could have linked it. */
	if (guard->no_root &&
	    (kind == GUARD_NONE || guard_leaves_to_pre_receive(guard)))
		return;
	if (guard->no_root && kind != GUARD_RESERVED && kind != GUARD_ROOT) {
		struct finding *finding = guard_refuse(
			guard, update->ref, "no-root",
			"the root sha256:%s, which is pinned, is not there; "
			"push it first",
			guard->trust->root_pin);

		finding_set(&finding->hint, "git push REMOTE " ROOT_REF);
		return;
	}
	switch (kind) {
	case GUARD_NONE:
		guard_judge_linked(guard, update);
		break;
	case GUARD_TAG:
		guard_judge_tag(guard, update);
		break;
	case GUARD_LINKS:
		guard_judge_links(guard, update);
		break;
	case GUARD_LAYOUT:
		guard_judge_layout(guard, update);
		break;
	case GUARD_ROOT:
		guard_judge_root(guard, update);
		break;
	case GUARD_PENDING:
		guard_judge_pending(guard, update);
		break;
	case GUARD_RESERVED:
		refuse_reserved(guard, update->ref);
		break;
	}
}

static void judge_kind(struct guard *guard, enum guard_kind wanted)
{
	for (size_t i = 0; i < guard->push->n; i++) {
		const struct guard_update *update = &guard->push->updates[i];

		if (guard_kind(guard->repo, update->ref) == wanted &&
		    guard_touches(guard->repo, update))
			judge_update(guard, update, wanted);
	}
}

/* Whose root is here already is judged by its layouts' project as well; the
 * first root of all says which layouts are believed. */
static int judge_root_and_load(struct guard *guard, struct intoto_error *err)
{
	const bool first = guard->no_root;

	if (!first && guard_load_layouts(guard, err) < 0)
		return -1;
	judge_kind(guard, GUARD_ROOT);
	if (!first || guard->no_root)
		return 0;
	snprintf(guard->project, sizeof(guard->project), "%s",
		 guard->trust->project);
	return guard_load_layouts(guard, err);
}

int guard_judge(struct report *report, struct repo *repo,
		const struct guard_push *push, int64_t now,
		struct intoto_error *err)
{
	/* Layouts first: they name the keys of the lines, and where there was
	 * none they are the policy for the tags of the same push. */
	static const enum guard_kind order[] = { GUARD_LAYOUT, GUARD_PENDING,
						 GUARD_LINKS, GUARD_TAG,
						 GUARD_NONE };
	struct guard guard = {
		.repo = repo, .push = push, .now = now, .report = report
	};
	int result = guard_start(&guard, err);

	if (!result) {
		judge_kind(&guard, GUARD_RESERVED);
		result = judge_root_and_load(&guard, err);
	}
	for (size_t i = 0; !result && i < ARRAY_SIZE(order); i++)
		judge_kind(&guard, order[i]);
	if (!result)
		guard_warn_expiry(&guard);
	guard_finish(&guard);
	return result;
}
