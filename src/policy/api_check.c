/* api_check.c: include/intoto/check.h: a tag and its files, judged. */
#include "intoto/check.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "crypto/api_key.h"
#include "policy/api_verdict.h"
#include "repo/api_repo.h"
#include "repo/refs.h"

struct intoto_check_options {
	struct strlist layouts;
	struct key **keys;
	size_t n_keys;
	size_t alloc;
	bool time_given;
	int64_t time;
	char *name;
	enum intoto_inspections inspections;
};

struct intoto_check_options *intoto_check_options_new(void)
{
	struct intoto_check_options *options = xcalloc(1, sizeof(*options));

	options->layouts = (struct strlist)STRLIST_INIT;
	return options;
}

void intoto_check_options_free(struct intoto_check_options *options)
{
	if (!options)
		return;
	for (size_t i = 0; i < options->n_keys; i++)
		key_free(options->keys[i]);
	free(options->keys);
	strlist_release(&options->layouts);
	free(options->name);
	free(options);
}

void intoto_check_options_add_layout(struct intoto_check_options *options,
				     const char *name)
{
	strlist_add(&options->layouts, name);
}

void intoto_check_options_add_key(struct intoto_check_options *options,
				  const struct intoto_key *key)
{
	ALLOC_GROW(options->keys, options->n_keys + 1, options->alloc);
	options->keys[options->n_keys++] = key_ref(key->key);
}

void intoto_check_options_set_time(struct intoto_check_options *options,
				   int64_t when)
{
	options->time_given = true;
	options->time = when;
}

void intoto_check_options_set_name(struct intoto_check_options *options,
				   const char *name)
{
	free(options->name);
	options->name = xstrdup(name);
}

void intoto_check_options_set_inspections(struct intoto_check_options *options,
					  enum intoto_inspections how)
{
	options->inspections = how;
}

static void set_inspections(struct judge_options *out,
			    enum intoto_inspections how)
{
	out->inspect = how == INTOTO_INSPECTIONS_RUN	? INSPECT_YES
		       : how == INTOTO_INSPECTIONS_SKIP ? INSPECT_NO
							: INSPECT_UNSAID;
}

/* Whom this clone trusts, or who is trusted for this call. */
static int find_trust(struct trust **out, struct repo *repo,
		      const struct intoto_check_options *options,
		      struct intoto_error *err)
{
	scoped(trust) here = NULL;

	if (trust_load(&here, repo, err) < 0)
		return -1;
	if (options->n_keys)
		return trust_of_call(out, here, options->keys, options->n_keys,
				     err);
	*out = take(here);
	return 0;
}

int intoto_check_tag(struct intoto_verdict **out, struct intoto_repo *repo,
		     const char *tag, const char *const *files, size_t n,
		     const struct intoto_check_options *options,
		     struct intoto_error *err)
{
	static const struct intoto_check_options usual;
	scoped(judgement) judgement = NULL;
	scoped(trust) trust = NULL;
	scoped_text ref = NULL;
	struct judge_options how = { .files = files, .n_files = n };

	if (!options)
		options = &usual;
	if (refs_tag_name(&ref, tag, err) < 0 ||
	    find_trust(&trust, repo->repo, options, err) < 0)
		return -1;
	how.trust = trust;
	how.layouts = (const char *const *)options->layouts.items;
	how.n_layouts = options->layouts.n;
	how.now = options->time_given ? options->time : clock_now();
	how.now_given = options->time_given;
	how.no_side_effects = options->time_given || options->n_keys;
	how.as = options->name;
	set_inspections(&how, options->inspections);
	if (judge_tag(&judgement, repo->repo, ref, &how, err) < 0)
		return -1;
	*out = xcalloc(1, sizeof(**out));
	(*out)->accepts = judgement_accepts(judgement);
	(*out)->report = (struct report)REPORT_INIT;
	(*out)->judgement = take(judgement);
	return 0;
}
