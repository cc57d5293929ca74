/* ssh_agent.c: a client of the SSH agent. */
#include "crypto/ssh_agent.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/key_internal.h"
#include "crypto/signer.h"
#include "crypto/ssh_wire.h"

#define MESSAGE_MAX SIGNER_AGENT_MAX
#define IDENTITIES_MAX 2048

enum {
	AGENT_FAILURE = 5,
	AGENT_SUCCESS = 6,
	AGENT_REQUEST_IDENTITIES = 11,
	AGENT_IDENTITIES_ANSWER = 12,
	AGENT_SIGN_REQUEST = 13,
	AGENT_SIGN_RESPONSE = 14,
	AGENT_REMOVE_ALL_IDENTITIES = 19,
};

enum {
	AGENT_RSA_SHA2_256 = 2,
	AGENT_RSA_SHA2_512 = 4,
};

struct ssh_agent {
	int fd;
};

void ssh_agent_free(struct ssh_agent *agent)
{
	if (!agent)
		return;
	close(agent->fd);
	free(agent);
}

int ssh_agent_open(struct ssh_agent **out, const char *socket_path,
		   struct intoto_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ssh_agent *agent;
	int fd;

	if (!socket_path)
		socket_path = getenv("SSH_AUTH_SOCK");
	if (!socket_path || !*socket_path) {
		intoto_fail(err, INTOTO_ENOTFOUND,
			    "no SSH agent: SSH_AUTH_SOCK is not set");
		return intoto_hint(err, "eval \"$(ssh-agent)\" && ssh-add");
	}
	if (strlen(socket_path) >= sizeof(address.sun_path))
		return intoto_fail(err, INTOTO_ELIMIT,
				   "path of the SSH agent's socket is too "
				   "long");
	memcpy(address.sun_path, socket_path, strlen(socket_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot make a socket: %s",
				   strerror(errno));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int why = errno;

		close(fd);
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "cannot reach the SSH agent at '%s': %s",
				   socket_path, strerror(why));
	}
	agent = xcalloc(1, sizeof(*agent));
	agent->fd = fd;
	*out = agent;
	return 0;
}

static int broken(struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EIO, "SSH agent does not answer");
}

static int send_all(int fd, const void *data, size_t len,
		    struct intoto_error *err)
{
	const uint8_t *bytes = data;

	while (len) {
		ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return broken(err);
		bytes += sent;
		len -= (size_t)sent;
	}
	return 0;
}

static int receive_all(int fd, void *data, size_t len, struct intoto_error *err)
{
	uint8_t *bytes = data;

	while (len) {
		ssize_t got = recv(fd, bytes, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return broken(err);
		bytes += got;
		len -= (size_t)got;
	}
	return 0;
}

/* One message there, one back: its type, and the rest in `answer`. */
static int ask(uint8_t *type, struct buffer *answer, struct ssh_agent *agent,
	       const struct buffer *message, struct intoto_error *err)
{
	scoped_value(buffer) framed = BUFFER_INIT;
	scoped_text body = NULL;
	uint8_t head[4];
	struct ssh_reader in;
	uint32_t len = 0;

	if (message->len > MESSAGE_MAX) {
		intoto_fail(err, INTOTO_ELIMIT,
			    "too large for an SSH agent: %zu bytes to sign, "
			    "and it takes %zu",
			    message->len, MESSAGE_MAX);
		return intoto_hint(err, "name the file of the private key "
					"(--key ~/.ssh/id_ed25519), or sign "
					"with --key gpg:FINGERPRINT");
	}
	ssh_add_string(&framed, message->data, message->len);
	if (send_all(agent->fd, framed.data, framed.len, err) < 0 ||
	    receive_all(agent->fd, head, sizeof(head), err) < 0)
		return -1;
	in = ssh_reader_start(head, sizeof(head));
	if (!ssh_read_u32(&len, &in) || len < 1 || len > MESSAGE_MAX)
		return intoto_fail(err, INTOTO_EINVALID,
				   "SSH agent answers with a message of %lu "
				   "bytes",
				   (unsigned long)len);
	body = xmalloc(len);
	if (receive_all(agent->fd, body, len, err) < 0)
		return -1;
	*type = (uint8_t)body[0];
	buffer_reset(answer);
	buffer_add(answer, body + 1, len - 1);
	return 0;
}

void ssh_identities_release(struct ssh_identities *list)
{
	for (size_t i = 0; i < list->n; i++) {
		buffer_release(&list->items[i].blob);
		free(list->items[i].comment);
	}
	free(list->items);
	list->items = NULL;
	list->n = 0;
}

static int bad_answer(struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID,
			   "malformed answer of the SSH agent");
}

static int read_identities(struct ssh_identities *list, uint32_t count,
			   struct ssh_reader *in, struct intoto_error *err)
{
	size_t alloc = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct ssh_slice blob, comment;
		struct ssh_identity *item;

		if (!ssh_read_string(&blob, in) ||
		    !ssh_read_string(&comment, in))
			return bad_answer(err);
		ALLOC_GROW(list->items, list->n + 1, alloc);
		item = &list->items[list->n++];
		*item = (struct ssh_identity){ BUFFER_INIT, NULL };
		buffer_add(&item->blob, blob.data, blob.len);
		item->comment = xmemdupz(comment.data, comment.len);
	}
	return in->left ? bad_answer(err) : 0;
}

