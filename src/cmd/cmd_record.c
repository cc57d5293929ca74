/* cmd_record.c: record files before and after work that is no one command. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/compat.h"
#include "cmd/recording.h"

#define UNFINISHED ".link-unfinished"
#define KEYID_SHOWN 8

struct halving {
	struct recorder recording;
	struct strlist paths;
	struct strlist byproducts; /* NAME=VALUE */
	const char *command;
	char *file; /* the unfinished link's */
};

static void halving_release(struct halving *halving)
{
	strlist_release(&halving->paths);
	strlist_release(&halving->byproducts);
	free(halving->file);
	recorder_release(&halving->recording);
}
SCOPED_RELEASE(halving);

static int start(struct halving *halving, struct intoto_error *err)
{
	struct recorder *recording = &halving->recording;
	scoped(link) link = link_new(recording->step);
	scoped(artifacts) materials = NULL;
	scoped(envelope) envelope = NULL;
	scoped_text name = NULL;
	scoped_text step = escape_text(recording->step);
	size_t n;
	int got;

	if (recorder_open(recording, err) < 0 ||
	    recorder_files(&materials, recording, &halving->paths, "material",
			   err) < 0)
		return -1;
	got = recorder_open_key(recording, materials, err);
	if (got != 0)
		return got;
	n = artifacts_count(materials);
	recorder_set(&link->materials, take(materials));
	if (recorder_sign(&envelope, recording, &link, err) < 0)
		return -1;
	name = xasprintf(".%s.%.8s" UNFINISHED, recording->step,
			 envelope->signatures[0].keyid);
	if (recorder_write(recording, name, envelope, err) < 0)
		return -1;
	if (!recording->quiet)
		printf("started step '%s'   %zu %s\n", step, n,
		       n == 1 ? "material" : "materials");
	return 0;
}

static int record_start(int argc, char **argv, const struct compat *compat,
			struct intoto_error *err)
{
	static const char usage[] = "record start -n NAME [OPTION]...";
	scoped_value(halving) halving = { 0 };
	struct recorder *recording = &halving.recording;
	const struct option options[] = {
		RECORDING_OPTIONS(recording),
		OPT_SEVERAL('m', "material", &halving.paths, "PATH",
			    "hash this before the work"),
		OPT_SEVERAL(0, "materials", &halving.paths, "PATH", NULL),
		RECORDING_FILES(recording),
		OPT_STRING('d', "metadata-directory", &recording->dir, "DIR",
			   "write the link's file to DIR"),
		RECORDING_DSSE(recording),
		OPT_END,
	};

	compat_recorder(recording, compat);
	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "the options", usage, err) < 0 ||
	    recorder_check(recording, err) < 0)
		return -1;
	return start(&halving, err);
}

/* ".build.9c1f2ab3.link-unfinished": steps may have dots themselves. */
static bool is_unfinished(const char *name, const char *step)
{
	const size_t len = strlen(step);

	return name[0] == '.' && !strncmp(name + 1, step, len) &&
	       name[1 + len] == '.' &&
	       strlen(name) == len + 2 + KEYID_SHOWN + strlen(UNFINISHED) &&
	       is_hex(name + len + 2, KEYID_SHOWN) &&
	       !strcmp(name + len + 2 + KEYID_SHOWN, UNFINISHED);
}

static int list_unfinished(struct strlist *out, const char *dir,
			   const char *step, struct intoto_error *err)
{
	DIR *handle = opendir(dir);
	struct dirent *entry;

	if (!handle)
		return intoto_fail(err, INTOTO_EIO, "cannot read folder '%s'",
				   dir);
	while ((entry = readdir(handle)))
		if (is_unfinished(entry->d_name, step))
			strlist_take(out, path_join(strcmp(dir, ".") ? dir : "",
						    entry->d_name));
	closedir(handle);
	strlist_sort(out);
	return 0;
}

/* Of this step, and signed by our key. */
static int read_unfinished(struct envelope **out, const char *path,
			   const struct recorder *recording,
			   struct intoto_error *err)
{
	const struct key *key = signer_key(recording->signer);
	scoped_value(buffer) text = BUFFER_INIT;
	scoped(envelope) envelope = NULL;

	if (file_read(&text, path, recording->max, err) < 0 ||
	    envelope_read(&envelope, text.data, text.len, false, err) < 0 ||
	    envelope_verify(envelope, key, recording->session.now, err) < 0)
		return intoto_context(err, "'%s': ", path);
	if (envelope->content != CONTENT_LINK ||
	    strcmp(envelope->link->name, recording->step) != 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is no link of step '%s'", path,
				   recording->step);
	/* A finished link is public, and could be put in its place. */
	if (artifacts_count(envelope->link->products) ||
	    json_array_size(envelope->link->command) ||
	    json_object_size(envelope->link->byproducts))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is a finished link", path);
	*out = take(envelope);
	return 0;
}

static int not_started(const struct recorder *recording,
		       const struct strlist *files,
		       const struct intoto_error *last,
		       struct intoto_error *err)
{
	scoped_text name = quote_word(recording->step);
	char who[64];

	if (files->n == 1) {
		*err = *last;
		return -1;
	}
	key_describe(who, signer_key(recording->signer));
	intoto_fail(err, INTOTO_ENOTFOUND,
		    "step '%s' was not started here by '%s'", recording->step,
		    who);
	return intoto_hint(err, "git intoto record start -n %s -m .", name);
}

/* Here, else in the folder of the links: the one that our key signed. */
static int find_unfinished(struct envelope **out, struct halving *halving,
			   struct intoto_error *err)
{
	const struct recorder *recording = &halving->recording;
	scoped_value(strlist) files = STRLIST_INIT;
	scoped(envelope) found = NULL;
	struct intoto_error last = { 0 };

