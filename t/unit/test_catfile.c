/* test_catfile.c: git reads what libgit2 cannot, and is not believed. */
#include "git_tools.h"

#include "base/encode.h"
#include "crypto/digest.h"
#include "repo/catfile.h"
#include "repo/manifest.h"

/* What the tests are about: one with SHA-256 ids, everything in a pack. */
static void make_packed(void)
{
	scratch_begin();
	sh("git init -q --object-format=sha256 r && cd r &&"
	   "mkdir sub && echo hello >file && echo x >sub/x &&"
	   ": >empty && git add . && git commit -qm first &&"
	   "git tag -a -m x v1 && git repack -qad && git prune-packed");
	cr_assert_eq(chdir("r"), 0);
}

TestSuite(catfile, .init = make_packed, .fini = scratch_end);

/* From here on `git cat-file` is this script: $id is the first id that it is
 * asked for, $git the real one. */
static void answer_with(const char *script)
{
	static char *real;
	scoped_text path = xasprintf("%s/bin/git", scratch);
	scoped_text text = NULL;
	struct intoto_error err = { 0 };

	if (!real) {
		scoped_text paths =
			xasprintf("%s/bin:%s", scratch, getenv("PATH"));

		real = sh_out("mkdir ../bin && command -v git");
		setenv("PATH", paths, 1);
	}
	text = xasprintf("#!/bin/sh\n"
			 "case \" $* \" in\n"
			 "*' cat-file '*) ;;\n"
			 "*) exec '%s' \"$@\" ;;\n"
			 "esac\n"
			 "echo x >>'%s/starts'\n"
			 "read -r id || exit 0\n"
			 "git='%s'\n"
			 "%s\n",
			 real, scratch, real, script);
	cr_assert_eq(file_write(path, text, strlen(text), 0755, &err), 0, "%s",
		     err.message);
}

static void read_fails(const char *script, enum intoto_code code,
		       const char *words)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	scoped(repo) repo = open_repo();
	struct oid oid = oid_of("HEAD:file");
	enum object_type type = OBJECT_TAG;

	answer_with(script);
	cr_assert_eq(object_read(&out, &type, repo, &oid, 1 << 20, &err), -1,
		     "%s", script);
	cr_assert_eq(err.code, code, "%s: %s", script, err.message);
	cr_assert(strstr(err.message, words), "%s: %s", script, err.message);
	cr_assert_eq(out.len, 0);
	cr_assert_eq(type, OBJECT_TAG);
}

static size_t count_starts(void)
{
	scoped_text lines = sh_out("wc -l <'%s/starts'", scratch);

	return (size_t)atoi(lines);
}

Test(catfile, every_type_is_read_and_compared_with_its_id)
{
	static const struct {
		const char *name;
		enum object_type type;
	} cases[] = {
		{ "HEAD", OBJECT_COMMIT },     { "HEAD^{tree}", OBJECT_TREE },
		{ "HEAD:file", OBJECT_BLOB },  { "refs/tags/v1", OBJECT_TAG },
		{ "HEAD:empty", OBJECT_BLOB },
	};
	scoped(repo) repo = open_repo();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct intoto_error err = { 0 };
		scoped_value(buffer) out = BUFFER_INIT;
		scoped_text size_text =
			sh_out("git cat-file -s '%s'", cases[i].name);
		struct oid oid = oid_of(cases[i].name);
		enum object_type type;
		size_t size;

		cr_assert_eq(oid.size, 32);
		cr_assert_eq(object_stat(&type, &size, repo, &oid, &err), 0,
			     "%s", err.message);
		cr_assert_eq(type, cases[i].type);
		cr_assert_eq(size, (size_t)atoi(size_text));
		cr_assert_eq(object_read(&out, &type, repo, &oid, 1 << 20,
					 &err),
			     0, "%s", err.message);
		cr_assert_eq(type, cases[i].type);
		cr_assert_eq(out.len, size);
	}
}

Test(catfile, one_child_answers_all)
{
	scoped(repo) repo = open_repo();
	struct oid file = oid_of("HEAD:file");
	struct oid commit = oid_of("HEAD");

	answer_with("printf '%s\\n' \"$id\" >first;"
		    "{ cat first; cat; } | \"$git\" cat-file --batch");
	for (unsigned i = 0; i < 50; i++) {
		struct intoto_error err = { 0 };
		scoped_value(buffer) out = BUFFER_INIT;

		cr_assert_eq(object_read_as(&out, repo, i % 2 ? &file : &commit,
					    i % 2 ? OBJECT_BLOB : OBJECT_COMMIT,
					    1 << 20, &err),
			     0, "%s", err.message);
	}
	cr_assert_eq(count_starts(), 1);
}

