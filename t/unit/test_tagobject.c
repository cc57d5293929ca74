/* test_tagobject.c: one form of a tag object is taken, everything else not. */
#include "git_tools.h"

#include "crypto/digest.h"
#include "repo/tagobject.h"

#define ID "1234567890abcdef1234567890abcdef12345678"
#define OBJECT "object " ID "\n"
#define TAGGER "tagger A U Thor <a@example.org> 1700000000 +0100\n"
#define HEAD OBJECT "type commit\ntag v1\n" TAGGER
#define PGP                               \
	"-----BEGIN PGP SIGNATURE-----\n" \
	"\n"                              \
	"aGVsbG8=\n"                      \
	"-----END PGP SIGNATURE-----\n"
#define SSH                               \
	"-----BEGIN SSH SIGNATURE-----\n" \
	"aGVsbG8=\n"                      \
	"-----END SSH SIGNATURE-----\n"
#define GOOD HEAD "\nmessage\n" PGP
#define GPGSIG                                   \
	"gpgsig -----BEGIN PGP SIGNATURE-----\n" \
	" \n"                                    \
	" aGVsbG8=\n"                            \
	" -----END PGP SIGNATURE-----\n"

static struct oid some_oid(void)
{
	struct oid oid = oid_null();

	oid.bytes[0] = 0xab;
	return oid;
}

static int parse_bytes(struct tag_object *out, const char *raw, size_t len,
		       struct intoto_error *err)
{
	struct oid oid = some_oid();
	/* A copy without a NUL behind it, so that a sanitizer sees a read
	 * past the end. */
	char *copy = malloc(len ? len : 1);
	int status;

	memcpy(copy, raw, len);
	status = tag_object_parse(out, copy, len, &oid, err);
	free(copy);
	return status;
}

static void accepted(struct tag_object *out, const char *raw)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(parse_bytes(out, raw, strlen(raw), &err), 0, "%s",
		     err.message);
}

static void refused_bytes(const char *reason, const char *raw, size_t len)
{
	struct intoto_error err = { 0 };
	scoped_value(tag_object) tag = { 0 };

	cr_assert_eq(parse_bytes(&tag, raw, len, &err), -1,
		     "accepted although %s: %s", reason, raw);
	cr_assert_eq(err.code, INTOTO_EREJECTED);
	cr_assert_str_eq(err.reason, reason, "%s: %s", err.message, raw);
	cr_assert_null(tag.raw.data);
}

static void refused(const char *reason, const char *raw)
{
	refused_bytes(reason, raw, strlen(raw));
}

Test(tagobject, a_signed_tag_is_split_into_its_parts)
{
	scoped_value(tag_object) tag = { 0 };
	char sha256[SHA256_HEX_SIZE];
	char commit[OID_HEX_SIZE];

	accepted(&tag, GOOD);
	cr_assert_str_eq(tag.name, "v1");
	cr_assert_str_eq(tag.tagger, "A U Thor <a@example.org>");
	cr_assert_eq(tag.tagger_time, 1700000000);
	oid_hex(commit, &tag.commit);
	cr_assert_str_eq(commit, ID);
	cr_assert_str_eq(buffer_text(&tag.raw), GOOD);
	cr_assert_str_eq(buffer_text(&tag.payload), HEAD "\nmessage\n");
	cr_assert_eq(tag.armor_len, strlen(PGP));
	cr_assert_eq(memcmp(tag.armor, PGP, tag.armor_len), 0);
	sha256_hex(sha256, GOOD, strlen(GOOD));
	cr_assert_str_eq(tag.sha256, sha256);
}

Test(tagobject, an_unsigned_tag_parses_without_an_armor)
{
	scoped_value(tag_object) tag = { 0 };

	accepted(&tag, HEAD "\nmessage\n");
	cr_assert_null(tag.armor);
	cr_assert_eq(tag.armor_len, 0);
	cr_assert_str_eq(buffer_text(&tag.payload), HEAD "\nmessage\n");
}

