/* test_files.c: artifacts recorded from files and folders. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/tempdir.h"
#include "base/xalloc.h"
#include "verify/files.h"
#include "verify/files_hash.h"
#include "verify/files_name.h"

struct scene {
	struct tempdir dir;
	char *base; /* in it */
	struct strlist paths;
	struct strlist exclude;
	struct strlist lstrip;
	struct strlist missing;
	struct files_options options;
	struct artifacts *set;
	struct intoto_error err;
};

static void scene_release(struct scene *scene)
{
	artifacts_free(scene->set);
	strlist_release(&scene->paths);
	strlist_release(&scene->exclude);
	strlist_release(&scene->lstrip);
	strlist_release(&scene->missing);
	tempdir_release(&scene->dir);
	free(scene->base);
}
SCOPED_RELEASE(scene);

/* The process stays where it is: everything is below the base. */
static void scene_start(struct scene *scene)
{
	cr_assert_eq(tempdir_make(&scene->dir, "/tmp", "unit", &scene->err), 0);
	scene->base = path_join(scene->dir.path, "base");
	cr_assert_eq(mkdir(scene->base, 0755), 0);
	scene->options.base = scene->base;
	scene->options.exclude = &scene->exclude;
	scene->options.lstrip = &scene->lstrip;
	scene->options.missing = &scene->missing;
	scene->options.skip_git = true;
}

static char *inside(const struct scene *scene, const char *name)
{
	return path_join(scene->base, name);
}

static void put(struct scene *scene, const char *name, const char *text)
{
	scoped_text path = inside(scene, name);
	char *slash = strrchr(path, '/');

	*slash = '\0';
	cr_assert_eq(file_mkdirs(path, 0755, &scene->err), 0);
	*slash = '/';
	cr_assert_eq(file_write(path, text, strlen(text), 0644, &scene->err), 0,
		     "%s", scene->err.message);
}

static void put_link(struct scene *scene, const char *name, const char *target)
{
	scoped_text path = inside(scene, name);

	cr_assert_eq(symlink(target, path), 0);
}

static int record(struct scene *scene)
{
	artifacts_free(take(scene->set));
	return files_record(&scene->set, &scene->paths, &scene->options,
			    &scene->err);
}

/* "name name", in order. */
static void expect(struct scene *scene, const char *names)
{
	scoped_value(buffer) text = BUFFER_INIT;

	cr_assert_eq(record(scene), 0, "%s", scene->err.message);
	for (size_t i = 0; i < artifacts_count(scene->set); i++)
		buffer_printf(&text, "%s%s", i ? " " : "",
			      artifacts_at(scene->set, i).name);
	cr_expect_str_eq(buffer_text(&text), names);
}

static void expect_fail(struct scene *scene, enum intoto_code code,
			const char *message)
{
	cr_expect_eq(record(scene), -1);
	cr_expect_eq(scene->err.code, code, "%s", scene->err.message);
	cr_expect(strstr(scene->err.message, message), "%s",
		  scene->err.message);
}

static void expect_digest(const struct scene *scene, const char *name,
			  const char *start)
{
	const ptrdiff_t at = artifacts_find(scene->set, name, strlen(name));
	char hex[SHA256_HEX_SIZE];

	cr_assert_geq(at, 0, "%s", name);
	hex_encode(hex, artifacts_at(scene->set, (size_t)at).sha256,
		   SHA256_SIZE);
	cr_expect(!strncmp(hex, start, strlen(start)), "%s", hex);
}

static void expect_normal(const char *path, const char *normal)
{
	scoped_text got = files_normalize(path);

	cr_expect_str_eq(got, normal);
}

Test(files, paths_are_normalised_as_python_does)
{
	expect_normal("", ".");
	expect_normal(".", ".");
	expect_normal("./a//b/./c/", "a/b/c");
	expect_normal("a/../b", "b");
	expect_normal("a/..", ".");
	expect_normal("../a", "../a");
	expect_normal("../../a/..", "../..");
	expect_normal("a/../../b", "../b");
	expect_normal("/", "/");
	expect_normal("//a", "//a");
	expect_normal("///a", "/a");
	expect_normal("/../a/..", "/");
	expect_normal("//..", "//");
	expect_normal("/a/../..", "/");
	expect_normal("..a/..", ".");
	expect_normal("a...", "a...");
}

