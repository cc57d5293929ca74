/* pending_line.c: one owner's signature on a draft as a line of a note. */
#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "policy/pending.h"

static int malformed(struct intoto_error *err, const char *why)
{
	return intoto_reject(err, "line-malformed", "%s", why);
}

static bool same_bytes(const struct buffer *a, const struct buffer *b)
{
	return a->len == b->len &&
	       !memcmp(buffer_text(a), buffer_text(b), a->len);
}

/* One signature of one key under its two keyids. */
static bool is_pair(const struct signature *a, const struct signature *b)
{
	return !a->openpgp && !b->openpgp && strcmp(a->keyid, b->keyid) &&
	       same_bytes(&a->sig, &b->sig);
}

static bool is_by_one(const struct envelope *envelope)
{
	const struct signature *by = envelope->signatures;

	return envelope->n_signatures == 1 ||
	       (envelope->n_signatures == 2 && is_pair(&by[0], &by[1]));
}

static int key_of(struct oid *out, const struct envelope *envelope,
		  unsigned size)
{
	char digest[SHA256_HEX_SIZE];

	envelope_digest(digest, envelope);
	return oid_parse(out, digest, (size_t)2 * size) ? 0 : -1;
}

static int check_content(const struct envelope *envelope,
			 struct intoto_error *err)
{
	if (envelope->content != CONTENT_LAYOUT &&
	    envelope->content != CONTENT_ROOT)
		return malformed(err, "the line is no layout and no root");
	if (envelope->content == CONTENT_LAYOUT &&
	    !envelope->layout->stamp.version)
		return malformed(err, "the layout does not say of which "
				      "project, name and version it is");
	if (!is_by_one(envelope))
		return malformed(err, "the line does not have the signature "
				      "of exactly one key");
	return 0;
}

static int check_compact(const struct envelope *envelope,
			 const struct note_line *line, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;

	if (envelope_append_line(&text, envelope, err) < 0)
		return -1;
	if (text.len != line->len || memcmp(text.data, line->text, text.len))
		return malformed(err, "the line is not as it would be "
				      "written: compact and sorted");
	return 0;
}

int pending_check_line(struct envelope **out, const struct oid *key,
		       const struct note_line *line, struct intoto_error *err)
{
	scoped(envelope) envelope = NULL;
	struct intoto_error why = { 0 };
	struct oid due;

	if (line->problem)
		return intoto_reject(err, "line-malformed", "the line %s",
				     line->problem);
	if (envelope_read(&envelope, line->text, line->len, true, &why) < 0)
		return malformed(err, why.message);
	if (check_content(envelope, err) < 0 ||
	    check_compact(envelope, line, err) < 0)
		return -1;
	if (key_of(&due, envelope, key->size) < 0 || !oid_equal(&due, key))
		return intoto_reject(err, "line-misfiled",
				     "the line is about another draft than "
				     "the one it is filed under");
	*out = take(envelope);
	return 0;
}

/* The same with only the signatures of the key that made the `first` one. The
 * signatures are borrowed; the array is to be freed. */
static struct envelope of_one_key(const struct envelope *envelope, size_t first)
{
	struct envelope one = *envelope;

	one.signatures = xcalloc(2, sizeof(*one.signatures));
	one.signatures[0] = envelope->signatures[first];
	one.n_signatures = 1;
	for (size_t i = first + 1; i < envelope->n_signatures; i++) {
		if (one.n_signatures == 1 &&
		    is_pair(&envelope->signatures[i], &one.signatures[0]))
			one.signatures[one.n_signatures++] =
				envelope->signatures[i];
	}
	return one;
}

static bool is_second(const struct envelope *envelope, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (is_pair(&envelope->signatures[i],
			    &envelope->signatures[at]))
			return true;
	return false;
}

static char *message_for(const struct envelope *envelope)
{
	const struct layout_stamp *stamp;

	if (envelope->content == CONTENT_ROOT)
		return xasprintf("in-toto: pending root, version %" PRIu64,
				 envelope->root->version);
	stamp = &envelope->layout->stamp;
	return xasprintf("in-toto: pending layout %s, version %" PRIu64,
			 stamp->name, stamp->version);
}

int pending_prepare(struct ref_update *update, struct repo *repo,
		    const struct envelope *envelope, struct intoto_error *err)
{
	scoped_value(strlist) lines = STRLIST_INIT;
	scoped_text message = message_for(envelope);
	struct oid key;

	if (key_of(&key, envelope, repo->oid_size) < 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "a draft has no digest");
	for (size_t i = 0; i < envelope->n_signatures; i++) {
		scoped_value(buffer) text = BUFFER_INIT;
		struct envelope one;
		int got;

		if (is_second(envelope, i))
			continue;
		one = of_one_key(envelope, i);
		got = envelope_append_line(&text, &one, err);
		free(one.signatures);
		if (got < 0)
			return -1;
		strlist_take(&lines, buffer_take(&text));
	}
	return notes_prepare(update, repo, PENDING_REF, &key, &lines, message,
			     err);
}