Test(tagobject, the_message_may_be_empty)
{
	scoped_value(tag_object) tag = { 0 };
	scoped_value(tag_object) unsigned_tag = { 0 };

	accepted(&tag, HEAD "\n" SSH);
	cr_assert_str_eq(buffer_text(&tag.payload), HEAD "\n");
	accepted(&unsigned_tag, HEAD "\n");
	cr_assert_null(unsigned_tag.armor);
}

Test(tagobject, the_armor_may_lack_its_last_newline)
{
	scoped_value(tag_object) tag = { 0 };
	scoped_text raw = xmemdupz(GOOD, strlen(GOOD) - 1);

	accepted(&tag, raw);
	cr_assert_eq(tag.armor_len, strlen(PGP) - 1);
}

Test(tagobject, folded_signature_headers_are_no_part_of_the_payload)
{
	static const char *const raw[] = {
		HEAD GPGSIG "\nmessage\n" PGP,
		HEAD "gpgsig-sha256 x\n y\n \n\nmessage\n" PGP,
		HEAD GPGSIG "gpgsig-sha256 x\n y\n\nmessage\n" PGP,
		HEAD "gpgsig-sha256 x\n y\n" GPGSIG "\nmessage\n" PGP,
	};

	for (size_t i = 0; i < ARRAY_SIZE(raw); i++) {
		scoped_value(tag_object) tag = { 0 };

		accepted(&tag, raw[i]);
		cr_assert_str_eq(buffer_text(&tag.payload), HEAD "\nmessage\n");
		cr_assert_eq(tag.armor_len, strlen(PGP));
	}
}

Test(tagobject, a_repeated_or_loose_signature_header_is_refused)
{
	refused("tag-malformed", HEAD GPGSIG GPGSIG "\nmessage\n" PGP);
	refused("tag-malformed", HEAD "gpgsig-sha256 x\n" GPGSIG
				      "gpgsig-sha256 x\n\nmessage\n" PGP);
	refused("tag-malformed", HEAD " folded\n\nmessage\n" PGP);
	refused("tag-malformed", HEAD "gpgsigx y\n\nmessage\n" PGP);
	refused("tag-malformed", HEAD "gpgsig\n\nmessage\n" PGP);
	refused("tag-malformed",
		OBJECT GPGSIG "type commit\ntag v1\n" TAGGER "\nm\n" PGP);
}

Test(tagobject, a_nested_tag_is_refused_as_nested)
{
	refused("tag-nested",
		OBJECT "type tag\ntag v1\n" TAGGER "\nmessage\n" PGP);
}

Test(tagobject, a_tag_of_a_tree_or_a_blob_is_refused)
{
	refused("tag-malformed",
		OBJECT "type tree\ntag v1\n" TAGGER "\nmessage\n" PGP);
	refused("tag-malformed",
		OBJECT "type blob\ntag v1\n" TAGGER "\nmessage\n" PGP);
	refused("tag-malformed",
		OBJECT "type Commit\ntag v1\n" TAGGER "\nmessage\n" PGP);
	refused("tag-malformed",
		OBJECT "type commit \ntag v1\n" TAGGER "\nmessage\n" PGP);
}

Test(tagobject, two_signatures_of_one_kind_are_refused)
{
	refused("tag-two-signatures", HEAD "\nmessage\n" PGP PGP);
	refused("tag-two-signatures", HEAD "\nmessage\n" SSH "more\n" SSH);
}

Test(tagobject, two_signatures_of_two_kinds_are_refused)
{
	refused("tag-two-signatures", HEAD "\nmessage\n" PGP SSH);
	refused("tag-two-signatures", HEAD "\nmessage\n" SSH PGP);
	refused("tag-two-signatures",
		HEAD "\nm\n-----BEGIN SIGNED MESSAGE-----\nx\n"
		     "-----END SIGNED MESSAGE-----\n" PGP);
	refused("tag-two-signatures",
		HEAD "\nm\n-----BEGIN PGP MESSAGE-----\nx\n"
		     "-----END PGP MESSAGE-----\n" PGP);
}

