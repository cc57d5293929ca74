#include <criterion/criterion.h>

#include "openpgp_data.h"

#define BEGIN "-----BEGIN PGP SIGNATURE-----\n"
#define END "-----END PGP SIGNATURE-----\n"

static int dearmor(struct buffer *out, const char *text,
		   struct intoto_error *err)
{
	return openpgp_dearmor(out, "PGP SIGNATURE", text, strlen(text), err);
}

Test(openpgp_armor, armor_is_stripped)
{
	scoped_value(buffer) text = data_file("rsa-SHA512.asc");
	scoped_value(buffer) binary = BUFFER_INIT;
	scoped_value(openpgp_signature) sig = { 0 };
	struct intoto_error err = { 0 };

	cr_assert_eq(dearmor(&binary, text.data, &err), 0, "%s", err.message);
	cr_assert_eq(openpgp_signature_read(&sig, binary.data, binary.len,
					    &err),
		     0, "%s", err.message);
	cr_assert_eq(sig.hash, OPENPGP_SHA512);
}

Test(openpgp_armor, armor_may_have_headers_and_lack_the_checksum)
{
	static const char *const good[] = {
		BEGIN "\nYWJj\n" END,
		BEGIN "\nYWJj\n=uhx7\n" END,
		BEGIN "Version: x 1\nComment: a b\n\nYWJj\n" END,
		BEGIN "\nYW\nJj\n-----END PGP SIGNATURE-----",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		scoped_value(buffer) out = BUFFER_INIT;
		struct intoto_error err = { 0 };

		cr_assert_eq(dearmor(&out, good[i], &err), 0, "%zu: %s", i,
			     err.message);
		cr_assert_str_eq(out.data, "abc");
	}
}

Test(openpgp_armor, malformed_armor_is_refused)
{
	static const char *const bad[] = {
		"",
		"\n" BEGIN "\nYWJj\n" END,
		" " BEGIN "\nYWJj\n" END,
		"-----BEGIN PGP MESSAGE-----\n\nYWJj\n" END,
		BEGIN "YWJj\n" END,
		BEGIN "\n" END,
		BEGIN "\n=uhx7\n" END,
		BEGIN "\nYWJj\n=uhx8\n" END,
		BEGIN "\nYWJj\n=uhx\n" END,
		BEGIN "\nYWJj\n=uhx7\n=uhx7\n" END,
		BEGIN "\nYWJj\n=uhx7\nYWJj\n" END,
		BEGIN "\nYWJj\n",
		BEGIN "\nYWJj\n-----END PGP MESSAGE-----\n",
		BEGIN "\nYWJj\n" END "\n",
		BEGIN "\nYWJj\n" END "x",
		BEGIN "\nYWJj\n" END BEGIN "\nYWJj\n" END,
		BEGIN "\nYWJ\n" END,
		BEGIN "\nYW-_\n" END,
		BEGIN "\nYWJj \n" END,
		BEGIN "\nYWJj\n\nYWJj\n" END,
		BEGIN "\nYWI=\nYWJj\n" END,
		BEGIN "\r\nYWJj\r\n" END,
		BEGIN "Version\n\nYWJj\n" END,
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		scoped_value(buffer) out = BUFFER_INIT;
		struct intoto_error err = { 0 };

		cr_assert_eq(dearmor(&out, bad[i], &err), -1, "%zu", i);
		cr_assert_eq(err.code, INTOTO_EINVALID);
		cr_assert_eq(out.len, 0);
	}
}
