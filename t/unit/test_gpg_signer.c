#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/process.h"
#include "base/tempdir.h"
#include "base/xalloc.h"
#include "crypto/key_internal.h"
#include "crypto/signer.h"

#define DATA "{\"a\":1}"

/* A gpg home of its own, gone with its agent at the end of the test. */
struct home {
	struct tempdir dir;
	struct key_settings settings;
};

static int run(struct process_result *result, const char *const *argv)
{
	struct intoto_error err = { 0 };
	const struct process what = { .argv = argv,
				      .out = PROCESS_CAPTURE,
				      .err = PROCESS_CAPTURE };

	cr_assert_eq(process_run(result, &what, &err), 0, "%s", err.message);
	return result->status;
}

static void home_release(struct home *home)
{
	scoped_value(process_result) result = { 0 };
	const char *const argv[] = { "gpgconf", "--homedir", home->dir.path,
				     "--kill",	"all",	     NULL };

	run(&result, argv);
	tempdir_release(&home->dir);
}
SCOPED_RELEASE(home);

static struct home home_make(void)
{
	struct intoto_error err = { 0 };
	struct home home = { { NULL }, { 0 } };

	cr_assert_eq(tempdir_make(&home.dir, "/tmp", "gpg", &err), 0, "%s",
		     err.message);
	home.settings.gpg_home = home.dir.path;
	return home;
}

static char *gpg(const struct home *home, const char *const *args)
{
	scoped_value(process_result) result = { 0 };
	const char *argv[32] = {
		"gpg",	   "--homedir",	      home->dir.path, "--batch",
		"--quiet", "--pinentry-mode", "loopback",     "--passphrase",
		"",	   "--with-colons"
	};
	size_t n = 10;

	while (*args)
		argv[n++] = *args++;
	argv[n] = NULL;
	cr_assert_eq(run(&result, argv), 0, "%s", buffer_text(&result.err));
	return xstrdup(buffer_text(&result.out));
}

#define GPG(home, ...) \
	free(gpg(home, (const char *const[]){ __VA_ARGS__, NULL }))

/* The n-th fingerprint that gpg lists for a user id; to be freed. */
static char *fingerprint(const struct home *home, const char *id, int n)
{
	scoped_text list =
		gpg(home, (const char *const[]){ "--list-keys", id, NULL });
	const char *at = list;

	for (; (at = strstr(at, "fpr:::::::::")); at += 12)
		if (n-- == 0)
			return xmemdupz(at + 12, 40);
	cr_assert_fail("no such fingerprint");
	return NULL;
}

static char *lower(const char *text)
{
	char *out = xstrdup(text);

	for (char *c = out; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	return out;
}

static void new_key(const struct home *home, const char *id, const char *type)
{
	GPG(home, "--quick-generate-key", id, type, "cert,sign", "never");
}

static struct signer *open_ok(const struct home *home, const char *spec)
{
	struct intoto_error err = { 0 };
	struct signer *signer = NULL;

	cr_assert_eq(signer_open(&signer, spec, &home->settings, &err), 0, "%s",
		     err.message);
	return signer;
}

static struct key *load_ok(const struct home *home, const char *spec)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_load(&key, spec, &home->settings, &err), 0, "%s",
		     err.message);
	return key;
}

/* Signs, and the signature holds for a key that went through JSON. */
static void signs_as(struct signer *signer, const char *fpr)
{
	scoped_value(signature) sig = { 0 };
	scoped_json json = key_to_json(signer_key(signer));
	struct intoto_error err = { 0 };
	scoped_text id = lower(fpr);
	scoped(key) key = NULL;

	cr_assert_eq(signer_sign(&sig, signer, DATA, strlen(DATA), &err), 0,
		     "%s", err.message);
	cr_assert_str_eq(sig.keyid, id);
	cr_assert(sig.openpgp);
	cr_assert_eq(key_from_json(&key, json, &err), 0, "%s", err.message);
	cr_assert(key_answers_to(key, sig.keyid));
	cr_assert_eq(signature_verify(&sig, key, DATA, strlen(DATA),
				      clock_now(), &err),
		     0, "%s", err.message);
	cr_assert_eq(signature_verify(&sig, key, "x", 1, clock_now(), &err),
		     -1);
	cr_assert_str_eq(err.reason, "signature-bad");
}

static void open_refused(const struct home *home, const char *spec,
			 enum intoto_code code, const char *why)
{
	struct intoto_error err = { 0 };
	struct signer *signer = NULL;

