/* judge_commits.c: the commit that last changed a file that a rule stopped. */
#include <string.h>

#include "base/encode.h"
#include "policy/judge_internal.h"
#include "repo/git.h"

#define COMMITS_NAMED 3 /* each is a walk through the history */

/* "1234abcd1234 2026-11-01 A U Thor: subject"; NULL: git did not say. */
static char *last_commit(const struct trial *trial, const char *path)
{
	char tip[OID_HEX_SIZE];
	const char *args[] = { "--literal-pathspecs",
			       "log",
			       "-1",
			       "--no-show-signature",
			       "--no-notes",
			       "--no-color",
			       "--abbrev=12",
			       "--format=%h %cs %an: %s",
			       tip,
			       "--",
			       path,
			       NULL };
	struct intoto_error ignored = { 0 };
	char *line = NULL;

	oid_hex(tip, &trial->facts->tag.commit);
	if (git_line(&line, trial->repo, args, &ignored) == 0 && *line)
		return line;
	free(line);
	return NULL;
}

static bool is_path_of_tree(const struct trial *trial, const char *name)
{
	const struct artifacts *tree = trial->facts->artifacts;

	return tree && artifacts_find(tree, name, strlen(name)) >= 0;
}

static void name_commit(const struct trial *trial, struct finding *finding)
{
	scoped_text line = last_commit(trial, finding->artifact);
	scoped_text shown = NULL;

	if (!line)
		return;
	shown = escape_text(line);
	strlist_addf(&finding->trace, "  '%s' was last changed by commit %s",
		     finding->artifact, shown);
}

void judge_name_commits(struct trial *trial)
{
	struct report *report = &trial->judgement->report;
	size_t named = 0;

	for (size_t i = 0; i < report->n && named < COMMITS_NAMED; i++) {
		struct finding *finding = &report->items[i];

		if (!finding->trace.n || !finding->artifact ||
		    !is_path_of_tree(trial, finding->artifact))
			continue;
		name_commit(trial, finding);
		named++;
	}
}
