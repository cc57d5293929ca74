/* openpgp_block.c: a public key with what its own signatures say about it. */
#include "crypto/openpgp_block.h"

#include <string.h>

#include "base/xalloc.h"

#define KEY_FLAG_SIGN 0x02
#define USER_ID_PREFIX 0xb4

/* While a block is read: what the next signature is about. */
struct reading {
	struct openpgp_block *block;
	uint8_t about; /* the tag of the last packet that was no signature */
	struct openpgp_bytes body;

	/* Which self-signature says when the primary expires: one on a user id
	 * beats one on the key, a primary user id beats others, then the
	 * latest one wins. */
	int rank;
	int64_t made;
};

void openpgp_block_release(struct openpgp_block *block)
{
	openpgp_part_release(&block->primary);
	for (size_t i = 0; i < block->n_subkeys; i++)
		openpgp_part_release(&block->subkeys[i].part);
	free(block->subkeys);
}

bool openpgp_block_subkey_counts(const struct openpgp_block_subkey *subkey)
{
	return subkey->supported && subkey->bound && !subkey->revoked;
}

static void add_key(struct digest *digest, struct openpgp_bytes body)
{
	const uint8_t prefix[3] = { 0x99, (uint8_t)(body.left >> 8),
				    (uint8_t)body.left };

	digest_add(digest, prefix, sizeof(prefix));
	digest_add(digest, body.at, body.left);
}

static void add_user_id(struct digest *digest, struct openpgp_bytes id)
{
	const uint8_t prefix[5] = { USER_ID_PREFIX, (uint8_t)(id.left >> 24),
				    (uint8_t)(id.left >> 16),
				    (uint8_t)(id.left >> 8), (uint8_t)id.left };

	digest_add(digest, prefix, sizeof(prefix));
	digest_add(digest, id.at, id.left);
}

/* Does it hold, by `by`, over the primary and (not NULL) a subkey or user id?
 */
static bool holds(const struct openpgp_split *split,
		  const struct openpgp_part *by,
		  const struct openpgp_block *block,
		  const struct openpgp_bytes *subkey,
		  const struct openpgp_bytes *user_id)
{
	scoped_value(openpgp_signature) sig = { 0 };
	struct intoto_error ignored = { 0 };
	uint8_t hash[DIGEST_MAX_SIZE];
	enum digest_algorithm algorithm;
	struct digest *digest;
	size_t len;

	if (split->algorithm != by->algorithm ||
	    !openpgp_digest_algorithm(&algorithm, split->hash) ||
	    openpgp_signature_fill(&sig, split, &ignored) < 0)
		return false;
	if (*sig.fingerprint && strcmp(sig.fingerprint, by->fingerprint))
		return false;
	if (*sig.short_id && strcmp(sig.short_id, by->fingerprint + 24))
		return false;
	digest = digest_new(algorithm);
	digest_begin(digest);
	add_key(digest, block->body);
	if (subkey)
		add_key(digest, *subkey);
	if (user_id)
		add_user_id(digest, *user_id);
	len = openpgp_digest_end(digest, hash, split->headers.at,
				 split->headers.left);
	digest_free(digest);
	return openpgp_part_verify(by, split->hash, hash, len, sig.sig.data,
				   sig.sig.len, &ignored) == 0;
}

static bool may_sign(const struct openpgp_split *split)
{
	struct openpgp_bytes flags;

	if (!openpgp_subpacket_find(&flags, split->hashed, SUBPACKET_KEY_FLAGS))
		return true;
	return flags.left > 0 && (flags.at[0] & KEY_FLAG_SIGN);
}

/* A subkey that signs says itself whose it is, or anybody could take it. */
static bool is_signed_back(const struct openpgp_split *binding,
			   const struct openpgp_block *block,
			   const struct openpgp_block_subkey *subkey)
{
	struct openpgp_bytes embedded;
	struct intoto_error ignored = { 0 };
	struct openpgp_split back;

	if (!openpgp_subpacket_find(&embedded, binding->hashed,
				    SUBPACKET_EMBEDDED) &&
	    !openpgp_subpacket_find(&embedded, binding->unhashed,
				    SUBPACKET_EMBEDDED))
		return false;
	return openpgp_split_body(&back, embedded, &ignored) == 0 &&
	       back.type == SIGNATURE_PRIMARY_BINDING &&
	       holds(&back, &subkey->part, block, &subkey->body, NULL);
}

/* The latest binding that holds describes the subkey. */
static void read_binding(struct openpgp_block *block,
			 struct openpgp_block_subkey *subkey,
			 const struct openpgp_split *split)
{
	int64_t period = 0;

	if (!subkey->supported || split->created < subkey->bound ||
	    !holds(split, &block->primary, block, &subkey->body, NULL))
		return;
	if (may_sign(split) && !is_signed_back(split, block, subkey))
		return;
	openpgp_subpacket_time(&period, split->hashed, SUBPACKET_KEY_EXPIRES);
	subkey->bound = split->created;
	subkey->can_sign = may_sign(split);
	subkey->part.validity_period = period;
}

