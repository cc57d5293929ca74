/* packcache.h: unpacked objects by their place, the last used ones. */
#ifndef REPO_PACKCACHE_H
#define REPO_PACKCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pack_cache;

struct pack_object {
	uint32_t pack;
	uint64_t offset;
	uint8_t *data;
	size_t size;
	bool blob;
};

struct pack_cache *pack_cache_new(size_t max);
void pack_cache_free(struct pack_cache *cache);

/* Borrowed until the next pack_cache_put(), or NULL. */
const struct pack_object *pack_cache_get(struct pack_cache *cache,
					 uint32_t pack, uint64_t offset);

/* Takes over object->data. The object put last always stays, however large,
 * until the next put; what is beyond `max` goes, the longest unused first. */
const struct pack_object *pack_cache_put(struct pack_cache *cache,
					 const struct pack_object *object);

#endif
