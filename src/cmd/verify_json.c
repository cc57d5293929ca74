/* verify_json.c: a judgement as one JSON object. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/verify_output.h"

#define INDENT 2

/* A path may be no UTF-8, which JSON cannot say: then it is escaped. */
static json_t *string_or_null(const char *text)
{
	scoped_text shown = NULL;
	json_t *value;

	if (!text)
		return json_null();
	value = json_string(text);
	if (value)
		return value;
	shown = escape_text(text);
	return json_string(shown);
}

static void put(json_t *object, const char *name, const char *text)
{
	json_object_set_new(object, name, string_or_null(text));
}

static void put_number(json_t *object, const char *name, uint64_t number)
{
	json_object_set_new(object, name, json_integer((json_int_t)number));
}

static void put_bool(json_t *object, const char *name, bool value)
{
	json_object_set_new(object, name, json_boolean(value));
}

static void put_time(json_t *object, const char *name, int64_t when)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(text, when);
	put(object, name, text);
}

void print_json(const json_t *value)
{
	/* In ASCII, so that a terminal has nothing to obey. */
	char *text = json_dumps(value, JSON_INDENT(INDENT) | JSON_ENCODE_ANY |
					       JSON_ENSURE_ASCII);

	printf("%s\n", text ? text : "null");
	free(text);
}

static json_t *strings_json(char *const *items, size_t n)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < n; i++)
		json_array_append_new(array, string_or_null(items[i]));
	return array;
}

json_t *verify_reasons_json(const struct report *report)
{
	json_t *reasons = json_array();
	size_t i;

	for (i = 0; i < report->n; i++) {
		const struct finding *finding = &report->items[i];
		json_t *reason = json_object();

		put(reason, "code", finding->reason);
		put(reason, "message", finding->message);
		put(reason, "hint", finding->hint);
		put(reason, "layout", finding->layout);
		put(reason, "step", finding->step);
		put(reason, "artifact", finding->artifact);
		put(reason, "rule", finding->rule);
		put(reason, "expected", finding->expected);
		put(reason, "found", finding->found);
		if (finding->trace.n)
			json_object_set_new(reason, "trace",
					    strings_json(finding->trace.items,
							 finding->trace.n));
		json_array_append_new(reasons, reason);
	}
	return reasons;
}

static json_t *steps_json(const struct judged_layout *layout)
{
	json_t *steps = json_array();
	size_t i;

	for (i = 0; i < layout->n_steps; i++) {
		const struct judged_step *judged = &layout->steps[i];
		json_t *step = json_object();

		put(step, "name", judged->name);
		put_number(step, "threshold", judged->threshold);
		json_object_set_new(step, "by",
				    strings_json(judged->by, judged->n_by));
		put(step, "evidence", judged->evidence);
		put_bool(step, "holds", judged->holds);
		json_array_append_new(steps, step);
	}
	return steps;
}

/* By which version, and whose word it is that it may. */
static json_t *sealed_json(const struct judged_layout *judged)
{
	json_t *sealed;

	if (!judged->sealed)
		return json_null();
	sealed = json_object();
	put_number(sealed, "version", judged->sealed_version);
	put(sealed, "digest", judged->sealed_digest);
	put(sealed, "seal", judged->seal);
	json_object_set_new(sealed, "by",
			    strings_json(judged->sealed_by.items,
					 judged->sealed_by.n));
	return sealed;
}

static json_t *layout_json(const struct judged_layout *judged)
{
	json_t *layout = json_object();

	put(layout, "name", judged->name);
	put_bool(layout, "demanded", judged->demanded);
	put_bool(layout, "inForce", judged->in_force);
	put_bool(layout, "holds", judged->holds);
	if (judged->in_force) {
		put_number(layout, "version", judged->version);
		put(layout, "digest", judged->digest);
		put_time(layout, "expires", judged->expires);
		put_number(layout, "signedBy", judged->signed_by);
		put_number(layout, "owners", judged->owners);
	}
	json_object_set_new(layout, "sealed", sealed_json(judged));
	json_object_set_new(layout, "steps", steps_json(judged));
	json_object_set_new(layout, "reasons",
			    verify_reasons_json(&judged->report));
	return layout;
}

static json_t *files_json(const struct judgement *judgement)
{
	json_t *files = json_array();
	size_t i;

	for (i = 0; i < judgement->n_files; i++) {
		const struct judged_file *judged = &judgement->files[i];
		json_t *file = json_object();

		put(file, "path", judged->path);
		put(file, "sha256", judged->sha256);
		put(file, "product", judged->product);
		put(file, "layout", judged->layout);
		put(file, "step", judged->step);
		put(file, "by", judged->by);
		json_array_append_new(files, file);
	}
	return files;
}

void verify_print_json(const struct verify_output *output)
{
	const struct judgement *judgement = output->judgement;
	const struct strlist *warnings = &judgement->report.warnings;
	scoped_json object = json_object();
	json_t *layouts = json_array();
	size_t i;

	put(object, "verdict",
	    judgement_accepts(judgement) ? "accepted" : "rejected");
	if (output->now_given)
		put_time(object, "at", output->now);
	if (output->file) {
		put(object, "layoutFile", output->file);
	} else {
		put(object, "ref", judgement->ref);
		put(object, "tag", judgement->tag);
		put(object, "commit", judgement->commit);
		put(object, "project", judgement->project);
	}
	for (i = 0; i < judgement->n_layouts; i++)
		json_array_append_new(layouts,
				      layout_json(&judgement->layouts[i]));
	json_object_set_new(object, "layouts", layouts);
	json_object_set_new(object, "files", files_json(judgement));
	json_object_set_new(object, "reasons",
			    verify_reasons_json(&judgement->report));
	json_object_set_new(object, "warnings",
			    strings_json(warnings->items, warnings->n));
	if (output->explained)
		json_object_set_new(object, "explained",
				    strings_json(output->explained->items,
						 output->explained->n));
	print_json(object);
}

void verify_print_json_error(const struct intoto_error *err)
{
	scoped_json object = json_object();
	json_t *reason = json_object();
	json_t *reasons = json_array();

	put(object, "verdict", "unknown");
	put(reason, "code", *err->reason ? err->reason : NULL);
	put(reason, "message", err->message);
	put(reason, "hint", *err->hint ? err->hint : NULL);
	json_array_append_new(reasons, reason);
	json_object_set_new(object, "reasons", reasons);
	print_json(object);
}
