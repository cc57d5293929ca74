/* Tests for policy/hooktext.c: the texts of hooks, ours and others'. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/xalloc.h"
#include "policy/hookfile.h"

static const char *const events[] = { "pre-push", "pre-receive", "update" };

static enum hook_author author_of(const char *event, const char *text)
{
	scoped_value(hook_found) found = { 0 };

	hooktext_read(&found, event, text);
	return found.author;
}

/* The text with `from` replaced once; to be freed. */
static char *changed(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	cr_assert(at, "'%s' is not in the text", from);
	return xasprintf("%.*s%s%s", (int)(at - text), text, to,
			 at + strlen(from));
}

Test(hooktext, what_we_write_is_ours_whatever_was_wished)
{
	static const char *const programs[] = { "/usr/bin/git-intoto",
						"/a b/it's \"$HOME\" \\n",
						"/x;exit 0", "/$(exit 0)" };

	for (size_t i = 0; i < ARRAY_SIZE(events) * ARRAY_SIZE(programs) * 4;
	     i++) {
		const char *event = events[i % ARRAY_SIZE(events)];
		const struct hook_wish wish = {
			.program = programs[i / 4 % ARRAY_SIZE(programs)],
			.report_only = i & 1,
			.chained = i & 2,
		};
		scoped_text text = hooktext_make(event, &wish);
		scoped_value(hook_found) found = { 0 };

		hooktext_read(&found, event, text);
		cr_assert_eq(found.author, HOOK_BY_US, "%s", text);
		cr_assert_str_eq(found.program, wish.program);
		cr_assert_eq(found.report_only, wish.report_only);
		cr_assert_eq(found.chained, wish.chained);
	}
}

Test(hooktext, a_command_is_the_text_without_what_git_adds)
{
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		const struct hook_wish wish = { .program = "/bin/git-intoto",
						.report_only = i & 1 };
		scoped_text command = hooktext_command(events[i], &wish);
		scoped_value(hook_found) found = { 0 };

		cr_assert_not(strstr(command, "#!"));
		cr_assert_not(strstr(command, "$@"));
		hooktext_read_command(&found, events[i], command);
		cr_assert_eq(found.author, HOOK_BY_US, "%s", command);
		cr_assert_eq(found.report_only, wish.report_only);
	}
}

Test(hooktext, the_hook_of_another_event_is_not_ours_for_this_one)
{
	const struct hook_wish wish = { .program = "/bin/git-intoto" };
	scoped_text text = hooktext_make("update", &wish);

	cr_assert_eq(author_of("pre-receive", text), HOOK_BY_US_EDITED);
	cr_assert_null(hooktext_make("post-receive", &wish));
}

Test(hooktext, one_changed_byte_anywhere_is_not_ours)
{
	const struct hook_wish wish = { .program = "/bin/git-intoto" };
	scoped_text text = hooktext_make("pre-receive", &wish);
	const char *program = strstr(text, "/bin/git-intoto");
	const size_t from = (size_t)(program - text);

	for (size_t i = 0; text[i]; i++) {
		const char before = text[i];

		/* Another program is another program, not another text. */
		if (i >= from && i < from + strlen("/bin/git-intoto"))
			continue;
		text[i] = before == 'x' ? 'y' : 'x';
		cr_assert_neq(author_of("pre-receive", text), HOOK_BY_US,
			      "byte %zu", i);
		text[i] = before;
	}
	cr_assert_eq(author_of("pre-receive", text), HOOK_BY_US);
}

Test(hooktext, a_line_more_or_less_is_edited)
{
	const struct hook_wish wish = { .program = "/bin/git-intoto" };
	scoped_text text = hooktext_make("pre-receive", &wish);
	scoped_text more = xasprintf("%sexit 0\n", text);
	scoped_text before = changed(text, "\nprogram=", "\nexit 0\nprogram=");
	scoped_text less = changed(text, "exec ", "");

	cr_assert_eq(author_of("pre-receive", more), HOOK_BY_US_EDITED);
	cr_assert_eq(author_of("pre-receive", before), HOOK_BY_US_EDITED);
	cr_assert_eq(author_of("pre-receive", less), HOOK_BY_US_EDITED);
}

Test(hooktext, a_program_that_a_shell_would_do_more_with_is_edited)
{
	static const char *const words[] = {
		"/bin/true; exit 0", "$(exit 0)", "`exit 0`", "/bin/x exit",
		"relative",	     "",	  "'/bin/x",  "\"/bin/x\"",
		"/bin/\\x",	     "/bin/x\t",  "~/x",      "/bin/x #",
	};
	const struct hook_wish wish = { .program = "/bin/git-intoto" };
	scoped_text text = hooktext_make("update", &wish);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		scoped_text other = changed(text, "/bin/git-intoto", words[i]);

		cr_assert_eq(author_of("update", other), HOOK_BY_US_EDITED,
			     "%s", words[i]);
	}
}

Test(hooktext, without_the_marker_it_is_somebody_elses)
{
	cr_assert_eq(author_of("update", ""), HOOK_BY_OTHERS);
	cr_assert_eq(author_of("update",
			       "#!/bin/sh\ngit intoto check update\n"),
		     HOOK_BY_OTHERS);
	cr_assert_eq(author_of("update", "# git-intoto hook v2"),
		     HOOK_BY_OTHERS);
}

Test(hooktext, a_later_version_is_not_overwritten_as_old)
{
	cr_assert_eq(author_of("update", "#!/bin/sh\n# git-intoto hook v3: x\n"
					 "program=/bin/git-intoto\n"),
		     HOOK_BY_US_EDITED);
}

static bool is_listed(const char *list, size_t len)
{
	scoped_value(buffer) text = BUFFER_INIT;

	buffer_add(&text, list, len);
	return hookfile_is_listed(&text, "hook.intoto-update");
}
#define IS_LISTED(list) is_listed(list, sizeof(list) - 1)

Test(hooktext, git_lists_a_hook_by_its_whole_name)
{
	cr_assert(IS_LISTED("intoto-update\0"));
	cr_assert(IS_LISTED("lint\0intoto-update\0hook from hookdir\0"));
	cr_assert_not(IS_LISTED(""));
	cr_assert_not(IS_LISTED("disabled\tintoto-update\0"));
	cr_assert_not(IS_LISTED("event-disabled\tintoto-update\0"));
	cr_assert_not(IS_LISTED("x\nintoto-update\n\0"));
	cr_assert_not(IS_LISTED("intoto-update2\0my-intoto-update\0"));
}

Test(hooktext, the_program_is_the_one_named_else_of_the_path)
{
	scoped_text named = hookfile_find_program("/bin/sh", "/nowhere");
	scoped_text none = hookfile_find_program("/no/such", "/nowhere::");
	scoped_text unset = hookfile_find_program(NULL, NULL);

	cr_assert_str_eq(named, "/bin/sh");
	cr_assert_null(none);
	cr_assert_null(unset);
}
