/* test_manifest.c: a tree is recorded as it is in the object database. */
#include "git_tools.h"

#include <pthread.h>

#include "base/encode.h"
#include "repo/manifest.h"
#include "repo/packorder.h"

TestSuite(manifest, .init = scratch_begin, .fini = scratch_end, .timeout = 120);

static struct manifest *record_with(struct repo *repo, const char *name,
				    const struct manifest_options *options)
{
	struct intoto_error err = { 0 };
	struct manifest *manifest = NULL;
	struct oid tree = oid_of(name);

	cr_assert_eq(manifest_record(&manifest, repo, &tree, options, &err), 0,
		     "%s", err.message);
	return manifest;
}

static struct manifest *record(struct repo *repo, const char *name)
{
	return record_with(repo, name, NULL);
}

static void not_recorded_with(const struct oid *tree,
			      const struct manifest_options *options,
			      enum intoto_code code, const char *words)
{
	struct intoto_error err = { 0 };
	struct manifest *manifest = NULL;
	scoped(repo) repo = open_repo();

	cr_assert_eq(manifest_record(&manifest, repo, tree, options, &err), -1,
		     "recorded although %s", words);
	cr_assert_eq(err.code, code, "%s", err.message);
	cr_assert(strstr(err.message, words), "%s", err.message);
	cr_assert_null(manifest);
}

static void not_recorded(const struct oid *tree, enum intoto_code code,
			 const char *words)
{
	not_recorded_with(tree, NULL, code, words);
}

/* The raw tree that a Python expression describes, written as it is. */
__attribute__((format(printf, 1, 2))) static struct oid
make_tree(const char *fmt, ...)
{
	struct oid oid;
	va_list args;
	scoped_text text = NULL;
	scoped_text hex = NULL;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	hex = sh_out(
		"cat >make.py <<'EOT'\n"
		"import sys, subprocess\n"
		"blob = bytes.fromhex('%s')\n"
		"empty = bytes.fromhex('%s')\n"
		"def e(mode, name, id=blob):\n"
		"    return mode + b' ' + name + b'\\0' + id\n"
		"def tree(data):\n"
		"    r = subprocess.run(['git', 'hash-object', '-w', '-t',\n"
		"        'tree', '--stdin', '--literally'], input=data,\n"
		"        stdout=subprocess.PIPE, check=True)\n"
		"    return bytes.fromhex(r.stdout.decode())\n"
		"f, d = b'100644', b'40000'\n"
		"print(tree(%s).hex())\n"
		"EOT\n"
		"python3 make.py",
		"ce013625030ba8dba906f756967f9e9ca394464a",
		"4b825dc642cb6eb9a060e54bf8d69288fbee4904", text);
	cr_assert(oid_parse(&oid, hex, strlen(hex)), "%s", hex);
	return oid;
}

static void tree_refused(const char *python, const char *words)
{
	struct oid tree = make_tree("%s", python);

	not_recorded(&tree, INTOTO_EINVALID, words);
}

Test(manifest, has_every_path_mode_and_digest)
{
	make_repo("r");
	sh("mkdir -p a/b && echo one >a/b/c && echo two >'a/ x' &&"
	   "printf '' >run && chmod +x run && ln -s a/b/c link &&"
	   "git add . && git update-index --add --cacheinfo "
	   "160000,1234567890123456789012345678901234567890,sub &&"
	   "git commit -qm two");
	scoped(repo) repo = open_repo();
	scoped(manifest) manifest = record(repo, "HEAD^{tree}");
	static const struct {
		const char *path;
		unsigned mode;
		const char *text;
	} expected[] = {
		{ "a/ x", 0100644, "two\n" },	{ "a/b/c", 0100644, "one\n" },
		{ "file", 0100644, "hello\n" }, { "link", 0120000, "a/b/c" },
		{ "run", 0100755, "" },		{ "sub", 0160000, NULL },
	};

	cr_assert_eq(manifest->n, ARRAY_SIZE(expected));
	for (size_t i = 0; i < manifest->n; i++) {
		const struct manifest_entry *entry = &manifest->entries[i];
		uint8_t sum[SHA256_SIZE] = { 0 };

		if (expected[i].text)
			sha256(sum, expected[i].text, strlen(expected[i].text));
		cr_assert_str_eq(entry->path, expected[i].path);
		cr_assert_eq(entry->path_len, strlen(entry->path));
		cr_assert_eq(entry->mode, expected[i].mode);
		cr_assert_eq(memcmp(entry->sha256, sum, sizeof(sum)), 0, "%s",
			     entry->path);
	}
}

