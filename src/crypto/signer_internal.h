/*
 * signer_internal.h: what a signer is made of; for src/crypto only.
 */
#ifndef CRYPTO_SIGNER_INTERNAL_H
#define CRYPTO_SIGNER_INTERNAL_H

#include <openssl/evp.h>

#include "crypto/signer.h"

/*
 * `sign` fills sig->sig (and for OpenPGP keyid, openpgp and openpgp_headers;
 * for others signer_sign() sets the keyid). signer_sign() then verifies with
 * the signer's key. `state` is the signer's own; `free` releases it.
 */
struct signer_ops {
	int (*sign)(struct signature *sig, void *state, const struct key *key,
		    const void *data, size_t len, struct intoto_error *err);
	void (*free)(void *state);
	const char *(*agent_socket)(const void *state); /* may be NULL */
};

/* Takes over `state`; takes a reference of its own to `key`. */
struct signer *signer_new(const struct signer_ops *ops, struct key *key,
			  void *state);

/*
 * key_source.c: what a KEY other than gpg: names. `key` is always there.
 */
struct key_source {
	struct key *key;
	EVP_PKEY *private;  /* of a private PEM, unlocked; else NULL */
	bool is_ssh;	    /* an agent signs */
	char *private_path; /* SSH private file; NULL: only an agent has it */
	struct buffer private_text; /* the same, from the environment */
};
void key_source_release(struct key_source *source);
SCOPED_RELEASE(key_source);
int key_source_open(struct key_source *out, const char *spec,
		    const struct key_settings *settings,
		    struct intoto_error *err);

/* The text of a key file, without a way to ask for its password. */
int key_source_read(struct key_source *out, const char *text, size_t len,
		    struct intoto_error *err);

/* signer_file.c: the encoding of in-toto, by the key's scheme. */
int pkey_sign(struct buffer *out, EVP_PKEY *private, const struct key *key,
	      const void *data, size_t len, struct intoto_error *err);

/* Copies nothing of `private`, takes a reference. */
int signer_open_pkey(struct signer **out, struct key *key, EVP_PKEY *private,
		     struct intoto_error *err);

/*
 * signer_agent.c. The user's agent if it holds the key, else (where there is a
 * private part) an agent of our own with that. The private part, where there is
 * one, also signs what an agent does not take (private_copy.h): unlocked here
 * if settings->large, else by the first signature that needs it. Moves the
 * private part out of `source`.
 */
int signer_open_agent(struct signer **out, struct key_source *source,
		      const struct key_settings *settings,
		      struct intoto_error *err);

/* signer_gpg.c: `id` is what follows "gpg:". */
int signer_open_gpg(struct signer **out, const char *id,
		    const struct key_settings *settings,
		    struct intoto_error *err);
int key_load_gpg(struct key **out, const char *id,
		 const struct key_settings *settings, struct intoto_error *err);

#endif
