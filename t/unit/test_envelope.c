/* test_envelope.c: with the vectors of in-toto's own tools. */
#include <criterion/criterion.h>

#include <unistd.h>

#include "base/file.h"
#include "metadata/envelope_internal.h"
#include "people.h"

#define SEED_PUBLIC \
	"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
#define CANONICAL                                                         \
	"{\"_type\":\"link\",\"byproducts\":{\"return-value\":0,"         \
	"\"stderr\":\"\",\"stdout\":\"\"},\"command\":[\"git\",\"tag\","  \
	"\"v1\"],\"environment\":{},\"materials\":{},\"name\":\"tag\","   \
	"\"products\":{\"a.c\":{\"sha256\":\"98ea6e4f216f2fb4b69fff9b3a4" \
	"4842c38686ca685f3f55dc48c5d3fb1107be4\"}}}"

static struct envelope *envelope_file(struct buffer *text, const char *path)
{
	struct intoto_error err = { 0 };
	struct envelope *envelope = NULL;

	cr_assert_eq(file_read(text, path, 1 << 20, &err), 0, "%s",
		     err.message);
	cr_assert_eq(envelope_read(&envelope, text->data, text->len, true,
				   &err),
		     0, "%s", err.message);
	return envelope;
}

static struct key *vector_key(void)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;
	json_t *object =
		json_pack("{s:s,s:s,s:{s:s}}", "keytype", "ed25519", "scheme",
			  "ed25519", "keyval", "public", SEED_PUBLIC);

	cr_assert_eq(key_from_json(&key, object, &err), 0);
	json_decref(object);
	return key;
}

Test(envelope, a_metablock_link_of_in_toto_verifies)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_value(buffer) again = BUFFER_INIT;
	scoped(envelope) envelope = envelope_file(&text, "t/data/mb.link");
	scoped(key) key = vector_key();
	char digest[SHA256_HEX_SIZE];

	cr_expect_eq(envelope->form, ENVELOPE_METABLOCK);
	cr_expect_eq(envelope->content, CONTENT_LINK);
	cr_expect_str_eq(buffer_text(&envelope->signed_bytes), CANONICAL);
	envelope_identity(digest, envelope);
	cr_expect_str_eq(digest, "d2c0644368e3939c078129847d72f587221f4d6d"
				 "c1a06c1081f9443b65593cfd");
	cr_expect_eq(envelope_verify(envelope, key, 0, &err), 0, "%s",
		     err.message);
	cr_assert_eq(envelope_append_file(&again, envelope, &err), 0);
	cr_expect_str_eq(buffer_text(&again), buffer_text(&text));
}

Test(envelope, a_dsse_link_of_in_toto_verifies)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_value(buffer) again = BUFFER_INIT;
	scoped(envelope) envelope = envelope_file(&text, "t/data/env.link");
	scoped(key) key = vector_key();
	char digest[SHA256_HEX_SIZE];

	cr_expect_eq(envelope->form, ENVELOPE_DSSE);
	cr_expect_eq(envelope->payload.len, 265);
	cr_expect_eq(envelope->signed_bytes.len, 308);
	envelope_identity(digest, envelope);
	cr_expect_str_eq(digest, "e93dc0b0e7352c2f4b476080651f2a5684e6c958"
				 "32c9fb84e5865124d7638158");
	cr_expect_eq(envelope_verify(envelope, key, 0, &err), 0, "%s",
		     err.message);
	cr_assert_eq(envelope_append_file(&again, envelope, &err), 0);
	cr_expect_str_eq(buffer_text(&again), buffer_text(&text));
}

Test(envelope, the_encoding_of_dsse_counts_bytes)
{
	scoped_value(buffer) body = BUFFER_INIT;
	scoped_value(buffer) pae = BUFFER_INIT;

	buffer_puts(&body, "hello world");
	envelope_pae(&pae, "http://example.com/HelloWorld", &body);
	cr_assert_str_eq(buffer_text(&pae),
			 "DSSEv1 29 http://example.com/HelloWorld "
			 "11 hello world");
	buffer_reset(&pae);
	buffer_reset(&body);
	envelope_pae(&pae, "\xc3\xa9", &body);
	cr_assert_str_eq(buffer_text(&pae), "DSSEv1 2 \xc3\xa9 0 ");
}

