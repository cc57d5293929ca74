#include "base/encode.h"
#include "crypto/key_internal.h"
#include "crypto/private_copy.h"
#include "crypto/ssh_wire.h"
#include "ssh_tools.h"

#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define END "-----END OPENSSH PRIVATE KEY-----\n"

TestSuite(openssh_key, .timeout = 60);

/* What a file is made of; every field can be made wrong. */
struct fields {
	const char *cipher, *kdf, *kdf_options;
	uint32_t count;
	const char *outer_type, *inner_type;
	uint8_t outer[32], inner[32], again[32], seed[32];
	uint32_t check[2];
	const char *comment;
	const char *padding; /* NULL: the right one */
	const char *after_section, *after_all;
};

static struct fields good(void)
{
	struct fields f = { .cipher = "none",
			    .kdf = "none",
			    .kdf_options = "",
			    .count = 1,
			    .outer_type = "ssh-ed25519",
			    .inner_type = "ssh-ed25519",
			    .check = { 7, 7 },
			    .comment = "me@example.org" };
	uint8_t secret[64];

	cr_assert_geq(sodium_init(), 0);
	for (int i = 0; i < 32; i++)
		f.seed[i] = (uint8_t)i;
	crypto_sign_seed_keypair(f.outer, secret, f.seed);
	memcpy(f.inner, f.outer, 32);
	memcpy(f.again, f.outer, 32);
	return f;
}

static void add_section(struct buffer *out, const struct fields *f)
{
	uint8_t secret[64];

	memcpy(secret, f->seed, 32);
	memcpy(secret + 32, f->again, 32);
	ssh_add_u32(out, f->check[0]);
	ssh_add_u32(out, f->check[1]);
	ssh_add_text(out, f->inner_type);
	ssh_add_string(out, f->inner, 32);
	ssh_add_string(out, secret, 64);
	ssh_add_text(out, f->comment);
	if (f->padding)
		buffer_puts(out, f->padding);
	else
		for (char i = 1; out->len % 8; i++)
			buffer_putc(out, i);
	if (f->after_section)
		buffer_puts(out, f->after_section);
}

static void add_binary(struct buffer *out, const struct fields *f)
{
	struct buffer blob = BUFFER_INIT;
	struct buffer section = BUFFER_INIT;

	ssh_add_text(&blob, f->outer_type);
	ssh_add_string(&blob, f->outer, 32);
	add_section(&section, f);
	buffer_add(out, "openssh-key-v1", 15);
	ssh_add_text(out, f->cipher);
	ssh_add_text(out, f->kdf);
	ssh_add_text(out, f->kdf_options);
	ssh_add_u32(out, f->count);
	ssh_add_string(out, blob.data, blob.len);
	ssh_add_string(out, section.data, section.len);
	if (f->after_all)
		buffer_puts(out, f->after_all);
	buffer_release(&blob);
	buffer_release(&section);
}

static void wrap(struct buffer *out, const void *data, size_t len)
{
	struct buffer base64 = BUFFER_INIT;

	base64_append(&base64, data, len);
	buffer_puts(out, BEGIN);
	for (size_t i = 0; i < base64.len; i += 70)
		buffer_printf(out, "%.70s\n", base64.data + i);
	buffer_puts(out, END);
	buffer_release(&base64);
}

static int read_text_key(const char *text, size_t len)
{
	struct intoto_error err = { 0 };
	struct fields f = good();
	EVP_PKEY *pkey = NULL;
	uint8_t public[32];
	size_t size = sizeof(public);
	int result = openssh_ed25519_read(&pkey, text, len, f.outer, &err);

	if (result < 0) {
		cr_assert_null(pkey);
		cr_assert(err.code == INTOTO_EINVALID ||
			  err.code == INTOTO_ELIMIT);
		return -1;
	}
	cr_assert_eq(EVP_PKEY_get_raw_public_key(pkey, public, &size), 1);
	cr_assert_arr_eq(public, f.outer, 32);
	EVP_PKEY_free(pkey);
	return 0;
}

