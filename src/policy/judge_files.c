/* judge_files.c: do the files in hand come from the tag? */
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "base/quote.h"
#include "policy/judge_internal.h"
#include "policy/products.h"
#include "repo/refs.h"

struct comparing {
	struct trial *trial;
	struct products *products; /* a set for each layout */
	bool *owns;		   /* a layout that has one of the names */
};

/* What is recorded, for people who wonder. */
static void hint_show(struct finding *finding, const struct trial *trial)
{
	scoped_value(buffer) text = BUFFER_INIT;

	buffer_puts(&text, "git intoto show ");
	quote_append(&text, refs_short(trial->judgement->ref), QUOTE_SHELL);
	finding_set(&finding->hint, "%s", buffer_text(&text));
}

/* "git intoto verify [--as NAME] TAG FILE" */
static void hint_verify(struct finding *finding, const struct trial *trial,
			const char *as, const char *file)
{
	scoped_value(buffer) text = BUFFER_INIT;

	buffer_puts(&text, "git intoto verify ");
	if (as) {
		buffer_puts(&text, "--as ");
		quote_append(&text, as, QUOTE_SHELL);
		buffer_putc(&text, ' ');
	}
	quote_append(&text, refs_short(trial->judgement->ref), QUOTE_SHELL);
	buffer_putc(&text, ' ');
	quote_append(&text, file, QUOTE_SHELL);
	finding_set(&finding->hint, "%s", buffer_text(&text));
}

static struct finding *file_finding(struct finding *finding,
				    const struct judged_file *file)
{
	finding_set(&finding->artifact, "%s", file->path);
	finding_set(&finding->found, "sha256 %s", file->sha256);
	return finding;
}

static void refuse_ambiguous(struct trial *trial,
			     const struct judged_file *file,
			     const struct judged_layout *layout,
			     const struct strlist *names)
{
	scoped_value(buffer) list = BUFFER_INIT;
	struct finding *finding;

	for (size_t i = 0; i < names->n; i++)
		buffer_printf(&list, "%s'%s'", i ? ", " : "", names->items[i]);
	finding = file_finding(
		report_refuse(&trial->files, "file-ambiguous",
			      "file '%s' may be one of several products: %s; "
			      "give the longer path",
			      file->path, buffer_text(&list)),
		file);
	finding_set(&finding->layout, "%s", layout->name);
	finding_set(&finding->expected, "one of %s", buffer_text(&list));
	hint_verify(finding, trial, names->items[0], file->path);
}

static void refuse_renamed(struct trial *trial, const struct judged_file *file,
			   const struct judged_layout *layout,
			   const struct product *product)
{
	struct finding *finding = file_finding(
		report_refuse(&trial->files, "file-renamed",
			      "file '%s' is product '%s' of step '%s' under "
			      "another name",
			      file->path, product->artifact.name,
			      product->step->item->name),
		file);

	finding_set(&finding->layout, "%s", layout->name);
	finding_set(&finding->step, "%s", product->step->item->name);
	finding_set(&finding->expected, "%s", product->artifact.name);
	hint_verify(finding, trial, product->artifact.name, file->path);
}

static void refuse_changed(struct trial *trial, const struct judged_file *file,
			   const struct judged_layout *layout,
			   const struct product *product)
{
	scoped_value(buffer) expected = BUFFER_INIT;
	struct finding *finding;

	artifact_describe(&expected, &product->artifact);
	finding = file_finding(
		report_refuse(&trial->files, "file-changed",
			      "file '%s' is not product '%s' of step '%s': "
			      "expected %s, found sha256 %s",
			      file->path, product->artifact.name,
			      product->step->item->name, buffer_text(&expected),
			      file->sha256),
		file);
	finding_set(&finding->layout, "%s", layout->name);
	finding_set(&finding->step, "%s", product->step->item->name);
	finding_set(&finding->expected, "%s", buffer_text(&expected));
	hint_show(finding, trial);
}

static void refuse_unverified(struct trial *trial,
			      const struct judged_file *file,
			      const struct judged_layout *layout,
			      const struct product *product)
{
	struct finding *finding = file_finding(
		report_refuse(&trial->files, "file-unverified",
			      "file '%s' is product '%s' of step '%s', which "
			      "lacks links",
			      file->path, product->artifact.name,
			      product->step->item->name),
		file);

	finding_set(&finding->layout, "%s", layout->name);
	finding_set(&finding->step, "%s", product->step->item->name);
}

static void refuse_unknown(struct trial *trial, const struct judged_file *file,
			   const char *name)
{
	struct finding *finding = file_finding(
		report_refuse(&trial->files, "file-unknown",
			      "no step of tag '%s' made a product '%s', nor "
			      "one with this content",
			      refs_short(trial->judgement->ref), name),
		file);

	finding_set(&finding->expected, "a product named '%s'", name);
	hint_show(finding, trial);
}

