/* judge_internal.h: what the parts of a judgement share while it is made. */
#ifndef POLICY_JUDGE_INTERNAL_H
#define POLICY_JUDGE_INTERNAL_H

#include "policy/seal.h"
#include "verify/sublayout.h"

/* One layout on trial; parallel to judgement.layouts. */
struct trial_layout {
	struct inforce *inforce; /* NULL: none in force; the sealed version
				    where that one judges */
	struct tag_chain *chain;
	const char **products; /* a file's product, verified and equal; or
				  NULL; borrowed from the links */
};

struct trial {
	struct repo *repo;
	const struct judge_options *options;
	const char *tag_step;
	struct tag_facts *facts; /* NULL: the tag object was refused */
	struct tag_links *links;
	bool any_expiry; /* a layout or root that expired is as good */
	struct report seal_warnings; /* said where a seal would have helped */
	struct trial_layout *layouts;
	size_t n_layouts;
	struct report files; /* what fails in the files */
	struct judgement *judgement;
};
void judged_layout_release(struct judged_layout *layout);
void trial_free(struct trial *trial);
SCOPED_TYPE(trial);

/* judge.c, in this order. What is refused is in the judgement, and then `facts`
 * or a layout's `inforce` stays NULL. Links need the facts' tree. */
struct trial *trial_new(struct repo *repo, const char *ref,
			const struct judge_options *options);
int trial_read_tag(struct trial *trial, struct intoto_error *err);
int trial_load_layouts(struct trial *trial, struct intoto_error *err);
int trial_read_links(struct trial *trial, struct intoto_error *err);

/* tag_withdrawals.c: take out what its own keys withdrew. */
void tag_links_withdraw_own(struct tag_links *links,
			    const struct layout *const *layouts,
			    size_t n_layouts, int64_t now);

/*
 * judge_sublayouts.c: what of a tag's note may speak for the steps of a
 * sublayout. `source` is for chain_assign(); it runs no inspection by itself.
 */
struct tag_pool {
	char *parent;
	const struct layout *layout; /* the chain's */
	struct chain_link *links;
	size_t n;
};
struct tag_source {
	const struct tag_links *links;
	int64_t now;
	struct tag_pool *pools; /* what was read so far */
	size_t n_pools;
	struct sublayout_source source;
};
void tag_source_init(struct tag_source *source, const struct tag_links *links,
		     const struct parameters *parameters, int64_t now);
void tag_source_release(struct tag_source *source);
SCOPED_RELEASE(tag_source);
/* Forget what was read: its chain is gone. */
void tag_source_reset(struct tag_source *source);
/* What speaks for the steps of `layout` at `parent`; sublayouts once for each
 * step that they may stand for, and only the last version of each signer. To be
 * freed. */
size_t tag_source_links(struct chain_link **out,
			const struct tag_source *source, const char *parent,
			const struct layout *layout);
/* The identities of all that counts below the layout's own steps; appends. */
void tag_source_list(struct strlist *out, const struct tag_source *source);

/* judge_tag_step.c: the links assigned to the steps of one layout, those of
 * the tag step only if they are bound by name and equal the tree. */
struct tag_chain {
	struct parameters parameters;
	struct layout *layout; /* the chain's: with its parameters */
	struct tag_source source;
	struct chain_link *links; /* copies of the candidates */
	size_t n_links;
	struct chain *chain;
	const struct key *tag_signer; /* NULL: nobody the tag step knows */
	bool compared;		      /* a link was held against the tree */
	size_t paths_equal;	      /* of the last one compared */
};
void tag_chain_free(struct tag_chain *chain);
SCOPED_TYPE(tag_chain);
struct tag_chain_input {
	const struct layout *layout;
	const char *tag_step;
	const struct tag_facts *facts;
	const struct tag_links *links;
	const struct parameters *parameters; /* given by hand; or NULL */
	bool only_tag_step; /* links of other steps are passed over */
	enum judge_need need;
	int64_t now;
};
int tag_chain_make(struct tag_chain **out, struct report *report,
		   const struct tag_chain_input *input,
		   struct intoto_error *err);
void hint_sign(struct finding *finding, const char *tag);
void refuse_unsigned(struct report *report, const struct tag_facts *facts);

/* judge_report.c */
void report_copy(struct report *report, const struct report *from);
void report_set_layout(struct report *report, const char *name);
/* Move what is said of the step, and not `but_not` (may be NULL), to `report`;
 * the rest is dropped. Warnings are moved as well. */
void report_take_step(struct report *report, struct report *from,
		      const char *step, const char *but_not);
/* Copy the findings that are said of the step. */
void report_copy_step(struct report *report, const struct report *from,
		      const char *step);

int judge_layout(struct trial *trial, size_t index, struct intoto_error *err);

/* judge_seal.c: where the layout in force refuses the tag, the version that the
 * owners sealed it for; `*out` stays NULL if none accepts it, and what is wrong
 * with each seal goes to `report`. */
struct sealed {
	struct inforce *version;
	struct tag_chain *chain;
	const struct seal *seal;
	struct report report; /* warnings alone */
};
void sealed_free(struct sealed *sealed);
SCOPED_TYPE(sealed);
int judge_sealed(struct sealed **out, struct trial *trial, const char *name,
		 struct report *report, struct intoto_error *err);

/* Fills `holds` of every seal. */
int judge_all_seals(struct trial *trial, struct intoto_error *err);

/* One layout against links of the tag: everything but seals. */
int judge_chain(struct tag_chain **out, struct report *report,
		const struct trial *trial, const struct inforce *inforce,
		const struct tag_links *links, int64_t now,
		struct intoto_error *err);
int judge_files(struct trial *trial, struct intoto_error *err);
int judge_inspections(struct trial *trial, struct intoto_error *err);
int judge_replaced(struct trial *trial, struct intoto_error *err);
/* Add to the trace of what rules stopped which commit last changed it. */
void judge_name_commits(struct trial *trial);

/* judge_path.c: "the product's path and the given path, `./` and `//`
 * collapsed, agree on all components of the shorter one". */
enum path_match {
	PATH_OTHER,
	PATH_EQUAL,
	PATH_LONGER,  /* the product's has more components */
	PATH_SHORTER, /* the product's has fewer */
};
enum path_match path_match(size_t *agreed, const char *product,
			   const char *given);
/* The last component; its length is 0 if there is none. */
const char *path_base(size_t *len, const char *path);

#endif
