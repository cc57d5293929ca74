#include <criterion/criterion.h>
#include <sys/stat.h>

#include "crypto/key_internal.h"
#include "crypto/signer.h"
#include "crypto/ssh_agent.h"
#include "ssh_tools.h"

static void no_agent(void)
{
	unsetenv("SSH_AUTH_SOCK");
	unsetenv("SSH_ASKPASS");
	unsetenv("DISPLAY");
}

TestSuite(signer, .init = no_agent, .timeout = 60);

static struct key *load(const char *spec)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_load(&key, spec, NULL, &err), 0, "%s: %s", spec,
		     err.message);
	return key;
}

static void not_loaded(const char *spec, enum intoto_code code)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_load(&key, spec, NULL, &err), -1, "%s", spec);
	cr_assert_eq(err.code, code, "%s: %s", spec, err.message);
	cr_assert_null(key);
}

static struct signer *unlock(const char *spec,
			     const struct key_settings *settings)
{
	struct intoto_error err = { 0 };
	struct signer *signer = NULL;

	cr_assert_eq(signer_open(&signer, spec, settings, &err), 0, "%s: %s",
		     spec, err.message);
	return signer;
}

static enum intoto_code stays_locked(const char *spec,
				     const struct key_settings *settings)
{
	struct intoto_error err = { 0 };
	struct signer *signer = NULL;

	cr_assert_eq(signer_open(&signer, spec, settings, &err), -1, "%s",
		     spec);
	cr_assert_null(signer);
	return err.code;
}

static void signs(struct signer *signer)
{
	scoped_value(signature) sig = { 0 };
	struct intoto_error err = { 0 };

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(signer_sign(&sig, signer, "hello", 5, &err), 0,
			     "%s", err.message);
		cr_assert_str_eq(sig.keyid, key_id(signer_key(signer)));
		cr_assert_eq(signature_verify(&sig, signer_key(signer), "hello",
					      5, 0, &err),
			     0);
	}
}

/* DIR/NAME, a private key made by openssl; the path, to be freed. */
static char *make_pem(const struct tempdir *dir, const char *algorithm,
		      const char *option, const char *password)
{
	char *path = path_join(dir->path, "key.pem");
	scoped_text pass = xasprintf("pass:%s", password ? password : "");

	if (password)
		RUN("openssl", "genpkey", "-quiet", "-algorithm", algorithm,
		    "-pkeyopt", option, "-aes256", "-pass", pass, "-out", path);
	else if (option)
		RUN("openssl", "genpkey", "-quiet", "-algorithm", algorithm,
		    "-pkeyopt", option, "-out", path);
	else
		RUN("openssl", "genpkey", "-quiet", "-algorithm", algorithm,
		    "-out", path);
	return path;
}

Test(signer, the_rsa_vector_signs_with_pss)
{
	scoped(signer) signer = unlock("t/data/rsa.key", NULL);
	scoped(key) public = load("t/data/rsa.pub");

	cr_assert_str_eq(key_scheme(signer_key(signer)), "rsassa-pss-sha256");
	cr_assert_str_eq(key_id(signer_key(signer)), key_id(public));
	cr_assert_null(signer_agent_socket(signer));
	signs(signer);
}

Test(signer, an_ed25519_pem_signs)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_pem(&dir, "ED25519", NULL, NULL);
	scoped(signer) signer = unlock(path, NULL);

	cr_assert_eq(key_type(signer_key(signer)), KEY_ED25519);
	signs(signer);
}

Test(signer, the_ed25519_vector_comes_out_of_a_pem)
{
	/* PKCS#8 of the seed 00 01 .. 1f. */
	static const char pem[] =
		"-----BEGIN PRIVATE KEY-----\n"
		"MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhsc"
		"HR4f\n-----END PRIVATE KEY-----\n";
	scoped_value(signature) sig = { 0 };
	scoped(signer) signer = NULL;
	struct intoto_error err = { 0 };

	setenv("THE_KEY", pem, 1);
	signer = unlock("env:THE_KEY", NULL);
	cr_assert_str_eq(key_id_new(signer_key(signer)),
			 "63d00ee3cf4f5c61ad94efa696c68f13b608fe56ecea13fb144a6"
			 "fd18e9235b9");
	cr_assert_eq(signer_sign(&sig, signer, "hello", 5, &err), 0);
	cr_assert_eq((uint8_t)sig.sig.data[0], 0xe1);
	cr_assert_eq((uint8_t)sig.sig.data[63], 0x0f);
}

