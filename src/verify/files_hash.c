/* files_hash.c: hash files with as many threads as there are cores. */
#include "verify/files_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scoped.h"
#include "base/xalloc.h"

#define CHUNK ((size_t)256 << 10)
#define WORKERS_MAX 64
#define BATCH_MAX 32 /* files that a worker takes at a time */
#define BATCHES_EACH 8

struct job {
	const struct files_hashing *hashing;
	struct files_hash_item *items;
	size_t n;
	size_t batch;
	atomic_size_t next;
	atomic_size_t done;
	atomic_bool failed;
};

struct worker {
	struct job *job;
	bool is_first; /* the calling thread: shows progress */
	pthread_t thread;
	struct digest *digest;
	char *chunk;
	size_t failed; /* the first item that failed, or SIZE_MAX */
	struct intoto_error err;
};

struct workers {
	struct worker *items;
	size_t n;
};

static void workers_release(struct workers *workers)
{
	for (size_t i = 0; i < workers->n; i++) {
		digest_free(workers->items[i].digest);
		free(workers->items[i].chunk);
	}
	free(workers->items);
}
SCOPED_RELEASE(workers);

/* In place; the new length. `*cr` is whether the byte before was a CR: what
 * chunks a file is read in changes nothing. */
static size_t normalize(char *chunk, size_t len, bool *cr)
{
	size_t kept = 0;

	for (size_t i = 0; i < len; i++) {
		const char c = chunk[i];

		if (c != '\n' || !*cr)
			chunk[kept++] = c == '\r' ? '\n' : c;
		*cr = c == '\r';
	}
	return kept;
}

static int fail_file(const char *path, const char *why,
		     struct intoto_error *err)
{
	return intoto_fail(err, INTOTO_EIO, "cannot read '%.700s': %s", path,
			   why);
}

/* Stops at the size that the file had when it was opened: it may be a log that
 * grows for ever. What has no size, as in /proc, is read to its end. */
static int hash_fd(struct worker *worker, struct files_hash_item *item, int fd,
		   struct intoto_error *err)
{
	uint8_t sum[DIGEST_MAX_SIZE];
	uintmax_t size;
	uintmax_t total = 0;
	bool cr = false;
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) < 0)
		return fail_file(item->path, strerror(errno), err);
	if (!S_ISREG(st.st_mode))
		return fail_file(item->path, "no regular file", err);
	size = (uintmax_t)st.st_size;
	digest_begin(worker->digest);
	do {
		size_t len;

		got = read(fd, worker->chunk, CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_file(item->path, strerror(errno), err);
		len = (size_t)got;
		if (size > 0 && len > size - total)
			len = (size_t)(size - total);
		total += len;
		if (worker->job->hashing->normalize_line_endings)
			len = normalize(worker->chunk, len, &cr);
		digest_add(worker->digest, worker->chunk, len);
	} while (got != 0 && (size == 0 || total < size));
	digest_end(worker->digest, sum);
	memcpy(item->sha256, sum, SHA256_SIZE);
	return 0;
}

static int hash_item(struct worker *worker, struct files_hash_item *item,
		     struct intoto_error *err)
{
	/* O_NONBLOCK: if it has become a FIFO, nobody waits for its writer. */
	const int fd = openat(worker->job->hashing->base, item->path,
			      O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int got;

	if (fd < 0)
		return fail_file(item->path, strerror(errno), err);
	got = hash_fd(worker, item, fd, err);
	close(fd);
	return got;
}

static void hash_batch(struct worker *worker, size_t start, size_t end)
{
	struct job *job = worker->job;

	for (size_t i = start; i < end; i++) {
		struct files_hash_item *item = &job->items[i];

		if (hash_item(worker, item, &worker->err) == 0)
			continue;
		if (job->hashing->ignore_unreadable) {
			item->unreadable = true;
			continue;
		}
		worker->failed = i;
		atomic_store(&job->failed, true);
		return;
	}
}

/* Batches are taken in order, and each is worked on up to its first failure:
 * so the first failure of all is always found. */
static void *worker_run(void *data)
{
	struct worker *worker = data;
	struct job *job = worker->job;
	const struct files_hashing *hashing = job->hashing;

	while (!atomic_load(&job->failed)) {
		const size_t start = atomic_fetch_add(&job->next, job->batch);
		size_t end = start + job->batch;
		size_t done;

		if (start >= job->n)
			return NULL;
		end = end < job->n ? end : job->n;
		hash_batch(worker, start, end);
		done = atomic_fetch_add(&job->done, end - start) + end - start;
		if (worker->is_first && hashing->progress)
			hashing->progress(hashing->progress_data, done, job->n);
	}
	return NULL;
}

static size_t count_workers(size_t n, const struct files_hashing *hashing)
{
	size_t cores = hashing->workers;
	cpu_set_t set;

	if (!cores && sched_getaffinity(0, sizeof(set), &set) == 0)
		cores = (size_t)CPU_COUNT(&set);
	if (cores > WORKERS_MAX)
		cores = WORKERS_MAX;
	if (cores > n)
		cores = n;
	return cores ? cores : 1;
}

static void workers_open(struct workers *workers, struct job *job)
{
	const size_t n = count_workers(job->n, job->hashing);

	job->batch = job->n / (n * BATCHES_EACH);
	if (job->batch > BATCH_MAX)
		job->batch = BATCH_MAX;
	if (job->batch == 0)
		job->batch = 1;
	workers->items = xcalloc(n, sizeof(*workers->items));
	for (; workers->n < n; workers->n++)
		workers->items[workers->n] = (struct worker){
			.job = job,
			.is_first = workers->n == 0,
			.digest = digest_new(DIGEST_SHA256),
			.chunk = xmalloc(CHUNK),
			.failed = SIZE_MAX,
		};
}

/* A thread that cannot be had leaves its share to the others. */
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

int files_hash(struct files_hash_item *items, size_t n,
	       const struct files_hashing *hashing, struct intoto_error *err)
{
	struct job job = { .hashing = hashing, .items = items, .n = n };
	scoped_value(workers) workers = { 0 };
	const struct worker *first;

	if (n == 0)
		return 0;
	workers_open(&workers, &job);
	workers_run(&workers);
	first = &workers.items[0];
	for (size_t i = 1; i < workers.n; i++)
		if (workers.items[i].failed < first->failed)
			first = &workers.items[i];
	if (first->failed == SIZE_MAX)
		return 0;
	if (err)
		*err = first->err;
	return -1;
}
