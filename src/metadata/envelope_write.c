/* envelope_write.c: make, sign and write envelopes. */
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "json/canonical.h"
#include "json/indent.h"
#include "metadata/envelope_internal.h"

static int append_signed(struct buffer *out, const struct envelope *envelope,
			 struct intoto_error *err)
{
	if (envelope->content == CONTENT_LINK)
		return link_append_compact(out, envelope->link, err);
	return compact_append(out,
			      envelope->content == CONTENT_ROOT
				      ? envelope->root->signed_part
				      : envelope->layout->signed_part,
			      err);
}

int envelope_append_line(struct buffer *out, const struct envelope *envelope,
			 struct intoto_error *err)
{
	scoped_json signatures = envelope_signatures_json(envelope);

	if (envelope->form == ENVELOPE_DSSE) {
		buffer_puts(out, "{\"payload\":\"");
		base64_append(out, envelope->payload.data,
			      envelope->payload.len);
		buffer_puts(out, "\",\"payloadType\":\"" INTOTO_PAYLOAD_TYPE
				 "\",\"signatures\":");
		if (compact_append(out, signatures, err) < 0)
			return -1;
	} else {
		buffer_puts(out, "{\"signatures\":");
		if (compact_append(out, signatures, err) < 0)
			return -1;
		buffer_puts(out, ",\"signed\":");
		if (append_signed(out, envelope, err) < 0)
			return -1;
	}
	buffer_putc(out, '}');
	return buffer_check(out, "line of metadata", err);
}

int envelope_append_file(struct buffer *out, const struct envelope *envelope,
			 struct intoto_error *err)
{
	const size_t width = envelope->form == ENVELOPE_DSSE ? 0 : 1;
	scoped_value(buffer) line = BUFFER_MAX(out->max);

	if (envelope_append_line(&line, envelope, err) < 0)
		return -1;
	indent_append(out, line.data, line.len, width);
	return buffer_check(out, "metadata file", err);
}

static int refuse_openpgp(const struct signer *signer, struct intoto_error *err)
{
	if (key_type(signer_key(signer)) != KEY_OPENPGP)
		return 0;
	intoto_fail(err, INTOTO_EUNSUPPORTED,
		    "an OpenPGP key cannot sign a DSSE envelope: in-toto has "
		    "no form for it");
	intoto_hint(err, "leave out --dsse, or sign with --key <file>");
	return -1;
}

/* Append a signature; its buffers move. */
static void signature_add(struct envelope *envelope, struct signature *sig)
{
	envelope->signatures =
		xrealloc(envelope->signatures, envelope->n_signatures + 1,
			 sizeof(*envelope->signatures));
	envelope->signatures[envelope->n_signatures++] = *sig;
	*sig = (struct signature){ 0 };
}

static int sign(struct signature *sig, const struct envelope *envelope,
		struct signer *signer, struct intoto_error *err)
{
	if (envelope->form == ENVELOPE_DSSE && refuse_openpgp(signer, err) < 0)
		return -1;
	return signer_sign(sig, signer, envelope->signed_bytes.data,
			   envelope->signed_bytes.len, err);
}

/* Without a signer it stays unsigned. */
static int sign_link(struct envelope *envelope, struct signer *signer,
		     size_t max, struct intoto_error *err)
{
	const struct link *link = envelope->link;
	scoped_value(buffer) line = BUFFER_MAX(max);
	scoped_value(signature) sig = { 0 };

	envelope->payload.max = envelope->signed_bytes.max = max;
	if (name_check(link->name, strlen(link->name), "step", err) < 0)
		return -1;
	if (envelope->form == ENVELOPE_DSSE &&
	    link_append_compact(&envelope->payload, link, err) < 0)
		return -1;
	if (envelope_cover(envelope, err) < 0 ||
	    (signer && sign(&sig, envelope, signer, err) < 0))
		return -1;
	if (signer)
		signature_add(envelope, &sig);
	return envelope_append_line(&line, envelope, err);
}

int envelope_sign_link(struct envelope **out, struct link **link, bool dsse,
		       struct signer *signer, size_t max,
		       struct intoto_error *err)
{
	scoped(envelope) envelope = xcalloc(1, sizeof(*envelope));
	int got = 0;

	envelope->form = dsse ? ENVELOPE_DSSE : ENVELOPE_METABLOCK;
	envelope->content = CONTENT_LINK;
	envelope->link = *link;
	got = sign_link(envelope, signer, max, err);
	if (got < 0)
		envelope->link = NULL;
	else
		*link = NULL;
	if (got == 0)
		*out = take(envelope);
	return got;
}