Test(manifest, its_digest_is_that_of_the_contract)
{
	scoped_text expected = NULL;

	make_repo("r");
	sh("ln -s file link && git add link &&"
	   "git update-index --add --cacheinfo "
	   "160000,1234567890123456789012345678901234567890,sub &&"
	   "git commit -qm two");
	expected =
		sh_out("{ printf '100644 %%s\\tfile\\0' $(sha256sum <file | "
		       "cut -c1-64);"
		       "printf '120000 %%s\\tlink\\0' "
		       "$(printf file | sha256sum | cut -c1-64);"
		       "printf '160000 1234567890123456789012345678901234567890"
		       "\\tsub\\0'; } | sha256sum | cut -c1-64");
	scoped(repo) repo = open_repo();
	scoped(manifest) manifest = record(repo, "HEAD^{tree}");
	cr_assert_str_eq(manifest->digest, expected);
}

Test(manifest, of_an_empty_tree_is_empty)
{
	struct oid tree;
	struct intoto_error err = { 0 };
	struct manifest *manifest = NULL;

	make_repo("r");
	tree = make_tree("b''");
	scoped(repo) repo = open_repo();
	cr_assert_eq(manifest_record(&manifest, repo, &tree, NULL, &err), 0,
		     "%s", err.message);
	cr_assert_eq(manifest->n, 0);
	cr_assert_str_eq(manifest->digest, "e3b0c44298fc1c149afbf4c8996fb924"
					   "27ae41e4649b934ca495991b7852b855");
	manifest_free(manifest);
}

/* git sorts a folder as "name/": that must come out as byte order. */
Test(manifest, is_sorted_by_the_bytes_of_paths)
{
	make_repo("r");
	sh("mkdir a a.d a-b b ab &&"
	   "touch a/z a.c a.d/x a-b/y a0 'a!' b/c b.c ab/c 'b ' B Z &&"
	   "touch \"$(printf '\\303\\251')\" \"$(printf '\\177')\" "
	   "\"$(printf '\\377')\" \"$(printf 'n\\nl')\" ./-x '\"q' &&"
	   "git add . && git commit -qm two");
	scoped(repo) repo = open_repo();
	scoped(manifest) manifest = record(repo, "HEAD^{tree}");
	cr_assert_gt(manifest->n, 17);
	for (size_t i = 1; i < manifest->n; i++)
		cr_assert_lt(strcmp(manifest->entries[i - 1].path,
				    manifest->entries[i].path),
			     0);
}

Test(manifest, lists_without_reading_a_blob)
{
	struct intoto_error err = { 0 };
	struct manifest *manifest = NULL;
	struct oid tree;

	make_repo("r");
	tree = make_tree("e(f, b'a', bytes(20)) + e(f, b'b', bytes(20))");
	scoped(repo) repo = open_repo();
	cr_assert_eq(manifest_list(&manifest, repo, &tree, &err), 0, "%s",
		     err.message);
	cr_assert_eq(manifest->n, 2);
	cr_assert_str_eq(manifest->entries[1].path, "b");
	cr_assert_str_empty(manifest->digest);
	manifest_free(manifest);
}

Test(manifest, refuses_names_that_no_checkout_has)
{
	make_repo("r");
	tree_refused("e(f, b'.')", "name '.' in a tree is not allowed");
	tree_refused("e(f, b'..')", "name '..' in a tree is not allowed");
	tree_refused("e(f, b'a/b')", "name 'a/b' in a tree is not allowed");
	tree_refused("e(f, b'/')", "is not allowed");
	tree_refused("e(f, b'')", "malformed tree");
	tree_refused("e(f, b'a' * 65536)", "is not allowed");
	tree_refused("e(d, b'..', tree(e(f, b'x')))", "is not allowed");
	tree_refused("e(d, b'sub', tree(e(f, b'..')))",
		     "tree 'sub/': name '..' in a tree is not allowed");
}