Test(signer, a_pem_of_each_nist_curve_signs_and_of_no_other)
{
	static const char *const curves[] = { "P-256", "P-384", "P-521" };
	scoped_value(tempdir) dir = temp_folder();
	scoped_text other = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
		scoped_text option =
			xasprintf("ec_paramgen_curve:%s", curves[i]);
		scoped_text path = make_pem(&dir, "EC", option, NULL);
		scoped(signer) signer = unlock(path, NULL);

		signs(signer);
	}
	other = make_pem(&dir, "EC", "ec_paramgen_curve:secp256k1", NULL);
	cr_assert_eq(stays_locked(other, NULL), INTOTO_EUNSUPPORTED);
}

Test(signer, an_ssh_key_of_each_nist_curve_signs)
{
	static const char *const bits[] = { "256", "384", "521" };
	scoped_value(tempdir) dir = temp_folder();

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		scoped_text path =
			make_ssh_key(&dir, bits[i], "ecdsa", bits[i], "");
		const struct key_settings large = { .large = true };
		scoped(signer) agent = unlock(path, NULL);
		scoped(signer) here = unlock(path, &large);

		signs(agent);
		signs(here);
	}
}

Test(signer, old_forms_of_private_pem_sign)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = path_join(dir.path, "old.pem");
	scoped(signer) signer = NULL;

	/* Curve parameters, then EC PRIVATE KEY. */
	RUN("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out",
	    path);
	signer = unlock(path, NULL);
	signs(signer);
}

static char *give(const char *prompt, void *data)
{
	struct buffer *asked = data;

	buffer_puts(asked, prompt);
	return xstrdup("sesame");
}

static char *give_wrong(const char *prompt, void *data)
{
	(void)prompt;
	(void)data;
	return xstrdup("guess");
}

static char *give_nothing(const char *prompt, void *data)
{
	(void)prompt;
	(void)data;
	return NULL;
}

Test(signer, an_encrypted_pem_asks_once_for_its_password)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path =
		make_pem(&dir, "RSA", "rsa_keygen_bits:2048", "sesame");
	scoped_value(buffer) asked = BUFFER_INIT;
	const struct key_settings good = { .ask_password = give,
					   .ask_data = &asked };
	const struct key_settings wrong = { .ask_password = give_wrong };
	const struct key_settings none = { .ask_password = give_nothing };
	scoped_text prompt = xasprintf("password for '%s': ", path);
	scoped(signer) signer = unlock(path, &good);

	signs(signer);
	cr_assert_str_eq(buffer_text(&asked), prompt);
	cr_assert_eq(stays_locked(path, &wrong), INTOTO_EINVALID);
	cr_assert_eq(stays_locked(path, &none), INTOTO_EINVALID);
	cr_assert_eq(stays_locked(path, NULL), INTOTO_EINVALID);
}

Test(signer, the_environment_holds_a_key_and_its_password)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path =
		make_pem(&dir, "RSA", "rsa_keygen_bits:2048", "sesame");
	scoped_text text = read_text(path);
	scoped(signer) signer = NULL;

	setenv("CI_KEY", text, 1);
	cr_assert_eq(stays_locked("env:CI_KEY", NULL), INTOTO_EINVALID);
	setenv("CI_KEY_PW", "sesame", 1);
	signer = unlock("env:CI_KEY", NULL);
	signs(signer);
	not_loaded("env:CI_NO_SUCH_KEY", INTOTO_ENOTFOUND);
	setenv("CI_EMPTY", "", 1);
	not_loaded("env:CI_EMPTY", INTOTO_ENOTFOUND);
	not_loaded("env:", INTOTO_ENOTFOUND);
}

Test(signer, the_environment_may_hold_an_ssh_key)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped_text text = read_text(path);
	const struct key_settings settings = { .temp_parent = dir.path };
	scoped(signer) signer = NULL;

	text[strlen(text) - 1] = '\0';
	setenv("CI_SSH", text, 1);
	signer = unlock("env:CI_SSH", &settings);
	signs(signer);
}

