/* editing.h: one command's changes to a layout, and telling of them. */
#ifndef CMD_EDITING_H
#define CMD_EDITING_H

#include "policy/draft.h"
#include "policy/edit.h"

/* A layout under change, and what is to be said of the change. */
struct editing {
	struct repo *repo;
	json_t *layout;
	struct edit edit;
	struct strlist said;
};

/* The draft of that name, else the layout in force. */
int editing_open(struct editing *editing, const char *name,
		 struct intoto_error *err);
void editing_release(struct editing *editing);
SCOPED_RELEASE(editing);

/* Ends one edit: if it made a difference, it will be told of. */
void editing_said(struct editing *editing, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Store the draft, print what changed and what to do next; or `already`. */
int editing_finish(struct editing *editing, struct intoto_error *err);

#endif