Test(manifest, refuses_doubled_names)
{
	make_repo("r");
	tree_refused("e(f, b'a') + e(f, b'a')", "is there twice");
	tree_refused("e(f, b'a') + e(b'120000', b'a')", "is there twice");
	tree_refused("e(d, b'a', empty) + e(d, b'a', empty)", "is there twice");
	tree_refused("e(f, b'a') + e(d, b'a', tree(e(f, b'x')))",
		     "is there twice");
	tree_refused("e(f, b'a') + e(f, b'a-b') + e(f, b'a.') + "
		     "e(d, b'a', empty)",
		     "is there twice");
	tree_refused("e(b'160000', b'a') + e(f, b'a-') + e(f, b'a--') + "
		     "e(d, b'a-', empty)",
		     "is there twice");
	tree_refused("e(b'160000', b'a') + e(f, b'a!') + e(f, b'a\"') + "
		     "e(d, b'a', empty)",
		     "is there twice");
}

Test(manifest, takes_names_that_only_begin_alike)
{
	struct intoto_error err = { 0 };
	struct manifest *manifest = NULL;
	struct oid tree;

	make_repo("r");
	tree = make_tree("e(f, b'a') + e(f, b'a-') + e(f, b'a-b') + "
			 "e(d, b'a.d', tree(e(f, b'x'))) + e(f, b'a0') + "
			 "e(d, b'b', tree(e(f, b'x'))) + e(f, b'b0')");
	scoped(repo) repo = open_repo();
	cr_assert_eq(manifest_record(&manifest, repo, &tree, NULL, &err), 0,
		     "%s", err.message);
	cr_assert_eq(manifest->n, 7);
	manifest_free(manifest);
}

Test(manifest, refuses_a_tree_that_is_not_in_order)
{
	make_repo("r");
	tree_refused("e(f, b'b') + e(f, b'a')", "is not in order");
	tree_refused("e(d, b'a', empty) + e(f, b'a-b')", "is not in order");
	tree_refused("e(f, b'a0') + e(d, b'a', empty)", "is not in order");
}

Test(manifest, refuses_modes_that_git_does_not_write)
{
	make_repo("r");
	tree_refused("e(b'100666', b'a')", "mode 100666 of 'a'");
	tree_refused("e(b'100600', b'a')", "mode 100600");
	tree_refused("e(b'104755', b'a')", "mode 104755");
	tree_refused("e(b'0', b'a')", "mode 000000");
	tree_refused("e(b'20000', b'a')", "mode 020000");
	tree_refused("e(b'40755', b'a')", "mode 040755");
	tree_refused("e(b'120777', b'a')", "mode 120777");
	tree_refused("e(b'1006440', b'a')", "malformed tree");
	tree_refused("e(b'1x', b'a')", "malformed tree");
	tree_refused("e(f, b'a')[:-1]", "malformed tree");
}

Test(manifest, refuses_entries_of_the_wrong_type)
{
	struct oid blob;

	make_repo("r");
	tree_refused("e(d, b'a', blob)", "tree 'a/': object");
	tree_refused("e(f, b'a', tree(e(f, b'x')))", "'a': object");
	blob = oid_of("HEAD:file");
	not_recorded(&blob, INTOTO_EINVALID, "is a blob, not a tree");
}

Test(manifest, names_the_first_missing_blob_and_the_missing_tree)
{
	struct oid tree;

	make_repo("r");
	tree = make_tree("e(f, b'a') + e(f, b'b', bytes(20)) + "
			 "e(f, b'c', b'x' * 20)");
	not_recorded(&tree, INTOTO_ENOTFOUND, "'b': object '00000000");
	tree = make_tree("e(f, b'a') + e(d, b'sub', b'y' * 20)");
	not_recorded(&tree, INTOTO_ENOTFOUND, "tree 'sub/': object '7979");
}

Test(manifest, refuses_a_corrupt_blob_unless_ids_are_not_checked)
{
	const struct manifest_options no_check = { .no_check = true };
	scoped_text hex = NULL;
	char found[SHA256_HEX_SIZE];
	struct oid tree;

	make_repo("r");
	tree = oid_of("HEAD^{tree}");
	hex = sh_out(
		"d=.git/objects && id=$(echo evil | git hash-object -w "
		"--stdin) && mv -f $d/$(echo $id | cut -c1-2)/$(echo $id | "
		"cut -c3-) "
		"$d/ce/013625030ba8dba906f756967f9e9ca394464a &&"
		"echo evil | sha256sum | cut -c1-64");
	not_recorded(&tree, INTOTO_EINVALID,
		     "'file': object 'ce013625030ba8dba906f756967f9e9ca394464a'"
		     " is corrupt");
	scoped(repo) repo = open_repo();
	scoped(manifest) manifest = record_with(repo, "HEAD^{tree}", &no_check);
	hex_encode(found, manifest->entries[0].sha256, SHA256_SIZE);
	cr_assert_str_eq(found, hex);
}

