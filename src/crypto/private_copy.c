/* private_copy.c: an SSH private key, copied, unlocked, read, and removed. */
#include "crypto/private_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/process.h"
#include "base/xalloc.h"
#include "crypto/key_internal.h"

#define SHARED_MEMORY "/dev/shm"

/* ssh-keygen's last words when it gives up; the prompt comes before. */
#define GIVES_UP "Failed to load key"

/* Memory that can be written to under a name; a disk remembers. */
static bool is_memory(const char *path)
{
	struct statfs fs;

	return path && path[0] == '/' && statfs(path, &fs) == 0 &&
	       (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC) &&
	       access(path, W_OK | X_OK) == 0;
}

static const char *choose_parent(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	if (is_memory(runtime) && stat(runtime, &st) == 0 &&
	    S_ISDIR(st.st_mode) && st.st_uid == geteuid())
		return runtime;
	return is_memory(SHARED_MEMORY) ? SHARED_MEMORY
					: tempdir_default_parent();
}

void private_copy_clean(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (is_memory(runtime))
		tempdir_clean(runtime);
	if (is_memory(SHARED_MEMORY))
		tempdir_clean(SHARED_MEMORY);
	tempdir_clean(tempdir_default_parent());
}

/* Programs that are started have their signals all the same, so Ctrl-C still
 * ends a prompt; what reaches us is delivered when the copy is gone. */
static void hold_signals(sigset_t *before)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		sigaddset(&set, held[i]);
	pthread_sigmask(SIG_BLOCK, &set, before);
}

/* Until `size` bytes or the end; -1 with errno. */
static ssize_t read_up_to(int fd, uint8_t *out, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t got = read(fd, out + len, size - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (!got)
			break;
		len += (size_t)got;
	}
	return (ssize_t)len;
}

/* A small regular file, into `out` of PRIVATE_COPY_MAX + 1 bytes. */
static int read_key_file(size_t *len, uint8_t *out, const char *path,
			 const char *name, struct intoto_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t got = -1;
	bool regular = false;
	int saved;

	if (fd >= 0) {
		regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
		if (regular)
			got = read_up_to(fd, out, PRIVATE_COPY_MAX + 1);
		saved = errno;
		close(fd);
		errno = saved;
	}
	if (fd >= 0 && !regular)
		return intoto_fail(err, INTOTO_EINVALID,
				   "private key '%s' is no regular file", name);
	if (got < 0)
		return intoto_fail(err,
				   errno == ENOENT ? INTOTO_ENOTFOUND
						   : INTOTO_EIO,
				   "cannot read the private key '%s': %s", name,
				   strerror(errno));
	if ((size_t)got > PRIVATE_COPY_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "private key '%s' is larger than %zu bytes",
				   name, PRIVATE_COPY_MAX);
	*len = (size_t)got;
	return 0;
}

static bool write_all(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t done = write(fd, data, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		data += done;
		len -= (size_t)done;
	}
	return true;
}

static int write_copy(const char *path, const uint8_t *data, size_t len,
		      struct intoto_error *err)
{
	int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		     0600);
	bool written = fd >= 0 && write_all(fd, data, len);
	int why = errno;

	if (fd >= 0 && close(fd) < 0 && written) {
		written = false;
		why = errno;
	}
	if (written)
		return 0;
	return intoto_fail(err, INTOTO_EIO, "cannot copy the private key: %s",
			   strerror(why));
}

static int copy_key(const struct private_copy *copy, const char *path,
		    const struct buffer *text, struct intoto_error *err)
{
	scoped_guarded held = NULL;
	size_t len = 0;

	if (!path && text->len > PRIVATE_COPY_MAX)
		return intoto_fail(err, INTOTO_ELIMIT,
				   "private key is larger than %zu bytes",
				   PRIVATE_COPY_MAX);
	if (!path)
		return write_copy(copy->path, (const uint8_t *)text->data,
				  text->len, err);
	if (guarded_new(&held, PRIVATE_COPY_MAX + 1, err) < 0 ||
	    read_key_file(&len, held, path, copy->name, err) < 0)
		return -1;
	return write_copy(copy->path, held, len, err);
}

/* A key without a passphrase is rewritten without a word. */
static int unlock_silently(int *status, const struct private_copy *copy,
			   struct intoto_error *err)
{
	const char *const argv[] = { "ssh-keygen", "-q", "-p",	     "-P",
				     "",	   "-N", "",	     "-m",
				     "PKCS8",	   "-f", copy->path, NULL };
	const struct process what = { .argv = argv,
				      .out = PROCESS_DISCARD,
				      .err = PROCESS_DISCARD };
	scoped_value(process_result) result = { 0 };

	if (process_run(&result, &what, err) < 0)
		return -1;
	*status = result.status;
	return 0;
}

/* ssh-keygen names the copy, which means nothing to anybody: say the rest. */
static int refused(const struct private_copy *copy, const char *said,
		   struct intoto_error *err)
{
	const char *at = strstr(said, copy->path);
	scoped_text why = NULL;

