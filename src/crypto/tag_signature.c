/* tag_signature.c: which of the given keys made the signature of a tag. */
#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/key_internal.h"
#include "crypto/sshsig.h"

#define OPENPGP_LABEL "PGP SIGNATURE"
#define OPENPGP_BEGIN "-----BEGIN " OPENPGP_LABEL "-----"
#define OPENPGP_ARMOR_MAX ((size_t)128 << 10)

enum armor_kind {
	ARMOR_SSH,
	ARMOR_OPENPGP,
};

static int armor_kind(enum armor_kind *out, const char *armor, size_t len,
		      struct intoto_error *err)
{
	size_t line = strlen(SSHSIG_BEGIN);

	if (len > line && !memcmp(armor, SSHSIG_BEGIN, line)) {
		*out = ARMOR_SSH;
		return 0;
	}
	line = strlen(OPENPGP_BEGIN);
	if (len > line && !memcmp(armor, OPENPGP_BEGIN, line)) {
		*out = ARMOR_OPENPGP;
		return 0;
	}
	return intoto_fail(err, INTOTO_EINVALID,
			   "signature is neither OpenPGP nor SSH");
}

static int read_openpgp(struct openpgp_signature *out, const char *armor,
			size_t len, struct intoto_error *err)
{
	scoped_value(buffer) packet = BUFFER_MAX(OPENPGP_ARMOR_MAX);

	if (len > OPENPGP_ARMOR_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "OpenPGP signature is larger than %zu bytes",
				   OPENPGP_ARMOR_MAX);
	if (openpgp_dearmor(&packet, OPENPGP_LABEL, armor, len, err) < 0)
		return -1;
	return openpgp_signature_read(out, packet.data, packet.len, err);
}

static void ssh_claim(char out[128], const struct sshsig *sig)
{
	char fingerprint[SSH_FINGERPRINT_SIZE];

	ssh_fingerprint(fingerprint, sig->key.data, sig->key.len);
	snprintf(out, 128, "ssh %s", fingerprint);
}

static void openpgp_claim(char out[128], const struct openpgp_signature *sig)
{
	const char *id = *sig->fingerprint ? sig->fingerprint : sig->short_id;

	snprintf(out, 128, "gpg %s", *id ? id : "(unnamed)");
}

static int unknown_key(struct intoto_error *err, const char *claim)
{
	return intoto_reject(err, "signature-unknown-key",
			     "signature is made by a key that is not known "
			     "here: %s",
			     claim);
}

static int match_ssh(size_t *match, const struct sshsig *sig,
		     const struct key *const *keys, size_t n,
		     const void *payload, size_t len, struct intoto_error *err)
{
	char claim[128];

	for (size_t i = 0; i < n; i++) {
		scoped_value(buffer) blob = BUFFER_INIT;
		struct intoto_error ignored;

		if (key_ssh_blob(&blob, keys[i], &ignored) < 0 ||
		    blob.len != sig->key.len ||
		    memcmp(blob.data, sig->key.data, blob.len))
			continue;
		if (sshsig_verify(sig, keys[i], payload, len, err) < 0)
			return -1;
		*match = i;
		return 0;
	}
	ssh_claim(claim, sig);
	return unknown_key(err, claim);
}

static bool part_fits(const struct openpgp_part *part,
		      const struct openpgp_signature *sig)
{
	if (*sig->fingerprint)
		return !strcmp(part->fingerprint, sig->fingerprint);
	return *sig->short_id && !strcmp(part->fingerprint + 24, sig->short_id);
}

static bool is_candidate(const struct key *key,
			 const struct openpgp_signature *sig)
{
	if (key->type != KEY_OPENPGP)
		return false;
	if (part_fits(&key->openpgp->primary, sig))
		return true;
	for (size_t i = 0; i < key->openpgp->n_subkeys; i++)
		if (part_fits(&key->openpgp->subkeys[i], sig))
			return true;
	return false;
}

/*
 * A signature speaks for one key. Where it holds for two of different
 * material (a subkey that is also listed alone), nobody could say for whom.
 */
static int match_openpgp(size_t *match, const struct openpgp_signature *sig,
			 const struct key *const *keys, size_t n,
			 const void *payload, size_t len, int64_t now,
			 struct intoto_error *err)
{
	struct intoto_error first = { 0 };
	size_t found = n;
	char claim[128];

	for (size_t i = 0; i < n; i++) {
		struct intoto_error why = { 0 };

		if (!is_candidate(keys[i], sig))
			continue;
		if (openpgp_verify_packet(sig, keys[i], payload, len, now,
					  &why) < 0) {
			if (first.code == INTOTO_OK)
				first = why;
			continue;
		}
		if (found < n && !key_same(keys[found], keys[i]))
			return intoto_reject(err, "signature-bad",
					     "signature holds for two of the "
					     "keys");
		if (found == n)
			found = i;
	}
	if (found < n) {
		*match = found;
		return 0;
	}
	if (first.code != INTOTO_OK) {
		*err = first;
		return -1;
	}
	openpgp_claim(claim, sig);
	return unknown_key(err, claim);
}

static int match_armor(size_t *match, const char *armor, size_t armor_len,
		       const struct key *const *keys, size_t n,
		       const void *payload, size_t len, int64_t now,
		       struct intoto_error *err)
{
	scoped_value(openpgp_signature) openpgp = { 0 };
	scoped_value(sshsig) ssh = { 0 };
	enum armor_kind kind;

	if (armor_kind(&kind, armor, armor_len, err) < 0)
		return -1;
	if (kind == ARMOR_SSH) {
		if (sshsig_parse(&ssh, armor, armor_len, err) < 0)
			return -1;
		return match_ssh(match, &ssh, keys, n, payload, len, err);
	}
	if (read_openpgp(&openpgp, armor, armor_len, err) < 0)
		return -1;
	return match_openpgp(match, &openpgp, keys, n, payload, len, now, err);
}

int tag_signature_verify(size_t *match, const char *armor, size_t armor_len,
			 const struct key *const *keys, size_t n,
			 const void *payload, size_t len, int64_t now,
			 struct intoto_error *err)
{
	struct intoto_error why = { 0 };

	if (match_armor(match, armor, armor_len, keys, n, payload, len, now,
			&why) == 0)
		return 0;
	/* Whoever made the tag chose these bytes: that they cannot be read is
	 * a "no", only a failing machine is not. */
	if (why.code == INTOTO_EINVALID || why.code == INTOTO_ELIMIT ||
	    why.code == INTOTO_EUNSUPPORTED)
		return intoto_reject(err, "signature-bad", "%s", why.message);
	*err = why;
	return -1;
}

int tag_signature_claim(char out[128], const char *armor, size_t armor_len,
			struct intoto_error *err)
{
	scoped_value(openpgp_signature) openpgp = { 0 };
	scoped_value(sshsig) ssh = { 0 };
	enum armor_kind kind;

	if (armor_kind(&kind, armor, armor_len, err) < 0)
		return -1;
	if (kind == ARMOR_SSH) {
		if (sshsig_parse(&ssh, armor, armor_len, err) < 0)
			return -1;
		ssh_claim(out, &ssh);
		return 0;
	}
	if (read_openpgp(&openpgp, armor, armor_len, err) < 0)
		return -1;
	openpgp_claim(out, &openpgp);
	return 0;
}