Test(tagobject, a_begin_marker_in_the_message_is_a_second_signature)
{
	refused("tag-two-signatures",
		HEAD "\n-----BEGIN PGP SIGNATURE-----\nmessage\n" PGP);
	refused("tag-two-signatures",
		HEAD "\n-----BEGIN SSH SIGNATURE-----ab\nmessage\n" PGP);
	refused("tag-two-signatures",
		HEAD "\nmessage\n" PGP "-----BEGIN SSH SIGNATURE-----");
}

Test(tagobject, text_that_git_takes_for_no_signature_is_message)
{
	scoped_value(tag_object) tag = { 0 };

	accepted(&tag, HEAD "\n -----BEGIN PGP SIGNATURE-----\n"
			    "> -----BEGIN SSH SIGNATURE-----\n"
			    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
			    "-----END PGP SIGNATURE-----\n"
			    "-----BEGIN PGP SIGNATURE----\n" PGP);
	cr_assert_eq(tag.armor_len, strlen(PGP));
}

Test(tagobject, bytes_after_the_signature_are_refused)
{
	refused("tag-trailing-bytes", GOOD "\n");
	refused("tag-trailing-bytes", GOOD "x");
	refused("tag-trailing-bytes", GOOD "more\n");
	refused("tag-trailing-bytes",
		GOOD "-----BEGIN PGP PUBLIC KEY BLOCK-----\n");
}

Test(tagobject, a_signature_that_does_not_end_is_refused)
{
	refused("tag-malformed", HEAD "\nm\n-----BEGIN PGP SIGNATURE-----\n");
	refused("tag-malformed", HEAD "\nm\n-----BEGIN PGP SIGNATURE-----");
	refused("tag-malformed",
		HEAD "\nm\n-----BEGIN PGP SIGNATURE-----\n\naGVsbG8=\n");
	refused("tag-malformed", HEAD "\nm\n-----BEGIN PGP SIGNATURE-----\nx\n"
				      "-----END SSH SIGNATURE-----\n");
	refused("tag-malformed", HEAD "\nm\n-----BEGIN PGP SIGNATURE-----\nx\n"
				      "-----END PGP SIGNATURE-----x\n");
	refused("tag-malformed", HEAD "\nm\n-----BEGIN PGP SIGNATURE-----x\n\n"
				      "-----END PGP SIGNATURE-----\n");
}

Test(tagobject, another_end_within_a_signature_is_refused)
{
	refused("tag-malformed", HEAD "\nm\n"
				      "-----BEGIN PGP SIGNATURE-----\n\nabcd\n"
				      "-----END SSH SIGNATURE-----\n"
				      "-----END PGP SIGNATURE-----\n");
}

Test(tagobject, carriage_returns_are_refused_but_in_the_message)
{
	scoped_value(tag_object) tag = { 0 };

	refused("tag-malformed", "object " ID "\r\ntype commit\r\ntag v1\r\n"
				 "tagger A <a@b> 1 +0000\r\n\r\nm\r\n");
	refused("tag-malformed",
		OBJECT "type commit\r\ntag v1\n" TAGGER "\nm\n" PGP);
	refused("tag-malformed",
		OBJECT "type commit\ntag v1\r\n" TAGGER "\nm\n" PGP);
	refused("tag-malformed", HEAD "\r\nm\n" PGP);
	refused("tag-malformed", HEAD "\nm\n-----BEGIN PGP SIGNATURE-----\r\n"
				      "x\r\n-----END PGP SIGNATURE-----\r\n");
	refused("tag-malformed", HEAD "\nm\n-----BEGIN PGP SIGNATURE-----\n"
				      "x\r\n-----END PGP SIGNATURE-----\n");
	accepted(&tag, HEAD "\nmessage\r\nmore\r\n" PGP);
}

