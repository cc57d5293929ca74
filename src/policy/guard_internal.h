/* guard_internal.h: what the parts of the guard share. */
#ifndef POLICY_GUARD_INTERNAL_H
#define POLICY_GUARD_INTERNAL_H

#include "policy/guard.h"

#define GUARD_NEW_LINES_MAX 100000
#define GUARD_NEW_COMMITS_MAX 100000
#define GUARD_NEW_BYTES_MAX ((uint64_t)8 << 30)
#define GUARD_NEW_WORK_MAX 20000000
#define GUARD_VERSIONS_MAX 10000
#define GUARD_NOTE_MODE 0100644

/* One version of a layout that the owners of some time signed. */
struct guard_layout {
	char *name;
	struct envelope *envelope;
	bool in_force; /* signed by the owners of now, before this push */
	bool pushed;   /* comes with this push; else it was there before */
	bool tip;      /* the newest of its ref */
};

struct guard {
	struct repo *repo;
	const struct guard_push *push;
	int64_t now;
	struct report *report;
	struct trust *trust; /* as before this push; the first root of all
				comes into it when it is judged */
	struct root_chain *pushed_root; /* not believed in this push */
	bool no_root; /* one is pinned, and none is here yet */
	const char *tag_step;
	char project[PROJECT_SIZE]; /* "" until a layout fixes it */
	size_t max_line;
	size_t new_lines;
	size_t new_commits;
	uint64_t new_bytes;
	uint64_t new_work;
	struct guard_layout *layouts; /* every version, by ref, oldest first */
	size_t n_layouts;
	size_t alloc_layouts;
	struct strlist held; /* "<name> <digest>" of all layouts of the refs,
				whoever signed them */
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
	GUARD_ROOT,
	GUARD_PENDING,
	GUARD_RESERVED, /* below our namespaces and nothing we know */
};
enum guard_kind guard_kind(const struct repo *repo, const char *ref);

/* Does one of the values of intoto.movable match? */
bool guard_is_movable(const struct repo *repo, const char *ref);

/* `update` sees one ref, and not what came with it: with --atomic before git
 * 2.51, and always after, no other ref of the push is there yet. So where our
 * pre-receive is active, what needs other refs is decided there. */
bool guard_leaves_to_pre_receive(const struct guard *guard);

/* Is anything known of what the receiving side has? Not in pre-push to a URL.
 */
bool guard_knows_receiver(const struct guard *guard);

/* Nothing to judge here: it is decided elsewhere, or nothing is known of that
 * side; or the ref would be deleted, which is a refusal. */
bool guard_skips(struct guard *guard, const struct guard_update *update,
		 const char *what);

/* guard_history.c: the commits from `old` (left out; null: the very first) to
 * `tip`, oldest first; to be freed. EREJECTED `reason` if the line is not
 * straight or never meets `old`. */
int guard_straight_line(struct oid **out, size_t *n, struct guard *guard,
			const struct oid *old, const struct oid *tip,
			const char *reason, struct intoto_error *err);
/* The text of the one note, on the empty tree, that a commit of a layout's or
 * the root's ref holds; EREJECTED `reason`. */
int guard_one_note(struct buffer *out, struct guard *guard,
		   const struct oid *commit, size_t max, const char *reason,
		   struct intoto_error *err);

/*
 * guard_growth.c: notes that only grow, over the effect of every new commit.
 * `judge` is called once for each note that has new lines at the tip; both
 * notes are sorted.
 */
struct guard_note {
	struct guard *guard;
	const char *ref;
	const struct oid *key;
	const struct note *old_note; /* what was there */
	const struct note *note;     /* what is pushed */
};
typedef int guard_note_judge(const struct guard_note *note,
			     struct intoto_error *err);
int guard_judge_growth(struct guard *guard, const struct guard_update *update,
		       guard_note_judge *judge, struct intoto_error *err);
/* Is the line among those that were there? Else it is counted as a new one. */
int guard_line_is_new(bool *out, const struct guard_note *note,
		      const struct note_line *line, struct intoto_error *err);

