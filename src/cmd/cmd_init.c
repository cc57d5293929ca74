/* git intoto init: found a project's layout, or join the one that is there. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/joining.h"
#include "cmd/keyoptions.h"
#include "cmd/keys.h"
#include "cmd/layouts.h"
#include "cmd/options.h"
#include "cmd/trusting.h"
#include "cmd/ui.h"
#include "base/quote.h"
#include "policy/draft.h"
#include "policy/project.h"
#include "policy/template.h"
#include "repo/config.h"
#include "repo/remote.h"
#include "repo/signing.h"

struct init {
	struct repo *repo;
	struct trust *trust;
	const char *key;
	const char *layout;
	const char *expires;
	struct strlist steps;
	struct strlist products;
	bool yes;
	bool no_fetch;
	int64_t now;
};

static void init_release(struct init *init)
{
	trust_free(init->trust);
	repo_free(init->repo);
	strlist_release(&init->steps);
	strlist_release(&init->products);
}
SCOPED_RELEASE(init);

static int parse(struct init *init, int argc, char **argv,
		 struct intoto_error *err)
{
	static const char usage[] = "init [OPTION]...";
	const struct option options[] = {
		OPT_STRING('k', "key", &init->key, "KEY",
			   "your key for links and layouts (default: the one "
			   "that signs tags)"),
		OPT_STRING(0, "layout", &init->layout, "NAME",
			   "name of the layout (default: release)"),
		OPT_LIST(0, "step", &init->steps, "NAME",
			 "a step after the tag (default: build)"),
		OPT_LIST('p', "product", &init->products, "PATTERN",
			 "what the steps make (default: dist/*)"),
		OPT_STRING(0, "expires", &init->expires, "SPAN",
			   "when it must be renewed (default: 1y)"),
		OPT_FLAG('y', "yes", &init->yes, "ask nothing"),
		OPT_FLAG(0, "no-fetch", &init->no_fetch,
			 "do not look for a layout on the remote"),
		OPT_END
	};

	init->layout = "release";
	init->expires = "1y";
	init->now = clock_now();
	return options_parse(&argc, &argv, options, usage, err) < 0 ||
			       options_operands(argc, 0, 0, "init", usage,
						err) < 0
		       ? -1
		       : 0;
}

/* One answer as words between blanks. */
static int ask_words(struct strlist *out, const char *question,
		     const char *fallback, struct intoto_error *err)
{
	scoped_text answer = NULL;

	if (ui_ask(&answer, question, fallback, err) < 0)
		return -1;
	for (char *at = answer; *at;) {
		const size_t len = strcspn(at, " ");

		if (len)
			strlist_take(out, xmemdupz(at, len));
		at += len;
		at += strspn(at, " ");
	}
	return 0;
}

static int ask(struct init *init, struct intoto_error *err)
{
	if (init->yes || !ui_can_ask())
		return 0;
	if (!init->steps.n &&
	    ask_words(&init->steps, "Steps after the tag", "build", err) < 0)
		return -1;
	if (!init->products.n &&
	    ask_words(&init->products, "What they make", "dist/*", err) < 0)
		return -1;
	return 0;
}

/* Without a remote nothing is fetched and no remote.* is written. */
static int connect(struct init *init, struct intoto_error *err)
{
	scoped_text remote = remote_default(init->repo);
	bool added = false;

	if (!remote) {
		say_note("no remote: nothing is fetched; run `git intoto init` "
			 "again after `git remote add`");
		return 0;
	}
	if (remote_add_refspec(&added, init->repo, remote, err) < 0)
		return -1;
	if (added)
		printf("`git fetch %s` now brings the proof along\n", remote);
	if (init->no_fetch || !remote_fetch(init->repo, remote, err))
		return 0;
	return intoto_hint(err, "git intoto init --no-fetch  # only if there "
				"is no layout on the remote");
}

