/* openssh_key.c: an ed25519 private key of OpenSSH that has no passphrase. */
#include <openssl/err.h>
#include <sodium.h>

#include "crypto/key_internal.h"
#include "crypto/private_copy.h"
#include "crypto/ssh_wire.h"

#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define END "-----END OPENSSH PRIVATE KEY-----\n"
#define MAGIC "openssh-key-v1" /* with its NUL */
#define SEED_SIZE 32
#define SECRET_SIZE (SEED_SIZE + ED25519_PUBLIC_SIZE)
#define BLOCK_SIZE 8 /* what cipher "none" pads to */

int guarded_new(uint8_t **out, size_t size, struct intoto_error *err)
{
	if (sodium_init() < 0)
		return intoto_fail(err, INTOTO_EIO, "libsodium does not start");
	*out = sodium_malloc(size);
	if (!*out)
		return intoto_fail(err, INTOTO_EIO,
				   "no memory for a private key");
	return 0;
}

void guarded_free(uint8_t *memory)
{
	sodium_free(memory);
}

bool is_openssh_key(const char *text, size_t len)
{
	return len >= strlen(BEGIN) && !memcmp(text, BEGIN, strlen(BEGIN));
}

/* What stands between the two lines, base64 in lines. */
static bool unwrap(uint8_t *out, size_t size, size_t *used, const char *text,
		   size_t len)
{
	const char *body = text + strlen(BEGIN);
	const char *end;
	size_t body_len;

	if (!is_openssh_key(text, len) || len < strlen(BEGIN) + strlen(END))
		return false;
	body_len = len - strlen(BEGIN) - strlen(END);
	if (memcmp(body + body_len, END, strlen(END)) ||
	    sodium_base642bin(out, size, body, body_len, "\n", used, &end,
			      sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	return end == body + body_len;
}

/* string "ssh-ed25519", string public key */
static bool read_public(struct ssh_slice *raw, struct ssh_reader *in)
{
	struct ssh_slice type;

	return ssh_read_string(&type, in) &&
	       ssh_slice_is(&type, "ssh-ed25519") && ssh_read_string(raw, in) &&
	       raw->len == ED25519_PUBLIC_SIZE;
}

/* 1, 2, 3... to the end, less than a block. */
static bool read_padding(struct ssh_reader *in)
{
	uint8_t byte;

	if (in->left >= BLOCK_SIZE)
		return false;
	for (uint8_t expected = 1; in->left; expected++)
		if (!ssh_read_u8(&byte, in) || byte != expected)
			return false;
	return true;
}

/* The public keys as found, and the secret one. */
struct parts {
	struct ssh_slice outer;
	struct ssh_slice inner;
	struct ssh_slice secret; /* seed, then the public key again */
};

static bool read_secret(struct parts *out, const struct ssh_slice *section)
{
	struct ssh_reader in = ssh_reader_start(section->data, section->len);
	struct ssh_slice comment;
	uint32_t check[2];

	return section->len % BLOCK_SIZE == 0 && ssh_read_u32(&check[0], &in) &&
	       ssh_read_u32(&check[1], &in) && check[0] == check[1] &&
	       read_public(&out->inner, &in) &&
	       ssh_read_string(&out->secret, &in) &&
	       out->secret.len == SECRET_SIZE &&
	       ssh_read_string(&comment, &in) && read_padding(&in);
}

static bool read_parts(struct parts *out, const uint8_t *data, size_t len)
{
	struct ssh_reader in, blob;
	struct ssh_slice cipher, kdf, kdf_options, public, section;
	uint32_t count;

	if (len < sizeof(MAGIC) || memcmp(data, MAGIC, sizeof(MAGIC)))
		return false;
	in = ssh_reader_start(data + sizeof(MAGIC), len - sizeof(MAGIC));
	if (!ssh_read_string(&cipher, &in) || !ssh_slice_is(&cipher, "none") ||
	    !ssh_read_string(&kdf, &in) || !ssh_slice_is(&kdf, "none") ||
	    !ssh_read_string(&kdf_options, &in) || kdf_options.len ||
	    !ssh_read_u32(&count, &in) || count != 1 ||
	    !ssh_read_string(&public, &in) || !ssh_read_string(&section, &in) ||
	    in.left)
		return false;
	blob = ssh_reader_start(public.data, public.len);
	return read_public(&out->outer, &blob) && !blob.left &&
	       read_secret(out, &section);
}

static int other_key(struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID,
			   "private key does not belong to its public key");
}

/* What the seed stands for, not what the file says of it. */
int ed25519_from_seed(EVP_PKEY **out, const uint8_t *seed,
		      const uint8_t *expected, struct intoto_error *err)
{
	scoped_pkey pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
							seed, SEED_SIZE);
	uint8_t derived[ED25519_PUBLIC_SIZE];
	size_t size = sizeof(derived);

	if (!pkey || EVP_PKEY_get_raw_public_key(pkey, derived, &size) != 1 ||
	    size != sizeof(derived))
		return crypto_fail(err, "cannot use the private key");
	if (memcmp(derived, expected, sizeof(derived)))
		return other_key(err);
	*out = take(pkey);
	return 0;
}

int openssh_ed25519_read(EVP_PKEY **out, const char *text, size_t len,
			 const uint8_t expected[ED25519_PUBLIC_SIZE],
			 struct intoto_error *err)
{
	scoped_guarded raw = NULL;
	struct parts parts;
	size_t used = 0;

	if (len > PRIVATE_COPY_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "private key is larger than %zu bytes",
				   PRIVATE_COPY_MAX);
	if (guarded_new(&raw, PRIVATE_COPY_MAX, err) < 0)
		return -1;
	if (!unwrap(raw, PRIVATE_COPY_MAX, &used, text, len) ||
	    !read_parts(&parts, raw, used))
		return intoto_fail(err, INTOTO_EINVALID,
				   "malformed OpenSSH private key, or not an "
				   "ed25519 key without a passphrase");
	if (memcmp(parts.outer.data, expected, ED25519_PUBLIC_SIZE) ||
	    memcmp(parts.inner.data, expected, ED25519_PUBLIC_SIZE) ||
	    memcmp(parts.secret.data + SEED_SIZE, expected,
		   ED25519_PUBLIC_SIZE))
		return other_key(err);
	return ed25519_from_seed(out, parts.secret.data, expected, err);
}
