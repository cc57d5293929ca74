/* test_statement.c: statements, and who may have signed them. */
#include "seal_tools.h"

#include "metadata/statement.h"

#define SUBJECT "[{\"name\":\"a\",\"digest\":{\"sha256\":\"00\"}}]"
#define STATEMENT(subject, rest)                                             \
	"{\"_type\":\"" STATEMENT_TYPE "\",\"subject\":" subject             \
	",\"predicateType\":\"https://example.com/p\",\"predicate\":{}" rest \
	"}"

static struct intoto_error err;
static struct person alice;
static struct person mallory;

static void setup(void)
{
	scratch_begin();
	alice = person_make(1);
	mallory = person_make(2);
	err = (struct intoto_error){ 0 };
}

static void teardown(void)
{
	key_free(alice.key);
	key_free(mallory.key);
	sh("gpgconf --homedir gnupg --kill all 2>/dev/null || :");
	scratch_end();
}

TestSuite(statement, .init = setup, .fini = teardown);

static struct envelope *signed_by(const char *payload,
				  const struct person *person)
{
	return envelope_of(statement_line(payload, person));
}

static int reads(const char *payload)
{
	scoped(envelope) envelope = signed_by(payload, &alice);
	scoped(statement) statement = NULL;

	err = (struct intoto_error){ 0 };
	return statement_read(&statement, envelope, &err);
}

static struct signer *file_signer(const char *name)
{
	struct signer *signer = NULL;
	scoped_text file = xasprintf("%s.pem", name);

	sh("openssl genpkey -algorithm ed25519 -out %s 2>/dev/null", file);
	cr_assert_eq(signer_open(&signer, file, NULL, &err), 0, "%s",
		     err.message);
	return signer;
}

static struct signer *gpg_signer(void)
{
	struct signer *signer = NULL;
	const struct key_settings settings = { .gpg_home = "gnupg" };

	sh("mkdir -m 700 gnupg && gpg --homedir gnupg --batch --quiet "
	   "--pinentry-mode loopback --passphrase '' "
	   "--quick-generate-key 'Key <k@example.com>' ed25519 sign never");
	cr_assert_eq(signer_open(&signer, "gpg:k@example.com", &settings, &err),
		     0, "%s", err.message);
	return signer;
}

static json_t *a_statement(void)
{
	json_t *value = NULL;
	static const char text[] = STATEMENT(SUBJECT, "");

	cr_assert_eq(json_load_strict(&value, text, strlen(text), &err), 0);
	return value;
}

/* What was written is what is read, and its signature holds. */
static struct envelope *again(const struct envelope *envelope)
{
	scoped_value(buffer) line = BUFFER_INIT;
	struct envelope *read = NULL;

	cr_assert_eq(envelope_append_line(&line, envelope, &err), 0);
	cr_assert_eq(envelope_read(&read, line.data, line.len, true, &err), 0,
		     "%s", err.message);
	return read;
}

static void changes_nothing_unnoticed(struct envelope *envelope,
				      const struct key *key)
{
	const int64_t now = clock_now();

	cr_assert_eq(envelope_verify(envelope, key, now, &err), 0, "%s",
		     err.message);
	cr_assert_eq(envelope_verify(envelope, mallory.key, now, &err), -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED);
	envelope->signed_bytes.data[envelope->signed_bytes.len - 3] ^= 1;
	cr_assert_eq(envelope_verify(envelope, key, now, &err), -1);
	cr_assert_str_eq(err.reason, "signature-bad");
	envelope->signed_bytes.data[envelope->signed_bytes.len - 3] ^= 1;
}

Test(statement, a_statement_is_signed_and_read_again)
{
	scoped(signer) signer = file_signer("alice");
	scoped_json value = a_statement();
	scoped(envelope) made = NULL;
	scoped(envelope) read = NULL;
	scoped(statement) statement = NULL;

	cr_assert_eq(statement_sign(&made, value, signer, 1 << 20, &err), 0,
		     "%s", err.message);
	read = again(made);
	changes_nothing_unnoticed(read, signer_key(signer));
	cr_assert_eq(statement_read(&statement, read, &err), 0);
	cr_assert_str_eq(statement->type, "https://example.com/p");
	cr_assert_eq(json_array_size(statement->subjects), 1);
	cr_assert(json_is_object(statement->predicate));
}

