/* key_ssh.c: SSH public keys: the one-line text, the wire form, fingerprints.*/
#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/key_internal.h"
#include "crypto/ssh_wire.h"

#define LINE_MAX_SIZE ((size_t)16 << 10)
#define BLOB_MAX ((size_t)8 << 10)

static const struct ssh_curve curves[] = {
	{ "ecdsa-sha2-nistp256", "nistp256", "prime256v1", 65 },
	{ "ecdsa-sha2-nistp384", "nistp384", "secp384r1", 97 },
	{ "ecdsa-sha2-nistp521", "nistp521", "secp521r1", 133 },
};

const struct ssh_curve *ssh_curve_by_type(const void *type, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (strlen(curves[i].type) == len &&
		    !memcmp(curves[i].type, type, len))
			return &curves[i];
	return NULL;
}

const struct ssh_curve *ssh_curve_of(const char *curve)
{
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (!strcmp(curves[i].curve, curve))
			return &curves[i];
	return NULL;
}

static int malformed(struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID, "malformed SSH public key");
}

static int refuse_type(struct intoto_error *err, const char *type)
{
	scoped_text shown = escape_text(type);

	if (!strncmp(type, "sk-", 3))
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "SSH key of type '%s' lives on a security "
				   "key (FIDO): such keys cannot sign in-toto "
				   "metadata yet",
				   shown);
	if (strstr(type, "-cert-v01@"))
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "SSH certificate ('%s'): name the plain "
				   "public key",
				   shown);
	return intoto_fail(err, INTOTO_EUNSUPPORTED,
			   "SSH keys of type '%s' are not supported: use "
			   "ssh-ed25519, ssh-rsa or ecdsa-sha2-nistp256, "
			   "-nistp384, -nistp521",
			   shown);
}

static int read_ed25519(struct key **out, struct ssh_reader *in,
			struct intoto_error *err)
{
	struct ssh_slice raw;

	if (!ssh_read_string(&raw, in) || in->left ||
	    raw.len != ED25519_PUBLIC_SIZE)
		return malformed(err);
	*out = key_new_ed25519(raw.data);
	return 0;
}

static int read_rsa(struct key **out, struct ssh_reader *in,
		    struct intoto_error *err)
{
	scoped_pkey pkey = NULL;
	struct ssh_slice e, n;

	if (!ssh_read_mpint(&e, in) || !ssh_read_mpint(&n, in) || in->left)
		return malformed(err);
	if (pkey_from_rsa(&pkey, n.data, n.len, e.data, e.len, err) < 0)
		return -1;
	return key_new_pkey(out, pkey, NULL, "rsa-pkcs1v15-sha256", err);
}

static int read_ecdsa(struct key **out, struct ssh_reader *in,
		      const struct ssh_curve *curve, struct intoto_error *err)
{
	scoped_pkey pkey = NULL;
	struct ssh_slice name, point;

	if (!ssh_read_string(&name, in) || !ssh_slice_is(&name, curve->name) ||
	    !ssh_read_string(&point, in) || in->left ||
	    point.len != curve->size || point.data[0] != 4)
		return malformed(err);
	if (pkey_from_point(&pkey, curve->curve, point.data, point.len, err) <
	    0)
		return -1;
	return key_new_pkey(out, pkey, NULL, NULL, err);
}

int key_from_ssh_blob(struct key **out, const void *blob, size_t len,
		      struct intoto_error *err)
{
	struct ssh_reader in = ssh_reader_start(blob, len);
	struct ssh_slice type;
	const struct ssh_curve *curve;
	scoped_text name = NULL;

	if (len > BLOB_MAX || !ssh_read_string(&type, &in) || type.len == 0 ||
	    type.len > 64 || memchr(type.data, '\0', type.len))
		return malformed(err);
	if (ssh_slice_is(&type, "ssh-ed25519"))
		return read_ed25519(out, &in, err);
	if (ssh_slice_is(&type, "ssh-rsa"))
		return read_rsa(out, &in, err);
	curve = ssh_curve_by_type(type.data, type.len);
	if (curve)
		return read_ecdsa(out, &in, curve, err);
	name = xmemdupz(type.data, type.len);
	return refuse_type(err, name);
}

bool is_ssh_line(const char *text)
{
	static const char *const starts[] = { "ssh-", "ecdsa-sha2-", "sk-ssh-",
					      "sk-ecdsa-" };
	size_t word = strcspn(text, " \t\r\n");

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (!strncmp(text, starts[i], strlen(starts[i])))
			return text[word] == ' ' || text[word] == '\t';
	return false;
}

/* "type base64 [comment]", one line, with or without its newline. */
int ssh_line_blob(struct buffer *out, char **comment, const char *line,
		  struct intoto_error *err)
{
	size_t type_len = strcspn(line, " \t\r\n");
	size_t len = strlen(line);
	scoped_value(buffer) blob = BUFFER_MAX(BLOB_MAX);
	struct ssh_reader in;
	struct ssh_slice type;
	struct intoto_error ignored;
	const char *body;
	size_t body_len;