	if (strstr(said, "incorrect passphrase")) {
		intoto_fail(err, INTOTO_ECHILD,
			    "wrong or no passphrase for the private key '%s'",
			    copy->name);
	} else {
		at = at ? at + strlen(copy->path) : said;
		at += strspn(at, ": ");
		why = xmemdupz(at, strcspn(at, "\r\n"));
		intoto_fail(err, INTOTO_ECHILD,
			    "ssh-keygen cannot use the private key '%s'%s%s",
			    copy->name, *why ? ": " : "", why);
	}
	return copy->is_file
		       ? intoto_hint(err, "ssh-keygen -y -f '%s'", copy->name)
		       : -1;
}

static int unlock(const struct private_copy *copy,
		  const struct key_settings *settings, struct intoto_error *err)
{
	const char *const argv[] = { "ssh-keygen", "-q", "-p",	  "-N",
				     "",	   "-m", "PKCS8", "-f",
				     copy->path,   NULL };
	const struct process what = { .argv = argv,
				      .inherit_stdin = true,
				      .out = PROCESS_DISCARD,
				      .err = PROCESS_TEE,
				      .tee_until = GIVES_UP };
	scoped_value(process_result) result = { 0 };
	scoped_text shown = NULL;
	scoped_text note = NULL;
	int status;

	if (unlock_silently(&status, copy, err) < 0)
		return -1;
	if (status == 0)
		return 0;
	shown = escape_text(copy->name);
	note = xasprintf("ssh-keygen asks for the passphrase of '%s': what is "
			 "to be signed may be too long for an SSH agent",
			 shown);
	if (settings->tell)
		settings->tell(note);
	if (process_run(&result, &what, err) < 0)
		return -1;
	if (result.status)
		return refused(copy, buffer_text(&result.err), err);
	return 0;
}

int private_copy_make(struct private_copy *out, const char *path,
		      const struct buffer *text,
		      const struct key_settings *settings,
		      struct intoto_error *err)
{
	scoped_value(private_copy) copy = { .dir = { NULL } };
	sigset_t before;

	private_copy_clean();
	hold_signals(&before);
	if (tempdir_make(&copy.dir, choose_parent(), "key", err) < 0) {
		pthread_sigmask(SIG_SETMASK, &before, NULL);
		return -1;
	}
	copy.before = before;
	copy.path = path_join(copy.dir.path, "key");
	copy.name = xstrdup(path ? path : "in the environment");
	copy.is_file = path != NULL;
	if (copy_key(&copy, path, text, err) < 0 ||
	    unlock(&copy, settings, err) < 0)
		return -1;
	*out = copy;
	copy = (struct private_copy){ .dir = { NULL } };
	return 0;
}

static int parse(EVP_PKEY **out, const char *text, size_t len,
		 const struct key *expected, struct intoto_error *err)
{
	scoped_pkey pkey = NULL;
	scoped(key) found = NULL;
	bool is_private = false;

	if (is_openssh_key(text, len) && expected->type == KEY_ED25519)
		return openssh_ed25519_read(out, text, len, expected->ed25519,
					    err);
	if (pkey_from_pem(&pkey, &is_private, text, len, NULL, NULL, err) < 0 ||
	    key_new_pkey(&found, pkey, NULL, expected->scheme, err) < 0)
		return -1;
	if (!is_private || !key_same(found, expected))
		return intoto_fail(err, INTOTO_EINVALID,
				   "private key does not belong to its public "
				   "key");
	*out = take(pkey);
	return 0;
}

int private_copy_read(EVP_PKEY **out, const struct private_copy *copy,
		      const struct key *expected, struct intoto_error *err)
{
	scoped_guarded text = NULL;
	size_t len = 0;

	if (guarded_new(&text, PRIVATE_COPY_MAX + 1, err) < 0 ||
	    read_key_file(&len, text, copy->path, copy->name, err) < 0)
		return -1;
	if (parse(out, (const char *)text, len, expected, err) < 0)
		return intoto_context(err, "private key '%s': ", copy->name);
	return 0;
}

/* In place, whatever its size has become: ssh-keygen wrote the last word. */
static void overwrite(const char *path)
{
	static const uint8_t zeros[4096];
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		for (off_t left = st.st_size; left > 0;
		     left -= (off_t)sizeof(zeros))
			if (!write_all(fd, zeros, sizeof(zeros)))
				break;
	fsync(fd);
	close(fd);
	unlink(path);
}

void private_copy_release(struct private_copy *copy)
{
	if (!copy->dir.path)
		return;
	overwrite(copy->path);
	free(copy->path);
	free(copy->name);
	tempdir_release(&copy->dir);
	copy->path = NULL;
	copy->name = NULL;
	pthread_sigmask(SIG_SETMASK, &copy->before, NULL);
}
