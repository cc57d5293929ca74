/* envelope_signatures.c: the signatures of an envelope, in and out of JSON. */
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "metadata/envelope_internal.h"

#define DSSE_SIGNATURE_MAX ((size_t)64 << 10)

/*
 * {keyid, sig: base64}. A keyid is optional; one that no key of in-toto's can
 * have is somebody else's signature: `*theirs`.
 */
static int dsse_read(struct signature *out, bool *theirs, const json_t *object,
		     struct intoto_error *err)
{
	const json_t *keyid = json_object_get(object, "keyid");
	const size_t keyid_len = json_string_length(keyid);
	const char *sig = NULL;

	if (json_need_string(&sig, object, "sig", "signature", err) < 0)
		return -1;
	if (keyid && !json_is_string(keyid) && !json_is_null(keyid))
		return intoto_fail(err, INTOTO_EINVALID,
				   "signature: 'keyid' is not a string");
	*theirs =
		keyid_len >= KEYID_SIZE ||
		(keyid_len > 0 && !is_hex(json_string_value(keyid), keyid_len));
	if (!*theirs && keyid_len > 0)
		memcpy(out->keyid, json_string_value(keyid), keyid_len + 1);
	out->sig.max = DSSE_SIGNATURE_MAX;
	if (base64_decode(&out->sig, sig, strlen(sig), err) < 0 ||
	    buffer_check(&out->sig, "signature", err) < 0)
		return -1;
	return 0;
}

static bool has_own_members(const json_t *object, enum envelope_form form)
{
	const bool openpgp = form == ENVELOPE_METABLOCK &&
			     json_object_get(object, "other_headers");
	size_t known = openpgp ? 3 : 2;

	if (form == ENVELOPE_DSSE && !json_object_get(object, "keyid"))
		known = 1;
	return json_object_size(object) > known;
}

/* In a root an OpenPGP signature has the member `sig`, as all have there, and
 * `other_headers` beside it. */
static int root_sig_read(struct signature *out, const json_t *object,
			 struct intoto_error *err)
{
	scoped_json own = json_copy((json_t *)object);
	const char *sig = NULL;

	if (json_object_get(object, "other_headers")) {
		if (json_need_string(&sig, object, "sig", "signature", err) < 0)
			return -1;
		json_object_set_new(own, "signature", json_string(sig));
	}
	return signature_from_json(out, own, err);
}

static json_t *root_sig_json(const struct signature *sig)
{
	json_t *object = signature_to_json(sig);
	json_t *value = json_object_get(object, "signature");

	if (value) {
		json_object_set(object, "sig", value);
		json_object_del(object, "signature");
	}
	return object;
}

/* One of a key: of two, TUF's readers refuse the whole. */
static int check_once(const struct envelope *envelope, struct intoto_error *err)
{
	const size_t last = envelope->n_signatures - 1;
	const char *keyid = envelope->signatures[last].keyid;

	for (size_t i = 0; i < last; i++)
		if (!strcmp(envelope->signatures[i].keyid, keyid))
			return intoto_fail(err, INTOTO_EINVALID,
					   "a second one by key '%s'", keyid);
	return 0;
}

static int one_read(struct envelope *envelope, const json_t *object,
		    bool strict, struct intoto_error *err)
{
	struct signature *sig = &envelope->signatures[envelope->n_signatures];
	bool theirs = false;

	if (!json_is_object(object))
		return intoto_fail(err, INTOTO_EINVALID, "not an object");
	if (strict && has_own_members(object, envelope->form))
		return intoto_fail(err, INTOTO_EINVALID,
				   "signature has members of its own");
	envelope->n_signatures++;
	if (envelope->content == CONTENT_ROOT)
		return root_sig_read(sig, object, err) < 0
			       ? -1
			       : check_once(envelope, err);
	if (envelope->form == ENVELOPE_METABLOCK)
		return signature_from_json(sig, object, err);
	if (dsse_read(sig, &theirs, object, err) < 0)
		return -1;
	if (theirs && strict)
		return intoto_fail(err, INTOTO_EINVALID,
				   "signature: 'keyid' is not a keyid");
	if (theirs) {
		signature_release(sig);
		*sig = (struct signature){ 0 };
		envelope->n_signatures--;
	}
	return 0;
}

int envelope_signatures_read(struct envelope *envelope, const char *text,
			     size_t len, bool strict, struct intoto_error *err)
{
	scoped_json array = NULL;
	const size_t max = ENVELOPE_SIGNATURES_MAX;
	size_t i = 0;
	json_t *value = NULL;

	if (json_load_strict(&array, text, len, err) < 0)
		return -1;
	if (!json_is_array(array))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'signatures' is not a list");
	if (json_array_size(array) > max)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "more than %zu signatures", max);
	envelope->signatures = xcalloc(json_array_size(array) + 1,
				       sizeof(*envelope->signatures));
	json_array_foreach(array, i, value)
	{
		if (one_read(envelope, value, strict, err) < 0) {
			intoto_context(err, "signatures[%zu]: ", i);
			return -1;
		}
	}
	return 0;
}

static json_t *dsse_json(const struct signature *sig)
{
	scoped_value(buffer) text = BUFFER_INIT;
	json_t *object = json_object();

	base64_append(&text, sig->sig.data, sig->sig.len);
	json_object_set_new(object, "keyid", json_string(sig->keyid));
	json_object_set_new(object, "sig", json_string(buffer_text(&text)));
	return object;
}

json_t *envelope_signatures_json(const struct envelope *envelope)
{
	json_t *array = json_array();

	for (size_t i = 0; i < envelope->n_signatures; i++) {
		const struct signature *sig = &envelope->signatures[i];

		json_array_append_new(array, envelope->form == ENVELOPE_DSSE
						     ? dsse_json(sig)
					     : envelope->content == CONTENT_ROOT
						     ? root_sig_json(sig)
						     : signature_to_json(sig));
	}
	return array;
}
