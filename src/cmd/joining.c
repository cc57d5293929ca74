/* `init` where a layout already is: show it, and ask whom to trust. */
#include "cmd/joining.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/keyoptions.h"
#include "cmd/keys.h"
#include "cmd/trusting.h"
#include "cmd/ui.h"

/* The keys whose signatures on the layout hold, of those that can be known:
 * the layout's own, and the user's. Their trust is what is in question. */
static void find_owners(struct keys *out, const struct inforce *inforce,
			struct key *own, int64_t now)
{
	const struct layout *layout = inforce->envelope->layout;

	for (size_t i = 0; i <= layout->n_keys; i++) {
		struct key *key =
			i < layout->n_keys ? layout->keys[i].key : own;
		struct intoto_error ignored = { 0 };
		bool known = false;

		for (size_t j = 0; key && j < out->n; j++)
			known |= key_same(out->items[j], key);
		if (!key || known ||
		    envelope_verify(inforce->envelope, key, now, &ignored) < 0)
			continue;
		ALLOC_GROW(out->items, out->n + 1, out->alloc);
		out->items[out->n++] = key_ref(key);
	}
}

static void show(const struct inforce *inforce, const struct keys *owners)
{
	const struct layout *layout = inforce->envelope->layout;
	char when[CLOCK_TEXT_SIZE];

	clock_format(when, layout->expires);
	printf("layout '%s', version %" PRIu64 ", expires %s\n", inforce->name,
	       layout->stamp.version, when);
	printf("  digest  sha256:%s\n", inforce->digest);
	for (size_t i = 0; i < owners->n; i++) {
		char who[64];

		key_describe(who, owners->items[i]);
		printf("  owner   %s  %s\n", key_id(owners->items[i]), who);
	}
	for (size_t i = 0; i < layout->n_steps; i++) {
		scoped_text name = escape_text(layout->steps[i].name);

		printf("  step    %s\n", name);
	}
}

/* git's own signing key, or --key; NULL if there is none. */
static struct key *own_key(const struct joining *joining)
{
	const struct key_options options = { .key = joining->key };
	struct key_settings settings = keys_settings(joining->repo);
	struct intoto_error ignored = { 0 };
	struct key *key = NULL;
	scoped_text spec = NULL;

	if (key_options_spec(&spec, &options, joining->repo, NULL, &ignored) <
		    0 ||
	    key_load(&key, spec, &settings, &ignored) < 0)
		return NULL;
	return key;
}

/* The owners chosen in `trusted` must all sign from now on. */
static int trust_owners(const struct joining *joining,
			const struct keys *trusted,
			const struct inforce *inforce, struct intoto_error *err)
{
	const char *project = inforce->envelope->layout->stamp.project;

	for (size_t i = 0; i < trusted->n; i++)
		trust_add_key(NULL, joining->trust, trusted->items[i]);
	if ((!trust_layout_named(joining->trust, joining->layout) &&
	     trust_add_layout(NULL, joining->trust, joining->layout, "", err) <
		     0) ||
	    trust_pin_project(joining->trust, project, err) < 0 ||
	    trust_save(joining->trust, joining->repo, err) < 0)
		return -1;
	puts("joined; whose layouts are believed here now:");
	trusting_print(stdout, joining->trust);
	return 0;
}

static void say_how_to_trust(const struct joining *joining,
			     const struct keys *owners)
{
	puts("nothing is trusted: compare the digest with the project's "
	     "owners, then run");
	printf("  git intoto trust add");
	if (strcmp(joining->layout, "release"))
		printf(" --layout %s", joining->layout);
	for (size_t i = 0; i < owners->n; i++) {
		scoped_text spec = keys_spec(owners->items[i]);

		if (spec)
			printf(" '%s'", spec);
		else
			printf(" owner-%.8s.json", key_id(owners->items[i]));
	}
	puts(owners->n ? "" : " KEY");
}

/* Whom to trust: all owners if the user says so; without a question nobody
 * but the user's own key, and only if it signed. */
static int decide(bool *declined, struct keys *trusted,
		  const struct joining *joining, const struct keys *owners,
		  const struct key *own, struct intoto_error *err)
{
	bool asked = owners->n && !joining->yes && ui_can_ask();
	bool all = false;

	fflush(stdout);
	if (asked &&
	    ui_confirm(&all,
		       "Trust these owners? Compare the digest with them first",
		       false, err) < 0)
		return -1;
	*declined = asked && !all;
	for (size_t i = 0; i < owners->n; i++) {
		struct key *owner = owners->items[i];

		if (!all && !(joining->yes && own && key_same(owner, own)))
			continue;
		ALLOC_GROW(trusted->items, trusted->n + 1, trusted->alloc);
		trusted->items[trusted->n++] = key_ref(owner);
	}
	return 0;
}

static int join_stranger(const struct joining *joining,
			 struct intoto_error *err)
{
	scoped_value(report) warnings = REPORT_INIT;
	scoped_value(keys) owners = { 0 };
	scoped(inforce) inforce = NULL;
	scoped(key) own = own_key(joining);
	scoped_value(keys) trusted = { 0 };
	bool declined = false;

	if (inforce_load_unchecked(&inforce, joining->repo, joining->layout, 0,
				   &warnings, err) < 0)
		return -1;
	find_owners(&owners, inforce, own, joining->now);
	show(inforce, &owners);
	if (decide(&declined, &trusted, joining, &owners, own, err) < 0)
		return -1;
	if (trusted.n)
		return trust_owners(joining, &trusted, inforce, err);
	say_how_to_trust(joining, &owners);
	return declined ? CMD_REJECTED : 0;
}

int joining_run(const struct joining *joining, struct intoto_error *err)
{
	scoped_value(report) warnings = REPORT_INIT;
	scoped_value(keys) owners = { 0 };
	scoped(inforce) inforce = NULL;

	if (trust_is_empty(joining->trust))
		return join_stranger(joining, err);
	if (inforce_load(&inforce, joining->repo, joining->trust,
			 joining->layout, 0, &warnings, err) < 0)
		return -1;
	say_warnings(&warnings.warnings);
	find_owners(&owners, inforce, NULL, joining->now);
	show(inforce, &owners);
	if (!trust_layout_named(joining->trust, joining->layout) &&
	    !*joining->trust->root_pin) {
		bool added;

		if (trust_add_layout(&added, joining->trust, joining->layout,
				     "", err) < 0 ||
		    trust_save(joining->trust, joining->repo, err) < 0)
			return -1;
		puts("its owners are trusted already; it must hold as well "
		     "from now on");
		return 0;
	}
	puts("already trusted here");
	return 0;
}
