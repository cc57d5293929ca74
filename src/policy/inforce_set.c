/* inforce_set.c: all the layouts that `tag` and `build` go by. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/inforce.h"
#include "repo/remote.h"

void inforce_set_release(struct inforce_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		inforce_free(set->items[i]);
	free(set->items);
	*set = (struct inforce_set){ 0 };
}

static void set_add(struct inforce_set *set, struct inforce *inforce)
{
	set->items = xrealloc(set->items, set->n + 1, sizeof(*set->items));
	set->items[set->n++] = inforce;
}

/* The trusted names must be there; any other counts if it is in force. */
static int load_trusted(struct inforce_set *set, struct repo *repo,
			const struct trust *trust, const struct strlist *names,
			int64_t now, struct report *warnings,
			struct intoto_error *err)
{
	for (size_t i = 0; i < trust->n_layouts; i++) {
		struct inforce *inforce = NULL;

		if (inforce_load(&inforce, repo, trust, trust->layouts[i].name,
				 now, warnings, err) < 0)
			return -1;
		set_add(set, inforce);
	}
	for (size_t i = 0; i < names->n; i++) {
		struct inforce *inforce = NULL;
		struct intoto_error ignored = { 0 };

		if (!trust_layout_named(trust, names->items[i]) &&
		    inforce_load(&inforce, repo, trust, names->items[i], now,
				 NULL, &ignored) == 0)
			set_add(set, inforce);
	}
	return 0;
}

/* One that fails does not stand in the way of the others, unless it expired:
 * then nothing new is to be made under it. */
static int load_found(struct inforce_set *set, struct repo *repo,
		      const struct strlist *names, int64_t now,
		      struct report *warnings, struct intoto_error *err)
{
	struct intoto_error first = { 0 };

	for (size_t i = 0; i < names->n; i++) {
		struct inforce *inforce = NULL;
		struct intoto_error why = { 0 };

		if (inforce_load_unchecked(&inforce, repo, names->items[i], now,
					   warnings, &why) == 0) {
			set_add(set, inforce);
			continue;
		}
		if (!strcmp(why.reason, "layout-expired")) {
			if (err)
				*err = why;
			return -1;
		}
		if (warnings)
			report_warn(warnings, "layout '%s' is not used: %s",
				    names->items[i], why.message);
		if (!first.code)
			first = why;
	}
	if (set->n || !first.code)
		return 0;
	if (err)
		*err = first;
	return -1;
}

static int agree_on_project(struct inforce_set *set, const struct trust *trust,
			    struct intoto_error *err)
{
	const struct inforce *from = NULL;

	snprintf(set->project, sizeof(set->project), "%s", trust->project);
	for (size_t i = 0; i < set->n; i++) {
		const struct inforce *item = set->items[i];
		const char *project = item->envelope->layout->stamp.project;

		if (!*project)
			continue;
		if (!*set->project) {
			memcpy(set->project, project, PROJECT_SIZE);
			from = item;
		}
		if (strcmp(set->project, project))
			return intoto_reject(
				err, "layout-foreign",
				"layout '%s' is of project '%s', %s%s%s of "
				"'%s'",
				item->name, project, from ? "layout '" : "",
				from ? from->name : "this clone",
				from ? "'" : "", set->project);
	}
	return 0;
}

static int nothing_found(struct repo *repo, struct intoto_error *err)
{
	scoped_text remote = remote_default(repo);

	intoto_fail(err, INTOTO_ENOTFOUND, "no layout here");
	if (remote)
		return intoto_hint(err, "git fetch %s, or git intoto init",
				   remote);
	return intoto_hint(err, "git intoto init");
}

int inforce_load_all(struct inforce_set *out, struct repo *repo,
		     const struct trust *trust, int64_t now,
		     struct report *warnings, struct intoto_error *err)
{
	scoped_value(inforce_set) set = { 0 };
	scoped_value(strlist) names = STRLIST_INIT;

	if ((now && trust_check_expiry(trust, now, err) < 0) ||
	    inforce_names(&names, repo, err) < 0)
		return -1;
	if (!names.n)
		return nothing_found(repo, err);
	if (trust_is_empty(trust)) {
		if (load_found(&set, repo, &names, now, warnings, err) < 0)
			return -1;
	} else if (load_trusted(&set, repo, trust, &names, now, warnings, err) <
		   0) {
		return -1;
	}
	if (agree_on_project(&set, trust, err) < 0)
		return -1;
	*out = set;
	set = (struct inforce_set){ 0 };
	return 0;
}
