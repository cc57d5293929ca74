/* test_packread.c: what comes out of a pack is the object, or nothing. */
#include "git_tools.h"

#include "repo/packcache.h"
#include "repo/packread.h"

static bool applies(const char *base, const char *delta, size_t len,
		    const char *expected)
{
	uint8_t *out = NULL;
	size_t out_len = 0;
	/* Copies of the exact sizes, so that a sanitizer sees a read past. */
	char *base_copy = xmalloc(strlen(base) + 1);
	char *delta_copy = xmalloc(len + 1);
	bool status;

	base_copy = xrealloc(base_copy, strlen(base) ? strlen(base) : 1, 1);
	delta_copy = xrealloc(delta_copy, len ? len : 1, 1);
	memcpy(base_copy, base, strlen(base));
	memcpy(delta_copy, delta, len);
	status = pack_delta_apply(&out, &out_len, (uint8_t *)base_copy,
				  strlen(base), (uint8_t *)delta_copy, len);
	if (status && expected) {
		cr_assert_eq(out_len, strlen(expected));
		cr_assert_eq(memcmp(out, expected, out_len), 0);
	}
	if (!status)
		cr_assert_null(out);
	free(out);
	free(base_copy);
	free(delta_copy);
	return status;
}

#define APPLIES(base, delta, expected) \
	applies(base, delta, sizeof(delta) - 1, expected)

Test(packread, a_delta_copies_and_inserts)
{
	cr_assert(APPLIES("hello", "\5\4\x90\4", "hell"));
	cr_assert(APPLIES("hello", "\5\3\x91\2\3", "llo"));
	cr_assert(APPLIES("hello", "\5\2\2ab", "ab"));
	cr_assert(APPLIES("hello", "\5\4\2ab\x91\3\2", "ablo"));
	cr_assert(APPLIES("", "\0\1\1x", "x"));
	cr_assert(APPLIES("hello", "\5\0", ""));
}

Test(packread, a_delta_that_does_not_fit_is_refused)
{
	/* another base size, another result size, too much, too little */
	cr_assert_not(APPLIES("hello", "\4\2\2ab", NULL));
	cr_assert_not(APPLIES("hello", "\5\3\2ab", NULL));
	cr_assert_not(APPLIES("hello", "\5\1\2ab", NULL));
	cr_assert_not(APPLIES("hello", "\5\2\2ab\1c", NULL));
	/* a copy beyond the base */
	cr_assert_not(APPLIES("hello", "\5\6\x90\6", NULL));
	cr_assert_not(APPLIES("hello", "\5\1\x91\5\1", NULL));
	cr_assert_not(APPLIES("hello", "\5\1\x9f\xff\xff\xff\xff\1", NULL));
	cr_assert_not(APPLIES("hello", "\5\2\x91\4\2", NULL));
	cr_assert_not(APPLIES("hello", "\5\1\x80", NULL));
	/* the reserved instruction, and ends in the middle */
	cr_assert_not(APPLIES("hello", "\5\1\0", NULL));
	cr_assert_not(APPLIES("hello", "\5\2\2a", NULL));
	cr_assert_not(APPLIES("hello", "\5\2\x91\1", NULL));
	cr_assert_not(APPLIES("hello", "\5\2\x91", NULL));
	cr_assert_not(APPLIES("hello", "\5", NULL));
	cr_assert_not(APPLIES("hello", "\x85", NULL));
	cr_assert_not(APPLIES("hello", "", NULL));
	/* sizes that overflow or are over the limit */
	cr_assert_not(
		APPLIES("", "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1x", NULL));
	cr_assert_not(APPLIES("", "\0\x80\x80\x80\x80\x01\1x", NULL));
}

Test(packread, any_two_and_three_bytes_are_taken_or_refused)
{
	for (unsigned n = 0; n < 1u << 24; n += 7) {
		char delta[] = { 5, 3, (char)n, (char)(n >> 8),
				 (char)(n >> 16) };

		applies("hello", delta, sizeof(delta), NULL);
	}
}

static struct pack_object object_of(uint64_t offset, size_t size)
{
	return (struct pack_object){ .offset = offset,
				     .data = xcalloc(1, size + 1),
				     .size = size };
}

Test(packread, the_cache_keeps_what_was_used_last)
{
	struct pack_cache *cache = pack_cache_new(100);
	struct pack_object objects[] = { object_of(1, 40), object_of(2, 40),
					 object_of(3, 40), object_of(4, 1000) };

	pack_cache_put(cache, &objects[0]);
	pack_cache_put(cache, &objects[1]);
	cr_assert_eq(pack_cache_get(cache, 0, 1)->size, 40);
	pack_cache_put(cache, &objects[2]);
	cr_assert_not_null(pack_cache_get(cache, 0, 1));
	cr_assert_null(pack_cache_get(cache, 0, 2));
	cr_assert_null(pack_cache_get(cache, 1, 1));
	cr_assert_eq(pack_cache_put(cache, &objects[3])->size, 1000);
	cr_assert_not_null(pack_cache_get(cache, 0, 4));
	cr_assert_null(pack_cache_get(cache, 0, 1));
	pack_cache_free(cache);
	pack_cache_free(NULL);
}

