/* openpgp_signature.c: version 4 signature packets, and in-toto's form. */
#include <openssl/bn.h>
#include <openssl/dsa.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/openpgp_internal.h"

#define EDDSA_NUMBER_SIZE (ED25519_SIGNATURE_SIZE / 2)

static int truncated(struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID,
			   "OpenPGP signature is truncated");
}

/* Version octet up to and including the hashed subpackets. */
static int split_front(struct openpgp_split *out, struct openpgp_bytes *in,
		       struct intoto_error *err)
{
	const uint8_t *start = in->at;
	uint32_t version;
	uint32_t octets;
	uint32_t len;

	if (!openpgp_take_number(&version, in, 1))
		return truncated(err);
	if (version != 4)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "OpenPGP signature of version %u",
				   (unsigned)version);
	if (!openpgp_take_number(&octets, in, 3) ||
	    !openpgp_take_number(&len, in, 2) ||
	    !openpgp_take(&out->hashed, in, len))
		return truncated(err);
	out->type = (uint8_t)(octets >> 16);
	out->algorithm = (uint8_t)(octets >> 8);
	out->hash = (uint8_t)octets;
	out->headers.at = start;
	out->headers.left = (size_t)(in->at - start);
	if (openpgp_subpackets_check(out->hashed, err) < 0)
		return -1;
	if (!openpgp_subpacket_time(&out->created, out->hashed,
				    SUBPACKET_CREATED) ||
	    out->created == 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP signature has no creation time");
	return 0;
}

int openpgp_split_headers(struct openpgp_split *out,
			  struct openpgp_bytes headers,
			  struct intoto_error *err)
{
	struct openpgp_split split = { 0 };

	if (split_front(&split, &headers, err) < 0)
		return -1;
	if (headers.left > 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP signature headers go on after the "
				   "hashed subpackets");
	*out = split;
	return 0;
}

int openpgp_split_body(struct openpgp_split *out, struct openpgp_bytes body,
		       struct intoto_error *err)
{
	struct openpgp_split split = { 0 };
	uint32_t left16;
	uint32_t len;

	if (split_front(&split, &body, err) < 0)
		return -1;
	if (!openpgp_take_number(&len, &body, 2) ||
	    !openpgp_take(&split.unhashed, &body, len) ||
	    !openpgp_take_number(&left16, &body, 2))
		return truncated(err);
	if (openpgp_subpackets_check(split.unhashed, err) < 0)
		return -1;
	split.numbers = body;
	*out = split;
	return 0;
}

/* The hashed area has priority. */
static bool find_either(struct openpgp_bytes *out,
			const struct openpgp_split *split, uint8_t type)
{
	return openpgp_subpacket_find(out, split->hashed, type) ||
	       openpgp_subpacket_find(out, split->unhashed, type);
}

static int fill_issuer(struct openpgp_signature *out,
		       const struct openpgp_split *split,
		       struct intoto_error *err)
{
	struct openpgp_bytes id;

	if (find_either(&id, split, SUBPACKET_FINGERPRINT)) {
		if (id.left != 1 + OPENPGP_FINGERPRINT_SIZE || id.at[0] != 4)
			return intoto_fail(err, INTOTO_EINVALID,
					   "OpenPGP signature names its key by "
					   "no v4 fingerprint");
		hex_encode(out->fingerprint, id.at + 1,
			   OPENPGP_FINGERPRINT_SIZE);
	}
	if (find_either(&id, split, SUBPACKET_ISSUER)) {
		if (id.left != OPENPGP_SHORT_ID_SIZE)
			return intoto_fail(err, INTOTO_EINVALID,
					   "OpenPGP signature has a malformed "
					   "key id");
		hex_encode(out->short_id, id.at, OPENPGP_SHORT_ID_SIZE);
	}
	if (*out->fingerprint && *out->short_id &&
	    strcmp(out->fingerprint + 24, out->short_id))
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP signature names two keys");
	return 0;
}

static int add_rsa(struct buffer *out, struct openpgp_bytes *numbers,
		   struct intoto_error *err)
{
	struct openpgp_bytes number;
	bool minimal;

	if (openpgp_mpi_next(&number, &minimal, numbers, err) < 0)
		return -1;
	buffer_add(out, number.at, number.left);
	return 0;
}