Test(signer, public_keys_of_every_form_load)
{
	scoped(key) rsa = load("t/data/rsa.pub");
	scoped(key) ec = load("t/data/eck.pub");
	scoped(key) ed = load("t/data/edk.pub");

	cr_assert_eq(key_type(rsa), KEY_RSA);
	cr_assert_eq(key_type(ec), KEY_ECDSA);
	cr_assert_eq(key_type(ed), KEY_ED25519);
	cr_assert_eq(stays_locked("t/data/rsa.pub", NULL), INTOTO_EINVALID);
	cr_assert_eq(stays_locked("t/data/edk.pub", NULL), INTOTO_EINVALID);
}

Test(signer, a_private_ssh_file_signs_by_its_own_agent)
{
	static const char *const types[][2] = { { "ed25519", "256" },
						{ "rsa", "2048" },
						{ "ecdsa", "256" } };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		scoped_value(tempdir) dir = temp_folder();
		scoped_text path =
			make_ssh_key(&dir, "k", types[i][0], types[i][1], "");
		scoped_text public = xasprintf("%s.pub", path);
		scoped_text prefixed = xasprintf("ssh:%s", path);
		const struct key_settings settings = { .temp_parent =
							       dir.path };
		const char *const specs[] = { path, public, prefixed };

		for (size_t j = 0; j < ARRAY_SIZE(specs); j++) {
			scoped(signer) signer = unlock(specs[j], &settings);

			cr_assert_not_null(signer_agent_socket(signer));
			cr_assert_str_eq(key_comment(signer_key(signer)),
					 "me@example.org");
			signs(signer);
		}
	}
}

Test(signer, a_private_ssh_file_without_its_public_one_is_enough)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped_text public = xasprintf("%s.pub", path);
	const struct key_settings settings = { .temp_parent = dir.path };
	scoped(signer) signer = NULL;

	cr_assert_eq(unlink(public), 0);
	signer = unlock(path, &settings);
	signs(signer);
}

Test(signer, an_old_pem_ssh_file_is_pkcs1_when_named_as_ssh)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "rsa", "2048", "");
	scoped_text public = xasprintf("%s.pub", path);
	scoped_text spec = xasprintf("ssh:%s", path);
	const struct key_settings settings = { .temp_parent = dir.path };
	scoped(signer) signer = NULL;

	RUN("ssh-keygen", "-q", "-p", "-m", "PEM", "-N", "", "-f", path);
	cr_assert_eq(unlink(public), 0);
	signer = unlock(spec, &settings);
	cr_assert_str_eq(key_scheme(signer_key(signer)), "rsa-pkcs1v15-sha256");
	signs(signer);
}

Test(signer, a_passphrase_is_asked_for_by_ssh_add)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "sesame");
	scoped_text askpass = path_join(dir.path, "askpass");
	static const char script[] = "#!/bin/sh\necho sesame\n";
	const struct key_settings settings = { .temp_parent = dir.path };
	struct intoto_error err = { 0 };
	scoped(signer) signer = NULL;

	cr_assert_eq(file_write(askpass, script, strlen(script), 0700, &err),
		     0);
	setenv("SSH_ASKPASS_REQUIRE", "force", 1);
	setenv("SSH_ASKPASS", "/bin/false", 1);
	cr_assert_eq(stays_locked(path, &settings), INTOTO_ECHILD);
	setenv("SSH_ASKPASS", askpass, 1);
	signer = unlock(path, &settings);
	signs(signer);
}

Test(signer, the_users_agent_is_preferred)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped_text line = read_public(path);
	scoped_text literal = xasprintf("key::%s", line);
	scoped_text public = xasprintf("%s.pub", path);
	struct private_agent *agent = NULL;
	struct intoto_error err = { 0 };
	struct signer *signer;

	cr_assert_eq(private_agent_start(&agent, dir.path, &err), 0);
	setenv("SSH_AUTH_SOCK", private_agent_socket(agent), 1);
	cr_assert_eq(stays_locked(literal, NULL), INTOTO_ENOTFOUND);
	cr_assert_eq(private_agent_add(agent, path, NULL, &err), 0);
	/* Without the private file, only the agent can sign. */
	cr_assert_eq(unlink(path), 0);
	for (int i = 0; i < 3; i++) {
		signer = unlock(i == 0	 ? literal
				: i == 1 ? public
					 : path,
				NULL);
		cr_assert_null(signer_agent_socket(signer));
		signs(signer);
		signer_free(signer);
	}
	private_agent_free(agent);
}

