/* seal_tools.h: for tests: statements and seals that people have signed. */
#ifndef UNIT_SEAL_TOOLS_H
#define UNIT_SEAL_TOOLS_H

#include "policy_tools.h"

#include "json/canonical.h"
#include "policy/seal.h"

/* A DSSE line over exactly this payload; to be freed. */
static inline char *statement_line(const char *payload, const struct person *by)
{
	scoped_text pae =
		xasprintf("DSSEv1 %zu %s %zu %s", strlen(INTOTO_PAYLOAD_TYPE),
			  INTOTO_PAYLOAD_TYPE, strlen(payload), payload);
	scoped_value(buffer) body = BUFFER_INIT;
	scoped_value(buffer) sig = BUFFER_INIT;
	uint8_t raw[crypto_sign_BYTES];

	crypto_sign_detached(raw, NULL, (const uint8_t *)pae, strlen(pae),
			     by->secret);
	base64_append(&body, payload, strlen(payload));
	base64_append(&sig, raw, sizeof(raw));
	return xasprintf("{\"payload\":\"%s\",\"payloadType\":\"%s\","
			 "\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"%s\"}]}",
			 buffer_text(&body), INTOTO_PAYLOAD_TYPE,
			 key_id(by->key), buffer_text(&sig));
}

static inline char *payload_of(const json_t *statement)
{
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(compact_append(&text, statement, &err), 0);
	return buffer_take(&text);
}

static inline struct strlist identities(const char *const *lines)
{
	struct strlist list = STRLIST_INIT;

	for (; *lines; lines++) {
		char identity[SHA256_HEX_SIZE];

		line_identity(identity, *lines);
		strlist_add(&list, identity);
	}
	strlist_sort(&list);
	return list;
}

/* A seal of v1 for the layout with that digest. */
static inline json_t *seal_of(const struct world *world, const char *digest,
			      const char *const *lines, int64_t when)
{
	scoped_value(strlist) links = identities(lines);

	return seal_statement(world->facts, "release", digest, &links, when);
}

static inline void layout_digest_of(char out[SHA256_HEX_SIZE], const char *line)
{
	struct envelope *envelope = envelope_of(xstrdup(line));

	envelope_digest(out, envelope);
	envelope_free(envelope);
}

#endif