TestSuite(packread_of_git, .init = scratch_begin, .fini = scratch_end,
	  .timeout = 120);

struct packed {
	struct strlist packs;
	struct pack_place *places;
	struct oid *oids;
	char **texts;
	size_t n;
};

/* A chain of deltas of growing files; every version is looked up. */
static void make_packed(struct packed *packed, struct repo **repo)
{
	scoped_text ids = NULL;

	make_repo("r");
	sh("for i in 1 2 3 4 5 6 7 8 9; do seq 1 ${i}0 >file; echo $i >>file;"
	   "seq $i >other; : >empty; git add .; git commit -qm $i; done;"
	   "git repack -qadf --depth=20");
	ids = sh_out("for i in 0 1 2 3 4 5 6 7 8; do git rev-parse "
		     "HEAD~$i:file HEAD~$i:other HEAD~$i:empty; done");
	packed->n = 27;
	packed->oids = xcalloc(packed->n, sizeof(*packed->oids));
	packed->places = xcalloc(packed->n, sizeof(*packed->places));
	packed->texts = xcalloc(packed->n, sizeof(*packed->texts));
	for (size_t i = 0; i < packed->n; i++) {
		cr_assert(oid_parse(&packed->oids[i], ids + i * 41, 40));
		packed->places[i].oid = &packed->oids[i];
		packed->texts[i] =
			sh_out("git cat-file blob %.40s; echo", ids + i * 41);
	}
	*repo = open_repo();
	pack_order_find(&packed->packs, packed->places, packed->n, *repo);
	cr_assert_eq(packed->packs.n, 1);
}

static void packed_release(struct packed *packed)
{
	for (size_t i = 0; i < packed->n; i++)
		free(packed->texts[i]);
	free(packed->texts);
	free(packed->oids);
	free(packed->places);
	strlist_release(&packed->packs);
}
SCOPED_RELEASE(packed);

static bool is_text(const void *data, size_t size, const char *text)
{
	return size == strlen(text) && memcmp(data, text, size) == 0;
}

Test(packread_of_git, every_blob_is_what_git_has_with_any_cache)
{
	static const size_t sizes[] = { 0, 100, 1 << 20 };
	scoped_value(packed) packed = { 0 };
	scoped(repo) repo = NULL;

	make_packed(&packed, &repo);
	for (size_t c = 0; c < ARRAY_SIZE(sizes); c++) {
		scoped(pack_reader) reader =
			pack_reader_new(&packed.packs, sizes[c]);

		for (size_t i = 0; i < 2 * packed.n; i++) {
			const void *data;
			size_t size;
			size_t at = i * 7 % packed.n;

			cr_assert_eq(pack_reader_blob(&data, &size, reader,
						      &packed.places[at]),
				     PACK_READ);
			cr_assert(is_text(data, size, packed.texts[at]));
		}
	}
}

/* One call unpacks what is small, a stream the rest; a pack may store. */
Test(packread_of_git, blobs_of_every_size_are_what_git_has)
{
	static const size_t sizes[] = { 1,	131071, 131072, 131073,
					262143, 262144, 300000, 2000000 };
	scoped_value(strlist) packs = STRLIST_INIT;
	scoped(repo) repo = NULL;
	scoped(pack_reader) reader = NULL;

	make_repo("r");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		sh("head -c %zu /dev/urandom >random%zu;"
		   "yes %zu | head -c %zu >same%zu; git add .",
		   sizes[i], i, i, sizes[i], i);
	for (int level = 0; level < 10; level += 9) {
		sh("git commit -q --allow-empty -m %d;"
		   "git -c pack.compression=%d repack -qadF",
		   level, level);
		repo_free(take(repo));
		repo = open_repo();
		for (size_t i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
			const char *kind = i % 2 ? "random" : "same";
			scoped_text name = xasprintf("HEAD:%s%zu", kind, i / 2);
			scoped_text path = xasprintf("%s%zu", kind, i / 2);
			scoped_value(buffer) text = BUFFER_INIT;
			struct intoto_error err = { 0 };
			struct oid oid = oid_of(name);
			struct pack_place place = { .oid = &oid };
			const void *data;
			size_t size;

			strlist_release(&packs);
			pack_reader_free(take(reader));
			pack_order_find(&packs, &place, 1, repo);
			reader = pack_reader_new(&packs, 1000);
			cr_assert_eq(file_read(&text, path, 1 << 22, &err), 0);
			cr_assert_eq(pack_reader_blob(&data, &size, reader,
						      &place),
				     PACK_READ);
			cr_assert_eq(size, text.len);
			cr_assert_eq(memcmp(data, text.data, size), 0);
		}
	}
}

