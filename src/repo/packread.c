/* packread.c: blobs out of packs at known offsets, by libdeflate and zlib. */
#include "repo/packread.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libdeflate.h>
#include <zlib.h>

#include "base/xalloc.h"
#include "repo/objects.h"
#include "repo/packcache.h"

#define WINDOW ((size_t)256 << 10)
#define WHOLE_MAX (WINDOW / 2) /* what is unpacked in one call */
#define PACK_HEADER 12
#define PACK_TRAILER 20
#define ENTRY_HEADER_MAX 32 /* of an entry: size and distance of its base */
#define CHAIN_MAX 4096

/* The types of entries that are none of `enum object_type`. */
#define ENTRY_OFS_DELTA 6

struct pack_file {
	int fd; /* -1: not opened, or it cannot be used */
	bool tried;
	uint64_t end; /* where its trailer starts */
};

struct entry {
	uint64_t offset; /* of its header */
	uint64_t data;	 /* of its zlib stream */
	size_t size;
	unsigned type;
	uint64_t base; /* of a delta */
};

struct pack_reader {
	const struct strlist *packs;
	struct pack_file *files; /* packs->n */
	struct pack_cache *cache;
	struct libdeflate_decompressor *whole; /* NULL: zlib does it all */
	z_stream z;
	bool z_open;

	/* The bytes of one file that were read last. */
	uint32_t window_pack;
	uint64_t window_at;
	size_t window_len;
	uint8_t window[WINDOW];
	struct entry chain[CHAIN_MAX];
};

struct pack_reader *pack_reader_new(const struct strlist *packs,
				    size_t cache_max)
{
	struct pack_reader *reader = xcalloc(1, sizeof(*reader));

	reader->packs = packs;
	reader->files = xcalloc(packs->n + 1, sizeof(*reader->files));
	for (size_t i = 0; i < packs->n; i++)
		reader->files[i].fd = -1;
	reader->cache = pack_cache_new(cache_max);
	reader->whole = libdeflate_alloc_decompressor();
	reader->z_open = inflateInit(&reader->z) == Z_OK;
	return reader;
}

void pack_reader_free(struct pack_reader *reader)
{
	if (!reader)
		return;
	for (size_t i = 0; i < reader->packs->n; i++)
		if (reader->files[i].fd >= 0)
			close(reader->files[i].fd);
	free(reader->files);
	pack_cache_free(reader->cache);
	if (reader->whole)
		libdeflate_free_decompressor(reader->whole);
	if (reader->z_open)
		inflateEnd(&reader->z);
	free(reader);
}

