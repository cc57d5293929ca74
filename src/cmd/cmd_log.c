/* cmd_log.c: every tag with how far it has come. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/log_state.h"
#include "cmd/options.h"
#include "cmd/ui.h"
#include "cmd/verify_output.h"
#include "repo/git.h"

#define NAME_COLUMN 12
#define STATE_COLUMN 10

static const char usage[] = "log [OPTION]... [PATTERN...]";

struct rows {
	struct log_row *items;
	size_t n;
	size_t alloc;
};

static void rows_release(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		log_row_release(&rows->items[i]);
	free(rows->items);
}
SCOPED_RELEASE(rows);

/* "tag 1234... refs/tags/v1.0" */
static int add_row(struct rows *rows, struct log_view *view, const char *line,
		   struct intoto_error *err)
{
	size_t type = strcspn(line, " ");
	const char *hex = line + type + (line[type] == ' ');
	size_t len = strcspn(hex, " ");
	const char *ref = hex + len + (hex[len] == ' ');
	scoped_value(log_row) row = { 0 };
	struct oid oid;

	if (!oid_parse(&oid, hex, len) || !*ref)
		return intoto_fail(err, INTOTO_ECHILD,
				   "git for-each-ref printed '%s'", line);
	if (log_state_of(&row, view, ref, &oid,
			 type == 3 && !strncmp(line, "tag", 3), err) < 0)
		return -1;
	row.ref = xstrdup(ref);
	ALLOC_GROW(rows->items, rows->n + 1, rows->alloc);
	rows->items[rows->n++] = row;
	row = (struct log_row){ 0 };
	return 0;
}

/* The newest first. */
static int read_rows(struct rows *rows, struct log_view *view, char **patterns,
		     struct intoto_error *err)
{
	scoped_value(strlist) args = STRLIST_INIT;
	scoped_text list = NULL;
	char *line, *rest = NULL;

	strlist_add(&args, "for-each-ref");
	strlist_add(&args, "--sort=-creatordate");
	strlist_add(&args, "--format=%(objecttype) %(objectname) %(refname)");
	for (; *patterns; patterns++)
		strlist_addf(&args, "refs/tags/%s", refs_short(*patterns));
	if (args.n == 3)
		strlist_add(&args, "refs/tags");
	if (git_line(&list, view->session->repo,
		     (const char *const *)args.items, err) < 0)
		return -1;
	for (line = strtok_r(list, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (add_row(rows, view, line, err) < 0)
			return -1;
	return 0;
}

/* "; " between what is worth a word. */
static void describe_missing(struct buffer *out, const char *what,
			     const struct strlist *missing)
{
	if (!missing->n)
		return;
	buffer_printf(out, "%s%s, not yet signed by ", out->len ? "; " : "",
		      what);
	for (size_t i = 0; i < missing->n; i++)
		buffer_printf(out, "%s%s", i ? ", " : "", missing->items[i]);
}

static void describe(struct buffer *out, const struct log_row *row,
		     const struct log_view *view)
{
	if (row->sealed)
		buffer_puts(out, "sealed");
	describe_missing(out, "a seal is begun", &row->seal_missing);
	describe_missing(out, "its withdrawal is begun", &row->revoke_missing);
	if (row->lacking)
		buffer_printf(out, "%s%s lacks %zu %s", out->len ? "; " : "",
			      view->remote, row->lacking,
			      row->lacking == 1 ? "line" : "lines");
}

static void print_rows(const struct rows *rows, const struct log_view *view)
{
	size_t width = NAME_COLUMN;
	size_t i;

	for (i = 0; i < rows->n; i++) {
		size_t len = strlen(refs_short(rows->items[i].ref)) + 2;

		width = len > width ? len : width;
	}
	for (i = 0; i < rows->n; i++) {
		const struct log_row *row = &rows->items[i];
		scoped_text name = escape_text(refs_short(row->ref));
		scoped_value(buffer) notes = BUFFER_INIT;
		const char *state = log_state_text(row->state);

		describe(&notes, row, view);
		if (!notes.len)
			printf("%-*s%s\n", (int)width, name, state);
		else
			printf("%-*s%-*s%s\n", (int)width, name, STATE_COLUMN,
			       state, buffer_text(&notes));
	}
	for (i = 0; i < view->layouts_lacking.n; i++)
		printf("%s lacks layout %s as it is here\n", view->remote,
		       view->layouts_lacking.items[i]);
}

static json_t *list_json(const struct strlist *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(array, json_string(list->items[i]));
	return array;
}

static void print_rows_json(const struct rows *rows,
			    const struct log_view *view)
{
	scoped_json object = json_object();
	json_t *tags = json_array();
	json_t *layouts = json_array();
	size_t i;

	for (i = 0; i < rows->n; i++) {
		const struct log_row *row = &rows->items[i];
		scoped_text ref = escape_text(row->ref);

		json_array_append_new(
			tags,
			json_pack("{ss ss sI sb so so}", "ref", ref, "state",
				  log_state_text(row->state), "lacking",
				  (json_int_t)row->lacking, "sealed",
				  (int)row->sealed, "sealMissing",
				  list_json(&row->seal_missing),
				  "revokeMissing",
				  list_json(&row->revoke_missing)));
	}
	for (i = 0; i < view->layouts_lacking.n; i++)
		json_array_append_new(layouts,
				      json_string(
					      view->layouts_lacking.items[i]));
	json_object_set_new(object, "remote",
			    view->remote ? json_string(view->remote)
					 : json_null());
	json_object_set_new(object, "tags", tags);
	json_object_set_new(object, "layoutsLacking", layouts);
	print_json(object);
}

int cmd_log(int argc, char **argv, struct intoto_error *err)
{
	scoped_value(session) session = { 0 };
	scoped_value(log_view) view = { 0 };
	scoped_value(rows) rows = { 0 };
	bool json = false;
	const struct option options[] = {
		OPT_FLAG(0, "json", &json, "print one JSON object"),
		OPT_END,
	};

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    session_open(&session, err) < 0 ||
	    log_view_open(&view, &session, err) < 0 ||
	    read_rows(&rows, &view, argv, err) < 0)
		return -1;
	session_warn(&session);
	if (json)
		print_rows_json(&rows, &view);
	else
		print_rows(&rows, &view);
	return 0;
}
