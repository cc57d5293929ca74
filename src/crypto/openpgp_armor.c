/* openpgp_armor.c: the ASCII form of OpenPGP (RFC 4880 section 6), strictly. */
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "crypto/openpgp.h"

#define ARMOR_LINE_MAX 76
#define ARMOR_HEADER_MAX 1024
#define CRC24_INIT 0xb704ceU
#define CRC24_POLY 0x1864cfbU

struct lines {
	const char *at;
	size_t left;
};

/* The next line without its LF. The last one may lack the LF. */
static bool line_next(const char **line, size_t *len, struct lines *lines)
{
	const char *end;

	if (lines->left == 0)
		return false;
	end = memchr(lines->at, '\n', lines->left);
	*line = lines->at;
	*len = end ? (size_t)(end - lines->at) : lines->left;
	lines->left -= *len + (end ? 1 : 0);
	lines->at += *len + (end ? 1 : 0);
	return true;
}

/* Exactly -----<word> <label>----- */
static bool is_frame(const char *line, size_t len, const char *word,
		     const char *label)
{
	scoped_text frame = xasprintf("-----%s %s-----", word, label);

	return len == strlen(frame) && memcmp(line, frame, len) == 0;
}

static bool is_base64(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = line[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      (c >= '0' && c <= '9') || c == '+' || c == '/' ||
		      c == '='))
			return false;
	}
	return len > 0;
}

static int malformed(const char *what, struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID, "malformed armor: %s", what);
}

/* "Name: value" lines up to and including the empty one. */
static int headers_skip(struct lines *lines, struct intoto_error *err)
{
	const char *line;
	size_t len;

	while (line_next(&line, &len, lines)) {
		if (len == 0)
			return 0;
		if (len > ARMOR_HEADER_MAX || memchr(line, 0, len) ||
		    line[0] == '-' || !memmem(line, len, ": ", 2))
			return malformed("no empty line after the headers",
					 err);
	}
	return malformed("it ends in the headers", err);
}

static uint32_t crc24(const uint8_t *data, size_t len)
{
	uint32_t crc = CRC24_INIT;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)data[i] << 16;
		for (int bit = 0; bit < 8; bit++) {
			crc <<= 1;
			if (crc & 0x1000000U)
				crc ^= CRC24_POLY;
		}
	}
	return crc & 0xffffffU;
}

static int crc_check(const char *line, size_t len, const struct buffer *data,
		     struct intoto_error *err)
{
	scoped_value(buffer) given = BUFFER_INIT;
	const uint8_t *bytes;

	if (len != 5 || base64_decode(&given, line + 1, 4, err) < 0 ||
	    given.len != 3)
		return malformed("its checksum is no base64", err);
	bytes = (const uint8_t *)given.data;
	if (((uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2]) !=
	    crc24((const uint8_t *)data->data, data->len))
		return malformed("its checksum differs", err);
	return 0;
}

/* The base64 lines, the checksum if there is one, and the END line. */
static int body_read(struct buffer *out, const char *label, struct lines *lines,
		     struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_MAX(lines->left + 1);
	const char *line;
	const char *crc = NULL;
	size_t crc_len = 0;
	size_t len;

	while (line_next(&line, &len, lines)) {
		if (is_frame(line, len, "END", label)) {
			if (text.len == 0)
				return malformed("it is empty", err);
			if (base64_decode(out, text.data, text.len, err) < 0)
				return -1;
			return crc ? crc_check(crc, crc_len, out, err) : 0;
		}
		if (crc || len > ARMOR_LINE_MAX || !is_base64(line, len))
			return malformed("a line is no base64", err);
		if (line[0] == '=') {
			crc = line;
			crc_len = len;
		} else {
			buffer_add(&text, line, len);
		}
	}
	return malformed("no END line", err);
}

int openpgp_dearmor(struct buffer *out, const char *label, const char *text,
		    size_t len, struct intoto_error *err)
{
	scoped_value(buffer) data = BUFFER_MAX(len + 1);
	struct lines lines = { text, len };
	const char *line;
	size_t line_len;

	if (!line_next(&line, &line_len, &lines) ||
	    !is_frame(line, line_len, "BEGIN", label))
		return malformed("no BEGIN line", err);
	if (headers_skip(&lines, err) < 0 ||
	    body_read(&data, label, &lines, err) < 0)
		return -1;
	if (lines.left > 0)
		return malformed("there is something after the END line", err);
	buffer_reset(out);
	buffer_add(out, data.data, data.len);
	return buffer_check(out, "armor", err);
}
