/* tagobject.c: parse the raw bytes of a tag object, strictly. */
#include "repo/tagobject.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "crypto/digest.h"

#define ARMOR_BEGIN "-----BEGIN "
#define ARMOR_END "-----END "
#define ARMOR_DASHES "-----"

/* What git takes for the start of a signature, at the start of a line. */
static const char *const armor_kinds[] = {
	"PGP SIGNATURE",
	"PGP MESSAGE",
	"SIGNED MESSAGE",
	"SSH SIGNATURE",
};

/* The bytes that are left to read, and the object, for messages. */
struct reader {
	const char *at;
	const char *end;
	const char *hex;
	struct intoto_error *err;
};

struct line {
	const char *text;
	size_t len;
};

void tag_object_release(struct tag_object *tag)
{
	buffer_release(&tag->raw);
	buffer_release(&tag->payload);
	free(tag->name);
	free(tag->tagger);
	*tag = (struct tag_object){ 0 };
}

static int fail_malformed(const struct reader *reader, const char *problem)
{
	return intoto_reject(reader->err, "tag-malformed",
			     "tag object '%s' is malformed: %s", reader->hex,
			     problem);
}

/* The line up to the next LF, which must be there; moved behind it. */
static bool line_next(struct line *out, struct reader *reader)
{
	const char *end =
		memchr(reader->at, '\n', (size_t)(reader->end - reader->at));

	if (!end)
		return false;
	*out = (struct line){ reader->at, (size_t)(end - reader->at) };
	reader->at = end + 1;
	return true;
}

static bool starts_with(const struct line *line, const char *prefix)
{
	size_t len = strlen(prefix);

	return line->len >= len && memcmp(line->text, prefix, len) == 0;
}

/* `<word> <value>`; `value` is what follows the space. */
static bool header_next(struct line *value, struct reader *reader,
			const char *word)
{
	struct line line;
	size_t len = strlen(word);

	if (!line_next(&line, reader) || !starts_with(&line, word) ||
	    line.len <= len || line.text[len] != ' ')
		return false;
	*value = (struct line){ line.text + len + 1, line.len - len - 1 };
	return true;
}

static bool line_is(const struct line *line, const char *text)
{
	return line->len == strlen(text) && starts_with(line, text);
}

