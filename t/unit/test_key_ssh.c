#include <criterion/criterion.h>
#include <openssl/ec.h>

#include "base/encode.h"
#include "crypto/key_internal.h"
#include "crypto/ssh_wire.h"
#include "ssh_tools.h"

#define ED_PUBLIC \
	"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
#define ED_LEGACY \
	"607f42135d7855e1145188a58aaf4c055fec1edbd7041680576e486f7ea574d1"

static struct key *from_hex(const char *hex)
{
	uint8_t raw[ED25519_PUBLIC_SIZE];

	cr_assert(hex_decode(raw, sizeof(raw), hex, strlen(hex)));
	return key_new_ed25519(raw);
}

static struct key *from_ssh(const char *line)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_from_ssh(&key, line, &err), 0, "%s", err.message);
	return key;
}

static struct key *from_pem(const char *pem)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_from_pem(&key, pem, strlen(pem), NULL, &err), 0, "%s",
		     err.message);
	return key;
}

static void ssh_round_trip(const char *type, const char *bits,
			   enum key_type expected, const char *scheme)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", type, bits, "");
	scoped_text line = read_public(path);
	scoped_text private = read_text(path);
	scoped(key) key = from_ssh(line);
	scoped(key) header = NULL;
	scoped_value(buffer) blob = BUFFER_INIT;
	scoped_value(buffer) base64 = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(key_type(key), expected);
	cr_assert_str_eq(key_scheme(key), scheme);
	cr_assert_str_eq(key_comment(key), "me@example.org");
	cr_assert_eq(key_ssh_blob(&blob, key, &err), 0);
	base64_append(&base64, blob.data, blob.len);
	cr_assert_not_null(strstr(line, buffer_text(&base64)));
	cr_assert_eq(key_from_openssh_private(&header, private, strlen(private),
					      &err),
		     0, "%s", err.message);
	cr_assert(key_same(key, header));
}

Test(key_ssh, ssh_ed25519_reads_and_writes)
{
	ssh_round_trip("ed25519", "256", KEY_ED25519, "ed25519");
}

Test(key_ssh, ssh_rsa_reads_and_writes)
{
	ssh_round_trip("rsa", "2048", KEY_RSA, "rsa-pkcs1v15-sha256");
}

Test(key_ssh, ssh_ecdsa_reads_and_writes)
{
	ssh_round_trip("ecdsa", "256", KEY_ECDSA, "ecdsa-sha2-nistp256");
	ssh_round_trip("ecdsa", "384", KEY_ECDSA, "ecdsa-sha2-nistp384");
	ssh_round_trip("ecdsa", "521", KEY_ECDSA, "ecdsa-sha2-nistp521");
}

static void point_refused(const char *type, const char *curve, size_t size)
{
	scoped_pkey pkey = EVP_EC_gen("P-384");
	scoped_value(buffer) point = BUFFER_INIT;
	scoped_value(buffer) blob = BUFFER_INIT;
	scoped_value(buffer) base64 = BUFFER_INIT;
	scoped_text line = NULL;
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(pkey_point(&point, pkey, &err), 0);
	ssh_add_text(&blob, type);
	ssh_add_text(&blob, curve);
	ssh_add_string(&blob, point.data, size);
	base64_append(&base64, blob.data, blob.len);
	line = xasprintf("%s %s me", type, base64.data);
	cr_assert_eq(key_from_ssh(&key, line, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID, "%s", err.message);
}

Test(key_ssh, a_point_must_be_of_the_curve_that_is_named)
{
	point_refused("ecdsa-sha2-nistp384", "nistp256", 97);
	point_refused("ecdsa-sha2-nistp256", "nistp384", 97);
	point_refused("ecdsa-sha2-nistp256", "nistp256", 65);
	point_refused("ecdsa-sha2-nistp521", "nistp521", 97);
	point_refused("ecdsa-sha2-nistp384", "nistp384", 96);
}

Test(key_ssh, an_ssh_key_and_its_pem_are_the_same)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "rsa", "2048", "");
	scoped_text line = read_public(path);
	scoped(key) ssh = from_ssh(line);
	scoped(key) pem = NULL;
	scoped_text text = NULL;

	RUN("ssh-keygen", "-q", "-p", "-m", "PEM", "-N", "", "-f", path);
	text = read_text(path);
	pem = from_pem(text);
	cr_assert(key_same(ssh, pem));
	cr_assert_str_neq(key_id(ssh), key_id(pem));
}

