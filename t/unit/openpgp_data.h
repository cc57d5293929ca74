/* openpgp_data.h: for tests: the OpenPGP vectors, keys and signatures. */
#ifndef UNIT_OPENPGP_DATA_H
#define UNIT_OPENPGP_DATA_H

#include <criterion/criterion.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/xalloc.h"
#include "crypto/openpgp_internal.h"
#include "json/json.h"

/* What make.sh's signatures are over, and when they were made. */
#define SIGNED_DATA "data"
#define SIGNED_AT 1704326400LL /* 2024-01-04 */

static inline struct buffer data_file(const char *name)
{
	scoped_text path = path_join("t/data/openpgp", name);
	struct buffer data = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(file_read(&data, path, 1 << 20, &err), 0, "%s",
		     err.message);
	return data;
}

/* A member of vectors.json; to be released. */
static inline json_t *vector(const char *name)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_json all = NULL;
	json_t *value;

	cr_assert_eq(file_read(&text, "t/data/vectors.json", 1 << 20, &err), 0,
		     "%s", err.message);
	cr_assert_eq(json_load_strict(&all, text.data, text.len, &err), 0, "%s",
		     err.message);
	value = json_object_get(all, name);
	cr_assert_not_null(value);
	return json_incref(value);
}

static inline struct buffer vector_bytes(const json_t *vector_object,
					 const char *name)
{
	const char *hex =
		json_string_value(json_object_get(vector_object, name));
	struct buffer out = BUFFER_INIT;
	scoped_text raw = NULL;

	cr_assert_not_null(hex);
	raw = xmalloc(strlen(hex) / 2 + 1);
	cr_assert(hex_decode(raw, strlen(hex) / 2, hex, strlen(hex)));
	buffer_add(&out, raw, strlen(hex) / 2);
	return out;
}

static inline struct key *vector_key(const json_t *vector_object)
{
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(key_from_json(&key,
				   json_object_get(vector_object, "key_json"),
				   &err),
		     0, "%s", err.message);
	return key;
}

static inline struct key *data_key(const char *name, const char *id)
{
	scoped_value(buffer) packets = data_file(name);
	struct intoto_error err = { 0 };
	struct key *key = NULL;

	cr_assert_eq(openpgp_key_read(&key, packets.data, packets.len, id,
				      &err),
		     0, "%s: %s", name, err.message);
	return key;
}

/* One packet after the other of a file; the bytes stay the file's. */
struct test_packet {
	struct openpgp_packet packet;
	const char *start;
	size_t len;
};

static inline size_t split_packets(struct test_packet *out, size_t max,
				   const struct buffer *packets)
{
	struct openpgp_bytes in = { (const uint8_t *)packets->data,
				    packets->len };
	struct intoto_error err = { 0 };
	size_t n = 0;

	while (in.left > 0) {
		cr_assert_lt(n, max);
		out[n].start = (const char *)in.at;
		cr_assert_eq(openpgp_packet_next(&out[n].packet, &in, &err), 0,
			     "%s", err.message);
		out[n].len = (size_t)((const char *)in.at - out[n].start);
		n++;
	}
	return n;
}

#endif
