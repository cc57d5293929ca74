/* api_repo.c: include/intoto/repo.h on the repositories of this layer. */
#include "repo/api_repo.h"

#include "base/xalloc.h"

int intoto_repo_open(struct intoto_repo **out, struct intoto_error *err)
{
	scoped(repo) repo = NULL;

	if (repo_open(&repo, REPO_OPEN_USER, err) < 0)
		return -1;
	*out = xcalloc(1, sizeof(**out));
	(*out)->repo = take(repo);
	return 0;
}

void intoto_repo_free(struct intoto_repo *repo)
{
	if (!repo)
		return;
	repo_free(repo->repo);
	free(repo);
}

const char *intoto_repo_git_dir(const struct intoto_repo *repo)
{
	return repo->repo->git_dir;
}

bool intoto_repo_is_bare(const struct intoto_repo *repo)
{
	return repo->repo->bare;
}
