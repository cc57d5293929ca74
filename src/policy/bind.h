/*
 * bind.h: does a link speak of this tag? One function for verify, servers and
 * import (DESIGN.md "What binds what", CONTRACT.md "Stored bytes" and "What
 * `verify` compares").
 */
#ifndef POLICY_BIND_H
#define POLICY_BIND_H

#include "metadata/layout.h"
#include "metadata/link.h"
#include "metadata/substitute.h"
#include "policy/trust.h"
#include "repo/manifest.h"
#include "repo/tagobject.h"

/* What a link is held against: all from objects alone. For the links of a
 * commit alone `ref` is NULL, and of the tag only its commit is set. */
struct tag_facts {
	char *ref; /* full refname asked for */
	struct tag_object tag;
	struct oid tree;
	struct manifest *manifest;
	struct artifacts *artifacts; /* the tree's paths as materials */
	char project[PROJECT_SIZE];  /* "": not known, links may name any one */
};
void tag_facts_free(struct tag_facts *facts);
SCOPED_TYPE(tag_facts);

/* Read tag, commit and tree and hash it. The tag's name against the ref:
 * EREJECTED "tag-renamed". `oid` null: the ref's own value; a lightweight tag:
 * EREJECTED "tag-lightweight". ENOTFOUND "no tag 'v1.0'". */
int tag_facts_read(struct tag_facts **out, struct repo *repo, const char *ref,
		   const struct oid *oid, const char *project,
		   const struct manifest_options *options,
		   struct intoto_error *err);

/* The same for a tag object just made of a commit whose tree was recorded
 * before: `manifest` is that of its tree, taken over on success. */
int tag_facts_of(struct tag_facts **out, struct repo *repo, const char *ref,
		 const struct oid *oid, const char *project,
		 struct manifest **manifest, struct intoto_error *err);

/* The same in two steps: the tag object alone is cheap to read, and says no
 * before anything is hashed. Tree, manifest and artifacts stay empty until
 * tag_facts_read_tree(). */
int tag_facts_read_tag(struct tag_facts **out, struct repo *repo,
		       const char *ref, const struct oid *oid,
		       const char *project, struct intoto_error *err);
int tag_facts_read_tree(struct tag_facts *facts, struct repo *repo,
			const struct manifest_options *options,
			struct intoto_error *err);

/* For the links of a commit: no tag, its commit and tree only. */
int tag_facts_read_commit(struct tag_facts **out, struct repo *repo,
			  const struct oid *commit, const char *project,
			  const struct manifest_options *options,
			  struct intoto_error *err);

enum binding {
	BOUND_BY_NAME,
	BOUND_BY_COMMIT,
	BOUND_BY_CONTENT,
};
const char *binding_text(enum binding binding); /* "bound by name" */

/* EREJECTED "link-unbound", "link-other-tag", "link-other-project",
 * "link-other-commit", "link-environment": message says expected and found. */
int bind_link(enum binding *out, const struct link *link,
	      const struct tag_facts *facts, struct intoto_error *err);

/*
 * What stands in braces in the layouts of a tag: TAG is its name, COMMIT the
 * commit's id, VERSION the name without a `v` before a digit; and what is
 * given by hand (may be NULL or empty), which makes all of it strict. One
 * function for verify, records and servers. EINVALID if one of the three is
 * given.
 */
int bind_parameters(struct parameters *out, const struct tag_facts *facts,
		    const struct parameters *given, struct intoto_error *err);

/* environment.git of a link of this tag, or commit; `layouts` name -> digest,
 * may be NULL; a new reference. */
json_t *bind_environment(const struct tag_facts *facts, const json_t *layouts);

/* A sublayout for a step of a layout: stamped with project, layout, step and
 * perhaps the tag, or not at all. EREJECTED "sublayout-stamp" for a layout that
 * stands for itself, "layout-foreign", "link-other-tag", "layout-reserved".
 * `project` is "" where none is known. What it is for is asked of the layout's
 * keys. */
int bind_sublayout(const struct layout *layout, const char *project,
		   const struct oid *tag, struct intoto_error *err);

/* Where a link belongs: "step.keyid8[/...]" of the sublayout whose step it is,
 * "" for the layout's own. Borrowed. */
const char *bind_parent(const struct link *link);
/* Is that what a parent looks like? */
bool bind_parent_ok(const char *parent);

/* Withdrawals (`revoke` links): what this one takes back: "tag" or 64 hex;
 * NULL if the link is none. Borrowed. */
const char *bind_revokes(const struct link *link);

#endif
