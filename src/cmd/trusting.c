/* What `init` and `trust` share: print trust, connect a clone. */
#include "cmd/trusting.h"

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "policy/draft.h"
#include "repo/config.h"
#include "repo/remote.h"

static void print_root(FILE *out, const struct trust *trust)
{
	char when[CLOCK_TEXT_SIZE];

	fprintf(out, "root sha256:%s\n", trust->root_pin);
	if (!trust->chain)
		return;
	clock_format(when, root_chain_last(trust->chain)->expires);
	fprintf(out, "root version %" PRIu64 ", expires %s\n",
		root_chain_last(trust->chain)->version, when);
}

void trusting_print(FILE *out, const struct trust *trust)
{
	if (*trust->root_pin)
		print_root(out, trust);
	for (size_t i = 0; i < trust->n_keys && !*trust->root_pin; i++) {
		char who[64];

		key_describe(who, trust->keys[i]);
		fprintf(out, "owner %s  %s\n", key_id(trust->keys[i]), who);
	}
	if (trust->n_keys)
		fprintf(out, "threshold %zu of %zu\n", trust->threshold,
			trust->n_keys);
	for (size_t i = 0; i < trust->n_layouts; i++)
		fprintf(out, "layout %s%s%s\n", trust->layouts[i].name,
			*trust->layouts[i].digest ? " sha256:" : "",
			trust->layouts[i].digest);
	if (*trust->project)
		fprintf(out, "project %s\n", trust->project);
}

/* The URL that others clone, as a shell takes it; a placeholder without a
 * remote. */
static char *clone_url(struct repo *repo)
{
	scoped_text remote = remote_default(repo);
	scoped_text name = xasprintf("remote.%s.url", remote ? remote : "");
	const char *url = remote ? config_get(repo, name) : NULL;

	scoped_text shown = url ? escape_text(url) : NULL;

	return shown ? quote_word(shown) : xstrdup("<url>");
}

/* The newest version is the best to start from: nobody can hold it back. */
static int print_root_readme(FILE *out, const char *url,
			     const struct root_chain *chain)
{
	char digest[SHA256_HEX_SIZE];

	envelope_digest(digest, chain->versions[chain->n - 1]);
	fprintf(out, "To verify a release of this project with git-intoto:\n");
	fprintf(out, "    git clone %s project && cd project\n", url);
	fprintf(out, "    git intoto trust pin sha256:%s\n", digest);
	fprintf(out, "    git intoto verify v1.0 FILE\n");
	fprintf(out, "FILE is what you downloaded, put there under its own "
		     "name: `accepted` and exit 0, or what is wrong.\n");
	return 0;
}

int trusting_print_readme(FILE *out, struct repo *repo,
			  const struct trust *trust, struct intoto_error *err)
{
	scoped_text url = clone_url(repo);
	scoped_value(buffer) keys = BUFFER_INIT;

	if (trust->chain)
		return print_root_readme(out, url, trust->chain);
	for (size_t i = 0; i < trust->n_keys; i++) {
		scoped_text spec = keys_spec(trust->keys[i]);

		if (spec)
			buffer_printf(&keys, " '%s'", spec);
		else
			buffer_printf(&keys, " owner-%.8s.json",
				      key_id(trust->keys[i]));
		if (!spec)
			say_note("publish owner-%.8s.json, as `git intoto key "
				 "export KEY` prints it",
				 key_id(trust->keys[i]));
		if (key_type(trust->keys[i]) == KEY_OPENPGP)
			say_note("users import the OpenPGP key %s with gpg "
				 "before",
				 key_id(trust->keys[i]));
	}
	if (buffer_check(&keys, "the command", err) < 0)
		return -1;
	fprintf(out, "To verify a release of this project with git-intoto:\n");
	fprintf(out, "    git clone %s project && cd project\n", url);
	fprintf(out, "    git intoto trust add");
	if (*trust->project)
		fprintf(out, " --project %s", trust->project);
	if (trust->threshold != trust->n_keys)
		fprintf(out, " --threshold %zu", trust->threshold);
	for (size_t i = 0; i < trust->n_layouts; i++)
		if (trust->n_layouts > 1 || *trust->layouts[i].digest ||
		    strcmp(trust->layouts[i].name, "release"))
			fprintf(out, " --layout %s%s%s", trust->layouts[i].name,
				*trust->layouts[i].digest ? "=sha256:" : "",
				trust->layouts[i].digest);
	fprintf(out, "%s\n", buffer_text(&keys));
	fprintf(out, "    git intoto verify v1.0 FILE\n");
	fprintf(out, "FILE is what you downloaded, put there under its own "
		     "name: `accepted` and exit 0, or what is wrong.\n");
	return 0;
}

/* Is what is here believed? The project of the first such layout is pinned, if
 * none is yet. */
