/* digest.c: message digests by libcrypto. */
#include "crypto/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/xalloc.h"

#define FILE_CHUNK ((size_t)256 << 10)

struct digest {
	enum digest_algorithm algorithm;
	EVP_MD *md; /* fetched once: a lookup costs more than a small file */
	EVP_MD_CTX *ctx;
};

/* A digest cannot fail for a reason that a caller could act on, and nobody
 * must ever go on with a digest that was not made. */
static void must(bool done)
{
	if (!done)
		abort();
}

void sha256(uint8_t out[SHA256_SIZE], const void *data, size_t len)
{
	must(SHA256(len ? data : "", len, out) != NULL);
}

void sha256_hex(char out[SHA256_HEX_SIZE], const void *data, size_t len)
{
	uint8_t hash[SHA256_SIZE];

	sha256(hash, data, len);
	hex_encode(out, hash, sizeof(hash));
}

static const char *digest_name(enum digest_algorithm algorithm)
{
	switch (algorithm) {
	case DIGEST_SHA1:
		return "SHA1";
	case DIGEST_SHA256:
		return "SHA256";
	case DIGEST_SHA384:
		return "SHA384";
	case DIGEST_SHA512:
		return "SHA512";
	}
	return "";
}

struct digest *digest_new(enum digest_algorithm algorithm)
{
	struct digest *digest = xcalloc(1, sizeof(*digest));

	digest->algorithm = algorithm;
	digest->md = EVP_MD_fetch(NULL, digest_name(algorithm), NULL);
	digest->ctx = EVP_MD_CTX_new();
	must(digest->md && digest->ctx);
	digest_begin(digest);
	return digest;
}

void digest_free(struct digest *digest)
{
	if (!digest)
		return;
	EVP_MD_CTX_free(digest->ctx);
	EVP_MD_free(digest->md);
	free(digest);
}

void digest_begin(struct digest *digest)
{
	must(EVP_DigestInit_ex2(digest->ctx, digest->md, NULL) == 1);
}

void digest_add(struct digest *digest, const void *data, size_t len)
{
	if (len)
		must(EVP_DigestUpdate(digest->ctx, data, len) == 1);
}

size_t digest_end(struct digest *digest, uint8_t out[DIGEST_MAX_SIZE])
{
	unsigned int size = 0;

	must(EVP_DigestFinal_ex(digest->ctx, out, &size) == 1);
	return size;
}

size_t digest_size(enum digest_algorithm algorithm)
{
	switch (algorithm) {
	case DIGEST_SHA1:
		return 20;
	case DIGEST_SHA256:
		return 32;
	case DIGEST_SHA384:
		return 48;
	case DIGEST_SHA512:
		return 64;
	}
	return 0;
}

static int add_fd(struct digest *digest, int fd, const char *path,
		  struct intoto_error *err)
{
	scoped_text chunk = xmalloc(FILE_CHUNK);
	ssize_t got;

	for (;;) {
		got = read(fd, chunk, FILE_CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return intoto_fail(err, INTOTO_EIO,
					   "cannot read '%s': %s", path,
					   strerror(errno));
		if (got == 0)
			return 0;
		digest_add(digest, chunk, (size_t)got);
	}
}

int sha256_file(uint8_t out[SHA256_SIZE], const char *path,
		struct intoto_error *err)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct digest *digest;
	struct stat st;
	int result;

	if (fd < 0)
		return intoto_fail(err,
				   errno == ENOENT ? INTOTO_ENOTFOUND
						   : INTOTO_EIO,
				   "cannot open '%s': %s", path,
				   strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is not a regular file", path);
	}
	digest = digest_new(DIGEST_SHA256);
	result = add_fd(digest, fd, path, err);
	if (result == 0) {
		uint8_t hash[DIGEST_MAX_SIZE];

		digest_end(digest, hash);
		memcpy(out, hash, SHA256_SIZE);
	}
	digest_free(digest);
	close(fd);
	return result;
}
