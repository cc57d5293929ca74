/*
 * edit.h: changes to a layout's signed part, before it is signed.
 *
 * A key is known by its material, whatever keyid it is listed under; one that
 * is new is listed under its legacy keyid. An edit that fails leaves a layout
 * that must be thrown away.
 */
#ifndef POLICY_EDIT_H
#define POLICY_EDIT_H

#include "base/strlist.h"
#include "crypto/key.h"

struct edit {
	const char *name; /* of the layout, for hints */
	json_t *layout;	  /* what layout_read() takes; borrowed */
	bool changed;	  /* set by an edit that made a difference */
};

/* Into `keys`. An OpenPGP key that is there is brought up to date: it may have
 * a new subkey or a later expiry. */
int edit_add_key(struct edit *edit, const struct key *key,
		 struct intoto_error *err);
/* That key, which is in `keys`, for that step. */
int edit_authorise(struct edit *edit, const char *step, const struct key *key,
		   struct intoto_error *err);
/* From a step; with `step` NULL from all of them and from `keys`. EINVALID if a
 * step is left with fewer keys than its threshold. */
int edit_remove_key(struct edit *edit, const char *step, const struct key *key,
		    struct intoto_error *err);
/* The one whose keyid begins with `prefix`; NULL if there is none, EINVALID
 * for several. To be freed. */
int edit_find_key(struct key **out, const struct edit *edit, const char *prefix,
		  struct intoto_error *err);

/* A step or an inspection; all borrowed. */
struct edit_item {
	const char *name;
	const json_t *materials; /* list of rules */
	const json_t *products;
	const struct strlist *command;
	struct key *const *by; /* of a step */
	size_t n_by;
	size_t threshold;
};

/* At the end of the steps, its keys into `keys`. The same one again is no
 * change; another of that name is EINVALID. */
int edit_add_step(struct edit *edit, const struct edit_item *item,
		  struct intoto_error *err);
int edit_add_inspection(struct edit *edit, const struct edit_item *item,
			struct intoto_error *err);
/* A step or an inspection of that name, if there is one. */
void edit_remove_item(struct edit *edit, const char *name);

/* ENOTFOUND without that step, EINVALID above the number of its keys. */
int edit_set_threshold(struct edit *edit, const char *step, size_t threshold,
		       struct intoto_error *err);
void edit_set_expires(struct edit *edit, int64_t expires);
/* The readme, without the layout's own line, which stays. */
int edit_set_readme(struct edit *edit, const char *text,
		    struct intoto_error *err);

#endif
