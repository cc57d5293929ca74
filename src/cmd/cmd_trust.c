/* git intoto trust: whose layouts are believed in this clone. */
#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "cmd/options.h"
#include "cmd/rooting.h"
#include "cmd/trusting.h"
#include "policy/inforce.h"
#include "repo/remote.h"

#define DIGEST_PREFIX "sha256:"
#define UNSET SIZE_MAX

/* NAME or NAME=sha256:DIGEST */
static int add_layout(bool *added, struct trust *trust, const char *word,
		      struct intoto_error *err)
{
	const char *equals = strchr(word, '=');
	scoped_text name =
		xmemdupz(word, equals ? (size_t)(equals - word) : strlen(word));
	const char *digest = "";

	if (equals) {
		digest = equals + 1;
		if (strncmp(digest, DIGEST_PREFIX, strlen(DIGEST_PREFIX)))
			return intoto_fail(err, INTOTO_EUSAGE,
					   "'%s' is not NAME=sha256:DIGEST",
					   word);
		digest += strlen(DIGEST_PREFIX);
	}
	return trust_add_layout(added, trust, name, digest, err);
}

/* UNSET leaves it as it is: a key that was added has set it to all keys. */
static int set_threshold(struct trust *trust, size_t threshold,
			 struct intoto_error *err)
{
	if (threshold == UNSET)
		return 0;
	if (!threshold || threshold > trust->n_keys)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "the threshold is between 1 and %zu, the "
				   "number of keys",
				   trust->n_keys);
	return trust_set_threshold(trust, threshold, err);
}

static int apply(bool *changed, struct trust *trust, const struct keys *keys,
		 const struct strlist *layouts, size_t threshold,
		 const char *project, struct intoto_error *err)
{
	const size_t before = trust->threshold;
	const bool pinned = *trust->project;

	*changed = false;
	for (size_t i = 0; i < keys->n; i++) {
		bool added = false;

		trust_add_key(&added, trust, keys->items[i]);
		*changed |= added;
	}
	for (size_t i = 0; i < layouts->n; i++) {
		bool added = false;

		if (add_layout(&added, trust, layouts->items[i], err) < 0)
			return -1;
		*changed |= added;
	}
	if (set_threshold(trust, threshold, err) < 0)
		return -1;
	if (project && trust_pin_project(trust, project, err) < 0)
		return -1;
	*changed |= trust->threshold != before || (project && !pinned);
	return 0;
}

/* Who is believed under a root is the root's to say. */
static int refuse_pinned(const struct trust *trust, struct intoto_error *err)
{
	if (!*trust->root_pin)
		return 0;
	intoto_reject(err, "root-pinned",
		      "a trust root is pinned here, and only it names owners "
		      "and layouts: sha256:%s",
		      trust->root_pin);
	return intoto_hint(err, "git intoto trust rotate");
}

static int cmd_trust_add(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "trust add [OPTION]... KEY...";
	scoped_value(strlist) layouts = STRLIST_INIT;
	scoped_value(strlist) specs = STRLIST_INIT;
	scoped_value(keys) keys = { 0 };
	scoped(repo) repo = NULL;
	scoped(trust) trust = NULL;
	struct key_settings settings;
	const char *project = NULL;
	size_t threshold = UNSET;
	bool no_fetch = false, changed = false;
	const struct option options[] = {
		OPT_NUMBER(0, "threshold", &threshold, "N",
			   "how many of the keys must sign (default: all)"),
		OPT_LIST(0, "layout", &layouts, "NAME[=sha256:DIGEST]",
			 "a layout that must hold (default: release)"),
		OPT_STRING(0, "project", &project, "ID",
			   "pin the project's id"),
		OPT_FLAG(0, "no-fetch", &no_fetch,
			 "do not fetch the project's proof"),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, layouts.n ? 0 : 1, 1000, "a KEY", usage,
			     err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0)
		return -1;
	settings = keys_settings(repo);
	for (int i = 0; i < argc; i++)
		strlist_add(&specs, argv[i]);
	if (trust_load_local(&trust, repo, err) < 0 ||
	    refuse_pinned(trust, err) < 0 ||
	    keys_load(&keys, &specs, &settings, err) < 0 ||
	    apply(&changed, trust, &keys, &layouts, threshold, project, err) <
		    0)
		return -1;
	if (changed && trust_save(trust, repo, err) < 0)
		return -1;
	if (!changed)
		puts("already trusted");
	else
		trusting_print(stdout, trust);
	return trusting_connect(repo, trust, !no_fetch, err);
}