static void read_about_subkey(struct openpgp_block *block,
			      const struct openpgp_split *split)
{
	struct openpgp_block_subkey *subkey =
		&block->subkeys[block->n_subkeys - 1];

	if (split->type == SIGNATURE_SUBKEY_BINDING)
		read_binding(block, subkey, split);
	else if (split->type == SIGNATURE_SUBKEY_REVOCATION &&
		 holds(split, &block->primary, block, &subkey->body, NULL))
		subkey->revoked = true;
}

static void read_validity(struct reading *reading,
			  const struct openpgp_split *split,
			  const struct openpgp_bytes *user_id)
{
	struct openpgp_bytes flag;
	int64_t period;
	int rank = user_id ? 2 : 1;

	if (!openpgp_subpacket_time(&period, split->hashed,
				    SUBPACKET_KEY_EXPIRES))
		return;
	if (user_id &&
	    openpgp_subpacket_find(&flag, split->hashed,
				   SUBPACKET_PRIMARY_USER_ID) &&
	    flag.left == 1 && flag.at[0])
		rank = 3;
	if (rank < reading->rank ||
	    (rank == reading->rank && split->created < reading->made))
		return;
	if (!holds(split, &reading->block->primary, reading->block, NULL,
		   user_id))
		return;
	reading->rank = rank;
	reading->made = split->created;
	reading->block->primary.validity_period = period;
}

static void read_signature(struct reading *reading, struct openpgp_bytes body)
{
	struct openpgp_block *block = reading->block;
	struct intoto_error ignored = { 0 };
	struct openpgp_split split;

	if (block->unsupported.code != INTOTO_OK ||
	    openpgp_split_body(&split, body, &ignored) < 0)
		return;
	switch (reading->about) {
	case PACKET_PUBLIC_KEY:
		if (split.type == SIGNATURE_DIRECT_KEY)
			read_validity(reading, &split, NULL);
		else if (split.type == SIGNATURE_KEY_REVOCATION &&
			 holds(&split, &block->primary, block, NULL, NULL))
			block->revoked = true;
		return;
	case PACKET_USER_ID:
		if (split.type >= SIGNATURE_CERTIFY_FIRST &&
		    split.type <= SIGNATURE_CERTIFY_LAST)
			read_validity(reading, &split, &reading->body);
		return;
	case PACKET_PUBLIC_SUBKEY:
		read_about_subkey(block, &split);
		return;
	default:
		return;
	}
}

static int read_subkey(struct openpgp_block *block, struct openpgp_bytes body,
		       struct intoto_error *err)
{
	struct openpgp_block_subkey subkey = { .body = body };
	struct intoto_error ignored = { 0 };

	if (block->n_subkeys >= OPENPGP_SUBKEYS_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "OpenPGP key has more than %d subkeys",
				   OPENPGP_SUBKEYS_MAX);
	subkey.supported =
		openpgp_part_read(&subkey.part, body, &ignored) == 0 &&
		openpgp_part_check(&subkey.part, &ignored) == 0;
	ALLOC_GROW(block->subkeys, block->n_subkeys + 1, block->alloc);
	block->subkeys[block->n_subkeys++] = subkey;
	return 0;
}

static int read_packet(struct reading *reading,
		       const struct openpgp_packet *packet,
		       struct intoto_error *err)
{
	if (packet->tag == PACKET_SIGNATURE) {
		read_signature(reading, packet->body);
		return 0;
	}
	reading->about = packet->tag;
	reading->body = packet->body;
	if (packet->tag == PACKET_USER_ID && !reading->block->user_id.at)
		reading->block->user_id = packet->body;
	if (packet->tag == PACKET_PUBLIC_SUBKEY)
		return read_subkey(reading->block, packet->body, err);
	return 0;
}

static int read_primary(struct openpgp_block *block, struct openpgp_bytes *in,
			struct intoto_error *err)
{
	struct openpgp_packet packet;

	if (openpgp_packet_next(&packet, in, err) < 0)
		return -1;
	if (packet.tag != PACKET_PUBLIC_KEY)
		return intoto_fail(err, INTOTO_EINVALID,
				   "OpenPGP packet %u where a public key "
				   "should be",
				   (unsigned)packet.tag);
	block->body = packet.body;
	if (openpgp_part_read(&block->primary, packet.body,
			      &block->unsupported) == 0)
		return 0;
	if (block->unsupported.code == INTOTO_EUNSUPPORTED)
		return 0;
	*err = block->unsupported;
	return -1;
}

int openpgp_block_read(struct openpgp_block *out, struct openpgp_bytes *in,
		       struct intoto_error *err)
{
	scoped_value(openpgp_block) block = { 0 };
	struct reading reading = { .block = &block,
				   .about = PACKET_PUBLIC_KEY };
	struct openpgp_bytes rest = *in;

	if (read_primary(&block, &rest, err) < 0)
		return -1;
	while (rest.left > 0) {
		struct openpgp_bytes before = rest;
		struct openpgp_packet packet;

		if (openpgp_packet_next(&packet, &rest, err) < 0)
			return -1;
		if (packet.tag == PACKET_PUBLIC_KEY) {
			rest = before;
			break;
		}
		if (read_packet(&reading, &packet, err) < 0)
			return -1;
	}
	openpgp_block_release(out);
	*out = block;
	memset(&block, 0, sizeof(block));
	*in = rest;
	return 0;
}
