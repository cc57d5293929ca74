/*
 * signature.h: signatures on bytes, in the forms that metadata and tags have,
 * all judged in process from key objects: no keyring, no agent, no program.
 */
#ifndef CRYPTO_SIGNATURE_H
#define CRYPTO_SIGNATURE_H

#include "crypto/key.h"

struct signature {
	char keyid[KEYID_SIZE];	       /* unauthenticated; as written */
	struct buffer sig;	       /* raw bytes */
	struct buffer openpgp_headers; /* `other_headers`, raw; only OpenPGP */
	bool openpgp;

	/* The binary signature packet that an OpenPGP signer made; empty in
	 * what was read. */
	struct buffer openpgp_packet;
};
void signature_release(struct signature *sig);
SCOPED_RELEASE(signature);

/*
 * Does this key's signature hold over the bytes? EREJECTED "signature-bad" if
 * not (also when the types do not fit), EREJECTED "key-expired" for an OpenPGP
 * key (the one used: subkey, else primary) past its validity period at `now`.
 */
int signature_verify(const struct signature *sig, const struct key *key,
		     const void *data, size_t len, int64_t now,
		     struct intoto_error *err);

/* The same in DSSE: `sig` is base64 of what the key's type has, of an OpenPGP
 * key the one binary signature packet, made with SHA-256. */
int signature_verify_dsse(const struct signature *sig, const struct key *key,
			  const void *data, size_t len, int64_t now,
			  struct intoto_error *err);

/* Metablock signature objects: {keyid, sig: hex} or {keyid, other_headers,
 * signature}. */
int signature_from_json(struct signature *out, const json_t *object,
			struct intoto_error *err);
json_t *signature_to_json(const struct signature *sig);

/*
 * The armored signature at the end of a tag object, "-----BEGIN PGP
 * SIGNATURE-----" or "-----BEGIN SSH SIGNATURE-----" (PROTOCOL.sshsig,
 * namespace "git"; RFC 9580/4880 armor with or without CRC). Exactly one
 * signature packet, type 0x00, SHA-256/384/512; SHA-1 and MD5 are EREJECTED
 * "signature-weak-hash". `match` gets the index of the key whose signature
 * holds. None: EREJECTED "signature-unknown-key" (its key is not among them;
 * the message has the fingerprint) or "signature-bad".
 */
int tag_signature_verify(size_t *match, const char *armor, size_t armor_len,
			 const struct key *const *keys, size_t n,
			 const void *payload, size_t len, int64_t now,
			 struct intoto_error *err);

/* Who claims to have made it: "gpg <fingerprint or keyid>" or "ssh
 * SHA256:..."; for messages only. */
int tag_signature_claim(char out[128], const char *armor, size_t armor_len,
			struct intoto_error *err);

#endif
