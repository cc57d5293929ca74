/* signature.c: signatures of metadata: their JSON, and whether they hold. */
#include "crypto/signature.h"

#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/key_internal.h"

#define SIGNATURE_MAX ((size_t)RSA_MAX_BITS / 8)
#define HEADERS_MAX ((size_t)65535 + 6) /* a 16-bit length of subpackets */

void signature_release(struct signature *sig)
{
	buffer_release(&sig->sig);
	buffer_release(&sig->openpgp_headers);
	buffer_release(&sig->openpgp_packet);
}

int signature_verify(const struct signature *sig, const struct key *key,
		     const void *data, size_t len, int64_t now,
		     struct intoto_error *err)
{
	if (sig->openpgp != (key->type == KEY_OPENPGP))
		return intoto_reject(err, "signature-bad",
				     "signature and key are of different "
				     "types");
	switch (key->type) {
	case KEY_OPENPGP:
		return openpgp_verify(sig, key, data, len, now, err);
	case KEY_ED25519:
		return ed25519_verify(key->ed25519, sig->sig.data, sig->sig.len,
				      data, len, err);
	case KEY_RSA:
	case KEY_ECDSA:
		return pkey_verify(key->pkey, key->how->digest, key->how->pss,
				   sig->sig.data, sig->sig.len, data, len, err);
	}
	return intoto_reject(err, "signature-bad", "key of no known type");
}

int signature_verify_dsse(const struct signature *sig, const struct key *key,
			  const void *data, size_t len, int64_t now,
			  struct intoto_error *err)
{
	scoped_value(openpgp_signature) packet = { 0 };
	struct intoto_error why = { 0 };

	if (key->type != KEY_OPENPGP)
		return signature_verify(sig, key, data, len, now, err);
	if (openpgp_signature_read(&packet, sig->sig.data, sig->sig.len, &why) <
	    0)
		return intoto_reject(err, "signature-bad", "%s", why.message);
	if (packet.hash != OPENPGP_SHA256)
		return intoto_reject(err, "signature-bad",
				     "OpenPGP signature does not hold: its "
				     "hash is not SHA-256");
	return openpgp_verify_packet(&packet, key, data, len, now, err);
}

static int hex_member(struct buffer *out, const json_t *object,
		      const char *name, size_t max, struct intoto_error *err)
{
	scoped_text raw = NULL;
	const char *hex;
	size_t len;

	if (json_need_string(&hex, object, name, "signature", err) < 0)
		return -1;
	len = strlen(hex);
	if (len > 2 * max)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "signature: '%s' is larger than %zu bytes",
				   name, max);
	raw = xmalloc(len / 2 + 1);
	if (!len || !hex_decode(raw, len / 2, hex, len))
		return intoto_fail(err, INTOTO_EINVALID,
				   "signature: '%s' is not hex", name);
	buffer_reset(out);
	buffer_add(out, raw, len / 2);
	return 0;
}

static int read_members(struct signature *sig, const json_t *object,
			struct intoto_error *err)
{
	const char *keyid;

	if (json_need_string(&keyid, object, "keyid", "signature", err) < 0)
		return -1;
	if (strlen(keyid) >= sizeof(sig->keyid) ||
	    !is_hex(keyid, strlen(keyid)))
		return intoto_fail(err, INTOTO_EINVALID,
				   "signature: 'keyid' is not hex of at most "
				   "%zu digits",
				   sizeof(sig->keyid) - 1);
	snprintf(sig->keyid, sizeof(sig->keyid), "%s", keyid);
	sig->openpgp = json_object_get(object, "other_headers") != NULL;
	if (!sig->openpgp)
		return hex_member(&sig->sig, object, "sig", SIGNATURE_MAX, err);
	if (hex_member(&sig->openpgp_headers, object, "other_headers",
		       HEADERS_MAX, err) < 0)
		return -1;
	return hex_member(&sig->sig, object, "signature", SIGNATURE_MAX, err);
}

int signature_from_json(struct signature *out, const json_t *object,
			struct intoto_error *err)
{
	struct signature sig = { 0 };

	if (!json_is_object(object))
		return intoto_fail(err, INTOTO_EINVALID,
				   "signature is not a JSON object");
	if (read_members(&sig, object, err) < 0) {
		signature_release(&sig);
		return -1;
	}
	signature_release(out);
	*out = sig;
	return 0;
}

json_t *signature_to_json(const struct signature *sig)
{
	scoped_value(buffer) hex = BUFFER_INIT;
	scoped_value(buffer) headers = BUFFER_INIT;

	hex_append(&hex, sig->sig.data, sig->sig.len);
	if (!sig->openpgp)
		return json_pack("{s:s, s:s}", "keyid", sig->keyid, "sig",
				 buffer_text(&hex));
	hex_append(&headers, sig->openpgp_headers.data,
		   sig->openpgp_headers.len);
	return json_pack("{s:s, s:s, s:s}", "keyid", sig->keyid,
			 "other_headers", buffer_text(&headers), "signature",
			 buffer_text(&hex));
}
