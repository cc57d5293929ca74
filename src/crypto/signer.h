/*
 * signer.h: whoever can make signatures: a key file, an SSH agent, gpg.
 *
 * KEY has one spelling everywhere: a file (PEM; in-toto JSON public; ssh-*
 * public or private key), `gpg:<fingerprint or e-mail>`, `ssh:<path>`,
 * `ssh:SHA256:...`, `key::ssh-...` (git's literal), `env:NAME` (the key's text
 * in an environment variable, its password in NAME_PW).
 */
#ifndef CRYPTO_SIGNER_H
#define CRYPTO_SIGNER_H

#include "crypto/signature.h"

/* What the caller knows of the user's settings; all may be NULL. Borrowed. */
struct key_settings {
	const char *gpg_program; /* gpg.program, else "gpg" */
	const char *gpg_home;	 /* --gpg-home: else GNUPGHOME as it is */
	const char *temp_parent; /* where a private agent's socket may live */

	/* Ask for the password of a file. To be freed; NULL: none given. */
	char *(*ask_password)(const char *prompt, void *data);
	void *ask_data;

	/* What will be signed may be over SIGNER_AGENT_MAX: an SSH key that is
	 * a file is then unlocked for this process by signer_open(), so that
	 * its passphrase is asked for once and before the work, and not again
	 * by signer_sign(). */
	bool large;

	/* Say one line to the user, without a newline; NULL: nothing is said.
	 */
	void (*tell)(const char *text);
};

/* What an SSH agent takes to sign, with a few hundred bytes around it. */
#define SIGNER_AGENT_MAX ((size_t)256 << 10)

/*
 * The public key that KEY names. Several key objects are possible for a
 * public JSON or a PEM bundle: the first is taken, a second is EINVALID.
 * ENOTFOUND with a hint if nothing is there. gpg: exports with the user's
 * gpg (gpgme); an OpenPGP signing subkey of another type than its primary
 * becomes a key of its own.
 */
int key_load(struct key **out, const char *spec,
	     const struct key_settings *settings, struct intoto_error *err);

struct signer;
void signer_free(struct signer *signer);
SCOPED_TYPE(signer);

/*
 * Get ready to sign: unlock the file (asks once), or find the key in the
 * agent, or start a private agent and add the private SSH key to it (ssh-add
 * asks for the passphrase), or check that gpg has the secret key.
 *
 * An SSH key signs through an agent as long as the agent takes the message.
 * OpenSSH's takes 256 KiB, a link of some 2,000 paths. A longer message is
 * signed in this process by a key that is a file, unlocked through a private
 * copy (crypto/private_copy.h says how, and why it is so); by a key that an
 * agent alone holds it cannot be signed.
 */
int signer_open(struct signer **out, const char *spec,
		const struct key_settings *settings, struct intoto_error *err);
const struct key *signer_key(const struct signer *signer);

/* NULL, or the socket of the private agent: set SSH_AUTH_SOCK to it for `git
 * tag -s`, so that the passphrase is asked for once. */
const char *signer_agent_socket(const struct signer *signer);

/* sig->keyid is the legacy keyid; for OpenPGP the fingerprint of the (sub)key
 * that signed. The signature is verified before it is returned; an OpenPGP
 * one with another hash than SHA-256 is ECHILD. DSSE with OpenPGP is refused
 * by the caller. ELIMIT: over SIGNER_AGENT_MAX, and only an SSH agent has the
 * key. */
int signer_sign(struct signature *sig, struct signer *signer, const void *data,
		size_t len, struct intoto_error *err);

#endif
