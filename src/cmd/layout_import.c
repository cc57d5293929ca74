/* The rows of `git intoto layout` that take a draft in, and throw one away. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cmd/layouts.h"
#include "cmd/options.h"
#include "cmd/sealing.h"
#include "repo/config.h"

int layout_discard(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout discard NAME";
	const struct option options[] = { OPT_END };
	scoped_value(session) session = { 0 };
	scoped(inforce) inforce = NULL;
	struct intoto_error why = { 0 };
	const char *name;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a NAME", usage, err) < 0 ||
	    session_open(&session, err) < 0)
		return -1;
	name = argv[0];
	if (!notes_layout_name_ok(name))
		return intoto_fail(err, INTOTO_EINVALID,
				   "'%s' is no name for a layout", name);
	if (!draft_exists(session.repo, name)) {
		printf("already: there is no draft of layout '%s' here\n",
		       name);
		return 0;
	}
	if (draft_discard(session.repo, name, err) < 0)
		return -1;
	printf("the draft of layout '%s' is gone\n", name);
	if (layouts_load(&inforce, &session, name, &why) == 0 ||
	    why.code == INTOTO_ENOTFOUND)
		layouts_note_pending(&session, name, inforce);
	return 0;
}

int layout_import(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "layout import [OPTION]... NAME FILE";
	scoped_value(sealing) sealing = { 0 };
	const struct key_options seal_key = { 0 };
	const struct option options[] = { SEALING_OPTIONS(&sealing), OPT_END };
	scoped_value(session) session = { 0 };
	scoped_value(buffer) text = BUFFER_INIT;
	scoped_value(strlist) complaints = STRLIST_INIT;
	scoped(envelope) stored = NULL;
	scoped(layout_draft) draft = NULL;
	bool changed = false;
	size_t max;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 2, 2, "a NAME and a FILE", usage, err) < 0 ||
	    sealing_check(&sealing, err) < 0 ||
	    session_open(&session, err) < 0 ||
	    config_max_link_size(&max, session.repo, err) < 0 ||
	    file_read(&text, argv[1], max, err) < 0)
		return -1;
	if (draft_import(&draft, &changed, session.repo, argv[0], session.trust,
			 buffer_text(&text), text.len, session.now, err) < 0)
		return intoto_context(err, "'%s': ", argv[1]);
	if (draft &&
	    sealing_before(&sealing, &session, argv[0], draft->envelope->layout,
			   &(struct sealing_keys){ .options = &seal_key,
						   .layout = draft->envelope },
			   err) < 0)
		return -1;
	if (draft)
		return layouts_finish(&session, draft, NULL, 0, err);
	if (!changed) {
		printf("already: layout '%s' is that\n", argv[0]);
		return 0;
	}
	if (draft_load(&stored, session.repo, argv[0], err) < 0)
		return -1;
	layout_lint(&complaints, stored->layout, session.now);
	say_warnings(&complaints);
	printf("'%s' is a draft of layout '%s' now; to put it in force:\n"
	       "  git intoto layout sign %s\n",
	       argv[1], argv[0], argv[0]);
	return 0;
}