int envelope_wrap_link(struct envelope **out, struct link **link, bool dsse,
		       size_t max, struct intoto_error *err)
{
	return envelope_sign_link(out, link, dsse, NULL, max, err);
}

int envelope_from_json(struct envelope **out, const json_t *signed_part,
		       struct intoto_error *err)
{
	const char *type =
		json_string_value(json_object_get(signed_part, "_type"));
	const bool is_root = type && !strcmp(type, "root");
	scoped(envelope) envelope = xcalloc(1, sizeof(*envelope));
	scoped_value(buffer) text = BUFFER_INIT;

	envelope->form = ENVELOPE_METABLOCK;
	envelope->content = is_root ? CONTENT_ROOT : CONTENT_LAYOUT;
	if (compact_append(&text, signed_part, err) < 0 ||
	    buffer_check(&text, "signed part", err) < 0)
		return -1;
	if (is_root ? root_read(&envelope->root, text.data, text.len, err) < 0
		    : layout_read(&envelope->layout, text.data, text.len, err) <
			      0)
		return -1;
	if (envelope_cover(envelope, err) < 0)
		return -1;
	*out = take(envelope);
	return 0;
}

void envelope_unsign(struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->n_signatures; i++)
		signature_release(&envelope->signatures[i]);
	free(envelope->signatures);
	envelope->signatures = NULL;
	envelope->n_signatures = 0;
}

int envelope_to_dsse(struct envelope *envelope, struct intoto_error *err)
{
	struct buffer *payload = &envelope->payload;

	if (envelope->form == ENVELOPE_DSSE)
		return 0;
	buffer_reset(payload);
	if (append_signed(payload, envelope, err) < 0 ||
	    buffer_check(payload, "payload", err) < 0)
		return -1;
	envelope_unsign(envelope);
	envelope->form = ENVELOPE_DSSE;
	return envelope_cover(envelope, err);
}

static void signatures_remove(struct envelope *envelope, const struct key *key)
{
	size_t kept = 0;

	for (size_t i = 0; i < envelope->n_signatures; i++) {
		struct signature *sig = &envelope->signatures[i];

		if (key_answers_to(key, sig->keyid))
			signature_release(sig);
		else
			envelope->signatures[kept++] = *sig;
	}
	envelope->n_signatures = kept;
}

static void signature_copy(struct signature *out, const struct signature *sig,
			   const char *keyid)
{
	snprintf(out->keyid, sizeof(out->keyid), "%s", keyid);
	out->openpgp = sig->openpgp;
	buffer_add(&out->sig, sig->sig.data, sig->sig.len);
	buffer_add(&out->openpgp_headers, sig->openpgp_headers.data,
		   sig->openpgp_headers.len);
}

void envelope_name_signature(struct envelope *envelope, const struct key *key,
			     const char *keyid)
{
	scoped_value(signature) copy = { 0 };
	struct signature *found = NULL;

	for (size_t i = 0; i < envelope->n_signatures; i++) {
		struct signature *sig = &envelope->signatures[i];

		if (!strcmp(sig->keyid, keyid))
			return;
		if (!found && key_answers_to(key, sig->keyid))
			found = sig;
	}
	if (!found)
		return;
	if (envelope->content == CONTENT_LINK) {
		snprintf(found->keyid, sizeof(found->keyid), "%s", keyid);
		return;
	}
	signature_copy(&copy, found, keyid);
	signature_add(envelope, &copy);
}

int envelope_add_signature(struct envelope *envelope, struct signer *signer,
			   struct intoto_error *err)
{
	const struct key *key = signer_key(signer);
	scoped_value(signature) sig = { 0 };
	scoped_value(signature) second = { 0 };
	bool twice = false;

	if (sign(&sig, envelope, signer, err) < 0)
		return -1;
	signatures_remove(envelope, key);
	/* TUF's readers take one signature of a key, under the id by which
	 * the root lists it. */
	if (envelope->content == CONTENT_ROOT && !sig.openpgp)
		snprintf(sig.keyid, sizeof(sig.keyid), "%s",
			 root_listed_as(envelope->root, key));
	twice = envelope->content == CONTENT_LAYOUT && !sig.openpgp &&
		strcmp(key_id(key), key_id_new(key)) != 0;
	if (twice)
		signature_copy(&second, &sig, key_id_new(key));
	signature_add(envelope, &sig);
	if (twice)
		signature_add(envelope, &second);
	return 0;
}
