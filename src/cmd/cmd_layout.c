/* git intoto layout: who does which step, and what may change in it. */
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/quote.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/layouts.h"
#include "cmd/options.h"
#include "cmd/ui.h"

#define SECONDS_A_DAY 86400

int layouts_expires(int64_t *out, const char *text, int64_t now,
		    struct intoto_error *err)
{
	int64_t expires;

	if (clock_parse_user(&expires, text, now, err) < 0) {
		err->code = INTOTO_EUSAGE;
		return intoto_context(err, "option '--expires': ");
	}
	if (expires <= now)
		return intoto_fail(err, INTOTO_EUSAGE,
				   "option '--expires': '%s' is not in the "
				   "future",
				   text);
	*out = expires;
	return 0;
}

int layouts_load(struct inforce **out, struct session *session,
		 const char *name, struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	int got;

	if (trust_is_empty(session->trust))
		got = inforce_load_unchecked(out, session->repo, name, 0,
					     &report, err);
	else
		got = inforce_load(out, session->repo, session->trust, name, 0,
				   &report, err);
	/* What fails is the error, and need not be said twice. */
	if (got == 0)
		say_warnings(&report.warnings);
	return got;
}

/* Nothing was added to it since it was made, and its life is as long. */
static bool is_same_start(const json_t *draft, const json_t *made)
{
	struct intoto_error ignored = { 0 };
	scoped_json start = json_deep_copy(draft);
	int64_t before, after;

	if (clock_parse(&before,
			json_string_value(json_object_get(draft, "expires")),
			&ignored) < 0 ||
	    clock_parse(&after,
			json_string_value(json_object_get(made, "expires")),
			&ignored) < 0)
		return false;
	json_object_set(start, "expires", json_object_get(made, "expires"));
	return json_equal(start, made) && after - before < SECONDS_A_DAY &&
	       before - after < SECONDS_A_DAY;
}

/* EINVALID if there is another layout of that name. */
static int check_new(bool *already, struct repo *repo, const char *name,
		     const json_t *made, struct intoto_error *err)
{
	struct intoto_error why = { 0 };
	scoped_json before = NULL;
	bool is_draft = false;

	*already = false;
	if (draft_open(&before, &is_draft, repo, name, &why) < 0) {
		if (why.code == INTOTO_ENOTFOUND)
			return 0;
		*err = why;
		return -1;
	}
	*already = is_draft && is_same_start(before, made);
	if (*already)
		return 0;
	intoto_fail(err, INTOTO_EINVALID, "there is a %s '%s' already",
		    is_draft ? "draft of layout" : "layout", name);
	return intoto_hint(err, "git intoto layout show %s", name);
}

static int layout_new(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout new [OPTION]... NAME";
	const char *expires = "1y";
	const char *readme = "";
	const struct option options[] = {
		OPT_STRING(0, "expires", &expires, "SPAN",
			   "when it must be renewed (default: 1y)"),
		OPT_STRING(0, "readme", &readme, "TEXT",
			   "what people should know of it"),
		OPT_END
	};
	struct edit edit = { 0 };
	scoped(repo) repo = NULL;
	scoped_json layout = NULL;
	int64_t until;
	bool already = false;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a NAME", usage, err) < 0 ||
	    layouts_expires(&until, expires, clock_now(), err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0)
		return -1;
	layout = draft_new(until);
	edit = (struct edit){ .name = argv[0], .layout = layout };
	if (edit_set_readme(&edit, readme, err) < 0 ||
	    check_new(&already, repo, argv[0], layout, err) < 0)
		return -1;
	if (already) {
		printf("already: the draft of layout '%s' is there\n", argv[0]);
		return 0;
	}
	if (draft_save(&edit.changed, repo, argv[0], layout, err) < 0)
		return -1;
	printf("draft of layout '%s', expires %s\n", argv[0],
	       json_string_value(json_object_get(layout, "expires")));
	puts("next:");
	printf("  git intoto layout add-step %s STEP --by KEY\n", argv[0]);
	printf("  git intoto layout sign %s\n", argv[0]);
	ui_expiry_hint(argv[0], until, clock_now());
	return 0;
}

static int layout_lint_command(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout lint NAME";
	const struct option options[] = { OPT_END };
	scoped_value(strlist) complaints = STRLIST_INIT;
	scoped(envelope) envelope = NULL;
	scoped(repo) repo = NULL;
	scoped_json layout = NULL;
	bool is_draft;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a NAME", usage, err) < 0 ||
	    repo_open(&repo, REPO_OPEN_USER, err) < 0 ||
	    draft_open(&layout, &is_draft, repo, argv[0], err) < 0 ||
	    envelope_from_json(&envelope, layout, err) < 0)
		return -1;
	layout_lint(&complaints, envelope->layout, clock_now());
	for (size_t i = 0; i < complaints.n; i++)
		puts(complaints.items[i]);
	if (complaints.n)
		return CMD_REJECTED;
	puts("no complaints");
	return 0;
}

static int write_file(const char *path, const struct buffer *text, bool force,
		      const char *name, struct intoto_error *err)
{
	if (!force && file_exists(path)) {
		scoped_text word = quote_word(path);

		intoto_fail(err, INTOTO_EIO, "'%s' is already there", path);
		return intoto_hint(err,
				   "git intoto layout export --force %s %s",
				   name, word);
	}
	return file_write(path, buffer_text(text), text->len, 0666, err);
}

static int layout_export(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout export [--force] NAME [FILE]";
	bool force = false;
	const struct option options[] = {
		OPT_FLAG('f', "force", &force, "overwrite FILE"), OPT_END
	};
	scoped_value(session) session = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;
	scoped(inforce) inforce = NULL;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 2, "a NAME", usage, err) < 0 ||
	    session_open(&session, err) < 0 ||
	    layouts_load(&inforce, &session, argv[0], err) < 0 ||
	    envelope_append_file(&text, inforce->envelope, err) < 0)
		return -1;
	if (inforce->envelope->layout->expires <= session.now)
		say_warning("layout '%s' has expired", argv[0]);
	if (argv[1])
		return write_file(argv[1], &text, force, argv[0], err);
	fwrite(buffer_text(&text), 1, text.len, stdout);
	putchar('\n');
	return 0;
}

int cmd_layout(int argc, char **argv, struct intoto_error *err)
{
	static const struct command table[] = {
		{ NULL, NULL, "look" },
		{ "list", layout_list, "every layout, its version and state" },
		{ "show", layout_show, "one of them as a policy" },
		{ "lint", layout_lint_command, "what is dubious in it" },
		{ "export", layout_export, "as in-toto's own file" },
		{ NULL, NULL, "edit a draft" },
		{ "new", layout_new, "start an empty one" },
		{ "add-key", layout_add_key, "let a key do steps" },
		{ "remove-key", layout_remove_key, "from steps, or for good" },
		{ "add-step", layout_add_step, "a step, by whom, its rules" },
		{ "remove-step", layout_remove_step, "a step or inspection" },
		{ "add-inspection", layout_add_inspection,
		  "a command that verification runs" },
		{ "set", layout_set, "expiry, thresholds, readme" },
		{ "import", layout_import, "take a file as a draft" },
		{ "discard", layout_discard, "throw a draft away" },
		{ NULL, NULL, "put it in force" },
		{ "sign", layout_sign, "sign the draft, or a pending one" },
		{ "renew", layout_renew, "set a new expiry and sign" },
		{ "sub", layout_sub, "for a step of a tag: a sublayout" },
		{ NULL, NULL, NULL },
	};

	return command_dispatch(table, "layout", argc, argv, err);
}
