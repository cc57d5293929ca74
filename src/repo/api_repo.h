/* api_repo.h: what a repository of include/intoto/repo.h is made of. */
#ifndef REPO_API_REPO_H
#define REPO_API_REPO_H

#include "intoto/repo.h"
#include "repo/repo.h"

struct intoto_repo {
	struct repo *repo;
};

#endif