Test(packread_of_git, places_outside_and_odd_ones_are_told)
{
	scoped_value(packed) packed = { 0 };
	scoped(repo) repo = NULL;
	const void *data;
	size_t size;
	struct oid head;
	struct pack_place place;

	make_packed(&packed, &repo);
	scoped(pack_reader) reader = pack_reader_new(&packed.packs, 1000);
	place = packed.places[0];
	for (uint64_t offset = 0; offset < 12; offset++) {
		place.offset = offset;
		cr_assert_eq(pack_reader_blob(&data, &size, reader, &place),
			     PACK_OUTSIDE);
	}
	place.offset = UINT64_MAX;
	cr_assert_eq(pack_reader_blob(&data, &size, reader, &place),
		     PACK_OUTSIDE);
	place = packed.places[0];
	place.pack = 7;
	cr_assert_eq(pack_reader_blob(&data, &size, reader, &place),
		     PACK_UNUSUAL);
	head = oid_of("HEAD");
	place.oid = &head;
	pack_order_find(&packed.packs, &place, 1, repo);
	cr_assert_eq(pack_reader_blob(&data, &size, reader, &place),
		     PACK_UNUSUAL, "a commit is no blob");
}

Test(packread_of_git, an_offset_between_two_objects_gives_no_crash)
{
	scoped_value(packed) packed = { 0 };
	scoped(repo) repo = NULL;
	struct pack_place place;
	enum pack_result result;
	const void *data;
	size_t size;

	make_packed(&packed, &repo);
	scoped(pack_reader) reader = pack_reader_new(&packed.packs, 1000);
	place = packed.places[0];
	place.offset = 12;
	while ((result = pack_reader_blob(&data, &size, reader, &place)) !=
	       PACK_OUTSIDE)
		place.offset++;
	cr_assert_gt(place.offset, 500);
}

Test(packread_of_git, a_damaged_pack_is_refused_by_the_recorder)
{
	scoped_value(packed) packed = { 0 };
	scoped_value(buffer) pack = BUFFER_INIT;
	scoped(repo) repo = NULL;
	struct intoto_error err = { 0 };
	const char *path;
	size_t wrong = 0;
	size_t refused = 0;

	make_packed(&packed, &repo);
	path = packed.packs.items[0];
	cr_assert_eq(file_read(&pack, path, 1 << 20, &err), 0);
	for (size_t at = 0; at < pack.len; at++) {
		pack.data[at] ^= 0x21;
		cr_assert_eq(file_write(path, pack.data, pack.len, 0600, &err),
			     0);
		pack.data[at] ^= 0x21;
		scoped(pack_reader) reader =
			pack_reader_new(&packed.packs, 1 << 20);
		for (size_t i = 0; i < packed.n; i++) {
			const void *data;
			size_t size;

			if (pack_reader_blob(&data, &size, reader,
					     &packed.places[i]) != PACK_READ)
				refused++;
			else if (!is_text(data, size, packed.texts[i]))
				wrong++;
		}
	}
	cr_assert_gt(refused, 1000);
	/* A base that is another, a copy from elsewhere: for the id to see. */
	cr_assert_lt(wrong, refused);
	for (size_t len = 0; len < pack.len; len += 11) {
		cr_assert_eq(file_write(path, pack.data, len, 0600, &err), 0);
		scoped(pack_reader) reader = pack_reader_new(&packed.packs, 0);
		for (size_t i = 0; i < packed.n; i++) {
			const void *data;
			size_t size;

			if (pack_reader_blob(&data, &size, reader,
					     &packed.places[i]) == PACK_READ)
				cr_assert(is_text(data, size, packed.texts[i]));
		}
	}
}

Test(packread_of_git, a_pack_that_is_gone_or_none_is_passed_over)
{
	scoped_value(packed) packed = { 0 };
	scoped(repo) repo = NULL;
	const void *data;
	size_t size;

	make_packed(&packed, &repo);
	sh("rm -f .git/objects/pack/*.pack");
	{
		scoped(pack_reader) reader = pack_reader_new(&packed.packs, 0);

		cr_assert_eq(pack_reader_blob(&data, &size, reader,
					      &packed.places[0]),
			     PACK_UNUSUAL);
	}
	sh("mkfifo '%s'", packed.packs.items[0]);
	scoped(pack_reader) reader = pack_reader_new(&packed.packs, 0);
	cr_assert_eq(pack_reader_blob(&data, &size, reader, &packed.places[0]),
		     PACK_UNUSUAL);
}