/* The signer's key and, if it is another, the one that signs tags. */
static int authorised_keys(struct key *keys[2], size_t *n, struct init *init,
			   struct signer *signer, struct intoto_error *err)
{
	struct key_settings settings = keys_settings(init->repo);
	struct intoto_error why = { 0 };
	scoped_text spec = NULL;
	scoped(key) tag_key = NULL;
	char who[2][64];

	keys[0] = key_ref((struct key *)signer_key(signer));
	*n = 1;
	if (signing_tag_key(&spec, init->repo, NULL, &why) < 0) {
		say_warning("git has no key to sign tags with yet: %s",
			    why.message);
		return 0;
	}
	if (key_load(&tag_key, spec, &settings, err) < 0)
		return -1;
	if (key_same(tag_key, keys[0]))
		return 0;
	key_describe(who[0], keys[0]);
	key_describe(who[1], tag_key);
	printf("two keys are authorised: %s signs links, %s signs tags\n",
	       who[0], who[1]);
	keys[(*n)++] = take(tag_key);
	return 0;
}

static int write_draft(struct init *init, struct key *const *keys, size_t n,
		       struct intoto_error *err)
{
	const char *tag_step = config_get(init->repo, "intoto.tagstep");
	scoped_json layout = NULL;
	int64_t expires;
	bool changed;

	if (layouts_expires(&expires, init->expires, init->now, err) < 0)
		return -1;
	if (!init->steps.n)
		strlist_add(&init->steps, "build");
	if (!init->products.n)
		strlist_add(&init->products, "dist/*");
	layout = template_layout(&(struct template){
		.tag_step = tag_step && *tag_step ? tag_step : "tag",
		.steps = &init->steps,
		.products = &init->products,
		.keys = (const struct key *const *)keys,
		.n_keys = n,
		.expires = expires,
	});
	return draft_save(&changed, init->repo, init->layout, layout, err);
}

static void print_next(const struct init *init)
{
	const char *first = init->steps.items[0];
	const bool is_default = !strcmp(first, "build");
	scoped_text step = quote_word(first);
	scoped_text pattern = quote_word(init->products.items[0]);
	scoped_value(buffer) files = BUFFER_INIT;

	/* The shell is to expand the pattern, and nothing else. */
	quote_append(&files, init->products.items[0],
		     " \t\r\n'\"\\$`{}()<>|&;#~!");
	puts("next:");
	puts("  git intoto tag -m 'v1.0' v1.0");
	printf("  git intoto build%s%s -p %s -- make dist\n",
	       is_default ? "" : " --step ", is_default ? "" : step, pattern);
	printf("  git intoto verify v1.0 %s\n", buffer_text(&files));
}

static void print_draft(const struct init *init, const struct strlist *missing)
{
	scoped_text remote = remote_default(init->repo);
	scoped_text word = remote ? quote_word(remote) : NULL;

	printf("layout '%s' is a draft; still to be signed by:\n",
	       init->layout);
	for (size_t i = 0; i < missing->n; i++)
		printf("  %s\n", missing->items[i]);
	if (remote)
		printf("so that they can sign it as well:\n"
		       "  git intoto push %s\n",
		       word);
	printf("next, by each of them:\n"
	       "  git intoto layout sign %s --key KEY\n",
	       init->layout);
}

/* What an earlier `init` or `layout new` began is not begun again. */
static int draft_is_here(const struct init *init)
{
	printf("already a draft: layout '%s' is not in force yet\n",
	       init->layout);
	printf("next:\n  git intoto layout show --draft %s\n"
	       "  git intoto layout sign %s\n",
	       init->layout, init->layout);
	return 0;
}

/* Another owner has begun it, and it travels already. */
static int check_pending(bool *out, const struct init *init,
			 struct intoto_error *err)
{
	scoped_value(pending) pending = { 0 };

