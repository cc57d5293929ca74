/*
 * openpgp_internal.h: what the openpgp_*.c files share; for src/crypto only.
 *
 * Everything is read through a struct openpgp_bytes, which is both a slice of
 * borrowed bytes and a cursor that only moves forward inside of them.
 */
#ifndef CRYPTO_OPENPGP_INTERNAL_H
#define CRYPTO_OPENPGP_INTERNAL_H

#include "crypto/key_internal.h"

enum {
	PACKET_SIGNATURE = 2,
	PACKET_PUBLIC_KEY = 6,
	PACKET_USER_ID = 13,
	PACKET_PUBLIC_SUBKEY = 14,
	PACKET_USER_ATTRIBUTE = 17,
};

enum {
	SUBPACKET_CREATED = 2,
	SUBPACKET_EXPIRES = 3,
	SUBPACKET_KEY_EXPIRES = 9,
	SUBPACKET_ISSUER = 16,
	SUBPACKET_NOTATION = 20,
	SUBPACKET_PRIMARY_USER_ID = 25,
	SUBPACKET_KEY_FLAGS = 27,
	SUBPACKET_EMBEDDED = 32,
	SUBPACKET_FINGERPRINT = 33,
};

enum {
	SIGNATURE_BINARY = 0x00,
	SIGNATURE_CERTIFY_FIRST = 0x10,
	SIGNATURE_CERTIFY_LAST = 0x13,
	SIGNATURE_SUBKEY_BINDING = 0x18,
	SIGNATURE_PRIMARY_BINDING = 0x19,
	SIGNATURE_DIRECT_KEY = 0x1f,
	SIGNATURE_KEY_REVOCATION = 0x20,
	SIGNATURE_SUBKEY_REVOCATION = 0x28,
};

#define OPENPGP_FINGERPRINT_SIZE 20
#define OPENPGP_SHORT_ID_SIZE 8
#define OPENPGP_HEADERS_MIN 6 /* up to the hashed length */
#define OPENPGP_HEADERS_MAX (6 + 65535)
#define OPENPGP_MPI_MAX (RSA_MAX_BITS / 8)

/* --- openpgp_packet.c --- */

struct openpgp_bytes {
	const uint8_t *at;
	size_t left;
};

/* The next `n` bytes; false, and nothing moves, if there are fewer. */
bool openpgp_take(struct openpgp_bytes *out, struct openpgp_bytes *in,
		  size_t n);
bool openpgp_take_number(uint32_t *out, struct openpgp_bytes *in,
			 size_t octets); /* big-endian, 1 to 4 octets */

struct openpgp_packet {
	uint8_t tag;
	struct openpgp_bytes body;
};

/* Old and new header formats; partial and indeterminate lengths, and a length
 * beyond the input, are EINVALID. */
int openpgp_packet_next(struct openpgp_packet *out, struct openpgp_bytes *in,
			struct intoto_error *err);

/* Without leading zero bytes; `minimal` is false if the bit count was not the
 * exact one. Zero and more than RSA_MAX_BITS bits are EINVALID. */
int openpgp_mpi_next(struct openpgp_bytes *out, bool *minimal,
		     struct openpgp_bytes *in, struct intoto_error *err);

/* Every length fits, and there is no critical subpacket that we do not know. */
int openpgp_subpackets_check(struct openpgp_bytes area,
			     struct intoto_error *err);

/* The last one of the type in a checked area. */
bool openpgp_subpacket_find(struct openpgp_bytes *out,
			    struct openpgp_bytes area, uint8_t type);
/* Its content as a number of exactly four octets. */
bool openpgp_subpacket_time(int64_t *out, struct openpgp_bytes area,
			    uint8_t type);

/* --- openpgp_signature.c --- */

/* A v4 signature packet, split; everything borrowed. */
struct openpgp_split {
	uint8_t type;
	uint8_t algorithm;
	uint8_t hash;
	int64_t created;	      /* hashed, not 0 */
	struct openpgp_bytes headers; /* version .. end of hashed subpackets */
	struct openpgp_bytes hashed;
	struct openpgp_bytes unhashed;
	struct openpgp_bytes numbers; /* the MPIs */
};

/* `headers` alone: unhashed and numbers stay empty. */
int openpgp_split_headers(struct openpgp_split *out,
			  struct openpgp_bytes headers,
			  struct intoto_error *err);
int openpgp_split_body(struct openpgp_split *out, struct openpgp_bytes body,
		       struct intoto_error *err);
int openpgp_signature_fill(struct openpgp_signature *out,
			   const struct openpgp_split *split,
			   struct intoto_error *err);

/* --- openpgp_part.c --- */

void openpgp_part_release(struct openpgp_part *part);
SCOPED_RELEASE(openpgp_part);

/* The body of a public key or subkey packet. EUNSUPPORTED for an algorithm or
 * version that is not done; `out` then still has the fingerprint of a v4 key
 * (and nothing else). */
int openpgp_part_read(struct openpgp_part *out, struct openpgp_bytes body,
		      struct intoto_error *err);

/* The v4 fingerprint, from the numbers and the creation time. */
void openpgp_part_fingerprint(char out[41], const struct openpgp_part *part);

/* --- openpgp_dsa.c --- */

int openpgp_dsa_pkey(EVP_PKEY **out, const struct openpgp_part *part,
		     struct intoto_error *err);

/* --- openpgp_verify.c --- */

/* The numbers are of sizes that we verify with. */
int openpgp_part_check(const struct openpgp_part *part,
		       struct intoto_error *err);

/* EREJECTED "signature-bad" unless the signature, in in-toto's encoding, holds
 * over the digest. */
int openpgp_part_verify(const struct openpgp_part *part, uint8_t hash,
			const uint8_t *digest, size_t digest_len,
			const void *sig, size_t sig_len,
			struct intoto_error *err);

/* false for a hash that we do not have. */
bool openpgp_digest_algorithm(enum digest_algorithm *out, uint8_t hash);

/* Ends a digest with the signature's headers and the v4 trailer. */
size_t openpgp_digest_end(struct digest *digest, uint8_t out[DIGEST_MAX_SIZE],
			  const void *headers, size_t headers_len);

/* Has not expired at `now`, else EREJECTED "key-expired". */
int openpgp_part_valid(const struct openpgp_part *part, int64_t now,
		       struct intoto_error *err);

/* The primary or subkey that the signature names as its maker; NULL. */
const struct openpgp_part *
openpgp_key_signer(const struct openpgp_key *openpgp,
		   const struct openpgp_signature *sig);

#endif