Test(catfile, nothing_is_started_before_an_object_is_needed)
{
	answer_with("exit 3");
	scoped(repo) repo = open_repo();
	catfile_free(catfile_new(repo));
	cr_assert_neq(access("../starts", F_OK), 0);
}

Test(catfile, an_object_of_another_id_is_refused)
{
	read_fails("printf '%s blob 6\\nHELLO\\n\\n' \"$id\"", INTOTO_EINVALID,
		   "its bytes have another id");
	read_fails("printf '%s commit 6\\nhello\\n\\n' \"$id\"",
		   INTOTO_EINVALID, "its bytes have another id");
}

Test(catfile, a_wrong_size_is_refused)
{
	read_fails("printf '%s blob 5\\nhello\\n\\n' \"$id\"", INTOTO_ECHILD,
		   "says more than it should");
	read_fails("printf '%s blob 7\\nhello\\n\\n' \"$id\"", INTOTO_ECHILD,
		   "ended with status");
	read_fails("printf '%s blob 0\\nhello\\n\\n' \"$id\"", INTOTO_ECHILD,
		   "says more than it should");
}

Test(catfile, an_answer_that_git_does_not_give_is_refused)
{
	static const char *const answers[] = {
		"%s  blob 6\\nhello\\n\\n",
		"%s blob  6\\nhello\\n\\n",
		"%s blob 6 \\nhello\\n\\n",
		"%s blob 06\\nhello\\n\\n",
		"%s blob +6\\nhello\\n\\n",
		"%s blob -1\\nhello\\n\\n",
		"%s blob 0x6\\nhello\\n\\n",
		"%s blob \\nhello\\n\\n",
		"%s blob\\nhello\\n\\n",
		"%s BLOB 6\\nhello\\n\\n",
		"%s blobs 6\\nhello\\n\\n",
		"%s blob 99999999999999999999999\\nhello\\n\\n",
		"%s ambiguous\\n",
		"%s submodule\\n",
		"%s missing \\n",
		"%s\\n",
		"\\n",
		"x%s blob 6\\nhello\\n\\n",
		"%s\\0 blob 6\\nhello\\n\\n",
		"00%s missing\\n",
		"$id\\n%s missing\\n",
		"%s missing\\0x\\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		scoped_text script =
			xasprintf("printf '%s' \"$id\"; exec cat >/dev/null",
				  answers[i]);

		read_fails(script, INTOTO_ECHILD, "'git cat-file' ");
	}
}

Test(catfile, that_another_object_is_missing_is_no_answer)
{
	read_fails("printf '%064d missing\\n' 0; exec cat", INTOTO_ECHILD,
		   "another object");
	read_fails("printf '%064d blob 6\\nhello\\n\\n' 0; exec cat",
		   INTOTO_ECHILD, "another object");
}

Test(catfile, an_answer_without_an_end_is_not_read_on)
{
	read_fails("yes | tr -d '\\n'", INTOTO_ECHILD, "long line");
	read_fails("yes", INTOTO_ECHILD, "another object");
}

Test(catfile, bytes_after_the_answer_are_refused)
{
	read_fails("printf '%s blob 6\\nhello\\n\\nx' \"$id\"", INTOTO_ECHILD,
		   "says more than it should");
	read_fails("printf '%s blob 6\\nhello\\nx' \"$id\"", INTOTO_ECHILD,
		   "says more than it should");
	read_fails("printf '%s missing\\nx' \"$id\"", INTOTO_ECHILD,
		   "says more than it should");
}

/* Late ones, when the answer before was good. */
Test(catfile, bytes_before_the_answer_are_refused)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	scoped(repo) repo = open_repo();
	struct oid file = oid_of("HEAD:file");
	struct oid commit = oid_of("HEAD");

	answer_with("printf '%s blob 6\\nhello\\n\\n' \"$id\"; read -r next;"
		    "printf 'x\\n%s missing\\n' \"$next\"; cat");
	cr_assert_eq(object_read_as(&out, repo, &file, OBJECT_BLOB, 100, &err),
		     0, "%s", err.message);
	cr_assert_eq(object_read_as(&out, repo, &commit, OBJECT_COMMIT, 1000,
				    &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ECHILD, "%s", err.message);
}

