/*
 * state.h: the small JSON files of one clone, <common dir>/intoto/<name>: what
 * is believed and what was seen here. They belong to the repository's owner,
 * and never come along with a clone.
 */
#ifndef POLICY_STATE_H
#define POLICY_STATE_H

#include "json/json.h"
#include "repo/repo.h"

#define STATE_VERSION 1

/*
 * An object whose "version" is STATE_VERSION; a new reference. ENOTFOUND if
 * the file is not there; EINVALID if it does not parse, is no regular file, or
 * somebody else may have written it; EUNSUPPORTED for another version.
 */
int state_load(json_t **out, struct repo *repo, const char *name,
	       struct intoto_error *err);

/* Atomic, mode 0600 (0644 in a bare repository, whose hooks may run as other
 * users). Refused in server hooks. */
int state_save(const json_t *value, struct repo *repo, const char *name,
	       struct intoto_error *err);

#endif
