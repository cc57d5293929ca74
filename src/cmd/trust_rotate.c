/* git intoto trust init, rotate: draft the first and the next trust root. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"
#include "cmd/keys.h"
#include "cmd/layouts.h"
#include "cmd/options.h"
#include "cmd/rooting.h"
#include "cmd/trusting.h"

#define UNSET SIZE_MAX

/* The keys of one role while they are chosen. */
struct role {
	struct keys keys;
	size_t threshold;
};

struct draft {
	struct rooting rooting;
	struct role root;
	struct role owners;
	struct strlist layouts;
	struct strlist add, remove, add_owner, remove_owner; /* KEYs */
	size_t threshold, owner_threshold;
	const char *expires;
};

static void draft_release(struct draft *draft)
{
	keys_release(&draft->root.keys);
	keys_release(&draft->owners.keys);
	strlist_release(&draft->layouts);
	strlist_release(&draft->add);
	strlist_release(&draft->remove);
	strlist_release(&draft->add_owner);
	strlist_release(&draft->remove_owner);
	rooting_release(&draft->rooting);
}
SCOPED_RELEASE(draft);

#define DRAFT_OPTIONS(d)                                                     \
	OPT_NUMBER(0, "threshold", &(d)->threshold, "N",                     \
		   "how many root keys must sign a root"),                   \
		OPT_NUMBER(0, "owner-threshold", &(d)->owner_threshold, "N", \
			   "how many owners must sign a layout"),            \
		OPT_STRING(0, "expires", &(d)->expires, "SPAN",              \
			   "until when the root is good (default: 1y from "  \
			   "now)")

static void role_add(struct role *role, struct key *key)
{
	for (size_t i = 0; i < role->keys.n; i++)
		if (key_same(role->keys.items[i], key))
			return;
	ALLOC_GROW(role->keys.items, role->keys.n + 1, role->keys.alloc);
	role->keys.items[role->keys.n++] = key_ref(key);
}

static void role_copy(struct role *role, const struct root_role *from)
{
	for (size_t i = 0; i < from->n_keys; i++)
		role_add(role, from->keys[i]);
	role->threshold = from->threshold;
}

static int role_add_all(struct role *role, const struct strlist *specs,
			struct repo *repo, struct intoto_error *err)
{
	const struct key_settings settings = keys_settings(repo);
	scoped_value(keys) keys = { 0 };

	if (keys_load(&keys, specs, &settings, err) < 0)
		return -1;
	for (size_t i = 0; i < keys.n; i++)
		role_add(role, keys.items[i]);
	return 0;
}

static int role_remove_all(struct role *role, const struct strlist *specs,
			   struct repo *repo, struct intoto_error *err)
{
	const struct key_settings settings = keys_settings(repo);
	struct keys *keys = &role->keys;

	for (size_t i = 0; i < specs->n; i++) {
		const struct key *key = NULL;
		size_t at = 0;

		if (keys_find(&key, keys->items, keys->n, specs->items[i],
			      &settings, err) < 0)
			return -1;
		while (keys->items[at] != key)
			at++;
		key_free(keys->items[at]);
		keys->n--;
		memmove(keys->items + at, keys->items + at + 1,
			(keys->n - at) * sizeof(*keys->items));
	}
	return 0;
}

static int role_check(struct role *role, size_t threshold, const char *option,
		      struct intoto_error *err)
{
	if (threshold != UNSET)
		role->threshold = threshold;
	if (role->threshold >= 1 && role->threshold <= role->keys.n)
		return 0;
	return intoto_fail(err, INTOTO_EUSAGE,
			   "option '--%s' is between 1 and %zu, the number of "
			   "keys",
			   option, role->keys.n);
}

static bool same_keys(const struct root_role *a, const struct root_role *b)
{
	size_t found = 0;

	for (size_t i = 0; i < a->n_keys; i++)
		for (size_t k = 0; k < b->n_keys; k++)
			found += key_same(a->keys[i], b->keys[k]);
	return found == a->n_keys && found == b->n_keys &&
	       a->threshold == b->threshold;
}