Test(files, folders_are_recorded_with_all_files_below)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "d/e/f", "x");
	put(&scene, "d/g", "x");
	put(&scene, "h", "y");
	strlist_add(&scene.paths, "./d/");
	expect(&scene, "d/e/f d/g");
	expect_digest(&scene, "d/g", "2d711642b726b044");
	strlist_add(&scene.paths, "h");
	strlist_add(&scene.paths, ".");
	expect(&scene, "d/e/f d/g h");
	cr_expect_eq(scene.missing.n, 0);
}

Test(files, absolute_paths_and_paths_above_keep_their_names)
{
	scoped_value(scene) scene = { 0 };
	scoped_text base = NULL;
	scoped_text absolute = NULL;

	scene_start(&scene);
	put(&scene, "d/f", "x");
	put(&scene, "g", "y");
	base = inside(&scene, "d");
	absolute = inside(&scene, "g");
	scene.options.base = base;
	strlist_add(&scene.paths, "../g");
	expect(&scene, "../g");
	strlist_release(&scene.paths);
	strlist_add(&scene.paths, absolute);
	expect(&scene, absolute);
}

Test(files, what_is_not_there_is_listed)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put_link(&scene, "dead", "nowhere");
	strlist_add(&scene.paths, "./none");
	strlist_add(&scene.paths, "dead");
	strlist_add(&scene.paths, "git:HEAD");
	expect(&scene, "");
	cr_assert_eq(scene.missing.n, 3);
	cr_expect_str_eq(scene.missing.items[0], "./none");
	cr_expect_str_eq(scene.missing.items[1], "dead");
	cr_expect_str_eq(scene.missing.items[2], "git:HEAD");
	scene.options.missing = NULL;
	expect(&scene, "");
}

Test(files, the_defaults_leave_out_what_the_reference_leaves_out)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	scene.options.skip_git = false;
	put(&scene, "a.link", "x");
	put(&scene, "a.12345678.link", "x");
	put(&scene, ".a.link-unfinished", "x");
	put(&scene, "b.linkdir/f", "x");
	put(&scene, "d/.git/f", "x");
	put(&scene, "m.pyc", "x");
	put(&scene, "f~", "x");
	put(&scene, ".gitignore", "x");
	put(&scene, "link", "x");
	strlist_add(&scene.paths, ".");
	expect(&scene, ".gitignore link");
	strlist_add(&scene.exclude, "link");
	expect(&scene, ".a.link-unfinished .gitignore a.12345678.link a.link "
		       "b.linkdir/f d/.git/f f~ m.pyc");
	scene.options.skip_git = true;
	expect(&scene, ".a.link-unfinished .gitignore a.12345678.link a.link "
		       "b.linkdir/f f~ m.pyc");
}

Test(files, a_repository_is_not_entered_by_its_name_either)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, ".git/HEAD", "x");
	put(&scene, "sub/.git", "gitdir: x");
	put(&scene, "sub/f", "x");
	strlist_add(&scene.exclude, "none");
	strlist_add(&scene.paths, ".git");
	strlist_add(&scene.paths, ".git/HEAD");
	strlist_add(&scene.paths, "sub");
	expect(&scene, "sub/f");
}

Test(files, nothing_below_a_folder_left_out_is_taken_back)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "d/keep", "x");
	put(&scene, "e/keep", "x");
	put(&scene, "e/other", "x");
	strlist_add(&scene.exclude, "/d");
	strlist_add(&scene.exclude, "e/*");
	strlist_add(&scene.exclude, "!keep");
	strlist_add(&scene.paths, ".");
	expect(&scene, "e/keep");
}

Test(files, a_pattern_does_not_leave_out_the_folder_itself)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "f", "x");
	put(&scene, ".hidden", "x");
	strlist_add(&scene.exclude, ".*");
	strlist_add(&scene.paths, ".");
	expect(&scene, "f");
}

Test(files, links_are_recorded_under_their_own_name)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "d/f", "x");
	put_link(&scene, "to-file", "d/f");
	put_link(&scene, "to-dir", "d");
	put_link(&scene, "dead", "nowhere");
	put_link(&scene, "self", "self");
	strlist_add(&scene.paths, ".");
	expect(&scene, "d/f to-file");
	scene.options.follow_symlink_dirs = true;
	expect(&scene, "d/f to-dir/f to-file");
	scene.options.follow_symlink_dirs = false;
	strlist_release(&scene.paths);
	strlist_add(&scene.paths, "to-dir");
	expect(&scene, "to-dir/f");
}

Test(files, a_circle_of_links_is_an_error_where_links_are_followed)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "d/e/f", "x");
	put_link(&scene, "d/e/up", "..");
	strlist_add(&scene.paths, ".");
	expect(&scene, "d/e/f");
	scene.options.follow_symlink_dirs = true;
	expect_fail(&scene, INTOTO_EINVALID, "'d/e/up' is a link");
}

