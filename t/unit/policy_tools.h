/* policy_tools.h: for tests of the policy: a project with a signed tag, people
 * with keys, and the notes that they write. */
#ifndef UNIT_POLICY_TOOLS_H
#define UNIT_POLICY_TOOLS_H

#include "git_tools.h"
#include "people.h"

#include "base/clock.h"
#include "policy/judge.h"
#include "repo/notes.h"

#define PROJECT "0123456789abcdef0123456789abcdef"
#define OTHER_PROJECT "fedcba9876543210fedcba9876543210"
#define TAG "refs/tags/v1"

struct world {
	struct repo *repo;
	struct person owner;
	struct person alice;	 /* may do the steps */
	struct person bob;	 /* as well */
	struct person mallory;	 /* may do nothing */
	struct key *tagger;	 /* the SSH key that signs tags */
	struct trust *trust;	 /* in the owner */
	struct tag_facts *facts; /* of v1 */
};

/* A project with two files, and a tag v1 signed by the tagger. */
static inline struct world world_make(void)
{
	struct world world = { 0 };
	struct intoto_error err = { 0 };
	scoped_text public = NULL;

	scratch_begin();
	world.owner = person_make(1);
	world.alice = person_make(2);
	world.bob = person_make(3);
	world.mallory = person_make(4);
	sh("ssh-keygen -q -t ed25519 -N '' -C '' -f tagger && "
	   "ssh-keygen -q -t ed25519 -N '' -C '' -f stranger && "
	   "git config --global gpg.format ssh && "
	   "git config --global user.signingKey \"$PWD/tagger.pub\"");
	public = sh_out("cat tagger.pub");
	cr_assert_eq(key_from_ssh(&world.tagger, public, &err), 0, "%s",
		     err.message);
	make_repo("project");
	sh("mkdir src && echo a >src/a && git add . && git commit -qm second &&"
	   "git tag -s -m v1 v1");
	world.repo = open_repo();
	world.trust = trust_new();
	trust_add_key(NULL, world.trust, world.owner.key);
	cr_assert_eq(tag_facts_read(&world.facts, world.repo, TAG, NULL,
				    PROJECT, NULL, &err),
		     0, "%s", err.message);
	return world;
}

static inline void world_end(struct world *world)
{
	tag_facts_free(world->facts);
	trust_free(world->trust);
	repo_free(world->repo);
	key_free(world->tagger);
	key_free(world->owner.key);
	key_free(world->alice.key);
	key_free(world->bob.key);
	key_free(world->mallory.key);
	scratch_end();
}

static inline void publish(struct ref_update *update, struct repo *repo)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(refs_transaction(repo, update, 1, "test", &err), 0, "%s",
		     err.message);
}

/* One more line in the note on an object; the text is freed. */
static inline void add_line_on(struct world *world, const struct oid *key,
			       char *text)
{
	scoped_text ref = notes_links_ref(key);
	scoped_value(strlist) lines = STRLIST_INIT;
	struct intoto_error err = { 0 };
	struct ref_update update;

	strlist_take(&lines, text);
	cr_assert_eq(notes_prepare(&update, world->repo, ref, key, &lines,
				   "test", &err),
		     0, "%s", err.message);
	publish(&update, world->repo);
}

static inline void add_line(struct world *world, char *text)
{
	add_line_on(world, &world->facts->tag.oid, text);
}

/* The layout's ref, here or a tracking one, gets this content. */
static inline void put_layout_at(struct world *world, const char *ref,
				 char *line)
{
	const struct oid none = oid_null();
	const struct oid key = notes_empty_tree(world->repo);
	scoped_text text = xasprintf("%s\n", line);
	struct intoto_error err = { 0 };
	struct ref_update update;
	struct oid parent;

	if (refs_read(&parent, world->repo, ref, &err) < 0)
		parent = none;
	/* Tracking refs are written by nobody but git fetch. */
	cr_assert_eq(notes_prepare_replace(&update, world->repo,
					   NOTES_PREFIX "layouts/any", &parent,
					   &key, text, strlen(text), "test",
					   &err),
		     0, "%s", err.message);
	update.name = ref;
	update.old = parent;
	publish(&update, world->repo);
	free(line);
}

static inline void put_layout(struct world *world, char *line)
{
	put_layout_at(world, "refs/notes/in-toto/layouts/release", line);
}

/* A layout to vary. */
struct layout_text {
	const char *project; /* NULL: no stamp */
	const char *name;
	int version;
	const char *expires;
	int tag_threshold;
	const char *build_rules; /* expected_products of build */
	const char *inspections;
};
#define LAYOUT_TEXT                                                    \
	{                                                              \
		.project = PROJECT, .name = "release", .version = 1,   \
		.expires = "2099-01-01T00:00:00Z", .tag_threshold = 1, \
		.build_rules = "[]", .inspections = "[]"               \
	}

