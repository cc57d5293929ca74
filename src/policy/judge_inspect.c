/* judge_inspect.c: run inspections in a private folder, on copies. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/tempdir.h"
#include "base/xalloc.h"
#include "policy/judge_internal.h"
#include "verify/inspect.h"

#define CHUNK 65536

/* A name that stays below the folder it is put into, and out of .git. */
static bool name_is_safe(const char *name)
{
	if (!*name || *name == '/')
		return false;
	for (const char *at = name;;) {
		const size_t len = strcspn(at, "/");

		if (!len || (len == 1 && at[0] == '.') ||
		    (len == 2 && !memcmp(at, "..", 2)) ||
		    (len == 4 && !strncasecmp(at, ".git", 4)))
			return false;
		if (!at[len])
			return true;
		at += len + 1;
	}
}

static int copy_bytes(int to, int from)
{
	char chunk[CHUNK];

	for (;;) {
		const ssize_t n = read(from, chunk, sizeof(chunk));
		ssize_t done = 0;

		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		while (done < n) {
			const ssize_t put =
				write(to, chunk + done, (size_t)(n - done));

			if (put < 0 && errno != EINTR)
				return -1;
			done += put > 0 ? put : 0;
		}
	}
}

static int copy_file(const char *to, const char *from, struct intoto_error *err)
{
	const int in = open(from, O_RDONLY | O_CLOEXEC);
	struct stat info = { 0 };
	int out = -1;
	int got = -1;

	if (in >= 0 && fstat(in, &info) == 0)
		out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			   info.st_mode & 0700);
	if (out >= 0)
		got = copy_bytes(out, in);
	if (got < 0)
		intoto_fail(err, INTOTO_EIO, "cannot copy '%s': %s", from,
			    strerror(errno));
	if (in >= 0)
		close(in);
	if (out >= 0 && close(out) < 0 && got == 0)
		got = intoto_fail(err, INTOTO_EIO, "cannot write '%s': %s", to,
				  strerror(errno));
	return got;
}

/* The copy is what was judged, whatever happens to the original. */
static int check_copy(const char *path, const struct judged_file *file,
		      struct intoto_error *err)
{
	uint8_t sum[SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];

	if (sha256_file(sum, path, err) < 0)
		return -1;
	hex_encode(hex, sum, sizeof(sum));
	if (strcmp(hex, file->sha256))
		return intoto_fail(err, INTOTO_EIO,
				   "'%s' changed while it was verified",
				   file->path);
	return 0;
}

static int place_file(const char *dir, const char *product,
		      const struct judged_file *file, struct intoto_error *err)
{
	scoped_text path = path_join(dir, product);
	scoped_text parent = xstrdup(path);

	if (!name_is_safe(product))
		return intoto_fail(err, INTOTO_EINVALID,
				   "product '%s' cannot be put into a folder "
				   "for inspection",
				   product);
	*strrchr(parent, '/') = '\0';
	if (file_exists(path)) /* the same product, given twice */
		return 0;
	if (file_mkdirs(parent, 0700, err) < 0 ||
	    copy_file(path, file->path, err) < 0)
		return -1;
	return check_copy(path, file, err);
}

static int inspect_layout(struct trial *trial, size_t index,
			  struct intoto_error *err)
{
	const struct trial_layout *layout = &trial->layouts[index];
	struct judged_layout *out = &trial->judgement->layouts[index];
	scoped_value(tempdir) dir = { 0 };
	scoped_text inside = NULL;

	if (tempdir_make(&dir, tempdir_default_parent(), "inspect", err) < 0)
		return -1;
	/* The folder itself holds its owner's mark. */
	inside = path_join(dir.path, "products");
	if (file_mkdirs(inside, 0700, err) < 0)
		return -1;
	for (size_t i = 0; i < trial->judgement->n_files; i++)
		if (layout->products[i] &&
		    place_file(inside, layout->products[i],
			       &trial->judgement->files[i], err) < 0)
			return -1;
	return inspect_run(layout->chain->chain, inside, &out->report, err);
}

static int unsaid(const struct judged_layout *layout, struct intoto_error *err)
{
	intoto_fail(err, INTOTO_EINVALID,
		    "layout '%s' has inspections, which run commands: say "
		    "--inspect or --no-inspect",
		    layout->name);
	return intoto_hint(err, "git intoto verify --inspect ...  # or "
				"--no-inspect");
}

int judge_inspections(struct trial *trial, struct intoto_error *err)
{
	for (size_t i = 0; i < trial->judgement->n_layouts; i++) {
		const struct inforce *inforce = trial->layouts[i].inforce;
		struct judged_layout *out = &trial->judgement->layouts[i];

		if (!inforce || !out->demanded ||
		    !inforce->envelope->layout->n_inspections)
			continue;
		if (trial->options->inspect == INSPECT_UNSAID)
			return unsaid(out, err);
		/* Nothing is run for what is refused already. */
		if (trial->options->inspect == INSPECT_YES && !out->report.n &&
		    !trial->files.n && inspect_layout(trial, i, err) < 0)
			return -1;
	}
	return 0;
}