Test(manifest, replaced_objects_are_read_as_they_were)
{
	scoped_text before = NULL;

	make_repo("r");
	scoped(repo) repo = open_repo();
	scoped(manifest) manifest = record(repo, "HEAD^{tree}");
	before = xstrdup(manifest->digest);
	sh("echo evil >file && git add file && git commit -qm evil && "
	   "git replace HEAD~1^{tree} HEAD^{tree} &&"
	   "git replace HEAD~1:file HEAD:file");
	scoped(repo) again = open_repo();
	scoped(manifest) other = NULL;
	struct intoto_error err = { 0 };
	struct oid tree;
	scoped_text hex = sh_out("git --no-replace-objects rev-parse "
				 "HEAD~1^{tree}");

	cr_assert(oid_parse(&tree, hex, strlen(hex)));
	cr_assert_eq(manifest_record(&other, again, &tree, NULL, &err), 0);
	cr_assert_str_eq(other->digest, before);
}

/* 2^40 paths, and 2^40 folders without a path, from forty small objects. */
Test(manifest, of_a_tree_bomb_ends_with_a_limit)
{
	struct oid tree;

	make_repo("r");
	tree = make_tree("__import__('functools').reduce(lambda t, _: "
			 "e(d, b'a', tree(t)) + e(d, b'b', tree(t)), "
			 "range(20), e(f, b'x'))");
	not_recorded(&tree, INTOTO_ELIMIT, "the tree has more than 1000000");
	tree = make_tree("__import__('functools').reduce(lambda t, _: "
			 "e(d, b'a', tree(t)) + e(d, b'b', tree(t)), "
			 "range(20), b'')");
	not_recorded(&tree, INTOTO_ELIMIT,
		     "the tree has more than 1000000 folders");
}

/* One fast-import makes 5000 levels where 5000 processes would take long. */
Test(manifest, deeper_than_4096_levels_is_a_limit)
{
	struct oid tree;

	make_repo("r");
	sh("python3 - <<'EOT' | git fast-import --quiet\n"
	   "print('commit refs/heads/deep')\n"
	   "print('committer A <a@b> 1 +0000\\ndata 1\\nx')\n"
	   "print('M 100644 inline ' + 'a/' * 4095 + 'f\\ndata 1\\ny')\n"
	   "print('commit refs/heads/deeper')\n"
	   "print('committer A <a@b> 1 +0000\\ndata 1\\nx')\n"
	   "print('M 100644 inline ' + 'a/' * 4096 + 'f\\ndata 1\\ny')\n"
	   "EOT");
	scoped(repo) repo = open_repo();
	scoped(manifest) manifest = record(repo, "deep^{tree}");
	cr_assert_eq(manifest->n, 1);
	cr_assert_eq(manifest->entries[0].path_len, 2 * 4095 + 1);
	tree = oid_of("deeper^{tree}");
	not_recorded(&tree, INTOTO_ELIMIT, "more than 4096 levels");
}

/* 3000 blobs, of which some are the same, large or deltas. */
static void make_many(void)
{
	make_repo("r");
	sh("python3 - <<'EOT' | git fast-import --quiet\n"
	   "print('commit refs/heads/many')\n"
	   "print('committer A <a@b> 1 +0000\\ndata 1\\nx')\n"
	   "for i in range(3000):\n"
	   "    text = 'x' * 300000 + str(i) if i %% 1000 == 7 else \\\n"
	   "        'same' if i %% 50 == 3 else \\\n"
	   "        'line\\n' * (i %% 97) + str(i)\n"
	   "    print('M 100644 inline d%%d/f%%d\\ndata %%d\\n%%s' %%\n"
	   "        (i %% 13, i, len(text), text))\n"
	   "EOT");
}

struct progress {
	pthread_t thread;
	size_t calls;
	size_t done;
	size_t total;
};

static void note_progress(size_t done, size_t total, void *data)
{
	struct progress *progress = data;

	cr_assert(pthread_equal(pthread_self(), progress->thread));
	cr_assert_leq(done, total);
	progress->calls++;
	progress->done = done;
	progress->total = total;
}

