/*
 * check.h: is this tag proven, and do these files come from it? The judgement
 * of `git intoto verify`, by the same function.
 *
 *	struct intoto_repo *repo = NULL;
 *	struct intoto_verdict *verdict = NULL;
 *	struct intoto_error err = { 0 };
 *	const char *files[] = { "dist/foo-1.0.tar.gz" };
 *
 *	if (intoto_repo_open(&repo, &err) < 0 ||
 *	    intoto_check_tag(&verdict, repo, "v1.0", files, 1, NULL, &err) < 0)
 *		could_not_tell(err.message);
 *	else if (!intoto_verdict_accepts(verdict))
 *		refuse(verdict);
 */
#ifndef INTOTO_CHECK_H
#define INTOTO_CHECK_H

#include <stdint.h>

#include "intoto/key.h"
#include "intoto/repo.h"
#include "intoto/verdict.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How to judge, where it is not the usual way. Setters copy what they get. */
struct intoto_check_options;
struct intoto_check_options *intoto_check_options_new(void);
void intoto_check_options_free(struct intoto_check_options *options);

/* A layout that must hold, by its name; once or more, in place of those that
 * this clone names. */
void intoto_check_options_add_layout(struct intoto_check_options *options,
				     const char *name);

/* An owner of the layouts; once or more, each of whom must have signed, in
 * place of whom this clone trusts. */
void intoto_check_options_add_key(struct intoto_check_options *options,
				  const struct intoto_key *key);

/* Judge expiry as of then, in seconds since the Unix epoch, UTC; default: now.
 */
void intoto_check_options_set_time(struct intoto_check_options *options,
				   int64_t when);

/* The product that the one file is, whatever it is called. */
void intoto_check_options_set_name(struct intoto_check_options *options,
				   const char *name);

/* A layout with inspections can be judged only if it was said what to do with
 * them. They are commands that the layout's owners chose. */
enum intoto_inspections {
	INTOTO_INSPECTIONS_REFUSE, /* EINVALID if there are any; the default */
	INTOTO_INSPECTIONS_RUN,	   /* in a private folder with the files */
	INTOTO_INSPECTIONS_SKIP,
};
void intoto_check_options_set_inspections(struct intoto_check_options *options,
					  enum intoto_inspections how);

/*
 * Judge a tag, and files that are said to come from it.
 *
 * out      set only on success; free with intoto_verdict_free().
 * tag      "v1.0" or "refs/tags/v1.0".
 * files    paths of n files; NULL and 0: the tag alone.
 * options  NULL: by whom and what this clone trusts, now.
 *
 * With trust and time of this clone, an acceptance is remembered there as
 * `git intoto verify` does: the project on the first one, and the versions of
 * the layouts seen, so that an older one is noticed. With a key or a time among
 * the options nothing is written.
 *
 * Fails only where it could not tell:
 * ETRUST     nothing is trusted here and no key is given.
 * ENOTFOUND  no such tag, layout, object or file.
 * EINVALID   the tag's name is none; inspections, and nothing was said.
 * EUSAGE     a name for other than one file.
 * EIO        and other codes: what the operating system or git said.
 */
int intoto_check_tag(struct intoto_verdict **out, struct intoto_repo *repo,
		     const char *tag, const char *const *files, size_t n,
		     const struct intoto_check_options *options,
		     struct intoto_error *err);

#ifdef __cplusplus
}
#endif

#endif
