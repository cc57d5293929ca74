/* openpgp_json.c: OpenPGP key objects in the form of securesystemslib. */
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/openpgp_internal.h"

#define HASHES "pgp+SHA2"
#define NUMBERS_MAX 4
#define SECONDS_MAX 0xffffffffLL /* what a packet can say */

static const struct openpgp_form {
	uint8_t algorithm;
	const char *type;
	const char *method;
	const char *numbers[NUMBERS_MAX];
} forms[] = {
	{ OPENPGP_RSA, "rsa", "pgp+rsa-pkcsv1.5", { "e", "n" } },
	{ OPENPGP_DSA, "dsa", "pgp+dsa-fips-180-2", { "p", "q", "g", "y" } },
	{ OPENPGP_EDDSA, "eddsa", "pgp+eddsa-ed25519", { "q" } },
};

static struct buffer *number_named(struct openpgp_part *part, const char *name)
{
	switch (*name) {
	case 'e':
		return &part->e;
	case 'n':
		return &part->n;
	case 'p':
		return &part->p;
	case 'q':
		return &part->q;
	case 'g':
		return &part->g;
	default:
		return &part->y;
	}
}

bool openpgp_is_json(const json_t *object)
{
	return json_object_get(object, "method") != NULL;
}

static int read_form(const struct openpgp_form **out, const json_t *object,
		     struct intoto_error *err)
{
	const char *type;
	const char *method;

	if (json_need_string(&type, object, "type", "OpenPGP key", err) < 0 ||
	    json_need_string(&method, object, "method", "OpenPGP key", err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (strcmp(forms[i].type, type) ||
		    strcmp(forms[i].method, method))
			continue;
		*out = &forms[i];
		return 0;
	}
	return intoto_fail(err, INTOTO_EUNSUPPORTED,
			   "OpenPGP key of type '%.64s' with method '%.64s' is "
			   "not supported",
			   type, method);
}

static int check_hashes(const json_t *object, struct intoto_error *err)
{
	json_t *hashes;
	const char *only;

	if (json_need_array(&hashes, object, "hashes", "OpenPGP key", err) < 0)
		return -1;
	only = json_string_value(json_array_get(hashes, 0));
	if (json_array_size(hashes) != 1 || !only || strcmp(only, HASHES))
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key: 'hashes' is not [\"%s\"]",
				   HASHES);
	return 0;
}

/* A missing member is 0. */
static int read_seconds(int64_t *out, const json_t *object, const char *name,
			struct intoto_error *err)
{
	const json_t *value = json_object_get(object, name);

	if (!value) {
		*out = 0;
		return 0;
	}
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > SECONDS_MAX)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key: '%s' is no number of seconds",
				   name);
	*out = json_integer_value(value);
	return 0;
}

static int read_keyid(char out[41], const json_t *object,
		      struct intoto_error *err)
{
	const char *keyid;

	if (json_need_string(&keyid, object, "keyid", "OpenPGP key", err) < 0)
		return -1;
	if (strlen(keyid) != 40 || !is_lower_hex(keyid, 40))
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key: 'keyid' is no fingerprint");
	memcpy(out, keyid, 41);
	return 0;
}

static int read_number(struct buffer *out, const json_t *public,
		       const char *name, struct intoto_error *err)
{
	uint8_t raw[OPENPGP_MPI_MAX];
	const char *hex;
	size_t len;
	size_t zeros = 0;

	if (json_need_string(&hex, public, name, "OpenPGP key", err) < 0)
		return -1;
	len = strlen(hex);
	if (len == 0 || len > 2 * sizeof(raw) ||
	    !hex_decode(raw, len / 2, hex, len))
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key: '%s' is not hex of at most "
				   "%zu bytes",
				   name, sizeof(raw));
	while (zeros < len / 2 && raw[zeros] == 0)
		zeros++;
	buffer_add(out, raw + zeros, len / 2 - zeros);
	return 0;
}

/* The point of an EdDSA key is no number: its zeros stay. */
static int read_point(struct buffer *out, const json_t *public,
		      struct intoto_error *err)
{
	uint8_t raw[ED25519_PUBLIC_SIZE];
	const char *hex;

	if (json_need_string(&hex, public, "q", "OpenPGP key", err) < 0)
		return -1;
	if (!hex_decode(raw, sizeof(raw), hex, strlen(hex)))
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key: 'q' is not 64 hex digits");
	buffer_add(out, raw, sizeof(raw));
	return 0;
}

static int read_public(struct openpgp_part *part,
		       const struct openpgp_form *form, const json_t *object,
		       struct intoto_error *err)
{
	json_t *keyval;
	json_t *public;

	if (json_need_object(&keyval, object, "keyval", "OpenPGP key", err) <
		    0 ||
	    json_need_object(&public, keyval, "public", "OpenPGP key", err) < 0)
		return -1;
	part->algorithm = form->algorithm;
	if (part->algorithm == OPENPGP_EDDSA)
		return read_point(&part->q, public, err);
	for (size_t i = 0; i < NUMBERS_MAX && form->numbers[i]; i++)
		if (read_number(number_named(part, form->numbers[i]), public,
				form->numbers[i], err) < 0)
			return -1;
	return openpgp_part_check(part, err);
}