	cr_assert_eq(signer_open(&signer, spec, &home->settings, &err), -1);
	cr_assert_null(signer);
	cr_assert_eq(err.code, code, "%s", err.message);
	cr_assert_not_null(strstr(err.message, why), "%s", err.message);
}

static void load_refused(const struct home *home, const char *spec,
			 enum intoto_code code, const char *why)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_load(&key, spec, &home->settings, &err), -1);
	cr_assert_null(key);
	cr_assert_eq(err.code, code, "%s", err.message);
	cr_assert_not_null(strstr(err.message, why), "%s", err.message);
}

Test(gpg_signer, signs_with_an_ed25519_key_named_by_its_address)
{
	scoped_value(home) home = home_make();
	scoped(signer) signer = NULL;
	scoped_text fpr = NULL;

	new_key(&home, "Me <me@example.org>", "ed25519");
	fpr = fingerprint(&home, "me@example.org", 0);
	signer = open_ok(&home, "gpg:me@example.org");
	signs_as(signer, fpr);
	cr_assert_str_eq(key_comment(signer_key(signer)),
			 "Me <me@example.org>");
}

Test(gpg_signer, signs_with_an_rsa_subkey_of_an_rsa_key)
{
	scoped_value(home) home = home_make();
	scoped(signer) signer = NULL;
	scoped_text primary = NULL;
	scoped_text subkey = NULL;
	scoped_text id = NULL;
	scoped_text spec = NULL;

	new_key(&home, "me@example.org", "rsa3072");
	primary = fingerprint(&home, "me@example.org", 0);
	GPG(&home, "--quick-add-key", primary, "rsa2048", "sign", "never");
	subkey = fingerprint(&home, "me@example.org", 1);
	id = lower(primary);
	spec = xasprintf("gpg:%s", primary);
	signer = open_ok(&home, spec);
	cr_assert_str_eq(key_id(signer_key(signer)), id);
	signs_as(signer, subkey);
}

Test(gpg_signer, a_signing_subkey_of_another_type_is_the_key)
{
	scoped_value(home) home = home_make();
	scoped(signer) signer = NULL;
	scoped(signer) exact = NULL;
	scoped(key) loaded = NULL;
	scoped_text primary = NULL;
	scoped_text subkey = NULL;
	scoped_text id = NULL;
	scoped_text spec = NULL;
	scoped_text spec_exact = NULL;

	new_key(&home, "me@example.org", "rsa2048");
	primary = fingerprint(&home, "me@example.org", 0);
	GPG(&home, "--quick-add-key", primary, "ed25519", "sign", "never");
	subkey = fingerprint(&home, "me@example.org", 1);
	id = lower(subkey);
	spec = xasprintf("gpg:%s", primary);
	signer = open_ok(&home, spec);
	cr_assert_str_eq(key_id(signer_key(signer)), id);
	signs_as(signer, subkey);
	loaded = load_ok(&home, spec);
	cr_assert_str_eq(key_id(loaded), id);
	spec_exact = xasprintf("gpg:%s!", primary);
	exact = open_ok(&home, spec_exact);
	signs_as(exact, primary);
}

Test(gpg_signer, a_named_subkey_signs_though_a_newer_one_is_there)
{
	scoped_value(home) home = home_make();
	scoped(signer) signer = NULL;
	scoped_text primary = NULL;
	scoped_text older = NULL;
	scoped_text spec = NULL;

	new_key(&home, "me@example.org", "ed25519");
	primary = fingerprint(&home, "me@example.org", 0);
	GPG(&home, "--quick-add-key", primary, "ed25519", "sign", "never");
	older = fingerprint(&home, "me@example.org", 1);
	GPG(&home, "--faked-system-time", "20400101T000000", "--quick-add-key",
	    primary, "ed25519", "sign", "never");
	spec = xasprintf("gpg:%s", older);
	signer = open_ok(&home, spec);
	signs_as(signer, older);
}

Test(gpg_signer, settings_of_the_user_s_gpg_do_not_change_the_form)
{
	static const char conf[] = "armor\ntextmode\ndigest-algo SHA512\n"
				   "personal-digest-preferences SHA1\n";
	scoped_value(home) home = home_make();
	scoped_text path = path_join(home.dir.path, "gpg.conf");
	scoped(signer) signer = NULL;
	struct intoto_error err = { 0 };
	scoped_text fpr = NULL;

	new_key(&home, "me@example.org", "ed25519");
	fpr = fingerprint(&home, "me@example.org", 0);
	cr_assert_eq(file_write(path, conf, strlen(conf), 0600, &err), 0);
	signer = open_ok(&home, "gpg:me@example.org");
	signs_as(signer, fpr);
}

