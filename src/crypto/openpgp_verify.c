/* openpgp_verify.c: whether an OpenPGP signature holds, without a keyring. */
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "crypto/openpgp_internal.h"

#define FINGERPRINT_DIGITS 40

static int bad(struct intoto_error *err, const char *why)
{
	return intoto_reject(err, "signature-bad",
			     "OpenPGP signature does not hold: %s", why);
}

bool openpgp_digest_algorithm(enum digest_algorithm *out, uint8_t hash)
{
	switch (hash) {
	case OPENPGP_SHA1:
		*out = DIGEST_SHA1;
		return true;
	case OPENPGP_SHA256:
		*out = DIGEST_SHA256;
		return true;
	case OPENPGP_SHA384:
		*out = DIGEST_SHA384;
		return true;
	case OPENPGP_SHA512:
		*out = DIGEST_SHA512;
		return true;
	default:
		return false;
	}
}

size_t openpgp_digest_end(struct digest *digest, uint8_t out[DIGEST_MAX_SIZE],
			  const void *headers, size_t headers_len)
{
	const uint8_t trailer[6] = { 4,
				     0xff,
				     (uint8_t)(headers_len >> 24),
				     (uint8_t)(headers_len >> 16),
				     (uint8_t)(headers_len >> 8),
				     (uint8_t)headers_len };

	digest_add(digest, headers, headers_len);
	digest_add(digest, trailer, sizeof(trailer));
	return digest_end(digest, out);
}

static int part_pkey(EVP_PKEY **out, const struct openpgp_part *part,
		     struct intoto_error *err)
{
	if (part->algorithm == OPENPGP_RSA)
		return pkey_from_rsa(out, part->n.data, part->n.len,
				     part->e.data, part->e.len, err);
	return openpgp_dsa_pkey(out, part, err);
}

int openpgp_part_check(const struct openpgp_part *part,
		       struct intoto_error *err)
{
	scoped_pkey pkey = NULL;

	if (part->algorithm != OPENPGP_EDDSA)
		return part_pkey(&pkey, part, err);
	if (part->q.len != ED25519_PUBLIC_SIZE)
		return intoto_fail(err, INTOTO_EINVALID,
				   "EdDSA key with impossible numbers");
	return 0;
}

static const EVP_MD *digest_md(uint8_t hash)
{
	switch (hash) {
	case OPENPGP_SHA1:
		return EVP_sha1();
	case OPENPGP_SHA256:
		return EVP_sha256();
	case OPENPGP_SHA384:
		return EVP_sha384();
	default:
		return EVP_sha512();
	}
}

/* RSA: PKCS#1 v1.5 names the hash. DSA: the leftmost bits of the digest. */
static int verify_pkey(EVP_PKEY *pkey, const struct openpgp_part *part,
		       uint8_t hash, const uint8_t *digest, size_t digest_len,
		       const void *sig, size_t sig_len,
		       struct intoto_error *err)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	bool ready = ctx && EVP_PKEY_verify_init(ctx) == 1;
	int holds;

	if (ready && part->algorithm == OPENPGP_RSA)
		ready = EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) >
				0 &&
			EVP_PKEY_CTX_set_signature_md(ctx, digest_md(hash)) > 0;
	if (!ready) {
		EVP_PKEY_CTX_free(ctx);
		return crypto_fail(err, "cannot verify a signature");
	}
	holds = EVP_PKEY_verify(ctx, sig, sig_len, digest, digest_len);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return holds == 1 ? 0 : bad(err, "the numbers do not fit");
}

/* The packet drops leading zeros, libcrypto wants the modulus's length. */
static int pad_rsa(struct buffer *out, const struct openpgp_part *part,
		   const void *sig, size_t sig_len, struct intoto_error *err)
{
	if (sig_len > part->n.len)
		return bad(err, "it is longer than the key");
	for (size_t i = sig_len; i < part->n.len; i++)
		buffer_putc(out, 0);
	buffer_add(out, sig, sig_len);
	return 0;
}

int openpgp_part_verify(const struct openpgp_part *part, uint8_t hash,
			const uint8_t *digest, size_t digest_len,
			const void *sig, size_t sig_len,
			struct intoto_error *err)
{
	scoped_value(buffer) padded = BUFFER_INIT;
	scoped_pkey pkey = NULL;

	if (part->algorithm == OPENPGP_EDDSA)
		return ed25519_verify((const uint8_t *)part->q.data, sig,
				      sig_len, digest, digest_len, err);
	if (part_pkey(&pkey, part, err) < 0)
		return -1;
	if (part->algorithm == OPENPGP_DSA)
		return verify_pkey(pkey, part, hash, digest, digest_len, sig,
				   sig_len, err);
	if (pad_rsa(&padded, part, sig, sig_len, err) < 0)
		return -1;
	return verify_pkey(pkey, part, hash, digest, digest_len, padded.data,
			   padded.len, err);
}

int openpgp_part_valid(const struct openpgp_part *part, int64_t now,
		       struct intoto_error *err)
{
	char when[CLOCK_TEXT_SIZE];
	int64_t end = part->creation_time + part->validity_period;

