/* git intoto hooks install: guard pushes from now on, here or on a server. */
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/hooks.h"
#include "cmd/keys.h"
#include "cmd/log_state.h"
#include "cmd/options.h"
#include "cmd/trusting.h"
#include "policy/guard.h"
#include "repo/refs.h"

#define JUDGED_MAX 100

struct install {
	struct strlist keys;
	const char *root;
	size_t threshold; /* SIZE_MAX: not said */
	bool server;
	bool force;
	struct hook_install wish;
};

static void install_release(struct install *install)
{
	strlist_release(&install->keys);
}
SCOPED_RELEASE(install);

static int fail_without_pin(struct intoto_error *err)
{
	intoto_fail(err, INTOTO_ETRUST,
		    "a server needs a pin: the trust root, or the key that "
		    "signs its layouts");
	return intoto_hint(err, "git intoto hooks install --server --key KEY");
}

static int pin_keys(bool *changed, struct trust *trust, struct repo *repo,
		    const struct install *install, struct intoto_error *err)
{
	struct key_settings settings = keys_settings(repo);
	scoped_value(keys) keys = { 0 };
	const size_t threshold =
		install->threshold == SIZE_MAX ? 0 : install->threshold;

	if (keys_load(&keys, &install->keys, &settings, err) < 0)
		return -1;
	if (*trust->root_pin) {
		intoto_reject(err, "root-pinned",
			      "a root is pinned here, and it alone names who "
			      "signs layouts");
		return intoto_hint(err, "git intoto trust rotate");
	}
	for (size_t i = 0; i < keys.n; i++) {
		bool added;

		trust_add_key(&added, trust, keys.items[i]);
		*changed |= added;
	}
	if (trust_is_empty(trust))
		return fail_without_pin(err);
	*changed |= install->threshold != SIZE_MAX;
	return *changed ? trust_set_threshold(trust, threshold, err) : 0;
}

/* The digest of --root, without its label. */
static int read_root(const char **digest, const char *root,
		     struct intoto_error *err)
{
	static const char label[] = "sha256:";

	if (!strncmp(root, label, strlen(label)) &&
	    strspn(root + strlen(label), "0123456789abcdef") == 64 &&
	    !root[strlen(label) + 64]) {
		*digest = root + strlen(label);
		return 0;
	}
	intoto_fail(err, INTOTO_EUSAGE, "'%s' is not the pin of a root", root);
	return intoto_hint(err, "git intoto trust show --readme");
}

/* Another pin than the present one must be of the same root, if that is here:
 * so its versions are looked at. */
static int pin_root(struct trust *trust, struct repo *repo, const char *digest,
		    struct intoto_error *err)
{
	scoped(trust) rooted = NULL;
	struct intoto_error why = { 0 };

	if (*trust->root_pin && trust_load(&rooted, repo, &why) < 0 &&
	    why.code != INTOTO_ENOTFOUND) {
		*err = why;
		return -1;
	}
	if (trust_pin_root(rooted ? rooted : trust, digest, err) < 0)
		return -1;
	return rooted ? trust_pin_root(trust, digest, err) : 0;
}

/* Whose layouts the server believes. */
static int pin(struct repo *repo, const struct install *install,
	       struct intoto_error *err)
{
	scoped(trust) trust = NULL;
	const char *digest = NULL;
	bool changed = false;

	if (trust_load_local(&trust, repo, err) < 0 ||
	    (install->root && read_root(&digest, install->root, err) < 0))
		return -1;
	if (digest) {
		changed = strcmp(trust->root_pin, digest) != 0;
		if (changed && pin_root(trust, repo, digest, err) < 0)
			return -1;
	} else if (install->keys.n || install->threshold != SIZE_MAX ||
		   !*trust->root_pin) {
		if (pin_keys(&changed, trust, repo, install, err) < 0)
			return -1;
	}
	trusting_print(stdout, trust);
	return changed ? trust_save(trust, repo, err) : 0;
}

static bool is_guarded_tag(const struct repo *repo, const char *ref)
{
	return guard_concerns(repo, ref) && strncmp(ref, "refs/notes/", 11) &&
	       strncmp(ref, NOTES_TRACKING_PREFIX,
		       strlen(NOTES_TRACKING_PREFIX));
}

static void print_tag(struct log_view *view, const struct ref *ref,
		      const struct intoto_error *why)
{
	scoped_value(log_row) row = { 0 };
	scoped_text shown = escape_text(ref->name);
	struct intoto_error err = { 0 };

	if (!why && log_state_of(&row, view, ref->name, &ref->oid,
				 !strcmp(ref->type, "tag"), &err) < 0)
		why = &err;
	if (why)
		printf("  %s  not proven: %s\n", shown, why->message);
	else
		printf("  %s  %s: %s\n", shown,
		       row.state < LOG_TAGGED || row.state == LOG_REVOKED
			       ? "not proven"
			       : "proven",
		       log_state_text(row.state));
}

/* To judge a tag can mean to hash its tree. So many are judged here, and of
 * more none: `log` can be left to run. */
static void print_tags(const struct refs *tags)
{
	scoped_value(session) session = { 0 };
	scoped_value(log_view) view = { 0 };
	struct intoto_error why = { 0 };
	bool opened;

	puts("there already, and left as they are:");
	if (tags->n > JUDGED_MAX) {
		for (size_t i = 0; i < tags->n; i++) {
			scoped_text shown = escape_text(tags->items[i].name);

			printf("  %s\n", shown);
		}
		printf("%zu tags; what proves each of them:\n"
		       "  git intoto log\n",
		       tags->n);
		return;
	}
	opened = session_open(&session, &why) == 0 &&
		 log_view_open(&view, &session, &why) == 0;
	for (size_t i = 0; i < tags->n; i++)
		print_tag(&view, &tags->items[i], opened ? NULL : &why);
}

