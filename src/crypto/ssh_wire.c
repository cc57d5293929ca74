/* ssh_wire.c: reading and writing the data types of the SSH protocol. */
#include "crypto/ssh_wire.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include "crypto/key_internal.h"

struct ssh_reader ssh_reader_start(const void *data, size_t len)
{
	return (struct ssh_reader){ data, len };
}

static void skip(struct ssh_reader *in, size_t len)
{
	in->data += len;
	in->left -= len;
}

bool ssh_read_u8(uint8_t *out, struct ssh_reader *in)
{
	if (in->left < 1)
		return false;
	*out = in->data[0];
	skip(in, 1);
	return true;
}

bool ssh_read_u32(uint32_t *out, struct ssh_reader *in)
{
	const uint8_t *at = in->data;

	if (in->left < 4)
		return false;
	*out = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
	skip(in, 4);
	return true;
}

bool ssh_read_string(struct ssh_slice *out, struct ssh_reader *in)
{
	struct ssh_reader ahead = *in;
	uint32_t len;

	if (!ssh_read_u32(&len, &ahead) || len > ahead.left)
		return false;
	out->data = ahead.data;
	out->len = len;
	skip(&ahead, len);
	*in = ahead;
	return true;
}

bool ssh_read_mpint(struct ssh_slice *out, struct ssh_reader *in)
{
	struct ssh_reader ahead = *in;
	struct ssh_slice raw;

	if (!ssh_read_string(&raw, &ahead) || raw.len == 0 ||
	    raw.data[0] & 0x80)
		return false;
	if (raw.data[0] == 0) {
		if (raw.len < 2 || !(raw.data[1] & 0x80))
			return false;
		raw.data++;
		raw.len--;
	}
	*out = raw;
	*in = ahead;
	return true;
}

bool ssh_slice_is(const struct ssh_slice *slice, const char *text)
{
	return slice->len == strlen(text) &&
	       !memcmp(slice->data, text, slice->len);
}

void ssh_add_u32(struct buffer *out, uint32_t value)
{
	const uint8_t bytes[4] = { (uint8_t)(value >> 24),
				   (uint8_t)(value >> 16),
				   (uint8_t)(value >> 8), (uint8_t)value };

	buffer_add(out, bytes, sizeof(bytes));
}

void ssh_add_string(struct buffer *out, const void *data, size_t len)
{
	ssh_add_u32(out, (uint32_t)len);
	if (len)
		buffer_add(out, data, len);
}

void ssh_add_text(struct buffer *out, const char *text)
{
	ssh_add_string(out, text, strlen(text));
}

void ssh_add_mpint(struct buffer *out, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	bool sign;

	while (len && !bytes[0]) {
		bytes++;
		len--;
	}
	sign = len && bytes[0] & 0x80;
	ssh_add_u32(out, (uint32_t)(len + sign));
	if (sign)
		buffer_putc(out, '\0');
	if (len)
		buffer_add(out, bytes, len);
}

static int bad_signature(struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID, "malformed SSH signature");
}

/* string(mpint r, mpint s) to DER. */
static int ecdsa_to_der(struct buffer *out, struct ssh_slice raw,
			struct intoto_error *err)
{
	struct ssh_reader in = ssh_reader_start(raw.data, raw.len);
	struct ssh_slice r, s;
	ECDSA_SIG *sig;
	BIGNUM *r_bn;
	BIGNUM *s_bn;
	unsigned char *der = NULL;
	int len = -1;

	if (!ssh_read_mpint(&r, &in) || !ssh_read_mpint(&s, &in) || in.left ||
	    r.len > 66 || s.len > 66)
		return bad_signature(err);
	sig = ECDSA_SIG_new();
	r_bn = BN_bin2bn(r.data, (int)r.len, NULL);
	s_bn = BN_bin2bn(s.data, (int)s.len, NULL);
	if (sig && r_bn && s_bn && ECDSA_SIG_set0(sig, r_bn, s_bn) == 1) {
		len = i2d_ECDSA_SIG(sig, &der);
	} else {
		BN_free(r_bn);
		BN_free(s_bn);
	}
	ECDSA_SIG_free(sig);
	if (len <= 0)
		return crypto_fail(err, "cannot read an ECDSA signature");
	buffer_add(out, der, (size_t)len);
	OPENSSL_free(der);
	return 0;
}

/* OpenSSH pads too: some agents drop leading zeros. */
static int pad_rsa(struct buffer *out, struct ssh_slice raw, size_t rsa_size,
		   struct intoto_error *err)
{
	if (raw.len > rsa_size || rsa_size > RSA_MAX_BITS / 8)
		return bad_signature(err);
	for (size_t i = raw.len; i < rsa_size; i++)
		buffer_putc(out, '\0');
	buffer_add(out, raw.data, raw.len);
	return 0;
}

int ssh_signature_read(struct buffer *out, const char **algorithm,
		       const void *blob, size_t len, size_t rsa_size,
		       struct intoto_error *err)
{
	static const char *const names[] = { "ssh-ed25519", "rsa-sha2-256",
					     "rsa-sha2-512" };
	struct ssh_reader in = ssh_reader_start(blob, len);
	const struct ssh_curve *curve;
	struct ssh_slice name, raw;
	size_t i = 0;

	if (!ssh_read_string(&name, &in) || !ssh_read_string(&raw, &in) ||
	    in.left)
		return bad_signature(err);
	if (ssh_slice_is(&name, "ssh-rsa"))
		return intoto_reject(err, "signature-weak-hash",
				     "SSH signature is made with SHA-1");
	curve = ssh_curve_by_type(name.data, name.len);
	while (i < ARRAY_SIZE(names) && !ssh_slice_is(&name, names[i]))
		i++;
	if (i == ARRAY_SIZE(names) && !curve)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "SSH signatures of this algorithm are not "
				   "supported");
	*algorithm = curve ? curve->type : names[i];
	buffer_reset(out);
	if (curve)
		return ecdsa_to_der(out, raw, err);
	if (i != 0)
		return pad_rsa(out, raw, rsa_size, err);
	if (raw.len != ED25519_SIGNATURE_SIZE)
		return bad_signature(err);
	buffer_add(out, raw.data, raw.len);
	return 0;
}
