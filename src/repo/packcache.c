/* packcache.c: unpacked objects by their place, the last used ones. */
#include "repo/packcache.h"

#include <stdlib.h>

#include "base/xalloc.h"

#define BUCKETS 4096 /* a power of two */

struct item {
	struct pack_object object;
	struct item *next; /* in its bucket */
	struct item *newer;
	struct item *older;
};

struct pack_cache {
	struct item *buckets[BUCKETS];
	struct item *newest;
	struct item *oldest;
	size_t used;
	size_t max;
};

struct pack_cache *pack_cache_new(size_t max)
{
	struct pack_cache *cache = xcalloc(1, sizeof(*cache));

	cache->max = max;
	return cache;
}

static struct item **bucket_of(struct pack_cache *cache, uint32_t pack,
			       uint64_t offset)
{
	uint64_t hash = (offset + pack) * UINT64_C(0x9e3779b97f4a7c15);

	return &cache->buckets[(hash >> 32) & (BUCKETS - 1)];
}

static void list_remove(struct pack_cache *cache, struct item *item)
{
	if (item->newer)
		item->newer->older = item->older;
	else
		cache->newest = item->older;
	if (item->older)
		item->older->newer = item->newer;
	else
		cache->oldest = item->newer;
}

static void list_add(struct pack_cache *cache, struct item *item)
{
	item->newer = NULL;
	item->older = cache->newest;
	if (cache->newest)
		cache->newest->newer = item;
	else
		cache->oldest = item;
	cache->newest = item;
}

static void drop_oldest(struct pack_cache *cache)
{
	struct item *item = cache->oldest;
	struct item **at =
		bucket_of(cache, item->object.pack, item->object.offset);

	while (*at != item)
		at = &(*at)->next;
	*at = item->next;
	list_remove(cache, item);
	cache->used -= item->object.size;
	free(item->object.data);
	free(item);
}

void pack_cache_free(struct pack_cache *cache)
{
	if (!cache)
		return;
	while (cache->oldest)
		drop_oldest(cache);
	free(cache);
}

const struct pack_object *pack_cache_get(struct pack_cache *cache,
					 uint32_t pack, uint64_t offset)
{
	struct item *item = *bucket_of(cache, pack, offset);

	while (item &&
	       (item->object.pack != pack || item->object.offset != offset))
		item = item->next;
	if (!item)
		return NULL;
	list_remove(cache, item);
	list_add(cache, item);
	return &item->object;
}

const struct pack_object *pack_cache_put(struct pack_cache *cache,
					 const struct pack_object *object)
{
	struct item *item = xcalloc(1, sizeof(*item));
	struct item **bucket = bucket_of(cache, object->pack, object->offset);

	item->object = *object;
	item->next = *bucket;
	*bucket = item;
	list_add(cache, item);
	cache->used += object->size;
	while (cache->used > cache->max && cache->oldest != item)
		drop_oldest(cache);
	return &item->object;
}
