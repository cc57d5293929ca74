/* sshsig.c: reading and verifying the SSH signature of a tag. */
#include "crypto/sshsig.h"

#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/key_internal.h"
#include "crypto/ssh_wire.h"

#define MAGIC "SSHSIG"
#define NAMESPACE "git"
#define ARMOR_MAX ((size_t)32 << 10)

void sshsig_release(struct sshsig *sig)
{
	buffer_release(&sig->key);
	buffer_release(&sig->sig);
}

static int malformed(struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID, "malformed SSH signature");
}

/* The bytes between the two lines; the base64 in between may be broken into
 * lines and hold no other white space. */
static int dearmor(struct buffer *out, const char *armor, size_t len,
		   struct intoto_error *err)
{
	static const char begin[] = SSHSIG_BEGIN "\n";
	static const char end[] = "\n" SSHSIG_END;
	scoped_value(buffer) base64 = BUFFER_MAX(ARMOR_MAX);
	struct intoto_error ignored;
	size_t stop;

	if (len > ARMOR_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "SSH signature is larger than %zu bytes",
				   ARMOR_MAX);
	if (len && armor[len - 1] == '\n')
		len--;
	if (len < strlen(begin) + strlen(end))
		return malformed(err);
	stop = len - strlen(end);
	if (memcmp(armor, begin, strlen(begin)) ||
	    memcmp(armor + stop, end, strlen(end)))
		return malformed(err);
	for (size_t i = strlen(begin); i < stop; i++)
		if (armor[i] != '\n')
			buffer_putc(&base64, armor[i]);
	if (!base64.len ||
	    base64_decode(out, base64.data, base64.len, &ignored) < 0)
		return malformed(err);
	return 0;
}

static int check_names(struct sshsig *sig, const struct ssh_slice *namespace,
		       const struct ssh_slice *reserved,
		       const struct ssh_slice *hash, struct intoto_error *err)
{
	if (!ssh_slice_is(namespace, NAMESPACE))
		return intoto_reject(err, "signature-bad",
				     "SSH signature is made for another "
				     "purpose than '" NAMESPACE "'");
	if (reserved->len)
		return malformed(err);
	if (ssh_slice_is(hash, "sha512"))
		sig->digest = DIGEST_SHA512;
	else if (ssh_slice_is(hash, "sha256"))
		sig->digest = DIGEST_SHA256;
	else
		return intoto_reject(err, "signature-weak-hash",
				     "SSH signature uses a hash other than "
				     "SHA-256 and SHA-512");
	return 0;
}

static int parse_blob(struct sshsig *sig, const struct buffer *raw,
		      struct intoto_error *err)
{
	struct ssh_slice key, namespace, reserved, hash, blob;
	struct ssh_reader in;
	uint32_t version;

	if (raw->len < strlen(MAGIC) || memcmp(raw->data, MAGIC, strlen(MAGIC)))
		return malformed(err);
	in = ssh_reader_start(raw->data + strlen(MAGIC),
			      raw->len - strlen(MAGIC));
	if (!ssh_read_u32(&version, &in))
		return malformed(err);
	if (version != 1)
		return intoto_reject(err, "signature-bad",
				     "SSH signature of unknown version %lu",
				     (unsigned long)version);
	if (!ssh_read_string(&key, &in) || !ssh_read_string(&namespace, &in) ||
	    !ssh_read_string(&reserved, &in) || !ssh_read_string(&hash, &in) ||
	    !ssh_read_string(&blob, &in) || in.left)
		return malformed(err);
	if (check_names(sig, &namespace, &reserved, &hash, err) < 0)
		return -1;
	buffer_add(&sig->key, key.data, key.len);
	buffer_add(&sig->sig, blob.data, blob.len);
	return 0;
}

int sshsig_parse(struct sshsig *out, const char *armor, size_t len,
		 struct intoto_error *err)
{
	scoped_value(buffer) raw = BUFFER_MAX(ARMOR_MAX);
	struct sshsig sig = { BUFFER_INIT, DIGEST_SHA512, BUFFER_INIT };

	if (dearmor(&raw, armor, len, err) < 0)
		return -1;
	if (parse_blob(&sig, &raw, err) < 0) {
		sshsig_release(&sig);
		return -1;
	}
	sshsig_release(out);
	*out = sig;
	return 0;
}

/* What the key has signed: the preamble again, and the payload's digest. */
static void signed_bytes(struct buffer *out, const struct sshsig *sig,
			 const void *payload, size_t len)
{
	struct digest *digest = digest_new(sig->digest);
	uint8_t hash[DIGEST_MAX_SIZE];
	size_t size;

	digest_add(digest, payload, len);
	size = digest_end(digest, hash);
	digest_free(digest);
	buffer_puts(out, MAGIC);
	ssh_add_text(out, NAMESPACE);
	ssh_add_text(out, "");
	ssh_add_text(out, sig->digest == DIGEST_SHA512 ? "sha512" : "sha256");
	ssh_add_string(out, hash, size);
}

static int verify_raw(const char *algorithm, const struct key *key,
		      const struct buffer *sig, const struct buffer *text,
		      struct intoto_error *err)
{
	enum key_type needs = !strcmp(algorithm, "ssh-ed25519") ? KEY_ED25519
			      : !strncmp(algorithm, "rsa-", 4)	? KEY_RSA
								: KEY_ECDSA;
	const char *hash;

	if (needs != key->type ||
	    (needs == KEY_ECDSA && strcmp(algorithm, key->scheme)))
		return intoto_reject(err, "signature-bad",
				     "SSH signature and key are of different "
				     "types");
	if (key->type == KEY_ED25519)
		return ed25519_verify(key->ed25519, sig->data, sig->len,
				      text->data, text->len, err);
	if (key->type == KEY_ECDSA)
		hash = key->how->digest;
	else
		hash = strcmp(algorithm, "rsa-sha2-512") ? "SHA256" : "SHA512";
	return pkey_verify(key->pkey, hash, false, sig->data, sig->len,
			   text->data, text->len, err);
}

int sshsig_verify(const struct sshsig *sig, const struct key *key,
		  const void *payload, size_t len, struct intoto_error *err)
{
	scoped_value(buffer) blob = BUFFER_INIT;
	scoped_value(buffer) raw = BUFFER_INIT;
	scoped_value(buffer) text = BUFFER_INIT;
	const char *algorithm = "";
	size_t rsa_size = 0;

	if (key_ssh_blob(&blob, key, err) < 0)
		return -1;
	if (blob.len != sig->key.len ||
	    memcmp(blob.data, buffer_text(&sig->key), blob.len))
		return intoto_reject(err, "signature-unknown-key",
				     "SSH signature is made by another key");
	if (key->type == KEY_RSA)
		rsa_size = (size_t)EVP_PKEY_get_size(key->pkey);
	if (ssh_signature_read(&raw, &algorithm, sig->sig.data, sig->sig.len,
			       rsa_size, err) < 0)
		return -1;
	signed_bytes(&text, sig, payload, len);
	return verify_raw(algorithm, key, &raw, &text, err);
}
