/* products.c: the products of a layout's steps, by name. */
#include "policy/products.h"

#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "policy/judge_internal.h"

void products_release(struct products *products)
{
	free(products->items);
	*products = (struct products){ 0 };
}

bool product_is_verified(const struct product *product)
{
	return product->step->n_good >=
	       (uint64_t)product->step->item->threshold;
}

/* Of a digest set of several algorithms: its SHA-256. */
static void sha256_of(char out[SHA256_HEX_SIZE],
		      const struct artifact *artifact)
{
	scoped_json value = NULL;
	struct intoto_error ignored = { 0 };
	const char *text;

	out[0] = '\0';
	if (artifact->sha256) {
		hex_encode(out, artifact->sha256, SHA256_SIZE);
		return;
	}
	if (json_load_strict(&value, artifact->canonical,
			     strlen(artifact->canonical), &ignored) < 0)
		return;
	text = json_string_value(json_object_get(value, "sha256"));
	if (text && strlen(text) == SHA256_HEX_SIZE - 1 &&
	    is_lower_hex(text, SHA256_HEX_SIZE - 1))
		memcpy(out, text, SHA256_HEX_SIZE);
}

static int compare_bytes(const char *a, size_t a_len, const char *b,
			 size_t b_len)
{
	const int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* By name; the later step first. */
static int by_name(const void *x, const void *y)
{
	const struct product *a = x;
	const struct product *b = y;
	const int order = compare_bytes(a->artifact.name, a->artifact.len,
					b->artifact.name, b->artifact.len);

	return order ? order : (a->step < b->step) - (a->step > b->step);
}

static int by_base(const void *x, const void *y)
{
	const struct product *a = x;
	const struct product *b = y;
	const int order =
		compare_bytes(a->base, a->base_len, b->base, b->base_len);

	return order ? order : by_name(x, y);
}

static void keep_last_step(struct products *products)
{
	size_t kept = 0;

	if (products->n)
		qsort(products->items, products->n, sizeof(*products->items),
		      by_name);
	for (size_t i = 0; i < products->n; i++)
		if (!kept || strcmp(products->items[kept - 1].artifact.name,
				    products->items[i].artifact.name))
			products->items[kept++] = products->items[i];
	products->n = kept;
}

void products_collect(struct products *out, const struct chain *chain)
{
	for (size_t i = 0; i < chain->n_steps; i++) {
		const struct link *link = chain->steps[i].reduced;
		const size_t n = link ? artifacts_count(link->products) : 0;

		for (size_t j = 0; j < n; j++) {
			struct product *product;

			ALLOC_GROW(out->items, out->n + 1, out->alloc);
			product = &out->items[out->n++];
			product->artifact = artifacts_at(link->products, j);
			product->step = &chain->steps[i];
			product->base = path_base(&product->base_len,
						  product->artifact.name);
			sha256_of(product->sha256, &product->artifact);
		}
	}
	keep_last_step(out);
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), by_base);
}

/* The first product whose last component is not before that one. */
static size_t first_of(const struct products *products, const char *base,
		       size_t len)
{
	size_t low = 0;
	size_t high = products->n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		const struct product *product = &products->items[mid];

		if (compare_bytes(product->base, product->base_len, base, len) <
		    0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* What was found for one path. */
struct finds {
	struct strlist ending;	   /* names that end in the path, or are it */
	const struct product *one; /* of these */
	const struct product *equal;
	const struct product *within; /* the longest that the path ends in */
	size_t within_agreed;
};

static void look_at(struct finds *finds, const struct product *product,
		    const char *path)
{
	size_t agreed = 0;

	switch (path_match(&agreed, product->artifact.name, path)) {
	case PATH_EQUAL:
		finds->equal = product;
		finds->one = product;
		strlist_add(&finds->ending, product->artifact.name);
		break;
	case PATH_LONGER:
		finds->one = product;
		strlist_add(&finds->ending, product->artifact.name);
		break;
	case PATH_SHORTER:
		if (agreed > finds->within_agreed) {
			finds->within = product;
			finds->within_agreed = agreed;
		}
		break;
	case PATH_OTHER:
		break;
	}
}

const struct product *products_find(struct strlist *ambiguous,
				    const struct products *products,
				    const char *path, bool exact)
{
	struct finds finds = { 0 };
	size_t len = 0;
	const char *base = path_base(&len, path);
	const struct product *found;

	for (size_t i = first_of(products, base, len);
	     i < products->n &&
	     !compare_bytes(products->items[i].base,
			    products->items[i].base_len, base, len);
	     i++)
		look_at(&finds, &products->items[i], path);
	if (exact && finds.equal) {
		found = finds.equal;
	} else if (finds.ending.n > 1) {
		strlist_add_all(ambiguous, &finds.ending);
		found = NULL;
	} else {
		found = finds.one ? finds.one : finds.within;
	}
	strlist_release(&finds.ending);
	return found;
}

const struct product *products_with(const struct products *products,
				    const char *sha256)
{
	for (size_t i = 0; i < products->n; i++)
		if (!strcmp(products->items[i].sha256, sha256) &&
		    product_is_verified(&products->items[i]))
			return &products->items[i];
	return NULL;
}
