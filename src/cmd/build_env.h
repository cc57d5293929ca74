/*
 * build_env.h: the environment of a build's command: the same for everybody
 * who builds that tag, and nothing in it of the repository around it or of the
 * signing key.
 */
#ifndef CMD_BUILD_ENV_H
#define CMD_BUILD_ENV_H

#include "json/json.h"
#include "repo/objects.h"

#define BUILD_UMASK 022

/*
 * For process.env. `key` is the KEY that signs: the variables of `env:NAME` are
 * taken away. `normalise`: SOURCE_DATE_EPOCH is the commit's time, LC_ALL
 * C.UTF-8, TZ UTC.
 */
int build_env(struct strlist *out, struct repo *repo, const struct oid *commit,
	      const char *key, bool normalise, struct intoto_error *err);

/* What of it is recorded: the variables that are set, and the umask; {} if
 * nothing was normalised. A new reference. */
json_t *build_env_json(const struct strlist *variables);

#endif
