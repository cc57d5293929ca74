/* owners.c: is a layout in time, and signed by enough of its owners? */
#include <string.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "verify/chain.h"

int layout_check_expiry(const struct layout *layout, int64_t now,
			struct intoto_error *err)
{
	char when[CLOCK_TEXT_SIZE];

	if (layout->expires > now)
		return 0;
	clock_format(when, layout->expires);
	return intoto_reject(err, "layout-expired", "layout expired at %s",
			     when);
}

/* Is the key's material among the first n owners, of those with `by` as
 * asked? The same key is one owner, however often it is listed, and so are two
 * that share a subkey. */
static bool has_owner(const struct key *const *owners, const bool *by, size_t n,
		      const struct key *key, bool signed_it)
{
	for (size_t i = 0; i < n; i++)
		if (by[i] == signed_it && key_overlaps(owners[i], key))
			return true;
	return false;
}

static int too_few(const bool *by, const struct key *const *owners, size_t n,
		   size_t good, size_t threshold, struct intoto_error *err)
{
	scoped_value(buffer) missing = BUFFER_INIT;

	for (size_t i = 0; i < n; i++) {
		char who[64];

		if (has_owner(owners, by, n, owners[i], true) ||
		    has_owner(owners, by, i, owners[i], false))
			continue;
		key_describe(who, owners[i]);
		buffer_printf(&missing, "%s%s", missing.len ? ", " : "", who);
	}
	return intoto_reject(err, "layout-threshold",
			     "layout is signed by %zu of the %zu owners that "
			     "it needs; not by: %s",
			     good, threshold,
			     missing.len ? buffer_text(&missing) : "anybody");
}

int layout_check_owners(bool *signed_by, const struct envelope *envelope,
			const struct key *const *owners, size_t n,
			size_t threshold, int64_t now, struct intoto_error *err)
{
	bool *by = xcalloc(n + 1, sizeof(*by));
	size_t good = 0;
	int got = 0;

	for (size_t i = 0; i < n && got == 0; i++) {
		struct intoto_error why = { 0 };

		by[i] = envelope_verify(envelope, owners[i], now, &why) == 0;
		if (!by[i] && why.code != INTOTO_EREJECTED) {
			*err = why;
			got = -1;
		}
		if (by[i] && !has_owner(owners, by, i, owners[i], true))
			good++;
	}
	if (got == 0 && threshold < 1)
		got = intoto_fail(err, INTOTO_EINVALID,
				  "a threshold of owners below 1");
	else if (got == 0 && good < threshold)
		got = too_few(by, owners, n, good, threshold, err);
	if (signed_by)
		memcpy(signed_by, by, n * sizeof(*by));
	free(by);
	return got;
}