/* The first layout's match is the one that is told. */
static void tell_match(struct judged_file *file,
		       const struct judged_layout *layout,
		       const struct product *product)
{
	scoped_value(buffer) by = BUFFER_INIT;

	if (file->product)
		return;
	for (size_t i = 0; i < product->step->n_good; i++)
		buffer_printf(&by, "%s%.4s..", i ? ", " : "",
			      key_id(product->step->by[i]));
	file->product = xstrdup(product->artifact.name);
	file->layout = xstrdup(layout->name);
	file->step = xstrdup(product->step->item->name);
	file->by = buffer_take(&by);
}

/* One file by one layout; false if no product has its name. */
static bool compare_in(struct comparing *work, size_t index, size_t at,
		       const char *name, bool exact)
{
	struct trial *trial = work->trial;
	struct judged_file *file = &trial->judgement->files[index];
	const struct judged_layout *layout = &trial->judgement->layouts[at];
	const struct products *products = &work->products[at];
	scoped_value(strlist) ambiguous = STRLIST_INIT;
	const struct product *product =
		products_find(&ambiguous, products, name, exact);
	const struct product *other;

	if (ambiguous.n) {
		refuse_ambiguous(trial, file, layout, &ambiguous);
		return true;
	}
	if (!product)
		return false;
	if (!strcmp(product->sha256, file->sha256)) {
		if (!product_is_verified(product)) {
			refuse_unverified(trial, file, layout, product);
			return true;
		}
		trial->layouts[at].products[index] = product->artifact.name;
		tell_match(file, layout, product);
		return true;
	}
	other = products_with(products, file->sha256);
	if (other)
		refuse_renamed(trial, file, layout, other);
	else
		refuse_changed(trial, file, layout, product);
	return true;
}

/* No product has the name; has one the content? */
static void refuse_nameless(struct comparing *work, size_t index,
			    const char *name)
{
	struct trial *trial = work->trial;
	const struct judged_file *file = &trial->judgement->files[index];

	for (size_t i = 0; i < trial->judgement->n_layouts; i++) {
		const struct product *product =
			products_with(&work->products[i], file->sha256);

		if (!product)
			continue;
		refuse_renamed(trial, file, &trial->judgement->layouts[i],
			       product);
		return;
	}
	refuse_unknown(trial, file, name);
}

static int judge_file(struct comparing *work, size_t index,
		      struct intoto_error *err)
{
	struct trial *trial = work->trial;
	const struct judge_options *options = trial->options;
	struct judged_file *file = &trial->judgement->files[index];
	const char *name = options->as ? options->as : file->path;
	uint8_t sum[SHA256_SIZE];
	bool known = false;

	if (sha256_file(sum, file->path, err) < 0)
		return -1;
	hex_encode(file->sha256, sum, sizeof(sum));
	for (size_t i = 0; i < trial->judgement->n_layouts; i++) {
		if (!compare_in(work, index, i, name, options->as != NULL))
			continue;
		work->owns[i] = true;
		known = true;
	}
	if (!known)
		refuse_nameless(work, index, name);
	return 0;
}

/* Without an owner of any file, and for a layout of which nothing is known,
 * nothing is let off. */
static void set_demanded(const struct comparing *work)
{
	struct judgement *judgement = work->trial->judgement;
	bool any = false;

	for (size_t i = 0; i < judgement->n_layouts; i++)
		any |= work->owns[i];
	for (size_t i = 0; any && i < judgement->n_layouts; i++)
		judgement->layouts[i].demanded =
			work->owns[i] || !judgement->layouts[i].in_force;
}

int judge_files(struct trial *trial, struct intoto_error *err)
{
	const size_t n = trial->judgement->n_layouts;
	struct comparing work = {
		.trial = trial,
		.products = xcalloc(n + 1, sizeof(*work.products)),
		.owns = xcalloc(n + 1, sizeof(*work.owns)),
	};
	int got = 0;

	for (size_t i = 0; i < n; i++) {
		struct trial_layout *layout = &trial->layouts[i];

		layout->products = xcalloc(trial->judgement->n_files + 1,
					   sizeof(*layout->products));
		if (layout->chain)
			products_collect(&work.products[i],
					 layout->chain->chain);
	}
	for (size_t i = 0; got == 0 && i < trial->judgement->n_files; i++)
		got = judge_file(&work, i, err);
	if (got == 0 && trial->judgement->n_files)
		set_demanded(&work);
	for (size_t i = 0; i < n; i++)
		products_release(&work.products[i]);
	free(work.products);
	free(work.owns);
	return got;
}
