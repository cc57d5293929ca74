/* packorder.c: find the offsets of objects in the indexes of packs. */
#include "repo/packorder.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/xalloc.h"

#define INDEXES_MAX 256 /* packs beyond that keep no order */
#define INDEX_MAGIC "\377tOc\0\0\0\2"
#define MAGIC_SIZE 8
#define FANOUT_SIZE (256 * 4)
#define CRC_SIZE 4
#define OFFSET_SIZE 4
#define LARGE_OFFSET_SIZE 8
#define LARGE_OFFSET 0x80000000u

struct index_file {
	char *path;
	size_t size;
};

struct index_files {
	struct index_file *items;
	size_t n;
	size_t alloc;
};

static void index_files_release(struct index_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->items[i].path);
	free(files->items);
}
SCOPED_RELEASE(index_files);

/* An index in memory; the pointers are into `data`. */
struct pack_index {
	uint8_t *data;
	size_t size;
	unsigned oid_size;
	uint32_t n;
	const uint8_t *fanout;
	const uint8_t *ids;
	const uint8_t *offsets;
	const uint8_t *large;
	size_t n_large;
};

static uint32_t get_be32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static void pack_index_release(struct pack_index *index)
{
	if (index->data)
		munmap(index->data, index->size);
}
SCOPED_RELEASE(pack_index);

/* Points into the mapped file; false if it is no index of version 2. */
static bool index_parse(struct pack_index *index)
{
	uint32_t before = 0;
	uint64_t fixed;

	if (index->size < MAGIC_SIZE + FANOUT_SIZE ||
	    memcmp(index->data, INDEX_MAGIC, MAGIC_SIZE) != 0)
		return false;
	index->fanout = index->data + MAGIC_SIZE;
	for (unsigned i = 0; i < 256; i++) {
		uint32_t count = get_be32(index->fanout + (size_t)i * 4);

		if (count < before)
			return false;
		before = count;
	}
	index->n = before;
	fixed = MAGIC_SIZE + FANOUT_SIZE +
		(uint64_t)index->n *
			(index->oid_size + CRC_SIZE + OFFSET_SIZE) +
		2 * (uint64_t)index->oid_size;
	if (fixed > index->size)
		return false;
	index->ids = index->fanout + FANOUT_SIZE;
	index->offsets =
		index->ids + (size_t)index->n * (index->oid_size + CRC_SIZE);
	index->large = index->offsets + (size_t)index->n * OFFSET_SIZE;
	index->n_large = (index->size - fixed) / LARGE_OFFSET_SIZE;
	return true;
}

static bool index_open(struct pack_index *index, const char *path,
		       unsigned oid_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	void *data = MAP_FAILED;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
			    fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		return false;
	index->data = data;
	index->size = (size_t)st.st_size;
	index->oid_size = oid_size;
	return index_parse(index);
}

static bool index_offset(uint64_t *out, const struct pack_index *index,
			 uint32_t at)
{
	uint32_t value = get_be32(index->offsets + (size_t)at * OFFSET_SIZE);
	const uint8_t *large;

	if (!(value & LARGE_OFFSET)) {
		*out = value;
		return true;
	}
	value &= ~LARGE_OFFSET;
	if (value >= index->n_large)
		return false;
	large = index->large + (size_t)value * LARGE_OFFSET_SIZE;
	*out = (uint64_t)get_be32(large) << 32 | get_be32(large + 4);
	return true;
}

static bool index_find(uint64_t *offset, const struct pack_index *index,
		       const uint8_t *id)
{
	uint32_t low = id[0] ? get_be32(index->fanout + (id[0] - 1) * 4) : 0;
	uint32_t high = get_be32(index->fanout + id[0] * 4);

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order =
			memcmp(id,
			       index->ids + (size_t)middle * index->oid_size,
			       index->oid_size);

		if (order == 0)
			return index_offset(offset, index, middle);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static bool is_index_name(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, ".idx") == 0;
}

static void index_files_add(struct index_files *files, const char *objects)
{
	scoped_text dir = path_join(objects, "pack");
	DIR *open_dir = opendir(dir);
	struct dirent *item;

	if (!open_dir)
		return;
	while (files->n < INDEXES_MAX && (item = readdir(open_dir))) {
		struct stat st;
		char *path;

		if (!is_index_name(item->d_name))
			continue;
		path = path_join(dir, item->d_name);
		if (stat(path, &st) < 0) {
			free(path);
			continue;
		}
		ALLOC_GROW(files->items, files->n + 1, files->alloc);
		files->items[files->n++] =
			(struct index_file){ path, (size_t)st.st_size };
	}
	closedir(open_dir);
}

/* The largest first: it most likely has what is looked for. */
static int index_file_compare(const void *a, const void *b)
{
	const struct index_file *one = a;
	const struct index_file *two = b;

	if (one->size != two->size)
		return one->size > two->size ? -1 : 1;
	return strcmp(one->path, two->path);
}

/* "x.idx" is the index of "x.pack". */
static void packs_add(struct strlist *packs, const char *index)
{
	strlist_addf(packs, "%.*s.pack", (int)(strlen(index) - 4), index);
}

void pack_order_find(struct strlist *packs, struct pack_place *places, size_t n,
		     const struct repo *repo)
{
	scoped_value(index_files) files = { 0 };
	size_t missing = n;

	index_files_add(&files, repo->object_dir);
	for (size_t i = 0; i < repo->object_dirs.n; i++)
		index_files_add(&files, repo->object_dirs.items[i]);
	if (files.n)
		qsort(files.items, files.n, sizeof(*files.items),
		      index_file_compare);
	for (size_t i = 0; i < files.n; i++)
		packs_add(packs, files.items[i].path);
	for (size_t i = 0; i < n; i++)
		places[i].pack = PACK_NONE;
	for (uint32_t file = 0; file < files.n && missing > 0; file++) {
		scoped_value(pack_index) index = { 0 };

		if (!index_open(&index, files.items[file].path, repo->oid_size))
			continue;
		for (size_t i = 0; i < n; i++) {
			if (places[i].pack != PACK_NONE ||
			    !index_find(&places[i].offset, &index,
					places[i].oid->bytes))
				continue;
			places[i].pack = file;
			missing--;
		}
	}
}

int pack_place_compare(const void *a, const void *b)
{
	const struct pack_place *one = a;
	const struct pack_place *two = b;

	if (one->pack != two->pack)
		return one->pack < two->pack ? -1 : 1;
	if (one->pack == PACK_NONE) {
		int order = memcmp(one->oid->bytes, two->oid->bytes,
				   one->oid->size);

		if (order)
			return order;
	} else if (one->offset != two->offset) {
		return one->offset < two->offset ? -1 : 1;
	}
	return one->entry < two->entry ? -1 : one->entry > two->entry;
}