int trusting_look(struct repo *repo, struct trust *trust,
		  struct intoto_error *err)
{
	for (size_t i = 0; i < trust->n_layouts; i++) {
		scoped_value(report) warnings = REPORT_INIT;
		struct intoto_error why = { 0 };
		scoped(inforce) inforce = NULL;
		const char *project;

		if (inforce_load(&inforce, repo, trust, trust->layouts[i].name,
				 0, &warnings, &why) < 0) {
			if (why.code != INTOTO_ENOTFOUND)
				say_warning("layout '%s' is not believed: %s",
					    trust->layouts[i].name,
					    why.message);
			continue;
		}
		project = inforce->envelope->layout->stamp.project;
		if (*trust->project || !*project)
			continue;
		if (trust_pin_project(trust, project, err) < 0 ||
		    trust_save(trust, repo, err) < 0)
			return -1;
		printf("project %s\n", trust->project);
	}
	return 0;
}

int trusting_fetch(struct repo *repo, bool fetch, struct intoto_error *err)
{
	scoped_text remote = remote_default(repo);
	struct intoto_error why = { 0 };
	bool added = false;

	if (!remote) {
		say_note("no remote to fetch the project's proof from");
		return 0;
	}
	if (remote_add_refspec(&added, repo, remote, err) < 0)
		return -1;
	if (fetch && remote_fetch(repo, remote, &why) < 0)
		say_warning("%s", why.message);
	return 0;
}

int trusting_connect(struct repo *repo, struct trust *trust, bool fetch,
		     struct intoto_error *err)
{
	return trusting_fetch(repo, fetch, err) < 0 ||
			       trusting_look(repo, trust, err) < 0
		       ? -1
		       : 0;
}

/* That of the first layout here that has one and is believed. One that is not
 * must not stand in the way: anybody can push one. */
static int found_project(char out[PROJECT_SIZE], struct repo *repo,
			 const struct trust *trust, struct intoto_error *err)
{
	scoped_value(strlist) names = STRLIST_INIT;

	if (inforce_names(&names, repo, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n && !*out; i++) {
		struct intoto_error why = { 0 };
		scoped(inforce) inforce = NULL;
		const char *name = names.items[i];
		int got = trust_is_empty(trust)
				  ? inforce_load_unchecked(&inforce, repo, name,
							   0, NULL, &why)
				  : inforce_load(&inforce, repo, trust, name, 0,
						 NULL, &why);

		if (got < 0 && why.code != INTOTO_EREJECTED &&
		    why.code != INTOTO_ENOTFOUND) {
			*err = why;
			return -1;
		}
		if (got == 0)
			memcpy(out, inforce->envelope->layout->stamp.project,
			       PROJECT_SIZE);
	}
	return 0;
}

int trusting_project(char out[PROJECT_SIZE], struct repo *repo,
		     const struct trust *trust, const char *layout,
		     struct intoto_error *err)
{
	scoped(envelope) draft = NULL;
	uint8_t random[(PROJECT_SIZE - 1) / 2];

	memcpy(out, trust->project, PROJECT_SIZE);
	if (!*out && found_project(out, repo, trust, err) < 0)
		return -1;
	if (!*out && draft_exists(repo, layout)) {
		if (draft_load(&draft, repo, layout, err) < 0)
			return -1;
		memcpy(out, draft->layout->stamp.project, PROJECT_SIZE);
	}
	if (*out)
		return 0;
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return intoto_fail(err, INTOTO_EIO, "cannot get random bytes");
	hex_encode(out, random, sizeof(random));
	return 0;
}

/* The layout "release" that stands in while nobody named one, if it is here. */
static int default_is_here(bool *out, const struct founding *founding,
			   struct intoto_error *err)
{
	const struct trust *trust = founding->trust;
	scoped_value(strlist) names = STRLIST_INIT;

	if (inforce_names(&names, founding->repo, err) < 0)
		return -1;
	*out = trust->layouts_default &&
	       strlist_has(&names, trust->layouts[0].name);
	return 0;
}

static int found_name(const struct founding *founding, struct intoto_error *err)
{
	struct trust *trust = founding->trust;
	const struct trust_layout *named =
		trust_layout_named(trust, founding->layout);
	bool keep_default = false;

	if (named && !*named->digest)
		return 0;
	if (!named) {
		if (default_is_here(&keep_default, founding, err) < 0)
			return -1;
		if (!founding->must_hold &&
		    (keep_default || !trust->layouts_default))
			return 0;
	}
	if (keep_default) {
		scoped_text name = xstrdup(trust->layouts[0].name);

		if (trust_add_layout(NULL, trust, name, "", err) < 0)
			return -1;
	}
	return trust_add_layout(NULL, trust, founding->layout, "", err);
}

int trusting_found(const struct founding *founding, struct intoto_error *err)
{
	struct trust *trust = founding->trust;
	const bool first = !trust->n_keys;

	if (*trust->root_pin)
		return 0;
	for (size_t i = 0; first && i < founding->n_founders; i++)
		trust_add_key(NULL, trust,
			      (struct key *)signer_key(founding->founders[i]));
	if (first && !trust_layout_named(trust, founding->layout) &&
	    trust_add_layout(NULL, trust, founding->layout, "", err) < 0)
		return -1;
	return found_name(founding, err) < 0 ||
			       trust_pin_project(trust, founding->project,
						 err) < 0 ||
			       trust_save(trust, founding->repo, err) < 0
		       ? -1
		       : 0;
}