	if (!part->creation_time || !part->validity_period || end >= now)
		return 0;
	clock_format(when, end);
	return intoto_reject(err, "key-expired",
			     "OpenPGP key '%s' expired at %s",
			     part->fingerprint, when);
}

static const struct openpgp_part *part_ending(const struct openpgp_key *openpgp,
					      const char *id)
{
	size_t skip = FINGERPRINT_DIGITS - strlen(id);

	if (!strcmp(openpgp->primary.fingerprint + skip, id))
		return &openpgp->primary;
	for (size_t i = 0; i < openpgp->n_subkeys; i++)
		if (!strcmp(openpgp->subkeys[i].fingerprint + skip, id))
			return &openpgp->subkeys[i];
	return NULL;
}

const struct openpgp_part *
openpgp_key_signer(const struct openpgp_key *openpgp,
		   const struct openpgp_signature *sig)
{
	const char *id = *sig->fingerprint ? sig->fingerprint : sig->short_id;

	return *id ? part_ending(openpgp, id) : NULL;
}

/* The part that a metadata signature names, else the primary. */
static const struct openpgp_part *named_part(const struct openpgp_key *openpgp,
					     const char *keyid)
{
	const struct openpgp_part *part = NULL;

	if (strlen(keyid) == FINGERPRINT_DIGITS)
		part = part_ending(openpgp, keyid);
	return part ? part : &openpgp->primary;
}

/* A signature may end before its key does; nobody vouches for it after. */
static int signature_valid(const struct openpgp_split *split, int64_t now,
			   struct intoto_error *err)
{
	char when[CLOCK_TEXT_SIZE];
	int64_t period;

	if (!openpgp_subpacket_time(&period, split->hashed,
				    SUBPACKET_EXPIRES) ||
	    !period || split->created + period >= now)
		return 0;
	clock_format(when, split->created + period);
	return intoto_reject(err, "signature-expired",
			     "OpenPGP signature expired at %s", when);
}

/* The signature over a document, by that very part. */
static int verify_document(const struct openpgp_split *split,
			   const struct openpgp_part *part, const void *sig,
			   size_t sig_len, const void *data, size_t len,
			   int64_t now, struct intoto_error *err)
{
	uint8_t hash[DIGEST_MAX_SIZE];
	enum digest_algorithm algorithm;
	struct digest *digest;
	size_t hash_len;

	if (split->type != SIGNATURE_BINARY)
		return bad(err, "it is not one of a binary document");
	if (split->algorithm != part->algorithm)
		return bad(err, "it is of another algorithm than the key");
	if (!openpgp_digest_algorithm(&algorithm, split->hash))
		return bad(err, "its hash is not known");
	digest = digest_new(algorithm);
	digest_begin(digest);
	digest_add(digest, data, len);
	hash_len = openpgp_digest_end(digest, hash, split->headers.at,
				      split->headers.left);
	digest_free(digest);
	if (openpgp_part_verify(part, split->hash, hash, hash_len, sig, sig_len,
				err) < 0 ||
	    openpgp_part_valid(part, now, err) < 0)
		return -1;
	return signature_valid(split, now, err);
}

static int read_headers(struct openpgp_split *out, const struct buffer *headers,
			struct intoto_error *err)
{
	struct openpgp_bytes bytes = { (const uint8_t *)headers->data,
				       headers->len };
	struct intoto_error why = { 0 };

	if (openpgp_split_headers(out, bytes, &why) < 0)
		return bad(err, why.message);
	return 0;
}

int openpgp_verify(const struct signature *sig, const struct key *key,
		   const void *data, size_t len, int64_t now,
		   struct intoto_error *err)
{
	struct openpgp_split split;

	if (read_headers(&split, &sig->openpgp_headers, err) < 0)
		return -1;
	if (split.hash != OPENPGP_SHA256)
		return bad(err, "its hash is not SHA-256");
	return verify_document(&split, named_part(key->openpgp, sig->keyid),
			       sig->sig.data, sig->sig.len, data, len, now,
			       err);
}

/* The name of a hash that is not taken for a signature; NULL for others. */
static const char *weak_hash(uint8_t hash)
{
	switch (hash) {
	case 1:
		return "MD5";
	case 2:
		return "SHA-1";
	case 3:
		return "RIPEMD-160";
	case 11:
		return "SHA-224";
	default:
		return NULL;
	}
}

int openpgp_verify_packet(const struct openpgp_signature *sig,
			  const struct key *key, const void *data, size_t len,
			  int64_t now, struct intoto_error *err)
{
	const struct openpgp_part *part;
	struct openpgp_split split;

	if (weak_hash(sig->hash))
		return intoto_reject(err, "signature-weak-hash",
				     "OpenPGP signature is made with %s; only "
				     "SHA-256, SHA-384 and SHA-512 are taken",
				     weak_hash(sig->hash));
	if (key->type != KEY_OPENPGP)
		return bad(err, "the key is no OpenPGP key");
	part = openpgp_key_signer(key->openpgp, sig);
	if (!part)
		return bad(err, "it names another key");
	if (read_headers(&split, &sig->headers, err) < 0)
		return -1;
	return verify_document(&split, part, sig->sig.data, sig->sig.len, data,
			       len, now, err);
}