Test(files, fifos_and_sockets_are_named)
{
	scoped_value(scene) scene = { 0 };
	scoped_text fifo = NULL;

	scene_start(&scene);
	put(&scene, "f", "x");
	fifo = inside(&scene, "fifo");
	cr_assert_eq(mkfifo(fifo, 0644), 0);
	strlist_add(&scene.paths, ".");
	expect_fail(&scene, INTOTO_EIO, "'fifo': no regular file");
	scene.options.ignore_special = true;
	expect(&scene, "f");
	scene.options.ignore_special = false;
	scene.options.ignore_unreadable = true;
	expect(&scene, "f");
	scene.options.ignore_unreadable = false;
	strlist_release(&scene.paths);
	strlist_add(&scene.paths, "fifo");
	expect_fail(&scene, INTOTO_EIO, "'fifo': no regular file");
	strlist_release(&scene.paths);
	strlist_add(&scene.paths, "/dev/null");
	expect_fail(&scene, INTOTO_EIO, "'/dev/null': no regular file");
}

Test(files, what_cannot_be_read_is_named)
{
	scoped_value(scene) scene = { 0 };
	scoped_text file = NULL;
	scoped_text folder = NULL;
	const uid_t was = geteuid();

	/* Root reads everything. */
	if (was == 0)
		cr_assert_eq(seteuid(65534), 0);
	scene_start(&scene);
	put(&scene, "f", "x");
	put(&scene, "g", "x");
	put(&scene, "h", "x");
	put(&scene, "d/i", "x");
	file = inside(&scene, "g");
	folder = inside(&scene, "d");
	chmod(file, 0);
	strlist_add(&scene.paths, ".");
	expect_fail(&scene, INTOTO_EIO, "'g'");
	scene.options.ignore_special = true;
	expect_fail(&scene, INTOTO_EIO, "'g'");
	scene.options.ignore_unreadable = true;
	expect(&scene, "d/i f h");
	chmod(file, 0644);
	chmod(folder, 0);
	expect(&scene, "f g h");
	scene.options.ignore_unreadable = false;
	expect_fail(&scene, INTOTO_EIO, "'d'");
	strlist_release(&scene.paths);
	strlist_add(&scene.paths, "d/i");
	expect_fail(&scene, INTOTO_EIO, "'d/i'");
	chmod(folder, 0755);
	cr_assert_eq(seteuid(was), 0);
}

Test(files, prefixes_are_cut_as_strings)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "src/sub/g", "x");
	put(&scene, "lib/h", "x");
	strlist_add(&scene.paths, ".");
	strlist_add(&scene.lstrip, "src");
	strlist_add(&scene.lstrip, "lib/");
	expect(&scene, "/sub/g h");
}

Test(files, prefixes_that_begin_one_another_are_refused)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	strlist_add(&scene.lstrip, "src/sub");
	strlist_add(&scene.lstrip, "x");
	strlist_add(&scene.lstrip, "src");
	expect_fail(&scene, INTOTO_EINVALID, "'src' begins prefix 'src/sub'");
	strlist_release(&scene.lstrip);
	strlist_add(&scene.lstrip, "a");
	strlist_add(&scene.lstrip, "a");
	expect_fail(&scene, INTOTO_EINVALID, "'a' begins prefix 'a'");
	strlist_release(&scene.lstrip);
	strlist_add(&scene.lstrip, "");
	strlist_add(&scene.lstrip, "a");
	expect_fail(&scene, INTOTO_EINVALID, "begins prefix 'a'");
}

Test(files, two_files_of_one_name_are_refused)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "a/f", "x");
	put(&scene, "f", "x");
	strlist_add(&scene.paths, ".");
	strlist_add(&scene.lstrip, "a/");
	expect_fail(&scene, INTOTO_EINVALID, "both be recorded as 'f'");
	strlist_release(&scene.lstrip);
	put(&scene, "a\\f", "y");
	expect_fail(&scene, INTOTO_EINVALID, "both be recorded as 'a/f'");
}

Test(files, a_file_given_twice_is_refused_where_prefixes_are_cut)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "a/f", "x");
	strlist_add(&scene.paths, ".");
	strlist_add(&scene.paths, "a");
	expect(&scene, "a/f");
	strlist_add(&scene.lstrip, "a/");
	expect_fail(&scene, INTOTO_EINVALID, "'a/f' is given twice");
}