/* Steps tag (tagger, alice, bob) and build (alice, bob), signed by `by`. */
static inline char *layout_line(const struct world *world,
				const struct layout_text *text,
				const struct person *by)
{
	const struct person tagger = { .key = world->tagger };
	scoped_text t = person_listed(&tagger, key_id(world->tagger));
	scoped_text a = person_listed(&world->alice, key_id(world->alice.key));
	scoped_text b = person_listed(&world->bob, key_id(world->bob.key));
	scoped_text stamp =
		text->project
			? xasprintf("git-intoto-layout: project=%s name=%s "
				    "version=%d",
				    text->project, text->name, text->version)
			: xstrdup("made elsewhere");
	scoped_text part = xasprintf(
		"{\"_type\":\"layout\",\"expires\":\"%s\",\"readme\":\"%s\","
		"\"keys\":{%s,%s,%s},\"inspect\":%s,\"steps\":["
		"{\"_type\":\"step\",\"name\":\"tag\",\"threshold\":%d,"
		"\"expected_command\":[],\"expected_materials\":[],"
		"\"expected_products\":[[\"DISALLOW\",\"*\"]],"
		"\"pubkeys\":[\"%s\",\"%s\",\"%s\"]},"
		"{\"_type\":\"step\",\"name\":\"build\",\"threshold\":1,"
		"\"expected_command\":[],\"expected_materials\":"
		"[[\"MATCH\",\"*\",\"WITH\",\"MATERIALS\",\"FROM\",\"tag\"],"
		"[\"DISALLOW\",\"*\"]],\"expected_products\":%s,"
		"\"pubkeys\":[\"%s\",\"%s\"]}]}",
		text->expires, stamp, t, a, b, text->inspections,
		text->tag_threshold, key_id(world->tagger),
		key_id(world->alice.key), key_id(world->bob.key),
		text->build_rules, key_id(world->alice.key),
		key_id(world->bob.key));

	return metablock(part, by, NULL);
}

/* A link with the tree as materials and environment.git of v1. */
static inline struct link *make_link(const struct world *world,
				     const char *step)
{
	struct link *link = link_new(step);
	struct intoto_error err = { 0 };

	artifacts_free(link->materials);
	cr_assert_eq(manifest_artifacts(&link->materials,
					world->facts->manifest, &err),
		     0);
	json_object_set_new(link->environment, "git",
			    bind_environment(world->facts, NULL));
	return link;
}

static inline void add_product(struct link *link, const char *name,
			       const char *content)
{
	uint8_t sum[SHA256_SIZE];
	struct intoto_error err = { 0 };

	sha256(sum, content, strlen(content));
	artifacts_add(link->products, name, strlen(name), sum);
	cr_assert_eq(artifacts_finish(link->products, &err), 0, "%s",
		     err.message);
}

/* A member of its environment.git; NULL takes it out. */
static inline void set_git(struct link *link, const char *name, json_t *value)
{
	json_t *git = json_object_get(link->environment, "git");

	if (value)
		json_object_set_new(git, name, value);
	else
		json_object_del(git, name);
}

/* The line of a note; the link is freed. */
static inline char *link_line(struct link *link, const struct person *by)
{
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(link_append_compact(&text, link, &err), 0, "%s",
		     err.message);
	link_free(link);
	return metablock(buffer_text(&text), by, NULL);
}

/* SHA-256 of what a line signs. */
static inline void line_identity(char out[SHA256_HEX_SIZE], const char *line)
{
	struct envelope *envelope = envelope_of(xstrdup(line));

	envelope_identity(out, envelope);
	envelope_free(envelope);
}

/* A withdrawal of `what`. */
static inline char *revoke_line(const struct world *world, const char *what,
				const struct person *by)
{
	struct link *link = link_new("revoke");

	json_object_set_new(link->environment, "git",
			    bind_environment(world->facts, NULL));
	set_git(link, "revokes", json_string(what));
	return link_line(link, by);
}

static inline bool report_has(const struct report *report, const char *reason)
{
	for (size_t i = 0; i < report->n; i++)
		if (!strcmp(report->items[i].reason, reason))
			return true;
	return false;
}

static inline bool warns_of(const struct report *report, const char *text)
{
	for (size_t i = 0; i < report->warnings.n; i++)
		if (strstr(report->warnings.items[i], text))
			return true;
	return false;
}

static inline void write_file(const char *path, const char *content)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(file_write(path, content, strlen(content), 0644, &err), 0,
		     "%s", err.message);
}

#endif
