/* signer_agent.c: signing with SSH keys: through the user's agent or our own,
 * and in this process what is too long for an agent. */
#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/key_internal.h"
#include "crypto/private_copy.h"
#include "crypto/signer_internal.h"
#include "crypto/ssh_agent.h"

struct agent_signer {
	struct private_agent *own; /* NULL: the user's */
	struct ssh_agent *client;

	/* Where the private part is; NULL and empty: in the agent alone. */
	char *private_path;
	struct buffer private_text;
	void (*tell)(const char *text);
	EVP_PKEY *unlocked; /* NULL: not yet */
};

static void agent_free(void *state)
{
	struct agent_signer *signer = state;

	ssh_agent_free(signer->client);
	private_agent_free(signer->own);
	free(signer->private_path);
	scoped_secret_release(&signer->private_text);
	EVP_PKEY_free(signer->unlocked);
	free(signer);
}

static bool has_private(const struct agent_signer *signer)
{
	return signer->private_path || signer->private_text.len;
}

static int make_copy(struct private_copy *copy,
		     const struct agent_signer *signer,
		     struct intoto_error *err)
{
	const struct key_settings settings = { .tell = signer->tell };

	return private_copy_make(copy, signer->private_path,
				 &signer->private_text, &settings, err);
}

static int unlock(struct agent_signer *signer, const struct key *key,
		  struct intoto_error *err)
{
	scoped_value(private_copy) copy = { .dir = { NULL } };

	if (make_copy(&copy, signer, err) < 0)
		return -1;
	return private_copy_read(&signer->unlocked, &copy, key, err);
}

static int agent_sign(struct signature *sig, void *state, const struct key *key,
		      const void *data, size_t len, struct intoto_error *err)
{
	struct agent_signer *signer = state;
	struct intoto_error why = { 0 };

	if (!signer->unlocked) {
		if (ssh_agent_sign(&sig->sig, signer->client, key, data, len,
				   &why) == 0)
			return 0;
		if (why.code != INTOTO_ELIMIT || !has_private(signer)) {
			*err = why;
			return -1;
		}
		if (unlock(signer, key, err) < 0)
			return -1;
	}
	return pkey_sign(&sig->sig, signer->unlocked, key, data, len, err);
}

static const char *agent_socket(const void *state)
{
	const struct agent_signer *signer = state;

	return signer->own ? private_agent_socket(signer->own) : NULL;
}

static const struct signer_ops agent_ops = { agent_sign, agent_free,
					     agent_socket };

/* The user's agent, if it is there and has the key. */
static int open_users(struct agent_signer *signer, const struct key *key,
		      struct intoto_error *err)
{
	scoped(ssh_agent) client = NULL;

	if (ssh_agent_open(&client, NULL, err) < 0 ||
	    ssh_agent_find(client, key, err) < 0)
		return -1;
	signer->client = take(client);
	return 0;
}

/* An agent of our own with the key in the file `path`, or in the text. */
static int open_own(struct agent_signer *signer, const struct key *key,
		    const char *path, const struct key_settings *settings,
		    struct intoto_error *err)
{
	if (private_agent_start(&signer->own, settings->temp_parent, err) < 0 ||
	    private_agent_add(signer->own, path, &signer->private_text, err) <
		    0 ||
	    ssh_agent_open(&signer->client, private_agent_socket(signer->own),
			   err) < 0)
		return -1;
	if (ssh_agent_find(signer->client, key, err) == 0)
		return 0;
	if (err->code == INTOTO_ENOTFOUND && signer->private_path)
		return intoto_fail(err, INTOTO_EINVALID,
				   "private key '%s' does not belong to its "
				   "public key",
				   signer->private_path);
	return -1;
}

/* One prompt serves both the agent that git signs the tag with, and this
 * process: the agent gets the copy that is unlocked. */
static int open_unlocked(struct agent_signer *signer, const struct key *key,
			 const struct key_settings *settings,
			 struct intoto_error *err)
{
	scoped_value(private_copy) copy = { .dir = { NULL } };

	if (make_copy(&copy, signer, err) < 0 ||
	    private_copy_read(&signer->unlocked, &copy, key, err) < 0)
		return -1;
	return signer->client ? 0
			      : open_own(signer, key, copy.path, settings, err);
}

int signer_open_agent(struct signer **out, struct key_source *source,
		      const struct key_settings *settings,
		      struct intoto_error *err)
{
	struct agent_signer *signer = xcalloc(1, sizeof(*signer));
	int result = open_users(signer, source->key, err);

	private_copy_clean();
	signer->private_path = take(source->private_path);
	signer->private_text = source->private_text;
	source->private_text = (struct buffer)BUFFER_INIT;
	signer->tell = settings->tell;
	if (has_private(signer) && settings->large)
		result = open_unlocked(signer, source->key, settings, err);
	else if (has_private(signer) && result < 0)
		result = open_own(signer, source->key, signer->private_path,
				  settings, err);
	if (result < 0) {
		agent_free(signer);
		return -1;
	}
	*out = signer_new(&agent_ops, source->key, signer);
	return 0;
}
