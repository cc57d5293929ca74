/* root_tools.h: for tests: trust roots, signed by people, and chains of them in
 * notes. */
#ifndef UNIT_ROOT_TOOLS_H
#define UNIT_ROOT_TOOLS_H

#include "git_tools.h"
#include "people.h"

#include "base/clock.h"
#include "policy/rootchain.h"

#define ROOT_PROJECT "0123456789abcdef0123456789abcdef"
#define ROOT_EXPIRES 4070908800LL /* 2099-01-01 */

/* A root to vary: its keys are its owners. */
struct root_text {
	uint64_t version;
	size_t threshold;
	const char *project;
	int64_t expires;
	const struct person *keys[4]; /* ends with NULL */
};

static inline json_t *root_part(const struct root_text *text)
{
	scoped_value(strlist) layouts = STRLIST_INIT;
	struct intoto_error err = { 0 };
	struct key *keys[4] = { NULL };
	json_t *part = NULL;
	size_t n = 0;

	strlist_add(&layouts, "release");
	while (n < 4 && text->keys[n]) {
		keys[n] = text->keys[n]->key;
		n++;
	}
	cr_assert_eq(root_make(&part,
			       &(struct root_plan){
				       .version = text->version,
				       .expires = text->expires ? text->expires
								: ROOT_EXPIRES,
				       .root_keys = keys,
				       .n_root_keys = n,
				       .root_threshold = text->threshold,
				       .owners = keys,
				       .n_owners = n,
				       .owners_threshold = text->threshold,
				       .project = text->project ? text->project
								: ROOT_PROJECT,
				       .layouts = &layouts },
			       &err),
		     0, "%s", err.message);
	return part;
}

static inline void root_sign(struct envelope *envelope, const struct person *by)
{
	const size_t n = envelope->n_signatures + 1;
	uint8_t raw[crypto_sign_BYTES];
	struct signature *sig;

	crypto_sign_detached(raw, NULL,
			     (const uint8_t *)envelope->signed_bytes.data,
			     envelope->signed_bytes.len, by->secret);
	envelope->signatures = xrealloc(envelope->signatures, n,
					sizeof(*envelope->signatures));
	sig = &envelope->signatures[n - 1];
	*sig = (struct signature){ 0 };
	snprintf(sig->keyid, sizeof(sig->keyid), "%s", key_id_new(by->key));
	buffer_add(&sig->sig, raw, sizeof(raw));
	envelope->n_signatures = n;
}

/* `by` ends with NULL. */
static inline struct envelope *root_envelope(const struct root_text *text,
					     const struct person *const *by)
{
	scoped_json part = root_part(text);
	struct intoto_error err = { 0 };
	struct envelope *envelope = NULL;

	cr_assert_eq(envelope_from_json(&envelope, part, &err), 0, "%s",
		     err.message);
	for (; *by; by++)
		root_sign(envelope, *by);
	return envelope;
}

#define BY(...) ((const struct person *const[]){ __VA_ARGS__, NULL })

static inline char *root_line(const struct root_text *text,
			      const struct person *const *by)
{
	scoped(envelope) envelope = root_envelope(text, by);
	scoped_value(buffer) line = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(envelope_append_line(&line, envelope, &err), 0, "%s",
		     err.message);
	return buffer_take(&line);
}

static inline void root_digest(char out[SHA256_HEX_SIZE],
			       const struct root_text *text)
{
	scoped(envelope) envelope =
		root_envelope(text, (const struct person *const[]){ NULL });

	envelope_digest(out, envelope);
}

/* Write these lines as the root's note at `ref`, on top of what is there. */
static inline void put_root(struct repo *repo, const char *ref,
			    const char *const *lines, size_t n)
{
	const struct oid key = notes_empty_tree(repo);
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error err = { 0 };
	struct ref_update update;
	struct oid parent;

	for (size_t i = 0; i < n; i++)
		buffer_printf(&text, "%s\n", lines[i]);
	if (refs_read(&parent, repo, ref, &err) < 0)
		parent = oid_null();
	/* Tracking refs are written by nobody but git fetch. */
	cr_assert_eq(notes_prepare_replace(&update, repo, NOTES_PREFIX "any",
					   &parent, &key, text.data, text.len,
					   "test", &err),
		     0, "%s", err.message);
	update.name = ref;
	update.old = parent;
	cr_assert_eq(refs_transaction(repo, &update, 1, "test", &err), 0, "%s",
		     err.message);
}

#endif