/* Up to `len` bytes of the file; fewer at its end, 0 on any error. */
static size_t read_at(int fd, void *data, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t got = pread(fd, (char *)data + done, len - done,
				    (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

static void file_open(struct pack_file *file, const char *path)
{
	static const uint8_t magic[] = { 'P', 'A', 'C', 'K', 0, 0, 0, 2 };
	uint8_t header[PACK_HEADER];
	struct stat st;

	file->tried = true;
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file->fd < 0)
		return;
	if (fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size >= PACK_HEADER + PACK_TRAILER &&
	    read_at(file->fd, header, sizeof(header), 0) == sizeof(header) &&
	    memcmp(header, magic, sizeof(magic)) == 0) {
		file->end = (uint64_t)st.st_size - PACK_TRAILER;
		return;
	}
	close(file->fd);
	file->fd = -1;
}

static const struct pack_file *get_file(struct pack_reader *reader,
					uint32_t pack)
{
	struct pack_file *file;

	if (pack >= reader->packs->n)
		return NULL;
	file = &reader->files[pack];
	if (!file->tried)
		file_open(file, reader->packs->items[pack]);
	return file->fd < 0 ? NULL : file;
}

/* What the window has from `offset` on; at least `need` bytes where the file
 * goes on for as long. *len is 0 at its end. */
static const uint8_t *peek(size_t *len, struct pack_reader *reader,
			   uint32_t pack, uint64_t offset, size_t need)
{
	const struct pack_file *file = &reader->files[pack];
	uint64_t skip = offset - reader->window_at;

	if (reader->window_pack != pack || offset < reader->window_at ||
	    skip > reader->window_len || reader->window_len - skip < need) {
		uint64_t left = offset < file->end ? file->end - offset : 0;

		reader->window_pack = pack;
		reader->window_at = offset;
		reader->window_len =
			read_at(file->fd, reader->window,
				left < WINDOW ? (size_t)left : WINDOW, offset);
		skip = 0;
	}
	*len = reader->window_len - (size_t)skip;
	return reader->window + skip;
}

/* How far back the base is; false if it is not before this entry. */
static bool parse_base(struct entry *entry, const uint8_t *at, size_t len,
		       size_t *used)
{
	uint64_t back;
	size_t i = *used;

	if (i >= len)
		return false;
	back = at[i] & 0x7f;
	while (at[i++] & 0x80) {
		if (i >= len || back >= (UINT64_C(1) << 55))
			return false;
		back = ((back + 1) << 7) | (at[i] & 0x7f);
	}
	if (back == 0 || back > entry->offset - PACK_HEADER)
		return false;
	entry->base = entry->offset - back;
	*used = i;
	return true;
}

static bool read_entry(struct entry *entry, struct pack_reader *reader,
		       uint32_t pack, uint64_t offset)
{
	size_t len;
	const uint8_t *at = peek(&len, reader, pack, offset, ENTRY_HEADER_MAX);
	size_t i = 0;
	unsigned shift = 4;

	if (len == 0)
		return false;
	*entry = (struct entry){ .offset = offset,
				 .type = (at[0] >> 4) & 7,
				 .size = at[0] & 0x0f };
	while (at[i++] & 0x80) {
		if (i >= len || shift > 46)
			return false;
		entry->size |= (size_t)(at[i] & 0x7f) << shift;
		shift += 7;
	}
	if (entry->size > PACK_OBJECT_MAX)
		return false;
	if (entry->type == ENTRY_OFS_DELTA && !parse_base(entry, at, len, &i))
		return false;
	entry->data = offset + i;
	return entry->type == ENTRY_OFS_DELTA ||
	       (entry->type >= OBJECT_COMMIT && entry->type <= OBJECT_TAG);
}

/* libdeflate is twice as fast as zlib, but wants all of the stream at once. */
static bool unpack_whole(uint8_t *out, struct pack_reader *reader,
			 uint32_t pack, const struct entry *entry)
{
	size_t len;
	const uint8_t *in;

	if (!reader->whole || entry->size > WHOLE_MAX)
		return false;
	/* What does not shrink is stored, with a few bytes for each block. */
	in = peek(&len, reader, pack, entry->data,
		  entry->size + entry->size / 256 + 64);
	return libdeflate_zlib_decompress(reader->whole, in, len, out,
					  entry->size,
					  NULL) == LIBDEFLATE_SUCCESS;
}

/* entry->size bytes and one more, to be freed, or NULL. */
static uint8_t *unpack(struct pack_reader *reader, uint32_t pack,
		       const struct entry *entry)
{
	scoped_text out = xmalloc(entry->size + 1);
	uint64_t at = entry->data;
	int status = Z_OK;

	if (unpack_whole((uint8_t *)out, reader, pack, entry))
		return (uint8_t *)take(out);
	if (inflateReset(&reader->z) != Z_OK)
		return NULL;
	reader->z.next_out = (uint8_t *)out;
	reader->z.avail_out = (uInt)entry->size + 1;
	while (status == Z_OK) {
		size_t len;
		const uint8_t *in = peek(&len, reader, pack, at, 1);

		if (len == 0)
			return NULL;
		reader->z.next_in = (z_const Bytef *)in;
		reader->z.avail_in = (uInt)len;
		status = inflate(&reader->z, Z_NO_FLUSH);
		at += len - reader->z.avail_in;
	}
	if (status != Z_STREAM_END || reader->z.total_out != entry->size)
		return NULL;
	return (uint8_t *)take(out);
}

/* What `entry`, no delta, holds, or what its delta makes of `base`. */
static const struct pack_object *make_object(struct pack_reader *reader,
					     uint32_t pack,
					     const struct entry *entry,
					     const struct pack_object *base)
{
	struct pack_object object = { .pack = pack, .offset = entry->offset };
	uint8_t *data = unpack(reader, pack, entry);

	if (!data)
		return NULL;
	if (!base) {
		object.blob = entry->type == OBJECT_BLOB;
		object.data = data;
		object.size = entry->size;
	} else {
		bool applied =
			pack_delta_apply(&object.data, &object.size, base->data,
					 base->size, data, entry->size);

		object.blob = base->blob;
		free(data);
		if (!applied)
			return NULL;
	}
	return pack_cache_put(reader->cache, &object);
}

/* From the place up to an object that is there already, or that is no delta;
 * then down again. */
static const struct pack_object *resolve(struct pack_reader *reader,
					 uint32_t pack, uint64_t offset)
{
	const struct pack_object *object = NULL;
	size_t n = 0;

	while (!(object = pack_cache_get(reader->cache, pack, offset))) {
		struct entry *entry = &reader->chain[n];

		if (n == CHAIN_MAX || !read_entry(entry, reader, pack, offset))
			return NULL;
		n++;
		if (entry->type != ENTRY_OFS_DELTA)
			break;
		offset = entry->base;
	}
	while (n > 0) {
		object = make_object(reader, pack, &reader->chain[--n], object);
		if (!object)
			return NULL;
	}
	return object;
}

enum pack_result pack_reader_blob(const void **data, size_t *size,
				  struct pack_reader *reader,
				  const struct pack_place *place)
{
	const struct pack_file *file = get_file(reader, place->pack);
	const struct pack_object *object;

	if (!file || !reader->z_open)
		return PACK_UNUSUAL;
	if (place->offset < PACK_HEADER || place->offset >= file->end)
		return PACK_OUTSIDE;
	object = resolve(reader, place->pack, place->offset);
	if (!object || !object->blob)
		return PACK_UNUSUAL;
	*data = object->data;
	*size = object->size;
	return PACK_READ;
}
