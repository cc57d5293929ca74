/* Judge a push: which refs concern us, then layouts, links and tags in turn. */
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
	const char *remote = guard->push->remote;

	return guard->push->event != GUARD_PRE_PUSH ||
	       (remote && *remote && !strpbrk(remote, ":/"));
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
	    trust_load(&guard->trust, guard->repo, err) < 0 ||
	    trust_require(guard->trust, err) < 0)
		return -1;
	snprintf(guard->project, sizeof(guard->project), "%s",
		 guard->trust->project);
	return guard_load_layouts(guard, err);
}

static void guard_finish(struct guard *guard)
{
	for (size_t i = 0; i < guard->n_layouts; i++) {
		free(guard->layouts[i].name);
		envelope_free(guard->layouts[i].envelope);
	}
	free(guard->layouts);
	trust_free(guard->trust);
}

static void judge_kind(struct guard *guard, enum guard_kind wanted)
{
	for (size_t i = 0; i < guard->push->n; i++) {
		const struct guard_update *update = &guard->push->updates[i];

		if (guard_kind(guard->repo, update->ref) != wanted)
			continue;
		if (wanted == GUARD_LAYOUT)
			guard_judge_layout(guard, update);
		else if (wanted == GUARD_LINKS)
			guard_judge_links(guard, update);
		else if (wanted == GUARD_TAG)
			guard_judge_tag(guard, update);
		else
			guard_refuse(guard, update->ref, "ref-reserved",
				     "this name is reserved and holds nothing "
				     "that can be pushed");
	}
}

int guard_judge(struct report *report, struct repo *repo,
		const struct guard_push *push, int64_t now,
		struct intoto_error *err)
{
	/* Layouts first: they name the keys of the lines, and where there was
	 * none they are the policy for the tags of the same push. */
	static const enum guard_kind order[] = { GUARD_RESERVED, GUARD_LAYOUT,
						 GUARD_LINKS, GUARD_TAG };
	struct guard guard = {
		.repo = repo, .push = push, .now = now, .report = report
	};
	int result = guard_start(&guard, err);

	for (size_t i = 0; !result && i < ARRAY_SIZE(order); i++)
		judge_kind(&guard, order[i]);
	guard_finish(&guard);
	return result;
}
