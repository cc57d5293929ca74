#include <criterion/criterion.h>
#include <sodium.h>

#include "base/encode.h"
#include "crypto/key_internal.h"
#include "crypto/ssh_wire.h"
#include "crypto/sshsig.h"
#include "ssh_tools.h"

#define PAYLOAD "object 1234\ntype commit\ntag v1\n\nmessage\n"

/* A signature put together by hand, so that each field can lie. */
struct forged {
	const char *magic;
	uint32_t version;
	const char *namespace;
	const char *reserved;
	const char *hash;
	const char *algorithm;
	const char *tail;     /* after the last field */
	const char *sig_tail; /* after the signature in its blob */
};

static const struct forged honest = { "SSHSIG",	     1,	 "git", "", "sha512",
				      "ssh-ed25519", "", "" };

struct pair {
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	struct key *key;
};

static struct pair make_pair(uint8_t first)
{
	uint8_t seed[crypto_sign_SEEDBYTES] = { first };
	struct pair pair;

	cr_assert(sodium_init() >= 0);
	crypto_sign_seed_keypair(pair.public, pair.secret, seed);
	pair.key = key_new_ed25519(pair.public);
	return pair;
}

static void add_signed_bytes(struct buffer *out, const struct forged *how)
{
	bool small = !strcmp(how->hash, "sha256");
	struct digest *digest =
		digest_new(small			  ? DIGEST_SHA256
			   : !strcmp(how->hash, "sha512") ? DIGEST_SHA512
							  : DIGEST_SHA1);
	uint8_t hash[DIGEST_MAX_SIZE];
	size_t size;

	digest_add(digest, PAYLOAD, strlen(PAYLOAD));
	size = digest_end(digest, hash);
	digest_free(digest);
	buffer_puts(out, "SSHSIG");
	ssh_add_text(out, how->namespace);
	ssh_add_text(out, how->reserved);
	ssh_add_text(out, how->hash);
	ssh_add_string(out, hash, size);
}

static char *armored(const struct buffer *raw)
{
	scoped_value(buffer) base64 = BUFFER_INIT;
	struct buffer text = BUFFER_INIT;

	base64_append(&base64, raw->data, raw->len);
	buffer_puts(&text, SSHSIG_BEGIN "\n");
	for (size_t i = 0; i < base64.len; i += 70) {
		buffer_printf(&text, "%.70s\n", base64.data + i);
	}
	buffer_puts(&text, SSHSIG_END "\n");
	return buffer_take(&text);
}

static char *forge(const struct forged *how, const struct pair *pair)
{
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_value(buffer) raw = BUFFER_INIT;
	scoped_value(buffer) key = BUFFER_INIT;
	scoped_value(buffer) blob = BUFFER_INIT;
	uint8_t sig[crypto_sign_BYTES];
	struct intoto_error err = { 0 };

	add_signed_bytes(&text, how);
	crypto_sign_detached(sig, NULL, (const uint8_t *)text.data, text.len,
			     pair->secret);
	ssh_add_text(&blob, how->algorithm);
	ssh_add_string(&blob, sig, sizeof(sig));
	buffer_puts(&blob, how->sig_tail);
	cr_assert_eq(key_ssh_blob(&key, pair->key, &err), 0);
	buffer_puts(&raw, how->magic);
	ssh_add_u32(&raw, how->version);
	ssh_add_string(&raw, key.data, key.len);
	ssh_add_text(&raw, how->namespace);
	ssh_add_text(&raw, how->reserved);
	ssh_add_text(&raw, how->hash);
	ssh_add_string(&raw, blob.data, blob.len);
	buffer_puts(&raw, how->tail);
	return armored(&raw);
}

static int verify(const char *armor, const struct key *key, const char *payload,
		  struct intoto_error *err)
{
	scoped_value(sshsig) sig = { 0 };

	if (sshsig_parse(&sig, armor, strlen(armor), err) < 0)
		return -1;
	return sshsig_verify(&sig, key, payload, strlen(payload), err);
}

static void refused(const struct forged *how, enum intoto_code code,
		    const char *reason)
{
	struct pair pair = make_pair(1);
	scoped_text armor = forge(how, &pair);
	struct intoto_error err = { 0 };

	cr_assert_eq(verify(armor, pair.key, PAYLOAD, &err), -1);
	cr_assert_eq(err.code, code, "%s", err.message);
	cr_assert_str_eq(err.reason, reason);
	key_free(pair.key);
}