Test(files, a_name_must_be_utf8_and_not_empty)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "a\\b", "x");
	strlist_add(&scene.paths, ".");
	expect(&scene, "a/b");
	strlist_add(&scene.lstrip, "a/b");
	expect_fail(&scene, INTOTO_EINVALID, "nothing is left");
	strlist_release(&scene.lstrip);
	put(&scene, "c\xff", "x");
	expect_fail(&scene, INTOTO_EINVALID, "not UTF-8");
	strlist_add(&scene.exclude, "c?");
	expect(&scene, "a/b");
}

static void expect_normalized(struct scene *scene, const char *text, size_t len,
			      const char *as)
{
	scoped_text path = inside(scene, "f");
	uint8_t digest[SHA256_SIZE];
	struct artifact artifact;

	cr_assert_eq(file_write(path, text, len, 0644, &scene->err), 0);
	cr_assert_eq(record(scene), 0, "%s", scene->err.message);
	sha256(digest, as, strlen(as));
	artifact = artifacts_at(scene->set, 0);
	cr_expect_arr_eq(artifact.sha256, digest, SHA256_SIZE, "%s", as);
}

Test(files, line_endings_become_lf)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "f", "a\r\nb\rc\n");
	strlist_add(&scene.paths, "f");
	cr_assert_eq(record(&scene), 0);
	expect_digest(&scene, "f", "7a481f8d");
	scene.options.normalize_line_endings = true;
	cr_assert_eq(record(&scene), 0);
	expect_digest(&scene, "f", "880553fc");
	expect_normalized(&scene, "", 0, "");
	expect_normalized(&scene, "\r", 1, "\n");
	expect_normalized(&scene, "\r\r\n\r", 4, "\n\n\n");
	expect_normalized(&scene, "\n\r\n\n", 4, "\n\n\n");
}

Test(files, line_endings_do_not_depend_on_how_a_file_is_read)
{
	const size_t sizes[] = { 4095, 4096, 4097, 262143, 262144, 262145 };
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	scene.options.normalize_line_endings = true;
	strlist_add(&scene.paths, "f");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		scoped_text text = xmalloc(sizes[i] + 3);
		scoped_text as = xmalloc(sizes[i] + 3);

		memset(text, 'x', sizes[i]);
		memcpy(text + sizes[i], "\r\n", 3);
		memset(as, 'x', sizes[i]);
		memcpy(as + sizes[i], "\n", 2);
		put(&scene, "f", "");
		expect_normalized(&scene, text, sizes[i] + 2, as);
	}
}

Test(files, a_file_scheme_is_kept_in_the_name)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "d/f", "x");
	strlist_add(&scene.paths, "file:./d");
	expect(&scene, "file:d/f");
	strlist_add(&scene.lstrip, "d/");
	expect(&scene, "file:f");
	strlist_add(&scene.paths, "file:none");
	expect(&scene, "file:f");
	cr_expect_eq(scene.missing.n, 1);
}

Test(files, a_folder_has_one_digest)
{
	scoped_value(scene) scene = { 0 };
	char hex[SHA256_HEX_SIZE];
	const char line[] = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db"
			    "02258717921a4881  g\n";

	scene_start(&scene);
	put(&scene, "d/g", "x");
	put(&scene, "d/h.link", "left out");
	put(&scene, "d/.git/f", "left out");
	strlist_add(&scene.paths, "dir:d");
	expect(&scene, "dir:d");
	sha256_hex(hex, line, strlen(line));
	expect_digest(&scene, "dir:d", hex);
	strlist_add(&scene.lstrip, "d");
	strlist_add(&scene.lstrip, "./");
	expect_fail(&scene, INTOTO_EINVALID, "nothing is left");
	strlist_release(&scene.paths);
	strlist_add(&scene.paths, "dir:./d");
	expect(&scene, "dir:d");
	expect_digest(&scene, "dir:d", hex);
}

Test(files, an_empty_folder_has_the_digest_of_nothing)
{
	scoped_value(scene) scene = { 0 };
	scoped_text path = NULL;

	scene_start(&scene);
	path = inside(&scene, "e");
	mkdir(path, 0755);
	put(&scene, "f", "x");
	strlist_add(&scene.paths, "dir:e");
	expect(&scene, "dir:e");
	expect_digest(&scene, "dir:e", "e3b0c44298fc1c14");
	strlist_add(&scene.paths, "dir:none");
	expect_fail(&scene, INTOTO_ENOTFOUND, "dir:none");
	strlist_release(&scene.paths);
	strlist_add(&scene.paths, "dir:f");
	expect_fail(&scene, INTOTO_ENOTFOUND, "dir:f");
}