Test(key_ssh, an_ssh_ed25519_key_is_the_in_toto_key_of_its_bytes)
{
	scoped(key) plain = from_hex(ED_PUBLIC);
	scoped_value(buffer) blob = BUFFER_INIT;
	scoped_value(buffer) base64 = BUFFER_INIT;
	scoped_text line = NULL;
	scoped(key) ssh = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(key_ssh_blob(&blob, plain, &err), 0);
	base64_append(&base64, blob.data, blob.len);
	line = xasprintf("ssh-ed25519 %s", base64.data);
	ssh = from_ssh(line);
	cr_assert_str_eq(key_id(ssh), ED_LEGACY);
	cr_assert(key_same(ssh, plain));
	cr_assert_str_eq(key_comment(ssh), "");
}

static void ssh_refused(const char *type, const struct buffer *blob,
			enum intoto_code code)
{
	scoped_value(buffer) base64 = BUFFER_INIT;
	scoped_text line = NULL;
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	base64_append(&base64, blob->data, blob->len);
	line = xasprintf("%s %s me", type, base64.data);
	cr_assert_eq(key_from_ssh(&key, line, &err), -1);
	cr_assert_eq(err.code, code, "%s", err.message);
}

Test(key_ssh, malformed_ssh_keys_are_refused)
{
	static const uint8_t zeros[64];
	scoped_value(buffer) blob = BUFFER_INIT;
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	ssh_add_text(&blob, "ssh-ed25519");
	ssh_add_string(&blob, zeros, 31);
	ssh_refused("ssh-ed25519", &blob, INTOTO_EINVALID);
	buffer_reset(&blob);
	ssh_add_text(&blob, "ssh-ed25519");
	ssh_add_string(&blob, zeros, 32);
	ssh_refused("ssh-rsa", &blob, INTOTO_EINVALID);
	buffer_putc(&blob, 'x');
	ssh_refused("ssh-ed25519", &blob, INTOTO_EINVALID);
	buffer_reset(&blob);
	ssh_add_text(&blob, "ssh-ed25519");
	ssh_add_u32(&blob, 0xffffffff);
	ssh_refused("ssh-ed25519", &blob, INTOTO_EINVALID);
	buffer_reset(&blob);
	ssh_add_text(&blob, "ssh-rsa");
	ssh_add_mpint(&blob, "\1\0\1", 3);
	ssh_add_mpint(&blob, "\xff\xff", 2);
	ssh_refused("ssh-rsa", &blob, INTOTO_EINVALID);
	cr_assert_eq(key_from_ssh(&key, "", &err), -1);
	cr_assert_eq(key_from_ssh(&key, "ssh-ed25519", &err), -1);
	cr_assert_eq(key_from_ssh(&key, "ssh-ed25519 !!!!", &err), -1);
	cr_assert_eq(key_from_ssh(&key, "ssh-ed25519 AAAA\nssh-rsa AAAA", &err),
		     -1);
}

Test(key_ssh, security_keys_and_certificates_are_refused_in_plain_words)
{
	static const char *const types[] = {
		"sk-ssh-ed25519@openssh.com",
		"sk-ecdsa-sha2-nistp256@openssh.com",
		"ssh-ed25519-cert-v01@openssh.com",
		"ssh-dss",
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		scoped_value(buffer) blob = BUFFER_INIT;

		ssh_add_text(&blob, types[i]);
		ssh_add_text(&blob, "whatever");
		ssh_refused(types[i], &blob, INTOTO_EUNSUPPORTED);
	}
}

Test(key_ssh, the_fingerprint_is_the_one_of_ssh_keygen)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped_text line = read_public(path);
	scoped_value(process_result) result = { 0 };
	scoped_value(buffer) blob = BUFFER_INIT;
	scoped_text comment = NULL;
	const char *const argv[] = { "ssh-keygen", "-l", "-f", path, NULL };
	const struct process what = { .argv = argv, .out = PROCESS_CAPTURE };
	struct intoto_error err = { 0 };
	char fingerprint[SSH_FINGERPRINT_SIZE];

	cr_assert_eq(process_run(&result, &what, &err), 0);
	cr_assert_eq(ssh_line_blob(&blob, &comment, line, &err), 0);
	ssh_fingerprint(fingerprint, blob.data, blob.len);
	cr_assert_not_null(strstr(buffer_text(&result.out), fingerprint));
}

Test(key_ssh, mpints_have_one_encoding)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool good;
	} cases[] = {
		{ "\0\0\0\1\1", 5, true },    { "\0\0\0\2\0\x80", 6, true },
		{ "\0\0\0\1\x80", 5, false }, { "\0\0\0\2\0\1", 6, false },
		{ "\0\0\0\1\0", 5, false },   { "\0\0\0\0", 4, false },
		{ "\0\0\0\2\1", 5, false },   { "\0\0", 2, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ssh_reader in =
			ssh_reader_start(cases[i].bytes, cases[i].len);
		struct ssh_slice number;

		cr_assert_eq(ssh_read_mpint(&number, &in), cases[i].good,
			     "case %zu", i);
	}
}
