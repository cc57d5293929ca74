/* signer.c: whoever can sign: from a KEY to a verified signature. */
#include "crypto/signer.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "crypto/signer_internal.h"

struct signer {
	const struct signer_ops *ops;
	struct key *key;
	void *state;
};

struct signer *signer_new(const struct signer_ops *ops, struct key *key,
			  void *state)
{
	struct signer *signer = xcalloc(1, sizeof(*signer));

	signer->ops = ops;
	signer->key = key_ref(key);
	signer->state = state;
	return signer;
}

void signer_free(struct signer *signer)
{
	if (!signer)
		return;
	signer->ops->free(signer->state);
	key_free(signer->key);
	free(signer);
}

const struct key *signer_key(const struct signer *signer)
{
	return signer->key;
}

const char *signer_agent_socket(const struct signer *signer)
{
	return signer->ops->agent_socket
		       ? signer->ops->agent_socket(signer->state)
		       : NULL;
}

int signer_sign(struct signature *sig, struct signer *signer, const void *data,
		size_t len, struct intoto_error *err)
{
	struct signature made = { 0 };

	snprintf(made.keyid, sizeof(made.keyid), "%s", key_id(signer->key));
	if (signer->ops->sign(&made, signer->state, signer->key, data, len,
			      err) < 0) {
		signature_release(&made);
		return -1;
	}
	if (signature_verify(&made, signer->key, data, len, clock_now(), err) <
	    0) {
		signature_release(&made);
		return intoto_context(err, "new signature of '%s': ",
				      key_id(signer->key));
	}
	signature_release(sig);
	*sig = made;
	return 0;
}

static const char *gpg_id(const char *spec)
{
	return strncmp(spec, "gpg:", 4) ? NULL : spec + 4;
}

int key_load(struct key **out, const char *spec,
	     const struct key_settings *settings, struct intoto_error *err)
{
	scoped_value(key_source) source = { 0 };
	static const struct key_settings none;

	if (!settings)
		settings = &none;
	if (gpg_id(spec))
		return key_load_gpg(out, gpg_id(spec), settings, err);
	if (key_source_open(&source, spec, settings, err) < 0)
		return -1;
	*out = take(source.key);
	return 0;
}

int signer_open(struct signer **out, const char *spec,
		const struct key_settings *settings, struct intoto_error *err)
{
	scoped_value(key_source) source = { 0 };
	static const struct key_settings none;

	if (!settings)
		settings = &none;
	if (gpg_id(spec))
		return signer_open_gpg(out, gpg_id(spec), settings, err);
	if (key_source_open(&source, spec, settings, err) < 0)
		return -1;
	if (source.is_ssh)
		return signer_open_agent(out, &source, settings, err);
	if (source.private)
		return signer_open_pkey(out, source.key, source.private, err);
	return intoto_fail(err, INTOTO_EINVALID,
			   "key '%s' is a public key and cannot sign", spec);
}
