/* cmd_key.c: keys as in-toto sees them. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/xalloc.h"
#include "cmd/cmd.h"
#include "cmd/key_make.h"
#include "cmd/keys.h"
#include "cmd/options.h"
#include "cmd/session.h"
#include "cmd/verify_output.h"
#include "repo/signing.h"

/* A key needs no repository unless it is the default one. */
static int open_key(struct key **out, const char *spec,
		    struct intoto_error *err)
{
	struct intoto_error outside = { 0 };
	scoped(repo) repo = NULL;
	scoped_text found = NULL;
	struct key_settings settings;

	if (repo_open(&repo, REPO_OPEN_USER, &outside) < 0 && !spec) {
		*err = outside;
		return -1;
	}
	if (!spec && signing_link_key(&found, repo, err) < 0)
		return -1;
	settings = keys_settings(repo);
	return key_load(out, spec ? spec : found, &settings, err);
}

static int key_show(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "key show [KEY]";
	const struct option options[] = { OPT_END };
	scoped_text comment = NULL;
	scoped(key) key = NULL;
	char who[64];

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 1, "a KEY", usage, err) < 0 ||
	    open_key(&key, argv[0], err) < 0)
		return -1;
	key_describe(who, key);
	printf("%s\n", who);
	printf("type %.*s\n", (int)strcspn(who, " "), who);
	printf("scheme %s\n", key_scheme(key));
	printf("keyid %s\n", key_id(key));
	printf("keyid %s\n", key_id_new(key));
	comment = escape_text(key_comment(key));
	if (*comment)
		printf("comment %s\n", comment);
	return 0;
}

static int key_export(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "key export KEY";
	const struct option options[] = { OPT_END };
	scoped(key) key = NULL;
	scoped_json object = NULL;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, 1, "a KEY", usage, err) < 0 ||
	    open_key(&key, argv[0], err) < 0)
		return -1;
	object = key_to_json(key);
	print_json(object);
	return 0;
}

/* Every KEY, or none. */
static int load_operands(struct keys *out, struct strlist *specs, int argc,
			 char **argv, struct intoto_error *err)
{
	struct intoto_error outside = { 0 };
	scoped(repo) repo = NULL;
	struct key_settings settings;

	repo_open(&repo, REPO_OPEN_USER, &outside);
	settings = keys_settings(repo);
	for (int i = 0; i < argc; i++)
		strlist_add(specs, argv[i]);
	return keys_load(out, specs, &settings, err);
}

static int key_id_command(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "key id KEY...";
	const struct option options[] = { OPT_END };
	scoped_value(keys) keys = { 0 };
	scoped_value(strlist) specs = STRLIST_INIT;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, INT_MAX, "a KEY", usage, err) < 0 ||
	    load_operands(&keys, &specs, argc, argv, err) < 0)
		return -1;
	for (size_t i = 0; i < keys.n; i++) {
		const struct key *key = keys.items[i];
		scoped_text shown = escape_text(specs.items[i]);

		printf("%s  %s\n", key_id(key), shown);
		if (strcmp(key_id(key), key_id_new(key)) != 0)
			printf("%s  %s\n", key_id_new(key), shown);
		if (strcmp(key_id(key), key_id_old(key)) != 0)
			printf("%s  %s\n", key_id_old(key), shown);
	}
	return 0;
}

/* Is the same key among those before? One may have two names. */
static bool is_repeated(const struct keys *keys, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(key_id(keys->items[i]), key_id(keys->items[at])))
			return true;
	return false;
}

static int key_layout(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "key layout KEY...";
	const struct option options[] = { OPT_END };
	scoped_value(keys) keys = { 0 };
	scoped_value(strlist) specs = STRLIST_INIT;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 1, INT_MAX, "a KEY", usage, err) < 0 ||
	    load_operands(&keys, &specs, argc, argv, err) < 0)
		return -1;
	for (size_t i = 0; i < keys.n; i++) {
		scoped_json object = NULL;
		scoped_value(buffer) text = BUFFER_INIT;

		if (is_repeated(&keys, i))
			continue;
		object = key_to_json(keys.items[i]);
		if (compact_append(&text, object, err) < 0)
			return -1;
		printf("%s\"%s\": %s", i ? ",\n" : "", key_id(keys.items[i]),
		       buffer_text(&text));
	}
	putchar('\n');
	return 0;
}

