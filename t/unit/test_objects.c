/* test_objects.c: objects are what their ids say, or they are refused. */
#include <sys/stat.h>

#include "git_tools.h"

TestSuite(objects, .init = scratch_begin, .fini = scratch_end);

static struct oid parse(const char *hex)
{
	struct oid oid;

	cr_assert(oid_parse(&oid, hex, strlen(hex)), "%s", hex);
	return oid;
}

static void read_fails(struct repo *repo, const struct oid *oid,
		       enum intoto_code code, const char *words)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	enum object_type type;

	cr_assert_eq(object_read(&out, &type, repo, oid, 1 << 20, &err), -1);
	cr_assert_eq(err.code, code, "%s", err.message);
	cr_assert(strstr(err.message, words), "%s", err.message);
}

Test(objects, ids_are_forty_or_sixty_four_lower_case_digits)
{
	static const char sixty_four[] = "0123456789abcdef0123456789abcdef"
					 "0123456789abcdef0123456789abcdef";
	struct oid oid;
	char hex[OID_HEX_SIZE];

	cr_assert(oid_parse(&oid, sixty_four, 40));
	cr_assert_eq(oid.size, 20);
	oid_hex(hex, &oid);
	cr_assert_eq(strlen(hex), 40);
	cr_assert_eq(memcmp(hex, sixty_four, 40), 0);
	cr_assert(oid_parse(&oid, sixty_four, 64));
	cr_assert_eq(oid.size, 32);
	cr_assert_not(oid_parse(&oid, sixty_four, 39));
	cr_assert_not(oid_parse(&oid, sixty_four, 41));
	cr_assert_not(oid_parse(&oid, sixty_four, 0));
	cr_assert_not(oid_parse(&oid,
				"0123456789ABCDEF0123456789abcdef01234567",
				40));
	cr_assert_not(oid_parse(&oid,
				"0123456789abcdeg0123456789abcdef01234567",
				40));
}

Test(objects, the_null_id_is_forty_zeros)
{
	struct oid null = oid_null();
	struct oid other = null;
	char hex[OID_HEX_SIZE];

	oid_hex(hex, &null);
	cr_assert_str_eq(hex, "0000000000000000000000000000000000000000");
	cr_assert(oid_is_null(&null));
	cr_assert(oid_equal(&null, &other));
	other.bytes[19] = 1;
	cr_assert_not(oid_is_null(&other));
	cr_assert_not(oid_equal(&null, &other));
	other = null;
	other.size = 32;
	cr_assert_not(oid_equal(&null, &other));
}

static void reads_every_type(struct repo *repo)
{
	static const struct {
		const char *name;
		enum object_type type;
	} cases[] = {
		{ "HEAD", OBJECT_COMMIT },
		{ "HEAD^{tree}", OBJECT_TREE },
		{ "HEAD:file", OBJECT_BLOB },
		{ "refs/tags/v1", OBJECT_TAG },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct intoto_error err = { 0 };
		scoped_value(buffer) out = BUFFER_INIT;
		scoped_text size_text =
			sh_out("git cat-file -s '%s'", cases[i].name);
		struct oid oid = oid_of(cases[i].name);
		enum object_type type;
		size_t size;

		cr_assert_eq(object_read(&out, &type, repo, &oid, 1 << 20,
					 &err),
			     0, "%s", err.message);
		cr_assert_eq(type, cases[i].type);
		cr_assert_eq(out.len, (size_t)atoi(size_text));
		cr_assert_eq(object_stat(&type, &size, repo, &oid, &err), 0);
		cr_assert_eq(type, cases[i].type);
		cr_assert_eq(size, out.len);
	}
}

Test(objects, every_type_is_read_loose_and_packed)
{
	make_repo("r");
	sh("git tag -a -m x v1");
	scoped(repo) loose = open_repo();
	reads_every_type(loose);
	sh("git repack -qad && git prune-packed");
	reads_every_type(loose);
	scoped(repo) packed = open_repo();
	reads_every_type(packed);
}

