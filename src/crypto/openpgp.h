/*
 * openpgp.h: the part of RFC 4880 (9580) that in-toto and git's tags need:
 * version 4 keys and signatures, RSA, DSA and EdDSA over Curve25519.
 * Every length is bounded by the input; nothing is allocated from a claim.
 */
#ifndef CRYPTO_OPENPGP_H
#define CRYPTO_OPENPGP_H

#include "crypto/key.h"

/*
 * A key object from the output of `gpg --export`. `id` is a suffix (hex,
 * either case, may be "") of the fingerprint of the primary or of a subkey.
 * If it is that of a subkey whose type is not the primary's, the subkey
 * becomes a key of its own; else the object is the primary with its subkeys of
 * the same type, those that sign in front. A subkey counts if the primary
 * bound it, and if it signs, also signed back. A revoked subkey is left out, a
 * revoked primary EINVALID. EREJECTED never; EINVALID, ENOTFOUND,
 * EUNSUPPORTED.
 */
int openpgp_key_read(struct key **out, const void *packets, size_t len,
		     const char *id, struct intoto_error *err);

/* Strip the armor `-----BEGIN <label>-----`; the CRC is checked if there. */
int openpgp_dearmor(struct buffer *out, const char *label, const char *text,
		    size_t len, struct intoto_error *err);

enum { OPENPGP_RSA = 1, OPENPGP_DSA = 17, OPENPGP_EDDSA = 22 };
enum {
	OPENPGP_SHA1 = 2,
	OPENPGP_SHA256 = 8,
	OPENPGP_SHA384 = 9,
	OPENPGP_SHA512 = 10
};

/* One v4 signature packet, as far as it matters. */
struct openpgp_signature {
	uint8_t type;	       /* 0x00 binary document */
	uint8_t algorithm;     /* OPENPGP_RSA ... */
	uint8_t hash;	       /* OPENPGP_SHA256 ... */
	char fingerprint[41];  /* issuer fingerprint, lower hex; or "" */
	char short_id[17];     /* issuer key id, lower hex; or "" */
	int64_t created;       /* claimed; informs only */
	struct buffer headers; /* version octet .. end of hashed subpackets */
	struct buffer sig;     /* in-toto's encoding: RSA MPI bytes, DSA DER,
				  EdDSA R||S */
};
void openpgp_signature_release(struct openpgp_signature *sig);
SCOPED_RELEASE(openpgp_signature);

/* Exactly one signature packet and nothing after it. */
int openpgp_signature_read(struct openpgp_signature *out, const void *packet,
			   size_t len, struct intoto_error *err);

#endif