Test(envelope, a_metablock_becomes_dsse_and_loses_its_signatures)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;
	scoped(envelope) envelope = envelope_file(&text, "t/data/mb.link");
	scoped(key) key = vector_key();

	cr_assert_eq(envelope_to_dsse(envelope, &err), 0, "%s", err.message);
	cr_assert_eq(envelope->form, ENVELOPE_DSSE);
	cr_assert_eq(envelope->n_signatures, 0);
	cr_assert_str_eq(buffer_text(&envelope->payload), CANONICAL);
	cr_assert_eq(envelope_verify(envelope, key, 0, &err), -1);
	cr_assert_str_eq(err.reason, "signature-missing");
}

Test(envelope, a_dsse_envelope_stays_as_it_is)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;
	scoped(envelope) envelope = envelope_file(&text, "t/data/env.link");
	scoped(key) key = vector_key();

	cr_assert_eq(envelope_to_dsse(envelope, &err), 0);
	cr_assert_eq(envelope_verify(envelope, key, 0, &err), 0);
	envelope_unsign(envelope);
	cr_assert_eq(envelope_verify(envelope, key, 0, &err), -1);
}

Test(envelope, a_links_signature_has_one_name)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;
	scoped(envelope) envelope = envelope_file(&text, "t/data/mb.link");
	scoped(key) key = vector_key();

	envelope_name_signature(envelope, key, key_id(key));
	cr_assert_eq(envelope->n_signatures, 1);
	cr_assert_str_eq(envelope->signatures[0].keyid, key_id(key));
	cr_assert_eq(envelope_verify(envelope, key, 0, &err), 0);
	envelope_unsign(envelope);
	envelope_name_signature(envelope, key, key_id_new(key));
	cr_assert_eq(envelope->n_signatures, 0);
}

Test(envelope, a_line_reads_back_as_the_same)
{
	const char *const paths[] = { "t/data/mb.link", "t/data/env.link" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct intoto_error err = { 0 };
		scoped_value(buffer) text = BUFFER_INIT;
		scoped_value(buffer) line = BUFFER_INIT;
		scoped_value(buffer) second = BUFFER_INIT;
		scoped(envelope) envelope = envelope_file(&text, paths[i]);
		scoped(envelope) again = NULL;
		char a[SHA256_HEX_SIZE];
		char b[SHA256_HEX_SIZE];

		cr_assert_eq(envelope_append_line(&line, envelope, &err), 0);
		cr_expect_null(memchr(line.data, '\n', line.len));
		cr_assert_eq(envelope_read(&again, line.data, line.len, true,
					   &err),
			     0);
		cr_assert_eq(envelope_append_line(&second, again, &err), 0);
		cr_expect_str_eq(buffer_text(&line), buffer_text(&second));
		envelope_identity(a, envelope);
		envelope_identity(b, again);
		cr_expect_str_eq(a, b);
	}
}

static void is_refused(const char *text, bool strict)
{
	struct intoto_error err = { 0 };
	struct envelope *envelope = NULL;

	cr_assert_eq(envelope_read(&envelope, text, strlen(text), strict, &err),
		     -1, "%s", text);
	cr_expect(err.code == INTOTO_EINVALID || err.code == INTOTO_ELIMIT,
		  "%s", err.message);
	cr_expect_null(envelope);
}

#define LINK "{\"_type\":\"link\",\"name\":\"a\"}"
#define PAYLOAD "eyJfdHlwZSI6ImxpbmsiLCJuYW1lIjoiYSJ9"
#define TYPE "\"payloadType\":\"application/vnd.in-toto+json\""