Test(objects, a_missing_one_is_not_found)
{
	struct intoto_error err = { 0 };
	struct oid oid = parse("1234567890123456789012345678901234567890");
	enum object_type type;
	size_t size;

	make_repo("r");
	scoped(repo) repo = open_repo();
	read_fails(repo, &oid, INTOTO_ENOTFOUND,
		   "object '1234567890123456789012345678901234567890' is "
		   "missing");
	cr_assert_eq(object_stat(&type, &size, repo, &oid, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_str_empty(err.hint);
}

Test(objects, one_that_comes_later_is_found)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	struct oid oid = parse("257cc5642cb1a054f08cc83f2d943e56fd3ebe99");

	make_repo("r");
	scoped(repo) repo = open_repo();
	read_fails(repo, &oid, INTOTO_ENOTFOUND, "missing");
	sh("echo foo | git hash-object -w --stdin");
	cr_assert_eq(object_read_as(&out, repo, &oid, OBJECT_BLOB, 10, &err), 0,
		     "%s", err.message);
	cr_assert_str_eq(buffer_text(&out), "foo\n");
}

Test(objects, an_id_of_another_length_is_refused)
{
	struct oid oid = { .size = 32 };

	make_repo("r");
	scoped(repo) repo = open_repo();
	read_fails(repo, &oid, INTOTO_EINVALID, "32 bytes");
}

Test(objects, what_a_partial_or_shallow_clone_lacks_has_a_hint)
{
	struct intoto_error err = { 0 };
	struct oid oid = parse("1234567890123456789012345678901234567890");
	enum object_type type;
	size_t size;

	make_repo("r");
	sh("git commit -q --allow-empty -m two && git config "
	   "uploadpack.allowFilter true &&"
	   "git clone -q --depth=1 \"file://$PWD\" ../shallow &&"
	   "git clone -q --no-checkout --filter=blob:none \"file://$PWD\" "
	   "../partial");
	cr_assert_eq(chdir("../shallow"), 0);
	scoped(repo) shallow = open_repo();
	cr_assert(shallow->shallow);
	cr_assert_eq(object_stat(&type, &size, shallow, &oid, &err), -1);
	cr_assert_str_eq(err.hint, "git fetch --unshallow");
	/* Without its remote, what a partial clone lacks cannot be had. */
	cr_assert_eq(chdir("../partial"), 0);
	sh("git remote set-url origin /nowhere");
	scoped(repo) partial = open_repo();
	oid = parse("ce013625030ba8dba906f756967f9e9ca394464a");
	cr_assert_eq(object_stat(&type, &size, partial, &oid, &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD, "%s", err.message);
	/* A server fetches nothing. */
	scoped(repo) server = NULL;
	cr_assert_eq(repo_open(&server, REPO_OPEN_SERVER_HOOK, &err), 0, "%s",
		     err.message);
	cr_assert_eq(object_stat(&type, &size, server, &oid, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND, "%s", err.message);
	cr_assert(strstr(err.hint, "git fetch --refetch"), "%s", err.hint);
}

Test(objects, what_a_partial_clone_lacks_is_fetched)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	struct oid oid = parse("ce013625030ba8dba906f756967f9e9ca394464a");
	scoped_text missing = NULL;

	make_repo("r");
	sh("git config uploadpack.allowFilter true &&"
	   "git config uploadpack.allowAnySHA1InWant true &&"
	   "git clone -q --no-checkout --filter=blob:none \"file://$PWD\" "
	   "../partial");
	cr_assert_eq(chdir("../partial"), 0);
	missing = sh_out("git rev-list --objects --missing=print HEAD |"
			 "grep -c '^?'");
	cr_assert_str_eq(missing, "1");
	scoped(repo) repo = open_repo();
	cr_assert_eq(repo->promisors.n, 1);
	cr_assert_str_eq(repo->promisors.items[0], "origin");
	cr_assert_eq(object_read_as(&out, repo, &oid, OBJECT_BLOB, 100, &err),
		     0, "%s", err.message);
	cr_assert_str_eq(out.data, "hello\n");
}

Test(objects, one_over_the_limit_is_not_read)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	struct oid oid;

	make_repo("r");
	oid = oid_of("HEAD:file");
	scoped(repo) repo = open_repo();
	cr_assert_eq(object_read_as(&out, repo, &oid, OBJECT_BLOB, 6, &err), 0);
	cr_assert_eq(object_read_as(&out, repo, &oid, OBJECT_BLOB, 5, &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_str_eq(out.data, "hello\n");
}

Test(objects, one_of_another_type_is_refused)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	struct oid oid;

	make_repo("r");
	oid = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	cr_assert_eq(object_read_as(&out, repo, &oid, OBJECT_TREE, 1000, &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_EINVALID);
	cr_assert(strstr(err.message, "is a commit, not a tree"), "%s",
		  err.message);
}

/* A loose object in the place of another: git prints it without a word. */
Test(objects, a_swapped_loose_object_is_refused)
{
	struct oid oid = parse("ce013625030ba8dba906f756967f9e9ca394464a");

	make_repo("r");
	sh("id=$(echo evil | git hash-object -w --stdin) &&"
	   "d=.git/objects && f=$d/ce/013625030ba8dba906f756967f9e9ca394464a &&"
	   "chmod u+w $f &&"
	   "cp $d/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-) $f");
	scoped(repo) repo = open_repo();
	read_fails(repo, &oid, INTOTO_EINVALID, "is corrupt");
}

#define HELLO "ce013625030ba8dba906f756967f9e9ca394464a"
#define HELLO_FILE ".git/objects/ce/013625030ba8dba906f756967f9e9ca394464a"

/* A loose file in the place of "hello\n", with these bytes packed by zlib. */
static void make_loose(const char *bytes)
{
	sh("printf '%s' | python3 -c 'import sys, zlib; sys.stdout.buffer."
	   "write(zlib.compress(sys.stdin.buffer.read()))' >new &&"
	   "mv -f new " HELLO_FILE,
	   bytes);
}

Test(objects, a_loose_one_is_refused_at_every_cut, .timeout = 60)
{
	struct oid oid = parse(HELLO);

	make_repo("r");
	sh("cp " HELLO_FILE " whole");
	for (int len = 0; len < 21; len++) {
		sh("head -c %d whole >cut && mv -f cut " HELLO_FILE, len);
		scoped(repo) repo = open_repo();
		read_fails(repo, &oid, INTOTO_EINVALID,
			   "object '" HELLO "' is corrupt: it is cut short");
	}
}

Test(objects, a_loose_one_is_as_long_as_it_says)
{
	static const char *const bytes[] = {
		"blob 6\\000hello",	     "blob 6\\000hello\\nx",
		"blob 0\\000hello\\n",	     "blob 5\\000hello\\n",
		"blob 7\\000hello\\n",	     "blob 1000000\\000hello\\n",
		"blob 1048577\\000hello\\n",
	};
	struct oid oid = parse(HELLO);

	make_repo("r");
	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		struct intoto_error err = { 0 };
		scoped_value(buffer) out = BUFFER_INIT;
		enum object_type type;

		make_loose(bytes[i]);
		scoped(repo) repo = open_repo();
		cr_assert_eq(object_read(&out, &type, repo, &oid, 1 << 20,
					 &err),
			     -1, "%s", bytes[i]);
		cr_assert_eq(err.code, i + 1 == ARRAY_SIZE(bytes)
					       ? INTOTO_ELIMIT
					       : INTOTO_EINVALID);
	}
}

Test(objects, a_loose_one_with_a_header_that_is_none_is_refused)
{
	static const char *const bytes[] = {
		"",
		"blob",
		"blob 6",
		"blob 6 hello\\n",
		"blob\\0006\\000hello\\n",
		"blob 06\\000hello\\n",
		"blob -6\\000hello\\n",
		"blob +6\\000hello\\n",
		"blob  6\\000hello\\n",
		"blob 6 \\000hello\\n",
		"blob \\000hello\\n",
		"Blob 6\\000hello\\n",
		"blobs 6\\000hello\\n",
		"blo 6\\000hello\\n",
		" 6\\000hello\\n",
		"blob 99999999999999999999\\000hello\\n",
		"blob 0000000000000000000000000000000000006\\000hello\\n",
	};
	struct oid oid = parse(HELLO);

	make_repo("r");
	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		make_loose(bytes[i]);
		scoped(repo) repo = open_repo();
		read_fails(repo, &oid, INTOTO_EINVALID, "is corrupt");
	}
}

Test(objects, bytes_behind_a_loose_one_are_refused)
{
	struct oid oid = parse(HELLO);

	make_repo("r");
	sh("chmod u+w " HELLO_FILE " && echo more >>" HELLO_FILE);
	scoped(repo) repo = open_repo();
	read_fails(repo, &oid, INTOTO_EINVALID, "bytes follow it");
}

Test(objects, a_loose_one_that_is_no_file_is_refused, .timeout = 60)
{
	struct oid oid = parse(HELLO);

	make_repo("r");
	sh("rm -f " HELLO_FILE " && mkfifo " HELLO_FILE);
	scoped(repo) repo = open_repo();
	read_fails(repo, &oid, INTOTO_EINVALID, "no regular file");
}

Test(objects, a_good_packed_one_stands_in_for_a_damaged_loose_one)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	struct oid oid = parse(HELLO);
	enum object_type type;
	size_t size;

	make_repo("r");
	sh("git repack -qa && chmod u+w " HELLO_FILE " && : >" HELLO_FILE);
	scoped(repo) repo = open_repo();
	cr_assert_eq(object_read(&out, &type, repo, &oid, 100, &err), 0, "%s",
		     err.message);
	cr_assert_str_eq(buffer_text(&out), "hello\n");
	cr_assert_eq(object_stat(&type, &size, repo, &oid, &err), 0);
	cr_assert_eq(size, 6);
}