Test(tagobject, a_nul_is_refused_wherever_it_is)
{
	for (size_t at = 0; at <= strlen(GOOD); at++) {
		scoped_value(buffer) raw = BUFFER_INIT;
		struct intoto_error err = { 0 };
		scoped_value(tag_object) tag = { 0 };

		buffer_add(&raw, GOOD, at);
		buffer_putc(&raw, '\0');
		buffer_puts(&raw, &GOOD[at]);
		cr_assert_eq(parse_bytes(&tag, raw.data, raw.len, &err), -1,
			     "a NUL at %zu", at);
		cr_assert_eq(err.code, INTOTO_EREJECTED);
	}
}

Test(tagobject, an_extra_header_is_refused)
{
	refused("tag-malformed", HEAD "x y\n\nmessage\n" PGP);
	refused("tag-malformed", HEAD "encoding latin1\n\nmessage\n" PGP);
	refused("tag-malformed", "x y\n" HEAD "\nmessage\n" PGP);
	refused("tag-malformed",
		OBJECT "type commit\nx y\ntag v1\n" TAGGER "\nm\n" PGP);
	refused("tag-malformed", HEAD TAGGER "\nmessage\n" PGP);
}

Test(tagobject, a_second_tag_line_is_refused)
{
	refused("tag-malformed",
		OBJECT "type commit\ntag v1\ntag v2\n" TAGGER "\nm\n" PGP);
	refused("tag-malformed", HEAD "tag v2\n\nm\n" PGP);
	refused("tag-malformed", OBJECT HEAD "\nm\n" PGP);
}

Test(tagobject, headers_in_another_order_are_refused)
{
	refused("tag-malformed",
		"type commit\n" OBJECT "tag v1\n" TAGGER "\nm\n" PGP);
	refused("tag-malformed",
		OBJECT "tag v1\ntype commit\n" TAGGER "\nm\n" PGP);
	refused("tag-malformed", OBJECT "type commit\n" TAGGER "tag v1\n\nm\n");
}

Test(tagobject, a_tag_without_a_tagger_is_refused)
{
	refused("tag-malformed", OBJECT "type commit\ntag v1\n\nm\n" PGP);
	refused("tag-malformed", OBJECT "type commit\ntag v1\n");
	refused("tag-malformed",
		OBJECT "type commit\ntag A <a@b> 1 +0000\nmore\n\nm\n");
	refused("tag-malformed", OBJECT "type commit\n");
	refused("tag-malformed", OBJECT);
	refused("tag-malformed", "");
}

Test(tagobject, an_empty_line_must_end_the_headers)
{
	refused("tag-malformed", HEAD);
	refused("tag-malformed", HEAD GPGSIG);
	refused("tag-malformed", HEAD "message\n" PGP);
	refused("tag-malformed", HEAD PGP);
}

Test(tagobject, ids_are_lower_case_and_of_the_repository_s_length)
{
	refused("tag-malformed",
		"object 1234567890ABCDEF1234567890abcdef12345678\n"
		"type commit\ntag v1\n" TAGGER "\nm\n");
	refused("tag-malformed", "object 1234567890abcdef\ntype commit\n"
				 "tag v1\n" TAGGER "\nm\n");
	refused("tag-malformed", "object " ID "0123456789abcdef01234567\n"
				 "type commit\ntag v1\n" TAGGER "\nm\n");
	refused("tag-malformed",
		"object  " ID "\ntype commit\ntag v1\n" TAGGER "\nm\n");
	refused("tag-malformed",
		"object 123456789zabcdef1234567890abcdef12345678\n"
		"type commit\ntag v1\n" TAGGER "\nm\n");
}

Test(tagobject, a_name_is_there_and_holds_no_control_bytes)
{
	scoped_value(tag_object) tag = { 0 };

	refused("tag-malformed", OBJECT "type commit\ntag \n" TAGGER "\nm\n");
	refused("tag-malformed", OBJECT "type commit\ntag\n" TAGGER "\nm\n");
	refused("tag-malformed",
		OBJECT "type commit\ntag v\033[2J\n" TAGGER "\nm\n");
	refused("tag-malformed",
		OBJECT "type commit\ntag v\177\n" TAGGER "\nm\n");
	accepted(&tag, OBJECT "type commit\ntag v 1/\303\251\n" TAGGER "\nm\n");
	cr_assert_str_eq(tag.name, "v 1/\303\251");
}