int ssh_agent_list(struct ssh_identities *out, struct ssh_agent *agent,
		   struct intoto_error *err)
{
	scoped_value(buffer) message = BUFFER_INIT;
	scoped_value(buffer) answer = BUFFER_INIT;
	scoped_value(ssh_identities) list = { NULL, 0 };
	struct ssh_reader in;
	uint32_t count;
	uint8_t type = 0;

	buffer_putc(&message, AGENT_REQUEST_IDENTITIES);
	if (ask(&type, &answer, agent, &message, err) < 0)
		return -1;
	in = ssh_reader_start(buffer_text(&answer), answer.len);
	if (type != AGENT_IDENTITIES_ANSWER || !ssh_read_u32(&count, &in) ||
	    count > IDENTITIES_MAX)
		return bad_answer(err);
	if (read_identities(&list, count, &in, err) < 0)
		return -1;
	ssh_identities_release(out);
	*out = list;
	list = (struct ssh_identities){ NULL, 0 };
	return 0;
}

int ssh_agent_find(struct ssh_agent *agent, const struct key *key,
		   struct intoto_error *err)
{
	scoped_value(ssh_identities) list = { NULL, 0 };
	scoped_value(buffer) blob = BUFFER_INIT;
	char fingerprint[SSH_FINGERPRINT_SIZE];

	if (key_ssh_blob(&blob, key, err) < 0 ||
	    ssh_agent_list(&list, agent, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (list.items[i].blob.len == blob.len &&
		    !memcmp(list.items[i].blob.data, blob.data, blob.len))
			return 0;
	ssh_fingerprint(fingerprint, blob.data, blob.len);
	intoto_fail(err, INTOTO_ENOTFOUND, "SSH agent has no key '%s'",
		    fingerprint);
	return intoto_hint(err, "ssh-add FILE");
}

/* What to ask for, and what must come back, for the key's scheme. */
static int choose(uint32_t *flags, const char **algorithm,
		  const struct key *key, struct intoto_error *err)
{
	*flags = 0;
	if (key->type == KEY_ED25519) {
		*algorithm = "ssh-ed25519";
	} else if (!strcmp(key->scheme, "rsa-pkcs1v15-sha256")) {
		*flags = AGENT_RSA_SHA2_256;
		*algorithm = "rsa-sha2-256";
	} else if (!strcmp(key->scheme, "rsa-pkcs1v15-sha512")) {
		*flags = AGENT_RSA_SHA2_512;
		*algorithm = "rsa-sha2-512";
	} else if (key->type == KEY_ECDSA) {
		*algorithm = key->scheme;
	} else {
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "an SSH agent cannot sign with scheme '%s'",
				   key->scheme);
	}
	return 0;
}

static int read_response(struct buffer *out, const struct buffer *answer,
			 const struct key *key, const char *algorithm,
			 struct intoto_error *err)
{
	struct ssh_reader in =
		ssh_reader_start(buffer_text(answer), answer->len);
	scoped_value(buffer) sig = BUFFER_INIT;
	struct ssh_slice blob;
	const char *made = "";
	size_t rsa_size = 0;

	if (!ssh_read_string(&blob, &in) || in.left)
		return bad_answer(err);
	if (key->type == KEY_RSA)
		rsa_size = (size_t)EVP_PKEY_get_size(key->pkey);
	if (ssh_signature_read(&sig, &made, blob.data, blob.len, rsa_size,
			       err) < 0)
		return -1;
	if (strcmp(made, algorithm))
		return intoto_fail(err, INTOTO_ECHILD,
				   "SSH agent signed with '%s' when asked for "
				   "'%s'",
				   made, algorithm);
	buffer_reset(out);
	buffer_add(out, sig.data, sig.len);
	return 0;
}

int ssh_agent_sign(struct buffer *out, struct ssh_agent *agent,
		   const struct key *key, const void *data, size_t len,
		   struct intoto_error *err)
{
	scoped_value(buffer) message = BUFFER_INIT;
	scoped_value(buffer) answer = BUFFER_INIT;
	scoped_value(buffer) blob = BUFFER_INIT;
	const char *algorithm = "";
	uint32_t flags;
	uint8_t type = 0;

	if (choose(&flags, &algorithm, key, err) < 0 ||
	    key_ssh_blob(&blob, key, err) < 0)
		return -1;
	buffer_putc(&message, AGENT_SIGN_REQUEST);
	ssh_add_string(&message, blob.data, blob.len);
	ssh_add_string(&message, data, len);
	ssh_add_u32(&message, flags);
	if (buffer_check(&message, "text to sign", err) < 0 ||
	    ask(&type, &answer, agent, &message, err) < 0)
		return -1;
	if (type == AGENT_FAILURE)
		return intoto_fail(err, INTOTO_ECHILD,
				   "SSH agent refuses to sign");
	if (type != AGENT_SIGN_RESPONSE)
		return bad_answer(err);
	return read_response(out, &answer, key, algorithm, err);
}

int ssh_agent_remove_all(struct ssh_agent *agent, struct intoto_error *err)
{
	scoped_value(buffer) message = BUFFER_INIT;
	scoped_value(buffer) answer = BUFFER_INIT;
	uint8_t type = 0;

	buffer_putc(&message, AGENT_REMOVE_ALL_IDENTITIES);
	if (ask(&type, &answer, agent, &message, err) < 0)
		return -1;
	return type == AGENT_SUCCESS ? 0 : bad_answer(err);
}