Test(envelope, malformed_ones_are_refused)
{
	const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{\"signatures\":[]}",
		"{\"signed\":" LINK "}",
		"{\"signatures\":{},\"signed\":" LINK "}",
		"{\"signatures\":[7],\"signed\":" LINK "}",
		"{\"signatures\":[{\"keyid\":\"00\"}],\"signed\":" LINK "}",
		"{\"signatures\":[],\"signed\":[]}",
		"{\"signatures\":[],\"signed\":{\"_type\":\"x\"}}",
		"{\"signatures\":[],\"signed\":{\"name\":\"a\"}}",
		"{\"signatures\":[],\"signed\":{\"_type\":\"https://in-toto."
		"io/Statement/v1\"}}",
		"{\"signatures\":[],\"signatures\":[],\"signed\":" LINK "}",
		"{\"signatures\":[],\"signed\":" LINK ",\"signed\":" LINK "}",
		"{\"signatures\":[],\"signed\":" LINK "} ]",
		"{\"signatures\":[],\"signed\":" LINK "} {}",
		"{\"payload\":\"" PAYLOAD "\",\"signatures\":[]}",
		"{" TYPE ",\"signatures\":[]}",
		"{\"payload\":\"" PAYLOAD "\"," TYPE "}",
		"{\"payload\":\"" PAYLOAD "\",\"payloadType\":\"text/plain\","
		"\"signatures\":[]}",
		"{\"payload\":\"" PAYLOAD "\"," TYPE
		",\"signatures\":[],\"signed\":" LINK "}",
		"{\"payload\":\"" PAYLOAD "=\"," TYPE ",\"signatures\":[]}",
		"{\"payload\":\"\"," TYPE ",\"signatures\":[]}",
		"{\"payload\":7," TYPE ",\"signatures\":[]}",
		"{\"payload\":\"" PAYLOAD "\"," TYPE
		",\"signatures\":[{\"keyid\":\"00\",\"sig\":\"!\"}]}",
		"{\"payload\":\"" PAYLOAD "\"," TYPE
		",\"signatures\":[{\"keyid\":7,\"sig\":\"\"}]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		is_refused(texts[i], false);
		is_refused(texts[i], true);
	}
}

Test(envelope, members_of_its_own_are_refused_in_notes_alone)
{
	const char *const texts[] = {
		"{\"signatures\":[],\"signed\":" LINK ",\"x\":1}",
		"{\"signatures\":[{\"keyid\":\"00\",\"sig\":\"00\",\"cert\":"
		"\"\"}],\"signed\":" LINK "}",
		"{\"payload\":\"" PAYLOAD "\"," TYPE
		",\"signatures\":[{\"keyid\":\"SHA256:x\",\"sig\":\"AA==\"}]}",
		"{\"payload\":\"" PAYLOAD "\"," TYPE
		",\"signatures\":[{\"sig\":\"AA==\",\"x\":1}]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		is_refused(texts[i], true);
		envelope_free(envelope_of(xstrdup(texts[i])));
	}
}

Test(envelope, too_many_signatures_are_refused)
{
	scoped_value(buffer) text = BUFFER_INIT;

	buffer_puts(&text, "{\"signed\":" LINK ",\"signatures\":[");
	for (int i = 0; i <= ENVELOPE_SIGNATURES_MAX; i++)
		buffer_printf(&text, "%s{\"keyid\":\"00\",\"sig\":\"00\"}",
			      i ? "," : "");
	buffer_puts(&text, "]}");
	is_refused(buffer_text(&text), false);
}

static int verify(const struct envelope *envelope, const struct key *key,
		  char reason[48])
{
	struct intoto_error err = { 0 };
	int got = envelope_verify(envelope, key, 0, &err);

	memcpy(reason, err.reason, sizeof(err.reason));
	return got;
}

