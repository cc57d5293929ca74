/* project.h: the project's id, where no layout carries it. */
#ifndef POLICY_PROJECT_H
#define POLICY_PROJECT_H

#include "policy/inforce.h"

/* 128 random bits in hex. */
int project_new(char out[PROJECT_SIZE], struct intoto_error *err);

/*
 * Layouts that were made elsewhere and are pinned by digest carry no id. Then
 * it is that of the tag-step links that are here and hold: the first one signed
 * by a key that a layout of the set authorises. `out` is "" if there is none.
 */
int project_learn(char out[PROJECT_SIZE], struct repo *repo,
		  const struct inforce_set *layouts, const char *tag_step,
		  int64_t now, struct intoto_error *err);

#endif
