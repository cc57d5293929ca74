/* seal.c: the owners' word that a tag was proven under a version of a layout.
 */
#include "policy/seal.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"

#define POLICY_URI "git-intoto:layout/"

void seal_free(struct seal *seal)
{
	if (!seal)
		return;
	for (size_t i = 0; i < seal->n_lines; i++)
		envelope_free(seal->lines[i]);
	free(seal->lines);
	free(seal->ref);
	free(seal->layout);
	strlist_release(&seal->links);
	strlist_release(&seal->by);
	strlist_release(&seal->missing);
	free(seal);
}

void seals_release(struct seals *seals)
{
	for (size_t i = 0; i < seals->n; i++)
		seal_free(seals->items[i]);
	free(seals->items);
	*seals = (struct seals){ 0 };
}

bool seal_counts(const struct seal *seal)
{
	return seal->enough && !seal->withdrawn;
}

static int read_sha256(char out[SHA256_HEX_SIZE], const json_t *object,
		       const char *what, struct intoto_error *err)
{
	json_t *digests;
	const char *hex = NULL;

	if (json_need_object(&digests, object, "digest", what, err) < 0 ||
	    json_need_string(&hex, digests, "sha256", what, err) < 0)
		return -1;
	if (strlen(hex) != SHA256_HEX_SIZE - 1 ||
	    !is_lower_hex(hex, SHA256_HEX_SIZE - 1))
		return intoto_fail(err, INTOTO_EINVALID,
				   "%s: the SHA-256 is not 64 lower-case hex "
				   "digits",
				   what);
	memcpy(out, hex, SHA256_HEX_SIZE);
	return 0;
}

static int read_subject(struct seal *seal, const struct statement *statement,
			struct intoto_error *err)
{
	static const char what[] = "the seal's subject";
	const json_t *subject = json_array_get(statement->subjects, 0);
	json_t *digests;
	const char *name = NULL;
	const char *tag = NULL;

	if (json_array_size(statement->subjects) != 1)
		return intoto_fail(err, INTOTO_EINVALID,
				   "a seal has one subject, not %zu",
				   json_array_size(statement->subjects));
	if (json_need_string(&name, subject, "name", what, err) < 0 ||
	    json_need_object(&digests, subject, "digest", what, err) < 0 ||
	    json_need_string(&tag, digests, "gitTag", what, err) < 0 ||
	    read_sha256(seal->tag_sha256, subject, what, err) < 0)
		return -1;
	if (!oid_parse(&seal->tag, tag, strlen(tag)))
		return intoto_fail(err, INTOTO_EINVALID,
				   "%s: gitTag is no object id", what);
	seal->ref = xstrdup(name);
	return 0;
}

static int read_policy(struct seal *seal, const json_t *predicate,
		       struct intoto_error *err)
{
	static const char what[] = "the seal's policy";
	json_t *policy;
	const char *uri = NULL;

	if (json_need_object(&policy, predicate, "policy", "the seal", err) <
		    0 ||
	    json_need_string(&uri, policy, "uri", what, err) < 0 ||
	    read_sha256(seal->layout_digest, policy, what, err) < 0)
		return -1;
	if (strncmp(uri, POLICY_URI, strlen(POLICY_URI)) ||
	    !notes_layout_name_ok(uri + strlen(POLICY_URI)))
		return intoto_fail(err, INTOTO_EINVALID,
				   "%s '%s' is no layout of a repository", what,
				   uri);
	seal->layout = xstrdup(uri + strlen(POLICY_URI));
	return 0;
}

static int read_links(struct seal *seal, const json_t *predicate,
		      struct intoto_error *err)
{
	json_t *list;
	json_t *item;
	size_t i;

	if (json_need_array(&list, predicate, "inputAttestations", "the seal",
			    err) < 0)
		return -1;
	if (!json_array_size(list) || json_array_size(list) > NOTE_LINES_MAX)
		return intoto_fail(err, INTOTO_EINVALID, "a seal of %zu links",
				   json_array_size(list));
	json_array_foreach(list, i, item)
	{
		char identity[SHA256_HEX_SIZE];

		if (read_sha256(identity, item, "a link of the seal", err) < 0)
			return -1;
		strlist_add(&seal->links, identity);
	}
	strlist_sort(&seal->links);
	strlist_uniq(&seal->links);
	return 0;
}

