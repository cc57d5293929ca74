/* api_envelope.c: include/intoto/envelope.h on the envelopes of this layer. */
#include "metadata/api_envelope.h"

#include "base/xalloc.h"
#include "crypto/api_key.h"

int intoto_envelope_read(struct intoto_envelope **out, const char *text,
			 size_t len, struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;

	if (envelope_read(&envelope, text, len, false, err) < 0)
		return -1;
	*out = xcalloc(1, sizeof(**out));
	(*out)->refs = 1;
	(*out)->envelope = take(envelope);
	return 0;
}

void intoto_envelope_free(struct intoto_envelope *envelope)
{
	if (!envelope || --envelope->refs)
		return;
	envelope_free(envelope->envelope);
	free(envelope);
}

int api_envelope_share(struct intoto_envelope **out,
		       struct intoto_envelope *envelope,
		       enum envelope_content content, const char *what,
		       struct intoto_error *err)
{
	if (envelope->envelope->content != content)
		return intoto_fail(err, INTOTO_EINVALID,
				   "the envelope holds no %s", what);
	if (!envelope->verified)
		return intoto_reject(err, "signature-missing",
				     "no signature of the %s was verified",
				     what);
	envelope->refs++;
	*out = envelope;
	return 0;
}

enum intoto_content
intoto_envelope_content(const struct intoto_envelope *envelope)
{
	static const enum intoto_content contents[] = {
		[CONTENT_LINK] = INTOTO_CONTENT_LINK,
		[CONTENT_LAYOUT] = INTOTO_CONTENT_LAYOUT,
		[CONTENT_STATEMENT] = INTOTO_CONTENT_STATEMENT,
		[CONTENT_ROOT] = INTOTO_CONTENT_ROOT,
	};

	return contents[envelope->envelope->content];
}

bool intoto_envelope_is_dsse(const struct intoto_envelope *envelope)
{
	return envelope->envelope->form == ENVELOPE_DSSE;
}

const char *intoto_envelope_keyid(const struct intoto_envelope *envelope,
				  size_t index)
{
	return index < envelope->envelope->n_signatures
		       ? envelope->envelope->signatures[index].keyid
		       : NULL;
}

void intoto_envelope_digest(char out[INTOTO_DIGEST_SIZE],
			    const struct intoto_envelope *envelope)
{
	envelope_identity(out, envelope->envelope);
}

int intoto_envelope_verify(struct intoto_envelope *envelope,
			   const struct intoto_key *key, int64_t now,
			   struct intoto_error *err)
{
	if (envelope_verify(envelope->envelope, key->key, now, err) < 0)
		return -1;
	envelope->verified = true;
	return 0;
}
