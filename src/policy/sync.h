/*
 * sync.h: share the proof with a remote: links, pending drafts, layouts and
 * the root, with tags where they are named. Links and pending are grow-only
 * sets and meet as a union; layouts and the root are lines of history that are
 * only ever continued.
 */
#ifndef POLICY_SYNC_H
#define POLICY_SYNC_H

#include "repo/repo.h"
#include "verify/report.h"

#define SYNC_ATTEMPTS_MAX 200

struct sync_options {
	const char *remote; /* a remote's name or a URL; NULL: the default */
	char *const *tags;  /* names, NULL-terminated; none: all of the proof */
	bool dry_run;	    /* push: say what it would push */
	bool accept_rewind; /* fetch: take what a rewound remote has now */
	bool show;	    /* fetch: git's own progress on the terminal */
};

struct sync_result {
	char *remote;	     /* as git is told */
	struct strlist refs; /* pushed to it, or news from it; full names */
	size_t attempts;
	bool empty;	      /* fetch: it has no proof of anything */
	struct strlist bare;  /* fetch: named tags without any line; names */
	struct strlist said;  /* what the server and hooks said, by line */
	struct report report; /* warnings; refusals, if any */
};
void sync_result_release(struct sync_result *result);
SCOPED_RELEASE(sync_result);

/*
 * Two atomic pushes, never forced: root, layouts and pending first, then links
 * before tags; each lost race is followed by a fetch, a union and another try.
 * Without tags: every layout, root, draft and line here that the remote lacks,
 * and no tag.
 *
 * In the report: "push-diverged" (another version of a layout or the root was
 * published), "push-refused" (by the server or a hook; `said` has its words),
 * "tag-taken", "push-contended" (as many attempts as there may be were lost);
 * whatever is here stays here. EREJECTED "tag-unlinked" for a tag without any
 * line; ENOTFOUND for no such tag or remote; ECHILD if git cannot tell.
 */
int sync_push(struct sync_result *out, struct repo *repo,
	      const struct sync_options *options, struct intoto_error *err);

/*
 * Bring the proof here: what the remote has into its tracking refs, and its
 * lines into the local refs of links and pending. With tags only their shards,
 * and a tag itself if it is not here.
 *
 * A remote that has gone back (what it was last seen with here, by any command,
 * is not in what it has now) is "remote-rewound" in the report: the tracking
 * ref is put back, nothing is lost. ENOTFOUND for no such tag or remote.
 */
int sync_fetch(struct sync_result *out, struct repo *repo,
	       const struct sync_options *options, struct intoto_error *err);

#endif