static int read_verdict(struct seal *seal, const json_t *predicate,
			struct intoto_error *err)
{
	const char *result = NULL;
	const char *when = NULL;

	if (json_need_string(&result, predicate, "verificationResult",
			     "the seal", err) < 0 ||
	    json_need_string(&when, predicate, "timeVerified", "the seal",
			     err) < 0 ||
	    clock_parse(&seal->when, when, err) < 0)
		return -1;
	return strcmp(result, "PASSED")
		       ? intoto_fail(err, INTOTO_EINVALID,
				     "a seal of a tag that did not verify")
		       : 0;
}

/* Other summaries are of whoever made them; a seal says that it is one. */
static bool is_seal(const struct statement *statement)
{
	const json_t *verifier =
		json_object_get(statement->predicate, "verifier");
	const char *id = json_string_value(json_object_get(verifier, "id"));

	return !strcmp(statement->type, SEAL_TYPE) && id &&
	       !strcmp(id, SEAL_VERIFIER);
}

int seal_read(struct seal **out, const struct envelope *envelope,
	      struct intoto_error *err)
{
	scoped(statement) statement = NULL;
	scoped(seal) seal = NULL;

	if (statement_read(&statement, envelope, err) < 0)
		return -1;
	if (is_seal(statement)) {
		seal = xcalloc(1, sizeof(*seal));
		if (read_subject(seal, statement, err) < 0 ||
		    read_policy(seal, statement->predicate, err) < 0 ||
		    read_links(seal, statement->predicate, err) < 0 ||
		    read_verdict(seal, statement->predicate, err) < 0)
			return -1;
		envelope_identity(seal->identity, envelope);
	}
	*out = take(seal);
	return 0;
}

bool seal_covers(const struct seal *seal, const struct tag_facts *facts)
{
	return !strcmp(seal->ref, facts->ref) &&
	       oid_equal(&seal->tag, &facts->tag.oid) &&
	       !strcmp(seal->tag_sha256, facts->tag.sha256);
}

__attribute__((format(printf, 2, 3))) static void warn(struct report *warnings,
						       const char *fmt, ...)
{
	scoped_text text = NULL;
	va_list args;

	if (!warnings)
		return;
	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	report_warn(warnings, "%s", text);
}

/* What was read once can be read again. */
static void add_line(struct seal *seal, const struct envelope *envelope)
{
	scoped_value(buffer) text = BUFFER_INIT;
	struct envelope *copy = NULL;
	struct intoto_error ignored = { 0 };

	if (envelope_append_line(&text, envelope, &ignored) < 0 ||
	    envelope_read(&copy, text.data, text.len, true, &ignored) < 0)
		return;
	seal->lines = xrealloc(seal->lines, seal->n_lines + 1,
			       sizeof(struct envelope *));
	seal->lines[seal->n_lines++] = copy;
}

/* By identity. */
static void add_seal(struct seals *seals, struct seal *seal)
{
	size_t at = seals->n;

	ALLOC_GROW(seals->items, seals->n + 1, seals->alloc);
	for (; at && strcmp(seals->items[at - 1]->identity, seal->identity) > 0;
	     at--)
		seals->items[at] = seals->items[at - 1];
	seals->items[at] = seal;
	seals->n++;
}

static struct seal *find_seal(const struct seals *seals, const char *identity)
{
	for (size_t i = 0; i < seals->n; i++)
		if (!strcmp(seals->items[i]->identity, identity))
			return seals->items[i];
	return NULL;
}

static bool signed_by(const struct seal *seal, const struct key *key,
		      int64_t now)
{
	for (size_t i = 0; i < seal->n_lines; i++) {
		struct intoto_error ignored = { 0 };

		if (envelope_verify(seal->lines[i], key, now, &ignored) == 0)
			return true;
	}
	return false;
}

static void count_owners(struct seal *seal, const struct trust *trust,
			 int64_t now)
{
	const struct key **counted =
		xcalloc(trust->n_keys + 1, sizeof(*counted));
	size_t n = 0;

	for (size_t i = 0; i < trust->n_keys; i++) {
		const struct key *key = trust->keys[i];
		char who[64];

		key_describe(who, key);
		if (!key_overlaps_any(key, counted, n) &&
		    signed_by(seal, key, now)) {
			strlist_add(&seal->by, who);
			counted[n++] = key;
		} else {
			strlist_add(&seal->missing, who);
		}
	}
	free(counted);
	seal->enough = trust->n_keys && n >= trust->threshold;
}