/* `remove sha256:DIGEST`: of the root that is pinned. */
static int remove_root(struct trust *trust, struct repo *repo,
		       const char *digest, struct intoto_error *err)
{
	if (trust_unpin_root(trust, digest, err) < 0 ||
	    trust_save(trust, repo, err) < 0 || seen_root_forget(repo, err) < 0)
		return -1;
	printf("no longer pinned: root %s\n", digest);
	return 0;
}

static int cmd_trust_remove(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "trust remove [--threshold N] KEY...\n"
				    "trust remove sha256:DIGEST";
	scoped(repo) repo = NULL;
	scoped(trust) trust = NULL;
	struct key_settings settings;
	size_t threshold = UNSET;
	const struct option options[] = {
		OPT_NUMBER(0, "threshold", &threshold, "N",
			   "how many of the keys that are left must sign "
			   "(default: all)"),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1000, "a KEY", usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0 ||
	    trust_load_local(&trust, repo, err) < 0)
		return -1;
	if (argc == 1 &&
	    !strncmp(argv[0], DIGEST_PREFIX, strlen(DIGEST_PREFIX)))
		return remove_root(trust, repo, argv[0], err);
	if (refuse_pinned(trust, err) < 0)
		return -1;
	settings = keys_settings(repo);
	for (int i = 0; i < argc; i++) {
		const struct key *key;
		char who[64];

		if (keys_find_trusted(&key, trust, argv[i], &settings, err) < 0)
			return -1;
		key_describe(who, key);
		if (trust_remove_key(trust, key, err) < 0)
			return -1;
		printf("no longer trusted: %s\n", who);
	}
	if (trust_set_threshold(trust, 0, err) < 0 ||
	    set_threshold(trust, threshold, err) < 0)
		return -1;
	if (trust_save(trust, repo, err) < 0)
		return -1;
	trusting_print(stdout, trust);
	return 0;
}

static int print_seen(struct repo *repo, const struct trust *trust,
		      struct intoto_error *err)
{
	scoped_json seen = NULL;
	char digest[SHA256_HEX_SIZE];
	uint64_t root = 0;
	const char *name;
	json_t *version;

	if (*trust->project &&
	    seen_root(&root, digest, repo, trust->project, err) < 0)
		return -1;
	if (root)
		printf("seen root version %" PRIu64 "\n", root);
	if (seen_list(&seen, repo, err) < 0)
		return -1;
	json_object_foreach(seen, name, version)
	{
		if (json_is_integer(version))
			printf("seen layout %s version %lld\n", name,
			       (long long)json_integer_value(version));
	}
	return 0;
}

/* The pin is shown also where its root is not here yet. */
static int use_root(struct trust *trust, struct repo *repo,
		    struct intoto_error *err)
{
	scoped_value(report) warnings = REPORT_INIT;
	struct intoto_error why = { 0 };
	scoped(root_chain) chain = NULL;

	if (root_chain_load(&chain, repo, trust->root_pin, &warnings, &why) <
	    0) {
		if (why.code != INTOTO_ENOTFOUND) {
			*err = why;
			return -1;
		}
		say_warning("%s", why.message);
		say_hint("%s", why.hint);
		return 0;
	}
	say_warnings(&warnings.warnings);
	if (trust_use_root(trust, chain, err) < 0)
		return -1;
	chain = NULL;
	return 0;
}

static int cmd_trust_list(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "trust list";
	scoped(repo) repo = NULL;
	scoped(trust) trust = NULL;
	const struct option options[] = { OPT_END };

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "trust list", usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0 ||
	    trust_load_local(&trust, repo, err) < 0 ||
	    trust_require(trust, err) < 0)
		return -1;
	if (*trust->root_pin && use_root(trust, repo, err) < 0)
		return -1;
	trusting_print(stdout, trust);
	return print_seen(repo, trust, err);
}

int cmd_trust(int argc, char **argv, struct intoto_error *err)
{
	static const struct command table[] = {
		{ "add", cmd_trust_add, "believe layouts that a key signed" },
		{ "list", cmd_trust_list, "keys, layouts, versions seen" },
		{ "remove", cmd_trust_remove, "believe a key no longer" },
		{ "show", trust_show, "the root, who signed; --readme" },
		{ NULL, NULL, "a trust root, which names the keys" },
		{ "init", trust_init, "draft the first one" },
		{ "pin", trust_pin, "believe what a root says, not keys" },
		{ "rotate", trust_rotate, "draft the next version" },
		{ "sign", trust_sign, "sign a draft; publish it if enough do" },
		{ NULL, NULL, NULL },
	};

	return command_dispatch(table, "trust", argc, argv, err);
}
