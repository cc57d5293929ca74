/* test_encode.c: hex, base64, UTF-8 and escaping, RFC vectors and attacks. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/encode.h"

Test(hex, round_trip_of_every_byte)
{
	unsigned char bytes[256];
	unsigned char back[256];
	char text[513];
	scoped_value(buffer) out = BUFFER_INIT;

	for (unsigned i = 0; i < 256; i++)
		bytes[i] = (unsigned char)i;
	hex_encode(text, bytes, 256);
	hex_append(&out, bytes, 256);
	cr_assert_str_eq(text, out.data);
	cr_assert(is_lower_hex(text, 512));
	cr_assert(hex_decode(back, 256, text, 512));
	cr_assert_eq(memcmp(bytes, back, 256), 0);
}

Test(hex, refuses_wrong_lengths_and_other_characters)
{
	unsigned char out[2];

	cr_assert(hex_decode(out, 2, "aAfF", 4));
	cr_assert_not(hex_decode(out, 2, "aAfF0", 5));
	cr_assert_not(hex_decode(out, 2, "aAf", 3));
	cr_assert_not(hex_decode(out, 2, "aAfg", 4));
	cr_assert_not(hex_decode(out, 2, "0x11", 4));
	cr_assert_not(hex_decode(out, 2, "aA f", 4));
	cr_assert(hex_decode(out, 0, "", 0));
	cr_assert_not(is_hex("", 0));
	cr_assert_not(is_lower_hex("", 0));
	cr_assert(is_hex("aB", 2));
	cr_assert_not(is_lower_hex("aB", 2));
}

static int decode(struct buffer *out, const char *text)
{
	struct intoto_error err = { 0 };
	int status = base64_decode(out, text, strlen(text), &err);

	cr_assert(status == 0 || err.code == INTOTO_EINVALID);
	return status;
}

Test(base64, vectors_of_rfc_4648)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		scoped_value(buffer) text = BUFFER_INIT;
		scoped_value(buffer) back = BUFFER_INIT;

		base64_append(&text, pairs[i][0], strlen(pairs[i][0]));
		cr_assert_str_eq(buffer_text(&text), pairs[i][1]);
		cr_assert_eq(decode(&back, pairs[i][1]), 0);
		cr_assert_str_eq(buffer_text(&back), pairs[i][0]);
	}
}

Test(base64, long_round_trip)
{
	char bytes[3001];
	scoped_value(buffer) text = BUFFER_INIT;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 31 + i / 256);
	for (size_t len = 2990; len <= sizeof(bytes); len++) {
		scoped_value(buffer) back = BUFFER_INIT;

		buffer_reset(&text);
		base64_append(&text, bytes, len);
		cr_assert_eq(text.len, (len + 2) / 3 * 4);
		cr_assert_eq(decode(&back, text.data), 0);
		cr_assert_eq(back.len, len);
		cr_assert_eq(memcmp(back.data, bytes, len), 0);
	}
}

Test(base64, both_alphabets_but_never_a_mix)
{
	scoped_value(buffer) out = BUFFER_INIT;

	cr_assert_eq(decode(&out, "+/+/"), 0);
	cr_assert_eq(decode(&out, "-_-_"), 0);
	cr_assert_eq(memcmp(out.data, out.data + 3, 3), 0);
	cr_assert_eq(out.len, 6);
	cr_assert_eq(decode(&out, "+_+/"), -1);
	cr_assert_eq(decode(&out, "AA+AAA-A"), -1);
	cr_assert_eq(out.len, 6, "a failure leaves nothing behind");
	cr_assert_eq(out.data[6], '\0');
}

Test(base64, refuses_what_is_not_exact)
{
	static const char *const bad[] = {
		"Zg",	      "Zg=",	  "Zg===", "=",		 "====",
		"Z===",	      "Zm9v\n",	  "Zm 9v", "Zm9vYg==\n", "Zh==",
		"Zm9=",	      "Zg==Zg==", "Zg=A",  "Z=g=",	 "Zm9*",
		"\xc3\xa9==", "Zm9v====",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		scoped_value(buffer) out = BUFFER_INIT;

		cr_assert_eq(decode(&out, bad[i]), -1, "%s", bad[i]);
		cr_assert_eq(out.len, 0);
	}
}

Test(base64, refuses_a_nul_inside)
{
	scoped_value(buffer) out = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(base64_decode(&out, "Zm\0v", 4, &err), -1);
}

Test(base64, stops_at_the_maximum_of_the_buffer)
{
	scoped_value(buffer) out = BUFFER_MAX(5);
	struct intoto_error err = { 0 };

	cr_assert_eq(base64_decode(&out, "Zm9vYmFy", 8, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
}

Test(utf8, takes_the_edges_of_every_length)
{
	static const char *const good[] = {
		"",
		"a",
		"\x7f",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		cr_assert(is_utf8(good[i], strlen(good[i])), "%zu", i);
}

Test(utf8, refuses_overlong_surrogate_truncated_and_beyond)
{
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xfe",
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x98",
		"\xc3(",
		"\xe2(\xa1",
		"\xe2\x82(",
		"\xf0\x9f\x98(",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		for (size_t pad = 0; pad < 20; pad++) {
			char text[32];

			memset(text, 'a', pad);
			memcpy(text + pad, bad[i], strlen(bad[i]));
			cr_assert_not(is_utf8(text, pad + strlen(bad[i])),
				      "%zu after %zu", i, pad);
		}
	}
}

Test(escape, leaves_ordinary_text_alone)
{
	scoped_text text = escape_text("a\\b \xc3\xa9 \xf0\x9f\x98\x80 ~");

	cr_assert_str_eq(text, "a\\b \xc3\xa9 \xf0\x9f\x98\x80 ~");
}

Test(escape, disarms_controls_marks_and_broken_bytes)
{
	static const char *const pairs[][2] = {
		{ "\033]0;x\007", "\\x1b]0;x\\x07" },
		{ "a\nb\tc", "a\\x0ab\\x09c" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b", "\\xc2\\x9b" },
		{ "\xc2\xa0", "\xc2\xa0" },
		{ "\xe2\x80\xae", "\\xe2\\x80\\xae" },
		{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },
		{ "\xe2\x81\xa9", "\\xe2\\x81\\xa9" },
		{ "\xe2\x80\x8f", "\\xe2\\x80\\x8f" },
		{ "\xd8\x9c", "\\xd8\\x9c" },
		{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8" },
		{ "\xe2\x80\xa7", "\xe2\x80\xa7" },
		{ "\xe2\x80\xaf", "\xe2\x80\xaf" },
		{ "\xff\xc3", "\\xff\\xc3" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		scoped_text text = escape_text(pairs[i][0]);

		cr_assert_str_eq(text, pairs[i][1]);
	}
}

Test(escape, shows_a_nul_as_well)
{
	scoped_value(buffer) out = BUFFER_INIT;

	escape_append(&out, "a\0b", 3);
	cr_assert_str_eq(out.data, "a\\x00b");
}
