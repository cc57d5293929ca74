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
#include "policy/products.h"
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

/* The inspections of one layout, of `chain`, in a folder with the files that
 * have a name in `products`. */
static int inspect_files(const struct trial *trial, const struct chain *chain,
			 const char *const *products, struct report *report,
			 struct intoto_error *err)
{
	scoped_value(tempdir) dir = { 0 };
	scoped_text inside = NULL;

	if (tempdir_make(&dir, tempdir_default_parent(), "inspect", err) < 0)
		return -1;
	/* The folder itself holds its owner's mark. */
	inside = path_join(dir.path, "products");
	if (file_mkdirs(inside, 0700, err) < 0)
		return -1;
	for (size_t i = 0; i < trial->judgement->n_files; i++)
		if (products[i] &&
		    place_file(inside, products[i], &trial->judgement->files[i],
			       err) < 0)
			return -1;
	return inspect_run(chain, inside, trial->options->inspection_timeout,
			   report, err);
}

/* Which layout's sublayouts are inspected. */
struct inspecting {
	const struct trial *trial;
	size_t index;
	size_t found; /* of inspections */
};

/* The sublayout's own name for the file, where it has one. */
static const char *product_in(const struct products *products,
			      const struct inspecting *what, size_t index)
{
	const struct trial *trial = what->trial;
	const struct judged_file *file = &trial->judgement->files[index];
	const char *as = trial->options->as;
	scoped_value(strlist) ambiguous = STRLIST_INIT;
	const struct product *product =
		products_find(&ambiguous, products, as ? as : file->path,
			      as != NULL);

	if (product && !strcmp(product->sha256, file->sha256))
		return product->artifact.name;
	return trial->layouts[what->index].products[index];
}

static int inspect_sublayout(void *data, const char *parent,
			     const struct chain *chain, struct report *report,
			     struct intoto_error *err)
{
	const struct inspecting *what = data;
	const size_t n = what->trial->judgement->n_files;
	const char **names = xcalloc(n + 1, sizeof(*names));
	scoped_value(products) products = { 0 };
	int got;

	(void)parent;
	products_collect(&products, chain);
	for (size_t i = 0; i < n; i++)
		names[i] = product_in(&products, what, i);
	got = inspect_files(what->trial, chain, names, report, err);
	free(names);
	return got;
}

static int count_inspections(void *data, const char *parent,
			     const struct chain *chain, struct report *report,
			     struct intoto_error *err)
{
	struct inspecting *what = data;

	(void)parent;
	(void)report;
	(void)err;
	what->found += chain->layout->n_inspections;
	return 0;
}

/* Those of sublayouts first, the innermost before those around it. */
static int inspect_layout(struct trial *trial, size_t index,
			  struct intoto_error *err)
{
	const struct trial_layout *layout = &trial->layouts[index];
	struct judged_layout *out = &trial->judgement->layouts[index];
	struct inspecting what = { trial, index, 0 };
	struct sublayout_source source = layout->chain->source.source;

	source.inspect = inspect_sublayout;
	source.data = &what;
	if (sublayout_inspections(layout->chain->chain, &source, &out->report,
				  err) < 0)
		return -1;
	if (out->report.n || !layout->chain->layout->n_inspections)
		return 0;
	return inspect_files(trial, layout->chain->chain, layout->products,
			     &out->report, err);
}

static int has_inspections(bool *out, struct trial *trial, size_t index,
			   struct intoto_error *err)
{
	const struct tag_chain *chain = trial->layouts[index].chain;
	struct inspecting what = { trial, index, chain->layout->n_inspections };
	struct sublayout_source source = chain->source.source;
	scoped_value(report) nothing = REPORT_INIT;

	source.inspect = count_inspections;
	source.data = &what;
	if (sublayout_inspections(chain->chain, &source, &nothing, err) < 0)
		return -1;
	*out = what.found > 0;
	return 0;
}

static int unsaid(const struct judged_layout *layout, struct intoto_error *err)
{
	intoto_fail(err, INTOTO_EINVALID,
		    "layout '%s' has inspections, or a sublayout has, which "
		    "run commands: say --inspect or --no-inspect",
		    layout->name);
	return intoto_hint(err, "git intoto verify --inspect ...  # or "
				"--no-inspect");
}

int judge_inspections(struct trial *trial, struct intoto_error *err)
{
	for (size_t i = 0; i < trial->judgement->n_layouts; i++) {
		struct judged_layout *out = &trial->judgement->layouts[i];
		bool any = false;

		if (!trial->layouts[i].chain || !out->demanded)
			continue;
		if (has_inspections(&any, trial, i, err) < 0)
			return -1;
		if (!any)
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