/* Reads `oid`: all of `expected`, or a refusal. */
static bool reads_or_refuses(const struct oid *oid, const char *expected)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	scoped(repo) repo = NULL;

	cr_assert_eq(repo_open(&repo, REPO_OPEN_USER, &err), 0);
	if (object_read_as(&out, repo, oid, OBJECT_BLOB, 1 << 20, &err) == 0) {
		cr_assert_str_eq(buffer_text(&out), expected);
		return true;
	}
	cr_assert(err.code == INTOTO_EINVALID || err.code == INTOTO_ENOTFOUND ||
			  err.code == INTOTO_ELIMIT,
		  "%d %s", err.code, err.message);
	return false;
}

Test(objects, a_damaged_pack_never_gives_other_bytes, .timeout = 120)
{
	scoped_text path = NULL;
	scoped_text text = NULL;
	scoped_value(buffer) pack = BUFFER_INIT;
	struct intoto_error err = { 0 };
	struct oid base;
	int refused = 0;

	make_repo("r");
	sh("seq 1 90 >file && git commit -qam two && seq 1 91 >file &&"
	   "git commit -qam three && git repack -qadf");
	path = sh_out("ls .git/objects/pack/*.pack");
	text = sh_out("seq 1 90; echo");
	base = oid_of("HEAD~1:file"); /* a delta against the newer one */
	cr_assert_eq(file_read(&pack, path, 1 << 20, &err), 0);
	cr_assert(reads_or_refuses(&base, text));
	for (size_t at = 0; at < pack.len; at += 5) {
		pack.data[at] ^= 0x41;
		sh("rm -f %s", path);
		cr_assert_eq(file_write(path, pack.data, pack.len, 0600, &err),
			     0);
		refused += !reads_or_refuses(&base, text);
		pack.data[at] ^= 0x41;
	}
	cr_assert_gt(refused, 10);
	for (size_t len = 0; len < pack.len; len += 50) {
		sh("rm -f %s", path);
		cr_assert_eq(file_write(path, pack.data, len, 0600, &err), 0);
		cr_assert_not(reads_or_refuses(&base, text));
	}
}

