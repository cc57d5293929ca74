/* encode.c: hex, base64, UTF-8 and what a terminal may be shown. */
#include "base/encode.h"

#include <string.h>

#include "base/xalloc.h"

static const char hex_digits[] = "0123456789abcdef";

void hex_encode(char *out, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = hex_digits[bytes[i] >> 4];
		out[2 * i + 1] = hex_digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

void hex_append(struct buffer *out, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	char chunk[129];

	while (len > 0) {
		size_t n = len < 64 ? len : 64;

		hex_encode(chunk, bytes, n);
		buffer_add(out, chunk, 2 * n);
		bytes += n;
		len -= n;
	}
}

/* 0 to 15; 16 and more: no digit. */
static unsigned hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

bool is_hex(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (hex_value(text[i]) > 15)
			return false;
	return len > 0;
}

bool is_lower_hex(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (hex_value(text[i]) > 15 ||
		    (text[i] >= 'A' && text[i] <= 'F'))
			return false;
	return len > 0;
}

bool hex_decode(void *out, size_t len, const char *hex, size_t hex_len)
{
	unsigned char *bytes = out;

	if (hex_len / 2 != len || hex_len % 2 || (len && !is_hex(hex, hex_len)))
		return false;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)(hex_value(hex[2 * i]) << 4 |
					   hex_value(hex[2 * i + 1]));
	return true;
}

void base64_append(struct buffer *out, const void *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	const unsigned char *in = data;

	while (len > 0) {
		char chunk[4 * 64];
		size_t n = 0;

		while (len > 0 && n < sizeof(chunk)) {
			unsigned long bits = (unsigned long)in[0] << 16;
			size_t taken = len < 3 ? len : 3;

			if (taken > 1)
				bits |= (unsigned long)in[1] << 8;
			if (taken > 2)
				bits |= in[2];
			chunk[n++] = digits[bits >> 18];
			chunk[n++] = digits[bits >> 12 & 63];
			chunk[n++] = taken > 1 ? digits[bits >> 6 & 63] : '=';
			chunk[n++] = taken > 2 ? digits[bits & 63] : '=';
			in += taken;
			len -= taken;
		}
		buffer_add(out, chunk, n);
	}
}

#define B64_STANDARD 0x40u
#define B64_URL 0x80u
#define B64_BAD (B64_STANDARD | B64_URL)

/* The six bits; with a flag for a digit that only one alphabet has, with both
 * flags for what is no digit. So the flags of a whole text tell. */
static unsigned base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	if (c == '+')
		return 62 | B64_STANDARD;
	if (c == '/')
		return 63 | B64_STANDARD;
	if (c == '-')
		return 62 | B64_URL;
	if (c == '_')
		return 63 | B64_URL;
	return B64_BAD;
}

/* Digits without padding; false if there is anything else among them. */
static bool base64_digits(struct buffer *out, const char *text, size_t len)
{
	unsigned char values[256];
	unsigned long bits = 0;
	unsigned count = 0;
	unsigned flags = 0;

	for (unsigned c = 0; c < 256; c++)
		values[c] = (unsigned char)base64_value((char)c);
	for (size_t i = 0; i < len;) {
		char chunk[3 * 256];
		size_t n = 0;

		while (i < len && n < sizeof(chunk)) {
			unsigned value = values[(unsigned char)text[i++]];

			flags |= value & B64_BAD;
			bits = (bits << 6 | (value & 63)) & 0xffffff;
			if (++count % 4)
				continue;
			chunk[n++] = (char)(bits >> 16 & 255);
			chunk[n++] = (char)(bits >> 8 & 255);
			chunk[n++] = (char)(bits & 255);
			bits = 0;
		}
		buffer_add(out, chunk, n);
	}
	if (flags == B64_BAD)
		return false;
	if (count % 4 == 2) {
		buffer_putc(out, (char)(bits >> 4 & 255));
		return !(bits & 15);
	}
	if (count % 4 == 3) {
		buffer_putc(out, (char)(bits >> 10 & 255));
		buffer_putc(out, (char)(bits >> 2 & 255));
		return !(bits & 3);
	}
	return true;
}

int base64_decode(struct buffer *out, const char *text, size_t len,
		  struct intoto_error *err)
{
	size_t start = out->len;
	size_t digits = len;

	for (int i = 0; i < 2 && digits > 0 && text[digits - 1] == '='; i++)
		digits--;
	if (len % 4)
		return intoto_fail(err, INTOTO_EINVALID,
				   "not base64: bad length or padding");
	if (!base64_digits(out, text, digits)) {
		out->len = start;
		if (out->data)
			out->data[start] = '\0';
		return intoto_fail(err, INTOTO_EINVALID,
				   "not base64: bad character or trailing "
				   "bits");
	}
	return buffer_check(out, "decoded base64", err);
}

size_t utf8_char(const void *data, size_t len)
{
	const unsigned char *s = data;
	unsigned char low = 0x80; /* bounds of the second byte */
	unsigned char high = 0xbf;
	size_t need;

	if (!len)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	need = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (len < need || s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return need;
}

bool is_utf8(const void *data, size_t len)
{
	const unsigned char *s = data;
	size_t at = 0;

	while (at < len) {
		uint64_t word;
		size_t n;

		while (len - at >= sizeof(word)) {
			memcpy(&word, s + at, sizeof(word));
			if (word & UINT64_C(0x8080808080808080))
				break;
			at += sizeof(word);
		}
		if (at == len)
			break;
		n = utf8_char(s + at, len - at);
		if (!n)
			return false;
		at += n;
	}
	return true;
}

/* Whether a terminal shows this character and does nothing else. */
static bool is_printable(const unsigned char *s, size_t n)
{
	if (n == 1)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (n == 2)
		return !(s[0] == 0xc2 && s[1] < 0xa0) && /* C1 */
		       !(s[0] == 0xd8 && s[1] == 0x9c);	 /* U+061C */
	if (n == 3 && s[0] == 0xe2 && s[1] == 0x80)
		return s[2] != 0x8e && s[2] != 0x8f &&	/* U+200E, F */
		       !(s[2] >= 0xa8 && s[2] <= 0xae); /* U+2028..E */
	if (n == 3 && s[0] == 0xe2 && s[1] == 0x81)
		return !(s[2] >= 0xa6 && s[2] <= 0xa9); /* U+2066..9 */
	return true;
}

size_t escape_char(char out[ESCAPE_MAX], size_t *used, const void *data,
		   size_t len)
{
	const unsigned char *s = data;
	size_t n = utf8_char(s, len);

	*used = n ? n : 1;
	if (n && is_printable(s, n)) {
		memcpy(out, s, n);
		return n;
	}
	for (size_t i = 0; i < *used; i++) {
		out[4 * i] = '\\';
		out[4 * i + 1] = 'x';
		hex_encode(out + 4 * i + 2, s + i, 1);
	}
	return 4 * *used;
}

void escape_append(struct buffer *out, const void *data, size_t len)
{
	const char *s = data;

	while (len > 0) {
		char piece[ESCAPE_MAX];
		size_t used = 0;
		size_t n = escape_char(piece, &used, s, len);

		buffer_add(out, piece, n);
		s += used;
		len -= used;
	}
}

char *escape_text(const char *text)
{
	struct buffer out = BUFFER_INIT;

	escape_append(&out, text, strlen(text));
	return buffer_take(&out);
}