	if (list_unfinished(&files, ".", recording->step, err) < 0 ||
	    (!files.n && recording->dir && !recording->as_reference &&
	     list_unfinished(&files, recording->dir, recording->step, err) < 0))
		return -1;
	for (size_t i = 0; i < files.n; i++) {
		scoped(envelope) envelope = NULL;

		if (read_unfinished(&envelope, files.items[i], recording,
				    &last) < 0)
			continue;
		if (found)
			return intoto_fail(err, INTOTO_EINVALID,
					   "step '%s' was started twice: '%s' "
					   "and '%s'",
					   recording->step, halving->file,
					   files.items[i]);
		found = take(envelope);
		halving->file = xstrdup(files.items[i]);
	}
	if (!found)
		return not_started(recording, &files, &last, err);
	*out = take(found);
	return 0;
}

/* "return-value=0" is a number, all else is text. */
static int set_byproduct(struct link *link, const char *text,
			 struct intoto_error *err)
{
	const size_t len = strcspn(text, "=");
	scoped_text name = xmemdupz(text, len);
	const char *value = text + len + 1;
	json_t *json;
	char *end;

	if (!len || !text[len])
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--byproduct' takes NAME=VALUE, not "
				   "'%s'",
				   text);
	if (!strcmp(name, "return-value")) {
		long number = strtol(value, &end, 10);

		if (end == value || *end || strlen(value) > 9)
			return intoto_fail(err, INTOTO_EUSAGE,
					   "'return-value' is a number, not "
					   "'%s'",
					   value);
		json = json_integer(number);
	} else {
		json = json_string(value);
	}
	if (json_object_set_new(link->byproducts, name, json) < 0)
		return intoto_fail(err, INTOTO_EINVALID,
				   "byproduct '%s' is no UTF-8", name);
	return 0;
}

static int describe_work(struct link *link, const struct halving *halving,
			 struct intoto_error *err)
{
	scoped_value(strlist) words = STRLIST_INIT;

	for (size_t i = 0; i < halving->byproducts.n; i++)
		if (set_byproduct(link, halving->byproducts.items[i], err) < 0)
			return -1;
	if (!halving->command)
		return 0;
	if (quote_split(&words, halving->command, err) < 0)
		return -1;
	json_array_clear(link->command);
	return words.n ? build_run_words(link->command, words.items, err) : 0;
}

static void describe_key(struct halving *halving,
			 const struct envelope *started)
{
	struct recorder *recording = &halving->recording;

	recording->dsse = started->form == ENVELOPE_DSSE;
	recording->primary_keyid = recording->as_reference &&
				   recording->key.gpg && *recording->key.gpg;
}

static int stop(struct halving *halving, struct intoto_error *err)
{
	struct recorder *recording = &halving->recording;
	scoped(envelope) started = NULL;
	scoped(artifacts) products = NULL;
	scoped(link) link = NULL;
	int got;

	if (recorder_open(recording, err) < 0 ||
	    recorder_files(&products, recording, &halving->paths, "product",
			   err) < 0)
		return -1;
	got = recorder_open_key(recording, products, err);
	if (got != 0)
		return got;
	if (find_unfinished(&started, halving, err) < 0)
		return -1;
	describe_key(halving, started);
	link = take(started->link);
	recorder_set(&link->products, take(products));
	if (describe_work(link, halving, err) < 0)
		return -1;
	got = recorder_store(recording, &link, err);
	if (got != 0)
		return got;
	if (unlink(halving->file) < 0)
		return intoto_fail(err, INTOTO_EIO, "cannot remove '%s'",
				   halving->file);
	return 0;
}

static int record_stop(int argc, char **argv, const struct compat *compat,
		       struct intoto_error *err)
{
	static const char usage[] = "record stop -n NAME [OPTION]...";
	scoped_value(halving) halving = { 0 };
	struct recorder *recording = &halving.recording;
	const struct option options[] = {
		RECORDING_OPTIONS(recording),
		OPT_SEVERAL('p', "product", &halving.paths, "PATH",
			    "hash this after the work"),
		OPT_SEVERAL(0, "products", &halving.paths, "PATH", NULL),
		RECORDING_FILES(recording),
		OPT_STRING(0, "command", &halving.command, "LINE",
			   "the command that was run, to be recorded"),
		OPT_LIST(0, "byproduct", &halving.byproducts, "NAME=VALUE",
			 "what else came of it"),
		RECORDING_WHERE(recording),
		OPT_END,
	};

	compat_recorder(recording, compat);
	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "the options", usage, err) < 0 ||
	    recorder_check(recording, err) < 0)
		return -1;
	return stop(&halving, err);
}

static int start_plain(int argc, char **argv, struct intoto_error *err)
{
	return record_start(argc, argv, NULL, err);
}

static int stop_plain(int argc, char **argv, struct intoto_error *err)
{
	return record_stop(argc, argv, NULL, err);
}

int cmd_record(int argc, char **argv, struct intoto_error *err)
{
	static const struct command table[] = {
		{ "start", start_plain, "before the work" },
		{ "stop", stop_plain, "after it: makes the link" },
		{ 0 },
	};

	return command_dispatch(table, "record", argc, argv, err);
}

int cmd_record_as(int argc, char **argv, const struct compat *compat,
		  struct intoto_error *err)
{
	if (!strcmp(argv[1], "start"))
		return record_start(argc - 1, argv + 1, compat, err);
	return record_stop(argc - 1, argv + 1, compat, err);
}
