/* manifest_hash.c: hash every blob of a manifest, once, on all cores. */
#include "repo/manifest_internal.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "base/xalloc.h"
#include "repo/odb.h"
#include "repo/packorder.h"
#include "repo/promisor.h"

/* What a worker takes at a time: so many blobs, or so many packed bytes. */
#define CHUNK_BLOBS 256
#define CHUNK_BYTES ((uint64_t)1 << 20)
#define CACHE_MAX ((size_t)96 << 20) /* of unpacked objects, all workers */
#define CACHE_MIN ((size_t)8 << 20)  /* of each */
#define THREADS_FROM                                             \
	2000 /* blobs; below it threads cost more than they save \
	      */
#define WORKERS_MAX 64
#define FAILURES_MAX 100 /* then the rest is not tried */
#define NO_ENTRY UINT32_MAX

struct blobs {
	struct manifest_entry *entries;
	struct pack_place *items; /* one an id */
	size_t n;
	uint32_t *first; /* for each entry, the first one with its id */
	struct strlist packs;
	size_t *chunks; /* where each starts, and n at the end */
	size_t n_chunks;
	bool check;
	atomic_size_t next;
	atomic_size_t done;
	atomic_uint failures;
};

static void blobs_release(struct blobs *blobs)
{
	free(blobs->items);
	free(blobs->first);
	free(blobs->chunks);
	strlist_release(&blobs->packs);
}
SCOPED_RELEASE(blobs);

struct worker {
	struct blobs *blobs;
	const struct manifest_options *options; /* NULL: shows no progress */
	struct objects *objects;
	pthread_t thread;
	uint32_t failed; /* the first entry in path order, or NO_ENTRY */
	struct intoto_error err;
};

struct workers {
	struct worker *items;
	size_t n;
};

static void workers_release(struct workers *workers)
{
	for (size_t i = 0; i < workers->n; i++)
		objects_free(workers->items[i].objects);
	free(workers->items);
}
SCOPED_RELEASE(workers);

static void hash_one(struct worker *worker, const struct pack_place *place)
{
	struct blobs *blobs = worker->blobs;
	struct manifest_entry *entry = &blobs->entries[place->entry];
	struct intoto_error err = { 0 };

	if (objects_hash(entry->sha256, worker->objects, place, blobs->check,
			 &err) == 0)
		return;
	atomic_fetch_add(&blobs->failures, 1);
	if (place->entry >= worker->failed)
		return;
	worker->failed = place->entry;
	worker->err = err;
}

static void *worker_run(void *data)
{
	struct worker *worker = data;
	struct blobs *blobs = worker->blobs;

	for (;;) {
		size_t chunk = atomic_fetch_add(&blobs->next, 1);
		size_t n;
		size_t done;

		if (chunk >= blobs->n_chunks ||
		    atomic_load(&blobs->failures) >= FAILURES_MAX)
			return NULL;
		n = blobs->chunks[chunk + 1] - blobs->chunks[chunk];
		for (size_t i = 0; i < n; i++)
			hash_one(worker,
				 &blobs->items[blobs->chunks[chunk] + i]);
		done = atomic_fetch_add(&blobs->done, n) + n;
		if (worker->options && worker->options->progress)
			worker->options->progress(
				done, blobs->n, worker->options->progress_data);
	}
}

static size_t count_cores(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n > 0 ? (size_t)n : 1;
}

static size_t count_workers(const struct blobs *blobs,
			    const struct manifest_options *options)
{
	size_t n = options->workers ? options->workers : count_cores();

	if (blobs->n < THREADS_FROM)
		return 1;
	return n < WORKERS_MAX ? n : WORKERS_MAX;
}

/* One item for each id, that of its first path, in the order of reading. */
static void blobs_collect(struct blobs *blobs, const struct manifest *manifest,
			  const struct repo *repo)
{
	struct pack_place *items = xcalloc(manifest->n + 1, sizeof(*items));
	size_t n = 0;

	blobs->entries = manifest->entries;
	blobs->items = items;
	blobs->first = xcalloc(manifest->n + 1, sizeof(*blobs->first));
	for (size_t i = 0; i < manifest->n; i++) {
		const struct manifest_entry *entry = &manifest->entries[i];

		if (entry->mode == 0160000)
			continue;
		items[n++] = (struct pack_place){
			.oid = &entry->oid,
			.entry = (uint32_t)i,
		};
	}
	pack_order_find(&blobs->packs, items, n, repo);
	qsort(items, n, sizeof(*items), pack_place_compare);
	for (size_t i = 0; i < n; i++) {
		uint32_t entry = items[i].entry;

		if (blobs->n == 0 ||
		    !oid_equal(items[blobs->n - 1].oid, items[i].oid))
			items[blobs->n++] = items[i];
		blobs->first[entry] = items[blobs->n - 1].entry;
	}
}