static int read_binary(const void *data, size_t len)
{
	scoped_value(buffer) text = BUFFER_INIT;

	wrap(&text, data, len);
	return read_text_key(text.data, text.len);
}

static int read_fields(const struct fields *f)
{
	scoped_value(buffer) binary = BUFFER_INIT;

	add_binary(&binary, f);
	return read_binary(binary.data, binary.len);
}

Test(openssh_key, the_plain_form_is_read_with_any_comment)
{
	struct fields f = good();
	static const char *const comments[] = {
		"",	 "1",	   "22",      "333",	 "4444",
		"55555", "666666", "7777777", "88888888"
	};

	cr_assert_eq(read_fields(&f), 0);
	for (size_t i = 0; i < ARRAY_SIZE(comments); i++) {
		f.comment = comments[i];
		cr_assert_eq(read_fields(&f), 0, "%s", comments[i]);
	}
}

Test(openssh_key, what_ssh_keygen_writes_is_read)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "");
	scoped_text text = read_text(path);
	scoped_text line = read_public(path);
	scoped(key) key = NULL;
	struct intoto_error err = { 0 };
	EVP_PKEY *pkey = NULL;

	cr_assert_eq(key_from_ssh(&key, line, &err), 0);
	cr_assert(is_openssh_key(text, strlen(text)));
	cr_assert_eq(openssh_ed25519_read(&pkey, text, strlen(text),
					  key->ed25519, &err),
		     0, "%s", err.message);
	EVP_PKEY_free(pkey);
}

Test(openssh_key, a_key_with_a_passphrase_is_refused)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "ed25519", "256", "secret");
	scoped_text text = read_text(path);

	cr_assert_eq(read_text_key(text, strlen(text)), -1);
}

Test(openssh_key, keys_of_other_types_are_refused)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text rsa = make_ssh_key(&dir, "r", "rsa", "2048", "");
	scoped_text ecdsa = make_ssh_key(&dir, "e", "ecdsa", "256", "");
	scoped_text a = read_text(rsa);
	scoped_text b = read_text(ecdsa);

	cr_assert_eq(read_text_key(a, strlen(a)), -1);
	cr_assert_eq(read_text_key(b, strlen(b)), -1);
}

Test(openssh_key, every_field_has_one_value)
{
	static const struct {
		const char *what;
		size_t offset;
		const char *value;
	} cases[] = {
		{ "cipher", offsetof(struct fields, cipher), "aes256-ctr" },
		{ "cipher", offsetof(struct fields, cipher), "" },
		{ "cipher", offsetof(struct fields, cipher), "none2" },
		{ "kdf", offsetof(struct fields, kdf), "bcrypt" },
		{ "kdf options", offsetof(struct fields, kdf_options), "x" },
		{ "outer type", offsetof(struct fields, outer_type),
		  "ssh-rsa" },
		{ "inner type", offsetof(struct fields, inner_type),
		  "ssh-ed448" },
		{ "after the section", offsetof(struct fields, after_section),
		  "12345678" },
		{ "after all", offsetof(struct fields, after_all), "x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fields f = good();

		*(const char **)((char *)&f + cases[i].offset) = cases[i].value;
		cr_assert_eq(read_fields(&f), -1, "%s", cases[i].what);
	}
}

Test(openssh_key, there_is_exactly_one_key)
{
	static const uint32_t counts[] = { 0, 2, 0xffffffff };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct fields f = good();

		f.count = counts[i];
		cr_assert_eq(read_fields(&f), -1);
	}
}

Test(openssh_key, the_check_numbers_agree)
{
	struct fields f = good();

	f.check[1]++;
	cr_assert_eq(read_fields(&f), -1);
}

Test(openssh_key, every_public_key_in_it_is_the_expected_one)
{
	for (int i = 0; i < 4; i++) {
		struct fields f = good();
		uint8_t *const places[] = { f.outer, f.inner, f.again, f.seed };

		places[i][31] ^= 1;
		cr_assert_eq(read_fields(&f), -1, "%d", i);
	}
}