Test(gpg_signer, the_home_may_come_from_the_environment)
{
	scoped_value(home) home = home_make();
	scoped(signer) signer = NULL;
	scoped_text fpr = NULL;

	new_key(&home, "me@example.org", "ed25519");
	fpr = fingerprint(&home, "me@example.org", 0);
	setenv("GNUPGHOME", home.dir.path, 1);
	home.settings.gpg_home = NULL;
	signer = open_ok(&home, "gpg:");
	signs_as(signer, fpr);
	unsetenv("GNUPGHOME");
}

Test(gpg_signer, nothing_and_much_can_be_signed)
{
	scoped_value(home) home = home_make();
	scoped(signer) signer = NULL;
	size_t len = (size_t)4 << 20;
	scoped_text much = xcalloc(1, len);

	new_key(&home, "me@example.org", "ed25519");
	signer = open_ok(&home, "gpg:me@example.org");
	for (int i = 0; i < 2; i++) {
		scoped_value(signature) sig = { 0 };
		struct intoto_error err = { 0 };

		cr_assert_eq(signer_sign(&sig, signer, much, i ? len : 0, &err),
			     0, "%s", err.message);
	}
}

Test(gpg_signer, an_address_of_two_keys_is_refused_with_both)
{
	scoped_value(home) home = home_make();
	scoped_text one = NULL;
	scoped_text two = NULL;

	new_key(&home, "A <me@example.org>", "ed25519");
	new_key(&home, "B <me@example.org>", "ed25519");
	one = fingerprint(&home, "me@example.org", 0);
	two = fingerprint(&home, "me@example.org", 1);
	open_refused(&home, "gpg:me@example.org", INTOTO_EINVALID, one);
	open_refused(&home, "gpg:me@example.org", INTOTO_EINVALID, two);
	load_refused(&home, "gpg:me@example.org", INTOTO_EINVALID, two);
}

Test(gpg_signer, keys_that_cannot_sign_do_not_make_an_address_ambiguous)
{
	scoped_value(home) home = home_make();
	scoped(signer) signer = NULL;
	scoped(key) key = NULL;
	scoped_text fpr = NULL;
	scoped_text id = NULL;

	new_key(&home, "A <me@example.org>", "ed25519");
	fpr = fingerprint(&home, "me@example.org", 0);
	id = lower(fpr);
	GPG(&home, "--faked-system-time", "20200101T000000",
	    "--quick-generate-key", "B <me@example.org>", "ed25519", "sign",
	    "1y");
	key = load_ok(&home, "gpg:me@example.org");
	cr_assert_str_eq(key_id(key), id);
	signer = open_ok(&home, "gpg:me@example.org");
	signs_as(signer, fpr);
}

Test(gpg_signer, an_address_is_not_a_part_of_another)
{
	scoped_value(home) home = home_make();

	new_key(&home, "Mallory <malice@example.org>", "ed25519");
	open_refused(&home, "gpg:alice@example.org", INTOTO_ENOTFOUND,
		     "alice@example.org");
	load_refused(&home, "gpg:alice@example.org", INTOTO_ENOTFOUND,
		     "alice@example.org");
}

Test(gpg_signer, a_public_key_is_loaded_and_does_not_sign)
{
	scoped_value(home) home = home_make();
	scoped_value(home) other = home_make();
	scoped_text file = path_join(other.dir.path, "key.gpg");
	scoped_text fpr = NULL;
	scoped_text spec = NULL;
	scoped_text id = NULL;
	scoped(key) key = NULL;

	new_key(&home, "me@example.org", "ed25519");
	fpr = fingerprint(&home, "me@example.org", 0);
	GPG(&home, "--output", file, "--export", fpr);
	GPG(&other, "--import", file);
	spec = xasprintf("gpg:%s", fpr);
	id = lower(fpr);
	key = load_ok(&other, spec);
	cr_assert_str_eq(key_id(key), id);
	open_refused(&other, spec, INTOTO_ENOTFOUND, fpr);
}

