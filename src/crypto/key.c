/* key.c: a public key as a value: its keyids, its material, its names. */
#include "crypto/key.h"

#include <ctype.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/key_internal.h"

static const struct key_scheme schemes[] = {
	{ KEY_ED25519, "ed25519", NULL, NULL, false },
	{ KEY_RSA, "rsassa-pss-sha256", "SHA256", NULL, true },
	{ KEY_RSA, "rsassa-pss-sha224", "SHA224", NULL, true },
	{ KEY_RSA, "rsassa-pss-sha384", "SHA384", NULL, true },
	{ KEY_RSA, "rsassa-pss-sha512", "SHA512", NULL, true },
	{ KEY_RSA, "rsa-pkcs1v15-sha224", "SHA224", NULL, false },
	{ KEY_RSA, "rsa-pkcs1v15-sha256", "SHA256", NULL, false },
	{ KEY_RSA, "rsa-pkcs1v15-sha384", "SHA384", NULL, false },
	{ KEY_RSA, "rsa-pkcs1v15-sha512", "SHA512", NULL, false },
	{ KEY_ECDSA, "ecdsa-sha2-nistp256", "SHA256", "prime256v1", false },
	{ KEY_ECDSA, "ecdsa-sha2-nistp384", "SHA384", "secp384r1", false },
	{ KEY_ECDSA, "ecdsa-sha2-nistp521", "SHA512", "secp521r1", false },
};

/* By name, or (NULL) the default; for ecdsa the curve decides. */
static const struct key_scheme *find_scheme(enum key_type type,
					    const char *name, const char *curve)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		const struct key_scheme *scheme = &schemes[i];

		if (scheme->type == type &&
		    (!name || !strcmp(scheme->name, name)) &&
		    (!scheme->curve || !strcmp(scheme->curve, curve)))
			return scheme;
	}
	return NULL;
}

/* What securesystemslib had once, and nobody can trust now. */
static bool has_weak_hash(const char *scheme)
{
	static const char *const ends[] = { "-md5", "-sha1" };
	size_t len = scheme ? strlen(scheme) : 0;

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (len > strlen(ends[i]) &&
		    !strcmp(scheme + len - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

void key_free(struct key *key)
{
	if (!key || --key->refs > 0)
		return;
	EVP_PKEY_free(key->pkey);
	openpgp_key_free(key->openpgp);
	free(key->comment);
	free(key);
}

struct key *key_ref(struct key *key)
{
	key->refs++;
	return key;
}

static struct key *key_new(enum key_type type)
{
	struct key *key = xcalloc(1, sizeof(*key));

	key->refs = 1;
	key->type = type;
	return key;
}

/* The keyid is the digest of canonical JSON; neither a PEM nor hex has a
 * character that it escapes. */
static void hash_keyid(char out[KEYID_SIZE], const struct key *key,
		       const char *public, const char *newline, bool legacy)
{
	scoped_text text = xasprintf(
		"{%s\"keytype\":\"%s\",\"keyval\":{\"public\":\"%s%s\"},"
		"\"scheme\":\"%s\"}",
		legacy ? "\"keyid_hash_algorithms\":[\"sha256\",\"sha512\"],"
		       : "",
		key->keytype, public, newline, key->scheme);

	sha256_hex(out, text, strlen(text));
}

static void add_part(struct buffer *out, const void *data, size_t len)
{
	uint8_t size[4] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16),
			    (uint8_t)(len >> 8), (uint8_t)len };

	buffer_add(out, size, sizeof(size));
	buffer_add(out, data, len);
}

static void hash_material(char out[KEY_MATERIAL_SIZE], const char *kind,
			  const struct buffer *const *parts, size_t n)
{
	scoped_value(buffer) all = BUFFER_INIT;

	add_part(&all, kind, strlen(kind));
	for (size_t i = 0; i < n; i++)
		add_part(&all, buffer_text(parts[i]), parts[i]->len);
	sha256_hex(out, all.data, all.len);
}

static void material_ed25519(char out[KEY_MATERIAL_SIZE], const void *raw)
{
	scoped_value(buffer) part = BUFFER_INIT;
	const struct buffer *const parts[] = { &part };

	buffer_add(&part, raw, ED25519_PUBLIC_SIZE);
	hash_material(out, "ed25519", parts, ARRAY_SIZE(parts));
}

struct key *key_new_ed25519(const uint8_t raw[ED25519_PUBLIC_SIZE])
{
	struct key *key = key_new(KEY_ED25519);
	char hex[2 * ED25519_PUBLIC_SIZE + 1];

	memcpy(key->ed25519, raw, ED25519_PUBLIC_SIZE);
	key->how = find_scheme(KEY_ED25519, NULL, "");
	key->scheme = key->how->name;
	key->keytype = "ed25519";
	hex_encode(hex, raw, ED25519_PUBLIC_SIZE);
	hash_keyid(key->id, key, hex, "", true);
	hash_keyid(key->id_new, key, hex, "", false);
	material_ed25519(key->material, raw);
	return key;
}

static int material_pkey(struct key *key, const char *curve,
			 struct intoto_error *err)
{
	scoped_value(buffer) a = BUFFER_INIT;
	scoped_value(buffer) b = BUFFER_INIT;
	const struct buffer *const parts[] = { &a, &b };

	if (key->type == KEY_RSA) {
		if (pkey_rsa_numbers(&a, &b, key->pkey, err) < 0)
			return -1;
	} else {
		buffer_puts(&a, curve);
		if (pkey_point(&b, key->pkey, err) < 0)
			return -1;
	}
	hash_material(key->material, key->type == KEY_RSA ? "rsa" : "ecdsa",
		      parts, ARRAY_SIZE(parts));
	return 0;
}

static int new_from_raw(struct key **out, EVP_PKEY *pkey, const char *scheme,
			struct intoto_error *err)
{
	uint8_t raw[ED25519_PUBLIC_SIZE];
	size_t len = sizeof(raw);

	if (scheme && strcmp(scheme, "ed25519"))
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "ed25519 key with scheme '%s'", scheme);
	if (EVP_PKEY_get_raw_public_key(pkey, raw, &len) != 1 ||
	    len != sizeof(raw))
		return crypto_fail(err, "cannot read an ed25519 key");
	*out = key_new_ed25519(raw);
	return 0;
}

