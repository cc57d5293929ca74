/*
 * ssh_agent.h: the agent protocol (draft-miller-ssh-agent), as much as signing
 * needs, and an agent of our own for keys that the user's agent lacks.
 */
#ifndef CRYPTO_SSH_AGENT_H
#define CRYPTO_SSH_AGENT_H

#include "crypto/key.h"

struct ssh_agent;
void ssh_agent_free(struct ssh_agent *agent);
SCOPED_TYPE(ssh_agent);

/* socket NULL: $SSH_AUTH_SOCK; ENOTFOUND if no agent listens there. */
int ssh_agent_open(struct ssh_agent **out, const char *socket_path,
		   struct intoto_error *err);

struct ssh_identity {
	struct buffer blob; /* public key, wire form */
	char *comment;
};
struct ssh_identities {
	struct ssh_identity *items;
	size_t n;
};
void ssh_identities_release(struct ssh_identities *list);
SCOPED_RELEASE(ssh_identities);
int ssh_agent_list(struct ssh_identities *out, struct ssh_agent *agent,
		   struct intoto_error *err);

/* ENOTFOUND if the agent has not got it. */
int ssh_agent_find(struct ssh_agent *agent, const struct key *key,
		   struct intoto_error *err);

/*
 * Sign the bytes themselves; `out` is in the encoding of in-toto and of the
 * key's scheme (EUNSUPPORTED for one that agents do not make: RSA-PSS, other
 * curves). ELIMIT: OpenSSH's agent takes messages of at most 256 KiB, and
 * what is signed must fit in one. ECHILD: the agent refuses.
 */
int ssh_agent_sign(struct buffer *out, struct ssh_agent *agent,
		   const struct key *key, const void *data, size_t len,
		   struct intoto_error *err);
int ssh_agent_remove_all(struct ssh_agent *agent, struct intoto_error *err);

/*
 * An `ssh-agent` in a private folder under temp_parent (NULL or too long for
 * a socket's name: the default one). It ends with private_agent_free(), and
 * when this process dies.
 */
struct private_agent;
void private_agent_free(struct private_agent *agent);
SCOPED_TYPE(private_agent);
int private_agent_start(struct private_agent **out, const char *temp_parent,
			struct intoto_error *err);
const char *private_agent_socket(const struct private_agent *agent);

/* Run ssh-add, which asks for the passphrase; with path NULL it reads the key
 * from `text`. */
int private_agent_add(struct private_agent *agent, const char *path,
		      const struct buffer *text, struct intoto_error *err);

#endif