Test(statement, an_openpgp_key_signs_one_too)
{
	scoped(signer) signer = gpg_signer();
	scoped_json value = a_statement();
	scoped(envelope) made = NULL;
	scoped(envelope) read = NULL;

	cr_assert_eq(statement_sign(&made, value, signer, 1 << 20, &err), 0,
		     "%s", err.message);
	read = again(made);
	cr_assert_eq(read->n_signatures, 1);
	changes_nothing_unnoticed(read, signer_key(signer));
}

Test(statement, an_openpgp_packet_that_is_cut_or_has_a_tail_does_not_hold)
{
	scoped(signer) signer = gpg_signer();
	scoped_json value = a_statement();
	scoped(envelope) made = NULL;
	struct buffer *sig;

	cr_assert_eq(statement_sign(&made, value, signer, 1 << 20, &err), 0);
	sig = &made->signatures[0].sig;
	sig->len--;
	cr_assert_eq(envelope_verify(made, signer_key(signer), clock_now(),
				     &err),
		     -1);
	cr_assert_str_eq(err.reason, "signature-bad");
	sig->len++;
	buffer_putc(sig, 'x');
	cr_assert_eq(envelope_verify(made, signer_key(signer), clock_now(),
				     &err),
		     -1);
	cr_assert_str_eq(err.reason, "signature-bad");
}

Test(statement, a_link_in_dsse_still_has_no_form_for_openpgp)
{
	scoped(signer) signer = gpg_signer();
	scoped_json value = a_statement();
	scoped(envelope) made = NULL;

	cr_assert_eq(statement_sign(&made, value, signer, 1 << 20, &err), 0);
	made->content = CONTENT_LINK;
	cr_assert_eq(envelope_verify(made, signer_key(signer), clock_now(),
				     &err),
		     -1);
}

Test(statement, a_second_signer_signs_the_very_same_bytes)
{
	scoped(signer) first = file_signer("alice");
	scoped(signer) second = file_signer("bob");
	scoped(envelope) one = signed_by(STATEMENT(SUBJECT, " "), &alice);
	scoped(envelope) two = NULL;
	char a[SHA256_HEX_SIZE], b[SHA256_HEX_SIZE];

	cr_assert_eq(statement_cosign(&two, one, second, 1 << 20, &err), 0,
		     "%s", err.message);
	envelope_identity(a, one);
	envelope_identity(b, two);
	cr_assert_str_eq(a, b);
	cr_assert_eq(envelope_verify(two, signer_key(second), clock_now(),
				     &err),
		     0);
	cr_assert_eq(envelope_verify(two, signer_key(first), clock_now(), &err),
		     -1);
}

Test(statement, malformed_ones_are_refused)
{
	cr_assert_eq(reads(STATEMENT(SUBJECT, "")), 0, "%s", err.message);
	cr_assert_eq(reads(STATEMENT("[]", "")), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(reads(STATEMENT("{}", "")), -1);
	cr_assert_eq(reads(STATEMENT("[1]", "")), -1);
	cr_assert_eq(reads(STATEMENT("[{\"name\":\"a\"}]", "")), -1);
	cr_assert_eq(reads(STATEMENT("[{\"digest\":{}}]", "")), -1);
	cr_assert_eq(reads(STATEMENT("[{\"digest\":{\"sha256\":1}}]", "")), -1);
	cr_assert_eq(reads(STATEMENT("[{\"name\":1,\"digest\":{\"a\":\"b\"}}]",
				     "")),
		     -1);
	cr_assert_eq(reads("{\"_type\":\"" STATEMENT_TYPE "\"}"), -1);
	cr_assert_eq(reads("{\"_type\":\"https://in-toto.io/Statement/v0.1\","
			   "\"subject\":" SUBJECT
			   ",\"predicateType\":\"p\",\"predicate\":{}}"),
		     -1);
	cr_assert_eq(reads("{\"_type\":\"" STATEMENT_TYPE
			   "\",\"subject\":" SUBJECT
			   ",\"predicateType\":\"\",\"predicate\":{}}"),
		     -1);
}

Test(statement, what_is_no_statement_is_not_read_as_one)
{
	scoped(envelope) envelope = signed_by(STATEMENT(SUBJECT, ""), &alice);
	scoped(statement) statement = NULL;

	envelope->content = CONTENT_LAYOUT;
	cr_assert_eq(statement_read(&statement, envelope, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
}

Test(statement, nothing_over_the_limit_is_signed)
{
	scoped(signer) signer = file_signer("alice");
	scoped_json value = a_statement();
	scoped(envelope) made = NULL;

	cr_assert_eq(statement_sign(&made, value, signer, 64, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
}
