/* test_tempdir.c: private folders, and whose leftovers are removed. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/tempdir.h"
#include "base/xalloc.h"

static struct tempdir parent;

static void make_parent(void)
{
	struct intoto_error err = { 0 };

	cr_assert_eq(tempdir_make(&parent, tempdir_default_parent(), "unit",
				  &err),
		     0, "%s", err.message);
}

static void remove_parent(void)
{
	tempdir_release(&parent);
}

TestSuite(tempdir, .init = make_parent, .fini = remove_parent);

/* A pid that belonged to a child of ours, and to nobody now. */
static long dead_pid(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	return (long)pid;
}

/* A folder as another process would have left it; pid_file may be NULL. */
static char *leave(const char *name, long pid, const char *pid_file)
{
	scoped_text full = xasprintf("%s-%ld-abcdef", name, pid);
	char *path = path_join(parent.path, full);
	scoped_text file = path_join(path, ".pid");

	cr_assert_eq(mkdir(path, 0700), 0);
	if (pid_file)
		cr_assert_eq(file_write(file, pid_file, strlen(pid_file), 0600,
					NULL),
			     0);
	return path;
}

static char *own_pid_file(void)
{
	scoped_text file = path_join(parent.path, ".pid");
	struct buffer text = BUFFER_INIT;

	cr_assert_eq(file_read(&text, file, 1000, NULL), 0);
	return buffer_take(&text);
}

Test(tempdir, is_private_named_and_removed_at_the_end)
{
	struct tempdir dir = { NULL };
	struct intoto_error err = { 0 };
	scoped_text expected = xasprintf("%s/git-intoto-build-%ld-",
					 parent.path, (long)getpid());
	struct stat st;

	cr_assert_eq(tempdir_make(&dir, parent.path, "build", &err), 0, "%s",
		     err.message);
	cr_assert_eq(strncmp(dir.path, expected, strlen(expected)), 0, "%s",
		     dir.path);
	cr_assert_eq(stat(dir.path, &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0700);
	scoped_text path = xstrdup(dir.path);

	tempdir_release(&dir);
	cr_assert_null(dir.path);
	cr_assert_not(file_exists(path));
	tempdir_release(&dir);
}

Test(tempdir, a_kept_folder_stays)
{
	struct tempdir dir = { NULL };
	struct intoto_error err = { 0 };

	cr_assert_eq(tempdir_make(&dir, parent.path, "build", &err), 0);
	scoped_text path = xstrdup(dir.path);

	tempdir_keep(&dir);
	tempdir_release(&dir);
	cr_assert(file_exists(path));
}

Test(tempdir, a_parent_that_is_missing_is_an_error)
{
	struct tempdir dir = { NULL };
	struct intoto_error err = { 0 };

	cr_assert_eq(tempdir_make(&dir, "/nonexistent", "x", &err), -1);
	cr_assert_eq(err.code, INTOTO_EIO);
	cr_assert_null(dir.path);
}

Test(tempdir, clean_spares_the_living)
{
	struct tempdir dir = { NULL };
	struct intoto_error err = { 0 };
	scoped_text racing = leave("git-intoto-x", (long)getpid(), NULL);
	scoped_text parents = leave("git-intoto-x", (long)getppid(), NULL);

	cr_assert_eq(tempdir_make(&dir, parent.path, "mine", &err), 0);
	tempdir_clean(parent.path);
	cr_assert(file_exists(dir.path));
	cr_assert(file_exists(racing));
	cr_assert(file_exists(parents));
	tempdir_release(&dir);
}

Test(tempdir, clean_removes_what_the_dead_left)
{
	scoped_text own = own_pid_file();
	long pid = dead_pid();
	scoped_text text = xasprintf("%ld %s", pid, strchr(own, ' ') + 1);
	scoped_text whole = leave("git-intoto-a", pid, text);
	scoped_text bare = leave("git-intoto-b", pid, NULL);
	scoped_text torn = leave("git-intoto-c", pid, "12");

	tempdir_clean(parent.path);
	cr_assert_not(file_exists(whole));
	cr_assert_not(file_exists(bare));
	cr_assert_not(file_exists(torn));
}

Test(tempdir, clean_sees_through_a_reused_pid)
{
	scoped_text own = own_pid_file();
	const char *space = strrchr(own, ' ') + 1;
	scoped_text text = xasprintf("%ld 1 %s", (long)getpid(), space);
	scoped_text path = leave("git-intoto-a", (long)getpid(), text);

	tempdir_clean(parent.path);
	cr_assert_not(file_exists(path));
}

Test(tempdir, clean_leaves_other_containers_alone)
{
	long pid = dead_pid();
	scoped_text text = xasprintf("%ld 1 pid:[1]\n", pid);
	scoped_text path = leave("git-intoto-a", pid, text);

	tempdir_clean(parent.path);
	cr_assert(file_exists(path));
}

Test(tempdir, clean_touches_nothing_that_is_not_ours)
{
	long pid = dead_pid();
	scoped_text other = leave("other-tool", pid, NULL);
	scoped_text shared = leave("git-intoto-s", pid, NULL);
	scoped_text linked =
		xasprintf("%s/git-intoto-l-%ld-abcdef", parent.path, pid);
	scoped_text odd = path_join(parent.path, "git-intoto-");
	scoped_text odder = path_join(parent.path, "git-intoto-a-1x-abcdef");

	cr_assert_eq(chmod(shared, 0755), 0);
	cr_assert_eq(symlink(other, linked), 0);
	cr_assert_eq(mkdir(odd, 0700), 0);
	cr_assert_eq(mkdir(odder, 0700), 0);
	tempdir_clean(parent.path);
	tempdir_clean("/nonexistent");
	cr_assert(file_exists(other));
	cr_assert(file_exists(shared));
	cr_assert(file_exists(linked));
	cr_assert(file_exists(odd));
	cr_assert(file_exists(odder));
}

Test(tempdir, default_parent_follows_tmpdir_if_absolute)
{
	setenv("TMPDIR", "/var/tmp", 1);
	cr_assert_str_eq(tempdir_default_parent(), "/var/tmp");
	setenv("TMPDIR", "relative", 1);
	cr_assert_str_eq(tempdir_default_parent(), "/tmp");
	unsetenv("TMPDIR");
	cr_assert_str_eq(tempdir_default_parent(), "/tmp");
}
