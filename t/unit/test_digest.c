#include <criterion/criterion.h>
#include <sys/stat.h>

#include "base/encode.h"
#include "crypto/digest.h"
#include "ssh_tools.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

Test(digest, of_a_text_and_of_nothing)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(hex, "abc", 3);
	cr_assert_str_eq(hex, ABC);
	sha256_hex(hex, NULL, 0);
	cr_assert_str_eq(hex, EMPTY);
}

Test(digest, every_algorithm_in_pieces_and_again)
{
	static const struct {
		enum digest_algorithm algorithm;
		const char *hex;
	} cases[] = {
		{ DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
		{ DIGEST_SHA256, ABC },
		{ DIGEST_SHA384,
		  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43"
		  "ff5bed8086072ba1e7cc2358baeca134c825a7" },
		{ DIGEST_SHA512,
		  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b"
		  "55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9a"
		  "c94fa54ca49f" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct digest *digest = digest_new(cases[i].algorithm);

		for (int again = 0; again < 2; again++) {
			uint8_t out[DIGEST_MAX_SIZE];
			char hex[2 * DIGEST_MAX_SIZE + 1];
			size_t size;

			digest_begin(digest);
			digest_add(digest, "a", 1);
			digest_add(digest, NULL, 0);
			digest_add(digest, "bc", 2);
			size = digest_end(digest, out);
			cr_assert_eq(size, digest_size(cases[i].algorithm));
			hex_encode(hex, out, size);
			cr_assert_str_eq(hex, cases[i].hex);
		}
		digest_free(digest);
	}
}

Test(digest, of_a_file_equals_that_of_its_bytes)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = path_join(dir.path, "f");
	scoped_text big = xcalloc(1, 600000);
	struct intoto_error err = { 0 };
	uint8_t of_file[SHA256_SIZE];
	uint8_t of_bytes[SHA256_SIZE];

	memset(big, 'x', 600000);
	cr_assert_eq(file_write(path, big, 600000, 0644, &err), 0);
	cr_assert_eq(sha256_file(of_file, path, &err), 0, "%s", err.message);
	sha256(of_bytes, big, 600000);
	cr_assert_arr_eq(of_file, of_bytes, SHA256_SIZE);
}

Test(digest, what_is_no_regular_file_has_none)
{
	scoped_value(tempdir) dir = temp_folder();
	scoped_text path = path_join(dir.path, "fifo");
	struct intoto_error err = { 0 };
	uint8_t out[SHA256_SIZE];

	cr_assert_eq(sha256_file(out, path, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_assert_eq(sha256_file(out, path, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_eq(sha256_file(out, dir.path, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
}
