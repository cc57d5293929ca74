/*
 * transport.h: refs to and from a remote, by `git push` and `git fetch`, so
 * that the user's own transports, credentials, URLs and hooks apply.
 */
#ifndef REPO_TRANSPORT_H
#define REPO_TRANSPORT_H

#include "repo/repo.h"

/* What became of one ref of a push. */
enum push_fate {
	PUSH_DONE,     /* it is there now */
	PUSH_SAME,     /* it was there already */
	PUSH_RACE,     /* somebody else was faster: fetch, merge, push again */
	PUSH_FOLLOWED, /* not pushed because another ref was not (--atomic) */
	PUSH_TAKEN,    /* a tag of that name is there, as another object */
	PUSH_REFUSED,  /* the other side says no */
};

struct push_ref {
	char *name; /* on the remote, full */
	enum push_fate fate;
	char *why; /* the reason that git gives; "" if there is none */
};

/* What became of the whole push. */
enum push_end {
	PUSH_END_DONE,
	PUSH_END_AGAIN,	  /* a race was lost, try again */
	PUSH_END_OFFLINE, /* the connection broke before anything was said */
	PUSH_END_REFUSED, /* by a hook, here or there, or by the server */
};

struct pushed {
	enum push_end end;
	struct push_ref *refs;
	size_t n;
	size_t alloc;
	struct strlist said; /* what the server and hooks said, line by line */
};
void pushed_release(struct pushed *pushed);
SCOPED_RELEASE(pushed);
const struct push_ref *pushed_find(const struct pushed *pushed,
				   const char *name);

/* One ref to be pushed. */
struct push_item {
	const char *name; /* full, on the remote */
	struct oid oid;
};

/*
 * `git push --atomic --porcelain` of these objects, never forced, in that
 * order. The user's pre-push hook runs. -1: it cannot be told what became of
 * it (ECHILD, with git's complaint), or git cannot be run.
 */
int transport_push(struct pushed *out, struct repo *repo, const char *remote,
		   const struct push_item *items, size_t n,
		   struct intoto_error *err);

/*
 * The lines of `git push --porcelain`, after the last "To ..." line: a hook
 * may have printed anything before. Of a ref that is named twice the worst
 * counts. EINVALID for a line that is none.
 */
int transport_parse_push(struct pushed *out, const char *text, size_t len,
			 struct intoto_error *err);

/* What a push came to that ended with that status and said that on stderr;
 * `expected` are the names pushed. Fills `end` and `said`. */
int transport_judge_push(struct pushed *pushed, int status, const char *text,
			 const struct push_item *items, size_t n,
			 struct intoto_error *err);

/* How a fetch ended. */
enum fetch_end {
	FETCH_DONE,
	FETCH_AGAIN,   /* another process moved our refs, or the remote's went
			  while it was read: try again */
	FETCH_OFFLINE, /* the connection broke */
};

/*
 * `git fetch --prune` of these refspecs and no others: what the remote no
 * longer has goes. No tags come along. `show`: git's progress and its list go
 * to the terminal. Where `*end` is not FETCH_DONE, `err` has git's complaint.
 * -1: ECHILD; ENOTFOUND if a ref that was named without a star is not there.
 */
int transport_fetch(enum fetch_end *end, struct repo *repo, const char *remote,
		    const struct strlist *refspecs, bool show,
		    struct intoto_error *err);

/* Would trying again help where the connection broke with these words? */
bool transport_is_transient(const char *text);

#endif
