/* statement.c: Statements of the attestation framework, read and signed. */
#include "metadata/statement.h"

#include <string.h>

#include "base/xalloc.h"
#include "json/canonical.h"
#include "metadata/envelope_internal.h"

#define SUBJECTS_MAX 100000

void statement_free(struct statement *statement)
{
	if (!statement)
		return;
	json_decref(statement->value);
	free(statement);
}

/* Algorithm -> digest, at least one; what algorithms they are is not ours. */
static int check_digests(const json_t *subject, struct intoto_error *err)
{
	json_t *digests;
	json_t *digest;
	const char *algorithm;

	if (json_need_object(&digests, subject, "digest", "a subject", err) < 0)
		return -1;
	if (!json_object_size(digests))
		return intoto_fail(err, INTOTO_EINVALID,
				   "a subject has no digest");
	json_object_foreach(digests, algorithm, digest)
	{
		const char *text = NULL;

		if (json_need_string(&text, digests, algorithm,
				     "the digest of a subject", err) < 0)
			return -1;
	}
	return 0;
}

static int check_subjects(json_t *subjects, struct intoto_error *err)
{
	json_t *subject;
	size_t i;

	if (!json_array_size(subjects))
		return intoto_fail(err, INTOTO_EINVALID, "no subject");
	if (json_array_size(subjects) > SUBJECTS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT, "more than %d subjects",
				   SUBJECTS_MAX);
	json_array_foreach(subjects, i, subject)
	{
		const char *name = NULL;

		if (!json_is_object(subject))
			return intoto_fail(err, INTOTO_EINVALID,
					   "a subject is no object");
		if (json_object_get(subject, "name") &&
		    json_need_string(&name, subject, "name", "a subject", err) <
			    0)
			return -1;
		if (check_digests(subject, err) < 0)
			return -1;
	}
	return 0;
}

/* Everything in the result is borrowed from `value`. */
static int take_apart(struct statement *out, const json_t *value,
		      struct intoto_error *err)
{
	static const char what[] = "the statement";
	const char *type = NULL;
	json_t *subjects;
	json_t *predicate;

	if (json_need_string(&type, value, "_type", what, err) < 0)
		return -1;
	if (strcmp(type, STATEMENT_TYPE))
		return intoto_fail(err, INTOTO_EINVALID,
				   "a statement of type '%s', not '%s'", type,
				   STATEMENT_TYPE);
	if (json_need_string(&out->type, value, "predicateType", what, err) <
		    0 ||
	    json_need_array(&subjects, value, "subject", what, err) < 0 ||
	    check_subjects(subjects, err) < 0 ||
	    json_need_object(&predicate, value, "predicate", what, err) < 0)
		return -1;
	if (!*out->type)
		return intoto_fail(err, INTOTO_EINVALID,
				   "the statement has no predicateType");
	out->subjects = subjects;
	out->predicate = predicate;
	return 0;
}

int statement_read(struct statement **out, const struct envelope *envelope,
		   struct intoto_error *err)
{
	scoped(statement) statement = xcalloc(1, sizeof(*statement));

	if (envelope->content != CONTENT_STATEMENT)
		return intoto_fail(err, INTOTO_EINVALID,
				   "the envelope holds no statement");
	if (json_load_strict(&statement->value, envelope->payload.data,
			     envelope->payload.len, err) < 0 ||
	    take_apart(statement, statement->value, err) < 0)
		return -1;
	*out = take(statement);
	return 0;
}

static int sign_payload(struct envelope *envelope, struct signer *signer,
			size_t max, struct intoto_error *err)
{
	scoped_value(buffer) line = BUFFER_MAX(max);
	scoped_value(signature) made = { 0 };
	struct signature *sig;

	envelope->form = ENVELOPE_DSSE;
	envelope->content = CONTENT_STATEMENT;
	if (envelope_cover(envelope, err) < 0 ||
	    signer_sign(&made, signer, envelope->signed_bytes.data,
			envelope->signed_bytes.len, err) < 0)
		return -1;
	envelope->signatures = xcalloc(1, sizeof(*envelope->signatures));
	envelope->n_signatures = 1;
	sig = &envelope->signatures[0];
	memcpy(sig->keyid, made.keyid, sizeof(sig->keyid));
	if (made.openpgp)
		buffer_add(&sig->sig, made.openpgp_packet.data,
			   made.openpgp_packet.len);
	else
		buffer_add(&sig->sig, made.sig.data, made.sig.len);
	return envelope_append_line(&line, envelope, err);
}

int statement_sign(struct envelope **out, const json_t *statement,
		   struct signer *signer, size_t max, struct intoto_error *err)
{
	scoped(envelope) envelope = xcalloc(1, sizeof(*envelope));
	struct statement parts = { 0 };

	envelope->payload.max = max;
	if (take_apart(&parts, statement, err) < 0 ||
	    compact_append(&envelope->payload, statement, err) < 0 ||
	    buffer_check(&envelope->payload, "the statement", err) < 0 ||
	    sign_payload(envelope, signer, max, err) < 0)
		return -1;
	*out = take(envelope);
	return 0;
}

int statement_cosign(struct envelope **out, const struct envelope *same,
		     struct signer *signer, size_t max,
		     struct intoto_error *err)
{
	scoped(envelope) envelope = xcalloc(1, sizeof(*envelope));
	scoped(statement) statement = NULL;

	if (statement_read(&statement, same, err) < 0)
		return -1;
	buffer_add(&envelope->payload, same->payload.data, same->payload.len);
	if (sign_payload(envelope, signer, max, err) < 0)
		return -1;
	*out = take(envelope);
	return 0;
}