Test(objects, replacements_and_grafts_have_no_effect)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	scoped_value(commit_info) commit = { 0 };
	struct oid blob = parse("ce013625030ba8dba906f756967f9e9ca394464a");
	struct oid head;
	bool is;

	make_repo("r");
	sh("git commit -q --allow-empty -m two &&"
	   "git replace ce013625030ba8dba906f756967f9e9ca394464a "
	   "$(echo evil | git hash-object -w --stdin) &&"
	   "git rev-parse HEAD >.git/info/grafts");
	head = oid_of("HEAD");
	scoped(repo) repo = open_repo();
	cr_assert_eq(object_read_as(&out, repo, &blob, OBJECT_BLOB, 100, &err),
		     0);
	cr_assert_str_eq(buffer_text(&out), "hello\n");
	cr_assert_eq(commit_read(&commit, repo, &head, &err), 0);
	cr_assert_eq(commit.n_parents, 1);
	cr_assert_eq(commit_is_ancestor(&is, repo, &commit.parents[0], &head,
					&err),
		     0, "%s", err.message);
	cr_assert(is);
}

static void writes_as_git(void)
{
	struct intoto_error err = { 0 };
	scoped(repo) repo = open_repo();
	scoped_text text = NULL;
	struct oid oid;
	char hex[OID_HEX_SIZE];

	cr_assert_eq(object_write(&oid, repo, OBJECT_BLOB, "a\0b\n", 4, &err),
		     0, "%s", err.message);
	oid_hex(hex, &oid);
	text = sh_out("git cat-file blob %s | od -An -c | tr -d ' '", hex);
	cr_assert_str_eq(text, "a\\0b\\n");
	cr_assert_eq(object_write(&oid, repo, OBJECT_BLOB, "", 0, &err), 0,
		     "%s", err.message);
	oid_hex(hex, &oid);
	cr_assert_str_eq(hex, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
	sh("git fsck --strict");
}

Test(objects, what_is_written_git_reads)
{
	make_repo("r");
	writes_as_git();
}

Test(objects, in_a_shared_repository_the_group_may_write)
{
	scoped_text modes = NULL;

	umask(022);
	sh("git init -q --shared=group r");
	cr_assert_eq(chdir("r"), 0);
	writes_as_git();
	modes = sh_out("stat -c %%a .git/objects/e6 | tail -c 4");
	cr_assert_str_eq(modes, "775");
}

static struct oid write_commit(struct repo *repo, const char *text)
{
	struct intoto_error err = { 0 };
	struct oid oid;

	cr_assert_eq(object_write(&oid, repo, OBJECT_COMMIT, text, strlen(text),
				  &err),
		     0, "%s", err.message);
	return oid;
}

#define TREE "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
#define PARENT "parent 1234567890123456789012345678901234567890\n"
#define AUTHOR "author A <a@b> 1 +0000\n"
#define COMMITTER "committer C <c@d> 1700000000 +0100\n"

Test(objects, a_commit_tells_tree_parents_and_time)
{
	struct intoto_error err = { 0 };
	scoped_value(commit_info) commit = { 0 };
	struct oid oid;

	make_repo("r");
	scoped(repo) repo = open_repo();
	oid = write_commit(repo, TREE PARENT PARENT AUTHOR COMMITTER
			   "gpgsig x\n y\n\nparent z\n");
	cr_assert_eq(commit_read(&commit, repo, &oid, &err), 0, "%s",
		     err.message);
	cr_assert_eq(commit.n_parents, 2);
	cr_assert_eq(commit.parents[1].bytes[0], 0x12);
	cr_assert_eq(commit.tree.bytes[0], 0x4b);
	cr_assert_eq(commit.time, 1700000000);
}

Test(objects, a_malformed_commit_is_refused)
{
	static const char *const texts[] = {
		"",
		TREE,
		TREE PARENT,
		TREE AUTHOR,
		TREE AUTHOR "committer",
		TREE AUTHOR "committer C <c@d> 1 +0000",
		PARENT TREE AUTHOR COMMITTER "\n",
		TREE TREE AUTHOR COMMITTER "\n",
		TREE AUTHOR PARENT COMMITTER "\n",
		"tree 4B825DC642cb6eb9a060e54bf8d69288fbee4904\n" AUTHOR
			COMMITTER "\n",
		"tree 4b825dc642cb6eb9a060e54bf8d69288fbee490\n" AUTHOR
			COMMITTER "\n",
		TREE "parent 12\n" AUTHOR COMMITTER "\n",
	};

	make_repo("r");
	scoped(repo) repo = open_repo();
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct intoto_error err = { 0 };
		scoped_value(commit_info) commit = { 0 };
		struct oid oid = write_commit(repo, texts[i]);

		cr_assert_eq(commit_read(&commit, repo, &oid, &err), -1, "%s",
			     texts[i]);
		cr_assert_eq(err.code, INTOTO_EINVALID);
		cr_assert(strstr(err.message, "is malformed"));
	}
}