#define COMMIT \
	"89ab1234567890abcdef1234567890abcdef1234567890abcdef1234567890ab"

Test(files, an_ostree_branch_is_its_commit)
{
	scoped_value(scene) scene = { 0 };
	scoped_text object =
		xasprintf("objects/%.2s/%s.commit", COMMIT, &COMMIT[2]);

	scene_start(&scene);
	put(&scene, "refs/heads/os/main", COMMIT "\n");
	put(&scene, object, "x");
	strlist_add(&scene.paths, "ostree:os/main");
	expect(&scene, "ostree:os/main");
	expect_digest(&scene, "ostree:os/main", "2d711642b726b044");
	put(&scene, "refs/heads/os/main", "../../secret\n");
	expect_fail(&scene, INTOTO_EINVALID, "no OSTree commit");
	strlist_release(&scene.paths);
	strlist_add(&scene.paths, "ostree:none");
	expect_fail(&scene, INTOTO_ENOTFOUND, "ostree:none");
}

static int resolve(struct artifacts *set, const char *name, void *data,
		   struct intoto_error *err)
{
	if (!strcmp(name, "my:none"))
		return intoto_fail(err, INTOTO_ENOTFOUND, "no '%s'", name);
	artifacts_add_other(set, name, strlen(name), data, strlen(data));
	return 0;
}

Test(files, other_schemes_are_resolved_by_the_caller)
{
	char digests[] = "{\"gitCommit\":\"00\"}";
	const struct files_resolver resolver = { "my", resolve, digests };
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	put(&scene, "my:file", "x");
	scene.options.resolvers = &resolver;
	scene.options.n_resolvers = 1;
	strlist_add(&scene.paths, "my:a/../b");
	strlist_add(&scene.paths, "./my:file");
	expect(&scene, "my:a/../b my:file");
	cr_expect_str_eq(artifacts_at(scene.set, 0).canonical, digests);
	strlist_add(&scene.paths, "my:none");
	expect_fail(&scene, INTOTO_ENOTFOUND, "no 'my:none'");
}

static void count(void *data, size_t done, size_t total)
{
	size_t *last = data;

	cr_expect_leq(done, total);
	*last = done == total ? total : *last;
}

Test(files, many_files_are_hashed_by_several_threads)
{
	scoped_value(scene) scene = { 0 };
	uint8_t digest[SHA256_SIZE];
	size_t done = 0;

	scene_start(&scene);
	for (int i = 0; i < 200; i++) {
		scoped_text name = xasprintf("d%d/f%03d", i % 7, i);
		scoped_text text = xasprintf("content %d", i);

		put(&scene, name, text);
	}
	strlist_add(&scene.paths, ".");
	scene.options.workers = 4;
	cr_assert_eq(record(&scene), 0, "%s", scene.err.message);
	cr_assert_eq(artifacts_count(scene.set), 200);
	for (size_t i = 0; i < 200; i++) {
		const struct artifact file = artifacts_at(scene.set, i);
		scoped_text text = xasprintf("content %d",
					     atoi(strchr(file.name, 'f') + 1));

		sha256(digest, text, strlen(text));
		cr_expect_arr_eq(file.sha256, digest, SHA256_SIZE);
	}
	scene.options.workers = 1;
	scene.options.progress = count;
	scene.options.progress_data = &done;
	cr_assert_eq(record(&scene), 0);
	cr_expect_eq(done, 200);
}

Test(files, the_first_file_that_fails_is_named_whoever_finds_it)
{
	struct files_hash_item items[200] = { { 0 } };
	const struct files_hashing hashing = { .base = AT_FDCWD, .workers = 8 };
	struct intoto_error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		items[i].path = i == 70	 ? "/nowhere/70"
				: i > 70 ? "/nowhere/later"
					 : "/proc/self/status";
	for (int i = 0; i < 50; i++) {
		cr_expect_eq(files_hash(items, ARRAY_SIZE(items), &hashing,
					&err),
			     -1);
		cr_expect(strstr(err.message, "/nowhere/70"), "%s",
			  err.message);
	}
}

Test(files, a_base_that_is_no_folder_is_named)
{
	scoped_value(scene) scene = { 0 };
	scoped_text path = NULL;

	scene_start(&scene);
	put(&scene, "f", "x");
	path = inside(&scene, "f");
	scene.options.base = path;
	expect_fail(&scene, INTOTO_EIO, path);
}

Test(files, no_path_is_no_artifact)
{
	scoped_value(scene) scene = { 0 };

	scene_start(&scene);
	expect(&scene, "");
}
