/* guard_internal.h: what the parts of the guard share. */
#ifndef POLICY_GUARD_INTERNAL_H
#define POLICY_GUARD_INTERNAL_H

#include "policy/guard.h"

#define GUARD_NEW_LINES_MAX 100000
#define GUARD_LAYOUT_VERSIONS_MAX 10000

/* One version of a layout that the trusted threshold signed. */
struct guard_layout {
	char *name;
	struct envelope *envelope;
	bool pushed; /* comes with this push; else it was there before */
	bool tip;    /* the newest of its ref */
};

struct guard {
	struct repo *repo;
	const struct guard_push *push;
	int64_t now;
	struct report *report;
	struct trust *trust;
	const char *tag_step;
	char project[PROJECT_SIZE]; /* "" until a layout fixes it */
	size_t max_line;
	size_t new_lines;
	struct guard_layout *layouts; /* every version, by ref, oldest first */
	size_t n_layouts;
	size_t alloc_layouts;
};

/* A refusal of one ref, as a finding whose artifact is the ref. */
struct finding *guard_refuse(struct guard *guard, const char *ref,
			     const char *reason, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* An error while judging the ref: EREJECTED becomes a refusal, all else a
 * refusal with the code guard-unjudged: nothing unjudged gets in. */
void guard_refuse_error(struct guard *guard, const char *ref,
			const struct intoto_error *err);

/* The ref here that shows what the receiving side has under `ref`: on a server
 * the ref itself, in pre-push the remote's tracking ref; NULL if the remote
 * has none. To be freed. */
char *guard_receiver_ref(const struct guard *guard, const char *ref);

/* What kind of ref this is to the guard. */
enum guard_kind {
	GUARD_NONE,
	GUARD_TAG,
	GUARD_LINKS,
	GUARD_LAYOUT,
	GUARD_RESERVED, /* below our namespaces and nothing we know */
};
enum guard_kind guard_kind(const struct repo *repo, const char *ref);

/* `update` sees one ref, and not what came with it: with --atomic before git
 * 2.51, and always after, no other ref of the push is there yet. So where our
 * pre-receive is active, what needs other refs is decided there. */
bool guard_leaves_to_pre_receive(const struct guard *guard);

/* Is anything known of what the receiving side has? Not in pre-push to a URL.
 */
bool guard_knows_receiver(const struct guard *guard);

/* guard_layouts.c: the history that is there, then one update of it. */
int guard_load_layouts(struct guard *guard, struct intoto_error *err);
void guard_judge_layout(struct guard *guard, const struct guard_update *update);
/* The layouts that new tags are judged by: in force before this push, or the
 * first of their name. A finding on `ref` if there is none. */
size_t guard_policy(const struct layout ***out, struct guard *guard,
		    const char *ref);

/* guard_links.c */
void guard_judge_links(struct guard *guard, const struct guard_update *update);

/* guard_tag.c */
void guard_judge_tag(struct guard *guard, const struct guard_update *update);

#endif