static int two_numbers(struct openpgp_bytes out[2],
		       struct openpgp_bytes *numbers, struct intoto_error *err)
{
	bool minimal;

	if (openpgp_mpi_next(&out[0], &minimal, numbers, err) < 0 ||
	    openpgp_mpi_next(&out[1], &minimal, numbers, err) < 0)
		return -1;
	return 0;
}

static int add_eddsa(struct buffer *out, struct openpgp_bytes *numbers,
		     struct intoto_error *err)
{
	uint8_t raw[ED25519_SIGNATURE_SIZE] = { 0 };
	struct openpgp_bytes two[2];

	if (two_numbers(two, numbers, err) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		if (two[i].left > EDDSA_NUMBER_SIZE)
			return intoto_fail(err, INTOTO_EINVALID,
					   "OpenPGP EdDSA signature has a "
					   "number that is too large");
		memcpy(raw + (i + 1) * EDDSA_NUMBER_SIZE - two[i].left,
		       two[i].at, two[i].left);
	}
	buffer_add(out, raw, sizeof(raw));
	return 0;
}

/* DER SEQUENCE(r, s). */
static int add_dsa(struct buffer *out, struct openpgp_bytes *numbers,
		   struct intoto_error *err)
{
	struct openpgp_bytes two[2];
	unsigned char *der = NULL;
	DSA_SIG *sig;
	BIGNUM *r;
	BIGNUM *s;
	int len = -1;

	if (two_numbers(two, numbers, err) < 0)
		return -1;
	sig = DSA_SIG_new();
	r = BN_bin2bn(two[0].at, (int)two[0].left, NULL);
	s = BN_bin2bn(two[1].at, (int)two[1].left, NULL);
	if (sig && r && s && DSA_SIG_set0(sig, r, s) == 1) {
		r = NULL;
		s = NULL;
		len = i2d_DSA_SIG(sig, &der);
	}
	if (len > 0)
		buffer_add(out, der, (size_t)len);
	OPENSSL_free(der);
	BN_free(r);
	BN_free(s);
	DSA_SIG_free(sig);
	return len > 0 ? 0 : crypto_fail(err, "cannot encode a signature");
}

static int fill_numbers(struct openpgp_signature *out,
			struct openpgp_bytes numbers, struct intoto_error *err)
{
	int failed;

	switch (out->algorithm) {
	case OPENPGP_RSA:
		failed = add_rsa(&out->sig, &numbers, err);
		break;
	case OPENPGP_DSA:
		failed = add_dsa(&out->sig, &numbers, err);
		break;
	case OPENPGP_EDDSA:
		failed = add_eddsa(&out->sig, &numbers, err);
		break;
	default:
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "OpenPGP signatures of algorithm %u are not "
				   "supported",
				   (unsigned)out->algorithm);
	}
	if (failed < 0)
		return -1;
	if (numbers.left > 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP signature goes on after its "
				   "numbers");
	return 0;
}

int openpgp_signature_fill(struct openpgp_signature *out,
			   const struct openpgp_split *split,
			   struct intoto_error *err)
{
	struct openpgp_signature sig = { 0 };

	sig.type = split->type;
	sig.algorithm = split->algorithm;
	sig.hash = split->hash;
	sig.created = split->created;
	buffer_add(&sig.headers, split->headers.at, split->headers.left);
	if (fill_issuer(&sig, split, err) < 0 ||
	    fill_numbers(&sig, split->numbers, err) < 0) {
		openpgp_signature_release(&sig);
		return -1;
	}
	openpgp_signature_release(out);
	*out = sig;
	return 0;
}

void openpgp_signature_release(struct openpgp_signature *sig)
{
	buffer_release(&sig->headers);
	buffer_release(&sig->sig);
}

int openpgp_signature_read(struct openpgp_signature *out, const void *packet,
			   size_t len, struct intoto_error *err)
{
	struct openpgp_bytes in = { packet, len };
	struct openpgp_packet read;
	struct openpgp_split split;

	if (openpgp_packet_next(&read, &in, err) < 0)
		return -1;
	if (read.tag != PACKET_SIGNATURE)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP packet %u where a signature should "
				   "be",
				   (unsigned)read.tag);
	if (in.left > 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "something follows the OpenPGP signature "
				   "packet");
	if (openpgp_split_body(&split, read.body, err) < 0)
		return -1;
	return openpgp_signature_fill(out, &split, err);
}
