/*
 * session.h: what the commands that work on a tag start from: the repository,
 * whose layouts are believed here, and which of them are in force.
 */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include "policy/inforce.h"
#include "policy/judge.h"

struct session {
	struct repo *repo;
	struct trust *trust;
	struct inforce_set layouts; /* empty before session_layouts() */
	const char *tag_step;	    /* intoto.tagStep, else "tag" */
	int64_t now;
};

#define SHORT_ID 7

/* The user's repository and this clone's trust. */
int session_open(struct session *out, struct intoto_error *err);
void session_release(struct session *session);
SCOPED_RELEASE(session);

/* The layouts that `tag` and `build` go by; says their warnings. */
int session_layouts(struct session *session, struct intoto_error *err);

/* What a user of the layouts that must hold should know, said once: an end
 * that is near, tips that fail. For commands that judge many tags by them. */
void session_warn(const struct session *session);

/* Find out the project's id where no layout carries it: learnt from the links
 * that are here; `may_make`: else a new one. It is pinned if anything is. */
int session_project(struct session *session, bool may_make,
		    struct intoto_error *err);

/* One object of `type` ("commit", "tree") that a revision names; ENOTFOUND,
 * in plain words for a HEAD without a commit. */
int session_resolve(struct oid *out, struct repo *repo, const char *revision,
		    const char *type, struct intoto_error *err);

/* "v1.0" as a full refname whose ref is there, and its value; a ref that is
 * missing is ENOTFOUND with a hint to fetch. */
int session_tag(char **ref, struct oid *oid, struct session *session,
		const char *name, struct intoto_error *err);

/* All links bound to the tag; `note` gets its lines as they are stored. */
int session_links(struct tag_links **links, struct note *note,
		  struct session *session, const struct tag_facts *facts,
		  struct report *warnings, struct intoto_error *err);

/* The tag's one signature is by a key that the tag step of a layout in force
 * authorises; else EREJECTED, naming the signer. */
int session_check_tagger(const struct session *session,
			 const struct tag_facts *facts,
			 struct intoto_error *err);

/* The same, before a link is added: of a sealed tag it says that,
 * EREJECTED "tag-sealed". `facts` with its tree. */
int session_check_addable(struct session *session,
			  const struct tag_facts *facts,
			  struct intoto_error *err);

/* The tag step of some layout that has it holds: report is untouched; else
 * it has what fails, with "tag-sealed" where it is sealed. */
int session_judge_tag_step(struct report *report, struct session *session,
			   const struct tag_facts *facts, enum judge_need need,
			   struct intoto_error *err);

#endif
