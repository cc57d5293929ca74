/*
 * tagobject.h: a tag object's raw bytes, parsed as CONTRACT.md's "A guarded tag
 * object" demands and in no other way (git-facts.md, threats 1, 4, 5, 6).
 */
#ifndef REPO_TAGOBJECT_H
#define REPO_TAGOBJECT_H

#include "repo/objects.h"

#define TAG_OBJECT_MAX ((size_t)1 << 20)

struct tag_object {
	struct oid oid;
	struct buffer raw; /* without the loose header */
	char sha256[65];   /* of raw */
	struct oid commit;
	char *name;	       /* the `tag` line */
	char *tagger;	       /* "NAME <EMAIL>" */
	int64_t tagger_time;   /* claimed */
	struct buffer payload; /* what is signed: raw without gpgsig headers,
				  up to the armor */
	const char *armor;     /* the one signature, in raw; NULL if unsigned */
	size_t armor_len;
};
void tag_object_release(struct tag_object *tag);
SCOPED_RELEASE(tag_object);

/*
 * EREJECTED with its own reason: tag-malformed, tag-nested, tag-two-signatures,
 * tag-trailing-bytes. An unsigned tag parses, armor is NULL. Whether the name
 * equals the ref is judged by whoever knows the ref.
 */
int tag_object_parse(struct tag_object *out, const void *raw, size_t len,
		     const struct oid *oid, struct intoto_error *err);

/* Read and parse. EREJECTED "tag-lightweight" if the object is no tag. */
int tag_object_read(struct tag_object *out, struct repo *repo,
		    const struct oid *oid, struct intoto_error *err);

#endif
