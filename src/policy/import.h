/*
 * import.h: metadata made elsewhere, held against a tag by the rules of bind.h
 * before it becomes lines of the tag's note: what a server would refuse is
 * refused here.
 */
#ifndef POLICY_IMPORT_H
#define POLICY_IMPORT_H

#include "policy/judge.h"

enum import_state {
	IMPORT_REFUSED, /* `reason` and `message` say why */
	IMPORT_NEW,
	IMPORT_ALREADY, /* it stands in the note, or is a layout in force */
	IMPORT_LEFT,	/* one more signature, of nobody who counts */
};

struct import_item {
	char *origin;		   /* "proof/build.9c1f2ab3.link" */
	struct envelope *envelope; /* one signature; NULL: it does not parse */
	size_t document;	   /* items of one number are one file's or
				      line's, each with another signature */
	bool is_root;		   /* a layout for itself: root.layout */
	enum import_state state;
	char *what; /* "link of step 'build'" */
	char reason[32];
	char *message;
	const struct key *signer; /* borrowed from layouts or trust */
	bool of_commit;		  /* belongs into the commit's note */
};

struct import {
	struct import_item *items;
	size_t n;
	size_t alloc;
	size_t n_documents;
};
void import_release(struct import *import);
SCOPED_RELEASE(import);

/* One file's or line's text; what does not parse becomes a refused item. */
void import_add(struct import *import, const char *origin, const char *text,
		size_t len, bool is_root);

/* The full refnames that links name in environment.git, sorted. */
void import_refs(struct strlist *out, const struct import *import);

/* What the items are held against. */
struct import_target {
	struct repo *repo;
	const struct tag_facts *facts; /* with its tree */
	const struct tag_links *links; /* all that is in the notes */
	const struct trust *trust;
	const struct inforce_set *layouts;
	const char *tag_step;
	int64_t now;
	size_t max_line;
};

/* Fills in every item's state. */
int import_judge(struct import *import, const struct import_target *target,
		 struct intoto_error *err);

/* The lines of what is new, for the tag's note and for its commit's. */
int import_lines(struct strlist *of_tag, struct strlist *of_commit,
		 const struct import *import, struct intoto_error *err);

#endif
