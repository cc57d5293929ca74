#include <criterion/criterion.h>

#include "base/clock.h"
#include "crypto/key_internal.h"
#include "ssh_tools.h"

#define PAYLOAD "object 1234\ntype commit\ntag v1\n\nmessage\n"

/* A GNUPGHOME of one test, with its own gpg-agent. */
struct gnupg {
	struct tempdir home;
};

static void gnupg_release(struct gnupg *gnupg)
{
	RUN("gpgconf", "--kill", "all");
	tempdir_release(&gnupg->home);
}
SCOPED_RELEASE(gnupg);

static struct gnupg gnupg_start(void)
{
	struct gnupg gnupg = { temp_folder() };

	setenv("GNUPGHOME", gnupg.home.path, 1);
	return gnupg;
}

static struct buffer gpg_output(const char *const *argv, const char *input)
{
	scoped_value(process_result) result = { 0 };
	const struct process what = { .argv = argv,
				      .input = input,
				      .input_len = strlen(input),
				      .out = PROCESS_CAPTURE,
				      .err = PROCESS_CAPTURE };
	struct intoto_error err = { 0 };
	struct buffer out;

	cr_assert_eq(process_run(&result, &what, &err), 0, "%s", err.message);
	cr_assert_eq(result.status, 0, "%s", buffer_text(&result.err));
	out = result.out;
	result.out = (struct buffer)BUFFER_INIT;
	return out;
}

static struct key *gpg_key(const char *user)
{
	const char *const argv[] = { "gpg", "--export", user, NULL };
	scoped_value(buffer) packets = gpg_output(argv, "");
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(openpgp_key_read(&key, packets.data, packets.len, "",
				      &err),
		     0, "%s", err.message);
	return key;
}

static struct key *make_gpg_key(const struct gnupg *gnupg, const char *user,
				const char *algorithm, const char *expires)
{
	RUN("gpg", "--homedir", gnupg->home.path, "--batch", "--quiet",
	    "--passphrase", "", "--quick-generate-key", user, algorithm, "sign",
	    expires);
	return gpg_key(user);
}

static struct buffer gpg_sign(const char *user, const char *digest)
{
	const char *const argv[] = { "gpg",	 "--batch",
				     "-u",	 user,
				     "-a",	 "--digest-algo",
				     digest,	 "--allow-weak-digest-algos",
				     "--detach", NULL };

	return gpg_output(argv, PAYLOAD);
}

static int verify(size_t *match, const struct buffer *armor,
		  const struct key *const *keys, size_t n, const char *payload,
		  int64_t now, struct intoto_error *err)
{
	return tag_signature_verify(match, armor->data, armor->len, keys, n,
				    payload, strlen(payload), now, err);
}

Test(tag_signature, of_gpg_names_the_one_key_that_signed)
{
	scoped_value(gnupg) gnupg = gnupg_start();
	static const uint8_t raw[ED25519_PUBLIC_SIZE] = { 7 };
	scoped(key) plain = key_new_ed25519(raw);
	scoped(key) a = make_gpg_key(&gnupg, "a@x.org", "ed25519", "never");
	scoped(key) b = make_gpg_key(&gnupg, "b@x.org", "rsa2048", "never");
	const struct key *const keys[] = { plain, a, b };
	static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };
	struct intoto_error err = { 0 };
	char claim[128];
	size_t match = 9;

	for (size_t i = 0; i < ARRAY_SIZE(digests); i++) {
		scoped_value(buffer) by_a = gpg_sign("a@x.org", digests[i]);
		scoped_value(buffer) by_b = gpg_sign("b@x.org", digests[i]);
		int64_t now = clock_now();

		cr_assert_eq(verify(&match, &by_a, keys, 3, PAYLOAD, now, &err),
			     0, "%s", err.message);
		cr_assert_eq(match, 1);
		cr_assert_eq(verify(&match, &by_b, keys, 3, PAYLOAD, now, &err),
			     0, "%s", err.message);
		cr_assert_eq(match, 2);
		cr_assert_eq(verify(&match, &by_b, keys, 3, PAYLOAD "x", now,
				    &err),
			     -1);
		cr_assert_str_eq(err.reason, "signature-bad");
		cr_assert_eq(verify(&match, &by_b, keys, 2, PAYLOAD, now, &err),
			     -1);
		cr_assert_str_eq(err.reason, "signature-unknown-key");
		cr_assert_not_null(strstr(err.message, key_id(b)));
		cr_assert_eq(tag_signature_claim(claim, by_a.data, by_a.len,
						 &err),
			     0);
		cr_assert_not_null(strstr(claim, key_id(a)));
	}
}

