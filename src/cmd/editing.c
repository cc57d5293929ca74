/* Open, change and store a layout's draft. */
#include "cmd/editing.h"

#include <stdio.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"

void editing_release(struct editing *editing)
{
	strlist_release(&editing->said);
	json_decref(editing->layout);
	repo_free(editing->repo);
}
int editing_open(struct editing *editing, const char *name,
		 struct intoto_error *err)
{
	bool is_draft;

	if (repo_open(&editing->repo, REPO_OPEN_USER, err) < 0 ||
	    draft_open(&editing->layout, &is_draft, editing->repo, name, err) <
		    0)
		return -1;
	editing->edit =
		(struct edit){ .name = name, .layout = editing->layout };
	return 0;
}

void editing_said(struct editing *editing, const char *fmt, ...)
{
	va_list args;
	char *text;

	if (!editing->edit.changed)
		return;
	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	strlist_take(&editing->said, text);
	editing->edit.changed = false;
}

static void warn_of_signatures(const struct editing *editing)
{
	struct intoto_error ignored = { 0 };
	scoped(envelope) draft = NULL;

	if (draft_exists(editing->repo, editing->edit.name) &&
	    draft_load(&draft, editing->repo, editing->edit.name, &ignored) ==
		    0 &&
	    draft->n_signatures)
		say_warning("the draft had been signed already: all its "
			    "signers must sign again");
}

int editing_finish(struct editing *editing, struct intoto_error *err)
{
	const char *name = editing->edit.name;
	bool changed = false;

	if (editing->said.n) {
		warn_of_signatures(editing);
		if (draft_save(&changed, editing->repo, name, editing->layout,
			       err) < 0)
			return -1;
	}
	if (!changed) {
		printf("already: layout '%s' stays as it is\n", name);
		return 0;
	}
	for (size_t i = 0; i < editing->said.n; i++) {
		scoped_text shown = escape_text(editing->said.items[i]);

		puts(shown);
	}
	printf("this is a draft; to put it in force:\n"
	       "  git intoto layout sign %s\n",
	       name);
	return 0;
}
