/* openpgp_part.c: one OpenPGP public key or subkey between packet and numbers.
 */
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/openpgp_internal.h"

#define EDDSA_PREFIX 0x40 /* of a point in its native form */

/* The object identifier of Ed25519, with its length in front. */
static const uint8_t ed25519_oid[] = { 9,    0x2b, 0x06, 0x01, 0x04,
				       0x01, 0xda, 0x47, 0x0f, 0x01 };

void openpgp_part_release(struct openpgp_part *part)
{
	buffer_release(&part->n);
	buffer_release(&part->e);
	buffer_release(&part->p);
	buffer_release(&part->q);
	buffer_release(&part->g);
	buffer_release(&part->y);
}

/* The numbers of an algorithm in the order of the packet. */
static size_t part_numbers(struct buffer *out[4], struct openpgp_part *part)
{
	switch (part->algorithm) {
	case OPENPGP_RSA:
		out[0] = &part->n;
		out[1] = &part->e;
		return 2;
	case OPENPGP_DSA:
		out[0] = &part->p;
		out[1] = &part->q;
		out[2] = &part->g;
		out[3] = &part->y;
		return 4;
	default:
		return 0;
	}
}

static int read_numbers(struct openpgp_part *part, struct openpgp_bytes *in,
			struct intoto_error *err)
{
	struct buffer *numbers[4];
	size_t n = part_numbers(numbers, part);

	for (size_t i = 0; i < n; i++) {
		struct openpgp_bytes number;
		bool minimal;

		if (openpgp_mpi_next(&number, &minimal, in, err) < 0)
			return -1;
		if (!minimal)
			return intoto_fail(err, INTOTO_EINVALID,
					   "OpenPGP key has a number with a "
					   "wrong bit count");
		buffer_add(numbers[i], number.at, number.left);
	}
	return 0;
}

static int read_eddsa(struct openpgp_part *part, struct openpgp_bytes *in,
		      struct intoto_error *err)
{
	struct openpgp_bytes oid;
	struct openpgp_bytes point;
	bool minimal;

	if (!openpgp_take(&oid, in, sizeof(ed25519_oid)) ||
	    memcmp(oid.at, ed25519_oid, sizeof(ed25519_oid)))
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "OpenPGP EdDSA key on another curve than "
				   "Ed25519");
	if (openpgp_mpi_next(&point, &minimal, in, err) < 0)
		return -1;
	if (!minimal || point.left != 1 + ED25519_PUBLIC_SIZE ||
	    point.at[0] != EDDSA_PREFIX)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP EdDSA key has a malformed point");
	buffer_add(&part->q, point.at + 1, ED25519_PUBLIC_SIZE);
	return 0;
}

static int read_body(struct openpgp_part *part, struct openpgp_bytes in,
		     struct intoto_error *err)
{
	uint32_t created;
	uint32_t algorithm;

	if (!openpgp_take_number(&created, &in, 4) ||
	    !openpgp_take_number(&algorithm, &in, 1))
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key is truncated");
	part->creation_time = created;
	part->algorithm = (uint8_t)algorithm;
	switch (algorithm) {
	case OPENPGP_RSA:
	case OPENPGP_DSA:
		if (read_numbers(part, &in, err) < 0)
			return -1;
		break;
	case OPENPGP_EDDSA:
		if (read_eddsa(part, &in, err) < 0)
			return -1;
		break;
	default:
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "OpenPGP keys of algorithm %u are not "
				   "supported: use RSA or ed25519",
				   (unsigned)algorithm);
	}
	if (in.left > 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key goes on after its numbers");
	return 0;
}

/* SHA-1 over 0x99, the length and the body. */
static void hash_fingerprint(char out[41], const void *body, size_t len)
{
	const uint8_t prefix[3] = { 0x99, (uint8_t)(len >> 8), (uint8_t)len };
	struct digest *digest = digest_new(DIGEST_SHA1);
	uint8_t hash[DIGEST_MAX_SIZE];

	digest_begin(digest);
	digest_add(digest, prefix, sizeof(prefix));
	digest_add(digest, body, len);
	digest_end(digest, hash);
	digest_free(digest);
	hex_encode(out, hash, OPENPGP_FINGERPRINT_SIZE);
}

int openpgp_part_read(struct openpgp_part *out, struct openpgp_bytes body,
		      struct intoto_error *err)
{
	scoped_value(openpgp_part) part = { 0 };
	struct openpgp_bytes in = body;
	uint32_t version;
	int failed;

	if (body.left > 0xffff || !openpgp_take_number(&version, &in, 1))
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key of %zu bytes", body.left);
	if (version != 4)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "OpenPGP key of version %u",
				   (unsigned)version);
	hash_fingerprint(part.fingerprint, body.at, body.left);
	failed = read_body(&part, in, err);
	memcpy(out->fingerprint, part.fingerprint, sizeof(out->fingerprint));
	if (failed < 0)
		return -1;
	openpgp_part_release(out);
	*out = part;
	memset(&part, 0, sizeof(part));
	return 0;
}

static void add_mpi(struct buffer *out, const void *number, size_t len)
{
	const uint8_t *at = number;
	size_t bits = len * 8;

	for (unsigned mask = 0x80; len && mask && !(at[0] & mask); mask >>= 1)
		bits--;
	buffer_putc(out, (char)(bits >> 8));
	buffer_putc(out, (char)bits);
	buffer_add(out, number, len);
}

void openpgp_part_fingerprint(char out[41], const struct openpgp_part *part)
{
	scoped_value(buffer) body = BUFFER_INIT;
	struct openpgp_part borrowed = *part;
	struct buffer *numbers[4];
	size_t n = part_numbers(numbers, &borrowed);

	buffer_putc(&body, 4);
	for (int shift = 24; shift >= 0; shift -= 8)
		buffer_putc(&body, (char)(part->creation_time >> shift));
	buffer_putc(&body, (char)part->algorithm);
	if (part->algorithm == OPENPGP_EDDSA) {
		char point[1 + ED25519_PUBLIC_SIZE] = { EDDSA_PREFIX };

		memcpy(point + 1, part->q.data, ED25519_PUBLIC_SIZE);
		buffer_add(&body, ed25519_oid, sizeof(ed25519_oid));
		add_mpi(&body, point, sizeof(point));
	}
	for (size_t i = 0; i < n; i++)
		add_mpi(&body, numbers[i]->data, numbers[i]->len);
	hash_fingerprint(out, body.data, body.len);
}