/* Store it, and say what it is and what is to be done. */
static int finish(struct draft *draft, uint64_t version, const char *project,
		  struct intoto_error *err)
{
	struct rooting *rooting = &draft->rooting;
	struct root_plan plan = {
		.version = version,
		.root_keys = draft->root.keys.items,
		.n_root_keys = draft->root.keys.n,
		.root_threshold = draft->root.threshold,
		.owners = draft->owners.keys.items,
		.n_owners = draft->owners.keys.n,
		.owners_threshold = draft->owners.threshold,
		.project = project,
		.layouts = &draft->layouts,
	};
	const bool replaced = root_draft_exists(rooting->repo);
	scoped(envelope) envelope = NULL;
	scoped_json part = NULL;
	char digest[SHA256_HEX_SIZE];

	if (role_check(&draft->root, draft->threshold, "threshold", err) < 0 ||
	    role_check(&draft->owners, draft->owner_threshold,
		       "owner-threshold", err) < 0)
		return -1;
	plan.root_threshold = draft->root.threshold;
	plan.owners_threshold = draft->owners.threshold;
	if (layouts_expires(&plan.expires,
			    draft->expires ? draft->expires : "1y",
			    rooting->now, err) < 0 ||
	    root_make(&part, &plan, err) < 0 ||
	    envelope_from_json(&envelope, part, err) < 0 ||
	    root_draft_save(rooting->repo, part, err) < 0)
		return -1;
	if (replaced)
		say_note("an earlier draft that nobody had signed is replaced");
	envelope_digest(digest, envelope);
	printf("draft of the trust root, ");
	rooting_print_root(envelope->root, digest, rooting->now);
	if (rooting_say_lost(rooting, envelope->root, err) < 0)
		return -1;
	printf("next:\n  git intoto trust sign --key KEY\n");
	return 0;
}

/* What must hold: as named, as trusted, as found, "release". */
static int choose_layouts(struct draft *draft, struct intoto_error *err)
{
	const struct trust *trust = draft->rooting.trust;

	if (draft->layouts.n)
		return 0;
	for (size_t i = 0; i < trust->n_layouts && !trust->layouts_default; i++)
		strlist_add(&draft->layouts, trust->layouts[i].name);
	if (!draft->layouts.n &&
	    inforce_names(&draft->layouts, draft->rooting.repo, err) < 0)
		return -1;
	if (!draft->layouts.n)
		strlist_add(&draft->layouts, "release");
	return 0;
}

static int refuse_second(const struct rooting *rooting,
			 struct intoto_error *err)
{
	if (!rooting->chain)
		return 0;
	intoto_fail(err, INTOTO_EINVALID,
		    "there is a trust root already, version %" PRIu64,
		    root_chain_last(rooting->chain)->version);
	return intoto_hint(err, "git intoto trust rotate");
}

int trust_init(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] =
		"trust init [OPTION]... --threshold N --key KEY...";
	scoped_value(draft)
		draft = { .threshold = UNSET, .owner_threshold = UNSET };
	struct rooting *rooting = &draft.rooting;
	char project[PROJECT_SIZE];
	const struct option options[] = {
		OPT_LIST('k', "key", &draft.add, "KEY",
			 "a key that signs roots; repeatable"),
		OPT_LIST(0, "owner", &draft.add_owner, "KEY",
			 "a key that signs layouts (default: the root's keys)"),
		OPT_LIST(0, "layout", &draft.layouts, "NAME",
			 "a layout that must hold (default: those trusted or "
			 "found here, else release)"),
		DRAFT_OPTIONS(&draft), OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "trust init", usage, err) < 0)
		return -1;
	if (!draft.add.n)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "trust init needs at least one --key KEY");
	if (rooting_open(rooting, err) < 0 || refuse_second(rooting, err) < 0 ||
	    role_add_all(&draft.root, &draft.add, rooting->repo, err) < 0 ||
	    role_add_all(&draft.owners,
			 draft.add_owner.n ? &draft.add_owner : &draft.add,
			 rooting->repo, err) < 0 ||
	    choose_layouts(&draft, err) < 0 ||
	    trusting_project(project, rooting->repo, rooting->trust,
			     draft.layouts.items[0], err) < 0)
		return -1;
	draft.root.threshold = draft.root.keys.n;
	draft.owners.threshold = draft.owners.keys.n;
	if (!draft.add_owner.n && draft.owner_threshold == UNSET)
		draft.owner_threshold = draft.threshold;
	return finish(&draft, 1, project, err);
}