static void tagger_refused(const char *tagger)
{
	scoped_text raw = xasprintf(OBJECT "type commit\ntag v1\ntagger %s\n\n"
					   "m\n",
				    tagger);

	refused("tag-malformed", raw);
}

static int64_t tagger_time(const char *tagger)
{
	scoped_value(tag_object) tag = { 0 };
	scoped_text raw = xasprintf(OBJECT "type commit\ntag v1\ntagger %s\n\n"
					   "m\n",
				    tagger);

	accepted(&tag, raw);
	return tag.tagger_time;
}

Test(tagobject, a_tagger_has_one_pair_of_angle_brackets)
{
	tagger_refused("");
	tagger_refused("A");
	tagger_refused("A 1 +0000");
	tagger_refused("<a@b> 1 +0000");
	tagger_refused(" <a@b> 1 +0000");
	tagger_refused("A<a@b> 1 +0000");
	tagger_refused("AB<a@b> 1 +0000");
	tagger_refused("A <a@b 1 +0000");
	tagger_refused("A a@b> 1 +0000");
	tagger_refused("A >a@b< 1 +0000");
	tagger_refused("A <a@b>> 1 +0000");
	tagger_refused("A <<a@b> 1 +0000");
	tagger_refused("A <a@b> <c@d> 1 +0000");
	tagger_refused("A <a@b> 1 +0000 <c@d> 1 +0000");
	tagger_refused("A <a@b>1 +0000");
	tagger_refused("A <a@b>x1 +0000");
	tagger_refused("A <a@b>");
	tagger_refused("A <a@b> ");
}

Test(tagobject, seconds_do_not_overflow)
{
	cr_assert_eq(tagger_time("A <a@b> 0 +0000"), 0);
	cr_assert_eq(tagger_time("A <> 1 -1200"), 1);
	cr_assert_eq(tagger_time("A <a@b> 9223372036854775807 +0000"),
		     INT64_MAX);
	tagger_refused("A <a@b> 9223372036854775808 +0000");
	tagger_refused("A <a@b> 18446744073709551617 +0000");
	tagger_refused("A <a@b> 99999999999999999999999999 +0000");
	tagger_refused("A <a@b> -1 +0000");
	tagger_refused("A <a@b> +1 +0000");
	tagger_refused("A <a@b> 01 +0000");
	tagger_refused("A <a@b> 0x1 +0000");
	tagger_refused("A <a@b> 1.5 +0000");
	tagger_refused("A <a@b>  1 +0000");
	tagger_refused("A <a@b>  +0000");
	tagger_refused("A <a@b> 1x +0000");
}

Test(tagobject, a_zone_is_a_sign_and_four_digits)
{
	tagger_refused("A <a@b> 1");
	tagger_refused("A <a@b> 1 ");
	tagger_refused("A <a@b> 1 0000");
	tagger_refused("A <a@b> 1 +000");
	tagger_refused("A <a@b> 1 +00000");
	tagger_refused("A <a@b> 1 +00:0");
	tagger_refused("A <a@b> 1 +00/0");
	tagger_refused("A <a@b> 1 00000");
	tagger_refused("A <a@b> 1 +0000 ");
	tagger_refused("A <a@b> 1  +0000");
	tagger_refused("A <a@b> 1 UTC");
}

Test(tagobject, every_cut_of_a_signed_tag_is_refused_or_unsigned)
{
	for (size_t len = 0; len < strlen(GOOD) - 1; len++) {
		struct intoto_error err = { 0 };
		scoped_value(tag_object) tag = { 0 };

		if (parse_bytes(&tag, GOOD, len, &err) == 0)
			cr_assert_null(tag.armor, "cut at %zu", len);
		else
			cr_assert_eq(err.code, INTOTO_EREJECTED);
	}
}

/* Whatever is taken covers the object: the payload and the armor are all of
 * it, nothing is hidden between or behind them. */
