/* artifacts_scan.c: read a set of artifacts from the JSON text of a link. */
#include <string.h>

#include "base/encode.h"
#include "metadata/artifacts.h"

#define SHA256_HEX_LEN (SHA256_HEX_SIZE - 1)

/* The two buffers that every artifact's name and digest are decoded into. */
struct scratch {
	struct buffer name;
	struct buffer member;
	struct buffer value;
};

static void scratch_release(struct scratch *scratch)
{
	buffer_release(&scratch->name);
	buffer_release(&scratch->member);
	buffer_release(&scratch->value);
}
SCOPED_RELEASE(scratch);

/*
 * Lower-case digits alone, in one pass: this is half of the work of reading a
 * large link. The table holds 1 + the digit's value, 0 for all else.
 */
static bool sha256_decode(uint8_t out[SHA256_SIZE], const char *hex)
{
	static const uint8_t digits[256] = {
		['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,
		['4'] = 5,  ['5'] = 6,	['6'] = 7,  ['7'] = 8,
		['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
		['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	};
	const unsigned char *at = (const unsigned char *)hex;
	bool good = true;

	for (size_t i = 0; i < SHA256_SIZE; i++) {
		const uint8_t high = digits[at[2 * i]];
		const uint8_t low = digits[at[2 * i + 1]];

		good = good && high && low;
		out[i] = (uint8_t)(((high - 1u) & 15) << 4 | ((low - 1u) & 15));
	}
	return good;
}

static bool buffer_is(const struct buffer *buffer, const char *text)
{
	return buffer->len == strlen(text) &&
	       !memcmp(buffer->data, text, buffer->len);
}

/*
 * Is the value at the cursor exactly {"sha256": 64 lower-case digits}? Then it
 * is passed over; else, and where it is malformed, the cursor stays.
 */
static bool scan_sha256(uint8_t out[SHA256_SIZE], struct scan *scan,
			struct scratch *scratch)
{
	struct scan at = *scan;
	struct intoto_error ignored = { 0 };

	if (scan_object(&at, &ignored) < 0 ||
	    scan_member(&at, &scratch->member, &ignored) <= 0 ||
	    !buffer_is(&scratch->member, "sha256") ||
	    scan_string(&at, &scratch->value, &ignored) < 0 ||
	    scratch->value.len != SHA256_HEX_LEN ||
	    !sha256_decode(out, scratch->value.data) ||
	    scan_member(&at, &scratch->member, &ignored) != 0)
		return false;
	*scan = at;
	return true;
}

static bool has_control(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

/* Any other {algorithm: hex digits}, to its canonical JSON. */
static int scan_digests(struct buffer *canonical, struct scan *scan,
			struct intoto_error *err)
{
	const char *text = NULL;
	size_t len = 0;
	scoped_json digests = NULL;
	const char *algorithm = NULL;
	json_t *value = NULL;

	if (scan_value(scan, &text, &len, err) < 0 ||
	    json_load_strict(&digests, text, len, err) < 0)
		return -1;
	if (!json_is_object(digests))
		return intoto_fail(err, INTOTO_EINVALID,
				   "digests are not an object");
	json_object_foreach(digests, algorithm, value)
	{
		if (!json_is_string(value) ||
		    !is_hex(json_string_value(value),
			    json_string_length(value)))
			return intoto_fail(err, INTOTO_EINVALID,
					   "digest '%s' is not hex digits",
					   algorithm);
		if (has_control(algorithm))
			return intoto_fail(
				err, INTOTO_EINVALID,
				"digest algorithm '%s' is not a name",
				algorithm);
	}
	buffer_reset(canonical);
	return canonical_append(canonical, digests, err);
}

static int scan_artifact(struct artifacts *set, struct scan *scan,
			 struct scratch *scratch, struct intoto_error *err)
{
	const struct buffer *name = &scratch->name;
	uint8_t digest[SHA256_SIZE];

	if (name->len == 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "an artifact has no name");
	if (memchr(name->data, '\0', name->len))
		return intoto_fail(err, INTOTO_EINVALID,
				   "artifact '%s' has a NUL in its name",
				   name->data);
	if (scan_sha256(digest, scan, scratch)) {
		artifacts_add(set, name->data, name->len, digest);
		return 0;
	}
	if (scan_digests(&scratch->value, scan, err) < 0) {
		intoto_context(err, "artifact '%s': ", name->data);
		return -1;
	}
	artifacts_add_other(set, name->data, name->len, scratch->value.data,
			    scratch->value.len);
	return 0;
}

int artifacts_scan(struct artifacts **out, struct scan *scan,
		   struct intoto_error *err)
{
	scoped(artifacts) set = artifacts_new();
	scoped_value(scratch)
		scratch = { BUFFER_INIT, BUFFER_INIT, BUFFER_INIT };
	int more = 0;

	if (scan_object(scan, err) < 0)
		return -1;
	while ((more = scan_member(scan, &scratch.name, err)) > 0)
		if (scan_artifact(set, scan, &scratch, err) < 0)
			return -1;
	if (more < 0 || artifacts_finish(set, err) < 0)
		return -1;
	*out = take(set);
	return 0;
}