/* Names that go and come. */
static int change_layouts(struct draft *draft, const struct root *last,
			  const struct strlist *add,
			  const struct strlist *remove,
			  struct intoto_error *err)
{
	for (size_t i = 0; i < remove->n; i++)
		if (!strlist_has(&last->layouts, remove->items[i]))
			return intoto_fail(err, INTOTO_ENOTFOUND,
					   "the root names no layout '%s'",
					   remove->items[i]);
	for (size_t i = 0; i < last->layouts.n; i++)
		if (!strlist_has(remove, last->layouts.items[i]))
			strlist_add(&draft->layouts, last->layouts.items[i]);
	strlist_add_all(&draft->layouts, add);
	return 0;
}

/* Owners who are the root's keys follow them, unless they are named. */
static int change_roles(struct draft *draft, const struct root *last,
			struct intoto_error *err)
{
	struct repo *repo = draft->rooting.repo;
	const bool own = draft->add_owner.n || draft->remove_owner.n ||
			 draft->owner_threshold != UNSET;
	const bool follow = !own && same_keys(&last->root, &last->owners);

	role_copy(&draft->root, &last->root);
	if (role_add_all(&draft->root, &draft->add, repo, err) < 0 ||
	    role_remove_all(&draft->root, &draft->remove, repo, err) < 0)
		return -1;
	if (follow) {
		for (size_t i = 0; i < draft->root.keys.n; i++)
			role_add(&draft->owners, draft->root.keys.items[i]);
		draft->owners.threshold = draft->root.threshold;
		draft->owner_threshold = draft->threshold;
		return 0;
	}
	role_copy(&draft->owners, &last->owners);
	return role_add_all(&draft->owners, &draft->add_owner, repo, err) < 0 ||
			       role_remove_all(&draft->owners,
					       &draft->remove_owner, repo,
					       err) < 0
		       ? -1
		       : 0;
}

/* One who leaves the root may stay an owner; that should be meant. */
static void say_staying(const struct draft *draft, const struct root *last)
{
	for (size_t i = 0; i < last->root.n_keys; i++) {
		const struct key *key = last->root.keys[i];
		char who[64];

		if (key_overlaps_any(key,
				     (const struct key *const *)
					     draft->root.keys.items,
				     draft->root.keys.n) ||
		    !key_overlaps_any(key,
				      (const struct key *const *)
					      draft->owners.keys.items,
				      draft->owners.keys.n))
			continue;
		key_describe(who, key);
		say_note("%s stays an owner of the layouts; --remove-owner "
			 "takes that away",
			 who);
	}
}

int trust_rotate(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "trust rotate [OPTION]...";
	scoped_value(draft)
		draft = { .threshold = UNSET, .owner_threshold = UNSET };
	scoped_value(strlist) add_layout = STRLIST_INIT;
	scoped_value(strlist) remove_layout = STRLIST_INIT;
	struct rooting *rooting = &draft.rooting;
	const struct root *last;
	const struct option options[] = {
		OPT_LIST(0, "add", &draft.add, "KEY", "a further root key"),
		OPT_LIST(0, "remove", &draft.remove, "KEY",
			 "a root key that goes"),
		OPT_LIST(0, "add-owner", &draft.add_owner, "KEY",
			 "a further owner of the layouts"),
		OPT_LIST(0, "remove-owner", &draft.remove_owner, "KEY",
			 "an owner who goes"),
		OPT_LIST(0, "add-layout", &add_layout, "NAME",
			 "a further layout that must hold"),
		OPT_LIST(0, "remove-layout", &remove_layout, "NAME",
			 "a layout that need not hold any more"),
		DRAFT_OPTIONS(&draft),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "trust rotate", usage, err) < 0 ||
	    rooting_open(rooting, err) < 0 ||
	    rooting_need_pin(rooting, err) < 0)
		return -1;
	if (!rooting->chain) {
		intoto_fail(err, INTOTO_ENOTFOUND, "there is no trust root");
		return intoto_hint(err, "git intoto trust init --threshold N "
					"--key KEY");
	}
	last = root_chain_last(rooting->chain);
	if (change_roles(&draft, last, err) < 0 ||
	    change_layouts(&draft, last, &add_layout, &remove_layout, err) < 0)
		return -1;
	say_staying(&draft, last);
	return finish(&draft, last->version + 1, last->project, err);
}