/* No leading zero, at most 2^63-1. */
static bool parse_seconds(int64_t *out, const char *text, size_t len)
{
	int64_t value = 0;

	if (len == 0 || (len > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < len; i++) {
		int digit = text[i] - '0';

		if (digit < 0 || digit > 9 || value > (INT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

static bool is_zone(const char *text, size_t len)
{
	if (len != 5 || (text[0] != '+' && text[0] != '-'))
		return false;
	for (size_t i = 1; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

/* `NAME <EMAIL> SECONDS ZONE` with one pair of angle brackets. */
static bool parse_tagger(struct tag_object *tag, const struct line *line)
{
	const char *text = line->text;
	const char *end = text + line->len;
	const char *open = memchr(text, '<', line->len);
	const char *close = memchr(text, '>', line->len);
	const char *seconds;
	const char *space;

	if (!open || !close || close < open || open - text < 2 ||
	    open[-1] != ' ' ||
	    memchr(open + 1, '<', (size_t)(end - open - 1)) ||
	    memchr(close + 1, '>', (size_t)(end - close - 1)) ||
	    end - close < 2 || close[1] != ' ')
		return false;
	seconds = close + 2;
	space = memchr(seconds, ' ', (size_t)(end - seconds));
	if (!space ||
	    !parse_seconds(&tag->tagger_time, seconds,
			   (size_t)(space - seconds)) ||
	    !is_zone(space + 1, (size_t)(end - space - 1)))
		return false;
	tag->tagger = xmemdupz(text, (size_t)(close + 1 - text));
	return true;
}

static bool is_tag_name(const struct line *line)
{
	for (size_t i = 0; i < line->len; i++) {
		unsigned char c = (unsigned char)line->text[i];

		if (c < 0x20 || c == 0x7f)
			return false;
	}
	return line->len > 0;
}

static int parse_headers(struct tag_object *tag, struct reader *reader)
{
	struct line value;

	if (!header_next(&value, reader, "object") ||
	    value.len != 2 * (size_t)tag->oid.size ||
	    !oid_parse(&tag->commit, value.text, value.len))
		return fail_malformed(reader, "no 'object' line with an id in "
					      "lower case comes first");
	if (!header_next(&value, reader, "type"))
		return fail_malformed(reader, "no 'type' line follows");
	if (line_is(&value, "tag"))
		return intoto_reject(reader->err, "tag-nested",
				     "tag object '%s' is a tag of a tag",
				     reader->hex);
	if (!line_is(&value, "commit"))
		return fail_malformed(reader, "it is no tag of a commit");
	if (!header_next(&value, reader, "tag") || !is_tag_name(&value))
		return fail_malformed(reader, "no 'tag' line with a name "
					      "follows");
	tag->name = xmemdupz(value.text, value.len);
	if (!header_next(&value, reader, "tagger") ||
	    !parse_tagger(tag, &value))
		return fail_malformed(reader,
				      "no 'tagger NAME <EMAIL> SECONDS ZONE' "
				      "line follows");
	return 0;
}

/*
 * `gpgsig` and `gpgsig-sha256`, each at most once and folded, up to the empty
 * line. They sign the object in another form of its ids and are no part of
 * what this form's signature covers.
 */
static int skip_signature_headers(struct reader *reader)
{
	static const char *const words[] = { "gpgsig ", "gpgsig-sha256 " };
	bool seen[ARRAY_SIZE(words)] = { false };
	bool folded = false;
	struct line line;

	while (line_next(&line, reader)) {
		size_t i = 0;

		if (line.len == 0)
			return 0;
		if (folded && line.text[0] == ' ')
			continue;
		while (i < ARRAY_SIZE(words) && !starts_with(&line, words[i]))
			i++;
		if (i == ARRAY_SIZE(words) || seen[i])
			return fail_malformed(reader, "a header is there that "
						      "must not be");
		seen[i] = true;
		folded = true;
	}
	return fail_malformed(reader, "no empty line ends its headers");
}

/* The kind whose begin line `line` starts with, or NULL. */
static const char *armor_kind(const struct line *line)
{
	size_t skip = strlen(ARMOR_BEGIN);

	if (!starts_with(line, ARMOR_BEGIN))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(armor_kinds); i++) {
		const struct line rest = { line->text + skip,
					   line->len - skip };
		size_t len = strlen(armor_kinds[i]);

		if (starts_with(&rest, armor_kinds[i]) &&
		    rest.len >= len + strlen(ARMOR_DASHES) &&
		    memcmp(rest.text + len, ARMOR_DASHES,
			   strlen(ARMOR_DASHES)) == 0)
			return armor_kinds[i];
	}
	return NULL;
}

static bool is_armor_line(const struct line *line, const char *what,
			  const char *kind)
{
	scoped_text full = xasprintf("%s%s" ARMOR_DASHES, what, kind);

	return line_is(line, full);
}

/* From the begin line on: one block of `kind`, and the object ends. */
static int parse_armor(struct reader *reader, const char *kind)
{
	struct line line;

	if (!line_next(&line, reader) ||
	    !is_armor_line(&line, ARMOR_BEGIN, kind))
		return fail_malformed(reader, "the first line of its signature "
					      "has more than it should");
	while (reader->at < reader->end) {
		/* Only the last line may lack its LF. */
		if (!line_next(&line, reader)) {
			line.text = reader->at;
			line.len = (size_t)(reader->end - reader->at);
			reader->at = reader->end;
		}
		if (is_armor_line(&line, ARMOR_END, kind)) {
			if (reader->at == reader->end)
				return 0;
			return intoto_reject(
				reader->err, "tag-trailing-bytes",
				"tag object '%s' has bytes after its signature",
				reader->hex);
		}
		if (starts_with(&line, ARMOR_DASHES) ||
		    memchr(line.text, '\r', line.len))
			return fail_malformed(reader, "its signature holds a "
						      "line that is none of "
						      "an armor");
	}
	return fail_malformed(reader, "its signature does not end");
}

/* The message: find the one line that starts a signature. */
static int parse_body(const char **armor, struct reader *reader)
{
	struct reader search = *reader;
	const char *kind = NULL;
	struct line line;

	*armor = NULL;
	if (memchr(reader->at, '\0', (size_t)(reader->end - reader->at)))
		return fail_malformed(reader, "its message holds a NUL");
	for (const char *start = search.at; search.at < search.end;
	     start = search.at) {
		const char *found;

		if (!line_next(&line, &search)) {
			line.text = start;
			line.len = (size_t)(search.end - start);
			search.at = search.end;
		}
		found = armor_kind(&line);
		if (!found)
			continue;
		if (kind)
			return intoto_reject(reader->err, "tag-two-signatures",
					     "tag object '%s' has more than "
					     "one signature",
					     reader->hex);
		kind = found;
		*armor = line.text;
	}
	if (!kind)
		return 0;
	reader->at = *armor;
	return parse_armor(reader, kind);
}

static int parse_all(struct tag_object *tag, struct reader *reader)
{
	const char *raw = reader->at;
	const char *end = reader->end;
	const char *headers_end;
	const char *body;

	if (parse_headers(tag, reader) < 0)
		return -1;
	headers_end = reader->at;
	if (skip_signature_headers(reader) < 0)
		return -1;
	body = reader->at;
	if (memchr(raw, '\0', (size_t)(body - raw)))
		return fail_malformed(reader, "its headers hold a NUL");
	if (parse_body(&tag->armor, reader) < 0)
		return -1;
	if (tag->armor)
		tag->armor_len = (size_t)(end - tag->armor);
	buffer_add(&tag->payload, raw, (size_t)(headers_end - raw));
	buffer_putc(&tag->payload, '\n');
	buffer_add(&tag->payload, body,
		   (size_t)((tag->armor ? tag->armor : end) - body));
	return buffer_check(&tag->payload, "tag object", reader->err);
}

int tag_object_parse(struct tag_object *out, const void *raw, size_t len,
		     const struct oid *oid, struct intoto_error *err)
{
	scoped_value(tag_object) tag = { .oid = *oid };
	char hex[OID_HEX_SIZE];
	struct reader reader = { .hex = hex, .err = err };

	oid_hex(hex, oid);
	if (len > TAG_OBJECT_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "tag object '%s' has more than %zu bytes",
				   hex, TAG_OBJECT_MAX);
	buffer_add(&tag.raw, raw, len);
	reader.at = buffer_text(&tag.raw);
	reader.end = reader.at + len;
	if (parse_all(&tag, &reader) < 0)
		return -1;
	sha256_hex(tag.sha256, raw, len);
	*out = tag;
	tag = (struct tag_object){ 0 };
	return 0;
}

int tag_object_read(struct tag_object *out, struct repo *repo,
		    const struct oid *oid, struct intoto_error *err)
{
	scoped_value(buffer) raw = BUFFER_INIT;
	enum object_type type;
	size_t size;
	char hex[OID_HEX_SIZE];

	/* What is too long to be a tag is not read to learn that it is none. */
	if (object_stat(&type, &size, repo, oid, err) < 0)
		return -1;
	if ((type == OBJECT_TAG || size <= TAG_OBJECT_MAX) &&
	    object_read(&raw, &type, repo, oid, TAG_OBJECT_MAX, err) < 0)
		return -1;
	if (type != OBJECT_TAG) {
		oid_hex(hex, oid);
		return intoto_reject(err, "tag-lightweight",
				     "'%s' is a %s, not a tag object", hex,
				     object_type_name(type));
	}
	return tag_object_parse(out, buffer_text(&raw), raw.len, oid, err);
}