Test(objects, an_odd_date_in_an_old_commit_is_no_error)
{
	static const char *const texts[] = {
		TREE AUTHOR "committer C <c@d>\n\n",
		TREE AUTHOR "committer C c@d 1 +0000\n\n",
		TREE AUTHOR "committer C <c@d> 99999999999999999999 +0\n\n",
		TREE AUTHOR "committer C <c@d> -5 +0000\n\n",
	};

	make_repo("r");
	scoped(repo) repo = open_repo();
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct intoto_error err = { 0 };
		scoped_value(commit_info) commit = { 0 };
		struct oid oid = write_commit(repo, texts[i]);

		cr_assert_eq(commit_read(&commit, repo, &oid, &err), 0, "%s",
			     err.message);
		cr_assert_eq(commit.time, 0);
	}
}

Test(objects, ancestors_are_told_from_strangers)
{
	struct intoto_error err = { 0 };
	struct oid first;
	struct oid last;
	struct oid side;
	struct oid absent = parse("1234567890123456789012345678901234567890");
	bool is = false;

	make_repo("r");
	first = oid_of("HEAD");
	sh("git commit -q --allow-empty -m two && git branch side &&"
	   "git commit -q --allow-empty -m three && git checkout -q side &&"
	   "git commit -q --allow-empty -m four");
	last = oid_of("main");
	side = oid_of("side");
	scoped(repo) repo = open_repo();
	cr_assert_eq(commit_is_ancestor(&is, repo, &first, &last, &err), 0);
	cr_assert(is);
	cr_assert_eq(commit_is_ancestor(&is, repo, &last, &last, &err), 0);
	cr_assert(is);
	cr_assert_eq(commit_is_ancestor(&is, repo, &last, &first, &err), 0);
	cr_assert_not(is);
	cr_assert_eq(commit_is_ancestor(&is, repo, &side, &last, &err), 0);
	cr_assert_not(is);
	cr_assert_eq(commit_is_ancestor(&is, repo, &absent, &last, &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD);
}

Test(objects, a_short_history_is_walked_without_git)
{
	struct intoto_error err = { 0 };
	struct oid ids[5];
	bool is = false;

	make_repo("r");
	sh("git commit -q --allow-empty -m two && git branch side &&"
	   "git commit -q --allow-empty -m three && git checkout -q side &&"
	   "git commit -q --allow-empty -m four && git checkout -q main &&"
	   "git merge -q --no-edit side && git tag merged &&"
	   "git checkout -q --orphan alone && git commit -q -m alone");
	ids[0] = oid_of("merged~2");
	ids[1] = oid_of("merged^1");
	ids[2] = oid_of("merged^2");
	ids[3] = oid_of("merged");
	ids[4] = oid_of("alone");
	scoped(repo) repo = open_repo();
	setenv("PATH", "/nowhere", 1);
	for (size_t i = 0; i < 5; i++) {
		for (size_t j = 0; j < 5; j++) {
			const bool expected = i == j || (i == 0 && j < 4) ||
					      (i < 3 && j == 3);

			cr_assert_eq(commit_is_ancestor(&is, repo, &ids[i],
							&ids[j], &err),
				     0, "%s", err.message);
			cr_assert_eq(is, expected, "%zu of %zu", i, j);
		}
	}
}

Test(objects, a_very_long_history_and_a_hole_in_one_are_for_git)
{
	struct intoto_error err = { 0 };
	struct oid first;
	struct oid last;
	struct oid alone;
	bool is = false;

	make_repo("r");
	sh("{ for n in $(seq 3000); do "
	   "echo commit refs/heads/long && "
	   "echo 'committer c <c@d> 1 +0000' && echo 'data 0'; done; "
	   "echo commit refs/heads/alone && "
	   "echo 'committer c <c@d> 2 +0000' && echo 'data 0'; } |"
	   "git fast-import --quiet");
	first = oid_of("long~2999");
	last = oid_of("long");
	alone = oid_of("alone");
	scoped(repo) repo = open_repo();
	cr_assert_eq(commit_is_ancestor(&is, repo, &first, &last, &err), 0);
	cr_assert(is);
	cr_assert_eq(commit_is_ancestor(&is, repo, &alone, &last, &err), 0);
	cr_assert_not(is);
	cr_assert_eq(commit_is_ancestor(&is, repo, &last, &first, &err), 0);
	cr_assert_not(is);
	/* Nobody is said to be an ancestor beyond a hole. */
	sh("git cat-file --batch-all-objects --batch-check='%%(objectname)' |"
	   "grep -v $(git rev-parse long~5) | git pack-objects -q pack && "
	   "rm -f .git/objects/pack/* && mv pack-* .git/objects/pack");
	scoped(repo) holed = open_repo();
	cr_assert(commit_is_ancestor(&is, holed, &first, &last, &err) < 0 ||
		  !is);
}

static int count_items(const char *data, size_t len)
{
	struct tree_cursor cursor = { data, len, 0, 20 };
	struct tree_item item;
	struct intoto_error err = { 0 };
	int status;
	int n = 0;

	while ((status = tree_next(&item, &cursor, &err)) > 0)
		n++;
	if (status < 0)
		cr_assert_eq(err.code, INTOTO_EINVALID);
	return status < 0 ? -1 : n;
}

Test(objects, a_malformed_tree_is_refused_at_every_cut)
{
	static const char tree[] = "100644 a\0"
				   "aaaaaaaaaaaaaaaaaaaa"
				   "40000 b\0"
				   "\0aaaaaaaaaaaaaaaaaa\0";
	size_t len = sizeof(tree) - 1;

	for (size_t cut = 0; cut <= len; cut++) {
		char *copy = malloc(cut ? cut : 1);
		int n;

		memcpy(copy, tree, cut);
		n = count_items(copy, cut);
		cr_assert_eq(n,
			     cut == 0	  ? 0
			     : cut == 29  ? 1
			     : cut == len ? 2
					  : -1,
			     "cut at %zu", cut);
		free(copy);
	}
}

Test(objects, a_tree_with_a_bad_mode_or_an_empty_name_is_refused)
{
#define OID20 "aaaaaaaaaaaaaaaaaaaa"
	cr_assert_eq(count_items("1006440 a\0" OID20, 30), -1);
	cr_assert_eq(count_items("100648 a\0" OID20, 29), -1);
	cr_assert_eq(count_items(" a\0" OID20, 23), -1);
	cr_assert_eq(count_items("-1 a\0" OID20, 25), -1);
	cr_assert_eq(count_items("100644  \0" OID20, 29), 1);
	cr_assert_eq(count_items("100644 \0" OID20, 28), -1);
	cr_assert_eq(count_items("040000 a\0" OID20, 29), 1);
}