Test(tagobject, no_changed_byte_is_outside_payload_and_armor)
{
	static const unsigned char bytes[] = { '\n', ' ', '-', 0,   '\r', '<',
					       '>',  '0', 'a', 'A', 0xff };

	for (size_t at = 0; at < strlen(GOOD); at++) {
		for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
			char raw[] = GOOD;
			struct intoto_error err = { 0 };
			scoped_value(tag_object) tag = { 0 };

			raw[at] = (char)bytes[i];
			if (parse_bytes(&tag, raw, strlen(GOOD), &err) < 0) {
				cr_assert_eq(err.code, INTOTO_EREJECTED);
				continue;
			}
			cr_assert_eq(tag.payload.len + tag.armor_len,
				     strlen(GOOD));
			cr_assert_eq(memcmp(tag.payload.data, raw,
					    tag.payload.len),
				     0);
		}
	}
}

Test(tagobject, an_object_over_the_limit_is_no_verdict)
{
	size_t len = TAG_OBJECT_MAX + 1;
	char *raw = xcalloc(1, len);
	struct intoto_error err = { 0 };
	scoped_value(tag_object) tag = { 0 };

	cr_assert_eq(parse_bytes(&tag, raw, len, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	free(raw);
}

TestSuite(tagobject_in_repository, .init = scratch_begin, .fini = scratch_end);

Test(tagobject_in_repository, what_git_writes_parses)
{
	struct intoto_error err = { 0 };
	scoped_value(tag_object) tag = { 0 };
	struct oid oid;
	struct oid commit;

	make_repo("r");
	sh("git tag -a -m 'a message' v1.0");
	oid = oid_of("refs/tags/v1.0");
	commit = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	cr_assert_eq(tag_object_read(&tag, repo, &oid, &err), 0, "%s",
		     err.message);
	cr_assert_str_eq(tag.name, "v1.0");
	cr_assert(oid_equal(&tag.commit, &commit));
	cr_assert(oid_equal(&tag.oid, &oid));
	cr_assert_eq(tag.tagger_time, 1700000000);
	cr_assert_null(tag.armor);
}

Test(tagobject_in_repository, what_git_signs_with_ssh_is_split_as_git_does)
{
	struct intoto_error err = { 0 };
	scoped_value(tag_object) tag = { 0 };
	scoped_text payload = NULL;
	struct oid oid;

	make_repo("r");
	sh("ssh-keygen -q -t ed25519 -N '' -f key &&"
	   "git -c gpg.format=ssh -c user.signingKey=key tag -s -m one v1 &&"
	   "git cat-file tag v1 | sed '/^-----BEGIN/,$d' >payload");
	oid = oid_of("refs/tags/v1");
	scoped(repo) repo = open_repo();
	cr_assert_eq(tag_object_read(&tag, repo, &oid, &err), 0, "%s",
		     err.message);
	payload = sh_out("cat payload; echo");
	cr_assert_str_eq(buffer_text(&tag.payload), payload);
	cr_assert_not_null(tag.armor);
}

Test(tagobject_in_repository, a_commit_is_a_lightweight_tag)
{
	struct intoto_error err = { 0 };
	scoped_value(tag_object) tag = { 0 };
	struct oid oid;

	make_repo("r");
	oid = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	cr_assert_eq(tag_object_read(&tag, repo, &oid, &err), -1);
	cr_assert_eq(err.code, INTOTO_EREJECTED);
	cr_assert_str_eq(err.reason, "tag-lightweight");
}

Test(tagobject_in_repository, a_replaced_tag_is_read_as_it_was)
{
	struct intoto_error err = { 0 };
	scoped_value(tag_object) tag = { 0 };
	struct oid oid;

	make_repo("r");
	sh("git tag -a -m one v1 && git tag -a -m two v2 &&"
	   "git replace refs/tags/v1 refs/tags/v2");
	oid = oid_of("refs/tags/v1");
	scoped(repo) repo = open_repo();
	cr_assert_eq(tag_object_read(&tag, repo, &oid, &err), 0, "%s",
		     err.message);
	cr_assert_str_eq(tag.name, "v1");
}
