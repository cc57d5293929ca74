/*
 * sshsig.h: the signatures of ssh-keygen -Y sign, as git puts them on tags
 * (OpenSSH's PROTOCOL.sshsig), namespace "git" and no other.
 */
#ifndef CRYPTO_SSHSIG_H
#define CRYPTO_SSHSIG_H

#include "crypto/key.h"

#define SSHSIG_BEGIN "-----BEGIN SSH SIGNATURE-----"
#define SSHSIG_END "-----END SSH SIGNATURE-----"

struct sshsig {
	struct buffer key;	      /* wire blob of the claimed public key */
	enum digest_algorithm digest; /* SHA-256 or SHA-512 */
	struct buffer sig;	      /* wire blob */
};
void sshsig_release(struct sshsig *sig);
SCOPED_RELEASE(sshsig);

/*
 * The armor, one newline after it, and nothing else. EINVALID if malformed,
 * EREJECTED "signature-bad" for another namespace or version, EREJECTED
 * "signature-weak-hash" for another hash.
 */
int sshsig_parse(struct sshsig *out, const char *armor, size_t len,
		 struct intoto_error *err);

/*
 * By this key, whatever its scheme: EREJECTED "signature-unknown-key" if the
 * signature claims another, "signature-bad", "signature-weak-hash" (ssh-rsa).
 */
int sshsig_verify(const struct sshsig *sig, const struct key *key,
		  const void *payload, size_t len, struct intoto_error *err);

#endif
