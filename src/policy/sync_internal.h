/* sync_internal.h: what push and fetch share: one look at a remote. */
#ifndef POLICY_SYNC_INTERNAL_H
#define POLICY_SYNC_INTERNAL_H

#include "json/json.h"
#include "policy/sync.h"
#include "repo/notes.h"
#include "repo/transport.h"

enum sync_kind {
	SYNC_LINEAR, /* root, layouts: only ever continued */
	SYNC_SET,    /* links, pending: meet as a union */
};

/* One notes ref of ours, here and there. Null where there is none. */
struct sync_ref {
	char *name; /* below refs/notes/in-toto/ */
	enum sync_kind kind;
	struct oid local;
	struct oid seen;   /* what the remote had when a command of ours last
			      looked */
	struct oid before; /* its tracking ref before this look */
	struct oid now;	   /* what the remote has */
	struct oid lost;   /* of seen and before, what is not in `now` */
	struct oid merged; /* SYNC_SET: what the remote is to have after a push,
			      and we after a fetch */
	bool pushed;
	bool healed; /* pushed, and `lost` is in it again */
};

struct sync_view {
	struct repo *repo;
	bool looked;   /* the last look was not cut short */
	char *remote;  /* for git: a name or a URL */
	char *from;    /* what is looked at: for a push, where it goes to */
	char *track;   /* the folder below refs/in-toto-remotes/ */
	json_t *known; /* name -> id as last seen */
	struct refs listed; /* ours, as last listed */
	bool is_listed;
	struct sync_ref *refs; /* sorted by name */
	size_t n;
	size_t alloc;
};
void sync_view_release(struct sync_view *view);
SCOPED_RELEASE(sync_view);

/* Which remote that is; nothing is asked of it yet. A URL that no remote has
 * gets a folder of its own. */
int sync_view_open(struct sync_view *out, struct repo *repo, const char *remote,
		   bool push, struct intoto_error *err);

/* List our refs of the proof, this remote's tracking refs, and `tags` (full
 * names, may be NULL). */
int sync_view_list(struct sync_view *view, const struct strlist *tags,
		   struct intoto_error *err);

/*
 * Fetch what the `parts` name below refs/notes/in-toto/ ("layouts/" and all
 * below, "root", "links/ab"), and `more` refspecs, into the tracking refs, and
 * compare. Refs of an earlier look stay until sync_view_forget(), which also
 * forgets what was listed; what was not is listed here, without tags.
 */
int sync_view_look(enum fetch_end *end, struct sync_view *view,
		   const struct strlist *parts, const struct strlist *more,
		   bool show, struct intoto_error *err);

void sync_view_forget(struct sync_view *view);

/* The ref of that name of the last look; made if there is none. */
struct sync_ref *sync_view_ref(struct sync_view *view, const char *name);

/* Is what the remote had in what it has? An object that is not here is not. */
int sync_is_kept(bool *out, struct repo *repo, const struct oid *had,
		 const struct oid *now, struct intoto_error *err);

/* refs/notes/in-toto/NAME and refs/in-toto-remotes/REMOTE/NAME; to be freed. */
char *sync_local_name(const struct sync_ref *ref);
char *sync_tracking_name(const struct sync_view *view,
			 const struct sync_ref *ref);

/* Not the id of anything. */
bool sync_is_null(const struct oid *oid);
/* Is this commit here? What a remote has may be anything. */
bool sync_has(struct repo *repo, const struct oid *oid);

/* Remember what the remote has now; null: forget. Kept by sync_view_save(). */
void sync_view_know(struct sync_view *view, const char *name,
		    const struct oid *oid);
int sync_view_save(struct sync_view *view, struct intoto_error *err);

/* {<name>: <id>} of one remote; a new reference. */
int sync_seen_load(json_t **out, struct repo *repo, const char *track,
		   struct intoto_error *err);
int sync_seen_save(struct repo *repo, const char *track, const json_t *known,
		   struct intoto_error *err);

/* "links/ab" for a tag's object and for its commit, to `parts`. */
void sync_tag_parts(struct strlist *parts, struct repo *repo,
		    const struct oid *tag);

/* Wait before the next try: a random time, longer after each one lost. */
void sync_wait(size_t attempt);

/* How often refs here are tried to be written, where it failed so: a lock that
 * has a hint was perhaps left behind by a git that was killed. */
size_t sync_tries(const struct intoto_error *why);

#endif