/* guard_lines.c: who may write a line about what. `envelope` has one signature.
 */
struct guard_subject; /* what is known of the object of one note */
void guard_subject_free(struct guard_subject *subject);
SCOPED_TYPE(guard_subject);
struct guard_subject *guard_subject_new(const struct guard_note *note);
/* `*key` signed it, and may say so here: borrowed. */
int guard_judge_line(const struct key **key, struct guard_subject *subject,
		     const struct envelope *envelope, struct intoto_error *err);
/* Who signed a link or sublayout that was let in, or NULL. */
const struct key *guard_line_signer(struct guard_subject *subject,
				    const struct envelope *envelope);
/* Some known key whose signature on it holds, or NULL. */
const struct key *guard_signer(const struct guard *guard,
			       const struct envelope *envelope);

/* guard_sublayouts.c: the sublayouts of one note, and who they let speak. */
struct guard_subs;
void guard_subs_free(struct guard_subs *subs);
SCOPED_TYPE(guard_subs);
struct guard_subs *guard_subs_new(const struct guard_note *note);
/* The key that a sublayout names for the link's step, where that link belongs;
 * or NULL. */
const struct key *guard_subs_link_signer(struct guard_subs *subs,
					 const struct envelope *envelope);
/* The key that some version of a layout, or a sublayout of the note, lets sign
 * a sublayout for one of its steps; or NULL. */
const struct key *guard_subs_signer(struct guard_subs *subs,
				    const struct envelope *envelope);
int guard_judge_sublayout(const struct key **key, struct guard_subs *subs,
			  const struct envelope *envelope,
			  struct intoto_error *err);

/* guard_root.c */
int guard_load_trust(struct guard *guard, struct intoto_error *err);
void guard_judge_root(struct guard *guard, const struct guard_update *update);

/* guard_layouts.c: the history that is there, then one update of it. */
int guard_load_layouts(struct guard *guard, struct intoto_error *err);
void guard_judge_layout(struct guard *guard, const struct guard_update *update);
/* Has it a step or inspection named `revoke`? */
bool guard_names_revoke(const struct layout *layout);
/* guard_policy.c: the layouts that new tags are judged by: in force before this
 * push, or the first of their name. A finding on `ref` for each that is not. */
size_t guard_policy(const struct layout ***out, struct guard *guard,
		    const char *ref);
/* Warn of what expires within 30 days. */
void guard_warn_expiry(struct guard *guard);

/* guard_pending.c */
void guard_judge_pending(struct guard *guard,
			 const struct guard_update *update);

/* guard_links.c */
void guard_judge_links(struct guard *guard, const struct guard_update *update);

/* guard_tag.c */
void guard_judge_tag(struct guard *guard, const struct guard_update *update);
/* One whose ref is not guarded: it has a link of its own, so it stays. */
void guard_judge_linked(struct guard *guard, const struct guard_update *update);
/* Is a link of this very tag and name, by somebody known, among the lines? */
bool guard_has_link(const struct guard *guard, const struct note *note,
		    const char *ref, const struct oid *tag);
/* Lines of the note on `key`, as the receiving side will have them: what is
 * there, and what this push brings. */
int guard_note_after_push(struct note *out, struct guard *guard,
			  const struct oid *key, struct intoto_error *err);

/* guard_change.c: may a tag that is there be moved or deleted? */
enum guard_change {
	GUARD_CHANGE_REFUSED, /* and said so */
	GUARD_CHANGE_REVOKED, /* its owners withdrew it */
	GUARD_CHANGE_MOVED,   /* its name is movable; the new one is judged */
};
enum guard_change guard_judge_change(struct guard *guard,
				     const struct guard_update *update);
/* What the ref is before the push; null if it is not there. */
int guard_read_value(struct oid *out, struct guard *guard,
		     const struct guard_update *update,
		     struct intoto_error *err);
/* intoto.refuseCaseClash */
int guard_check_case(const struct guard *guard, const char *ref,
		     struct intoto_error *err);

#endif