/* Neighbours stay together, and no chunk at the end is so long that the other
 * workers wait for it. */
static void blobs_chunk(struct blobs *blobs)
{
	size_t start = 0;

	blobs->chunks = xcalloc(blobs->n + 1, sizeof(*blobs->chunks));
	for (size_t i = 1; i < blobs->n; i++) {
		const struct pack_place *first = &blobs->items[start];
		const struct pack_place *here = &blobs->items[i];

		if (i - start < CHUNK_BLOBS && here->pack == first->pack &&
		    (here->pack == PACK_NONE ||
		     here->offset - first->offset < CHUNK_BYTES))
			continue;
		blobs->chunks[++blobs->n_chunks] = i;
		start = i;
	}
	if (blobs->n > 0)
		blobs->chunks[++blobs->n_chunks] = blobs->n;
}

static int workers_open(struct workers *workers, struct blobs *blobs,
			struct repo *repo,
			const struct manifest_options *options,
			struct intoto_error *err)
{
	size_t n = count_workers(blobs, options);
	size_t cache = CACHE_MAX / n > CACHE_MIN ? CACHE_MAX / n : CACHE_MIN;

	workers->items = xcalloc(n, sizeof(*workers->items));
	for (; workers->n < n; workers->n++) {
		struct worker *worker = &workers->items[workers->n];

		worker->blobs = blobs;
		worker->options = workers->n == 0 ? options : NULL;
		worker->failed = NO_ENTRY;
		if (objects_open(&worker->objects, repo, err) < 0)
			return -1;
		objects_use_packs(worker->objects, &blobs->packs, cache);
	}
	return 0;
}

/* The calling thread is the first worker. A thread that cannot be had leaves
 * its share to the others. */
static void workers_run(struct workers *workers)
{
	size_t started = 1;

	while (started < workers->n &&
	       pthread_create(&workers->items[started].thread, NULL, worker_run,
			      &workers->items[started]) == 0)
		started++;
	worker_run(&workers->items[0]);
	for (size_t i = 1; i < started; i++)
		pthread_join(workers->items[i].thread, NULL);
}

static int workers_result(const struct workers *workers,
			  const struct blobs *blobs, struct intoto_error *err)
{
	const struct worker *first = &workers->items[0];

	for (size_t i = 1; i < workers->n; i++)
		if (workers->items[i].failed < first->failed)
			first = &workers->items[i];
	if (first->failed == NO_ENTRY)
		return 0;
	if (err)
		*err = first->err;
	return intoto_context(err,
			      "'%.512s': ", blobs->entries[first->failed].path);
}

/* What was hashed once, for every further path with the same id. */
static void blobs_spread(struct manifest *manifest, const struct blobs *blobs)
{
	for (size_t i = 0; i < manifest->n; i++) {
		struct manifest_entry *entry = &manifest->entries[i];

		if (entry->mode != 0160000 && blobs->first[i] != i)
			memcpy(entry->sha256,
			       manifest->entries[blobs->first[i]].sha256,
			       SHA256_SIZE);
	}
}

int manifest_hash(struct manifest *manifest, struct repo *repo,
		  const struct manifest_options *options,
		  struct intoto_error *err)
{
	scoped_value(blobs) blobs = { .check = !options->no_check };
	scoped_value(workers) workers = { 0 };

	blobs_collect(&blobs, manifest, repo);
	blobs_chunk(&blobs);
	if (promisor_fetch(repo, blobs.items, blobs.n, err) < 0 ||
	    workers_open(&workers, &blobs, repo, options, err) < 0)
		return -1;
	workers_run(&workers);
	if (workers_result(&workers, &blobs, err) < 0)
		return -1;
	blobs_spread(manifest, &blobs);
	return 0;
}