static void collect_one(struct seals *out, const struct envelope *envelope,
			const struct tag_facts *facts, struct report *warnings)
{
	scoped(seal) seal = NULL;
	struct intoto_error why = { 0 };
	struct seal *known;
	char identity[SHA256_HEX_SIZE];

	envelope_identity(identity, envelope);
	known = find_seal(out, identity);
	if (known) {
		add_line(known, envelope);
		return;
	}
	if (seal_read(&seal, envelope, &why) < 0) {
		warn(warnings, "statement %.12s is not counted: %s", identity,
		     why.message);
		return;
	}
	if (!seal)
		return;
	if (!seal_covers(seal, facts)) {
		warn(warnings, "seal %.12s is of another tag: '%s'", identity,
		     seal->ref);
		return;
	}
	add_line(seal, envelope);
	add_seal(out, take(seal));
}

void seals_collect(struct seals *out, const struct tag_links *links,
		   const struct tag_facts *facts, const struct trust *trust,
		   int64_t now, struct report *warnings)
{
	for (size_t i = 0; i < links->n_statements; i++)
		collect_one(out, links->statements[i], facts, warnings);
	for (size_t i = 0; i < out->n; i++) {
		struct seal *seal = out->items[i];

		count_owners(seal, trust, now);
		seal->withdrawn =
			trust->n_keys &&
			tag_links_withdrawn_by(NULL, NULL, links, trust,
					       seal->identity,
					       now) >= trust->threshold;
		if (!seal->enough && !seal->withdrawn)
			warn(warnings,
			     "seal %.12s does not count: signed by %zu of the "
			     "%zu owners who must",
			     seal->identity, seal->by.n, trust->threshold);
	}
}

int seals_read(struct seals *out, const struct tag_facts *facts,
	       const struct note *note, const struct trust *trust, int64_t now,
	       struct report *warnings, struct intoto_error *err)
{
	scoped(tag_links) links = NULL;
	size_t kept = 0;

	if (!facts->manifest)
		return intoto_fail(err, INTOTO_EINVALID,
				   "the tree of tag '%s' is not read",
				   facts->tag.name);
	if (tag_links_read(&links, NULL, facts, note, NULL, 0, now, NULL, err) <
	    0)
		return -1;
	seals_collect(out, links, facts, trust, now, warnings);
	for (size_t i = 0; i < out->n; i++) {
		if (seal_counts(out->items[i]))
			out->items[kept++] = out->items[i];
		else
			seal_free(out->items[i]);
	}
	out->n = kept;
	return 0;
}

json_t *seal_statement(const struct tag_facts *facts, const char *layout,
		       const char *layout_digest, const struct strlist *links,
		       int64_t when)
{
	scoped_text uri = xasprintf(POLICY_URI "%s", layout);
	scoped_text resource = xasprintf("git-intoto:project/%s@%s",
					 facts->project, facts->ref);
	char tag[OID_HEX_SIZE];
	char time[CLOCK_TEXT_SIZE];
	json_t *inputs = json_array();

	oid_hex(tag, &facts->tag.oid);
	clock_format(time, when);
	for (size_t i = 0; i < links->n; i++)
		json_array_append_new(inputs,
				      json_pack("{s:{s:s}}", "digest", "sha256",
						links->items[i]));
	return json_pack(
		"{s:s, s:[{s:s, s:{s:s, s:s}}], s:s, s:{s:{s:s}, s:s, s:s, "
		"s:{s:s, s:{s:s}}, s:o, s:s, s:[]}}",
		"_type", STATEMENT_TYPE, "subject", "name", facts->ref,
		"digest", "gitTag", tag, "sha256", facts->tag.sha256,
		"predicateType", SEAL_TYPE, "predicate", "verifier", "id",
		SEAL_VERIFIER, "timeVerified", time, "resourceUri", resource,
		"policy", "uri", uri, "digest", "sha256", layout_digest,
		"inputAttestations", inputs, "verificationResult", "PASSED",
		"verifiedLevels");
}
