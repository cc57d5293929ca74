/* envelope.c: signed metadata in either wrapper, read and judged. */
#include "metadata/envelope.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "metadata/envelope_internal.h"
#include "metadata/members.h"

#define STATEMENT_TYPE "https://in-toto.io/Statement/v"
#define TYPE_MAX 256
#define ANONYMOUS_MAX 16 /* signatures without keyid that are tried */
#define GROWTH_MAX 4096	 /* what a projection may add to the text it is of */

void envelope_free(struct envelope *envelope)
{
	if (!envelope)
		return;
	link_free(envelope->link);
	layout_free(envelope->layout);
	root_free(envelope->root);
	buffer_release(&envelope->payload);
	for (size_t i = 0; i < envelope->n_signatures; i++)
		signature_release(&envelope->signatures[i]);
	free(envelope->signatures);
	buffer_release(&envelope->signed_bytes);
	free(envelope);
}

/* Members as they are found; slices are borrowed from the text. */
struct parts {
	const char *signatures;
	size_t signatures_len;
	const char *signed_part; /* of a layout or root; a link is read at
				    once */
	size_t signed_len;
	bool has_signed;
	bool has_payload;
	bool has_type;
};

/* `_type` of the object at the cursor, which stays where it is. */
static int content_read(enum envelope_content *out, struct scan at,
			struct intoto_error *err)
{
	scoped_value(buffer) name = BUFFER_INIT;
	scoped_value(buffer) type = BUFFER_INIT;
	int more = 0;

	if (scan_object(&at, err) < 0)
		return -1;
	while ((more = scan_member(&at, &name, err)) > 0) {
		const char *skipped = NULL;
		size_t len = 0;

		if (!strcmp(buffer_text(&name), "_type")) {
			if (scan_string(&at, &type, err) < 0)
				return -1;
			break;
		}
		if (scan_value(&at, &skipped, &len, err) < 0)
			return -1;
	}
	if (more < 0)
		return -1;
	if (!strcmp(buffer_text(&type), "link"))
		*out = CONTENT_LINK;
	else if (!strcmp(buffer_text(&type), "layout"))
		*out = CONTENT_LAYOUT;
	else if (!strcmp(buffer_text(&type), "root"))
		*out = CONTENT_ROOT;
	else if (!strncmp(buffer_text(&type), STATEMENT_TYPE,
			  strlen(STATEMENT_TYPE)))
		*out = CONTENT_STATEMENT;
	else
		return intoto_fail(err, INTOTO_EINVALID,
				   "metadata of unknown type '%s'",
				   buffer_text(&type));
	return 0;
}

static int signed_read(struct envelope *envelope, struct parts *parts,
		       struct scan *scan, struct intoto_error *err)
{
	parts->has_signed = true;
	if (content_read(&envelope->content, *scan, err) < 0)
		return -1;
	if (envelope->content == CONTENT_STATEMENT)
		return intoto_fail(err, INTOTO_EINVALID,
				   "a statement cannot be in a metablock");
	if (envelope->content == CONTENT_LINK)
		return link_scan(&envelope->link, scan, err);
	return scan_value(scan, &parts->signed_part, &parts->signed_len, err);
}

static int payload_read(struct envelope *envelope, struct parts *parts,
			struct scan *scan, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;

	parts->has_payload = true;
	text.max = envelope->payload.max = scan->len;
	if (scan_string(scan, &text, err) < 0)
		return -1;
	if (base64_decode(&envelope->payload, buffer_text(&text), text.len,
			  err) < 0) {
		intoto_context(err, "payload: ");
		return -1;
	}
	return buffer_check(&envelope->payload, "payload", err);
}

static int payload_type_check(struct parts *parts, struct scan *scan,
			      struct intoto_error *err)
{
	scoped_value(buffer) type = BUFFER_MAX(TYPE_MAX);

	parts->has_type = true;
	if (scan_string(scan, &type, err) < 0 ||
	    buffer_check(&type, "payload type", err) < 0)
		return -1;
	if (type.len != strlen(INTOTO_PAYLOAD_TYPE) ||
	    strcmp(buffer_text(&type), INTOTO_PAYLOAD_TYPE) != 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "payload of unknown type '%s'",
				   buffer_text(&type));
	return 0;
}

static int member_read(struct envelope *envelope, struct parts *parts,
		       struct scan *scan, const char *name, bool strict,
		       struct intoto_error *err)
{
	const char *skipped = NULL;
	size_t len = 0;

