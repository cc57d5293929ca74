/* loose.c: loose objects by zlib, as a stream. */
#include "repo/loose.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "base/file.h"
#include "base/xalloc.h"

#define IN_SIZE ((size_t)16 << 10)
#define HEADER_MAX 32 /* git's own limit */

struct loose {
	int fd;
	z_stream z;
	bool z_open;
	bool ended; /* the zlib stream is complete */
	enum object_type type;
	size_t size;
	size_t left;
	char head[HEADER_MAX]; /* its start, with what of the content follows */
	size_t head_at;
	size_t head_len;
	char hex[OID_HEX_SIZE];
	uint8_t in[IN_SIZE];
};

void loose_free(struct loose *loose)
{
	if (!loose)
		return;
	if (loose->z_open)
		inflateEnd(&loose->z);
	if (loose->fd >= 0)
		close(loose->fd);
	free(loose);
}

enum object_type loose_type(const struct loose *loose)
{
	return loose->type;
}

size_t loose_size(const struct loose *loose)
{
	return loose->size;
}

static int fail_corrupt(const struct loose *loose, const char *problem,
			struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EINVALID, "object '%s' is corrupt: %s",
			   loose->hex, problem);
}

static int fail_errno(const struct loose *loose, struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EIO, "cannot read object '%s': %s",
			   loose->hex, strerror(errno));
}

/* More input if there is none; *end is set at the end of the file. */
static int fill(bool *end, struct loose *loose, struct intoto_error *err)
{
	ssize_t got;

	*end = false;
	if (loose->z.avail_in > 0)
		return 0;
	do {
		got = read(loose->fd, loose->in, IN_SIZE);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail_errno(loose, err);
	loose->z.next_in = loose->in;
	loose->z.avail_in = (uInt)got;
	*end = got == 0;
	return 0;
}

/* Up to `size` bytes; fewer only where the stream ends. */
static int unpack(size_t *len, struct loose *loose, void *data, size_t size,
		  struct intoto_error *err)
{
	loose->z.next_out = data;
	loose->z.avail_out = (uInt)size;
	while (!loose->ended && loose->z.avail_out > 0) {
		bool end;
		int status;

		if (fill(&end, loose, err) < 0)
			return -1;
		if (end)
			return fail_corrupt(loose, "it is cut short", err);
		status = inflate(&loose->z, Z_NO_FLUSH);
		if (status == Z_STREAM_END)
			loose->ended = true;
		else if (status != Z_OK)
			return fail_corrupt(loose, "it does not unpack", err);
	}
	*len = size - loose->z.avail_out;
	return 0;
}

/* After the content: the stream ends, and the file with it. */
static int check_end(struct loose *loose, struct intoto_error *err)
{
	uint8_t more;
	size_t len = 0;
	bool end;

	if (unpack(&len, loose, &more, 1, err) < 0)
		return -1;
	if (len > 0)
		return fail_corrupt(loose, "it is longer than it says", err);
	if (fill(&end, loose, err) < 0)
		return -1;
	return end ? 0 : fail_corrupt(loose, "bytes follow it", err);
}

int loose_read(size_t *len, struct loose *loose, void *data, size_t size,
	       struct intoto_error *err)
{
	size_t kept = loose->head_len - loose->head_at;
	size_t want = size < loose->left ? size : loose->left;

	if (want == 0) {
		*len = 0;
		return kept > 0 ? fail_corrupt(loose,
					       "it is longer than it says", err)
				: check_end(loose, err);
	}
	if (kept > 0) {
		want = want < kept ? want : kept;
		memcpy(data, loose->head + loose->head_at, want);
		loose->head_at += want;
	} else {
		size_t got;

		want = want < UINT_MAX ? want : UINT_MAX;
		if (unpack(&got, loose, data, want, err) < 0)
			return -1;
		if (got < want)
			return fail_corrupt(loose, "it is shorter than it says",
					    err);
	}
	loose->left -= want;
	*len = want;
	return 0;
}

static bool parse_size(size_t *out, const char *text, const char *end)
{
	size_t value = 0;

	if (text == end || (*text == '0' && end - text > 1))
		return false;
	for (; text < end; text++) {
		size_t digit = (size_t)(*text - '0');

		if (*text < '0' || *text > '9' ||
		    value > (SIZE_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

/* `<type> <size>NUL` */
static bool parse_header(struct loose *loose)
{
	const char *end = memchr(loose->head, '\0', loose->head_len);
	const char *space = end ? strchr(loose->head, ' ') : NULL;

	if (!space || !parse_size(&loose->size, space + 1, end))
		return false;
	for (int type = OBJECT_COMMIT; type <= OBJECT_TAG; type++) {
		const char *name = object_type_name((enum object_type)type);
		size_t len = (size_t)(space - loose->head);

		if (strlen(name) != len || memcmp(name, loose->head, len) != 0)
			continue;
		loose->type = (enum object_type)type;
		loose->left = loose->size;
		loose->head_at = (size_t)(end + 1 - loose->head);
		return true;
	}
	return false;
}

static char *loose_path(const char *dir, const char *hex)
{
	return xasprintf("%s/%.2s/%s", dir, hex, hex + 2);
}

/* 1: opened, 0: not there. */
static int open_in(struct loose *loose, const char *dir,
		   struct intoto_error *err)
{
	scoped_text path = loose_path(dir, loose->hex);
	struct stat st;

	loose->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (loose->fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (loose->fd < 0 || fstat(loose->fd, &st) < 0)
		return fail_errno(loose, err);
	if (!S_ISREG(st.st_mode))
		return fail_corrupt(loose, "it is no regular file", err);
	return 1;
}

bool loose_exists(const struct repo *repo, const struct oid *oid)
{
	char hex[OID_HEX_SIZE];

	oid_hex(hex, oid);
	for (size_t i = 0; i <= repo->object_dirs.n; i++) {
		scoped_text path = loose_path(i ? repo->object_dirs.items[i - 1]
						: repo->object_dir,
					      hex);

		if (file_exists(path))
			return true;
	}
	return false;
}

static int open_any(struct loose *loose, const struct repo *repo,
		    struct intoto_error *err)
{
	int status = open_in(loose, repo->object_dir, err);

	for (size_t i = 0; status == 0 && i < repo->object_dirs.n; i++)
		status = open_in(loose, repo->object_dirs.items[i], err);
	if (status == 0)
		return intoto_fail(err, INTOTO_ENOTFOUND,
				   "object '%s' is missing", loose->hex);
	return status < 0 ? -1 : 0;
}

int loose_open(struct loose **out, const struct repo *repo,
	       const struct oid *oid, struct intoto_error *err)
{
	scoped(loose) loose = xcalloc(1, sizeof(*loose));

	loose->fd = -1;
	oid_hex(loose->hex, oid);
	if (open_any(loose, repo, err) < 0)
		return -1;
	if (inflateInit(&loose->z) != Z_OK)
		return intoto_fail(err, INTOTO_EIO, "cannot start zlib");
	loose->z_open = true;
	if (unpack(&loose->head_len, loose, loose->head, HEADER_MAX, err) < 0)
		return -1;
	if (!parse_header(loose))
		return fail_corrupt(loose, "its header is none", err);
	*out = take(loose);
	return 0;
}