Test(sshsig, an_honest_signature_holds)
{
	struct pair pair = make_pair(1);
	struct forged how = honest;
	scoped_text long_hash = forge(&how, &pair);
	scoped_text short_hash = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(verify(long_hash, pair.key, PAYLOAD, &err), 0, "%s",
		     err.message);
	how.hash = "sha256";
	short_hash = forge(&how, &pair);
	cr_assert_eq(verify(short_hash, pair.key, PAYLOAD, &err), 0, "%s",
		     err.message);
	key_free(pair.key);
}

Test(sshsig, another_namespace_is_refused)
{
	static const char *const others[] = { "file", "",    "git\n",
					      "gi",   "GIT", "git2" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct forged how = honest;

		how.namespace = others[i];
		refused(&how, INTOTO_EREJECTED, "signature-bad");
	}
}

Test(sshsig, every_field_is_checked)
{
	struct forged how = honest;

	how.version = 2;
	refused(&how, INTOTO_EREJECTED, "signature-bad");
	how = honest;
	how.magic = "SSHSIX";
	refused(&how, INTOTO_EINVALID, "");
	how = honest;
	how.reserved = "x";
	refused(&how, INTOTO_EINVALID, "");
	how = honest;
	how.tail = "x";
	refused(&how, INTOTO_EINVALID, "");
	how = honest;
	how.sig_tail = "x";
	refused(&how, INTOTO_EINVALID, "");
	how = honest;
	how.algorithm = "rsa-sha2-256";
	refused(&how, INTOTO_EINVALID, "");
	how = honest;
	how.algorithm = "ssh-dss";
	refused(&how, INTOTO_EUNSUPPORTED, "");
}

Test(sshsig, weak_hashes_are_refused)
{
	struct forged how = honest;

	how.hash = "sha1";
	refused(&how, INTOTO_EREJECTED, "signature-weak-hash");
	how.hash = "sha384";
	refused(&how, INTOTO_EREJECTED, "signature-weak-hash");
	how = honest;
	how.algorithm = "ssh-rsa";
	refused(&how, INTOTO_EREJECTED, "signature-weak-hash");
}

Test(sshsig, of_another_key_or_payload_does_not_hold)
{
	struct pair mine = make_pair(1);
	struct pair other = make_pair(2);
	struct pair liar = other;
	scoped_text armor = forge(&honest, &mine);
	scoped_text stolen = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(verify(armor, mine.key, PAYLOAD "x", &err), -1);
	cr_assert_str_eq(err.reason, "signature-bad");
	cr_assert_eq(verify(armor, mine.key, "", &err), -1);
	cr_assert_eq(verify(armor, other.key, PAYLOAD, &err), -1);
	cr_assert_str_eq(err.reason, "signature-unknown-key");
	/* Claims my key, signed by another. */
	liar.key = mine.key;
	stolen = forge(&honest, &liar);
	cr_assert_eq(verify(stolen, mine.key, PAYLOAD, &err), -1);
	cr_assert_str_eq(err.reason, "signature-bad");
	key_free(mine.key);
	key_free(other.key);
}

Test(sshsig, any_flipped_bit_is_refused)
{
	struct pair pair = make_pair(1);
	scoped_text armor = forge(&honest, &pair);
	scoped_value(buffer) raw = BUFFER_INIT;
	scoped_value(buffer) base64 = BUFFER_INIT;
	struct intoto_error err = { 0 };

	for (const char *p = strchr(armor, '\n'); *p != '-'; p++)
		if (*p != '\n')
			buffer_putc(&base64, *p);
	cr_assert_eq(base64_decode(&raw, base64.data, base64.len, &err), 0);
	for (size_t i = 0; i < raw.len; i++) {
		scoped_text changed = NULL;

		raw.data[i] ^= 1;
		changed = armored(&raw);
		cr_assert_eq(verify(changed, pair.key, PAYLOAD, &err), -1,
			     "byte %zu", i);
		raw.data[i] ^= 1;
	}
	key_free(pair.key);
}