/*
 * A fingerprint covers the numbers and the creation time, so it is checked;
 * only in key objects of old writers, which leave out the time, it is not.
 */
static int check_fingerprint(const struct openpgp_part *part,
			     struct intoto_error *err)
{
	char computed[41];

	if (part->creation_time == 0)
		return 0;
	openpgp_part_fingerprint(computed, part);
	if (strcmp(computed, part->fingerprint))
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key: 'keyid' is '%s', the "
				   "fingerprint is '%s'",
				   part->fingerprint, computed);
	return 0;
}

static int read_part(struct openpgp_part *out, const json_t *object,
		     struct intoto_error *err)
{
	scoped_value(openpgp_part) part = { 0 };
	const struct openpgp_form *form = NULL;

	if (!json_is_object(object))
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key is not a JSON object");
	if (read_form(&form, object, err) < 0 ||
	    check_hashes(object, err) < 0 ||
	    read_keyid(part.fingerprint, object, err) < 0 ||
	    read_seconds(&part.creation_time, object, "creation_time", err) <
		    0 ||
	    read_seconds(&part.validity_period, object, "validity_period",
			 err) < 0 ||
	    read_public(&part, form, object, err) < 0 ||
	    check_fingerprint(&part, err) < 0)
		return -1;
	*out = part;
	memset(&part, 0, sizeof(part));
	return 0;
}

static int read_subkey(struct openpgp_key *key, const char *name,
		       const json_t *object, struct intoto_error *err)
{
	struct openpgp_part *slot = &key->subkeys[key->n_subkeys];

	if (read_part(slot, object, err) < 0)
		return -1;
	if (strcmp(name, slot->fingerprint)) {
		intoto_fail(err, INTOTO_EINVALID,
			    "OpenPGP subkey '%s' stands under another name",
			    slot->fingerprint);
		openpgp_part_release(slot);
		return -1;
	}
	/* No verifier can use one of another type than the primary. */
	if (slot->algorithm == key->primary.algorithm)
		key->n_subkeys++;
	else
		openpgp_part_release(slot);
	return 0;
}

static int read_subkeys(struct openpgp_key *key, json_t *object,
			struct intoto_error *err)
{
	json_t *subkeys = json_object_get(object, "subkeys");
	const char *name;
	json_t *value;

	if (!subkeys)
		return 0;
	if (!json_is_object(subkeys))
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key: 'subkeys' is not an object");
	if (json_object_size(subkeys) > OPENPGP_SUBKEYS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "OpenPGP key has more than %d subkeys",
				   OPENPGP_SUBKEYS_MAX);
	key->subkeys =
		xcalloc(json_object_size(subkeys) + 1, sizeof(*key->subkeys));
	json_object_foreach(subkeys, name,
			    value) if (read_subkey(key, name, value, err) <
				       0) return -1;
	return 0;
}

int openpgp_key_from_json(struct key **out, const json_t *object,
			  struct intoto_error *err)
{
	scoped(openpgp_key) key = xcalloc(1, sizeof(*key));

	if (read_part(&key->primary, object, err) < 0 ||
	    read_subkeys(key, (json_t *)object, err) < 0)
		return -1;
	return key_new_openpgp(out, take(key), NULL, err);
}

static json_t *public_to_json(const struct openpgp_form *form,
			      const struct openpgp_part *part)
{
	struct openpgp_part borrowed = *part;
	json_t *public = json_object();

	for (size_t i = 0; i < NUMBERS_MAX && form->numbers[i]; i++) {
		scoped_value(buffer) hex = BUFFER_INIT;
		struct buffer *number =
			number_named(&borrowed, form->numbers[i]);

		hex_append(&hex, number->data, number->len);
		json_object_set_new(public, form->numbers[i],
				    json_string(buffer_text(&hex)));
	}
	return public;
}

static json_t *part_to_json(const struct openpgp_part *part)
{
	const struct openpgp_form *form = &forms[0];
	json_t *object;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (forms[i].algorithm == part->algorithm)
			form = &forms[i];
	object = json_pack("{s:s, s:s, s:[s], s:s, s:{s:s, s:o}}", "method",
			   form->method, "type", form->type, "hashes", HASHES,
			   "keyid", part->fingerprint, "keyval", "private", "",
			   "public", public_to_json(form, part));
	if (part->creation_time)
		json_object_set_new(object, "creation_time",
				    json_integer(part->creation_time));
	if (part->validity_period)
		json_object_set_new(object, "validity_period",
				    json_integer(part->validity_period));
	return object;
}

json_t *openpgp_key_to_json(const struct key *key)
{
	const struct openpgp_key *openpgp = key->openpgp;
	json_t *object = part_to_json(&openpgp->primary);
	json_t *subkeys;

	if (openpgp->n_subkeys == 0)
		return object;
	subkeys = json_object();
	for (size_t i = 0; i < openpgp->n_subkeys; i++)
		json_object_set_new(subkeys, openpgp->subkeys[i].fingerprint,
				    part_to_json(&openpgp->subkeys[i]));
	json_object_set_new(object, "subkeys", subkeys);
	return object;
}