	while (len && strchr("\r\n", line[len - 1]))
		len--;
	if (len > LINE_MAX_SIZE || memchr(line, '\n', len) || type_len >= len)
		return malformed(err);
	body = line + type_len;
	body += strspn(body, " \t");
	body_len = strcspn(body, " \t\r\n");
	if (base64_decode(&blob, body, body_len, &ignored) < 0)
		return malformed(err);
	in = ssh_reader_start(blob.data, blob.len);
	if (!ssh_read_string(&type, &in) || type.len != type_len ||
	    memcmp(type.data, line, type_len))
		return malformed(err);
	body += body_len;
	body += strspn(body, " \t");
	buffer_reset(out);
	buffer_add(out, blob.data, blob.len);
	*comment = body < line + len
			   ? xmemdupz(body, (size_t)(line + len - body))
			   : xstrdup("");
	return buffer_check(out, "SSH public key", err);
}

int key_from_ssh(struct key **out, const char *line, struct intoto_error *err)
{
	scoped_value(buffer) blob = BUFFER_MAX(BLOB_MAX);
	scoped_text comment = NULL;
	struct key *key = NULL;

	if (ssh_line_blob(&blob, &comment, line, err) < 0 ||
	    key_from_ssh_blob(&key, blob.data, blob.len, err) < 0)
		return -1;
	key_set_comment(key, comment);
	*out = key;
	return 0;
}

static int add_rsa(struct buffer *out, const struct key *key,
		   struct intoto_error *err)
{
	scoped_value(buffer) n = BUFFER_INIT;
	scoped_value(buffer) e = BUFFER_INIT;

	if (pkey_rsa_numbers(&n, &e, key->pkey, err) < 0)
		return -1;
	ssh_add_text(out, "ssh-rsa");
	ssh_add_mpint(out, e.data, e.len);
	ssh_add_mpint(out, n.data, n.len);
	return 0;
}

static int add_ecdsa(struct buffer *out, const struct key *key,
		     struct intoto_error *err)
{
	const struct ssh_curve *curve = ssh_curve_of(key->how->curve);
	scoped_value(buffer) point = BUFFER_INIT;

	if (!curve)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "curve '%s' has no SSH form",
				   key->how->curve);
	if (pkey_point(&point, key->pkey, err) < 0)
		return -1;
	ssh_add_text(out, curve->type);
	ssh_add_text(out, curve->name);
	ssh_add_string(out, point.data, point.len);
	return 0;
}

int key_ssh_blob(struct buffer *out, const struct key *key,
		 struct intoto_error *err)
{
	buffer_reset(out);
	switch (key->type) {
	case KEY_ED25519:
		ssh_add_text(out, "ssh-ed25519");
		ssh_add_string(out, key->ed25519, ED25519_PUBLIC_SIZE);
		return 0;
	case KEY_RSA:
		return add_rsa(out, key, err);
	case KEY_ECDSA:
		return add_ecdsa(out, key, err);
	case KEY_OPENPGP:
		break;
	}
	return intoto_fail(err, INTOTO_EUNSUPPORTED,
			   "an OpenPGP key has no SSH form");
}

void ssh_fingerprint(char out[SSH_FINGERPRINT_SIZE], const void *blob,
		     size_t len)
{
	scoped_value(buffer) text = BUFFER_INIT;
	uint8_t hash[SHA256_SIZE];

	sha256(hash, blob, len);
	base64_append(&text, hash, sizeof(hash));
	snprintf(out, SSH_FINGERPRINT_SIZE, "SHA256:%.43s", text.data);
}

static int openssh_blob(struct ssh_slice *blob, const struct buffer *raw)
{
	static const char magic[] = "openssh-key-v1"; /* with its NUL */
	struct ssh_reader in;
	struct ssh_slice skipped;
	uint32_t count;

	if (raw->len < sizeof(magic) || memcmp(raw->data, magic, sizeof(magic)))
		return -1;
	in = ssh_reader_start(raw->data + sizeof(magic),
			      raw->len - sizeof(magic));
	if (!ssh_read_string(&skipped, &in) || /* cipher */
	    !ssh_read_string(&skipped, &in) || /* kdf */
	    !ssh_read_string(&skipped, &in) || /* its options */
	    !ssh_read_u32(&count, &in) || count != 1 ||
	    !ssh_read_string(blob, &in))
		return -1;
	return 0;
}

int key_from_openssh_private(struct key **out, const char *text, size_t len,
			     struct intoto_error *err)
{
	static const char begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
	static const char end[] = "-----END OPENSSH PRIVATE KEY-----";
	const char *start = memmem(text, len, begin, strlen(begin));
	const char *stop = memmem(text, len, end, strlen(end));
	scoped_secret base64 = BUFFER_MAX(KEY_TEXT_MAX);
	scoped_secret raw = BUFFER_MAX(KEY_TEXT_MAX);
	struct ssh_slice blob;
	struct intoto_error ignored;

	if (start)
		start += strlen(begin);
	for (; start && stop && start < stop; start++)
		if (!strchr(" \t\r\n", *start))
			buffer_putc(&base64, *start);
	if (!base64.len ||
	    base64_decode(&raw, base64.data, base64.len, &ignored) < 0 ||
	    openssh_blob(&blob, &raw) < 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "malformed OpenSSH private key");
	return key_from_ssh_blob(out, blob.data, blob.len, err);
}