Test(sshsig, cut_at_any_byte_is_refused)
{
	struct pair pair = make_pair(1);
	scoped_text armor = forge(&honest, &pair);
	scoped_value(sshsig) sig = { 0 };
	struct intoto_error err = { 0 };

	/* Only the newline at the end may be missing. */
	for (size_t len = 0; len + 1 < strlen(armor); len++)
		cr_assert_eq(sshsig_parse(&sig, armor, len, &err), -1);
	cr_assert_eq(sshsig_parse(&sig, armor, strlen(armor) - 1, &err), 0);
	key_free(pair.key);
}

Test(sshsig, bytes_around_the_armor_are_refused)
{
	struct pair pair = make_pair(1);
	scoped_text armor = forge(&honest, &pair);
	scoped_text after = xasprintf("%sx", armor);
	scoped_text blank = xasprintf("%s\n", armor);
	scoped_text before = xasprintf(" %s", armor);
	scoped_text twice = xasprintf("%s%s", armor, armor);
	const char *const bad[] = { after,
				    blank,
				    before,
				    twice,
				    "",
				    SSHSIG_BEGIN,
				    SSHSIG_BEGIN "\n" SSHSIG_END "\n",
				    SSHSIG_BEGIN "\n\n" SSHSIG_END "\n",
				    SSHSIG_BEGIN "\n!!\n" SSHSIG_END "\n" };
	struct intoto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_assert_eq(verify(bad[i], pair.key, PAYLOAD, &err), -1,
			     "case %zu", i);
		cr_assert_eq(err.code, INTOTO_EINVALID);
	}
	key_free(pair.key);
}

Test(sshsig, lengths_beyond_the_end_are_refused)
{
	struct pair pair = make_pair(1);
	static const uint32_t lengths[] = { 0xffffffff, 0x80000000, 52, 4096 };
	struct intoto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		scoped_value(buffer) raw = BUFFER_INIT;
		scoped_text armor = NULL;

		buffer_puts(&raw, "SSHSIG");
		ssh_add_u32(&raw, 1);
		ssh_add_u32(&raw, lengths[i]);
		buffer_puts(&raw, "short");
		armor = armored(&raw);
		cr_assert_eq(verify(armor, pair.key, PAYLOAD, &err), -1);
		cr_assert_eq(err.code, INTOTO_EINVALID);
	}
	key_free(pair.key);
}

Test(sshsig, a_huge_armor_is_not_looked_at)
{
	scoped_text huge = xmalloc(1 << 20);
	scoped_value(sshsig) sig = { 0 };
	struct intoto_error err = { 0 };

	memset(huge, 'A', 1 << 20);
	cr_assert_eq(sshsig_parse(&sig, huge, 1 << 20, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
}

/* DIR/payload signed by ssh-keygen; the armor, to be freed. */
static char *sign_really(const struct tempdir *dir, const char *private_path,
			 const char *namespace, const char *hash)
{
	scoped_text payload = path_join(dir->path, "payload");
	scoped_text sig = xasprintf("%s.sig", payload);
	scoped_text option = xasprintf("hashalg=%s", hash);
	struct intoto_error err = { 0 };

	unlink(sig);
	cr_assert_eq(file_write(payload, PAYLOAD, strlen(PAYLOAD), 0600, &err),
		     0);
	RUN("ssh-keygen", "-q", "-Y", "sign", "-f", private_path, "-n",
	    namespace, "-O", option, payload);
	return read_text(sig);
}

static void holds_for_real(const char *type, const char *bits)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", type, bits, "");
	scoped_text line = read_public(path);
	scoped_text sha512 = sign_really(&dir, path, "git", "sha512");
	scoped_text sha256 = sign_really(&dir, path, "git", "sha256");
	scoped_text file = sign_really(&dir, path, "file", "sha512");
	scoped(key) key = NULL;
	struct intoto_error err = { 0 };

	cr_assert_eq(key_from_ssh(&key, line, &err), 0);
	cr_assert_eq(verify(sha512, key, PAYLOAD, &err), 0, "%s", err.message);
	cr_assert_eq(verify(sha256, key, PAYLOAD, &err), 0, "%s", err.message);
	cr_assert_eq(verify(sha512, key, PAYLOAD "\n", &err), -1);
	cr_assert_str_eq(err.reason, "signature-bad");
	cr_assert_eq(verify(file, key, PAYLOAD, &err), -1);
	cr_assert_str_eq(err.reason, "signature-bad");
}

Test(sshsig, of_ssh_keygen_holds_for_ed25519)
{
	holds_for_real("ed25519", "256");
}

Test(sshsig, of_ssh_keygen_holds_for_rsa)
{
	holds_for_real("rsa", "2048");
}

Test(sshsig, of_ssh_keygen_holds_for_ecdsa)
{
	holds_for_real("ecdsa", "256");
	holds_for_real("ecdsa", "384");
	holds_for_real("ecdsa", "521");
}

Test(sshsig, the_scheme_of_an_rsa_key_plays_no_part)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = make_ssh_key(&dir, "k", "rsa", "2048", "");
	scoped_text armor = sign_really(&dir, path, "git", "sha512");
	scoped_text pem = NULL;
	scoped(key) key = NULL;
	struct intoto_error err = { 0 };

	RUN("ssh-keygen", "-q", "-p", "-m", "PEM", "-N", "", "-f", path);
	pem = read_text(path);
	cr_assert_eq(key_from_pem(&key, pem, strlen(pem), NULL, &err), 0);
	cr_assert_str_eq(key_scheme(key), "rsassa-pss-sha256");
	cr_assert_eq(verify(armor, key, PAYLOAD, &err), 0, "%s", err.message);
}

