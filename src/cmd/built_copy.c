/* built_copy.c: bring a build's products out of its tree. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/xalloc.h"
#include "cmd/built.h"

#define CHUNK 65536
#define RANDOM_SIZE 8

static inline void scoped_fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define scoped_fd __attribute__((cleanup(scoped_fd_close))) int

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Copy, and hash what is copied; -1 with errno. */
static int pump(uint8_t sha256_out[DIGEST_MAX_SIZE], int from, int to)
{
	struct digest *digest = digest_new(DIGEST_SHA256);
	char chunk[CHUNK];
	ssize_t n;

	digest_begin(digest);
	while ((n = read(from, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write_all(to, chunk, (size_t)n) < 0)
			break;
		digest_add(digest, chunk, (size_t)n);
	}
	digest_end(digest, sha256_out);
	digest_free(digest);
	return n == 0 ? 0 : -1;
}

static int cannot_write(const struct product *product, struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EIO, "cannot write product '%s': %s",
			   product->path, strerror(errno));
}

/* The folder that the product goes to, made as far as it is missing; `*name`
 * is the last component. No link is followed below `root`. */
static int open_folder(int *out, const char **name, int root,
		       const struct product *product, struct intoto_error *err)
{
	const char *at = product->path;
	size_t len = strcspn(at, "/");
	int fd = fcntl(root, F_DUPFD_CLOEXEC, 0);

	while (fd >= 0 && at[len]) {
		scoped_text part = xmemdupz(at, len);
		int next = -1;

		if (mkdirat(fd, part, 0777) == 0 || errno == EEXIST)
			next = openat(fd, part,
				      O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
					      O_CLOEXEC);
		close(fd);
		fd = next;
		at += len + 1;
		len = strcspn(at, "/");
	}
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return intoto_fail(err, INTOTO_EIO,
				   "cannot write product '%s': a folder above "
				   "it is a symbolic link or a file",
				   product->path);
	if (fd < 0)
		return cannot_write(product, err);
	*out = fd;
	*name = at;
	return 0;
}

static int temporary_name(char out[64], struct intoto_error *err)
{
	uint8_t bytes[RANDOM_SIZE];
	char hex[2 * RANDOM_SIZE + 1];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return intoto_fail(err, INTOTO_EIO, "no random bytes: %s",
				   strerror(errno));
	hex_encode(hex, bytes, sizeof(bytes));
	snprintf(out, 64, ".git-intoto-%s", hex);
	return 0;
}

/* From an open file to `name` in `folder`, by way of `temporary`. */
static int place(int folder, const char *temporary, const char *name, int from,
		 const struct product *product, struct intoto_error *err)
{
	uint8_t digest[DIGEST_MAX_SIZE];
	scoped_fd to =
		openat(folder, temporary,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       product->executable ? 0777 : 0666);

	if (to < 0 || pump(digest, from, to) < 0 || fsync(to) < 0)
		return cannot_write(product, err);
	if (memcmp(digest, product->sha256, SHA256_SIZE))
		return intoto_fail(err, INTOTO_EIO,
				   "product '%s' changed while it was read",
				   product->path);
	if (renameat(folder, temporary, folder, name) < 0)
		return cannot_write(product, err);
	return 0;
}

static int copy_one(const struct product *product, const char *tree, int root,
		    struct intoto_error *err)
{
	scoped_text source = path_join(tree, product->path);
	scoped_fd from = open(source, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	scoped_fd folder = -1;
	const char *name = NULL;
	char temporary[64];

	if (from < 0)
		return intoto_fail(err, INTOTO_EIO,
				   "cannot read product '%s': %s",
				   product->path, strerror(errno));
	if (temporary_name(temporary, err) < 0 ||
	    open_folder(&folder, &name, root, product, err) < 0)
		return -1;
	if (place(folder, temporary, name, from, product, err) < 0) {
		unlinkat(folder, temporary, 0);
		return -1;
	}
	return 0;
}

static bool is_source(const struct artifacts *sources,
		      const struct product *product)
{
	ptrdiff_t index =
		artifacts_find(sources, product->path, strlen(product->path));
	struct artifact source;

	if (index < 0)
		return false;
	source = artifacts_at(sources, (size_t)index);
	return source.sha256 &&
	       !memcmp(source.sha256, product->sha256, SHA256_SIZE);
}

int built_copy(const struct built *products, const char *tree, const char *dir,
	       const struct artifacts *sources, struct intoto_error *err)
{
	scoped_fd root = -1;
	size_t i;

	if (file_mkdirs(dir, 0777, err) < 0)
		return -1;
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot open '%s': %s", dir,
				   strerror(errno));
	for (i = 0; i < products->n; i++)
		if (!is_source(sources, &products->items[i]) &&
		    copy_one(&products->items[i], tree, root, err) < 0)
			return -1;
	return 0;
}