Test(manifest, is_the_same_with_any_number_of_workers)
{
	scoped_text sums = NULL;
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_text digest = NULL;

	make_many();
	sums = sh_out(
		"git archive many | tar -xf - -C ../tmp && cd ../tmp &&"
		"find d* -type f | LC_ALL=C sort | xargs sha256sum; echo");
	scoped(repo) repo = open_repo();
	for (unsigned workers = 0; workers <= 9; workers++) {
		struct progress progress = { .thread = pthread_self() };
		const struct manifest_options options = {
			.workers = workers,
			.no_check = workers == 5,
			.progress = note_progress,
			.progress_data = &progress,
		};
		scoped(manifest) manifest =
			record_with(repo, "many^{tree}", &options);

		if (!digest)
			digest = xstrdup(manifest->digest);
		cr_assert_str_eq(manifest->digest, digest);
		cr_assert_leq(progress.done, progress.total);
		if (workers == 1)
			cr_assert_eq(progress.done, progress.total);
		if (workers != 2)
			continue;
		for (size_t i = 0; i < manifest->n; i++) {
			hex_append(&text, manifest->entries[i].sha256,
				   SHA256_SIZE);
			buffer_printf(&text, "  %s\n",
				      manifest->entries[i].path);
		}
		cr_assert_str_eq(buffer_text(&text), sums);
	}
}

Test(manifest, is_the_same_loose_packed_and_in_both)
{
	scoped_text digest = NULL;

	make_many();
	for (int i = 0; i < 4; i++) {
		static const char *const scripts[] = {
			"true",
			("mv .git/objects/pack/*.pack p && "
			 "rm -f .git/objects/pack/* && "
			 "git unpack-objects -q <p"),
			("git rev-list --objects many | head -n 1500 | "
			 "cut -c1-40 | git pack-objects -q "
			 ".git/objects/pack/pack >/dev/null &&"
			 "git prune-packed -q"),
			("git repack -qad && git repack -qadf --depth=3 && "
			 "git multi-pack-index write"),
		};

		sh("%s", scripts[i]);
		scoped(repo) repo = open_repo();
		scoped(manifest) manifest = record(repo, "many^{tree}");
		if (!digest)
			digest = xstrdup(manifest->digest);
		cr_assert_str_eq(manifest->digest, digest, "after %s",
				 scripts[i]);
	}
}

Test(manifest, with_many_failures_names_the_first_path)
{
	struct oid tree;

	make_many();
	tree = oid_of("many^{tree}");
	sh("mv .git/objects/pack/*.pack p && rm -f .git/objects/pack/* &&"
	   "git unpack-objects -q <p &&"
	   "for f in d0/f1456 d10/f10 d12/f2586 d3/f29; do "
	   "h=$(git rev-parse many:$f) &&"
	   "rm -f .git/objects/$(echo $h | cut -c1-2)/$(echo $h | cut -c3-);"
	   "done");
	for (unsigned workers = 1; workers <= 4; workers++) {
		const struct manifest_options options = { .workers = workers };

		not_recorded_with(&tree, &options, INTOTO_ENOTFOUND,
				  "'d0/f1456': object '");
	}
}

Test(manifest, of_a_pack_index_that_makes_no_sense_is_right_or_refused)
{
	struct oid tree;
	scoped_text digest = NULL;
	scoped_text path = NULL;
	scoped_value(buffer) index = BUFFER_INIT;
	struct intoto_error err = { 0 };
	size_t offsets;

	make_repo("r");
	sh("for i in 1 2 3 4 5 6 7 8; do seq $i 50 >f$i; done; git add . &&"
	   "git commit -qm two && git repack -qad");
	tree = oid_of("HEAD^{tree}");
	{
		scoped(repo) repo = open_repo();
		scoped(manifest) manifest = record(repo, "HEAD^{tree}");

		digest = xstrdup(manifest->digest);
	}
	path = sh_out("ls .git/objects/pack/*.idx");
	cr_assert_eq(file_read(&index, path, 1 << 20, &err), 0);
	/* libgit2 does not survive an offset that lies outside of the pack,
	 * so those are given to our own parser alone. */
	offsets = 1032 + (index.len - 1072) / 28 * 24;
	for (size_t at = 0; at < index.len; at += 3) {
		struct manifest *manifest = NULL;
		struct pack_place place = { .oid = &tree };
		scoped_value(strlist) packs = STRLIST_INIT;
		scoped(repo) repo = NULL;

		index.data[at] ^= (char)0x85;
		sh("rm -f %s", path);
		cr_assert_eq(file_write(path, index.data, index.len, 0600,
					&err),
			     0);
		index.data[at] ^= (char)0x85;
		cr_assert_eq(repo_open(&repo, REPO_OPEN_USER, &err), 0);
		pack_order_find(&packs, &place, 1, repo);
		if (at < offsets &&
		    manifest_record(&manifest, repo, &tree, NULL, &err) == 0)
			cr_assert_str_eq(manifest->digest, digest);
		manifest_free(manifest);
	}
	for (size_t len = 0; len < index.len; len += 97) {
		struct pack_place place = { .oid = &tree };
		scoped_value(strlist) packs = STRLIST_INIT;
		scoped(repo) repo = NULL;

		sh("rm -f %s", path);
		cr_assert_eq(file_write(path, index.data, len, 0600, &err), 0);
		cr_assert_eq(repo_open(&repo, REPO_OPEN_USER, &err), 0);
		pack_order_find(&packs, &place, 1, repo);
		cr_assert_eq(place.pack, PACK_NONE);
	}
}

