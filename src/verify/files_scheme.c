/* files_scheme.c: artifacts that are more than a file (ITE-4). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "verify/files_hash.h"
#include "verify/files_internal.h"
#include "verify/files_name.h"

#define REF_MAX 4096

static inline void scoped_fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define scoped_fd __attribute__((cleanup(scoped_fd_close))) int

static int fail_errno(const char *name, struct intoto_error *err)
{
	return intoto_fail(err,
			   errno == ENOENT || errno == ENOTDIR
				   ? INTOTO_ENOTFOUND
				   : INTOTO_EIO,
			   "cannot read '%s': %s", name, strerror(errno));
}

/* What sha256sum prints for the files below, in order of their names. */
static void hash_lines(uint8_t sum[DIGEST_MAX_SIZE],
		       const struct artifacts *set)
{
	struct digest *digest = digest_new(DIGEST_SHA256);
	const size_t n = artifacts_count(set);

	digest_begin(digest);
	for (size_t i = 0; i < n; i++) {
		const struct artifact file = artifacts_at(set, i);
		char hex[SHA256_HEX_SIZE];

		hex_encode(hex, file.sha256, SHA256_SIZE);
		digest_add(digest, hex, SHA256_HEX_SIZE - 1);
		digest_add(digest, "  ", 2);
		digest_add(digest, file.name, file.len);
		digest_add(digest, "\n", 1);
	}
	digest_end(digest, sum);
	digest_free(digest);
}

int files_resolve_dir(struct artifacts *set, int base, const char *name,
		      const struct files_options *options,
		      struct intoto_error *err)
{
	const char *path = name + strlen("dir:");
	scoped_value(recording) recording = { 0 };
	scoped_value(buffer) recorded = BUFFER_INIT;
	scoped(artifacts) below = artifacts_new();
	uint8_t sum[DIGEST_MAX_SIZE];
	scoped_fd fd = openat(base, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(name, err);
	if (recording_open(&recording, fd, options, err) < 0)
		return -1;
	recording.lstrip = NULL;
	buffer_puts(&recorded, "dir:");
	if (files_append_name(&recorded, path, options->lstrip, err) < 0 ||
	    recording_walk(&recording, ".", err) < 0 ||
	    recording_hash(below, &recording, err) < 0 ||
	    artifacts_finish(below, err) < 0) {
		intoto_context(err, "'%.256s': ", name);
		return -1;
	}
	hash_lines(sum, below);
	artifacts_add(set, recorded.data, recorded.len, sum);
	return 0;
}

static int read_ref(char commit[SHA256_HEX_SIZE], int base, const char *name,
		    struct intoto_error *err)
{
	scoped_text path = xasprintf("refs/heads/%s", name + strlen("ostree:"));
	char text[REF_MAX];
	const char *at = text;
	ssize_t len;
	scoped_fd fd = openat(base, path,
			      O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return fail_errno(name, err);
	len = read(fd, text, sizeof(text));
	if (len < 0)
		return fail_errno(name, err);
	while (len > 0 && *at == '\n') {
		at++;
		len--;
	}
	while (len > 0 && at[len - 1] == '\n')
		len--;
	if (len != SHA256_HEX_SIZE - 1 || !is_lower_hex(at, (size_t)len))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is no OSTree commit", name);
	memcpy(commit, at, (size_t)len);
	commit[len] = '\0';
	return 0;
}

/* The commit object, whose digest is its name where OSTree is right. */
int files_resolve_ostree(struct artifacts *set, int base, const char *name,
			 struct intoto_error *err)
{
	const struct files_hashing hashing = { .base = base, .workers = 1 };
	struct files_hash_item item = { 0 };
	char commit[SHA256_HEX_SIZE];
	scoped_text path = NULL;

	if (!is_utf8(name, strlen(name)))
		return intoto_fail(err, INTOTO_EINVALID, "'%s' is not UTF-8",
				   name);
	if (read_ref(commit, base, name, err) < 0)
		return -1;
	path = xasprintf("objects/%.2s/%s.commit", commit, commit + 2);
	item.path = path;
	if (files_hash(&item, 1, &hashing, err) < 0) {
		intoto_context(err, "'%s': ", name);
		return -1;
	}
	artifacts_add(set, name, strlen(name), item.sha256);
	return 0;
}