	if (!strcmp(name, "signatures"))
		return scan_value(scan, &parts->signatures,
				  &parts->signatures_len, err);
	if (!strcmp(name, "signed"))
		return signed_read(envelope, parts, scan, err);
	if (!strcmp(name, "payload"))
		return payload_read(envelope, parts, scan, err);
	if (!strcmp(name, "payloadType"))
		return payload_type_check(parts, scan, err);
	if (strict)
		return intoto_fail(err, INTOTO_EINVALID,
				   "envelope has a member '%s' of its own",
				   name);
	return scan_value(scan, &skipped, &len, err);
}

static int parts_read(struct envelope *envelope, struct parts *parts,
		      const char *text, size_t len, bool strict,
		      struct intoto_error *err)
{
	struct scan scan = scan_start(text, len);
	scoped_value(strlist) seen = STRLIST_INIT;
	scoped_value(buffer) name = BUFFER_INIT;
	int more = 0;

	if (scan_object(&scan, err) < 0)
		return -1;
	while ((more = scan_member(&scan, &name, err)) > 0)
		if (member_check(&seen, &name, "envelope", err) < 0 ||
		    member_read(envelope, parts, &scan, buffer_text(&name),
				strict, err) < 0)
			return -1;
	if (more < 0 || scan_finish(&scan, err) < 0)
		return -1;
	if (!parts->signatures || parts->has_signed == parts->has_payload ||
	    parts->has_type != parts->has_payload)
		return intoto_fail(err, INTOTO_EINVALID,
				   "neither a metablock (signatures, signed) "
				   "nor an envelope (payload, payloadType, "
				   "signatures)");
	return 0;
}

static int metablock_finish(struct envelope *envelope,
			    const struct parts *parts, struct intoto_error *err)
{
	if (envelope->content == CONTENT_LAYOUT) {
		/* Defaults of a step that gives only its name. */
		envelope->signed_bytes.max += 16 * parts->signed_len;
		if (layout_read(&envelope->layout, parts->signed_part,
				parts->signed_len, err) < 0)
			return -1;
	}
	if (envelope->content == CONTENT_ROOT &&
	    root_read(&envelope->root, parts->signed_part, parts->signed_len,
		      err) < 0)
		return -1;
	return envelope_cover(envelope, err);
}

static int dsse_finish(struct envelope *envelope, struct intoto_error *err)
{
	const struct buffer *payload = &envelope->payload;
	struct scan scan = scan_start(buffer_text(payload), payload->len);
	scoped_json value = NULL;
	int got = 0;

	envelope->form = ENVELOPE_DSSE;
	if (content_read(&envelope->content, scan, err) < 0)
		got = -1;
	else if (envelope->content == CONTENT_LINK)
		got = link_read(&envelope->link, payload->data, payload->len,
				err);
	else if (envelope->content == CONTENT_LAYOUT)
		got = layout_read(&envelope->layout, payload->data,
				  payload->len, err);
	else if (envelope->content == CONTENT_ROOT)
		got = intoto_fail(err, INTOTO_EINVALID,
				  "a root can only be in a metablock");
	else
		got = json_load_strict(&value, payload->data, payload->len,
				       err);
	if (got < 0) {
		intoto_context(err, "payload: ");
		return -1;
	}
	return envelope_cover(envelope, err);
}

void envelope_pae(struct buffer *out, const char *type,
		  const struct buffer *payload)
{
	buffer_printf(out, "DSSEv1 %zu %s %zu ", strlen(type), type,
		      payload->len);
	buffer_add(out, payload->data, payload->len);
}

int envelope_cover(struct envelope *envelope, struct intoto_error *err)
{
	struct buffer *out = &envelope->signed_bytes;

	buffer_reset(out);
	if (envelope->form == ENVELOPE_DSSE) {
		out->max = envelope->payload.len + GROWTH_MAX;
		envelope_pae(out, INTOTO_PAYLOAD_TYPE, &envelope->payload);
		return buffer_check(out, "payload", err);
	}
	if (envelope->content == CONTENT_LINK)
		return link_append_canonical(out, envelope->link, err);
	if (envelope->content == CONTENT_ROOT)
		return root_append_canonical(out, envelope->root, err);
	return layout_append_canonical(out, envelope->layout, err);
}