Test(catfile, a_child_that_dies_is_an_error_and_never_a_missing_object)
{
	static const char *const scripts[] = {
		"exit 0",
		"exit 128",
		"kill -9 $$",
		"printf '%s' \"$id\"; exit 0",
		"printf '%s missing' \"$id\"; exit 0",
		"printf '%s blob 6' \"$id\"; kill -9 $$",
		"printf '%s blob 6\\n' \"$id\"; kill -9 $$",
		"printf '%s blob 6\\nhel' \"$id\"; exit 0",
		"printf '%s blob 6\\nhello\\n' \"$id\"; exit 0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		read_fails(scripts[i], INTOTO_ECHILD, "ended with status");
}

Test(catfile, after_a_child_that_died_another_is_asked)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	scoped(repo) repo = open_repo();
	struct oid oid = oid_of("HEAD:file");
	enum object_type type;

	answer_with("test -e ../died || { : >../died; exit 1; };"
		    "printf '%s blob 6\\nhello\\n\\n' \"$id\"; cat");
	cr_assert_eq(object_read(&out, &type, repo, &oid, 100, &err), -1);
	cr_assert_eq(err.code, INTOTO_ECHILD);
	cr_assert_eq(object_read(&out, &type, repo, &oid, 100, &err), 0, "%s",
		     err.message);
	cr_assert_str_eq(out.data, "hello\n");
}

Test(catfile, git_that_cannot_be_run_is_no_missing_object)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	scoped(repo) repo = open_repo();
	struct oid oid = oid_of("HEAD:file");
	enum object_type type;

	setenv("PATH", "/nowhere", 1);
	cr_assert_eq(object_read(&out, &type, repo, &oid, 100, &err), -1);
	cr_assert_neq(err.code, INTOTO_ENOTFOUND, "%s", err.message);
	cr_assert(strstr(err.message, "git"), "%s", err.message);
}