	*out = false;
	if (pending_read(&pending, init->repo, NULL, err) < 0)
		return -1;
	for (size_t i = 0; i < pending.n; i++) {
		const struct envelope *envelope = pending.items[i].envelope;

		*out |= envelope->content == CONTENT_LAYOUT &&
			!strcmp(envelope->layout->stamp.name, init->layout);
	}
	return 0;
}

static void print_pending(const struct init *init)
{
	printf("already pending: layout '%s' waits for signatures of its "
	       "owners\n",
	       init->layout);
	puts("next:");
	if (!init->trust->n_keys)
		puts("  git intoto trust add KEY...");
	printf("  git intoto layout show --pending %s\n"
	       "  git intoto layout sign %s\n",
	       init->layout, init->layout);
}

/* The first layout, signed. A failure leaves no draft behind. */
static int make_layout(bool *in_force, struct strlist *missing,
		       struct init *init, struct signer *signer,
		       const char *project, struct intoto_error *err)
{
	struct intoto_error ignored = { 0 };
	struct key *keys[2] = { NULL, NULL };
	scoped(layout_draft) draft = NULL;
	size_t n = 0;
	int result = authorised_keys(keys, &n, init, signer, err);

	if (!result)
		result = write_draft(init, keys, n, err);
	if (!result)
		result = draft_choose(&draft, init->repo, init->layout,
				      init->trust, project, NULL, init->now,
				      NULL, err);
	if (!result)
		result = draft_sign(in_force, missing, init->repo, draft,
				    init->trust, &signer, 1, init->now, err);
	if (result < 0)
		draft_discard(init->repo, init->layout, &ignored);
	key_free(keys[0]);
	key_free(keys[1]);
	return result;
}

static int found(struct init *init, struct intoto_error *err)
{
	const struct key_options key_options = { .key = init->key };
	scoped(signer) signer = NULL;
	scoped_value(strlist) missing = STRLIST_INIT;
	char project[PROJECT_SIZE], who[64];
	bool in_force = false, is_pending = false;

	if (!notes_layout_name_ok(init->layout))
		return intoto_fail(err, INTOTO_EUSAGE,
				   "'%s' is no name for a layout",
				   init->layout);
	if (draft_exists(init->repo, init->layout))
		return draft_is_here(init);
	if (check_pending(&is_pending, init, err) < 0)
		return -1;
	if (is_pending) {
		print_pending(init);
		return 0;
	}
	if (ask(init, err) < 0 ||
	    key_options_open(&signer, &key_options, init->repo, NULL, err) <
		    0 ||
	    trusting_project(project, init->repo, init->trust, init->layout,
			     err) < 0 ||
	    make_layout(&in_force, &missing, init, signer, project, err) < 0)
		return -1;
	if (!in_force) {
		print_draft(init, &missing);
		return 0;
	}
	if (trusting_found(&(struct founding){ .repo = init->repo,
					       .trust = init->trust,
					       .founders = &signer,
					       .n_founders = 1,
					       .layout = init->layout,
					       .project = project,
					       .must_hold = true },
			   err) < 0)
		return -1;
	key_describe(who, signer_key(signer));
	printf("layout '%s', version 1, signed by %s and trusted here\n",
	       init->layout, who);
	printf("project %s\n", project);
	print_next(init);
	return 0;
}

int cmd_init(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(init) init = { 0 };
	scoped_value(strlist) names = STRLIST_INIT;

	if (parse(&init, argc, argv, err) < 0 ||
	    repo_open(&init.repo, REPO_OPEN_USER, err) < 0 ||
	    trust_load(&init.trust, init.repo, err) < 0 ||
	    connect(&init, err) < 0 ||
	    inforce_names(&names, init.repo, err) < 0)
		return -1;
	if (strlist_has(&names, init.layout))
		return joining_run(&(struct joining){ .repo = init.repo,
						      .trust = init.trust,
						      .layout = init.layout,
						      .key = init.key,
						      .yes = init.yes,
						      .now = init.now },
				   err);
	return found(&init, err);
}
