/*
 * tag_resume.h: a tag whose making was cut short: its link is stored, its
 * object is there, its ref is not (a kill between two renames).
 */
#ifndef CMD_TAG_RESUME_H
#define CMD_TAG_RESUME_H

#include "cmd/session.h"

/*
 * *out is the tag to publish, or NULL if there is none to finish. One of that
 * name for another commit is EINVALID, with the hint --force-new. Only a tag
 * whose tag step holds by a layout in force is looked at.
 */
int tag_resume_find(struct tag_facts **out, struct session *session,
		    const char *ref, const struct oid *commit,
		    const struct manifest_options *hashing,
		    struct intoto_error *err);

#endif
