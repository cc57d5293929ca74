/* openpgp_key.c: the key object that an exported OpenPGP key makes. */
#include <ctype.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/openpgp_block.h"

#define FINGERPRINT_DIGITS 40

/* Which part of a block an id names. */
enum { PART_NONE = -2, PART_PRIMARY = -1 }; /* else the index of a subkey */

void openpgp_key_free(struct openpgp_key *openpgp)
{
	if (!openpgp)
		return;
	openpgp_part_release(&openpgp->primary);
	for (size_t i = 0; i < openpgp->n_subkeys; i++)
		openpgp_part_release(&openpgp->subkeys[i]);
	free(openpgp->subkeys);
	free(openpgp);
}

static int read_id(char out[FINGERPRINT_DIGITS + 1], const char *id,
		   struct intoto_error *err)
{
	size_t len = strlen(id);

	if (len > FINGERPRINT_DIGITS || (len > 0 && !is_hex(id, len))) {
		scoped_text shown = escape_text(id);

		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is no OpenPGP fingerprint", shown);
	}
	for (size_t i = 0; i <= len; i++)
		out[i] = (char)tolower((unsigned char)id[i]);
	return 0;
}

static bool ends_with(const char *fingerprint, const char *id)
{
	return !strcmp(fingerprint + FINGERPRINT_DIGITS - strlen(id), id);
}

static int find_part(const struct openpgp_block *block, const char *id)
{
	if (!*id || (*block->primary.fingerprint &&
		     ends_with(block->primary.fingerprint, id)))
		return PART_PRIMARY;
	for (size_t i = 0; i < block->n_subkeys; i++)
		if (openpgp_block_subkey_counts(&block->subkeys[i]) &&
		    ends_with(block->subkeys[i].part.fingerprint, id))
			return (int)i;
	return PART_NONE;
}

/* Why a part that the id names does not count; ENOTFOUND if it names none. */
static int why_none(const struct openpgp_block *block, const char *id,
		    struct intoto_error *err)
{
	for (size_t i = 0; i < block->n_subkeys; i++) {
		const struct openpgp_block_subkey *subkey = &block->subkeys[i];

		if (!*subkey->part.fingerprint ||
		    !ends_with(subkey->part.fingerprint, id))
			continue;
		if (!subkey->supported)
			return intoto_fail(err, INTOTO_EUNSUPPORTED,
					   "OpenPGP subkey '%s' is of a type "
					   "that is not supported: use RSA or "
					   "ed25519",
					   subkey->part.fingerprint);
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP subkey '%s' is %s",
				   subkey->part.fingerprint,
				   subkey->revoked
					   ? "revoked"
					   : "not bound to its primary key");
	}
	return intoto_fail(err, INTOTO_ENOTFOUND, "no OpenPGP key '%s'", id);
}

/* Move a part; what is left is empty. */
static struct openpgp_part part_move(struct openpgp_part *from)
{
	struct openpgp_part part = *from;

	memset(from, 0, sizeof(*from));
	return part;
}

static void move_subkeys(struct openpgp_key *key, struct openpgp_block *block,
			 bool can_sign)
{
	for (size_t i = 0; i < block->n_subkeys; i++) {
		struct openpgp_block_subkey *subkey = &block->subkeys[i];

		if (openpgp_block_subkey_counts(subkey) &&
		    subkey->can_sign == can_sign &&
		    subkey->part.algorithm == key->primary.algorithm)
			key->subkeys[key->n_subkeys++] =
				part_move(&subkey->part);
	}
}

/* The primary with the subkeys of its type, those that sign in front. */
static struct openpgp_key *whole_key(struct openpgp_block *block)
{
	struct openpgp_key *key = xcalloc(1, sizeof(*key));

	key->primary = part_move(&block->primary);
	key->subkeys = xcalloc(block->n_subkeys + 1, sizeof(*key->subkeys));
	move_subkeys(key, block, true);
	move_subkeys(key, block, false);
	return key;
}

/* A subkey of another type: stock verifiers take the type from the primary,
 * so it can only stand alone. */
static int lone_key(struct openpgp_key **out,
		    struct openpgp_block_subkey *subkey,
		    struct intoto_error *err)
{
	struct openpgp_key *key;

	if (!subkey->can_sign)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP subkey '%s' is not for signing",
				   subkey->part.fingerprint);
	key = xcalloc(1, sizeof(*key));
	key->primary = part_move(&subkey->part);
	*out = key;
	return 0;
}

/* Text to show; a user id that is no text shows nothing. */
static char *user_id(const struct openpgp_block *block)
{
	const struct openpgp_bytes *id = &block->user_id;

	if (id->left == 0 || memchr(id->at, 0, id->left) ||
	    !is_utf8(id->at, id->left))
		return xstrdup("");
	return xmemdupz(id->at, id->left);
}

static int key_from_block(struct key **out, struct openpgp_block *block,
			  int part, struct intoto_error *err)
{
	scoped_text comment = user_id(block);
	struct openpgp_key *key = NULL;

	if (block->unsupported.code != INTOTO_OK) {
		*err = block->unsupported;
		return -1;
	}
	if (block->revoked)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP key '%s' is revoked",
				   block->primary.fingerprint);
	if (openpgp_part_check(&block->primary, err) < 0)
		return intoto_context(err, "OpenPGP key '%s': ",
				      block->primary.fingerprint);
	if (part >= 0 &&
	    block->subkeys[part].part.algorithm != block->primary.algorithm) {
		if (lone_key(&key, &block->subkeys[part], err) < 0)
			return -1;
	} else {
		key = whole_key(block);
	}
	return key_new_openpgp(out, key, comment, err);
}

/* The one block that has the part; a second one is ambiguous. */
static int find_block(struct openpgp_block *out, int *part, const char *id,
		      struct openpgp_bytes in, struct intoto_error *err)
{
	struct intoto_error why = { 0 };

	*part = PART_NONE;
	while (in.left > 0) {
		scoped_value(openpgp_block) block = { 0 };
		int found;

		if (openpgp_block_read(&block, &in, err) < 0)
			return -1;
		found = find_part(&block, id);
		if (found == PART_NONE) {
			if (why.code == INTOTO_OK ||
			    why.code == INTOTO_ENOTFOUND)
				why_none(&block, id, &why);
			continue;
		}
		if (*part != PART_NONE)
			return intoto_fail(err, INTOTO_EINVALID,
					   "'%s' fits more than one OpenPGP "
					   "key",
					   id);
		*part = found;
		*out = block;
		memset(&block, 0, sizeof(block));
	}
	if (*part != PART_NONE)
		return 0;
	if (why.code == INTOTO_OK)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "no OpenPGP key at all");
	*err = why;
	return -1;
}

int openpgp_key_read(struct key **out, const void *packets, size_t len,
		     const char *id, struct intoto_error *err)
{
	struct openpgp_bytes in = { packets, len };
	scoped_value(openpgp_block) block = { 0 };
	char wanted[FINGERPRINT_DIGITS + 1];
	int part;

	if (read_id(wanted, id, err) < 0 ||
	    find_block(&block, &part, wanted, in, err) < 0)
		return -1;
	return key_from_block(out, &block, part, err);
}
