/* pending_signatures.c: which of many signatures on a draft hold, once each. */
#include <string.h>

#include "base/xalloc.h"
#include "policy/pending.h"

static struct signature signature_copy(const struct signature *sig)
{
	struct signature copy = { .openpgp = sig->openpgp };

	memcpy(copy.keyid, sig->keyid, sizeof(copy.keyid));
	buffer_add(&copy.sig, sig->sig.data, sig->sig.len);
	buffer_add(&copy.openpgp_headers, sig->openpgp_headers.data,
		   sig->openpgp_headers.len);
	return copy;
}

void pending_join(struct envelope *into, const struct envelope *from)
{
	const size_t n = from->n_signatures;
	struct signature *all =
		xcalloc(n + into->n_signatures + 1, sizeof(*all));

	for (size_t i = 0; i < n; i++)
		all[i] = signature_copy(&from->signatures[i]);
	for (size_t i = 0; i < into->n_signatures; i++)
		all[n + i] = into->signatures[i];
	free(into->signatures);
	into->signatures = all;
	into->n_signatures += n;
}

/* The signatures kept so far, and the key that made each. */
struct settled {
	struct signature *kept;
	const struct key **by;
	size_t n;
};

static bool same_signature(const struct signature *a, const struct signature *b)
{
	return a->sig.len == b->sig.len &&
	       !memcmp(buffer_text(&a->sig), buffer_text(&b->sig), a->sig.len);
}

/* Is this the signature that is kept of this key, under its other keyid? */
static bool is_other_entry(const struct settled *settled,
			   const struct signature *sig, const struct key *key,
			   bool *served)
{
	bool fits = !sig->openpgp;

	*served = false;
	for (size_t i = 0; i < settled->n; i++) {
		if (!key_same(settled->by[i], key))
			continue;
		*served = true;
		fits = fits && strcmp(settled->kept[i].keyid, sig->keyid) &&
		       same_signature(&settled->kept[i], sig);
	}
	return *served && fits;
}

enum fate { FATE_BAD, FATE_AGAIN, FATE_KEEP };

/* `by`: the key that it is kept for. */
static enum fate fate_of(const struct key **by, const struct settled *settled,
			 const struct envelope *envelope,
			 const struct signature *sig,
			 const struct key *const *keys, size_t n)
{
	const bool anonymous = envelope->form == ENVELOPE_DSSE && !*sig->keyid;
	const struct buffer *data = &envelope->signed_bytes;
	enum fate fate = FATE_BAD;

	for (size_t i = 0; i < n; i++) {
		struct intoto_error ignored = { 0 };
		bool served;

		if (!anonymous && !key_answers_to(keys[i], sig->keyid))
			continue;
		if (signature_verify(sig, keys[i], data->data, data->len, 0,
				     &ignored) < 0)
			continue;
		*by = keys[i];
		if (is_other_entry(settled, sig, keys[i], &served) || !served)
			return FATE_KEEP;
		fate = FATE_AGAIN;
	}
	return fate;
}

static void doubt(struct strlist *doubts, const struct signature *sig,
		  const struct key *const *keys, size_t n)
{
	if (!doubts)
		return;
	for (size_t i = 0; i < n; i++) {
		char who[64];

		if (!key_answers_to(keys[i], sig->keyid))
			continue;
		key_describe(who, keys[i]);
		strlist_addf(doubts,
			     "a signature in the name of %s does not "
			     "hold",
			     who);
		return;
	}
	strlist_addf(doubts,
		     "a signature by key '%.8s', which is no owner's, does "
		     "not count",
		     sig->keyid);
}

void pending_settle(struct envelope *envelope, struct strlist *doubts,
		    const struct key *const *keys, size_t n_keys)
{
	const size_t n = envelope->n_signatures;
	struct settled settled = {
		.kept = xcalloc(n + 1, sizeof(*settled.kept)),
		.by = xcalloc(n + 1, sizeof(*settled.by)),
	};

	for (size_t i = 0; i < n; i++) {
		struct signature *sig = &envelope->signatures[i];
		const struct key *by = NULL;
		const enum fate fate =
			fate_of(&by, &settled, envelope, sig, keys, n_keys);

		if (fate == FATE_KEEP) {
			settled.by[settled.n] = by;
			settled.kept[settled.n++] = *sig;
			continue;
		}
		if (fate == FATE_BAD)
			doubt(doubts, sig, keys, n_keys);
		signature_release(sig);
	}
	free(envelope->signatures);
	free(settled.by);
	envelope->signatures = settled.kept;
	envelope->n_signatures = settled.n;
}

bool pending_is_signed(const struct envelope *envelope, const struct key *key)
{
	struct intoto_error ignored = { 0 };

	return envelope_verify(envelope, key, 0, &ignored) == 0;
}