int key_new_pkey(struct key **out, EVP_PKEY *pkey, const char *keytype,
		 const char *scheme, struct intoto_error *err)
{
	scoped(key) key = NULL;
	scoped_text pem = NULL;
	char curve[32] = "";

	if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519)
		return new_from_raw(out, pkey, scheme, err);
	key = key_new(EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA ? KEY_RSA
								 : KEY_ECDSA);
	if (pkey_public(&key->pkey, pkey, err) < 0)
		return -1;
	if (key->type == KEY_ECDSA && pkey_curve(curve, key->pkey, err) < 0)
		return -1;
	key->how = find_scheme(key->type, scheme, curve);
	if (!key->how && has_weak_hash(scheme))
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "scheme '%s' is refused: signatures with "
				   "MD5 or SHA-1 can be forged",
				   scheme);
	if (!key->how)
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "%s%s%s key with scheme '%s' is not "
				   "supported",
				   key->type == KEY_RSA ? "rsa" : "ecdsa",
				   *curve ? " " : "", curve,
				   scheme ? scheme : "");
	key->scheme = key->how->name;
	key->keytype = keytype		      ? keytype
		       : key->type == KEY_RSA ? "rsa"
					      : "ecdsa";
	if (pkey_to_pem(&pem, key->pkey, err) < 0 ||
	    material_pkey(key, curve, err) < 0)
		return -1;
	hash_keyid(key->id, key, pem, "", true);
	hash_keyid(key->id_new, key, pem, "\n", false);
	hash_keyid(key->id_mixed, key, pem, "\n", true);
	*out = take(key);
	return 0;
}

/* The same for a plain key and for a part of an OpenPGP key of those numbers.
 */
static void material_part(char out[KEY_MATERIAL_SIZE],
			  const struct openpgp_part *part)
{
	const struct buffer *const rsa[] = { &part->n, &part->e };
	const struct buffer *const dsa[] = { &part->p, &part->q, &part->g,
					     &part->y };

	if (part->algorithm == OPENPGP_RSA)
		hash_material(out, "rsa", rsa, ARRAY_SIZE(rsa));
	else if (part->algorithm == OPENPGP_DSA)
		hash_material(out, "dsa", dsa, ARRAY_SIZE(dsa));
	else if (part->q.len == ED25519_PUBLIC_SIZE)
		material_ed25519(out, part->q.data);
	else
		*out = '\0';
}

