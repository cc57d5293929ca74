/*
 * record.h: make a link of a tag or a commit, judge it before it is signed, and
 * prepare its line for the store.
 */
#ifndef POLICY_RECORD_H
#define POLICY_RECORD_H

#include "policy/judge.h"

struct record {
	struct repo *repo;
	const struct tag_facts *facts; /* of a tag, or of a commit alone */
	const struct inforce_set *layouts;
	const char *step;
	const char *parent; /* whose step it is: a sublayout's place,
			       "step.keyid8[/...]"; NULL: the layouts' own */
	struct signer *signer;
	bool dsse;
	bool supersede; /* a tag's link only: commits have no withdrawals */
	int64_t now;
};

/* Is the signer's key authorised for the step by a layout of the set, or by a
 * sublayout of the tag at `parent`? EREJECTED "key-not-authorised" naming key,
 * step and layout; ENOTFOUND if there is no such sublayout. */
int record_check_key(const struct record *what, struct intoto_error *err);

/*
 * Complete `link` (environment.git; the caller has set materials, products,
 * command, byproducts, and further members of environment.git in `extra`, may
 * be NULL), judge it by every layout that has the step (findings: EREJECTED
 * of the first, all in `report`), refuse a contradiction with a link of the
 * same key (EREJECTED "link-contradicts"; with supersede the old one's
 * withdrawal is added), sign it, and prepare the note. For a commit the rules
 * see a tag step as any tag of that commit will have it.
 * `update` has the note's ref (owned by `*ref`); nothing is published.
 */
int record_link(struct ref_update *update, char **ref, struct link **link,
		const json_t *extra, const struct record *what,
		struct report *report, struct intoto_error *err);

/* What record_sublayout() made. */
struct recorded_sublayout {
	char *place;	  /* "step.keyid8": where its links belong */
	uint64_t version; /* of this key's for the step */
	bool added;	  /* false: that is what the last version says */
};
void recorded_sublayout_release(struct recorded_sublayout *recorded);
SCOPED_RELEASE(recorded_sublayout);

/*
 * Sign a layout in the place of a link of the step: the line in its readme is
 * written here, the next version of this key's. The line for the tag's note is
 * added to `lines`. EREJECTED as record_check_key(), "layout-expired".
 */
int record_sublayout(struct recorded_sublayout *out, struct strlist *lines,
		     const json_t *signed_part, const struct record *what,
		     struct intoto_error *err);

/* "git push --atomic origin refs/notes/in-toto/links/ab refs/tags/v1.0" (the
 * tag only `with_tag`; tag_ref NULL: a link of a commit), with the root's and
 * the layouts' refs in front while the remote was last seen without them; the
 * two commands that mend a refused push; and `git intoto push`, which does all
 * of it. To be freed; "" without remote.
 */
int record_push_hint(char **out, struct repo *repo, const char *links_ref,
		     const char *tag_ref, bool with_tag,
		     const struct inforce_set *layouts,
		     struct intoto_error *err);

#endif
