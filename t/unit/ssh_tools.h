/* ssh_tools.h: for tests: OpenSSH's own programs, in a folder that goes. */
#ifndef UNIT_SSH_TOOLS_H
#define UNIT_SSH_TOOLS_H

#include <criterion/criterion.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/file.h"
#include "base/process.h"
#include "base/tempdir.h"
#include "base/xalloc.h"

static inline void run_ok(const char *const *argv)
{
	scoped_value(process_result) result = { 0 };
	struct intoto_error err = { 0 };
	const struct process what = { .argv = argv,
				      .out = PROCESS_CAPTURE,
				      .err = PROCESS_CAPTURE };

	cr_assert_eq(process_run(&result, &what, &err), 0, "%s", err.message);
	cr_assert_eq(result.status, 0, "%s: %s", argv[0],
		     buffer_text(&result.err));
}

#define RUN(...) run_ok((const char *const[]){ __VA_ARGS__, NULL })

static inline struct tempdir temp_folder(void)
{
	struct intoto_error err = { 0 };
	struct tempdir dir = { NULL };

	cr_assert_eq(tempdir_make(&dir, tempdir_default_parent(), "unit", &err),
		     0, "%s", err.message);
	return dir;
}

/* A new key pair DIR/NAME, DIR/NAME.pub; the path, to be freed. */
static inline char *make_ssh_key(const struct tempdir *dir, const char *name,
				 const char *type, const char *bits,
				 const char *passphrase)
{
	char *path = path_join(dir->path, name);

	RUN("ssh-keygen", "-q", "-t", type, "-b", bits, "-N", passphrase, "-C",
	    "me@example.org", "-f", path);
	return path;
}

static inline char *read_text(const char *path)
{
	struct buffer text = BUFFER_INIT;
	struct intoto_error err = { 0 };

	cr_assert_eq(file_read(&text, path, 1 << 20, &err), 0, "%s",
		     err.message);
	return text.data ? buffer_take(&text) : xstrdup("");
}

static inline char *read_public(const char *private_path)
{
	scoped_text path = xasprintf("%s.pub", private_path);

	return read_text(path);
}

#endif
