/*
 * guard_quick.h: is it plain that a push touches nothing guarded? Asked on a
 * server for every push, so it is answered without git, libraries or objects:
 * from the names of the refs, and from there being no setting of ours at all.
 * "No" means only that somebody has to look.
 */
#ifndef POLICY_GUARD_QUICK_H
#define POLICY_GUARD_QUICK_H

#include <stdbool.h>
#include <stddef.h>

/* What git gives to pre-receive: lines of OLD NEW REF. None is no answer. */
bool guard_quick_push(const char *list, size_t len);
/* One ref, as update gets it. */
bool guard_quick_ref(const char *ref);

#endif