int envelope_read(struct envelope **out, const char *text, size_t len,
		  bool strict, struct intoto_error *err)
{
	scoped(envelope) envelope = xcalloc(1, sizeof(*envelope));
	struct parts parts = { 0 };

	envelope->signed_bytes.max = len + GROWTH_MAX;
	if (parts_read(envelope, &parts, text, len, strict, err) < 0)
		return -1;
	if (parts.has_payload ? dsse_finish(envelope, err) < 0
			      : metablock_finish(envelope, &parts, err) < 0)
		return -1;
	if (envelope_signatures_read(envelope, parts.signatures,
				     parts.signatures_len, strict, err) < 0)
		return -1;
	*out = take(envelope);
	return 0;
}

static bool sig_is_by(const struct signature *sig, const struct key *key,
		      const char *as)
{
	const bool subkey = key_type(key) == KEY_OPENPGP &&
			    key_answers_to(key, as) &&
			    strcmp(key_id(key), as) != 0;

	return !strcmp(sig->keyid, as) ||
	       (!subkey && key_answers_to(key, sig->keyid));
}

/* Links and layouts in DSSE have no form for OpenPGP; statements have. */
static int sig_verify(const struct signature *sig,
		      const struct envelope *envelope, const struct key *key,
		      int64_t now, struct intoto_error *err)
{
	const struct buffer *data = &envelope->signed_bytes;

	if (envelope->content == CONTENT_STATEMENT)
		return signature_verify_dsse(sig, key, data->data, data->len,
					     now, err);
	return signature_verify(sig, key, data->data, data->len, now, err);
}

static bool sig_is_anonymous(const struct envelope *envelope, size_t index)
{
	return envelope->form == ENVELOPE_DSSE &&
	       !envelope->signatures[index].keyid[0];
}

bool envelope_names(const struct envelope *envelope, const struct key *key,
		    const char *as)
{
	for (size_t i = 0; i < envelope->n_signatures; i++)
		if (!sig_is_anonymous(envelope, i) &&
		    sig_is_by(&envelope->signatures[i], key, as))
			return true;
	return false;
}

bool envelope_is_anonymous(const struct envelope *envelope)
{
	for (size_t i = 0; i < envelope->n_signatures; i++)
		if (sig_is_anonymous(envelope, i))
			return true;
	return false;
}

/* Of a metablock's signatures only the first under a keyid counts; an OpenPGP
 * key and its subkeys are one there. */
static bool is_second(const struct envelope *envelope, size_t index,
		      const struct key *key, const char *as)
{
	const struct signature *sigs = envelope->signatures;

	if (envelope->form != ENVELOPE_METABLOCK)
		return false;
	for (size_t i = 0; i < index; i++)
		if (key_type(key) == KEY_OPENPGP
			    ? sig_is_by(&sigs[i], key, as)
			    : !strcmp(sigs[i].keyid, sigs[index].keyid))
			return true;
	return false;
}

int envelope_verify_as(const struct envelope *envelope, const struct key *key,
		       const char *as, int64_t now, struct intoto_error *err)
{
	bool tried = false;
	size_t n_anonymous = 0;

	for (size_t i = 0; i < envelope->n_signatures; i++) {
		const struct signature *sig = &envelope->signatures[i];
		const bool anonymous = sig_is_anonymous(envelope, i);
		struct intoto_error why = { 0 };

		if (anonymous ? n_anonymous++ >= ANONYMOUS_MAX
			      : !sig_is_by(sig, key, as))
			continue;
		if (is_second(envelope, i, key, as))
			continue;
		if (sig_verify(sig, envelope, key, now, &why) == 0)
			return 0;
		if (why.code != INTOTO_EREJECTED || !anonymous || !tried)
			*err = why;
		tried = true;
		if (why.code != INTOTO_EREJECTED)
			return -1;
	}
	if (tried)
		return -1;
	return intoto_reject(err, "signature-missing",
			     "no signature by key '%.8s'", key_id(key));
}

int envelope_verify(const struct envelope *envelope, const struct key *key,
		    int64_t now, struct intoto_error *err)
{
	return envelope_verify_as(envelope, key, key_id(key), now, err);
}

void envelope_identity(char out[SHA256_HEX_SIZE],
		       const struct envelope *envelope)
{
	sha256_hex(out, envelope->signed_bytes.data,
		   envelope->signed_bytes.len);
}

void envelope_digest(char out[SHA256_HEX_SIZE], const struct envelope *envelope)
{
	if (envelope->form == ENVELOPE_DSSE)
		sha256_hex(out, envelope->payload.data, envelope->payload.len);
	else
		envelope_identity(out, envelope);
}
