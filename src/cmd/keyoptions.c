/* keyoptions.c: from options and settings to a key that can sign. */
#include <string.h>

#include "base/scoped.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/keyoptions.h"
#include "cmd/ui.h"
#include "repo/config.h"
#include "repo/signing.h"

/* {"sha256":"<64 digits>"}, quotes, colon and comma around a path. */
#define MATERIAL_SIZE 81
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
	struct key_settings settings = { 0 };

	if (repo)
		signing_settings(&settings, repo);
	if (options->gpg_home)
		settings.gpg_home = options->gpg_home;
	settings.ask_password = ui_password;
	settings.large = options->large;
	settings.tell = tell;
	if (options->password && *options->password)
		settings.ask_data = (void *)(uintptr_t)options->password;
	*out = settings;
}

int key_options_check(const struct key_options *options,
		      struct intoto_error *err)
{
	if (options->key && options->gpg)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "options '--key' and '--gpg' exclude each "
				   "other");
	return 0;
}

static int default_gpg_key(char **out, struct repo *repo,
			   struct intoto_error *err)
{
	scoped_text spec = NULL;

	if (signing_tag_key(&spec, repo, NULL, err) < 0)
		return -1;
	if (strncmp(spec, "gpg:", 4)) {
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "option '-g' without a key id: git signs with '%s'",
			    spec);
		return intoto_hint(err, "git config user.signingKey KEYID");
	}
	*out = take(spec);
	return 0;
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
	if (options->gpg)
		return default_gpg_key(out, repo, err);
	configured = config_get(repo, "intoto.signingkey");
	if (tag_keyid && !configured)
		return signing_tag_key(out, repo, tag_keyid, err);
	return signing_link_key(out, repo, err);
}

static int check_type(const char *wanted, const struct key *key,
		      struct intoto_error *err)
{
	static const char *const names[] = {
		[KEY_ED25519] = "ed25519",
		[KEY_RSA] = "rsa",
		[KEY_ECDSA] = "ecdsa",
		[KEY_OPENPGP] = "gpg",
	};
	const char *name = names[key_type(key)];

	if (!wanted || !strcmp(wanted, name))
		return 0;
	return intoto_fail(err, INTOTO_EINVALID,
			   "the key is of type '%s', not '%s'", name, wanted);
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
	    check_type(options->type, signer_key(signer), err) < 0)
		return -1;
	*out = take(signer);
	return 0;
}