Test(sshsig, a_tag_names_the_one_key_that_signed)
{
	struct pair pairs[3] = { make_pair(1), make_pair(2), make_pair(3) };
	const struct key *const keys[] = { pairs[0].key, pairs[1].key,
					   pairs[2].key, pairs[1].key };
	scoped_text armor = forge(&honest, &pairs[1]);
	struct intoto_error err = { 0 };
	size_t match = 99;

	cr_assert_eq(tag_signature_verify(&match, armor, strlen(armor), keys, 4,
					  PAYLOAD, strlen(PAYLOAD), 0, &err),
		     0, "%s", err.message);
	cr_assert_eq(match, 1);
	cr_assert_eq(tag_signature_verify(&match, armor, strlen(armor), keys, 1,
					  PAYLOAD, strlen(PAYLOAD), 0, &err),
		     -1);
	cr_assert_str_eq(err.reason, "signature-unknown-key");
	cr_assert_not_null(strstr(err.message, "ssh SHA256:"));
	cr_assert_eq(tag_signature_verify(&match, armor, strlen(armor), keys, 0,
					  PAYLOAD, strlen(PAYLOAD), 0, &err),
		     -1);
	cr_assert_eq(tag_signature_verify(&match, armor, strlen(armor), keys, 3,
					  "x", 1, 0, &err),
		     -1);
	cr_assert_str_eq(err.reason, "signature-bad");
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		key_free(pairs[i].key);
}

Test(sshsig, an_unreadable_tag_signature_is_a_no)
{
	static const char *const bad[] = {
		"",
		"-----BEGIN SIGNED MESSAGE-----\nAAAA\n",
		"-----BEGIN PGP MESSAGE-----\nAAAA\n",
		SSHSIG_BEGIN "\nAAAA\n" SSHSIG_END "\n",
		("-----BEGIN PGP SIGNATURE-----\n\nAAAA\n"
		 "-----END PGP SIGNATURE-----\n"),
	};
	struct pair pair = make_pair(1);
	const struct key *const keys[] = { pair.key };
	struct intoto_error err = { 0 };
	size_t match;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_assert_eq(tag_signature_verify(&match, bad[i],
						  strlen(bad[i]), keys, 1,
						  PAYLOAD, strlen(PAYLOAD), 0,
						  &err),
			     -1);
		cr_assert_eq(err.code, INTOTO_EREJECTED);
		cr_assert_str_eq(err.reason, "signature-bad");
	}
	key_free(pair.key);
}

Test(sshsig, the_claim_has_the_fingerprint)
{
	struct pair pair = make_pair(1);
	scoped_text armor = forge(&honest, &pair);
	struct intoto_error err = { 0 };
	char claim[128];

	cr_assert_eq(tag_signature_claim(claim, armor, strlen(armor), &err), 0);
	cr_assert_eq(strlen(claim), strlen("ssh SHA256:") + 43);
	cr_assert_eq(tag_signature_claim(claim, "x", 1, &err), -1);
	key_free(pair.key);
}
