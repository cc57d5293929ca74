/*
 * guard.h: what a hook asks: may these refs change so? CONTRACT.md "A server's
 * rules, precisely"; read-only, fails closed for guarded refs, and lets a push
 * that touches none of them pass.
 */
#ifndef POLICY_GUARD_H
#define POLICY_GUARD_H

#include "policy/judge.h"

enum guard_event { GUARD_PRE_PUSH, GUARD_PRE_RECEIVE, GUARD_UPDATE };

struct guard_update {
	char *ref;
	struct oid old;	    /* null: new ref */
	struct oid new_oid; /* null: deletion */
};

struct guard_push {
	enum guard_event event;
	const char *remote; /* pre-push: name or URL */
	struct guard_update *updates;
	size_t n;
};

/* Is this ref guarded, or in a namespace of ours? Decided from configuration
 * alone, so that other pushes cost nothing. Where the configuration is invalid
 * more is guarded, never less. */
bool guard_concerns(const struct repo *repo, const char *ref);

/* Has this update to be judged? A tag that is not guarded has to when it is
 * moved or deleted: it may have a link. */
bool guard_touches(const struct repo *repo, const struct guard_update *update);

/* intoto.protected and intoto.movable are well-formed: an empty value is
 * EINVALID, not "nothing".
 */
int guard_check_config(const struct repo *repo, struct intoto_error *err);

/* Each refused ref: findings whose artifact is the refname, in the order
 * reserved names, root, layouts, drafts, links, tags, and in each in that of
 * the push. -1: could not judge; the hook refuses if a guarded ref is among
 * them. */
int guard_judge(struct report *report, struct repo *repo,
		const struct guard_push *push, int64_t now,
		struct intoto_error *err);

/* for-each-ref pattern semantics: a prefix up to a slash or all, or a glob. */
bool guard_pattern_match(const char *pattern, const char *ref);

#endif