static int scheme_openpgp(struct key *key, struct intoto_error *err)
{
	const struct openpgp_part *part = &key->openpgp->primary;

	switch (part->algorithm) {
	case OPENPGP_RSA: {
		scoped_pkey checked = NULL;

		if (pkey_from_rsa(&checked, part->n.data, part->n.len,
				  part->e.data, part->e.len, err) < 0)
			return -1;
		key->scheme = "pgp+rsa-pkcsv1.5";
		return 0;
	}
	case OPENPGP_DSA:
		key->scheme = "pgp+dsa-fips-180-2";
		return 0;
	case OPENPGP_EDDSA:
		if (part->q.len != ED25519_PUBLIC_SIZE)
			return intoto_fail(err, INTOTO_EINVALID,
					   "OpenPGP key: eddsa point of %zu "
					   "bytes",
					   part->q.len);
		key->scheme = "pgp+eddsa-ed25519";
		return 0;
	default:
		return intoto_fail(err, INTOTO_EUNSUPPORTED,
				   "OpenPGP keys of algorithm %d are not "
				   "supported: use RSA, DSA or ed25519",
				   part->algorithm);
	}
}

int key_new_openpgp(struct key **out, struct openpgp_key *openpgp,
		    const char *comment, struct intoto_error *err)
{
	scoped(key) key = key_new(KEY_OPENPGP);

	key->openpgp = openpgp;
	if (scheme_openpgp(key, err) < 0)
		return -1;
	material_part(key->material, &openpgp->primary);
	snprintf(key->id, sizeof(key->id), "%s", openpgp->primary.fingerprint);
	snprintf(key->id_new, sizeof(key->id_new), "%s",
		 openpgp->primary.fingerprint);
	key_set_comment(key, comment);
	*out = take(key);
	return 0;
}

void key_set_comment(struct key *key, const char *comment)
{
	free(key->comment);
	key->comment = comment && *comment ? xstrdup(comment) : NULL;
}

enum key_type key_type(const struct key *key)
{
	return key->type;
}

const char *key_scheme(const struct key *key)
{
	return key->scheme;
}

const char *key_id(const struct key *key)
{
	return key->id;
}

const char *key_id_new(const struct key *key)
{
	return key->id_new;
}

const char *key_id_old(const struct key *key)
{
	return key->is_old ? key->id_mixed : key->id;
}

const char *key_material(const struct key *key)
{
	return key->material;
}

const char *key_comment(const struct key *key)
{
	return key->comment ? key->comment : "";
}

void key_describe(char out[64], const struct key *key)
{
	char ends[9];

	if (key->type != KEY_OPENPGP) {
		snprintf(out, 64, "%s %.8s",
			 key->type == KEY_ED25519 ? "ed25519"
			 : key->type == KEY_RSA	  ? "rsa"
						  : "ecdsa",
			 key->id);
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		ends[i] = (char)toupper((unsigned char)key->id[i]);
		ends[4 + i] = (char)toupper((unsigned char)key->id[36 + i]);
	}
	snprintf(out, 64, "gpg %.4s..%.4s", ends, ends + 4);
}

bool key_answers_to(const struct key *key, const char *keyid)
{
	if (!*keyid)
		return false;
	if (!strcmp(key->id, keyid) || !strcmp(key->id_new, keyid) ||
	    !strcmp(key->id_mixed, keyid))
		return true;
	for (size_t i = 0; key->openpgp && i < key->openpgp->n_subkeys; i++)
		if (!strcmp(key->openpgp->subkeys[i].fingerprint, keyid))
			return true;
	return false;
}

bool key_same(const struct key *a, const struct key *b)
{
	return !strcmp(a->material, b->material);
}

static bool has_subkey(const struct key *key, const char *material)
{
	char own[KEY_MATERIAL_SIZE];

	for (size_t i = 0; key->openpgp && i < key->openpgp->n_subkeys; i++) {
		material_part(own, &key->openpgp->subkeys[i]);
		if (*own && !strcmp(own, material))
			return true;
	}
	return false;
}

bool key_overlaps(const struct key *a, const struct key *b)
{
	char own[KEY_MATERIAL_SIZE];

	if (key_same(a, b) || has_subkey(a, b->material) ||
	    has_subkey(b, a->material))
		return true;
	for (size_t i = 0; a->openpgp && i < a->openpgp->n_subkeys; i++) {
		material_part(own, &a->openpgp->subkeys[i]);
		if (*own && has_subkey(b, own))
			return true;
	}
	return false;
}

bool key_overlaps_any(const struct key *key, const struct key *const *keys,
		      size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (key_overlaps(keys[i], key))
			return true;
	return false;
}