Test(openssh_key, padding_is_one_two_three_and_short)
{
	static const char *const paddings[] = {
		"",
		"\1",
		"\1\2\3\4\5\6",
		"\2\3\4\5\6\7\10",
		"\1\1\1\1\1\1\1",
		"\1\2\3\4\5\6\10",
		"\1\2\3\4\5\6\7\10",
		"\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17",
	};
	struct fields f = good();
	struct buffer section = BUFFER_INIT;
	size_t right;

	/* The length that belongs to this comment. */
	f.padding = "";
	add_section(&section, &f);
	right = (8 - section.len % 8) % 8;
	buffer_release(&section);
	cr_assert_eq(right, 7, "%zu", right);
	for (size_t i = 0; i < ARRAY_SIZE(paddings); i++) {
		f.padding = paddings[i];
		cr_assert_eq(read_fields(&f), -1, "%zu", i);
	}
	f.padding = "\1\2\3\4\5\6\7";
	cr_assert_eq(read_fields(&f), 0);
}

Test(openssh_key, what_is_cut_anywhere_is_refused)
{
	struct fields f = good();
	scoped_value(buffer) binary = BUFFER_INIT;
	scoped_value(buffer) text = BUFFER_INIT;

	add_binary(&binary, &f);
	for (size_t len = 0; len < binary.len; len++)
		cr_assert_eq(read_binary(binary.data, len), -1, "%zu", len);
	wrap(&text, binary.data, binary.len);
	for (size_t len = 0; len < text.len; len++) {
		scoped_text cut = xmemdupz(text.data, len);

		cr_assert_eq(read_text_key(cut, len), -1, "%zu", len);
	}
}

Test(openssh_key, a_flipped_bit_never_gives_another_key)
{
	struct fields f = good();
	scoped_value(buffer) binary = BUFFER_INIT;
	size_t accepted = 0;

	add_binary(&binary, &f);
	for (size_t i = 0; i < 8 * binary.len; i++) {
		binary.data[i / 8] ^= (char)(1 << i % 8);
		accepted += read_binary(binary.data, binary.len) == 0;
		binary.data[i / 8] ^= (char)(1 << i % 8);
	}
	/* Nothing but the letters of the comment may change. */
	cr_assert_eq(accepted, 8 * strlen(f.comment), "%zu", accepted);
}

Test(openssh_key, nothing_stands_around_the_block)
{
	struct fields f = good();
	scoped_value(buffer) binary = BUFFER_INIT;
	scoped_value(buffer) text = BUFFER_INIT;

	add_binary(&binary, &f);
	wrap(&text, binary.data, binary.len);
	for (int i = 0; i < 6; i++) {
		const char *const formats[] = { "\n%s", "%s\n", "%s%s",
						" %s",	"x%s",	"%s " };
		scoped_value(buffer) odd = BUFFER_INIT;

		for (const char *at = formats[i]; *at; at++)
			if (*at == '%' && at++)
				buffer_puts(&odd, text.data);
			else
				buffer_putc(&odd, *at);
		cr_assert_eq(read_text_key(odd.data, odd.len), -1, "%d", i);
	}
}

Test(openssh_key, the_text_is_bounded_and_plain_base64)
{
	struct fields f = good();
	scoped_value(buffer) binary = BUFFER_INIT;
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_value(buffer) large = BUFFER_INIT;
	static const char bad[] = "-_=\r\t !\0";

	add_binary(&binary, &f);
	wrap(&text, binary.data, binary.len);
	for (size_t i = 0; i < sizeof(bad); i++) {
		char *at = text.data + strlen(BEGIN) + 40;
		char kept = *at;

		*at = bad[i];
		cr_assert_eq(read_text_key(text.data, text.len), -1, "%zu", i);
		*at = kept;
	}
	cr_assert_eq(read_text_key(text.data, text.len), 0);
	buffer_puts(&large, BEGIN);
	while (large.len < PRIVATE_COPY_MAX)
		buffer_puts(&large, "AAAA");
	buffer_puts(&large, "\n" END);
	cr_assert_eq(read_text_key(large.data, large.len), -1);
	cr_assert_eq(read_text_key(BEGIN END, strlen(BEGIN END)), -1);
}