Test(envelope, only_the_first_signature_of_a_keyid_counts_in_a_metablock)
{
	struct person ann = person_make(1);
	struct person bob = person_make(2);
	scoped(envelope) first = envelope_of(metablock(LINK, &ann, NULL));
	scoped_text good =
		signature_text(&ann, key_id(ann.key), first->signed_bytes.data,
			       first->signed_bytes.len);
	scoped(envelope) both =
		envelope_of(xasprintf("{\"signed\":" LINK
				      ",\"signatures\":[{\"keyid\":\"%s\","
				      "\"sig\":\"00\"},%s]}",
				      key_id_new(ann.key), good));
	scoped(envelope) twice =
		envelope_of(xasprintf("{\"signed\":" LINK
				      ",\"signatures\":[{\"keyid\":\"%s\","
				      "\"sig\":\"00\"},%s]}",
				      key_id(ann.key), good));
	char reason[48];

	cr_expect_eq(verify(first, ann.key, reason), 0);
	cr_expect_eq(verify(first, bob.key, reason), -1);
	cr_expect_str_eq(reason, "signature-missing");
	cr_expect_eq(verify(twice, ann.key, reason), -1);
	cr_expect_str_eq(reason, "signature-bad");
	/* whoever asks by the other keyid gets it */
	cr_expect_eq(verify(both, ann.key, reason), 0);
	key_free(ann.key);
	key_free(bob.key);
}

Test(envelope, a_changed_field_breaks_the_signature)
{
	struct person ann = person_make(1);
	char reason[48];
	scoped_text text = metablock(LINK, &ann, NULL);
	char *place = strstr(text, "\"a\"");
	struct envelope *envelope = NULL;

	place[1] = 'b';
	envelope = envelope_of(xstrdup(text));
	cr_expect_eq(verify(envelope, ann.key, reason), -1);
	cr_expect_str_eq(reason, "signature-bad");
	envelope_free(envelope);
	key_free(ann.key);
}

Test(envelope, a_signature_under_anothers_keyid_is_no_proof)
{
	struct person ann = person_make(1);
	struct person eve = person_make(2);
	scoped(envelope) envelope =
		envelope_of(metablock(LINK, &eve, key_id(ann.key)));
	char reason[48];

	cr_expect_eq(verify(envelope, ann.key, reason), -1);
	cr_expect_str_eq(reason, "signature-bad");
	cr_expect_eq(verify(envelope, eve.key, reason), -1);
	cr_expect_str_eq(reason, "signature-missing");
	key_free(ann.key);
	key_free(eve.key);
}

Test(envelope, a_key_may_be_listed_under_an_id_of_the_layouts_own)
{
	struct person ann = person_make(1);
	struct intoto_error err = { 0 };
	scoped(envelope) envelope = envelope_of(metablock(LINK, &ann, "abcd"));

	cr_expect_eq(envelope_verify(envelope, ann.key, 0, &err), -1);
	cr_expect_eq(envelope_verify_as(envelope, ann.key, "abcd", 0, &err), 0);
	key_free(ann.key);
}

static struct signer *open_signer(char path[32], uint8_t number)
{
	/* PKCS#8 of an ed25519 seed. */
	uint8_t der[48] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
			    0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
	struct intoto_error err = { 0 };
	const struct key_settings settings = { 0 };
	struct signer *signer = NULL;
	scoped_value(buffer) pem = BUFFER_INIT;
	int fd = -1;

	memset(der + 16, number, 32);
	buffer_puts(&pem, "-----BEGIN PRIVATE KEY-----\n");
	base64_append(&pem, der, sizeof(der));
	buffer_puts(&pem, "\n-----END PRIVATE KEY-----\n");
	memcpy(path, "/tmp/unit-key-XXXXXX", sizeof("/tmp/unit-key-XXXXXX"));
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	close(fd);
	cr_assert_eq(file_write(path, pem.data, pem.len, 0600, &err), 0);
	cr_assert_eq(signer_open(&signer, path, &settings, &err), 0, "%s",
		     err.message);
	unlink(path);
	return signer;
}