Test(catfile, what_is_nowhere_is_missing)
{
	struct intoto_error err = { 0 };
	struct oid oid = { .bytes = { 1, 2, 3 }, .size = 32 };
	scoped(repo) repo = open_repo();
	enum object_type type;
	size_t size;

	cr_assert_eq(object_stat(&type, &size, repo, &oid, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert(strstr(err.message, "is missing"), "%s", err.message);
}

/* git prints "missing" for these. */
Test(catfile, what_is_there_and_cannot_be_read_is_not_missing)
{
	scoped_text said = NULL;

	read_fails("printf '%s missing\\n' \"$id\"; cat", INTOTO_EINVALID,
		   "is there, but git cannot read it");
	sh("mv .git/objects/pack/*.pack ../p && git unpack-objects -q <../p &&"
	   "rm -f .git/objects/pack/* &&"
	   "f=.git/objects/$(git rev-parse HEAD:file | sed 's|..|&/|') &&"
	   "chmod +w $f && echo junk >$f");
	said = sh_out("git rev-parse HEAD:file | git cat-file --batch-check");
	cr_assert(strstr(said, "missing"), "%s", said);

	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	scoped(repo) repo = open_repo();
	struct oid oid = oid_of("HEAD:file");
	enum object_type type;

	cr_assert_eq(object_read(&out, &type, repo, &oid, 100, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID, "%s", err.message);
}

Test(catfile, a_swapped_loose_object_is_refused)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	enum object_type type;
	struct oid oid;

	sh("mv .git/objects/pack/*.pack ../p && git unpack-objects -q <../p &&"
	   "rm -f .git/objects/pack/* &&"
	   "f() { git rev-parse $1 | sed 's|..|.git/objects/&/|'; } &&"
	   "cp -f $(f HEAD:sub/x) $(f HEAD:file)");
	oid = oid_of("HEAD:file");
	scoped(repo) repo = open_repo();
	cr_assert_eq(object_read(&out, &type, repo, &oid, 100, &err), -1);
	cr_assert_eq(err.code, INTOTO_EINVALID, "%s", err.message);
	cr_assert(strstr(err.message, "another id"), "%s", err.message);
}

Test(catfile, one_over_the_limit_is_not_read)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	scoped(repo) repo = open_repo();
	struct oid oid = oid_of("HEAD:file");

	cr_assert_eq(object_read_as(&out, repo, &oid, OBJECT_BLOB, 5, &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT, "%s", err.message);
	cr_assert_eq(object_read_as(&out, repo, &oid, OBJECT_BLOB, 6, &err), 0,
		     "%s", err.message);
	cr_assert_str_eq(out.data, "hello\n");
	/* However much it says that it will send. */
	read_fails("printf '%s blob 99999999999999\\n' \"$id\"; yes",
		   INTOTO_ELIMIT, "more than 1048576");
}

Test(catfile, what_is_left_of_a_long_answer_is_not_waited_for)
{
	struct intoto_error err = { 0 };
	scoped_value(buffer) out = BUFFER_INIT;
	scoped(repo) repo = open_repo();
	struct oid file = oid_of("HEAD:file");

	answer_with("n=$(wc -l <../starts);"
		    "test $n -gt 1 || {"
		    " printf '%s blob 99999999999999\\n' \"$id\"; exec yes; };"
		    "printf '%s blob 6\\nhello\\n\\n' \"$id\"; cat");
	cr_assert_eq(object_read_as(&out, repo, &file, OBJECT_BLOB, 100, &err),
		     -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT, "%s", err.message);
	cr_assert_eq(object_read_as(&out, repo, &file, OBJECT_BLOB, 100, &err),
		     0, "%s", err.message);
}

Test(catfile, a_blob_of_many_chunks_is_streamed)
{
	struct intoto_error err = { 0 };
	scoped(manifest) manifest = NULL;
	scoped_text expected = NULL;
	char hex[SHA256_HEX_SIZE];
	struct oid tree;

	/* Over PACK_OBJECT_MAX: nothing but git reads it. */
	sh("head -c 70000000 /dev/zero >big && git add big &&"
	   "git commit -qm big && git repack -qad && git prune-packed");
	expected = sh_out("sha256sum <big | cut -c1-64");
	tree = oid_of("HEAD^{tree}");
	scoped(repo) repo = open_repo();
	cr_assert_eq(manifest_record(&manifest, repo, &tree, NULL, &err), 0,
		     "%s", err.message);
	cr_assert_str_eq(manifest->entries[0].path, "big");
	hex_encode(hex, manifest->entries[0].sha256, SHA256_SIZE);
	cr_assert_str_eq(hex, expected);
}

Test(catfile, a_server_hook_fetches_nothing)
{
	scoped_text found = NULL;

	answer_with("echo \"${GIT_NO_LAZY_FETCH-unset}"
		    " ${GIT_ALLOW_PROTOCOL-unset}\" >../lazy; exit 1");
	for (int server = 0; server < 2; server++) {
		struct intoto_error err = { 0 };
		scoped_value(buffer) out = BUFFER_INIT;
		struct repo *repo = NULL;
		struct oid oid = oid_of("HEAD:file");
		enum object_type type;

		cr_assert_eq(repo_open(&repo,
				       server ? REPO_OPEN_SERVER_HOOK
					      : REPO_OPEN_USER,
				       &err),
			     0, "%s", err.message);
		cr_assert_eq(object_read(&out, &type, repo, &oid, 9, &err), -1);
		repo_free(repo);
		found = sh_out("cat ../lazy");
		cr_assert_str_eq(found, server ? "1 none" : "unset unset");
		free(take(found));
	}
}

/* Its first answer is half a line, or half the content; then it hangs. */
Test(catfile, a_child_that_hangs_is_given_up_in_the_end, .timeout = 60)
{
	static const char *const scripts[] = {
		"exec sleep 1000",
		"printf '%s blob' \"$id\"; exec sleep 1000",
		"printf '%s blob 6\\nhel' \"$id\"; exec sleep 1000",
		("trap '' TERM INT HUP PIPE; printf '%s blob 6\\nhello\\n' "
		 "\"$id\"; while :; do read -r id || sleep 1; done"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		struct intoto_error err = { 0 };
		scoped(repo) repo = open_repo();
		scoped(catfile) catfile = catfile_new(repo);
		struct oid oid = oid_of("HEAD:file");
		enum object_type type;
		char data[16];
		size_t size, len = 1;
		int result;

		answer_with(scripts[i]);
		catfile_set_patience(catfile, 300);
		result = catfile_ask(&type, &size, catfile, &oid, &err);
		while (result == 0 && len)
			result = catfile_next(&len, catfile, data, sizeof(data),
					      &err);
		cr_assert_eq(result, -1, "%s", scripts[i]);
		cr_assert_eq(err.code, INTOTO_ECHILD);
		cr_assert(strstr(err.message, "said nothing for"), "%s",
			  err.message);
	}
}

Test(catfile, an_object_that_is_written_can_be_read)
{
	static const enum object_type types[] = { OBJECT_BLOB, OBJECT_TREE };
	scoped(repo) repo = open_repo();

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct intoto_error err = { 0 };
		scoped_value(buffer) out = BUFFER_INIT;
		struct oid oid;
		char hex[OID_HEX_SIZE];

		cr_assert_eq(object_write(&oid, repo, types[i], "", 0, &err), 0,
			     "%s", err.message);
		oid_hex(hex, &oid);
		cr_assert_eq(strlen(hex), 64);
		cr_assert_eq(object_read_as(&out, repo, &oid, types[i], 9,
					    &err),
			     0, "%s", err.message);
		cr_assert_eq(out.len, 0);
		free(sh_out("git cat-file -e %s", hex));
	}
}
