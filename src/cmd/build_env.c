/* build_env.c: what a build's command finds in its environment. */
#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"
#include "cmd/build_env.h"
#include "cmd/keyoptions.h"

/* `git rev-parse --local-env-vars`: they would lead git to the repository
 * around the build instead of the one it runs in. */
static const char *const git_variables[] = {
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_CONFIG",
	"GIT_CONFIG_PARAMETERS",
	"GIT_CONFIG_COUNT",
	"GIT_OBJECT_DIRECTORY",
	"GIT_DIR",
	"GIT_WORK_TREE",
	"GIT_IMPLICIT_WORK_TREE",
	"GIT_GRAFT_FILE",
	"GIT_INDEX_FILE",
	"GIT_NO_REPLACE_OBJECTS",
	"GIT_REPLACE_REF_BASE",
	"GIT_NAMESPACE",
	"GIT_PREFIX",
	"GIT_INTERNAL_SUPER_PREFIX",
	"GIT_SHALLOW_FILE",
	"GIT_COMMON_DIR",
};

int build_env(struct strlist *out, struct repo *repo, const struct oid *commit,
	      const char *key, bool normalise, struct intoto_error *err)
{
	scoped_value(commit_info) info = { 0 };
	size_t i;

	if (commit_read(&info, repo, commit, err) < 0)
		return -1;
	for (i = 0; i < ARRAY_SIZE(git_variables); i++)
		strlist_add(out, git_variables[i]);
	key_options_hide(out, key);
	if (!normalise)
		return 0;
	strlist_addf(out, "SOURCE_DATE_EPOCH=%lld", (long long)info.time);
	strlist_add(out, "LC_ALL=C.UTF-8");
	strlist_add(out, "TZ=UTC");
	return 0;
}

json_t *build_env_json(const struct strlist *variables)
{
	json_t *env = json_object();
	size_t i;

	for (i = 0; i < variables->n; i++) {
		const char *entry = variables->items[i];
		size_t len = strcspn(entry, "=");
		scoped_text name = NULL;

		if (!entry[len])
			continue;
		name = xmemdupz(entry, len);
		json_object_set_new(env, name, json_string(entry + len + 1));
	}
	if (json_object_size(env)) {
		char mask[8];

		snprintf(mask, sizeof(mask), "%03o", BUILD_UMASK);
		json_object_set_new(env, "umask", json_string(mask));
	}
	return env;
}