Test(envelope, a_link_is_signed_in_either_form)
{
	char path[32];
	scoped(signer) signer = open_signer(path, 9);

	for (int dsse = 0; dsse < 2; dsse++) {
		struct intoto_error err = { 0 };
		scoped(envelope) envelope = NULL;
		scoped(envelope) again = NULL;
		scoped_value(buffer) line = BUFFER_INIT;
		struct link *link = link_new("build");

		cr_assert_eq(envelope_sign_link(&envelope, &link, dsse, signer,
						1 << 20, &err),
			     0, "%s", err.message);
		cr_expect_null(link);
		cr_expect_eq(envelope->n_signatures, 1);
		cr_assert_eq(envelope_append_line(&line, envelope, &err), 0);
		cr_assert_eq(envelope_read(&again, line.data, line.len, true,
					   &err),
			     0);
		cr_expect_eq(envelope_verify(again, signer_key(signer), 0,
					     &err),
			     0);
		cr_expect_str_eq(again->signatures[0].keyid,
				 key_id(signer_key(signer)));
	}
}

Test(envelope, an_unsigned_link_is_read_again_and_holds_for_nobody)
{
	char path[32];
	scoped(signer) signer = open_signer(path, 9);

	for (int dsse = 0; dsse < 2; dsse++) {
		struct intoto_error err = { 0 };
		scoped(envelope) envelope = NULL;
		scoped(envelope) again = NULL;
		scoped_value(buffer) text = BUFFER_INIT;
		struct link *link = link_new("try");

		cr_assert_eq(envelope_wrap_link(&envelope, &link, dsse, 1 << 20,
						&err),
			     0, "%s", err.message);
		cr_expect_null(link);
		cr_assert_eq(envelope_append_file(&text, envelope, &err), 0);
		cr_assert_eq(envelope_read(&again, text.data, text.len, false,
					   &err),
			     0);
		cr_expect_eq(again->n_signatures, 0);
		cr_expect_eq(envelope_verify(again, signer_key(signer), 0,
					     &err),
			     -1);
		cr_expect_str_eq(err.reason, "signature-missing");
	}
}

Test(envelope, a_link_over_the_limit_is_refused_and_stays_the_callers)
{
	char path[32];
	scoped(signer) signer = open_signer(path, 9);

	for (int dsse = 0; dsse < 2; dsse++) {
		struct intoto_error err = { 0 };
		struct envelope *envelope = NULL;
		scoped(link) link = link_new("build");

		cr_expect_eq(envelope_sign_link(&envelope, &link, dsse, signer,
						300, &err),
			     -1);
		cr_expect_eq(err.code, INTOTO_ELIMIT, "%s", err.message);
		cr_expect_null(envelope);
		cr_expect_not_null(link);
	}
}

Test(envelope, a_layout_is_signed_under_both_keyids_and_once)
{
	char path[32];
	scoped(signer) signer = open_signer(path, 9);
	scoped(signer) other = open_signer(path, 8);
	const struct key *key = signer_key(signer);
	struct intoto_error err = { 0 };
	scoped(envelope) envelope = NULL;
	json_t *part =
		json_pack("{s:s,s:s,s:[],s:[]}", "_type", "layout", "expires",
			  "2030-01-01T00:00:00Z", "steps", "inspect");
	char a[SHA256_HEX_SIZE];
	char b[SHA256_HEX_SIZE];

	cr_assert_eq(envelope_from_json(&envelope, part, &err), 0);
	cr_assert_eq(envelope_add_signature(envelope, other, &err), 0);
	cr_assert_eq(envelope_add_signature(envelope, signer, &err), 0);
	cr_assert_eq(envelope_add_signature(envelope, signer, &err), 0);
	cr_assert_eq(envelope->n_signatures, 4);
	cr_expect_str_eq(envelope->signatures[2].keyid, key_id(key));
	cr_expect_str_eq(envelope->signatures[3].keyid, key_id_new(key));
	cr_expect_eq(envelope_verify(envelope, key, 0, &err), 0);
	cr_expect_eq(envelope_verify(envelope, signer_key(other), 0, &err), 0);
	envelope_digest(a, envelope);
	layout_digest(b, envelope->layout, &err);
	cr_expect_str_eq(a, b);
	json_decref(part);
}