Test(gpg_signer, an_expired_key_is_loaded_with_its_end_and_does_not_sign)
{
	scoped_value(home) home = home_make();
	scoped(key) key = NULL;

	GPG(&home, "--faked-system-time", "20200101T000000",
	    "--quick-generate-key", "me@example.org", "ed25519", "cert,sign",
	    "1y");
	key = load_ok(&home, "gpg:me@example.org");
	cr_assert_eq(key->openpgp->primary.validity_period, 365LL * 86400);
	open_refused(&home, "gpg:me@example.org", INTOTO_ENOTFOUND, "can sign");
}

Test(gpg_signer, a_missing_program_is_named)
{
	scoped_value(home) home = home_make();

	home.settings.gpg_program = "no-such-gpg";
	open_refused(&home, "gpg:me@example.org", INTOTO_ENOTFOUND,
		     "no-such-gpg");
	home.settings.gpg_program = "/nowhere/gpg";
	open_refused(&home, "gpg:me@example.org", INTOTO_ENOTFOUND,
		     "/nowhere/gpg");
}

/* --- a gpg.program that signs in its own way --- */

static char *program(const struct home *home, const char *when_signing)
{
	char *path = path_join(home->dir.path, "my-gpg");
	scoped_text script = xasprintf("#!/bin/sh\ncase \" $* \" in\n"
				       "*\" --detach-sign \"*) %s ;;\nesac\n"
				       "exec gpg \"$@\"\n",
				       when_signing);
	struct intoto_error err = { 0 };

	cr_assert_eq(file_write(path, script, strlen(script), 0700, &err), 0,
		     "%s", err.message);
	return path;
}

static void sign_fails(struct home *home, const char *when_signing,
		       const char *why)
{
	scoped_text path = program(home, when_signing);
	scoped_value(signature) sig = { 0 };
	struct intoto_error err = { 0 };
	scoped(signer) signer = NULL;

	home->settings.gpg_program = path;
	signer = open_ok(home, "gpg:me@example.org");
	cr_assert_eq(signer_sign(&sig, signer, DATA, strlen(DATA), &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD, "%s", err.message);
	cr_assert_not_null(strstr(err.message, why), "%s", err.message);
	cr_assert_eq(sig.sig.len, 0);
	home->settings.gpg_program = NULL;
}

Test(gpg_signer, the_configured_program_signs)
{
	scoped_value(home) home = home_make();
	scoped_text mark = path_join(home.dir.path, "mark");
	scoped_text touch = xasprintf(": >'%s'", mark);
	scoped_text path = program(&home, touch);
	scoped(signer) signer = NULL;
	scoped_text fpr = NULL;

	new_key(&home, "me@example.org", "ed25519");
	fpr = fingerprint(&home, "me@example.org", 0);
	home.settings.gpg_program = path;
	signer = open_ok(&home, "gpg:me@example.org");
	signs_as(signer, fpr);
	cr_assert(file_exists(mark));
}

Test(gpg_signer, what_the_program_makes_is_checked)
{
	scoped_value(home) home = home_make();
	scoped_text other = NULL;
	scoped_text as_other = NULL;

	new_key(&home, "me@example.org", "ed25519");
	new_key(&home, "other@example.org", "ed25519");
	other = fingerprint(&home, "other@example.org", 0);
	as_other = xasprintf("exec gpg --homedir '%s' --digest-algo SHA256 "
			     "--detach-sign -u %s",
			     home.dir.path, other);
	sign_fails(&home, "exec gpg \"$@\" --digest-algo SHA512",
		   "not of a binary document with SHA-256");
	sign_fails(&home, "exec gpg \"$@\" --textmode",
		   "not of a binary document with SHA-256");
	sign_fails(&home, "exec gpg \"$@\" --armor", "no OpenPGP packet");
	sign_fails(&home, as_other, "instead of");
	sign_fails(&home, "gpg \"$@\" -u other@example.org; exit", "signature");
	sign_fails(&home, "exit 0", "truncated");
	sign_fails(&home, "gpg \"$@\" 2>/dev/null; exit 2", "exit 2");
}

Test(gpg_signer, a_signature_over_something_else_is_never_returned)
{
	scoped_value(home) home = home_make();
	scoped_text path = NULL;
	scoped_value(signature) sig = { 0 };
	struct intoto_error err = { 0 };
	scoped(signer) signer = NULL;

	new_key(&home, "me@example.org", "ed25519");
	path = program(&home, "echo other | gpg \"$@\"; exit");
	home.settings.gpg_program = path;
	signer = open_ok(&home, "gpg:me@example.org");
	cr_assert_eq(signer_sign(&sig, signer, DATA, strlen(DATA), &err), -1);
	cr_assert_eq(sig.sig.len, 0);
}