Test(tag_signature, of_gpg_with_sha1_is_weak)
{
	scoped_value(gnupg) gnupg = gnupg_start();
	scoped(key) key = make_gpg_key(&gnupg, "a@x.org", "rsa2048", "never");
	const struct key *const keys[] = { key };
	scoped_value(buffer) armor = gpg_sign("a@x.org", "SHA1");
	struct intoto_error err = { 0 };
	size_t match;

	cr_assert_eq(verify(&match, &armor, keys, 1, PAYLOAD, clock_now(),
			    &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED);
	cr_assert_str_eq(err.reason, "signature-weak-hash");
}

Test(tag_signature, of_an_expired_gpg_key_is_refused)
{
	scoped_value(gnupg) gnupg = gnupg_start();
	scoped(key) key = make_gpg_key(&gnupg, "a@x.org", "ed25519", "1d");
	const struct key *const keys[] = { key };
	scoped_value(buffer) armor = gpg_sign("a@x.org", "SHA256");
	struct intoto_error err = { 0 };
	size_t match;

	cr_assert_eq(verify(&match, &armor, keys, 1, PAYLOAD, clock_now(),
			    &err),
		     0, "%s", err.message);
	cr_assert_eq(verify(&match, &armor, keys, 1, PAYLOAD,
			    clock_now() + 172800, &err),
		     -1);
	cr_assert_str_eq(err.reason, "key-expired");
}

Test(tag_signature, two_signatures_or_bytes_after_are_refused)
{
	scoped_value(gnupg) gnupg = gnupg_start();
	scoped(key) key = make_gpg_key(&gnupg, "a@x.org", "ed25519", "never");
	const struct key *const keys[] = { key };
	scoped_value(buffer) armor = gpg_sign("a@x.org", "SHA256");
	scoped_value(buffer) twice = BUFFER_INIT;
	scoped_value(buffer) after = BUFFER_INIT;
	struct intoto_error err = { 0 };
	size_t match;

	buffer_add(&twice, armor.data, armor.len);
	buffer_add(&twice, armor.data, armor.len);
	cr_assert_eq(verify(&match, &twice, keys, 1, PAYLOAD, clock_now(),
			    &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED);
	buffer_add(&after, armor.data, armor.len);
	buffer_puts(&after, "more\n");
	cr_assert_eq(verify(&match, &after, keys, 1, PAYLOAD, clock_now(),
			    &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED);
}

Test(tag_signature, that_holds_for_two_keys_holds_for_none)
{
	scoped_value(gnupg) gnupg = gnupg_start();
	scoped(key) whole = make_gpg_key(&gnupg, "a@x.org", "rsa2048", "never");
	scoped(key) alone = NULL;
	const struct key *const keys[] = { whole, whole };
	scoped_value(buffer) armor = BUFFER_INIT;
	const char *const argv[] = { "gpg", "--export", "a@x.org", NULL };
	scoped_value(buffer) packets = BUFFER_INIT;
	struct intoto_error err = { 0 };
	size_t match;

	armor = gpg_sign("a@x.org", "SHA256");
	cr_assert_eq(verify(&match, &armor, keys, 2, PAYLOAD, clock_now(),
			    &err),
		     0, "%s", err.message);
	cr_assert_eq(match, 0);
	packets = gpg_output(argv, "");
	cr_assert_eq(openpgp_key_read(&alone, packets.data, packets.len, "",
				      &err),
		     0);
	/* The same numbers, said to be another key's. */
	alone->material[0] = alone->material[0] == '0' ? '1' : '0';
	const struct key *const both[] = { whole, alone };

	cr_assert_eq(verify(&match, &armor, both, 2, PAYLOAD, clock_now(),
			    &err),
		     -1);
	cr_assert_str_eq(err.reason, "signature-bad");
}
