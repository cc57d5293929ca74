/* cmd_match_products.c: are these files what a link says it made? */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/keys.h"
#include "cmd/options.h"
#include "cmd/ui.h"
#include "cmd/verify_output.h"
#include "metadata/envelope.h"
#include "repo/config.h"
#include "repo/gitname.h"
#include "verify/files.h"

#define LINK_MAX_OUTSIDE ((size_t)64 << 20) /* of a repository */

static const char usage[] = "match-products -l LINK [-p PATH...] [OPTION]...";

struct matching {
	const char *path; /* of the link */
	struct strlist paths;
	struct strlist keys;
	struct strlist exclude;
	struct strlist lstrip;
	struct files_options files;
	bool json;

	struct repo *repo; /* NULL: outside of one */
	struct ui_progress progress;
	struct envelope *envelope;
	const struct artifacts *products; /* of its link */
	char who[64];			  /* whose signature holds; or "" */
	char keyid[KEYID_SIZE];
	struct artifacts *found;
	struct strlist only_products;
	struct strlist not_in_products;
	struct strlist differ;
};

static void matching_release(struct matching *matching)
{
	ui_progress_stop(&matching->progress);
	repo_free(matching->repo);
	envelope_free(matching->envelope);
	artifacts_free(matching->found);
	strlist_release(&matching->paths);
	strlist_release(&matching->keys);
	strlist_release(&matching->exclude);
	strlist_release(&matching->lstrip);
	strlist_release(&matching->only_products);
	strlist_release(&matching->not_in_products);
	strlist_release(&matching->differ);
}
SCOPED_RELEASE(matching);

static int parse(struct matching *matching, int argc, char **argv,
		 struct intoto_error *err)
{
	struct files_options *files = &matching->files;
	const struct option options[] = {
		OPT_STRING('l', "link", &matching->path, "LINK",
			   "the link whose products they should be"),
		OPT_SEVERAL('p', "path", &matching->paths, "PATH",
			    "files and folders to compare (default: .)"),
		OPT_SEVERAL(0, "paths", &matching->paths, "PATH", NULL),
		OPT_LIST('k', "key", &matching->keys, "KEY",
			 "check first that one of these signed the link"),
		OPT_SEVERAL('e', "exclude", &matching->exclude, "PATTERN",
			    "leave these out, as .gitignore does"),
		OPT_STRING(0, "base-path", &files->base, "DIR",
			   "where paths start (default: .)"),
		OPT_SEVERAL(0, "lstrip-paths", &matching->lstrip, "PREFIX",
			    "cut this off the names of the files"),
		OPT_FLAG(0, "normalize-line-endings",
			 &files->normalize_line_endings,
			 "hash CRLF and CR as LF"),
		OPT_FLAG(0, "follow-symlink-dirs", &files->follow_symlink_dirs,
			 "enter folders that are symbolic links"),
		OPT_FLAG(0, "ignore-unreadable", &files->ignore_unreadable,
			 "leave out what cannot be read or hashed"),
		OPT_FLAG(0, "json", &matching->json, "print one JSON object"),
		OPT_END,
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "the options", usage, err) < 0)
		return -1;
	if (!matching->path) {
		intoto_fail(err, INTOTO_EUSAGE, "the link is missing");
		return intoto_hint(err,
				   "git intoto match-products -l FILE.link");
	}
	if (matching->paths.n == 0)
		strlist_add(&matching->paths, ".");
	return 0;
}

static void take_signer(struct matching *matching, const struct key *key)
{
	key_describe(matching->who, key);
	snprintf(matching->keyid, sizeof(matching->keyid), "%s", key_id(key));
}

/* One of the keys is enough: a link is one functionary's. */
static int check_signature(struct matching *matching, struct intoto_error *err)
{
	const struct key_settings settings = keys_settings(matching->repo);
	scoped_value(keys) keys = { 0 };
	int got = -1;

	if (matching->keys.n == 0) {
		scoped_text path = quote_word(matching->path);

		say_note("the signature of the link is not checked");
		say_hint("git intoto match-products --key KEY -l %s", path);
		return 0;
	}
	if (keys_load(&keys, &matching->keys, &settings, err) < 0)
		return -1;
	for (size_t i = 0; got < 0 && i < keys.n; i++) {
		got = envelope_verify(matching->envelope, keys.items[i],
				      clock_now(), err);
		if (got == 0)
			take_signer(matching, keys.items[i]);
		else if (err->code != INTOTO_EREJECTED)
			return -1;
	}
	if (got < 0)
		intoto_context(err, "link '%.256s': ", matching->path);
	return got;
}