Test(signer, a_fingerprint_names_a_key_of_the_agent)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped_text line = read_public(path);
	scoped_value(buffer) blob = BUFFER_INIT;
	scoped_text comment = NULL;
	scoped_text spec = NULL;
	char fingerprint[SSH_FINGERPRINT_SIZE];
	struct private_agent *agent = NULL;
	struct intoto_error err = { 0 };
	struct signer *signer;

	cr_assert_eq(ssh_line_blob(&blob, &comment, line, &err), 0);
	ssh_fingerprint(fingerprint, blob.data, blob.len);
	spec = xasprintf("ssh:%s", fingerprint);
	not_loaded(spec, INTOTO_ENOTFOUND);
	cr_assert_eq(private_agent_start(&agent, dir.path, &err), 0);
	setenv("SSH_AUTH_SOCK", private_agent_socket(agent), 1);
	not_loaded(spec, INTOTO_ENOTFOUND);
	cr_assert_eq(private_agent_add(agent, path, NULL, &err), 0);
	signer = unlock(spec, NULL);
	cr_assert_str_eq(key_comment(signer_key(signer)), "me@example.org");
	signs(signer);
	signer_free(signer);
	private_agent_free(agent);
}

Test(signer, a_private_key_that_is_not_its_publics_is_refused)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text a = make_ssh_key(&dir, "a", "ed25519", "256", "");
	scoped_text b = make_ssh_key(&dir, "b", "ed25519", "256", "");
	scoped_text public = xasprintf("%s.pub", a);
	scoped_text line = read_public(b);
	const struct key_settings settings = { .temp_parent = dir.path };
	struct intoto_error err = { 0 };

	cr_assert_eq(file_write(public, line, strlen(line), 0600, &err), 0);
	cr_assert_eq(stays_locked(a, &settings), INTOTO_EINVALID);
}

Test(signer, a_tilde_is_the_home_folder)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped(key) direct = load(path);
	scoped(key) a = NULL;
	scoped(key) b = NULL;

	setenv("HOME", dir.path, 1);
	a = load("~/k.pub");
	b = load("ssh:~/k");
	cr_assert(key_same(direct, a) && key_same(direct, b));
}

Test(signer, what_is_no_key_is_refused)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = path_join(dir.path, "f");
	static const struct {
		const char *text;
		enum intoto_code code;
	} cases[] = {
		{ "", INTOTO_EINVALID },
		{ "hello\n", INTOTO_EINVALID },
		{ "{}", INTOTO_EINVALID },
		{ "{\"keytype\":1}", INTOTO_EINVALID },
		{ "ssh-ed25519 AAAA\n", INTOTO_EINVALID },
		{ "01@@@@100000@@@@02@@@@03@@@@04", INTOTO_EINVALID },
		{ "-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
		  INTOTO_EUNSUPPORTED },
		{ "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
		  "-----END OPENSSH PRIVATE KEY-----\n",
		  INTOTO_EINVALID },
		{ "-----BEGIN PRIVATE KEY-----\nAAAA\n"
		  "-----END PRIVATE KEY-----\n",
		  INTOTO_EINVALID },
	};
	struct intoto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cr_assert_eq(file_write(path, cases[i].text,
					strlen(cases[i].text), 0600, &err),
			     0);
		not_loaded(path, cases[i].code);
	}
	cr_assert_eq(file_write(path, "a\0b", 3, 0600, &err), 0);
	not_loaded(path, INTOTO_EINVALID);
	not_loaded("", INTOTO_EUSAGE);
	not_loaded("no-such-file", INTOTO_ENOTFOUND);
	not_loaded("ssh:no-such-file", INTOTO_ENOTFOUND);
	not_loaded("key::ssh-ed25519", INTOTO_EINVALID);
}

Test(signer, a_missing_file_that_looks_like_gpg_has_a_hint)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_load(&key, "me@example.org", NULL, &err), -1);
	cr_assert_not_null(strstr(err.hint, "gpg:me@example.org"));
}
