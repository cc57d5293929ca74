/* digest.h: SHA-256 and friends by libcrypto, at the speed of the machine. */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "intoto/error.h"

#define SHA256_SIZE 32
#define SHA256_HEX_SIZE (2 * SHA256_SIZE + 1)

void sha256(uint8_t out[SHA256_SIZE], const void *data, size_t len);
void sha256_hex(char out[SHA256_HEX_SIZE], const void *data, size_t len);

/* Incremental, several algorithms; one context per thread, reusable. */
enum digest_algorithm {
	DIGEST_SHA1,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
};
#define DIGEST_MAX_SIZE 64
struct digest;
struct digest *digest_new(enum digest_algorithm algorithm);
void digest_free(struct digest *digest);
void digest_begin(struct digest *digest); /* also starts anew */
void digest_add(struct digest *digest, const void *data, size_t len);
size_t digest_end(struct digest *digest, uint8_t out[DIGEST_MAX_SIZE]);
size_t digest_size(enum digest_algorithm algorithm);

/* SHA-256 of a regular file, read in chunks; ENOTFOUND, EIO. */
int sha256_file(uint8_t out[SHA256_SIZE], const char *path,
		struct intoto_error *err);

#endif
