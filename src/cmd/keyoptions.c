/* keyoptions.c: from options and settings to a key that can sign. */
#include <stdlib.h>
#include <string.h>

#include "base/scoped.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/keyoptions.h"
#include "cmd/keys.h"
#include "cmd/ui.h"
#include "repo/config.h"
#include "repo/signing.h"

/* {"sha256":"<64 digits>"}, quotes, colon and comma around a path. */
#define MATERIAL_SIZE 81
#define PASSWORD_VARIABLE "IN_TOTO_KEY_PW"
#define REST_SIZE ((size_t)16 << 10)

bool key_options_large(const struct manifest *manifest)
{
	size_t size = REST_SIZE;

	for (size_t i = 0; i < manifest->n; i++)
		size += strlen(manifest->entries[i].path) + MATERIAL_SIZE;
	return size > SIGNER_AGENT_MAX;
}

static void tell(const char *text)
{
	say_note("%s", text);
}

void key_options_settings(struct key_settings *out,
			  const struct key_options *options, struct repo *repo)
{
	const char *password = options->password;
	struct key_settings settings = { 0 };

	if (repo)
		signing_settings(&settings, repo);
	if (options->gpg_home)
		settings.gpg_home = options->gpg_home;
	settings.ask_password = ui_password;
	settings.large = options->large;
	settings.tell = tell;
	if (!password)
		password = getenv(PASSWORD_VARIABLE);
	if (password && *password)
		settings.ask_data = (void *)(uintptr_t)password;
	*out = settings;
}

int key_options_check(const struct key_options *options,
		      struct intoto_error *err)
{
	if (options->key && options->gpg)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "options '--key' and '--gpg' exclude each "
				   "other");
	return options->type ? keys_check_type(options->type, NULL, err) : 0;
}

/* The OpenPGP key that git signs with, if it does with one; else gpg's own
 * choice. */
static char *default_gpg_key(struct repo *repo)
{
	struct intoto_error ignored = { 0 };
	scoped_text spec = NULL;

	if (repo && signing_tag_key(&spec, repo, NULL, &ignored) == 0 &&
	    !strncmp(spec, "gpg:", 4))
		return take(spec);
	return xstrdup("gpg:");
}

int key_options_spec(char **out, const struct key_options *options,
		     struct repo *repo, const char *tag_keyid,
		     struct intoto_error *err)
{
	const char *configured;

	if (options->key) {
		*out = xstrdup(options->key);
		return 0;
	}
	if (options->gpg && *options->gpg) {
		*out = xasprintf("gpg:%s", options->gpg);
		return 0;
	}
	if (options->gpg) {
		*out = default_gpg_key(repo);
		return 0;
	}
	if (!repo) {
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "no key is named, and outside a repository none "
			    "is configured");
		return intoto_hint(err, "add --key FILE, or --gpg");
	}
	configured = config_get(repo, "intoto.signingkey");
	if (tag_keyid && !configured)
		return signing_tag_key(out, repo, tag_keyid, err);
	return signing_link_key(out, repo, err);
}

void key_options_hide(struct strlist *variables, const char *key)
{
	strlist_add(variables, PASSWORD_VARIABLE);
	if (!key || strncmp(key, "env:", 4))
		return;
	strlist_add(variables, key + 4);
	strlist_addf(variables, "%s_PW", key + 4);
}

int key_options_open(struct signer **out, const struct key_options *options,
		     struct repo *repo, const char *tag_keyid,
		     struct intoto_error *err)
{
	scoped(signer) signer = NULL;
	struct key_settings settings;
	scoped_text spec = NULL;

	key_options_settings(&settings, options, repo);
	if (key_options_spec(&spec, options, repo, tag_keyid, err) < 0 ||
	    signer_open(&signer, spec, &settings, err) < 0 ||
	    (options->type &&
	     keys_check_type(options->type, signer_key(signer), err) < 0))
		return -1;
	*out = take(signer);
	return 0;
}