static int read_link(struct matching *matching, struct intoto_error *err)
{
	scoped_value(buffer) text = BUFFER_INIT;
	size_t max = LINK_MAX_OUTSIDE;

	if ((matching->repo &&
	     config_max_link_size(&max, matching->repo, err) < 0) ||
	    file_read(&text, matching->path, max, err) < 0)
		return -1;
	if (envelope_read(&matching->envelope, buffer_text(&text), text.len,
			  false, err) < 0) {
		intoto_context(err, "'%.256s': ", matching->path);
		return -1;
	}
	if (matching->envelope->content != CONTENT_LINK)
		return intoto_fail(err, INTOTO_EINVALID, "'%s' is no link",
				   matching->path);
	matching->products = matching->envelope->link->products;
	return 0;
}

static void say_progress(void *data, size_t done, size_t total)
{
	ui_progress_show(done, total, data);
}

static int record_files(struct matching *matching, struct intoto_error *err)
{
	const struct files_resolver git = { GITNAME_SCHEME, gitname_record,
					    matching->repo };
	scoped_value(strlist) missing = STRLIST_INIT;
	struct files_options *files = &matching->files;

	files->exclude = &matching->exclude;
	files->lstrip = &matching->lstrip;
	files->skip_git = true;
	files->resolvers = &git;
	files->n_resolvers = 1;
	files->missing = &missing;
	files->progress = say_progress;
	files->progress_data = &matching->progress;
	if (files_record(&matching->found, &matching->paths, files, err) < 0)
		return -1;
	ui_progress_stop(&matching->progress);
	for (size_t i = 0; i < missing.n; i++)
		say_warning("'%s' is not there", missing.items[i]);
	return 0;
}

static void compare(struct matching *matching)
{
	const struct artifacts *products = matching->products;
	const struct artifacts *found = matching->found;
	size_t hint = 0;

	for (size_t i = 0; i < artifacts_count(products); i++) {
		const struct artifact product = artifacts_at(products, i);
		const ptrdiff_t at = artifacts_find_next(found, product.name,
							 product.len, &hint);
		struct artifact file;

		if (at < 0) {
			strlist_add(&matching->only_products, product.name);
			continue;
		}
		file = artifacts_at(found, (size_t)at);
		if (!artifact_equal(&product, &file))
			strlist_add(&matching->differ, product.name);
	}
	hint = 0;
	for (size_t i = 0; i < artifacts_count(found); i++) {
		const struct artifact file = artifacts_at(found, i);

		if (artifacts_find_next(products, file.name, file.len, &hint) <
		    0)
			strlist_add(&matching->not_in_products, file.name);
	}
}

static void put_names(json_t *object, const char *name,
		      const struct strlist *names)
{
	json_t *array = json_array();

	for (size_t i = 0; i < names->n; i++)
		json_array_append_new(array, json_string(names->items[i]));
	json_object_set_new(object, name, array);
}

static void print_result_json(const struct matching *matching, bool matches)
{
	json_t *result = json_object();

	json_object_set_new(result, "matches", json_boolean(matches));
	json_object_set_new(result, "link",
			    json_string(matching->envelope->link->name));
	json_object_set_new(result, "signedBy",
			    *matching->keyid ? json_string(matching->keyid)
					     : json_null());
	put_names(result, "onlyInProducts", &matching->only_products);
	put_names(result, "notInProducts", &matching->not_in_products);
	put_names(result, "differ", &matching->differ);
	print_json(result);
	json_decref(result);
}

static void print_names(const char *what, const struct strlist *names)
{
	for (size_t i = 0; i < names->n; i++) {
		scoped_text shown = escape_text(names->items[i]);

		printf("%s: %s\n", what, shown);
	}
}

static void print_result(const struct matching *matching, bool matches)
{
	const size_t n = artifacts_count(matching->products);
	scoped_text step = escape_text(matching->envelope->link->name);

	print_names("only in products", &matching->only_products);
	print_names("not in products", &matching->not_in_products);
	print_names("differs", &matching->differ);
	if (matches)
		printf("%zu %s of step %s %s%s%s\n", n,
		       n == 1 ? "product" : "products", step,
		       n == 1 ? "matches" : "match",
		       *matching->who ? ", signed by " : "", matching->who);
}

static int finish(const struct matching *matching, struct intoto_error *err)
{
	const size_t only = matching->only_products.n;
	const size_t others = matching->not_in_products.n;
	const size_t differ = matching->differ.n;
	const bool matches = only + others + differ == 0;

	if (matching->json)
		print_result_json(matching, matches);
	else
		print_result(matching, matches);
	if (matches)
		return 0;
	return intoto_reject(err, "products-differ",
			     "these files are not the products of link "
			     "'%.512s': %zu missing, %zu more, %zu different",
			     matching->path, only, others, differ);
}

int cmd_match_products(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(matching) matching = {
		.progress = ui_progress_start("hashing"),
	};
	struct intoto_error outside = { 0 };

	if (parse(&matching, argc, argv, err) < 0)
		return -1;
	if (repo_open(&matching.repo, REPO_OPEN_USER, &outside) < 0)
		matching.repo = NULL;
	if (read_link(&matching, err) < 0 ||
	    check_signature(&matching, err) < 0 ||
	    record_files(&matching, err) < 0)
		return -1;
	compare(&matching);
	return finish(&matching, err);
}