/* Tags from before are listed and left alone; also where the root that is
 * pinned has yet to be pushed. */
static int list_tags(struct repo *repo, struct intoto_error *err)
{
	const char *const prefixes[] = { "refs/", NULL };
	scoped_value(refs) refs = { 0 };
	size_t kept = 0;

	if (refs_list(&refs, repo, prefixes, err) < 0)
		return -1;
	for (size_t i = 0; i < refs.n; i++) {
		const struct ref ref = refs.items[i];

		if (!is_guarded_tag(repo, ref.name))
			continue;
		refs.items[i] = refs.items[kept];
		refs.items[kept++] = ref;
	}
	if (kept)
		print_tags(&(struct refs){ .items = refs.items, .n = kept });
	return 0;
}

static int check_place(struct repo *repo, const struct install *install,
		       struct intoto_error *err)
{
	scoped_text problem = NULL;

	if (install->wish.by_config)
		return 0;
	if (hookfile_place_problem(&problem, repo, err) < 0)
		return -1;
	if (!problem)
		return 0;
	if (install->force) {
		say_warning("%s", problem);
		return 0;
	}
	intoto_reject(err, "hook-place", "%s", problem);
	return intoto_hint(err, "git intoto hooks install%s --force",
			   install->server ? " --server" : "");
}

/* All or none: what stands in the way is found before anything is written. */
static int check_all(struct repo *repo, const struct install *install,
		     const char *const *events, struct intoto_error *err)
{
	if (guard_check_config(repo, err) < 0 ||
	    check_place(repo, install, err) < 0)
		return -1;
	for (; *events; events++)
		if (hookfile_check_install(repo, *events, &install->wish, err) <
		    0)
			return -1;
	return 0;
}

static int install_all(struct repo *repo, const struct install *install,
		       const char *const *events, struct intoto_error *err)
{
	for (; *events; events++) {
		bool changed;

		if (hookfile_install(&changed, repo, *events, &install->wish,
				     err) < 0)
			return -1;
		printf("%s %s%s%s\n", *events,
		       changed ? "installed" : "already installed",
		       install->wish.by_config ? " in the configuration" : "",
		       install->wish.report_only ? ", to report only" : "");
	}
	return 0;
}

static int check_usage(const struct install *install, const struct repo *repo,
		       struct intoto_error *err)
{
	const bool threshold = install->threshold != SIZE_MAX;

	if (install->root && (install->keys.n || threshold)) {
		intoto_fail(err, INTOTO_EUSAGE,
			    "option '--root' goes with neither '--key' nor "
			    "'--threshold'");
		return intoto_hint(err, "git intoto hooks install --server "
					"--root sha256:D");
	}
	if (install->server ||
	    (!install->keys.n && !install->root && !threshold && !repo->bare))
		return 0;
	intoto_fail(err, INTOTO_EUSAGE,
		    install->keys.n ? "option '--key' goes with '--server'"
		    : install->root ? "option '--root' goes with '--server'"
		    : threshold	    ? "option '--threshold' goes with "
				      "'--server'"
				    : "a bare repository is guarded with "
				      "'--server'");
	return intoto_hint(err, "git intoto hooks install --server --key KEY");
}

/* --force with --chain is about the place alone. */
static int install(struct install *install, struct intoto_error *err)
{
	const char *const *events =
		install->server ? hooks_server_events : hooks_work_events;
	scoped(repo) repo = NULL;
	scoped_text program = NULL;

	if (repo_open(&repo, REPO_OPEN_USER, err) < 0 ||
	    check_usage(install, repo, err) < 0 ||
	    hooks_own_path(&program, err) < 0 ||
	    hookfile_by_config(&install->wish.by_config, err) < 0)
		return -1;
	install->wish.program = program;
	install->wish.force = install->force && !install->wish.chain;
	if (check_all(repo, install, events, err) < 0 ||
	    (install->server && pin(repo, install, err) < 0) ||
	    install_all(repo, install, events, err) < 0)
		return -1;
	return install->server ? list_tags(repo, err) : 0;
}

int cmd_hooks_install(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] =
		"hooks install [--chain|--force] [--report-only]\n"
		"hooks install --server (--root sha256:D|--key KEY...) "
		"[OPTION]...";
	scoped_value(install)
		what = { .keys = STRLIST_INIT, .threshold = SIZE_MAX };
	const struct option options[] = {
		OPT_FLAG(0, "server", &what.server,
			 "guard a bare repository: pre-receive and update"),
		OPT_STRING(0, "root", &what.root, "sha256:D",
			   "the server believes this trust root"),
		OPT_LIST('k', "key", &what.keys, "KEY",
			 "the server believes layouts that KEY signed"),
		OPT_NUMBER(0, "threshold", &what.threshold, "N",
			   "how many of the keys must sign (default: all)"),
		OPT_FLAG(0, "chain", &what.wish.chain,
			 "a hook that is there runs first"),
		OPT_FLAG(0, "force", &what.force,
			 "put a hook that is there aside, wherever it is"),
		OPT_FLAG(0, "report-only", &what.wish.report_only,
			 "say what would be refused, and refuse nothing"),
		OPT_END
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "nothing", usage, err) < 0)
		return -1;
	return install(&what, err);
}