Test(manifest, offsets_are_those_of_git)
{
	scoped_text expected = NULL;
	struct oid oid;
	struct pack_place places[2];

	make_repo("r");
	sh("git repack -qad");
	oid = oid_of("HEAD:file");
	expected = sh_out("git show-index <$(ls .git/objects/pack/*.idx) | "
			  "grep ce013625030ba8dba906f756967f9e9ca394464a | "
			  "cut -d' ' -f1");
	scoped(repo) repo = open_repo();
	struct oid absent = oid_null();
	scoped_value(strlist) packs = STRLIST_INIT;

	places[0] = (struct pack_place){ .oid = &absent };
	places[1] = (struct pack_place){ .oid = &oid };
	pack_order_find(&packs, places, 2, repo);
	cr_assert_eq(places[0].pack, PACK_NONE);
	cr_assert_eq(places[1].pack, 0);
	cr_assert_eq(places[1].offset, (uint64_t)atoi(expected));
	cr_assert_lt(pack_place_compare(&places[1], &places[0]), 0);
}

Test(manifest, as_artifacts_has_symlinks_and_gitlinks)
{
	struct intoto_error err = { 0 };
	scoped(artifacts) set = NULL;
	struct artifact artifact;
	uint8_t sum[SHA256_SIZE];

	make_repo("r");
	sh("ln -s file link && git add link && git update-index --add "
	   "--cacheinfo 160000,1234567890123456789012345678901234567890,sub &&"
	   "git commit -qm two");
	scoped(repo) repo = open_repo();
	scoped(manifest) manifest = record(repo, "HEAD^{tree}");
	cr_assert_eq(manifest_artifacts(&set, manifest, &err), 0, "%s",
		     err.message);
	cr_assert_eq(artifacts_count(set), 3);
	artifact = artifacts_at(set, 1);
	sha256(sum, "file", 4);
	cr_assert_str_eq(artifact.name, "link");
	cr_assert_eq(memcmp(artifact.sha256, sum, sizeof(sum)), 0);
	artifact = artifacts_at(set, 2);
	cr_assert_null(artifact.sha256);
	cr_assert_str_eq(artifact.canonical,
			 "{\"gitCommit\":"
			 "\"1234567890123456789012345678901234567890\"}");
}

Test(manifest, with_names_that_are_no_utf8_is_no_set_of_artifacts)
{
	struct intoto_error err = { 0 };
	struct artifacts *set = NULL;

	make_repo("r");
	sh("for i in 1 2 3 4; do touch \"$(printf \"\\\\377$i\")\"; done; "
	   "git add . && git commit -qm two");
	scoped(repo) repo = open_repo();
	scoped(manifest) manifest = record(repo, "HEAD^{tree}");
	cr_assert_eq(manifest->n, 5);
	cr_assert_eq(manifest_artifacts(&set, manifest, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert_str_eq(err.message,
			 "4 paths are no UTF-8, so no link can name them: "
			 "'\\xff1', '\\xff2', '\\xff3', ...");
}

Test(manifest, works_bare_and_in_a_shallow_clone)
{
	make_repo("r");
	sh("git commit -q --allow-empty -m two &&"
	   "git clone -q --bare --depth=1 \"file://$PWD\" ../shallow.git");
	scoped(repo) repo = open_repo();
	scoped(manifest) manifest = record(repo, "HEAD^{tree}");
	cr_assert_eq(chdir("../shallow.git"), 0);
	scoped(repo) shallow = open_repo();
	scoped(manifest) other = record(shallow, "HEAD^{tree}");
	cr_assert_str_eq(manifest->digest, other->digest);
}