static void print_row(const char *role, const struct key *key)
{
	scoped_text shown = escape_text(role);
	char who[64];

	key_describe(who, key);
	printf("%-24s  %-24s  %s\n", shown, who, key_id(key));
}

static void print_signing(const char *role, const char *spec,
			  const struct key_settings *settings)
{
	struct intoto_error err = { 0 };
	scoped(key) key = NULL;

	if (key_load(&key, spec, settings, &err) < 0)
		say_warning("%s '%s': %s", role, spec, err.message);
	else
		print_row(role, key);
}

/* The steps of a layout that name a key: "release: tag, build". */
static char *role_in_layout(const struct layout *layout, const char *name,
			    const struct key *key)
{
	scoped_value(buffer) text = BUFFER_INIT;
	size_t used = 0, i;

	buffer_printf(&text, "layout %s", name);
	for (i = 0; i < layout->n_steps; i++)
		if (layout_step_key(layout, &layout->steps[i], key_id(key)))
			buffer_printf(&text, "%s%s", used++ ? ", " : ": ",
				      layout->steps[i].name);
	return buffer_take(&text);
}

static int print_layout_keys(struct session *session, const char *name,
			     struct intoto_error *err)
{
	scoped_value(report) report = REPORT_INIT;
	scoped(inforce) inforce = NULL;
	const struct layout *layout;
	struct intoto_error why = { 0 };
	size_t i;
	int ret;

	if (trust_is_empty(session->trust))
		ret = inforce_load_unchecked(&inforce, session->repo, name, 0,
					     &report, &why);
	else
		ret = inforce_load(&inforce, session->repo, session->trust,
				   name, 0, &report, &why);
	say_warnings(&report.warnings);
	if (ret < 0 && why.code != INTOTO_EREJECTED &&
	    why.code != INTOTO_ENOTFOUND) {
		*err = why;
		return -1;
	}
	if (ret < 0) {
		say_warning("%s", why.message);
		return 0;
	}
	layout = inforce->envelope->layout;
	for (i = 0; i < layout->n_keys; i++) {
		scoped_text role =
			role_in_layout(layout, name, layout->keys[i].key);

		print_row(role, layout->keys[i].key);
	}
	return 0;
}

static int key_list(int argc, char **argv, struct intoto_error *err)
{
	static const char usage[] = "key list";
	const struct option options[] = { OPT_END };
	struct intoto_error ignored = { 0 };
	scoped_value(session) session = { 0 };
	scoped_value(strlist) names = STRLIST_INIT;
	scoped_text link_key = NULL;
	scoped_text tag_key = NULL;
	struct key_settings settings;
	size_t i;

	if (options_parse(&argc, &argv, options, usage, err) < 0 ||
	    options_operands(argc, 0, 0, "key list", usage, err) < 0 ||
	    session_open(&session, err) < 0 ||
	    inforce_names(&names, session.repo, err) < 0)
		return -1;
	settings = keys_settings(session.repo);
	if (signing_tag_key(&tag_key, session.repo, NULL, &ignored) == 0)
		print_signing("signs tags", tag_key, &settings);
	if (signing_link_key(&link_key, session.repo, &ignored) == 0)
		print_signing("signs links", link_key, &settings);
	for (i = 0; i < session.trust->n_keys; i++)
		print_row("trusted owner", session.trust->keys[i]);
	for (i = 0; i < names.n; i++)
		if (print_layout_keys(&session, names.items[i], err) < 0)
			return -1;
	return 0;
}

int cmd_key(int argc, char **argv, struct intoto_error *err)
{
	static const struct command table[] = {
		{ "list", key_list,
		  "the keys that sign here, and whose are "
		  "known" },
		{ "show", key_show, "type and both keyids of a KEY" },
		{ "id", key_id_command, "both keyids of each KEY" },
		{ "export", key_export, "a KEY as in-toto's JSON" },
		{ "layout", key_layout, "KEYs as a layout lists them" },
		{ "generate", key_generate_command, "make a new key pair" },
		{ NULL, NULL, NULL },
	};

	return command_dispatch(table, "key", argc, argv, err);
}
