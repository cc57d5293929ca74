/* test_file.c: whole files, and trees removed without following a link. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/tempdir.h"

static struct tempdir dir;

static void make_dir(void)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(tempdir_make(&dir, tempdir_default_parent(), "unit", &err),
		     0, "%s", err.message);
}

static void remove_dir(void)
{
	tempdir_release(&dir);
}

TestSuite(file, .init = make_dir, .fini = remove_dir);

static void put(const char *path, const char *text)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(file_write(path, text, strlen(text), 0644, &err), 0, "%s",
		     err.message);
}

Test(file, what_was_written_is_read)
{
	scoped_text path = path_join(dir.path, "f");
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error err = { 0 };
	struct stat st;

	umask(022);
	put(path, "old");
	buffer_puts(&text, "dropped");
	cr_assert_eq(file_write(path, "a\0b", 3, 0600, &err), 0);
	cr_assert_eq(file_read(&text, path, 3, &err), 0, "%s", err.message);
	cr_assert_eq(text.len, 3);
	cr_assert_eq(memcmp(text.data, "a\0b", 4), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
}

Test(file, a_mode_that_is_set_is_not_cut_by_the_umask)
{
	scoped_text path = path_join(dir.path, "f");
	struct intoto_error err = { 0 };
	struct stat st;

	umask(077);
	cr_assert_eq(file_write(path, "a", 1, 0644, &err), 0);
	cr_assert_eq(file_set_mode(path, 0644, &err), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0644);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(file_set_mode(path, 0644, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
}

Test(file, an_empty_file_is_read)
{
	scoped_text path = path_join(dir.path, "f");
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error err = { 0 };

	put(path, "");
	cr_assert_eq(file_read(&text, path, 0, &err), 0);
	cr_assert_eq(text.len, 0);
}

Test(file, a_missing_file_is_not_found_and_changes_nothing)
{
	scoped_text path = path_join(dir.path, "none");
	scoped_text below = path_join(path, "x");
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error err = { 0 };

	buffer_puts(&text, "kept");
	cr_assert_eq(file_read(&text, path, 10, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	put(path, "");
	cr_assert_eq(file_read(&text, below, 10, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_str_eq(text.data, "kept");
}

Test(file, a_file_over_the_limit_is_refused)
{
	scoped_text path = path_join(dir.path, "f");
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_value(buffer) small = BUFFER_MAX(4);
	struct intoto_error err = { 0 };

	put(path, "12345");
	cr_assert_eq(file_read(&text, path, 4, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_eq(file_read(&small, path, 100, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_eq(file_read(&text, path, 5, &err), 0);
}

Test(file, a_file_that_hides_its_size_is_bounded_as_well)
{
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(file_read(&text, "/proc/self/stat", 10, &err), -1);
	cr_assert_eq(err.code, INTOTO_ELIMIT);
	cr_assert_eq(file_read(&text, "/proc/self/stat", 4096, &err), 0);
	cr_assert_gt(text.len, 10);
}

Test(file, folders_and_fifos_are_no_files, .timeout = 10)
{
	scoped_text fifo = path_join(dir.path, "fifo");
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(file_read(&text, dir.path, 10, &err), -1);
	cr_assert_eq(err.code, INTOTO_EIO);
	cr_assert_eq(mkfifo(fifo, 0600), 0);
	cr_assert_eq(file_read(&text, fifo, 10, &err), -1);
	cr_assert_eq(err.code, INTOTO_EIO);
	cr_assert_eq(file_read(&text, "/dev/zero", 10, &err), -1);
	cr_assert_eq(err.code, INTOTO_EIO);
}

Test(file, a_failed_write_leaves_no_temporary_file)
{
	scoped_text path = path_join(dir.path, "sub");
	scoped_text inside = path_join(path, "x");
	scoped_text none = path_join(dir.path, "none/x");
	struct intoto_error err = { 0 };

	cr_assert_eq(file_mkdirs(path, 0700, &err), 0);
	put(inside, "");
	cr_assert_eq(file_write(path, "", 0, 0600, &err), -1);
	cr_assert_eq(err.code, INTOTO_EIO);
	cr_assert_eq(file_write(none, "", 0, 0600, &err), -1);
	cr_assert_eq(err.code, INTOTO_ENOTFOUND);
	cr_assert_eq(unlink(inside), 0);
	cr_assert_eq(rmdir(path), 0);
	scoped_text pid = path_join(dir.path, ".pid");

	cr_assert_eq(unlink(pid), 0);
	cr_assert_eq(rmdir(dir.path), 0, "nothing else is left");
}

Test(file, a_write_replaces_a_link_and_not_its_target)
{
	scoped_text target = path_join(dir.path, "target");
	scoped_text link = path_join(dir.path, "link");
	scoped_value(buffer) text = BUFFER_INIT;
	struct intoto_error err = { 0 };

	put(target, "precious");
	cr_assert_eq(symlink("target", link), 0);
	put(link, "new");
	cr_assert_eq(file_read(&text, target, 100, &err), 0);
	cr_assert_str_eq(text.data, "precious");
}

Test(file, makes_folders_on_the_way)
{
	scoped_text path = path_join(dir.path, "a//b/c/");
	scoped_text file = path_join(dir.path, "file");
	scoped_text below = path_join(file, "x/y");
	struct intoto_error err = { 0 };

	cr_assert_eq(file_mkdirs(path, 0700, &err), 0, "%s", err.message);
	cr_assert(file_is_dir(path));
	cr_assert_eq(file_mkdirs(path, 0700, &err), 0);
	cr_assert_eq(file_mkdirs("/", 0700, &err), 0);
	cr_assert_eq(file_mkdirs("/tmp/", 0700, &err), 0);
	cr_assert_eq(file_mkdirs("", 0700, &err), -1);
	put(file, "");
	cr_assert_eq(file_mkdirs(below, 0700, &err), -1);
	cr_assert_eq(file_mkdirs(file, 0700, &err), -1);
}

Test(file, existence_does_not_follow_and_folders_do)
{
	scoped_text link = path_join(dir.path, "link");
	scoped_text loose = path_join(dir.path, "loose");

	cr_assert_eq(symlink(".", link), 0);
	cr_assert_eq(symlink("nowhere", loose), 0);
	cr_assert(file_exists(loose));
	cr_assert_not(file_is_dir(loose));
	cr_assert(file_is_dir(link));
	cr_assert_not(file_exists("/nonexistent"));
}

Test(file, joins_with_one_slash)
{
	static const char *const cases[][3] = {
		{ "a", "b", "a/b" },	{ "a/", "b", "a/b" },
		{ "a//", "/b", "a/b" }, { "/", "b", "/b" },
		{ "", "b", "b" },	{ "/a", "b/c", "/a/b/c" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		scoped_text path = path_join(cases[i][0], cases[i][1]);

		cr_assert_str_eq(path, cases[i][2]);
	}
}

Test(file, removal_never_follows_a_symbolic_link)
{
	scoped_text keep = path_join(dir.path, "keep");
	scoped_text precious = path_join(keep, "precious");
	scoped_text tree = path_join(dir.path, "tree");
	scoped_text link = path_join(tree, "link");
	scoped_text top = path_join(dir.path, "top");
	struct intoto_error err = { 0 };

	cr_assert_eq(file_mkdirs(keep, 0700, &err), 0);
	cr_assert_eq(file_mkdirs(tree, 0700, &err), 0);
	put(precious, "x");
	cr_assert_eq(symlink("../keep", link), 0);
	cr_assert_eq(symlink("keep", top), 0);
	cr_assert_eq(file_remove_tree(tree, &err), 0, "%s", err.message);
	cr_assert_eq(file_remove_tree(top, &err), 0, "%s", err.message);
	cr_assert_not(file_exists(tree));
	cr_assert_not(file_exists(top));
	cr_assert(file_exists(precious));
}

Test(file, removal_of_nothing_and_of_a_file)
{
	scoped_text none = path_join(dir.path, "none");
	scoped_text file = path_join(dir.path, "file");
	struct intoto_error err = { 0 };

	cr_assert_eq(file_remove_tree(none, &err), 0);
	put(file, "x");
	cr_assert_eq(file_remove_tree(file, &err), 0);
	cr_assert_not(file_exists(file));
}

Test(file, removal_of_folders_that_forbid_it)
{
	scoped_text tree = path_join(dir.path, "tree");
	scoped_text sub = path_join(tree, "sub/deeper");
	scoped_text file = path_join(sub, "file");
	scoped_text parent = path_join(tree, "sub");
	struct intoto_error err = { 0 };

	cr_assert_eq(file_mkdirs(sub, 0700, &err), 0);
	put(file, "x");
	cr_assert_eq(chmod(sub, 0500), 0);
	cr_assert_eq(chmod(parent, 0), 0);
	cr_assert_eq(chmod(tree, 0500), 0);
	if (geteuid() == 0)
		cr_assert_eq(chown(dir.path, 65534, 65534) |
				     chown(tree, 65534, 65534),
			     0);
	cr_assert_eq(file_remove_tree(tree, &err), 0, "%s", err.message);
	cr_assert_not(file_exists(tree));
}

Test(file, removal_of_a_very_deep_tree)
{
	scoped_text tree = path_join(dir.path, "deep");
	struct intoto_error err = { 0 };
	int fd;

	cr_assert_eq(mkdir(tree, 0700), 0);
	fd = open(tree, O_RDONLY | O_DIRECTORY);
	for (int depth = 0; depth < 3000; depth++) {
		int next;

		cr_assert_eq(mkdirat(fd, "d", 0700), 0);
		close(openat(fd, "f", O_CREAT | O_WRONLY, 0600));
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
		if (depth % 100 == 33)
			cr_assert_eq(fchmod(fd, 0500), 0);
		close(fd);
		fd = next;
	}
	close(fd);
	cr_assert_eq(file_remove_tree(tree, &err), 0, "%s", err.message);
	cr_assert_not(file_exists(tree));
}
